"""Scheduled work: once per Danish date, whatever the number of replicas, an outage or a clock change.

A replica that takes a job holds an advisory lock while it works, and a row in ``job_run`` says that the date is done. A replica
that crashes loses its lock with its connection, and another one, or the same one after its restart, takes the job over; a date
whose moment passed while everything was down is caught up (the latest one, not every one before it).

A job's time may change while it is scheduled: it is asked for at every look, and an operator can set another one in its
place (``job_override``). ``job_schedule`` remembers since when a time is in force, because a moment that was over before then is
not due.

Work that is done again and again in a day is a ``recurring.Recurring``; the scheduler takes either.
"""

import asyncio
import contextlib
import dataclasses
import datetime as dt
import enum
import functools
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeAlias
from zoneinfo import ZoneInfo

import aiosql
import structlog

from registerbro.bus.tasks import stop
from registerbro.bus.wakeup import DATABASE_ERRORS
from registerbro.database import Connection, Pool
from registerbro.features import MAX_AGE
from registerbro.privacy import mask_value, scrub

DENMARK = ZoneInfo("Europe/Copenhagen")
RETRY_PAUSE = dt.timedelta(minutes=15)
MAX_ATTEMPTS = 4
LOOK_PAUSE = dt.timedelta(seconds=20)
COUNT_PAUSE = dt.timedelta(seconds=1)  # between two looks whether the configuration has changed
NO_PAUSE = dt.timedelta(0)
AskTime: TypeAlias = Callable[[], Awaitable[dt.time | None]]
Counter: TypeAlias = Callable[[], Awaitable[int]]
Work: TypeAlias = Callable[[dt.date], Awaitable[Mapping[str, Any] | None]]
_SQL: Any = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg")
log = structlog.get_logger()


class Outcome(enum.StrEnum):
    """What became of an attempt to run a job."""

    DONE = "done"
    FAILED = "failed"  # raised; tried again until MAX_ATTEMPTS
    ALREADY = "already"  # the date is done, or has failed for good
    TAKEN = "taken"  # another replica is at it
    RESTED = "rested"  # its module is switched off
    NOT_DUE = "not-due"  # it has no time, or one that came into force after the latest moment


async def always() -> bool:
    """For work that no module switches."""
    return True


class Runs(Protocol):
    """What a scheduler runs."""

    @property
    def name(self) -> str:
        """Under which it is known to all replicas."""

    async def run(self, pool: Pool, *, now: Callable[[], dt.datetime], retry_pause: dt.timedelta) -> Outcome:
        """Runs it if it is due, nobody has and nobody is at it; after a failure not before the pause is over."""


@dataclasses.dataclass(frozen=True, slots=True)
class Job:
    """What runs once a day. ``work`` gets the Danish date it runs for, and may return facts for the record."""

    name: str
    at: dt.time | AskTime  # Danish wall time, or who knows it; none: not scheduled
    work: Work
    is_on: Callable[[], Awaitable[bool]] = always
    setting: tuple[
        str, ...
    ] = ()  # that its time comes from, as ("cpr_direct", "password_change", "change_at")
    changed_in: str | None = None  # where operators change its time; None: with all other schedules
    is_needed: bool = False  # it may be moved, but not switched off
    is_switched: bool = True  # it belongs to the service's module

    @property
    def default_at(self) -> dt.time | None:
        """The time that counts while no operator has set another; None where that is asked for."""
        return self.at if isinstance(self.at, dt.time) else None

    async def time(self, source: "Connection | Pool") -> dt.time | None:
        """Its time as it is now: an operator's, or its own."""
        override = await _SQL.override(source, job=self.name)
        if override is not None:
            at: dt.time | None = override["at"]
            return at
        return self.at if isinstance(self.at, dt.time) else await self.at()

    async def run(self, pool: Pool, *, now: Callable[[], dt.datetime], retry_pause: dt.timedelta) -> Outcome:
        """As ``run_daily``."""
        return await run_daily(pool, self, now=now, retry_pause=retry_pause)


def due(date: dt.date, at: dt.time) -> dt.datetime:
    """The moment (UTC) of a Danish wall time: the first of two when clocks go back, an hour later when it is skipped."""
    local = dt.datetime.combine(date, at, DENMARK)
    return local.replace(fold=0).astimezone(dt.UTC)


def latest_due(at: dt.time, now: dt.datetime) -> dt.date:
    """The last Danish date whose moment has come."""
    today = now.astimezone(DENMARK).date()
    return today if due(today, at) <= now else today - dt.timedelta(days=1)


