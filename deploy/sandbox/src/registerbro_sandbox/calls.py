"""Which calls a web server gets, by operation and without anybody's number: for tests and benchmarks of whoever should ask seldom."""

import collections
import contextlib
import dataclasses
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta


@dataclasses.dataclass(frozen=True, slots=True)
class Calls:
    """What has come so far; health checks are not counted."""

    operations: Mapping[str, int] = dataclasses.field(default_factory=dict)
    statuses: Mapping[int, int] = dataclasses.field(default_factory=dict)
    open: int = 0  # at the moment
    most_open: int = 0  # at once

    @property
    def all(self) -> int:
        """Calls of every operation."""
        return sum(self.operations.values())

    def __getitem__(self, operation: str) -> int:
        return self.operations.get(operation, 0)


class CallLedger:
    """Counts while the server runs; may be read from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._operations: collections.Counter[str] = collections.Counter()
        self._statuses: collections.Counter[int] = collections.Counter()
        self._open = self._most_open = 0

    @property
    def calls(self) -> Calls:
        """Everything so far."""
        with self._changed:
            return self._snapshot()

    def wait_for(self, condition: Callable[[Calls], bool], limit: timedelta) -> bool:
        """Wait until the counts fulfil a condition; False if they do not in time."""
        with self._changed:
            return self._changed.wait_for(lambda: condition(self._snapshot()), limit.total_seconds())

    @contextlib.contextmanager
    def call(self, operation: str) -> Iterator[None]:
        """A call, from its coming to its answer."""
        with self._changed:
            self._operations[operation] += 1
            self._open += 1
            self._most_open = max(self._most_open, self._open)
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._open -= 1
                self._changed.notify_all()

    def answered(self, status: int) -> None:
        """The answer to a call."""
        with self._changed:
            self._statuses[status] += 1

    def _snapshot(self) -> Calls:
        return Calls(dict(self._operations), dict(self._statuses), self._open, self._most_open)
