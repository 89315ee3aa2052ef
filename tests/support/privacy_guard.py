"""Watches every log handler during the tests: one personal number in a record, and the test that caused it fails.

Logging is set up as in production, so what is watched is what operators would get.
"""

import json
import logging
from collections.abc import Iterator

import pytest
from registerbro.privacy import mask_value
from registerbro.settings import LogSettings
from registerbro.telemetry import HANDLER, configure_logging

_FORMATTER = logging.Formatter()


class PrivacyGuard:
    """Looks at all records before their handlers do."""

    def __init__(self, rendering: logging.Formatter) -> None:
        self._rendering = rendering
        self.offences: list[str] = []

    def look(self, record: logging.LogRecord) -> None:
        """Remembers a record with something shaped like a personal number in it, masked."""
        facts = record.msg if isinstance(record.msg, dict) else _FORMATTER.format(record)
        rendered = json.loads(self._rendering.format(record))
        if any(
            json.dumps(mask_value(shown), default=repr) != json.dumps(shown, default=repr)
            for shown in (facts, rendered)
        ):
            self.offences.append(f"{record.name} at {record.pathname}:{record.lineno}: {mask_value(facts)}")


@pytest.fixture(scope="session")
def privacy_guard() -> Iterator[PrivacyGuard]:
    """Stands before every handler's ``handle`` for the whole session."""
    configure_logging(LogSettings(level="debug", form="json"), service="tests")
    root = logging.getLogger()
    ours = next(handler for handler in root.handlers if handler.name == HANDLER)
    root.removeHandler(ours)  # pytest shows the records of tests that fail
    assert ours.formatter is not None
    guard = PrivacyGuard(ours.formatter)
    handle = logging.Handler.handle

    def watched(handler: logging.Handler, record: logging.LogRecord) -> bool:
        guard.look(record)
        return bool(handle(handler, record))

    logging.Handler.handle = watched  # type: ignore[assignment, method-assign]
    try:
        yield guard
    finally:
        logging.Handler.handle = handle  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def no_personal_number_in_logs(privacy_guard: PrivacyGuard) -> Iterator[None]:
    """Fails the test during which a personal number reached a log handler."""
    privacy_guard.offences.clear()
    yield
    assert not privacy_guard.offences, "a personal number was logged: " + "; ".join(privacy_guard.offences)
