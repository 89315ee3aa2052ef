"""The modules, switched on and off separately; off by default. Switched off, the API answers ``feature-disabled`` and jobs rest."""

import datetime as dt
import enum
import time
from pathlib import Path
from typing import Any

import aiosql

from registerbro.bus import outbox
from registerbro.database import Connection, Pool
from registerbro.events import Event, FeatureChanged
from registerbro.problems import FeatureDisabled

MAX_AGE = dt.timedelta(seconds=2)  # of switches and shared settings, as a service knows them
_SQL: Any = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg")


class Feature(enum.StrEnum):
    """The vendor's modules."""

    CPR = "CPR"
    CVR = "CVR"
    CVR_UPDATE = "CVR Update"


class Features:
    """The switches as a service sees them, at most ``max_age`` old."""

    def __init__(self, pool: Pool, *, max_age: dt.timedelta = MAX_AGE) -> None:
        self._pool = pool
        self._max_age = max_age.total_seconds()
        self._enabled: frozenset[str] = frozenset()
        self._read_at = float("-inf")

    async def is_enabled(self, feature: Feature) -> bool:
        """Whether the module is switched on."""
        if time.monotonic() - self._read_at > self._max_age:
            self._enabled = frozenset(name for name, is_on in (await states(self._pool)).items() if is_on)
            self._read_at = time.monotonic()
        return feature in self._enabled

    async def require(self, feature: Feature) -> None:
        """Refuses with ``feature-disabled`` while the module is switched off."""
        if not await self.is_enabled(feature):
            raise FeatureDisabled(f"The module {feature} is switched off.", feature=feature)


async def states(connection: "Connection | Pool") -> dict[Feature, bool]:
    """All switches."""
    return {Feature(row["feature"]): row["enabled"] async for row in _SQL.states(connection)}


async def switch(connection: Connection, feature: Feature, *, enabled: bool, by: str) -> bool:
    """Switches a module and sends ``feature.changed``; False if it stood so already."""
    async with connection.transaction():
        changed = await _SQL.switch(connection, feature=feature, enabled=enabled, changed_by=by)
        if changed:
            await outbox.add(connection, [Event(FeatureChanged(feature.value, enabled))])
    return bool(changed)
