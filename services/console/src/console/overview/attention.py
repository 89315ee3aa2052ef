"""What needs a person, as far as the services' health and the store tell it; each kind for those who may see what it is about.

A kind is a stable word by which a page knows where the thing is mended. Nothing personal is told: how many, since when.
"""

import dataclasses
import datetime as dt
import enum
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import aiosql
from registerbro.auth import Caller, Scope
from registerbro.database import Connection, Pool
from registerbro.features import Feature, states
from registerbro.health import Status

from console.overview.registers import DIREKTE, expiries, is_in_use
from console.overview.standing import Standing, State
from console.web.addresses import Place

RECENTLY = dt.timedelta(days=30)
JOBS_BACK = dt.timedelta(days=7)
ATTEMPTS = 3  # that failed before somebody has to look at it
_SQL: Any = aiosql.from_path(Path(__file__).parent / "sql" / "attention.sql", "asyncpg")


class Severity(enum.StrEnum):
    """From worst on."""

    PROBLEM = "problem"  # something does not work, or somebody's decision is waited for
    WARNING = "warning"  # it will not work, or not as it should
    NOTICE = "notice"


STORED: Mapping[str, tuple[Severity, Place]] = {
    "dead-letters": (Severity.PROBLEM, Place.CONSOLE),
    "files-refused": (Severity.PROBLEM, Place.CPR_BATCH),
    "imports-failed": (Severity.PROBLEM, Place.CPR_BATCH),
    "transfers-failed": (Severity.PROBLEM, Place.CPR_BATCH),
    "approvals": (Severity.PROBLEM, Place.CPR_BATCH),
    "gaps": (Severity.WARNING, Place.CPR_BATCH),
    "cvr-updates-failed": (Severity.PROBLEM, Place.CVR_UPDATE),
    "cvr-brake": (Severity.PROBLEM, Place.CVR_UPDATE),
    "cvr-subscriptions-failing": (Severity.WARNING, Place.CVR_SUBSCRIPTION),
    "cvr-synchronisation-failed": (Severity.WARNING, Place.CVR_SUBSCRIPTION),
    "cvr-drift": (Severity.WARNING, Place.CVR_SUBSCRIPTION),
    "cpr-subscriptions-failing": (Severity.WARNING, Place.CPR_DIRECT),
    "alert-harvesting": (Severity.PROBLEM, Place.CONSOLE),
    "alert-break-glass": (Severity.WARNING, Place.CONSOLE),
    "alert-subscription-policy-held": (Severity.PROBLEM, Place.CPR_DIRECT),
}
ONE_THING = {"cvr-brake", "cvr-synchronisation-failed"}
TOLD_OTHERWISE = {  # their faults are kinds of their own
    (Place.CVR_UPDATE, "queue"),
    (Place.CVR_UPDATE, "certificate"),
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing. ``until`` is when it stops working; ``names`` are what it is about: entries of readiness, jobs, modules."""

    kind: str
    severity: Severity
    place: Place
    count: int | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    names: Sequence[str] = ()
    reasons: Sequence[str] = ()  # a service's own words


async def items(pool: Pool, standings: Sequence[Standing], caller: Caller, now: dt.datetime) -> list[Item]:
    """All that the caller may see, the worst first."""
    async with pool.acquire() as connection:
        found = [*of_health(standings, await states(connection), now)]
        found += [each async for each in _of_store(connection, caller, now)]
    return sorted(found, key=lambda each: list(Severity).index(each.severity))


def of_health(
    standings: Sequence[Standing], switches: Mapping[Feature, bool], now: dt.datetime
) -> Iterator[Item]:
    """What services that are away, or not well, mean; and what expires. What rests may be set up incompletely."""
    refused = [*_of_logon(standings)]
    yield from refused
    yield from (
        each for each in _of_expiries(standings, now) if each.kind not in {one.kind for one in refused}
    )
    told = TOLD_OTHERWISE | {(item.place, DIREKTE) for item in refused}
    for standing in standings:
        if standing.state is State.AWAY:
            reasons = [standing.absence] if standing.absence else []
            yield Item(kind="service-away", severity=Severity.PROBLEM, place=standing.place, reasons=reasons)
            continue
        faulty = {
            name: entry
            for name, entry in standing.entries.items()
            if entry.status is not Status.HEALTHY and (standing.place, name) not in told
        }
        is_down = any(entry.status is Status.UNHEALTHY for entry in faulty.values())
        if is_down or (faulty and is_in_use(standing.place, switches)):
            yield Item(
                kind="service-unhealthy" if is_down else "service-degraded",
                severity=Severity.PROBLEM if is_down else Severity.WARNING,
                place=standing.place,
                names=list(faulty),
                reasons=[entry.description for entry in faulty.values() if entry.description],
            )


def _of_logon(standings: Sequence[Standing]) -> Iterator[Item]:
    for standing in standings:
        entry = standing.entries.get(DIREKTE)
        if standing.place is Place.CPR_DIRECT and entry and (obstacle := entry.data.get("logon_obstacle")):
            yield Item(
                kind="cpr-password-expired" if obstacle == "password-expired" else "cpr-logon-blocked",
                severity=Severity.PROBLEM,
                place=standing.place,
                names=[str(obstacle)],
                reasons=[entry.description] if entry.description else [],
            )


def _of_expiries(standings: Sequence[Standing], now: dt.datetime) -> Iterator[Item]:
    for each in expiries(standings):
        if each.is_soon(now):
            is_over = each.at <= now
            yield Item(
                kind=f"{each.what}-{'expired' if is_over else 'expires'}",
                severity=Severity.PROBLEM if is_over else Severity.WARNING,
                place=each.place,
                until=each.at,
                names=[each.subject] if each.subject else [],
            )


async def _of_store(connection: Connection, caller: Caller, now: dt.datetime) -> AsyncIterator[Item]:
    asked: Mapping[Scope, Callable[[], Any]] = {
        Scope.EVENTS_REPLAY: lambda: _SQL.events(connection),
        Scope.BATCH_READ: lambda: _SQL.batch(connection, recently=now - RECENTLY),
        Scope.CVR_UPDATE_RUN: lambda: _SQL.updates(connection, attempts=ATTEMPTS),
        Scope.SUBSCRIPTIONS_MANAGE: lambda: _SQL.subscriptions(connection, attempts=ATTEMPTS),
        Scope.AUDIT_READ: lambda: _SQL.alerts(connection),
    }
    for rows in (rows for scope, rows in asked.items() if caller.may(scope)):
        async for row in rows():
            if row["count"]:
                yield _counted(**row)
    jobs = [row async for row in _SQL.failed_jobs(connection, first=(now - JOBS_BACK).date())]
    if jobs:
        yield Item(
            kind="jobs-failed",
            severity=Severity.WARNING,
            place=Place.CONSOLE,
            count=len(jobs),
            since=min(row["since"] for row in jobs),
            names=[row["job"] for row in jobs],
        )
    async for row in _SQL.idle_modules(connection):
        yield Item(
            kind="module-off",
            severity=Severity.NOTICE,
            place=Place.CONSOLE,
            since=row["since"],
            names=[row["feature"]],
        )


def _counted(kind: str, count: int, since: dt.datetime | None) -> Item:
    severity, place = STORED.get(kind, (Severity.WARNING, Place.CONSOLE))  # a newer service's alert
    said = None if kind in ONE_THING else count
    return Item(kind=kind, severity=severity, place=place, count=said, since=since)
