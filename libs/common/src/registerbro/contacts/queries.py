"""Reads contacts as a caller may see them: one contact, its history, and any state it has been in."""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from registerbro.contacts import groups, loading, names, presenting
from registerbro.contacts.model import SOURCE_CVR, NameType
from registerbro.contacts.presenting import ContactView, Shown, Sight
from registerbro.contacts.state import Contact
from registerbro.contacts.statements import Statements
from registerbro.database import Connection

_SQL = Statements("queries.sql")
DENMARK = ZoneInfo("Europe/Copenhagen")


@dataclasses.dataclass(frozen=True, slots=True, repr=False)
class VersionView:
    """A version that was replaced: when, by which delivery, and what the changed groups had been."""

    version: int
    replaced_at: dt.datetime  # UTC
    source: str
    register_date: dt.date | None
    groups: tuple[str, ...]
    before: Mapping[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class SaidBy:
    """The state that had been said by a Danish day: the last version before anything that is dated later.

    A delivery is dated by its register date, whenever it arrived; a change by hand by the Danish day on which it was made. A
    delivery that came late, after one of a later date, is not taken out of its place in the order of versions.
    """

    day: dt.date


async def find_contact(
    connection: Connection, number: str, *, name_type: str = NameType.PERSON
) -> int | None:
    """The contact that has the number, or had it."""
    found: int | None = await _SQL.value(connection, "find_contact", name_type=str(name_type), number=number)
    return found


async def whole_contact(connection: Connection, contact_id: int, source: str | None = None) -> Contact | None:
    """A contact with everything that it has, and what a source delivered: its own register, if none is named."""
    register = await _SQL.value(connection, "register_of_any", contact_id=contact_id)
    if register is None:
        return None
    return await loading.whole_contact(connection, contact_id, source or register)


async def register_of(connection: Connection, name_type: str) -> str:
    """The source that delivers contacts of a type, by the numbers that they have: ``CVR-J``, otherwise ``CPR``."""
    found: str = await _SQL.value(connection, "register_of", name_type=name_type)
    return found


async def name_type_of(connection: Connection, contact_id: int) -> str | None:
    """The contact's type; None if there is none of that id, or if it was merged into another."""
    found: str | None = await _SQL.value(connection, "name_type_of", contact_id=contact_id)
    return found


async def is_protected(connection: Connection, contact_id: int) -> bool:
    """Whether name and address are hidden from callers without the scope."""
    return any(row["is_protected"] for row in (await _shown_rows(connection, [contact_id])).values())


async def is_known_by_name(connection: Connection, contact_id: int) -> bool:
    """Whether it is a person without a number, known as somebody's parent or guardian."""
    rows = await _shown_rows(connection, [contact_id])
    return any(row["owner_role"] is not None for row in rows.values())


async def load_contact(
    connection: Connection,
    contact: int | str,
    *,
    may_see_protected: bool,
    may_see_numbers: bool = True,
    name_type: str = NameType.PERSON,
    source: str | None = None,
) -> ContactView | None:
    """The contact with this id, or this number (current or former); in place of a merged one its survivor.

    ``source`` is whose records are shown, as a rule those of the contact type's own register.
    """
    contact_id = (
        contact if isinstance(contact, int) else await find_contact(connection, contact, name_type=name_type)
    )
    survivor = await _SQL.value(connection, "survivor", contact_id=contact_id)
    state = survivor and await whole_contact(connection, survivor, source)
    if not state:
        return None
    return await _view(connection, state, Sight(may_see_protected, may_see_numbers), source)


async def history(connection: Connection, contact_id: int, *, may_see_protected: bool) -> list[VersionView]:
    """The versions that were replaced, the newest first."""
    rows = await _shown_rows(connection, [contact_id])
    is_hidden = not may_see_protected and any(row["is_protected"] for row in rows.values())
    return [
        VersionView(
            row["version"],
            row["stored_at"],
            row["source"],
            row["register_date"],
            tuple(row["groups"]),
            presenting.before_view(row["before"], is_hidden=is_hidden),
        )
        for row in await _SQL.rows(connection, "read_versions", contact_id=contact_id, first=0)
    ]


async def state_at(
    connection: Connection,
    contact_id: int,
    when: int | dt.datetime | SaidBy,
    *,
    may_see_protected: bool,
    may_see_numbers: bool = True,
    source: str | None = None,
) -> ContactView | None:
    """The contact as it was at a version, at a moment, or as said by a day; None if there was no such version."""
    state = await whole_contact(connection, contact_id, source)
    if state is None:
        return None
    version = await _version(connection, contact_id, when)
    if version is None:
        return None
    current = state.version
    for row in await _SQL.rows(connection, "read_versions", contact_id=contact_id, first=version):
        state = groups.restored(state, row)
    if version not in (state.version, current):
        return None
    return await _view(connection, state, Sight(may_see_protected, may_see_numbers), source)


async def _version(connection: Connection, contact_id: int, when: int | dt.datetime | SaidBy) -> int | None:
    version: int | None
    match when:
        case int():
            return when
        case SaidBy(day):
            version = await _SQL.value(connection, "version_said_by", contact_id=contact_id, day=day)
        case _:
            version = await _SQL.value(connection, "version_at", contact_id=contact_id, moment=when)
    return version


async def _view(connection: Connection, state: Contact, sight: Sight, source: str | None) -> ContactView:
    state = await _redirected(connection, state)
    rows = await _shown_rows(connection, {state.contact_id, *(to for _, to in state.references)})
    targets: dict[int, Shown] = {to: presenting.shown(row, sight) for to, row in rows.items()}
    row = rows[state.contact_id]
    is_of_cvr = source == SOURCE_CVR if source else names.is_public(row["validation"])
    return presenting.view(state, row, targets, sight, is_of_cvr=is_of_cvr)


async def _redirected(connection: Connection, state: Contact) -> Contact:
    """The state with references to survivors in place of contacts that were merged since; none to the contact itself.

    Placeholders that went with an erased contact are left out: nobody knows any more who they were.
    """
    found = await _SQL.rows(connection, "read_survivors", ids=[to for _, to in state.references])
    present = {row["contact_id"]: row["survivor"] for row in found}
    references = (
        each._replace(to_contact_id=present[each.to_contact_id])
        for each in state.references.values()
        if each.to_contact_id in present
    )
    own = state.contact_id
    return dataclasses.replace(
        state, references={each.key: each for each in references if each.to_contact_id != own}
    )


async def _shown_rows(connection: Connection, ids: Iterable[int]) -> dict[int, Any]:
    rows = await _SQL.rows(
        connection, "read_shown", ids=list(ids), danish_day=dt.datetime.now(DENMARK).date()
    )
    return {row["contact_id"]: row for row in rows}
