"""When the daily and the recurring jobs of all services run: registered by the services at their start, listed and changed in one place."""

import dataclasses
import datetime as dt
import enum
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

import aiosql

from registerbro import features, jobs, recurring
from registerbro.auth.scopes import Caller
from registerbro.configuration import history
from registerbro.configuration.errors import (
    JobUnknown,
    ScheduleChangedElsewhere,
    ScheduleFixed,
    ScheduleNeeded,
    ScheduleUnfit,
)
from registerbro.configuration.groups import fixed_path
from registerbro.configuration.history import Action, Topic
from registerbro.database import Connection, Pool
from registerbro.features import Feature
from registerbro.jobs import Job, JobRun
from registerbro.recurring import Beat, Recurring
from registerbro.settings import ProcessSettings, origins

SHOWN_RUNS = 5
_SQL: Any = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg")


class Default(enum.Enum):
    """In place of a time: the job's own."""

    DEFAULT = "default"


DEFAULT: Final = Default.DEFAULT
When: TypeAlias = dt.time | dt.timedelta | Default | None  # None: off


@dataclasses.dataclass(frozen=True, slots=True)
class Schedule:
    """A job with its time of day (Danish), or its interval where it recurs."""

    job: str
    services: tuple[str, ...]
    at: dt.time | None  # in force; None: off, or it recurs
    default_at: dt.time | None
    is_recurring: bool
    every: dt.timedelta | None  # in force; None: off, or it is daily
    default_every: dt.timedelta | None
    is_set: bool  # by an operator, in place of the default
    changed_at: dt.datetime | None
    changed_by: str | None
    fixed_by: str | None
    changed_in: str | None
    is_needed: bool
    rests: tuple[str, ...]  # the modules that are off, because of which it rests
    next_at: dt.datetime | None
    runs: tuple[JobRun, ...]  # newest first


async def register(
    connection: Connection,
    service: str,
    settings: ProcessSettings,
    scheduled: Iterable[Job | Recurring],
    feature: Feature | None,
) -> None:
    """Notes the jobs of a service that starts, in place of those it had before; ``feature`` is what switches them."""
    told_by = origins(type(settings))
    async with history.changing(connection):
        await _SQL.forget_jobs(connection, service=service)
        for job in scheduled:
            fixed_by = fixed_path(settings, told_by, job.setting) if job.setting else None
            await _SQL.add_job(
                connection,
                job=job.name,
                service=service,
                default_at=job.default_at if isinstance(job, Job) else None,
                default_every=job.every if isinstance(job, Recurring) else None,
                feature=feature if job.is_switched else None,
                fixed_by=None if fixed_by is None else f"{fixed_by} of {service}",
                changed_in=job.changed_in,
                is_needed=job.is_needed,
            )


async def show_all(source: "Pool | Connection", now: dt.datetime) -> list[Schedule]:
    """Every job by name."""
    off = await _off(source)
    return [
        await _schedule(source, row, off, now) for row in [row async for row in _SQL.jobs(source, job=None)]
    ]


async def show(source: "Pool | Connection", job: str, now: dt.datetime) -> Schedule:
    """One job; ``JobUnknown``."""
    return await _schedule(source, await _row(source, job), await _off(source), now)


async def change(connection: Connection, job: str, at: When, *, by: Caller, now: dt.datetime) -> Schedule:
    """Sets a job's time or interval, or switches it off (None), or lets its default count again.

    ``JobUnknown``, ``ScheduleFixed``, ``ScheduleChangedElsewhere``, ``ScheduleNeeded``, ``ScheduleUnfit``.
    """
    async with history.changing(connection):
        row = await _row(connection, job)
        _refuse(row, at)
        kind = "every" if _is_recurring(row) else "at"
        before, after = _told(row, kind), {} if at is DEFAULT else {kind: _text(at)}
        if before != after:
            await _store(connection, job, at, by)
            changes = {kind: [before.get(kind, "default"), after.get(kind, "default")]}
            await history.record(connection, Topic.SCHEDULE, job, Action.CHANGED, by, changes)
            await history.announce(connection, Topic.SCHEDULE, job)
        return await show(connection, job, now)


