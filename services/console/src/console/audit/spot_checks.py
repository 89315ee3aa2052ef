"""Spot checks: a random sample of accesses that somebody reviews, each with a verdict, until the check is closed.

Each access of the period has a lot, the SHA-256 of seed and access; the smallest are drawn. So every access is as likely as any
other, and whoever has seed and period draws the same ones again. Only days that are over are drawn from.
"""

import contextlib
import dataclasses
import datetime as dt
import enum
import secrets
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import aiosql
from registerbro.audit import Auditor, Purpose
from registerbro.auth import Caller
from registerbro.database import Connection, Pool
from registerbro.ids import LAST_ID
from registerbro.privacy import mask

from console.audit.errors import (
    NotDrawn,
    SpotCheckClosed,
    SpotCheckEmpty,
    SpotCheckTooLarge,
    SpotCheckUnfinished,
    SpotCheckUnknown,
)
from console.audit.inquiries import WHAT, Inquiry

_SQL: Any = aiosql.from_path(Path(__file__).parent / "sql" / "spot_checks.sql", "asyncpg")
DRAW = "draw-spot-check"
MOST = 1000


class Verdict(enum.StrEnum):
    """What a reviewer says of an access."""

    OK = "ok"
    LOOK_INTO = "look-into"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Lottery:
    """What is drawn: ``size`` accesses of these days (UTC) in all, or of each user."""

    first_day: dt.date
    last_day: dt.date
    size: int
    client: str | None = None
    acting_user: str | None = None
    per_user: bool = False
    seed: int = dataclasses.field(default_factory=lambda: secrets.randbelow(LAST_ID))


@dataclasses.dataclass(frozen=True, slots=True)
class SpotCheck:
    """A check and how far it has come; ``drawn`` gets fewer when the log forgets. Times are UTC."""

    check_id: int
    drawn_at: dt.datetime
    drawn_by: str
    first_day: dt.date
    last_day: dt.date
    client: str | None
    acting_user: str | None
    per_user: bool
    size: int
    seed: int
    population: int
    closed_at: dt.datetime | None
    closed_by: str | None
    conclusion: str | None
    drawn: int
    judged: int
    to_look_into: int


@dataclasses.dataclass(frozen=True, slots=True)
class Drawn:
    """An access that was drawn, and what was said of it."""

    inquiry: Inquiry
    verdict: Verdict | None
    note: str | None
    judged_at: dt.datetime | None
    judged_by: str | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """From the store."""
        facts = {name: value for name, value in row.items() if name != "ordinal"}
        own = {name: facts.pop(name) for name in ("verdict", "note", "judged_at", "judged_by")}
        verdict = own["verdict"] and Verdict(own["verdict"])
        return cls(Inquiry.of(facts), **{**own, "verdict": verdict})


async def draw(connection: Connection, lottery: Lottery) -> tuple[list[tuple[dt.date, uuid.UUID]], int]:
    """Days and ids of what is drawn, in its order, and of how many it is."""
    rows = [row async for row in _SQL.draw(connection, **dataclasses.asdict(lottery), most=MOST + 1)]
    return [(row["audit_day"], row["audit_id"]) for row in rows], rows[0]["population"] if rows else 0


async def begin(
    pool: Pool, auditor: Auditor, caller: Caller, lottery: Lottery, purpose: Purpose
) -> tuple[SpotCheck, list[Drawn]]:
    """Draws and keeps a sample. Raises ``SpotCheckEmpty``, ``SpotCheckTooLarge``, ``AuditUnavailable``."""
    inquiry = await auditor.asked(caller, DRAW, purpose)
    async with pool.acquire() as connection, connection.transaction():
        keys, population = await draw(connection, lottery)
        if not keys:
            raise SpotCheckEmpty
        if len(keys) > MOST:
            raise SpotCheckTooLarge(MOST)
        told = dataclasses.asdict(lottery) | {"population": population, "drawn_by": caller.name}
        check_id = await _SQL.add(connection, **told)
        days, ids = zip(*keys, strict=True)
        await _SQL.add_drawn(connection, check_id=check_id, days=list(days), ids=list(ids))
    found = await get(pool, check_id)
    await auditor.delivered(inquiry, contact_ids=(), fields=WHAT)
    return found


async def page(pool: Pool, *, is_open: bool, before: int, size: int) -> list[SpotCheck]:
    """Checks below an id, newest first; only open ones, or all."""
    rows = _SQL.page(pool, check_id=None, is_open=is_open, before=before, size=size)
    return [SpotCheck(**row) async for row in rows]


async def get(pool: Pool, check_id: int) -> tuple[SpotCheck, list[Drawn]]:
    """A check with what was drawn; ``SpotCheckUnknown``."""
    check = await _check(pool, check_id)
    return check, [Drawn.of(row) async for row in _SQL.drawn(pool, check_id=check_id)]


async def judge(
    pool: Pool, check_id: int, audit_id: uuid.UUID, verdict: Verdict, note: str | None, *, by: str
) -> SpotCheck:
    """Says something of an access, in place of what was said before. ``SpotCheckUnknown``, ``SpotCheckClosed``, ``NotDrawn``."""
    told = {"verdict": verdict, "note": None if note is None else mask(note), "by": by}
    async with _open(pool, check_id) as connection:
        if await _SQL.judge(connection, check_id=check_id, audit_id=audit_id, **told) is None:
            raise NotDrawn
    return await _check(pool, check_id)


async def close(pool: Pool, check_id: int, conclusion: str | None, *, by: str) -> SpotCheck:
    """Ends a check of which every access has a verdict. ``SpotCheckUnknown``, ``SpotCheckClosed``, ``SpotCheckUnfinished``."""
    said = None if conclusion is None else mask(conclusion)
    async with _open(pool, check_id) as connection:
        if remaining := await _SQL.remaining(connection, check_id=check_id):
            raise SpotCheckUnfinished(remaining)
        await _SQL.close(connection, check_id=check_id, by=by, conclusion=said)
    return await _check(pool, check_id)


@contextlib.asynccontextmanager
async def _open(pool: Pool, check_id: int) -> AsyncIterator[Connection]:
    async with pool.acquire() as connection, connection.transaction():
        held = await _SQL.hold(connection, check_id=check_id)
        if held is None:
            raise SpotCheckUnknown
        if held["is_closed"]:
            raise SpotCheckClosed
        yield connection


async def _check(pool: Pool, check_id: int) -> SpotCheck:
    rows: Sequence[Any] = [
        row async for row in _SQL.page(pool, check_id=check_id, is_open=False, before=LAST_ID + 1, size=1)
    ]
    if not rows:
        raise SpotCheckUnknown
    return SpotCheck(**rows[0])
