"""The modules' switches as operators see and turn them."""

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any

import aiosql

from registerbro import features
from registerbro.auth.scopes import Caller
from registerbro.configuration import history
from registerbro.configuration.history import Action, Topic
from registerbro.database import Connection, Pool
from registerbro.features import Feature

NEEDS = {Feature.CVR_UPDATE: Feature.CVR}  # a module rests while the one that it needs is off
_SQL: Any = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg")


@dataclasses.dataclass(frozen=True, slots=True)
class Switch:
    """A module's switch; ``rests_for`` is the module that is off, where this one is on and needs it."""

    feature: Feature
    enabled: bool
    rests_for: Feature | None
    changed_at: dt.datetime
    changed_by: str


async def page(source: "Pool | Connection") -> list[Switch]:
    """All of them."""
    rows = [row async for row in _SQL.switches(source)]
    is_on = {Feature(row["feature"]): bool(row["enabled"]) for row in rows}
    return [
        Switch(
            feature := Feature(row["feature"]),
            row["enabled"],
            NEEDS.get(feature) if row["enabled"] and not is_on[NEEDS.get(feature, feature)] else None,
            row["changed_at"],
            row["changed_by"],
        )
        for row in rows
    ]


async def switch(connection: Connection, feature: Feature, *, enabled: bool, by: Caller) -> bool:
    """Switches a module, with its history; False if it stood so already."""
    async with history.changing(connection):
        changed = await features.switch(connection, feature, enabled=enabled, by=by.name)
        if changed:
            changes = {"enabled": [not enabled, enabled]}
            await history.record(connection, Topic.FEATURE, feature, Action.CHANGED, by, changes)
    return changed
