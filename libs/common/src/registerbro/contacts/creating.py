"""Creates a contact by hand: a number of its type that nobody has, and everything marked as given by hand.

The number is held as the merge holds it. A placeholder that has the number is filled, as an import would: it becomes the
contact. ``refusals`` has the errors, ``contact_types`` those about type and number; ``writing.Overtaken`` says that somebody
else was at it: the transaction has to be done again (``merge.attempts``).
"""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from registerbro import contact_types
from registerbro.contact_types import ContactType
from registerbro.contacts import loading, queries, tombstones, values, writing
from registerbro.contacts.addresses import new_address
from registerbro.contacts.deciding import Change, Plan
from registerbro.contacts.edit import BY_HAND, reach_edited
from registerbro.contacts.groups import NAME_FIELDS, changed_groups
from registerbro.contacts.layers import COLUMNS
from registerbro.contacts.refusals import NumberErased, NumberFixed, NumberTaken, ValueRefused
from registerbro.contacts.state import Contact
from registerbro.contacts.writing import Overtaken
from registerbro.database import Connection
from registerbro.number_hash import NumberHasher


@dataclasses.dataclass(frozen=True, slots=True, repr=False)
class NewContact:
    """What is given of a contact to be created.

    ``changes`` are columns and labels as in ``edit_contact``; each of ``addresses`` a mapping of fields with its
    ``address_type``. ``number`` is None where the type counts its own, or has none.
    """

    name_type: str
    number: str | None
    changes: Mapping[str, Any]
    addresses: Sequence[Mapping[str, Any]] = ()


async def create_contact(
    connection: Connection, new: NewContact, *, now: dt.datetime, hasher: NumberHasher | None = None
) -> int:
    """Creates the contact, in the caller's transaction; returns its id. Its version is 1, and ``contact.created`` tells.

    ``hasher`` makes the hashes of erased persons' numbers. Raises ``EditRefused``, ``contact_types.ContactTypeError``,
    ``tombstones.HasherMissing``, or ``Overtaken``.
    """
    await tombstones.hold(connection)
    contact_type = await contact_types.require(connection, new.name_type)
    checked = values.contact_values(new.changes)
    if not any(checked.get(name) for name in NAME_FIELDS):
        raise ValueRefused("name1", "a contact has a name")
    number = await _number(connection, contact_type, new.number, hasher)
    before = await _placeholder(connection, new.name_type, number)
    contact_id = before.contact_id if before else (await writing.new_contact_ids(connection, 1))[0]
    after = _created(contact_id, before, new, number, checked)
    plan = Plan(results=[], changes=[Change(before, after, changed_groups(before, after) if before else ())])
    if number is not None and before is None:
        plan.new_numbers[new.name_type, number] = (contact_id, True)
    await writing.write(connection, plan, BY_HAND, now)
    return contact_id


async def _number(
    connection: Connection, contact_type: ContactType, given: str | None, hasher: NumberHasher | None
) -> str | None:
    name_type = contact_type.name_type
    if contact_type.auto_id:
        if given is not None:
            raise NumberFixed(f"contacts of type {name_type} get their numbers by themselves")
        return await _free_number(connection, contact_type, hasher)
    if given is None:
        if contact_type.has_number:
            raise NumberFixed(f"contacts of type {name_type} have a number")
        return None
    number = contact_types.valid_number(contact_type, given)
    if await tombstones.is_erased(connection, name_type, [number], hasher):
        raise NumberErased
    return number


async def _free_number(connection: Connection, contact_type: ContactType, hasher: NumberHasher | None) -> str:
    """The next number that nobody has or had: some came before the type counted, or before the store was restored."""
    name_type = contact_type.name_type
    while True:
        number = await contact_types.next_number(connection, contact_type)
        is_taken = await queries.find_contact(connection, number, name_type=name_type) is not None
        if not (is_taken or await tombstones.is_erased(connection, name_type, [number], hasher)):
            return number


async def _placeholder(connection: Connection, name_type: str, number: str | None) -> Contact | None:
    """The placeholder that has the number, locked; None if nobody has it. Raises ``NumberTaken``."""
    if number is None:
        return None
    contact_id = await queries.find_contact(connection, number, name_type=name_type)
    if contact_id is None:
        return None
    await loading.lock(connection, [contact_id])
    stored = await queries.whole_contact(connection, contact_id)
    if stored is None or stored.merged_into is not None:
        raise Overtaken
    if not stored.is_placeholder or stored.name_code != number:
        raise NumberTaken(contact_id)
    return stored


def _created(
    contact_id: int, before: Contact | None, new: NewContact, number: str | None, checked: Mapping[str, Any]
) -> Contact:
    contact = before.copy() if before else Contact(contact_id, new.name_type, number)
    given = {column: checked[column] for column in COLUMNS if column in checked}
    contact.fields = contact.fields | given
    values.check_period(contact.fields["start_date"], contact.fields["end_date"])
    contact.info = _labelled(checked, "info:")
    contact.dates = _labelled(checked, "date:")
    contact.addresses = ()
    for address in new.addresses:
        contact.addresses = new_address(contact, address)
    contact.hand_edited = frozenset(checked) | reach_edited(None, contact)
    contact.is_placeholder = False
    contact.version = 1
    return contact


def _labelled(checked: Mapping[str, Any], kind: str) -> dict[str, Any]:
    return {
        key.removeprefix(kind): entries
        for key, entries in checked.items()
        if key.startswith(kind) and entries
    }
