"""What the log of important actions holds, and how it is read."""

import dataclasses
import datetime as dt
import enum
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import aiosql

from cpr_batch.files import Store

SQL = aiosql.from_path(Path(__file__).parent / "sql" / "journal.sql", "asyncpg")


class Action(enum.StrEnum):
    """What is worth a line."""

    CONNECTED = "connected"
    LISTED = "listed"
    FETCHED = "fetched"
    IMPORTED = "imported"
    REFUSED = "refused"
    DRY_RUN = "dry-run"
    RUN_STARTED = "run-started"
    RUN_ENDED = "run-ended"
    STOPPED = "stopped"
    RETRIED = "retried"
    HELD = "held"
    APPROVED = "approved"
    DECLINED = "declined"
    GAP_NOTICED = "gap-noticed"
    GAP_CLOSED = "gap-closed"
    SETTINGS_CHANGED = "settings-changed"
    ORDERED = "ordered"
    UPLOADED = "uploaded"
    ANSWERED = "answered"
    ADOPTED = "adopted"
    PURGED = "purged"
    SHOWN = "shown"
    FAILED = "failed"


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One important action. ``facts`` are constants, counts and ids."""

    at: dt.datetime
    acted_by: str
    action: Action
    file: str | None = None
    run_id: uuid.UUID | None = None
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    journal_id: int = 0  # 0: not in the database

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """From a row of ``cpr_journal``."""
        return cls(**{**dict(row), "action": Action(row["action"])})


@dataclasses.dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries to read; None: whatever there is."""

    file: str | None = None
    run_id: uuid.UUID | None = None
    action: Action | None = None
    since: dt.datetime | None = None


async def newest(source: Store, wanted: Wanted, *, before: int, size: int) -> list[Entry]:
    """Entries before one of them, newest first."""
    rows = SQL.newest(source, **dataclasses.asdict(wanted), before=before, size=size)
    return [Entry.of(row) async for row in rows]


async def following(source: Store, wanted: Wanted, *, after: int, size: int) -> list[Entry]:
    """Entries after one of them, oldest first."""
    rows = SQL.following(source, **dataclasses.asdict(wanted), after=after, size=size)
    return [Entry.of(row) async for row in rows]


async def forget(source: Store, before: dt.datetime) -> int:
    """Deletes what is older; returns how many."""
    return int((await SQL.forget(source, before=before)).split()[-1])
