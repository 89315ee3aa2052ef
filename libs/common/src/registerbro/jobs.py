"""Scheduled work: once per Danish date, whatever the number of replicas, an outage or a clock change.

A replica that takes a job holds an advisory lock while it works, and a row in ``job_run`` says that the date is done. A replica
that crashes loses its lock with its connection, and another one, or the same one after its restart, takes the job over; a date
whose moment passed while everything was down is caught up (the latest one, not every one before it).
"""

import asyncio
import dataclasses
import datetime as dt
import enum
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import aiosql
import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.date import DateTrigger

from registerbro.database import Connection, Pool
from registerbro.privacy import mask_value, scrub

DENMARK = ZoneInfo("Europe/Copenhagen")
RETRY_PAUSE = dt.timedelta(minutes=15)
MAX_ATTEMPTS = 4
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


async def _always() -> bool:
    return True


@dataclasses.dataclass(frozen=True, slots=True)
class Job:
    """What runs once a day. ``work`` gets the Danish date it runs for, and may return facts for the record."""

    name: str
    at: dt.time  # Danish wall time
    work: Work
    is_on: Callable[[], Awaitable[bool]] = _always


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


async def run_daily(pool: Pool, job: Job, *, now: Callable[[], dt.datetime]) -> Outcome:
    """Runs the job for the latest due date, if nobody has and nobody is at it."""
    if not await job.is_on():
        return Outcome.RESTED
    async with pool.acquire() as connection:
        if not await _SQL.try_lock(connection, lock_id=_lock_id(job.name)):
            return Outcome.TAKEN
        try:
            return await _run_locked(connection, job, latest_due(job.at, now()))
        finally:
            if not connection.is_closed():
                await _SQL.unlock(connection, lock_id=_lock_id(job.name))


async def _run_locked(connection: Connection, job: Job, date: dt.date) -> Outcome:
    attempt = await _SQL.begin_run(connection, job=job.name, danish_date=date, max_attempts=MAX_ATTEMPTS)
    if attempt is None:
        return Outcome.ALREADY
    outcome, details = await _work(connection, job, date, attempt)
    await _SQL.end_run(connection, job=job.name, danish_date=date, outcome=outcome, details=details)
    return outcome


async def _work(
    connection: Connection, job: Job, date: dt.date, attempt: int
) -> tuple[Outcome, Mapping[str, Any]]:
    started = time.perf_counter()
    facts = {"job": job.name, "danish_date": date.isoformat(), "attempt": attempt}
    log.info("job started", **facts)
    try:
        details = await _while_connected(connection, job.work(date))
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


class DailyTrigger(BaseTrigger):  # type: ignore[misc] # APScheduler 3 has no types
    """When a job is due, for APScheduler: right at the start (to catch up), then daily."""

    def __init__(self, at: dt.time) -> None:
        self._at = at

    def get_next_fire_time(self, previous_fire_time: dt.datetime | None, now: dt.datetime) -> dt.datetime:
        """The next moment after the last firing; at the start, at once."""
        return now if previous_fire_time is None else next_due(self._at, max(previous_fire_time, now))


class Scheduler:
    """Starts a replica's jobs when they are due."""

    def __init__(
        self,
        pool: Pool,
        *,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        retry_pause: dt.timedelta = RETRY_PAUSE,
    ) -> None:
        self._pool = pool
        self._now = now
        self._retry_pause = retry_pause
        self._running: set[asyncio.Task[Outcome]] = set()
        self._scheduler = AsyncIOScheduler(
            timezone=dt.UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )

    def start(self, jobs: tuple[Job, ...]) -> None:
        """Begins; jobs whose moment passed run at once."""
        for job in jobs:
            self._scheduler.add_job(self._run, DailyTrigger(job.at), args=[job], id=job.name)
        self._scheduler.start()

    async def stop(self) -> None:
        """Starts no more jobs, cancels those under way: they are caught up by another replica or after the restart."""
        self._scheduler.shutdown(wait=False)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _run(self, job: Job) -> None:
        task = asyncio.ensure_future(run_daily(self._pool, job, now=self._now))
        self._running.add(task)
        try:
            outcome = await task
        except asyncio.CancelledError:
            return  # the service stops
        except Exception as error:
            log.warning("job not started", job=job.name, reason=scrub(f"{type(error).__name__}: {error}"))
            outcome = Outcome.FAILED
        finally:
            self._running.discard(task)
        if outcome in (Outcome.FAILED, Outcome.TAKEN):
            again = DateTrigger(self._now() + self._retry_pause)
            self._scheduler.add_job(
                self._run, again, args=[job], id=f"{job.name} again", replace_existing=True
            )
