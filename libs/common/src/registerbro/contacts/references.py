"""References by hand, between contacts of the store: who is whose parent, child, spouse or guardian, and which unit is whose.

A register replaces the references that it delivered itself and leaves those by hand, until it delivers the same one; so only
those by hand can be changed or removed here. ``refusals`` has the errors.
"""

import dataclasses
import datetime as dt
import enum

from registerbro import contact_types
from registerbro.contact_types import Validation
from registerbro.contacts import queries, values
from registerbro.contacts.edit import change_by_hand
from registerbro.contacts.model import PARENTS, Role
from registerbro.contacts.refusals import ReferenceRefused, ReferenceUnknown
from registerbro.contacts.state import Contact, Reference
from registerbro.database import Connection

_RESTRICTORS = {Role.FATHER: PARENTS, Role.MOTHER: PARENTS}


async def set_reference(
    connection: Connection,
    contact_id: int,
    version: int,
    role: Role,
    to_contact_id: int,
    *,
    now: dt.datetime,
    start_date: dt.date | None = None,
    end_date: dt.date | None = None,
) -> int:
    """Makes a reference, or gives one that was made by hand other dates; returns the contact's version.

    ``to_contact_id`` is what ``role`` says of ``contact_id``. Raises ``EditRefused``; ``writing.Overtaken`` where the other
    contact was merged just now.
    """
    values.check_period(start_date, end_date, "reference:end_date")
    own = await _kind(connection, contact_id)
    to = await _kind(connection, to_contact_id)
    new = Reference(contact_id, role, to_contact_id, _RESTRICTORS.get(role, ""), start_date, end_date, None)

    def referring(contact: Contact) -> Contact:
        _check(contact, role, to_contact_id, own, to)
        if new.key in contact.references:
            _by_hand(contact, new.key)
        return dataclasses.replace(contact, references=contact.references | {new.key: new})

    return await change_by_hand(
        connection, contact_id, version, referring, keys={f"reference:{role}"}, now=now
    )


async def remove_reference(
    connection: Connection, contact_id: int, version: int, role: Role, to_contact_id: int, *, now: dt.datetime
) -> int:
    """Removes a reference that was made by hand; returns the contact's version. Raises ``EditRefused``."""

    def without(contact: Contact) -> Contact:
        gone = _by_hand(contact, (role, to_contact_id))
        kept = {key: each for key, each in contact.references.items() if key != gone.key}
        return dataclasses.replace(contact, references=kept)

    return await change_by_hand(connection, contact_id, version, without, keys={f"reference:{role}"}, now=now)


class _Kind(enum.Enum):
    """What the numbers of a contact's type make of it."""

    COMPANY = enum.auto()
    PRODUCTION_UNIT = enum.auto()
    OTHER = enum.auto()


_KINDS: dict[str | None, _Kind] = {
    Validation.LEGAL_UNIT: _Kind.COMPANY,
    Validation.PRODUCTION_UNIT: _Kind.PRODUCTION_UNIT,
}


async def _kind(connection: Connection, contact_id: int) -> _Kind | None:
    """None where there is no such contact, or where it was merged into another."""
    name_type = await queries.name_type_of(connection, contact_id)
    if name_type is None:
        return None
    return _KINDS.get((await contact_types.require(connection, name_type)).validation, _Kind.OTHER)


def _check(contact: Contact, role: Role, to_contact_id: int, own: _Kind | None, to: _Kind | None) -> None:
    if to is None:
        raise ReferenceRefused("there is no such contact to refer to, or it was merged into another")
    if to_contact_id == contact.contact_id:
        raise ReferenceRefused("a contact does not refer to itself")
    if role is Role.COMPANY:
        fits = (own, to) == (_Kind.PRODUCTION_UNIT, _Kind.COMPANY)
    else:
        fits = (own, to) == (_Kind.OTHER, _Kind.OTHER)
    if not fits:
        raise ReferenceRefused(f"the role {role} does not fit contacts of these types")


def _by_hand(contact: Contact, key: tuple[str, int]) -> Reference:
    found = contact.references.get(key)
    if found is None or found.source is not None:
        raise ReferenceUnknown
    return found
