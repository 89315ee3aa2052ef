"""The interim directory: where fetched files wait for their import, and stay after it.

Nothing here is ever overwritten, except a part (``….part``) that a broken transfer left and the next one begins anew; nothing is
deleted, except by housekeeping (``purge``), which an operator has to ask for.
"""

import contextlib
import datetime as dt
import errno
import fcntl
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from cpr_batch.errors import InterimFailed, InterimFull, InterimMissing, InterimRefused, TransferBusy
from cpr_batch.remote import free_name, is_safe, order, waits

PART = ".part"
LOG_NAME = "cprbatch.log"
PRIVATE = 0o600
BLOCK = 1024 * 1024
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file in the interim directory that waits for its import."""

    name: str
    size: int
    changed_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Part:
    """A whole file that came in, under its temporary name."""

    path: Path
    sha256: bytes
    size: int


class Interim:
    """The interim directory."""

    def __init__(self, directory: Path, log_name: str = LOG_NAME) -> None:
        self.directory = directory
        self.log_name = log_name.lower()

    def path(self, name: str) -> Path:
        """Where a file of this name lies; the name has been checked before or comes from our own records."""
        if not is_safe(name):
            raise InterimRefused(repr(name))
        return self.directory / name

    def waiting(self, pattern: str, prefix: str) -> list[LocalFile]:
        """The files that fit the pattern and do not carry the prefix, oldest first by the date in their name."""
        found = [name for name in self.names() if waits(name, pattern, prefix) and not self._is_log(name)]
        return [self._described(name) for name in sorted(found, key=order)]

    def names(self) -> list[str]:
        """Every plain file; neither parts nor the log for people, whatever it is called and whether it was rotated."""
        return [name for name in self._all() if not self._is_log(name)]

    def _all(self) -> list[str]:
        with faults(self.directory), os.scandir(self.directory) as entries:
            return [
                entry.name
                for entry in entries
                if is_safe(entry.name)
                and not entry.name.endswith(PART)
                and entry.is_file(follow_symlinks=False)
            ]

    def check(self) -> None:
        """Raises what stands in the way of reading and writing here."""
        self.names()
        if not os.access(self.directory, os.R_OK | os.W_OK | os.X_OK):
            raise InterimRefused(str(self.directory))

    @contextlib.contextmanager
    def receive(self, name: str) -> Iterator["Receiver"]:
        """Takes a file in under its temporary name; another process doing the same is ``TransferBusy``."""
        path = self.directory / f"{name}{PART}"
        with faults(path):
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, PRIVATE)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise TransferBusy from error
            with faults(path):
                os.ftruncate(descriptor, 0)
                os.fchmod(descriptor, PRIVATE)
            yield Receiver(path, descriptor)
        finally:
            os.close(descriptor)

    def keep(self, part: Part, wanted: str) -> str:
        """Puts a whole file in its place, under a name that is free, and returns that name."""
        name = free_name(wanted, [*self._all(), self.log_name, LOG_NAME])
        self._rename(part.path, self.path(name))
        return name

    def rename(self, name: str, wanted: str) -> str:
        """Gives a file another name that is free, and returns it."""
        new_name = free_name(wanted, self._all())
        self._rename(self.path(name), self.path(new_name))
        return new_name

    def delete(self, name: str) -> None:
        """For housekeeping alone. A file that is gone already counts as deleted."""
        path = self.path(name)
        with faults(path):
            path.unlink(missing_ok=True)

    def content(self, name: str) -> tuple[bytes, int]:
        """SHA-256 and size of a file, read in blocks."""
        path = self.path(name)
        with faults(path), path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest(), file.tell()

    @contextlib.contextmanager
    def replacing(self, name: str) -> Iterator[TextIO]:
        """A text file that appears under its name once it is whole; an earlier one of that name is replaced."""
        path = self.path(name)
        temporary = path.with_name(f"{path.name}{PART}")
        with faults(path):
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, PRIVATE)
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
                yield file
                file.flush()
                os.fsync(descriptor)
        self._rename(temporary, path)

    def _is_log(self, name: str) -> bool:
        """Whether the name is that of the log for people, or of a rotated one."""
        return name.lower().startswith((self.log_name, LOG_NAME))

    def _described(self, name: str) -> LocalFile:
        path = self.path(name)
        with faults(path):
            status = path.stat()
        return LocalFile(name, status.st_size, dt.datetime.fromtimestamp(status.st_mtime, dt.UTC))

    def _rename(self, source: Path, target: Path) -> None:
        with faults(source):
            source.rename(target)
            directory = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(directory)
            finally:
                os.close(directory)


class Receiver:
    """Writes a part and computes its checksum as it goes."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, piece: bytes) -> None:
        """Takes the next bytes of the file."""
        rest = memoryview(piece)
        with faults(self._path):
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        self._digest.update(piece)
        self.size += len(piece)

    def finish(self) -> Part:
        """The file is whole: it is on the disk when this returns."""
        with faults(self._path):
            os.fsync(self._descriptor)
        return Part(self._path, self._digest.digest(), self.size)


@contextlib.contextmanager
def faults(path: Path) -> Iterator[None]:
    """Gives the errors of this disk their names."""
    try:
        yield
    except FileNotFoundError as error:
        raise InterimMissing(str(path)) from error
    except OSError as error:
        detail = error.strerror or str(error)
        if error.errno in _FULL:
            raise InterimFull(str(path), detail) from error
        if error.errno in _REFUSED:
            raise InterimRefused(str(path), detail) from error
        raise InterimFailed(str(path), detail) from error
