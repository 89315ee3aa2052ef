"""Who logs on and what is asked how often, without anybody's number: for tests of whoever should ask seldom."""

import collections
import contextlib
import dataclasses
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta


@dataclasses.dataclass(frozen=True, slots=True)
class Counts:
    """What has come so far; health checks are not counted."""

    connections: int = 0  # accepted
    open: int = 0  # at the moment
    most_open: int = 0  # at once
    failed: int = 0  # gone before an answer: no TLS, nothing said, lost
    malformed: int = 0  # something that is no logon and no request
    logons: Mapping[str, int] = dataclasses.field(default_factory=dict)  # by user, successful ones
    wrong_logons: Mapping[str, int] = dataclasses.field(default_factory=dict)  # by user, whatever the error
    password_changes: int = 0  # successful ones
    requests: Mapping[str, int] = dataclasses.field(default_factory=dict)  # by subscription and data type: 06
    errors: Mapping[int, int] = dataclasses.field(default_factory=dict)  # by error number, logons included

    @property
    def all_logons(self) -> int:
        """Logons tried, with and without success."""
        return sum(self.logons.values()) + sum(self.wrong_logons.values())

    @property
    def all_requests(self) -> int:
        """Requests of every type."""
        return sum(self.requests.values())


class DirectLedger:
    """Counts while the server runs; may be read from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._counts = Counts()
        self._logons: collections.Counter[str] = collections.Counter()
        self._wrong: collections.Counter[str] = collections.Counter()
        self._requests: collections.Counter[str] = collections.Counter()
        self._errors: collections.Counter[int] = collections.Counter()

    @property
    def counts(self) -> Counts:
        """Everything so far."""
        with self._changed:
            return self._snapshot()

    def wait_for(self, condition: Callable[[Counts], bool], limit: timedelta) -> bool:
        """Wait until the counts fulfil a condition; False if they do not in time."""
        with self._changed:
            return self._changed.wait_for(lambda: condition(self._snapshot()), limit.total_seconds())

    @contextlib.contextmanager
    def connection(self) -> Iterator[None]:
        """A connection, from its first byte to its last."""
        now = self._counts
        is_open = now.open + 1
        self._add(connections=1, open=1, most_open=max(is_open - now.most_open, 0))
        try:
            yield
        finally:
            self._add(open=-1)

    def failed(self) -> None:
        """A connection came to nothing."""
        self._add(failed=1)

    def malformed(self) -> None:
        """Something came that nobody can answer."""
        self._add(malformed=1)

    def logon(self, user: str, error: int, *, changes_password: bool) -> None:
        """A logon, and what came of it."""
        with self._changed:
            (self._wrong if error else self._logons)[user] += 1
            self._note_error(error)
        self._add(password_changes=int(changes_password and not error))

    def request(self, types: str, error: int) -> None:
        """A request, and what came of it."""
        with self._changed:
            self._requests[types] += 1
            self._note_error(error)
            self._changed.notify_all()

    def _note_error(self, error: int) -> None:
        if error:
            self._errors[error] += 1

    def _add(self, **more: int) -> None:
        with self._changed:
            summed = {name: getattr(self._counts, name) + number for name, number in more.items()}
            self._counts = dataclasses.replace(self._counts, **summed)
            self._changed.notify_all()

    def _snapshot(self) -> Counts:
        return dataclasses.replace(
            self._counts,
            logons=dict(self._logons),
            wrong_logons=dict(self._wrong),
            requests=dict(self._requests),
            errors=dict(self._errors),
        )
