"""The file server as the rest of the service sees it: a port, and the rules for names that a server gives.

A server is not trusted: a name becomes part of a local path only after ``safe_name``.
"""

import dataclasses
import enum
import fnmatch
import re
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

_SAFE = re.compile(r"[A-Za-z0-9_#@$!%&()=+~,;{}\[\]-][A-Za-z0-9_#@$!%&()=+~,;{}\[\] .-]{0,199}")
_DATE = re.compile(r"^[a-z](\d{8}|\d{6})\.", re.IGNORECASE)


@dataclasses.dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file as the server lists it; size in bytes where the list tells it.

    ``is_migrated``: the mainframe has moved it to mass storage; it cannot be had until it is recalled.
    ``changed``: the time of its last change in the list's own words, good for a comparison and no more.
    """

    name: str
    size: int | None = None
    is_migrated: bool = False
    changed: str | None = None

    @property
    def facts(self) -> str | None:
        """What tells an unchanged file from one that was written anew; None where the list does not say enough."""
        if self.size is None or self.changed is None:
            return None
        return f"{self.size} bytes, {self.changed}"


COMPANION = ".metadata"


@dataclasses.dataclass(frozen=True, slots=True)
class Naming:
    """How a server calls its files: on a mainframe in capitals, of qualifiers that begin with no digit."""

    is_mvs: bool = False

    def key(self, name: str) -> str:
        """Equal for names that mean the same file."""
        return name.upper() if self.is_mvs else name

    def free(self, wanted: str, taken: Iterable[str]) -> str:
        """``wanted`` as the server writes it, with a number behind it where that name is taken."""
        if self.is_mvs:
            return free_name(wanted.upper(), taken, ".N")
        return free_name(wanted, taken)


class Place(enum.Enum):
    """A directory on the server."""

    OUTPUT = "output"  # CPR's files for us
    INPUT = "input"  # our files for CPR


class RemoteSession(Protocol):
    """A session that is logged on and stands in the configured directory. One call at a time; cancelling one ends it."""

    @property
    def is_list_cut(self) -> bool:
        """Whether the latest list held more than is read of it."""

    async def files(self) -> list[RemoteFile]:
        """Everything in the directory that can be a file, as the server names it."""

    async def fetch(self, name: str, write: Callable[[bytes], None]) -> None:
        """Hands the file to ``write`` piece by piece, in a thread; returns only if the server said that it sent it all."""

    async def rename(self, name: str, new_name: str) -> None:
        """Gives a file another name in the same directory."""

    async def store(self, name: str, content: bytes) -> None:
        """Puts a small file there, whole or not at all: under another name first; a name that is taken is refused.

        ``UploadRefused``: it is not there. ``TransferBroken``: the connection broke, and ``stored`` tells in a new session
        whether it arrived; another try with the same name is safe, for it is refused if it did.
        """

    async def stored(self, name: str) -> bool:
        """Whether a file of this name is in the directory."""


class RemoteServer(Protocol):
    """A file server of some kind; its errors are those of ``errors.TransferError``."""

    @property
    def address(self) -> str:
        """Host and port, for messages."""

    @property
    def naming(self) -> "Naming":
        """How files are called there."""

    def session(self, place: Place = Place.OUTPUT) -> AbstractAsyncContextManager[RemoteSession]:
        """Connects, logs on (once) and enters the directory; closes with its block."""


def is_safe(name: str) -> bool:
    """Whether a name can stand in a local directory: no path, no control character, no leading dot, 200 bytes at most."""
    return _SAFE.fullmatch(name) is not None and name == name.strip()


def matches(name: str, pattern: str) -> bool:
    """Whether a name fits the pattern (``?`` and ``*``), without regard to case."""
    return fnmatch.fnmatchcase(name.lower(), pattern.lower())


def carries(name: str, prefix: str) -> bool:
    """Whether a name carries the prefix of a file that is done with."""
    return name.lower().startswith(prefix.lower())


def is_companion(name: str) -> bool:
    """Whether this is the description that the service platform puts beside a data file, and no data file."""
    return name.lower().endswith(COMPANION)


def waits(name: str, pattern: str, prefix: str) -> bool:
    """Whether a file of this name waits: it fits the pattern, carries no prefix, and is no companion."""
    return matches(name, pattern) and not carries(name, prefix) and not is_companion(name)


def selected(files: Iterable[RemoteFile], pattern: str, prefix: str) -> list[RemoteFile]:
    """The files that wait and have safe names, oldest first."""
    waiting = (file for file in files if is_safe(file.name) and waits(file.name, pattern, prefix))
    return sorted(waiting, key=lambda file: order(file.name))


def order(name: str) -> tuple[str, str]:
    """Sorts by the date in the name (``dYYMMDD.lNNNNNN``, or eight digits), then by the name."""
    found = _DATE.match(name)
    return (found[1][-6:] if found else "", name.lower())


def free_name(wanted: str, taken: Iterable[str], number_after: str = ".") -> str:
    """``wanted``, or it with a number behind it where that name is taken: nothing is ever overwritten."""
    used = {name.lower() for name in taken}
    candidate, number = wanted, 1
    while candidate.lower() in used:
        number += 1
        candidate = f"{wanted}{number_after}{number}"
    return candidate
