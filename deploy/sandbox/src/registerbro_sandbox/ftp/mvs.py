"""Data sets in place of files: how a z/OS FTP server names and lists them.

The names are one flat space: ``'CPR.UD.D110901.L431101'`` is a data set whose name begins with the prefix ``CPR.UD.``,
which clients take for a directory. Formats are those that public captures of IBM FTP CS 3.2 and the tests of listing parsers
(Zowe, FileZilla, Sqoop) show.
"""

import datetime as dt
import fnmatch
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from registerbro_sandbox.ftp.session import FileSystem

HOME = "CPR.UD."
HEADER = "Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname"
TRACK = 56_664  # bytes on a track of a 3390 disk
_TRACKS_AN_EXTENT = 10_000
_LONGEST = 44
_QUALIFIER = re.compile(r"[A-Z#@$][A-Z0-9#@$-]{0,7}")
_ELSEWHERE = ".elsewhere"  # where data sets of other prefixes would be; nothing ever is


def is_data_set_name(name: str) -> bool:
    """Whether a full name keeps the rules: qualifiers of one to eight characters, none beginning with a digit."""
    return len(name) <= _LONGEST and all(_QUALIFIER.fullmatch(part) for part in name.split("."))


def full_name(argument: str, prefix: str) -> str:
    """What a client means: a name in quotes is complete, any other stands behind the prefix."""
    text = argument.strip().upper()
    return text.strip("'") if text.startswith("'") else prefix + text


def new_prefix(argument: str, prefix: str) -> str:
    """The prefix after a change of directory; ``..`` takes the last qualifier off."""
    if argument.strip() == "..":
        return re.sub(r"[^.]*\.$", "", prefix)
    return full_name(argument, prefix).rstrip(".") + "."


def row(name: str, size: int, referred: dt.date) -> str:
    """A data set in a listing; columns run together when the number of tracks has five digits."""
    tracks = min(size // TRACK + 1, 99_999)
    extents = tracks // _TRACKS_AN_EXTENT + 1
    date = f"{referred:%Y/%m/%d}" if size else "**NONE**"
    return f"CPRUD{extents % 10} 3390   {date:<10}{extents:>3}{tracks:>5}  {'VB':<4}{1024:>6} {27998:>5}  {'PS':<4}{name}"


def migrated_row(name: str) -> str:
    """A data set on mass storage: nothing is known of it but its name."""
    return f"{'Migrated':<56}{name}"


class DataSets(FileSystem):
    """The home directory as data sets; a sub directory is one more qualifier."""

    def __init__(self, root: str, cmd_channel: Any) -> None:
        super().__init__(root, cmd_channel)
        self.prefix = HOME

    def names(self) -> dict[str, Path]:
        """Every data set by its full name; a file whose name is none is not on a mainframe."""
        found = dict(self._walk(Path(self.root), HOME))
        return {name: found[name] for name in sorted(found) if is_data_set_name(name)}

    def matching(self, argument: str) -> list[tuple[str, Path]]:
        """What a listing shows: names without the prefix, or complete ones if the pattern is in quotes."""
        pattern = full_name(argument or "*", self.prefix)
        is_quoted = argument.strip().startswith("'")
        return [
            (f"'{name}'" if is_quoted else name.removeprefix(self.prefix), path)
            for name, path in self.names().items()
            if fnmatch.fnmatchcase(name, pattern)
        ]

    def ftp2fs(self, ftppath: str) -> str:
        """Where a data set lies, or would lie."""
        name = full_name(ftppath, self.prefix)
        if path := self.names().get(name):
            return str(path)
        return str(self._new(name))

    def fs2ftp(self, fspath: str) -> str:
        """The full name of a data set."""
        parts = Path(fspath).relative_to(self.root).parts
        return HOME + ".".join(parts).upper()

    def _new(self, name: str) -> Path:
        root = Path(self.root)
        if not name.startswith(HOME) or "/" in name:
            return root / _ELSEWHERE / name.replace("/", "")
        first, _, rest = name.removeprefix(HOME).partition(".")
        directories = [entry for entry in self.listdir(self.root) if (root / entry).is_dir()]
        inside = next((root / entry for entry in directories if entry.upper() == first), None)
        return inside / rest if inside and rest else root / name.removeprefix(HOME)

    def _walk(self, directory: Path, prefix: str) -> Iterator[tuple[str, Path]]:
        for name in self.listdir(str(directory)):
            path = directory / name
            if path.is_dir():
                yield from self._walk(path, f"{prefix}{name.upper()}.")
            else:
                yield prefix + name.upper(), path
