"""The settings that a running process works with: what it was told, completed by what operators stored."""

import datetime as dt
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import aiosql
import structlog
from pydantic import ValidationError

from registerbro.auth.scopes import Caller
from registerbro.bus.wakeup import DATABASE_ERRORS
from registerbro.configuration.groups import fixed_settings
from registerbro.configuration.history import Action, Topic, changing, record
from registerbro.database import Connection, Pool
from registerbro.features import MAX_AGE
from registerbro.settings import ProcessSettings, Section

SQL: Any = aiosql.from_path(Path(__file__).with_name("settings.sql"), "asyncpg")
S = TypeVar("S", bound=Section)
log = structlog.get_logger()


class SettingsInForce:
    """Sections of the settings as they are now, at most ``max_age`` old."""

    def __init__(self, pool: Pool, settings: ProcessSettings, *, max_age: dt.timedelta = MAX_AGE) -> None:
        self._pool = pool
        self._settings = settings
        self._fixed = {(each.section, each.name) for each in fixed_settings(settings)}
        self._max_age = max_age.total_seconds()
        self._stored: Mapping[str, Mapping[str, Any]] = {}
        self._read_at = float("-inf")

    async def of(self, kind: type[S]) -> S:
        """A section, by its type. Where told and stored values do not go together, those that were told count."""
        name, told = self._told(kind)
        stored = {
            field: value
            for field, value in (await self._read()).get(name, {}).items()
            if (name, field) not in self._fixed and field in kind.model_fields
        }
        try:
            return completed(told, stored)
        except ValidationError:
            log.error("stored settings cannot be used", section=name)
            return told

    def _told(self, kind: type[S]) -> tuple[str, S]:
        for name in type(self._settings).model_fields:
            section = getattr(self._settings, name)
            if isinstance(section, kind):
                return name, section
        raise LookupError(f"the process is not told {kind.__name__}")

    async def _read(self) -> Mapping[str, Mapping[str, Any]]:
        """While the store is away, what was read last counts: whoever needs the store finds that out by itself."""
        if time.monotonic() - self._read_at > self._max_age:
            found: dict[str, dict[str, Any]] = {}
            try:
                async for row in SQL.stored(self._pool):
                    found.setdefault(row["section"], {})[row["name"]] = row["value"]
            except DATABASE_ERRORS:
                return self._stored
            self._stored, self._read_at = found, time.monotonic()
        return self._stored


def completed(told: S, stored: Mapping[str, Any]) -> S:
    """The section with stored values in place of those that were told; pydantic's error where they cannot be."""
    if not stored:
        return told
    given = {name: getattr(told, name) for name in told.model_fields_set}
    return type(told).model_validate(given | dict(stored))


async def forget_service(connection: Connection, service: str, *, by: Caller) -> bool:
    """Forgets what a service noted at its start, here and among the schedules; False if there was nothing."""
    async with changing(connection):
        jobs = int(await SQL.forget_jobs(connection, service=service))
        fixed = int(await SQL.count_fixed(connection, service=service))
        if jobs or fixed:
            await SQL.forget_fixed(connection, service=service)
            changes = {"jobs": [jobs, 0], "fixed": [fixed, 0]}
            await record(connection, Topic.SERVICE, service, Action.REMOVED, by, changes)
    return bool(jobs or fixed)


async def register_fixed(connection: Connection, service: str, settings: ProcessSettings) -> None:
    """Notes what the environment of a service that starts fixes, so that nobody stores values that would not count."""
    async with changing(connection):
        await SQL.forget_fixed(connection, service=service)
        for each in fixed_settings(settings):
            await SQL.fix(
                connection,
                service=service,
                section=each.section,
                name=each.name,
                value=each.value,
                fixed_by=each.fixed_by,
            )
