"""The modules, switched on and off separately; off by default. Switched off, the API answers ``feature-disabled`` and jobs rest."""

import datetime as dt
import enum
import time

from registerbro.bus import outbox
from registerbro.database import Connection, Pool
from registerbro.events import Event, FeatureChanged
from registerbro.problems import FeatureDisabled

MAX_AGE = dt.timedelta(seconds=2)


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
    rows = await connection.fetch("select feature, enabled from feature_setting order by feature")
    return {Feature(row["feature"]): row["enabled"] for row in rows}


async def switch(connection: Connection, feature: Feature, *, enabled: bool, by: str) -> bool:
    """Switches a module and sends ``feature.changed``; False if it stood so already."""
    async with connection.transaction():
        changed = await connection.fetchval(
            "update feature_setting set enabled = $2, changed_at = now(), changed_by = $3"
            " where feature = $1 and enabled <> $2 returning true",
            feature, enabled, by,
        )  # fmt: skip
        if changed:
            await outbox.add(connection, [Event(FeatureChanged(feature.value, enabled))])
    return bool(changed)