def next_due(at: dt.time, now: dt.datetime) -> dt.datetime:
    """The next moment (UTC) after ``now``."""
    return due(latest_due(at, now) + dt.timedelta(days=1), at)


async def run_daily(
    pool: Pool, job: Job, *, now: Callable[[], dt.datetime], retry_pause: dt.timedelta = NO_PAUSE
) -> Outcome:
    """Runs the job for the latest due date, if nobody has and nobody is at it; a failed one after the pause."""
    if not await job.is_on():
        return Outcome.RESTED
    async with pool.acquire() as connection:
        date = await due_date(connection, job, now())
        if date is None:
            return Outcome.NOT_DUE
        async with locked(connection, job.name) as is_free:
            if not is_free:
                return Outcome.TAKEN
            return await _run_locked(connection, job, date, now, retry_pause)


@contextlib.asynccontextmanager
async def locked(connection: Connection, job: str) -> AsyncIterator[bool]:
    """Holds a job's lock, which goes with the connection; False where somebody else has it."""
    is_free = await _SQL.try_lock(connection, lock_id=_lock_id(job))
    try:
        yield bool(is_free)
    finally:
        if is_free and not connection.is_closed():
            await _SQL.unlock(connection, lock_id=_lock_id(job))


async def due_date(connection: Connection, job: Job, now: dt.datetime) -> dt.date | None:
    """The latest Danish date whose moment came while the job's time was in force."""
    at = await job.time(connection)
    since = await _since(connection, job, at, now)
    if at is None:
        return None
    date = latest_due(at, now)
    return date if due(date, at) >= since else None


async def _since(connection: Connection, job: Job, at: dt.time | None, now: dt.datetime) -> dt.datetime:
    """Since when the time is in force: from now on where it has changed."""
    async with connection.transaction():
        row = await _SQL.hold_schedule(connection, job=job.name)
        if row is not None and row["at"] == at:
            since: dt.datetime = row["since"]
            return since
        since = now
        if row is None and job.default_at is not None and job.default_at == at:
            since = due(latest_due(at, now), at)  # a new installation does it at once
        elif row is not None and row["at"] is not None and at is not None:
            missed = latest_due(row["at"], now)
            if due(missed, row["at"]) >= row["since"] and await _is_open(connection, job.name, missed):
                since = min(now, due(missed, at))  # changed while everything was down: it is still caught up
        await _SQL.set_schedule(connection, job=job.name, at=at, since=since)
        return since


async def _is_open(source: "Connection | Pool", job: str, date: dt.date) -> bool:
    return bool(await _SQL.is_open(source, job=job, danish_date=date, max_attempts=MAX_ATTEMPTS))


@dataclasses.dataclass(frozen=True, slots=True)
class JobRun:
    """What became of a job on one date."""

    danish_date: dt.date
    attempts: int
    started_at: dt.datetime
    finished_at: dt.datetime | None
    outcome: str | None  # none: under way, or its process is gone and another one takes it over
    details: Mapping[str, Any]


async def latest_runs(pool: "Connection | Pool", job: str, size: int) -> list[JobRun]:
    """The job's latest dates, newest first."""
    return [JobRun(**row) async for row in _SQL.latest_runs(pool, job=job, size=size)]


async def next_moment(pool: Pool, job: Job, now: dt.datetime) -> dt.datetime | None:
    """When the job runs next: now where a date is due and open, None where it has no time."""
    async with pool.acquire() as connection:
        at = await job.time(connection)
        if at is None:
            return None
        return await next_after(connection, job.name, at, await _since(connection, job, at, now), now)


async def next_after(
    source: "Connection | Pool", job: str, at: dt.time, since: dt.datetime, now: dt.datetime
) -> dt.datetime:
    """The same for a time that is in force since then."""
    date = latest_due(at, now)
    if due(date, at) >= since and await _is_open(source, job, date):
        return now
    date += dt.timedelta(days=1)
    while not await _is_open(source, job, date):
        date += dt.timedelta(days=1)
    return due(date, at)


async def _run_locked(
    connection: Connection,
    job: Job,
    date: dt.date,
    now: Callable[[], dt.datetime],
    retry_pause: dt.timedelta,
) -> Outcome:
    attempt = await _SQL.begin_run(
        connection,
        job=job.name,
        danish_date=date,
        max_attempts=MAX_ATTEMPTS,
        now=now(),
        failed_before=now() - retry_pause,
    )
    if attempt is None:
        return Outcome.ALREADY
    facts = {"job": job.name, "danish_date": date.isoformat(), "attempt": attempt}
    outcome, details = await work_on(connection, job.work(date), facts)
    await _SQL.end_run(
        connection, job=job.name, danish_date=date, outcome=outcome, details=details, now=now()
    )
    return outcome


