"""Files to which one JSON object after the other is appended: whole lines, on disk before anybody is told.

A line that was cut short when a process or machine died was never anybody's promise: readers pass over it, and the next
writer takes it away.
"""

import fcntl
import json
import os
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple


class Lines(NamedTuple):
    """Complete lines, and the offset (in bytes) from which the next ones are to be read."""

    objects: list[dict[str, Any]]
    end: int


class Tail:
    """Reads a file that grows: each time the lines that have come since the last time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._end = 0

    def news(self) -> list[dict[str, Any]]:
        """The new lines; none while there is no file."""
        try:
            if self._path.stat().st_size == self._end:
                return []
            lines = read(self._path, self._end)
        except FileNotFoundError:
            return []
        self._end = lines.end
        return lines.objects


def append(path: Path, line: dict[str, Any], *, is_synced: bool = True) -> None:
    """Add a line, after whoever else is adding one; ``is_synced``: on disk even if the machine dies."""
    with path.open("ab+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0, os.SEEK_END)
        file.write(_closing(file) + json.dumps(line).encode() + b"\n")
        file.flush()
        if is_synced:
            os.fsync(file.fileno())


def read(path: Path, offset: int = 0) -> Lines:
    """The lines from an offset on; raises FileNotFoundError, and ValueError for what is no JSON."""
    with path.open("rb") as file:
        file.seek(offset)
        content = file.read()
    complete, tail = content[: content.rfind(b"\n") + 1], content[content.rfind(b"\n") + 1 :]
    if _is_whole(tail):
        complete += tail
    return Lines([json.loads(line) for line in complete.splitlines() if line.strip()], offset + len(complete))


def _closing(file: BinaryIO) -> bytes:
    """What has to be written before the next line: a missing line end. A line that was cut short is taken away."""
    if not file.tell():
        return b""
    file.seek(-1, os.SEEK_END)
    if file.read() == b"\n":
        return b""
    file.seek(0)
    content = file.read()
    tail = content[content.rfind(b"\n") + 1 :]
    if _is_whole(tail):
        return b"\n"
    file.truncate(len(content) - len(tail))
    return b""


def _is_whole(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False
