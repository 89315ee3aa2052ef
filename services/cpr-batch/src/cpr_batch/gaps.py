"""Lost deliveries: files that later files of the task name as the one before them, and that were never imported.

What is a gap depends on the imported files alone, never on the order in which they came. Looked for whenever a file is done with.
"""

import dataclasses
import datetime as dt
import enum
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import aiosql
import structlog
from registerbro.bus import outbox
from registerbro.cpr.reader import Problem, Severity
from registerbro.database import Connection
from registerbro.events import CprGapNoticed, Event

from cpr_batch import journal
from cpr_batch.batch import Batch
from cpr_batch.errors import GapClosed, GapUnknown
from cpr_batch.files import Store
from cpr_batch.journal import Action

SQL = aiosql.from_path(Path(__file__).parent / "sql" / "gaps.sql", "asyncpg")
LOCK = 0x63707267  # "cprg"
log = structlog.get_logger()


class Closing(enum.StrEnum):
    """How a gap was closed."""

    FILE = "file"  # the delivery came late
    ORDER = "order"  # the data of those who may have been in it were ordered anew
    DISMISSED = "dismissed"


@dataclasses.dataclass(frozen=True, slots=True)
class Gap:
    """A lost delivery of a task: produced on ``missing_date``, between the files of ``after_date`` and ``before_date``."""

    gap_id: int
    task_number: str
    missing_date: dt.date
    after_date: dt.date
    before_date: dt.date
    file_id: int  # the file of before_date, which tells of it
    noticed_at: dt.datetime
    closed_at: dt.datetime | None
    closed_how: Closing | None
    closed_by: str | None
    reason: str | None
    file_name: str | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """From a row of ``cpr_gap``."""
        how = row["closed_how"]
        return cls(**{**dict(row), "closed_how": Closing(how) if how else None})

    @property
    def facts(self) -> dict[str, Any]:
        """What log lines say of it."""
        return {"gap_id": self.gap_id, "task": self.task_number, "missing": self.missing_date.isoformat()}


@dataclasses.dataclass(frozen=True, slots=True)
class Look:
    """What has changed since somebody looked last."""

    noticed: tuple[Gap, ...]
    filled: tuple[Gap, ...]

    def remarks(self, file_id: int) -> list[Problem]:
        """What the error log of a file says of the gaps that it tells of."""
        return [_remark(gap) for gap in self.noticed if gap.file_id == file_id]


def _remark(gap: Gap) -> Problem:
    reason = f"the delivery of {gap.missing_date} was not imported (gap {gap.gap_id})"
    return Problem(Severity.REMARK, 1, 0, "000", "previous_production_date", reason)


async def look(connection: Connection, now: dt.datetime) -> Look:
    """Notes new gaps, each with its event, and closes those whose delivery has come; in the caller's transaction."""
    await SQL.lock(connection, key=LOCK)
    filled = [Gap.of(row) async for row in SQL.fill(connection, closed_at=now)]
    noticed = []
    for lost in [dict(row) async for row in SQL.lost(connection)]:
        row = await SQL.notice(connection, **lost, noticed_at=now)
        if row is not None:
            noticed.append(Gap.of(row))
        else:
            await SQL.follow(connection, **lost)
    await outbox.add(connection, [Event(CprGapNoticed(gap.gap_id, gap.file_id)) for gap in noticed])
    return Look(tuple(noticed), tuple(filled))


async def tell(batch: Batch, found: Look, *, file: str, run_id: uuid.UUID) -> None:
    """Warns of what a look has found, after its transaction."""
    for gap in found.noticed:
        log.warning("delivery missing", **gap.facts)
        await journal.note(batch, Action.GAP_NOTICED, file=file, run_id=run_id, **gap.facts)
    for gap in found.filled:
        log.info("missing delivery has come", **gap.facts)
        await journal.note(batch, Action.GAP_CLOSED, file=file, run_id=run_id, how=Closing.FILE, **gap.facts)


async def close(connection: Store, gap_id: int, *, how: str, by: str, reason: str | None = None) -> Gap:
    """Closes an open gap; raises ``GapUnknown`` or ``GapClosed``."""
    row = await SQL.close(connection, gap_id=gap_id, how=Closing(how), by=by, reason=reason)
    if row is None:
        raise GapClosed(str(gap_id), str((await load(connection, gap_id)).closed_how))
    return Gap.of(row)


async def dismiss(batch: Batch, gap_id: int, reason: str) -> Gap:
    """Closes a gap that somebody has looked into and that need not be filled."""
    gap = await close(batch.pool, gap_id, how=Closing.DISMISSED, by=batch.by, reason=reason)
    await journal.note(batch, Action.GAP_CLOSED, how=Closing.DISMISSED, **gap.facts)
    return await load(batch.pool, gap_id)


async def affected(connection: Store, gap_id: int) -> list[int]:
    """The contacts that may have missed something: subscribed, and not delivered since the lost delivery."""
    return [row["contact_id"] async for row in SQL.affected(connection, gap_id=gap_id)]


async def load(source: Store, gap_id: int) -> Gap:
    """The gap with this id."""
    row = await SQL.by_id(source, gap_id=gap_id)
    if row is None:
        raise GapUnknown(str(gap_id))
    return Gap.of(row)


async def page(source: Store, *, is_open: bool, before: int, size: int) -> list[Gap]:
    """Gaps, newest first; only open ones, or all."""
    return [Gap.of(row) async for row in SQL.page(source, is_open=is_open, before=before, size=size)]
