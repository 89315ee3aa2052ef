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
    """

    name: str
    size: int | None = None
    is_migrated: bool = False


class Place(enum.Enum):
    """A directory on the server."""

    OUTPUT = "output"  # CPR's files for us
    INPUT = "input"  # our files for CPR


class RemoteSession(Protocol):
    """A session that is logged on and stands in the configured directory."""

    async def files(self) -> list[RemoteFile]:
        """Everything in the directory that can be a file, as the server names it."""

    async def fetch(self, name: str, write: Callable[[bytes], None]) -> None:
        """Hands the file to ``write`` piece by piece, in a thread; returns only if the server said that it sent it all."""

    async def rename(self, name: str, new_name: str) -> None:
        """Gives a file another name in the same directory."""

    async def store(self, name: str, content: bytes) -> None:
        """Puts a small file there, whole or not at all: under another name first; a name that is taken is refused."""


class RemoteServer(Protocol):
    """A file server of some kind; its errors are those of ``errors.TransferError``."""

    @property
    def address(self) -> str:
        """Host and port, for messages."""

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


def selected(files: Iterable[RemoteFile], pattern: str, prefix: str) -> list[RemoteFile]:
    """The files that wait: safe names that fit the pattern and carry no prefix, oldest first."""
    waiting = (
        file
        for file in files
        if is_safe(file.name) and matches(file.name, pattern) and not carries(file.name, prefix)
    )
    return sorted(waiting, key=lambda file: order(file.name))


def order(name: str) -> tuple[str, str]:
    """Sorts by the date in the name (``dYYMMDD.lNNNNNN``, or eight digits), then by the name."""
    found = _DATE.match(name)
    return (found[1][-6:] if found else "", name.lower())


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """``wanted``, or it with a number behind it where that name is taken: nothing is ever overwritten."""
    used = {name.lower() for name in taken}
    candidate, number = wanted, 1
    while candidate.lower() in used:
        number += 1
        candidate = f"{wanted}.{number}"
    return candidate
