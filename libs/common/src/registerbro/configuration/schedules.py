"""When the daily jobs of all services run: registered by the services at their start, listed and changed in one place."""

import dataclasses
import datetime as dt
import enum
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import aiosql

from registerbro import features, jobs
from registerbro.auth.scopes import Caller
from registerbro.configuration import history
from registerbro.configuration.errors import (
    JobUnknown,
    ScheduleChangedElsewhere,
    ScheduleFixed,
    ScheduleNeeded,
)
from registerbro.configuration.groups import fixed_path
from registerbro.configuration.history import Action, Topic
from registerbro.database import Connection, Pool
from registerbro.features import Feature
from registerbro.jobs import Job, JobRun
from registerbro.settings import ProcessSettings, origins

SHOWN_RUNS = 5
_SQL: Any = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg")


class Default(enum.Enum):
    """In place of a time: the job's own."""

    DEFAULT = "default"


DEFAULT: Final = Default.DEFAULT


@dataclasses.dataclass(frozen=True, slots=True)
class Schedule:
    """A job with its time. Times of day are Danish."""

    job: str
    services: tuple[str, ...]
    at: dt.time | None  # in force; None: off
    default_at: dt.time | None
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
    scheduled: Iterable[Job],
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
                default_at=job.default_at,
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


async def change(
    connection: Connection, job: str, at: dt.time | Default | None, *, by: Caller, now: dt.datetime
) -> Schedule:
    """Sets a job's time, or switches it off (None), or lets its default count again.

    ``JobUnknown``, ``ScheduleFixed``, ``ScheduleChangedElsewhere``, ``ScheduleNeeded``.
    """
    async with history.changing(connection):
        row = await _row(connection, job)
        _refuse(row, at)
        before, after = _told(row), {} if at is DEFAULT else {"at": _text(at)}
        if before != after:
            await _store(connection, job, at, by)
            changes = {"at": [before.get("at", "default"), after.get("at", "default")]}
            await history.record(connection, Topic.SCHEDULE, job, Action.CHANGED, by, changes)
            await history.announce(connection, Topic.SCHEDULE, job)
        return await show(connection, job, now)


async def _store(connection: Connection, job: str, at: dt.time | Default | None, by: Caller) -> None:
    if isinstance(at, Default):
        await _SQL.forget_time(connection, job=job)
    else:
        await _SQL.set_time(connection, job=job, at=at, changed_by=by.name)


def _refuse(row: Mapping[str, Any], at: dt.time | Default | None) -> None:
    if row["changed_in"] is not None:
        raise ScheduleChangedElsewhere(row["changed_in"])
    if row["fixed_by"] is not None:
        raise ScheduleFixed(row["fixed_by"])
    if at is None and row["is_needed"]:
        raise ScheduleNeeded


def _told(row: Mapping[str, Any]) -> dict[str, str | None]:
    return {"at": _text(row["set_at"])} if row["is_set"] else {}


def _text(at: dt.time | Default | None) -> str | None:
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
    at: dt.time | None = row["set_at"] if row["is_set"] else row["default_at"] or row["seen_at"]
    since = row["since"] if at == row["seen_at"] and row["since"] else now
    rests = tuple(name for name in row["features"] or () if name in off)
    return Schedule(
        job=row["job"],
        services=tuple(row["services"]),
        at=at,
        default_at=row["default_at"],
        is_set=row["is_set"],
        changed_at=row["changed_at"],
        changed_by=row["changed_by"],
        fixed_by=row["fixed_by"],
        changed_in=row["changed_in"],
        is_needed=row["is_needed"],
        rests=rests,
        next_at=None if at is None or rests else await jobs.next_after(source, row["job"], at, since, now),
        runs=tuple(await jobs.latest_runs(source, row["job"], SHOWN_RUNS)),
    )
