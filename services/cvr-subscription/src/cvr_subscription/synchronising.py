"""Reads what changed at the register, and queues an update of each contact that it concerns.

One synchronisation at a time over all replicas. Each page is one transaction: its contacts are queued with the active token, and the
position moves on. Who finds position, token or provider changed leaves it to whoever changed them.

A *full* synchronisation reads nothing: it makes a new token and queues every subscribed contact, from the present position on. It
happens at the beginning, and where events were missed: the provider no longer keeps them, or the position is not one of its own.
"""

import dataclasses
import datetime as dt
import enum
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import aiosql
import structlog
from registerbro import service_queue
from registerbro.cvr.units import ObjectId
from registerbro.database import Connection, Pool
from registerbro.registers.errors import FeedGap, PositionUnusable, RegisterError
from registerbro.registers.port import ChangeEvent, FeedPage
from registerbro.registers.presentation import presentation

from cvr_subscription import following
from cvr_subscription.errors import NotFollowing, OtherProvider, SynchronisationUnderWay
from cvr_subscription.following import Following
from cvr_subscription.locks import alone, is_locked
from cvr_subscription.pacing import Pace
from cvr_subscription.subscriber import Mode, Subscriber, mode_of
from cvr_subscription.subscriptions import SQL as SUBSCRIPTIONS

SQL: Any = aiosql.from_path(Path(__file__).parent / "sql" / "synchronisations.sql", "asyncpg")
LOCK = 0x6376725F73796E63  # "cvr_sync"
REREAD_EVERY = dt.timedelta(hours=24)
REREAD = 2 * REREAD_EVERY  # so that events may be late by almost a day, at whatever hour they happened
INTERRUPTED = "interrupted"
log = structlog.get_logger()


class Kind(enum.StrEnum):
    """How far a synchronisation goes."""

    INCREMENTAL = "incremental"
    FULL = "full"


class Reason(enum.StrEnum):
    """Why there is one, or why it is a full one."""

    SCHEDULED = "scheduled"
    ASKED = "asked"
    SWITCHED_ON = "switched-on"
    GAP = "gap"  # the provider no longer keeps what came after the position
    POSITION_UNUSABLE = "position-unusable"


class Outcome(enum.StrEnum):
    """What became of it."""

    DONE = "done"
    FAILED = "failed"
    SUPERSEDED = "superseded"  # switched off, or begun anew, meanwhile


@dataclasses.dataclass(frozen=True, slots=True)
class Synchronisation:
    """One synchronisation; without outcome it is under way, or its process is gone."""

    run_id: int
    kind: Kind
    reason: Reason
    started_at: dt.datetime
    finished_at: dt.datetime | None
    outcome: Outcome | None
    failure: str | None
    pages: int
    events: int
    queued: int
    postponed: int


class _Superseded(Exception):
    """Somebody else changed what is followed."""


async def synchronise(subscriber: Subscriber, *, reason: Reason, full: bool = False) -> Synchronisation:
    """Synchronises now. Raises ``NotFollowing``, ``OtherProvider``, ``SynchronisationUnderWay``, ``RegisterError``."""
    async with alone(subscriber.pool, LOCK, SynchronisationUnderWay):
        if await mode_of(subscriber.pool) is not Mode.FOLLOWS:
            raise NotFollowing
        before = await following.require(subscriber.pool, subscriber.identity)
        kind = Kind.FULL if full or before.position is None or before.token is None else Kind.INCREMENTAL
        run_id = await SQL.start(subscriber.pool, kind=kind, reason=reason, now=subscriber.now())
        return await _run(
            _Run(subscriber, run_id, Pace(subscriber.settings.pace, subscriber.now())), before, kind
        )


async def latest(pool: Pool, size: int) -> list[Synchronisation]:
    """The latest synchronisations, newest first."""
    return [_of(row) async for row in SQL.latest(pool, size=size)]


async def is_under_way(pool: Pool) -> bool:
    """Whether a replica or a command is at it."""
    return await is_locked(pool, LOCK)


@dataclasses.dataclass(frozen=True)
class _Run:
    """A synchronisation under way."""

    subscriber: Subscriber
    run_id: int
    pace: Pace

    @property
    def started_at(self) -> dt.datetime:
        return self.pace.begun_at

    async def finish(self, outcome: Outcome, failure: str | None = None) -> Synchronisation:
        row = await SQL.finish(
            self.subscriber.pool,
            run_id=self.run_id,
            outcome=outcome,
            failure=failure,
            now=self.subscriber.now(),
        )
        made = _of(row)
        log.info(
            "changes synchronised", **{name: value for name, value in dict(row).items() if value is not None}
        )
        return made


