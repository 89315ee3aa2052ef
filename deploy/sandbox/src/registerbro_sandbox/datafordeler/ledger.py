"""What is asked how often, without anybody's number: for tests and measurements of whoever should ask seldom."""

import collections
import contextlib
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

from pydantic import BaseModel, ConfigDict


class DatafordelerCounts(BaseModel):
    """What has come so far; health checks are not counted."""

    model_config = ConfigDict(frozen=True)

    calls: dict[str, int] = {}  # by operation: CVR_Navn, hentVirksomhedMedCVRNummer, EventMessages, token
    statuses: dict[int, int] = {}
    errors: dict[str, int] = {}  # GraphQL's, by code
    open: int = 0  # being answered at the moment
    most_open: int = 0  # at once

    @property
    def all_calls(self) -> int:
        """Calls of every operation."""
        return sum(self.calls.values())


class DatafordelerLedger:
    """Counts while the server runs; may be read from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._calls: collections.Counter[str] = collections.Counter()
        self._statuses: collections.Counter[int] = collections.Counter()
        self._errors: collections.Counter[str] = collections.Counter()
        self._open = self._most_open = 0

    @property
    def counts(self) -> DatafordelerCounts:
        """Everything so far."""
        with self._changed:
            return self._snapshot()

    def wait_for(self, condition: Callable[[DatafordelerCounts], bool], limit: timedelta) -> bool:
        """Wait until the counts fulfil a condition; False if they do not in time."""
        with self._changed:
            return self._changed.wait_for(lambda: condition(self._snapshot()), limit.total_seconds())

    @contextlib.contextmanager
    def call(self, operation: str) -> Iterator[None]:
        """A call, from its question to the end of its answer."""
        with self._changed:
            self._calls[operation] += 1
            self._open += 1
            self._most_open = max(self._most_open, self._open)
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._open -= 1
                self._changed.notify_all()

    def answered(self, status: int, codes: tuple[str, ...] = ()) -> None:
        """What came of a call."""
        with self._changed:
            self._statuses[status] += 1
            self._errors.update(codes)
            self._changed.notify_all()

    def _snapshot(self) -> DatafordelerCounts:
        return DatafordelerCounts(
            calls=dict(self._calls),
            statuses=dict(self._statuses),
            errors=dict(self._errors),
            open=self._open,
            most_open=self._most_open,
        )
