"""Harvesting: one caller asks for more different persons than any work needs, and somebody is alerted.

Whom a caller has asked for of late is noted with the audit log's row (``audit.sql``), once per person however often asked for,
so that counting reads no more than the limit. It is counted after the row is committed: of two questions at the same time
the later commit sees both. A look that fails is logged and stands in nobody's way; the audit log has the rows all the same.
"""

import asyncio
import dataclasses
import datetime as dt
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Self, TypeAlias

import aiosql
import structlog

from registerbro.alerts import AlertKind, raise_alert
from registerbro.auth.scopes import Caller
from registerbro.bus.wakeup import DATABASE_ERRORS
from registerbro.configuration.in_force import SettingsInForce
from registerbro.database import Connection
from registerbro.settings import AuditSettings

PATIENCE = dt.timedelta(seconds=1)  # longer than this nobody's answer waits for a look
log = structlog.get_logger()
_SQL: Any = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg")


@dataclasses.dataclass(frozen=True, slots=True)
class HarvestLimit:
    """How many different persons a caller may ask for within a time without an alert."""

    persons: int
    within: dt.timedelta

    @classmethod
    def of(cls, settings: AuditSettings) -> Self | None:
        """By the settings; None where nobody is to be alerted."""
        if settings.harvest_persons == 0:
            return None
        return cls(settings.harvest_persons, dt.timedelta(minutes=settings.harvest_minutes))


AskLimit: TypeAlias = Callable[[], Awaitable[HarvestLimit | None]]


async def unlimited() -> HarvestLimit | None:
    """Nobody is to be alerted."""
    return None


def in_force(settings: SettingsInForce) -> AskLimit:
    """The limit as operators set it."""

    async def ask() -> HarvestLimit | None:
        return HarvestLimit.of(await settings.of(AuditSettings))

    return ask


async def look(connection: Connection, limit: HarvestLimit, caller: Caller, *, service: str) -> None:
    """Raises an alert if the caller has asked for too many persons, at most one within the limit's time."""
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            await _look(connection, limit, caller, service)
    except DATABASE_ERRORS as error:
        log.error("harvesting not looked for", client=caller.client, error=type(error).__name__)


async def _look(connection: Connection, limit: HarvestLimit, caller: Caller, service: str) -> None:
    since = dt.datetime.now(dt.UTC) - limit.within
    who = {"client": caller.client, "acting_user": caller.user, "since": since}
    if await _SQL.count_persons(connection, **who, most=limit.persons + 1) <= limit.persons:
        return
    if await _SQL.is_alerted(connection, **who):
        return
    async with connection.transaction():
        await _SQL.lock_caller(connection, client=caller.client, acting_user=caller.user)
        if await _SQL.is_alerted(connection, **who):  # by another process, while we waited for it
            return
        await raise_alert(
            connection,
            AlertKind.HARVESTING,
            service=service,
            client=caller.client,
            acting_user=caller.user,
            facts={
                "persons": await _SQL.count_persons(connection, **who, most=None),
                "minutes": round(limit.within.total_seconds() / 60),
            },
        )


async def forget(connection: Connection, limit: HarvestLimit | None, *, now: dt.datetime) -> int:
    """Drops what no look reaches back to any more; returns how many persons that was."""
    return int(await _SQL.forget(connection, before=now - limit.within if limit else now))
