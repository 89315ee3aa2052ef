"""The switchboard of a running sandbox, as a file: the command line sets it, the servers look at it again and again.

What is set stands in the directory's hidden files, so that it survives a restart and reaches a server in another container.
"""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator
from registerbro.settings import Names, Section

from registerbro_sandbox import hidden
from registerbro_sandbox.datafordeler.faults import NOTHING as NOTHING_AT_DATAFORDELER
from registerbro_sandbox.datafordeler.faults import DatafordelerWrong
from registerbro_sandbox.direct.faults import NOTHING, DirectWrong
from registerbro_sandbox.ftp.faults import (
    DISK_FULL,
    LISTING_REFUSED,
    LOGIN_REFUSED,
    QUOTA_EXCEEDED,
    RENAME_REFUSED,
    Break,
    Faults,
)
from registerbro_sandbox.logic.faults import NOTHING as NOTHING_AT_LOGIC
from registerbro_sandbox.logic.faults import LogicWrong

REFUSALS = {
    "login": LOGIN_REFUSED,
    "listing": LISTING_REFUSED,
    "rename": RENAME_REFUSED,
    "disk-full": DISK_FULL,
    "quota": QUOTA_EXCEEDED,
}
"""What can be refused, by name."""

_FILE = "switchboard.json"
_LOCK = "switchboard.lock"


class Wrong(Section):
    """What goes wrong; nothing by default."""

    transfer: Break | None = Field(default=None, description="abort, vanish or stall: how transfers break")
    after_bytes: int = Field(default=0, ge=0, description="after how many bytes they do")
    bytes_per_second: int | None = Field(default=None, ge=1, description="how slowly files are sent")
    first_byte_seconds: float = Field(
        default=0.0, ge=0, le=3600, description="how late their first byte comes"
    )
    refuse: Names = Field(default=(), description=f"what is refused: {', '.join(REFUSALS)}")
    vanish_at: Names = Field(default=(), description="commands at which the connection is gone, as RETR")
    ignore: Names = Field(default=(), description="commands that are never answered")
    times: int | None = Field(default=None, ge=1, description="how often anything goes wrong; none: always")

    @field_validator("refuse")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := set(names) - set(REFUSALS):
            raise ValueError(f"{', '.join(sorted(unknown))}: can be {', '.join(REFUSALS)}")
        return names

    def faults(self) -> Faults:
        """As the servers take it."""
        return Faults(
            refuse={verb: reply for name in self.refuse for verb, reply in REFUSALS[name].items()},
            vanish_at=frozenset(verb.upper() for verb in self.vanish_at),
            ignore=frozenset(verb.upper() for verb in self.ignore),
            transfer=self.transfer,
            after_bytes=self.after_bytes,
            bytes_per_second=self.bytes_per_second,
            first_byte_seconds=self.first_byte_seconds,
            times=self.times,
        )


class Board(BaseModel):
    """All that can be set."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    faults: Wrong = Wrong()
    faults_set: int = 0  # how often: the same thing set again goes wrong so many times anew
    direct: DirectWrong = NOTHING
    direct_set: int = 0
    logic: LogicWrong = NOTHING_AT_LOGIC
    logic_set: int = 0
    datafordeler: DatafordelerWrong = NOTHING_AT_DATAFORDELER
    datafordeler_set: int = 0
    migrated: tuple[str, ...] = ()
    recall_seconds: float | None = Field(default=None, ge=0, le=3600)

    @classmethod
    def read(cls, directory: Path) -> Self | None:
        """The board of a directory; None if nothing was ever set."""
        try:
            return cls.model_validate_json((directory / hidden.OWN / _FILE).read_text("utf-8"))
        except FileNotFoundError:
            return None

    def write(self, directory: Path) -> None:
        """Put the board in force; it appears complete or not at all."""
        own = hidden.own_directory(directory)
        partial = own / f"{_FILE}.part"
        partial.write_text(self.model_dump_json(indent=1) + "\n", "utf-8")
        partial.replace(own / _FILE)

    def state_of(self, name: str) -> tuple[object, int]:
        """What is set in a field, and how often it was."""
        return getattr(self, name), getattr(self, f"{name}_set")

    def with_wrong(self, name: str, wrong: Section) -> Self:
        """Something else goes wrong: ``faults`` with files, or with the server of another field."""
        return self.model_copy(update={name: wrong, f"{name}_set": self.state_of(name)[1] + 1})

    def with_migrated(self, *, more: set[str] = frozenset(), fewer: set[str] = frozenset()) -> Self:  # type: ignore[assignment]
        """Other files on mass storage; names count without regard to case."""
        names = {name.upper() for name in self.migrated} | {name.upper() for name in more}
        return self.model_copy(update={"migrated": tuple(sorted(names - {name.upper() for name in fewer}))})


@contextlib.contextmanager
def changing(directory: Path) -> Iterator[None]:
    """Nobody else changes the board of a directory meanwhile."""
    with (hidden.own_directory(directory) / _LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
