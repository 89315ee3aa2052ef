"""Looks at everything that leaves the process during the tests: a personal number or a secret in it fails the test.

Logs as operators get them, traces, labels of metrics, events, URLs that we call and that we are called by, and error answers.
Logging is set up as in production; spans are looked at before the exporter would mask them. Other processes that a test
starts are not seen.
"""

import contextlib
import dataclasses
import enum
import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote_plus

import orjson
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from prometheus_client import REGISTRY, CollectorRegistry
from registerbro.privacy import is_suspect, mask, mask_value
from registerbro.settings import LogSettings
from registerbro.telemetry import HANDLER, configure_logging

from tests.support import listening_in, secrets_in_use

MADE_BY_US = frozenset({"id", "time", "traceparent"})  # of an event: random digits, no text of anybody
_FORMATTER = logging.Formatter()
_MAY_BE_PRIVATE = re.compile(r"\\|:\d{8,10}\b")  # JSON: escaped text, or an integer as long as a number


class Place(enum.StrEnum):
    """Where something private can show up."""

    LOG = "log"
    TRACE = "trace"
    METRIC = "metric"
    EVENT = "event"
    URL = "URL"
    ERROR = "error answer"


class Private(enum.StrEnum):
    """What must not show up."""

    NUMBER = "a personal number"
    SECRET = "a secret"


@dataclasses.dataclass(frozen=True, slots=True)
class Offence:
    """Something private in a place; ``shown`` says what stood there, without it."""

    place: Place
    what: Private
    shown: str

    def __str__(self) -> str:
        return f"{self.what} in the {self.place}: {self.shown}"


class PrivacyGuard:
    """Remembers what is private in what it is shown."""

    def __init__(self, rendering: logging.Formatter) -> None:
        self._rendering = rendering
        self._labels: set[tuple[str, ...]] = set()
        self.offences: list[Offence] = []

    def log(self, record: logging.LogRecord) -> None:
        """A record on its way to a handler: its facts, and what our own handler makes of it."""
        facts = record.msg if isinstance(record.msg, dict) else _FORMATTER.format(record)
        where = f"{record.name} at {record.pathname}:{record.lineno}"
        self._look(Place.LOG, where, [facts, json.loads(self._rendering.format(record))])

    def span(self, span: ReadableSpan) -> None:
        """A span that has ended."""
        events = [{"name": event.name, **(event.attributes or {})} for event in span.events]
        told = {"name": span.name, "status": span.status.description, "events": events}
        self._look(Place.TRACE, "span", {**told, **(span.attributes or {})})

    def labels(self, metric: str, labels: Iterable[object]) -> None:
        """A metric's labels; the same ones are looked at once."""
        texts = (metric, *map(str, labels))
        if texts not in self._labels:
            self._labels.add(texts)
            self._look(Place.METRIC, metric, list(texts))

    def metrics(self, registry: CollectorRegistry) -> None:
        """All that a registry would show; values are figures and hold nothing private."""
        for metric in registry.collect():
            for sample in metric.samples:
                self.labels(sample.name, [*sample.labels, *sample.labels.values()])

    def event(self, body: str) -> None:
        """An event as it is sent; tests send very many, so most are let pass at a glance."""
        if not (_MAY_BE_PRIVATE.search(body) or is_suspect(body) or secrets_in_use.is_in(body)):
            return
        envelope = orjson.loads(body)
        told = {name: value for name, value in envelope.items() if name not in MADE_BY_US}
        self._look(Place.EVENT, str(envelope.get("type")), told)

    def url(self, direction: str, url: str) -> None:
        """A URL, as it is and decoded."""
        self._look(Place.URL, direction, [url, unquote_plus(url)])

    def error_answer(self, body: bytes) -> None:
        """The body of an error; numbers in it are masked where it is made, and a caller's ids look like them."""
        answer = orjson.loads(body)
        if any(map(secrets_in_use.is_in, _texts(answer))):
            self._remember(Place.ERROR, Private.SECRET, str(answer))

    @contextlib.contextmanager
    def expecting(self, *places: Place) -> Iterator[None]:
        """For a test that leaks on purpose: what leaks in these places inside the block counts as no offence, and must leak."""
        before, self.offences = self.offences, []
        try:
            yield
        finally:
            caught, self.offences = self.offences, before
            self.offences += [offence for offence in caught if offence.place not in places]
        missing = set(places) - {offence.place for offence in caught}
        assert not missing, f"nothing private was noticed in: {', '.join(sorted(missing))}"

    def give_verdict(self) -> None:
        """Fails where there was an offence, and forgets it."""
        offences, self.offences = list(dict.fromkeys(self.offences)), []
        if offences:
            pytest.fail(
                "\n".join(["something private left the process:", *map(str, offences)]), pytrace=False
            )

    def _look(self, place: Place, where: str, told: Any) -> None:
        if _holds_a_number(told):
            self._remember(place, Private.NUMBER, f"{where}: {told}")
        if any(map(secrets_in_use.is_in, _texts(told))):
            self._remember(place, Private.SECRET, f"{where}: {told}")

    def _remember(self, place: Place, what: Private, shown: str) -> None:
        self.offences.append(Offence(place, what, secrets_in_use.hide(mask(shown))))


def _holds_a_number(told: Any) -> bool:
    if isinstance(told, str):
        return is_suspect(told)
    return json.dumps(mask_value(told), default=repr) != json.dumps(told, default=repr)


def _texts(told: Any) -> Iterator[str]:
    if isinstance(told, Mapping):
        for name, value in told.items():
            yield from (*_texts(name), *_texts(value))
    elif isinstance(told, list | tuple | set | frozenset):
        for value in told:
            yield from _texts(value)
    else:
        yield told.decode("latin-1") if isinstance(told, bytes) else str(told)


class _Spans(SpanProcessor):
    def __init__(self, guard: PrivacyGuard) -> None:
        self._guard = guard

    def on_end(self, span: ReadableSpan) -> None:
        self._guard.span(span)


@pytest.fixture(scope="session")
def privacy_guard() -> Iterator[PrivacyGuard]:
    """Looks on for the whole session; at its end also at all metrics."""
    configure_logging(LogSettings(level="debug", form="json"), service="tests")
    root = logging.getLogger()
    ours = next(handler for handler in root.handlers if handler.name == HANDLER)
    root.removeHandler(ours)  # pytest shows the records of tests that fail
    assert ours.formatter is not None
    guard = PrivacyGuard(ours.formatter)
    provider = TracerProvider()
    provider.add_span_processor(_Spans(guard))
    trace.set_tracer_provider(provider)  # for good: a process can be given one only once
    with listening_in.listening_in(guard):
        yield guard
    guard.metrics(REGISTRY)
    guard.give_verdict()


@pytest.fixture(autouse=True)
def nothing_private_leaves(privacy_guard: PrivacyGuard) -> Iterator[None]:
    """Fails the test during which something private left the process."""
    privacy_guard.offences.clear()
    yield
    privacy_guard.give_verdict()
