"""What customers said by CPR Direkte about subscriptions: a file of JSON lines beside the world's own.

{"number": "0101010101", "subscribed": true, "at": "2026-03-03T09:12:44+00:00"}

It is a file of its own because the server writes it while a command may be writing the chronicle. Each production day takes up
what was said since the one before; the chronicle notes up to which byte.
"""

import dataclasses
import datetime as dt
from pathlib import Path

from registerbro_sandbox import hidden, json_lines
from registerbro_sandbox.persons.subscriptions import Statement

FILE_NAME = "direct-subscriptions.jsonl"


@dataclasses.dataclass(frozen=True, slots=True)
class Said:
    """Statements in order, and the offset (in bytes) behind the last one."""

    statements: tuple[Statement, ...] = ()
    end: int = 0


def path_in(directory: Path) -> Path:
    """Where the file of a world lies, once something was said."""
    return directory / hidden.OWN / FILE_NAME


def say(directory: Path, statement: Statement) -> None:
    """Note a statement; it is on disk when this returns."""
    hidden.own_directory(directory)
    at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    line = {"number": statement.number, "subscribed": statement.is_subscribed, "at": at}
    json_lines.append(path_in(directory), line)


def said(directory: Path, since: int = 0) -> Said:
    """What was said from an offset on."""
    try:
        lines = json_lines.read(path_in(directory), since)
    except FileNotFoundError:
        return Said(end=since)
    return Said(tuple(Statement(line["number"], line["subscribed"]) for line in lines.objects), lines.end)
