"""How far a run has come, told while it runs."""

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any, TypeAlias


@dataclasses.dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` units of one file: bytes of a transfer, persons of an import; total 0 where it is not known."""

    file: str
    unit: str
    done: int
    total: int


Listener: TypeAlias = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """For callers who do not watch."""


class Told:
    """What a run told last, and since when it tells of this file and unit; as ``cpr_run.progress`` keeps it."""

    def __init__(self) -> None:
        self._latest: Progress | None = None
        self._since = self._at = dt.datetime.now(dt.UTC)

    def hear(self, progress: Progress) -> None:
        """Keeps it. Safe to be called from a thread that reads a file."""
        self._at = dt.datetime.now(dt.UTC)
        latest = self._latest
        if latest is None or (latest.file, latest.unit) != (progress.file, progress.unit):
            self._since = self._at
        self._latest = progress

    def stored(self) -> dict[str, Any] | None:
        """For the database; None while nothing was told."""
        if self._latest is None:
            return None
        return {**dataclasses.asdict(self._latest), "since": self._since, "at": self._at}