async def run_now(connection: Connection, job: str, now: dt.datetime) -> Schedule:
    """Has a recurring job run within seconds, by whichever replica sees it first. ``JobUnknown``, ``ScheduleUnfit``."""
    async with history.changing(connection):
        if not _is_recurring(await _row(connection, job)):
            raise ScheduleUnfit(is_recurring=False)
        await recurring.ask(connection, job, now)
        await history.count(connection)
        return await show(connection, job, now)


async def _store(connection: Connection, job: str, at: When, by: Caller) -> None:
    if isinstance(at, Default):
        await _SQL.forget_time(connection, job=job)
    else:
        time = at if isinstance(at, dt.time) else None
        every = at if isinstance(at, dt.timedelta) else None
        await _SQL.set_time(connection, job=job, at=time, every=every, changed_by=by.name)


def _is_recurring(row: Mapping[str, Any]) -> bool:
    return row["default_every"] is not None


def _refuse(row: Mapping[str, Any], at: When) -> None:
    unfit = dt.time if _is_recurring(row) else dt.timedelta
    if isinstance(at, unfit):
        raise ScheduleUnfit(is_recurring=_is_recurring(row))
    if row["changed_in"] is not None:
        raise ScheduleChangedElsewhere(row["changed_in"])
    if row["fixed_by"] is not None:
        raise ScheduleFixed(row["fixed_by"])
    if at is None and row["is_needed"]:
        raise ScheduleNeeded


def _told(row: Mapping[str, Any], kind: str) -> dict[str, str | None]:
    return {kind: _text(row[f"set_{kind}"])} if row["is_set"] else {}


def _text(at: When) -> str | None:
    if isinstance(at, dt.timedelta):
        return f"{at.total_seconds():g} s"
    return at.isoformat("minutes") if isinstance(at, dt.time) else None


async def _row(source: "Pool | Connection", job: str) -> Mapping[str, Any]:
    async for row in _SQL.jobs(source, job=job):
        found: Mapping[str, Any] = row
        return found
    raise JobUnknown


async def _off(source: "Pool | Connection") -> frozenset[str]:
    return frozenset(str(name) for name, is_on in (await features.states(source)).items() if not is_on)


async def _schedule(
    source: "Pool | Connection", row: Mapping[str, Any], off: frozenset[str], now: dt.datetime
) -> Schedule:
    rests = tuple(name for name in row["features"] or () if name in off)
    timing = await (_beating(source, row, now) if _is_recurring(row) else _daily(source, row, now))
    at, every, next_at, runs = timing
    return Schedule(
        job=row["job"],
        services=tuple(row["services"]),
        at=at,
        default_at=row["default_at"],
        is_recurring=_is_recurring(row),
        every=every,
        default_every=row["default_every"],
        is_set=row["is_set"],
        changed_at=row["changed_at"],
        changed_by=row["changed_by"],
        fixed_by=row["fixed_by"],
        changed_in=row["changed_in"],
        is_needed=row["is_needed"],
        rests=rests,
        next_at=None if rests else next_at,
        runs=tuple(runs),
    )


_Timing: TypeAlias = tuple[dt.time | None, dt.timedelta | None, dt.datetime | None, list[JobRun]]


async def _daily(source: "Pool | Connection", row: Mapping[str, Any], now: dt.datetime) -> _Timing:
    at: dt.time | None = row["set_at"] if row["is_set"] else row["default_at"] or row["seen_at"]
    since = row["since"] if at == row["seen_at"] and row["since"] else now
    next_at = None if at is None else await jobs.next_after(source, row["job"], at, since, now)
    return at, None, next_at, await jobs.latest_runs(source, row["job"], SHOWN_RUNS)


async def _beating(source: "Pool | Connection", row: Mapping[str, Any], now: dt.datetime) -> _Timing:
    every: dt.timedelta | None = row["set_every"] if row["is_set"] else row["default_every"]
    last = await recurring.beat(source, row["job"])
    if last is None or last.started_at is None:
        return None, every, None if every is None else now, []
    next_at = now if last.asked_at else None if every is None else max(now, last.started_at + every)
    return None, every, next_at, [_run_of(last.started_at, last)]


def _run_of(started_at: dt.datetime, last: Beat) -> JobRun:
    date = started_at.astimezone(jobs.DENMARK).date()
    return JobRun(date, 1, started_at, last.finished_at, last.outcome, last.details)
