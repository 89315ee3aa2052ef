"""The contact types as operators see and change them. The preset ones stay what the registers need them to be."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiosql

from registerbro import contact_types, sources
from registerbro.auth.scopes import Caller
from registerbro.configuration import history
from registerbro.configuration.errors import (
    ContactTypeExists,
    ContactTypeInUse,
    ContactTypeNarrowed,
    ContactTypePreset,
    ContactTypeUnknown,
    SettingsRefused,
)
from registerbro.configuration.history import Action, Topic
from registerbro.contact_types import ContactType, DefinitionRefused, NumberRefused
from registerbro.database import Connection, Pool
from registerbro.privacy import is_suspect

CHANGEABLE = ("title", "text", "auto_id", "length", "validation")
NEEDED = ("auto_id", "length", "validation")  # of a preset type, by the registers
_SQL: Any = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg")


@dataclasses.dataclass(frozen=True, slots=True)
class TypeShown:
    """A contact type as it is kept."""

    name_type: str
    title: str
    auto_id: bool
    length: int | None
    validation: str | None
    text: str
    is_preset: bool
    changed_at: dt.datetime
    changed_by: str

    def values(self) -> dict[str, Any]:
        """What can be said of it."""
        return {name: getattr(self, name) for name in CHANGEABLE}


async def page(source: "Pool | Connection") -> list[TypeShown]:
    """Every type by its code."""
    return [TypeShown(**row) async for row in _SQL.types(source)]


async def get(source: "Pool | Connection", name_type: str) -> TypeShown:
    """One of them; ``ContactTypeUnknown``."""
    row = await _SQL.find(source, name_type=name_type)
    if row is None:
        raise ContactTypeUnknown
    return TypeShown(**row)


async def add(connection: Connection, name_type: str, values: Mapping[str, Any], *, by: Caller) -> TypeShown:
    """A type of one's own; ``ContactTypeExists``, ``SettingsRefused``."""
    _check(name_type, values)
    async with history.changing(connection):
        added = await _SQL.add(connection, name_type=name_type, changed_by=by.name, **values)
        if added is None:
            raise ContactTypeExists
        await _note(connection, name_type, Action.CREATED, by, history.differences({}, values))
        return await get(connection, name_type)


async def change(
    connection: Connection, name_type: str, changes: Mapping[str, Any], *, by: Caller
) -> TypeShown:
    """Changes what is said of it; ``ContactTypeUnknown``, ``…Preset``, ``…Narrowed``, ``SettingsRefused``."""
    async with history.changing(connection):
        present = await get(connection, name_type)
        wanted = present.values() | dict(changes)
        differences = history.differences(present.values(), wanted)
        if not differences:
            return present
        if present.is_preset and (fixed := [name for name in NEEDED if name in differences]):
            raise ContactTypePreset(fixed)
        _check(name_type, wanted)
        await _SQL.lock(connection, name_type=name_type)
        if differences.keys() & {"length", "validation"}:
            await _refuse_narrowed(connection, _type(name_type, wanted))
        await _SQL.change(connection, name_type=name_type, changed_by=by.name, **wanted)
        await _note(connection, name_type, Action.CHANGED, by, differences)
        return await get(connection, name_type)


async def remove(connection: Connection, name_type: str, *, by: Caller) -> None:
    """Forgets a type that nothing uses; ``ContactTypeUnknown``, ``ContactTypePreset``, ``ContactTypeInUse``."""
    async with history.changing(connection):
        present = await get(connection, name_type)
        if present.is_preset:
            raise ContactTypePreset(())
        await _SQL.lock(connection, name_type=name_type)
        contacts = int(await _SQL.contacts(connection, name_type=name_type))
        named = await _named(connection, name_type)
        if contacts or named:
            raise ContactTypeInUse(contacts, named)
        await _SQL.remove(connection, name_type=name_type)
        await _note(connection, name_type, Action.REMOVED, by, history.differences(present.values(), {}))


def _check(name_type: str, values: Mapping[str, Any]) -> None:
    suspect = [name for name in ("title", "text") if is_suspect(values[name])]
    if suspect:
        raise SettingsRefused([_error(name, "must not look like a personal number") for name in suspect])
    try:
        contact_types.check_definition(_type(name_type, values))
    except DefinitionRefused as error:
        raise SettingsRefused([_error("", str(error))]) from None


def _error(field: str, detail: str) -> dict[str, str]:
    return {"pointer": f"body/{field}".rstrip("/"), "detail": detail, "code": "definition"}


def _type(name_type: str, values: Mapping[str, Any]) -> ContactType:
    return ContactType(name_type, **{name: values[name] for name in ("title", *NEEDED)})


async def _refuse_narrowed(connection: Connection, wanted: ContactType) -> None:
    wrong = 0
    async for row in _SQL.numbers(connection, name_type=wanted.name_type):
        try:
            wrong += contact_types.valid_number(wanted, row["number"]) != row["number"]
        except NumberRefused:
            wrong += 1
    if wrong:
        raise ContactTypeNarrowed(wrong)


async def _named(connection: Connection, name_type: str) -> list[str]:
    """Which parameters of the sources name the type, where nothing of a source is unusable."""
    cpr = await sources.load(connection, "CPR")
    cvr = await sources.load(connection, "CVR-J")
    named = {
        "guardianNameType of CPR": cpr.guardian_name_type,
        "Jtype of CVR-J": cvr.company_name_type,
        "Ptype of CVR-J": cvr.unit_name_type,
    }
    return [parameter for parameter, named_type in named.items() if named_type == name_type]


async def _note(
    connection: Connection, name_type: str, action: Action, by: Caller, changes: Mapping[str, Any]
) -> None:
    await history.record(connection, Topic.CONTACT_TYPE, name_type, action, by, changes)
    await history.announce(connection, Topic.CONTACT_TYPE, name_type)
