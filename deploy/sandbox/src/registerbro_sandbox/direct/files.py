"""Whether a file that another process writes has changed."""

from pathlib import Path
from typing import NamedTuple


class Signature(NamedTuple):
    """What tells one state of a file from another."""

    inode: int
    size: int
    modified: int  # nanoseconds


MISSING = Signature(0, 0, 0)


def signature(path: Path) -> Signature:
    """A file's state at the moment."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return MISSING
    return Signature(found.st_ino, found.st_size, found.st_mtime_ns)
