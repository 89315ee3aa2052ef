"""What a user changes by hand: under the same locks as the merge, with a version check, history and event.

What a register delivers too is marked as changed by hand. ``refusals`` has the errors.
"""

import dataclasses
import datetime as dt
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeAlias

from registerbro.bus import outbox
from registerbro.contacts import announcing, loading, queries, tombstones, values
from registerbro.contacts.deciding import Change
from registerbro.contacts.groups import NAME_FIELDS, changed_groups
from registerbro.contacts.layers import Scope, scope_of
from registerbro.contacts.model import REACH
from registerbro.contacts.presenting import PROTECTED_LABELS
from registerbro.contacts.refusals import (
    ContactIsPlaceholder,
    ContactProtected,
    ContactUnknown,
    EditRefused,
    NameFromRegister,
    VersionOutdated,
)
from registerbro.contacts.state import MAIN, Address, Contact
from registerbro.contacts.writing import write_changes
from registerbro.database import Connection

__all__ = ["BY_HAND", "ContactUnknown", "EditRefused", "VersionOutdated", "change_by_hand", "edit_contact"]
BY_HAND = "by hand"  # the source of such a version
Edit: TypeAlias = Callable[[Contact], Contact]
NAME_KEYS = frozenset(NAME_FIELDS)
_HIDDEN = NAME_KEYS | {f"info:{label}" for label in (*PROTECTED_LABELS, "Status")}  # the status may protect


async def edit_contact(
    connection: Connection,
    contact_id: int,
    version: int,
    changes: Mapping[str, Any],
    *,
    now: dt.datetime,
    may_see_protected: bool = True,
) -> int:
    """Changes a contact that a user saw at ``version``; returns its new version. Raises ``EditRefused``.

    ``changes`` maps ``name1`` and other columns to values, ``info:<label>`` to lists of texts, ``date:<label>`` to lists of
    ``{value, precision, uncertain}``, and ``address:<type>`` to a mapping of address fields. An empty list removes a label.
    """
    scope = scope_of(frozenset(changes))
    checked = values.contact_values(changes)
    return await change_by_hand(
        connection,
        contact_id,
        version,
        lambda contact: _edited(contact, scope, checked),
        keys=scope.keys,
        now=now,
        may_see_protected=may_see_protected,
    )


async def change_by_hand(
    connection: Connection,
    contact_id: int,
    version: int,
    edit: Edit,
    *,
    keys: Collection[str],
    now: dt.datetime,
    may_see_protected: bool = True,
) -> int:
    """Lets ``edit`` make another state of the contact, and stores it. Returns its version. Raises ``EditRefused``.

    ``keys`` are what it writes: nobody overwrites what is hidden from them, be it with the same value.
    """
    async with connection.transaction():
        before = await _locked(connection, contact_id, version)
        await _check_names(connection, before, keys, may_see_protected=may_see_protected)
        after = edit(before)
        after = dataclasses.replace(after, hand_edited=after.hand_edited | reach_edited(before, after))
        groups = changed_groups(before, after)
        if not groups:
            return before.version
        after = dataclasses.replace(after, version=before.version + 1)
        change = Change(before, after, groups)
        await write_changes(connection, [change], BY_HAND, now)
        source = await queries.register_of(connection, before.name_type)
        await outbox.add(connection, announcing.events(change, source, now))
        return after.version


async def _locked(connection: Connection, contact_id: int, version: int) -> Contact:
    await tombstones.hold(connection)
    await loading.lock(connection, [contact_id])
    before = await queries.whole_contact(connection, contact_id)
    if before is None or before.merged_into is not None:
        raise ContactUnknown
    if before.is_placeholder:
        raise ContactIsPlaceholder
    if before.version != version:
        raise VersionOutdated(before.version)
    return before


async def _check_names(
    connection: Connection, contact: Contact, keys: Collection[str], *, may_see_protected: bool
) -> None:
    hidden = any(key in _HIDDEN or key.startswith("address:") for key in keys)
    if hidden and not may_see_protected and await queries.is_protected(connection, contact.contact_id):
        raise ContactProtected
    if not NAME_KEYS.isdisjoint(keys) and await queries.is_known_by_name(connection, contact.contact_id):
        raise NameFromRegister


def _edited(contact: Contact, scope: Scope, changes: Mapping[str, Any]) -> Contact:
    addresses = contact.addresses
    for address_type in scope.addresses:
        addresses = _with_address(addresses, contact, address_type, changes[f"address:{address_type}"])
    by_hand = {key for key in scope.keys if not key.startswith("address:")}
    fields = contact.fields | {column: changes[column] for column in scope.columns}
    values.check_period(fields["start_date"], fields["end_date"])
    return dataclasses.replace(
        contact,
        fields=fields,
        info=_labelled(contact.info, {label: changes[f"info:{label}"] for label in scope.info}),
        dates=_labelled(contact.dates, {label: changes[f"date:{label}"] for label in scope.dates}),
        addresses=addresses,
        hand_edited=contact.hand_edited | by_hand,
    )


def _labelled(stored: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    return {label: values for label, values in {**stored, **changed}.items() if values}


def _with_address(
    addresses: tuple[Address, ...], contact: Contact, address_type: str, changed: Mapping[str, Any]
) -> tuple[Address, ...]:
    old = contact.address(address_type) or Address(None, contact.contact_id, address_type)
    return (*(each for each in addresses if each is not old), changed_address(old, changed))


def reach_edited(before: Contact | None, after: Contact) -> set[str]:
    """Phone, fax and e-mail of the main address that a hand changed: a register of companies delivers each by itself."""
    old, new = (contact.address(MAIN) if contact else None for contact in (before, after))
    if new is None:
        return set()
    return {
        f"address:{MAIN}.{name}"
        for name in REACH
        if getattr(new, name) != (getattr(old, name) if old else "")
    }


def changed_address(old: Address, changed: Mapping[str, Any]) -> Address:
    """The address with these fields, marked as changed by hand where it is more than how somebody is reached."""
    values.check_address(old.address_type, {**old._asdict(), **changed})
    return old._replace(**changed, changed_by_hand=bool(changed.keys() - REACH) or old.changed_by_hand)