async def _run(run: _Run, before: Following, kind: Kind) -> Synchronisation:
    try:
        if kind is Kind.FULL or before.position is None:
            await _begin_anew(run)
        else:
            await _read_or_begin_anew(run, before.position)
            await _reread(run, before)
    except _Superseded:
        return await run.finish(Outcome.SUPERSEDED)
    except RegisterError as error:
        await run.finish(Outcome.FAILED, presentation(error).slug)
        raise
    except Exception:
        await run.finish(Outcome.FAILED, INTERRUPTED)
        raise
    return await run.finish(Outcome.DONE)


async def _read_or_begin_anew(run: _Run, position: str) -> None:
    try:
        await _read(run, position, moves=True)
    except (FeedGap, PositionUnusable) as error:
        reason = Reason.GAP if isinstance(error, FeedGap) else Reason.POSITION_UNUSABLE
        log.warning("events were missed, everything is updated", reason=reason)
        await SQL.becomes_full(run.subscriber.pool, run_id=run.run_id, reason=reason)
        await _begin_anew(run)


async def _begin_anew(run: _Run) -> None:
    """New token, all contacts, and the present position: one transaction."""
    subscriber = run.subscriber
    now = subscriber.now()
    position = await subscriber.feed.beginning(now)
    async with subscriber.pool.acquire() as connection, connection.transaction():
        if (await following.hold(connection)).provider != subscriber.identity:
            raise OtherProvider
        token = await service_queue.renew_token(connection)
        if token is None:
            raise _Superseded
        await following.SQL.begin(connection, position=position, now=now)
        rows = SUBSCRIPTIONS.all_subscribed(connection, provider=subscriber.identity)
        queued = await run.pace.queue(connection, [row["contact_id"] async for row in rows], token)
        await SQL.add(connection, run_id=run.run_id, pages=0, events=0, queued=queued, postponed=0)


async def _read(run: _Run, position: str, *, moves: bool) -> None:
    """Reads from a position on; ``moves`` says whether later reading goes on from where this ends."""
    async for page in run.subscriber.feed.pages(position, run.started_at):
        async with run.subscriber.pool.acquire() as connection, connection.transaction():
            held = await following.hold(connection)
            if held.provider != run.subscriber.identity or (moves and held.position != position):
                raise _Superseded
            await _queue(run, connection, held, page)
            if moves:
                await following.SQL.advance(connection, position=page.position, until=page.until)
        position = page.position


async def _reread(run: _Run, before: Following) -> None:
    """Once a day, reads the latest two days again: some events become visible late."""
    subscriber, now = run.subscriber, run.started_at
    if before.reread_at is not None and now - before.reread_at < REREAD_EVERY:
        return
    try:
        await _read(run, await subscriber.feed.beginning(now - REREAD), moves=False)
    except FeedGap:
        log.info("the provider keeps events for less than two days")
    await following.SQL.note_reread(subscriber.pool, now=now)


async def _queue(run: _Run, connection: Connection, held: Following, page: FeedPage) -> None:
    """Queues whom a page's events concern, each once; what takes effect on a later day is kept until then."""
    if held.token is None:
        raise _Superseded
    subscriber = run.subscriber
    contacts = await _concerned(subscriber, connection, {event.object_id for event in page.events})
    about = [event for event in page.events if event.object_id in contacts]
    now, later = _split(about, subscriber.today)
    queued = await run.pace.queue(connection, sorted({contacts[object_id] for object_id in now}), held.token)
    days = {(contacts[object_id], day) for object_id, day in later}
    await service_queue.remember(connection, days)
    await SQL.add(
        connection, run_id=run.run_id, pages=1, events=len(about), queued=queued, postponed=len(days)
    )


def _split(
    events: Sequence[ChangeEvent], today: dt.date
) -> tuple[set[ObjectId], set[tuple[ObjectId, dt.date]]]:
    """Units that something happened to by now, and those that something happens to on later days."""
    later = {
        (event.object_id, event.effective_on)
        for event in events
        if event.effective_on is not None and event.effective_on > today
    }
    now = {event.object_id for event in events if event.effective_on is None or event.effective_on <= today}
    return now, later


async def _concerned(
    subscriber: Subscriber, connection: Connection, object_ids: Iterable[ObjectId]
) -> dict[ObjectId, int]:
    rows = SUBSCRIPTIONS.about(connection, provider=subscriber.identity, object_ids=list(object_ids))
    return {row["object_id"]: row["contact_id"] async for row in rows}


def _of(row: Any) -> Synchronisation:
    outcome = row["outcome"] and Outcome(row["outcome"])
    return Synchronisation(
        **{**row, "kind": Kind(row["kind"]), "reason": Reason(row["reason"]), "outcome": outcome}
    )