async def work_on(
    connection: Connection, work: Awaitable[Mapping[str, Any] | None], facts: Mapping[str, Any]
) -> tuple[Outcome, Mapping[str, Any]]:
    """Does a job's work while the connection holds its lock: DONE with its details, or FAILED with the error."""
    started = time.perf_counter()
    log.info("job started", **facts)
    try:
        details = await _while_connected(connection, work)
    except Exception as error:
        log.exception("job failed", **facts)
        return Outcome.FAILED, {"error": scrub(f"{type(error).__name__}: {error}")}
    log.info("job done", duration_ms=round(1000 * (time.perf_counter() - started)), **facts)
    return Outcome.DONE, mask_value(dict(details or {}))


async def _while_connected(
    connection: Connection, work: Awaitable[Mapping[str, Any] | None]
) -> Mapping[str, Any] | None:
    """The work's result; it is cancelled when the connection, and with it the lock, is lost."""
    task = asyncio.ensure_future(work)

    def lost(_: object) -> None:
        task.cancel("the connection that held the job's lock was lost")

    connection.add_termination_listener(lost)
    try:
        return await task
    except asyncio.CancelledError:
        if connection.is_closed():
            raise ConnectionError("the connection that held the job's lock was lost") from None
        raise
    finally:
        task.cancel()
        connection.remove_termination_listener(lost)


def _lock_id(job: str) -> int:
    return int.from_bytes(hashlib.sha256(f"job:{job}".encode()).digest()[:8], "big", signed=True)


class Scheduler:
    """Looks now and then which of a replica's jobs are due, and starts them; at once where ``counter`` has changed."""

    def __init__(
        self,
        pool: Pool,
        *,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        retry_pause: dt.timedelta = RETRY_PAUSE,
        look_pause: dt.timedelta = LOOK_PAUSE,
        counter: Counter | None = None,
    ) -> None:
        self._pool = pool
        self._now = now
        self._retry_pause = retry_pause
        self._look_pause = look_pause
        self._counter = counter
        self._jobs: tuple[Runs, ...] = ()
        self._running: dict[str, asyncio.Task[Outcome | None]] = {}
        self._looking: asyncio.Task[None] | None = None

    def start(self, jobs: tuple[Runs, ...]) -> None:
        """Begins; jobs whose moment passed run at once."""
        self._jobs = jobs
        self._looking = asyncio.create_task(self._look_again_and_again())

    async def stop(self) -> None:
        """Starts no more jobs, cancels those under way: they are caught up by another replica or after the restart."""
        if self._looking is not None:
            await stop([self._looking])
        await stop(list(self._running.values()))

    def look(self) -> Sequence[asyncio.Task[Outcome | None]]:
        """Asks each job that is not under way here whether it is due, and runs it then."""
        idle = [job for job in self._jobs if job.name not in self._running]
        for job in idle:
            task = asyncio.create_task(self._run(job))
            self._running[job.name] = task
            task.add_done_callback(functools.partial(self._forget, job.name))
        return list(self._running.values())

    def _forget(self, name: str, _: asyncio.Task[Outcome | None]) -> None:
        self._running.pop(name, None)

    async def _look_again_and_again(self) -> None:
        seen = await self._counted()
        while True:
            self.look()
            seen = await self._pause(seen)

    async def _pause(self, seen: int | None) -> int | None:
        """Ends with the pause, or when what has changed of the configuration is known; returns the count it is known by."""
        ends = time.monotonic() + self._look_pause.total_seconds()
        while (left := ends - time.monotonic()) > 0:
            await asyncio.sleep(min(left, COUNT_PAUSE.total_seconds()))
            if (counted := await self._counted()) != seen:
                await asyncio.sleep(MAX_AGE.total_seconds())  # until nobody remembers how it was before
                return counted
        return seen

    async def _counted(self) -> int | None:
        """None where nobody counts, or while the store is away: the look says so."""
        try:
            return await self._counter() if self._counter else None
        except DATABASE_ERRORS:
            return None

    async def _run(self, job: Runs) -> Outcome | None:
        try:
            return await job.run(self._pool, now=self._now, retry_pause=self._retry_pause)
        except Exception as error:
            log.warning("job not started", job=job.name, reason=scrub(f"{type(error).__name__}: {error}"))
            return None
