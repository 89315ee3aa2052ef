"""Work that is done again and again: about every so often, once over all replicas, whatever crashes or is down.

As a daily job (``jobs``) it is done under an advisory lock that goes with the connection of who holds it. A row in ``job_beat`` says
when it was begun last: it is due again an interval later. However long everything was down, it is then done once. A run whose
process is gone is done again as soon as its lock is free; one that failed, after a pause.

An operator can set another interval (``job_override``), switch it off, or have it done at once (``ask``).
"""

import dataclasses
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import aiosql

from registerbro.database import Connection, Pool
from registerbro.jobs import NO_PAUSE, Outcome, always, locked, work_on

Work: TypeAlias = Callable[[dt.datetime], Awaitable[Mapping[str, Any] | None]]
_SQL: Any = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg")


@dataclasses.dataclass(frozen=True, slots=True)
class Recurring:
    """What runs about every so often. ``work`` gets the moment (UTC) of its begin, and may return facts for the record."""

    name: str
    every: dt.timedelta  # while no operator has set another
    work: Work
    is_on: Callable[[], Awaitable[bool]] = always
    setting: tuple[str, ...] = ()  # that its interval comes from, as ("cvr_update", "work_every_seconds")
    changed_in: str | None = None  # where operators change it; None: with all other schedules
    is_needed: bool = False  # its interval may be changed, but it cannot be switched off
    is_switched: bool = True  # it belongs to the service's module

    async def interval(self, source: "Connection | Pool") -> dt.timedelta | None:
        """Its interval as it is now: an operator's, or its own; None: off."""
        override = await _SQL.override(source, job=self.name)
        every: dt.timedelta | None = self.every if override is None else override["every"]
        return every

    async def run(
        self, pool: Pool, *, now: Callable[[], dt.datetime], retry_pause: dt.timedelta = NO_PAUSE
    ) -> Outcome:
        """Runs it if it is due, and nobody is at it."""
        return await _run(pool, self, now, retry_pause, at_once=False)

    async def run_now(self, pool: Pool, *, now: Callable[[], dt.datetime]) -> Outcome:
        """Runs it, due or not, in this process; ``TAKEN`` where somebody is at it, ``RESTED`` while its module is off."""
        return await _run(pool, self, now, NO_PAUSE, at_once=True)


@dataclasses.dataclass(frozen=True, slots=True)
class Beat:
    """How it went last."""

    started_at: dt.datetime | None  # none: it was asked for, and never begun
    finished_at: dt.datetime | None  # none: under way, or its process is gone
    outcome: str | None
    details: Mapping[str, Any]
    done_at: dt.datetime | None  # when it went well last
    asked_at: dt.datetime | None


async def ask(source: "Connection | Pool", job: str, now: dt.datetime) -> None:
    """Has it run by whichever replica looks next, due or not; also once more where it is under way."""
    await _SQL.ask(source, job=job, now=now)


async def beat(source: "Connection | Pool", job: str) -> Beat | None:
    """How it went last; None if it never ran."""
    row = await _SQL.beat(source, job=job)
    return None if row is None else Beat(**row)


async def _run(
    pool: Pool,
    job: Recurring,
    now: Callable[[], dt.datetime],
    retry_pause: dt.timedelta,
    *,
    at_once: bool,
) -> Outcome:
    if not await job.is_on():
        return Outcome.RESTED
    async with pool.acquire() as connection:
        every = await job.interval(connection)
        async with locked(connection, job.name) as is_free:
            if not is_free:
                return Outcome.TAKEN
            moment = now()
            begun = await _SQL.begin(
                connection, job=job.name, now=moment, every=every, retry_pause=retry_pause, at_once=at_once
            )
            if not begun:
                return Outcome.NOT_DUE
            outcome, details = await work_on(connection, job.work(moment), {"job": job.name})
            await _SQL.end(connection, job=job.name, outcome=outcome, details=details, now=now())
            return outcome
