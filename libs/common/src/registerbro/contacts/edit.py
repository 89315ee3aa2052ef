"""What a user changes by hand: under the same locks as the merge, with a version check, history and event.

EditRefused
├── ContactUnknown    no such contact, or one that was merged into another
├── VersionOutdated   somebody was faster; carries the version there is
└── layers.UnknownKeys
"""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

from registerbro.bus import outbox
from registerbro.contacts import announcing, loading
from registerbro.contacts.deciding import Change
from registerbro.contacts.groups import changed_groups
from registerbro.contacts.layers import Scope, scope_of
from registerbro.contacts.model import SOURCE_CPR
from registerbro.contacts.state import Address, Contact
from registerbro.contacts.writing import write_changes
from registerbro.database import Connection

BY_HAND = "by hand"  # the source of such a version
_REACH = frozenset({"phone_no", "fax", "email"})  # no register's business as long as none delivers them


class EditRefused(Exception):
    """An edit that cannot be made."""


class ContactUnknown(EditRefused):
    """There is no such contact to edit."""


class VersionOutdated(EditRefused):
    """The contact has another version than the one the edit was made to."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version


async def edit_contact(
    connection: Connection,
    contact_id: int,
    version: int,
    changes: Mapping[str, Any],
    *,
    now: dt.datetime,
    source: str = SOURCE_CPR,
) -> int:
    """Changes a contact that a user saw at ``version``; returns its new version. Raises ``EditRefused``.

    ``changes`` maps ``name1`` and other columns to values, ``info:<label>`` to lists of texts, ``date:<label>`` to lists of
    ``{value, precision, uncertain}``, and ``address:<type>`` to a mapping of address fields. What a register delivers too is
    marked as changed by hand.
    """
    scope = scope_of(frozenset(changes))
    async with connection.transaction():
        await loading.lock(connection, [contact_id])
        before = await loading.whole_contact(connection, contact_id, source)
        if before is None or before.merged_into is not None:
            raise ContactUnknown
        if before.version != version:
            raise VersionOutdated(before.version)
        after = _edited(before, scope, changes)
        groups = changed_groups(before, after)
        if not groups:
            return before.version
        after = dataclasses.replace(after, version=before.version + 1)
        change = Change(before, after, groups)
        await write_changes(connection, [change], BY_HAND, now)
        await outbox.add(connection, announcing.events(change, source, now))
        return after.version


def _edited(contact: Contact, scope: Scope, changes: Mapping[str, Any]) -> Contact:
    addresses = contact.addresses
    for address_type in scope.addresses:
        addresses = _with_address(addresses, contact, address_type, changes[f"address:{address_type}"])
    by_hand = {key for key in scope.keys if not key.startswith("address:")}
    return dataclasses.replace(
        contact,
        fields=contact.fields | {column: changes[column] for column in scope.columns},
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
    old = contact.address(address_type)
    is_by_hand = bool(changed.keys() - _REACH) or (old is not None and old.changed_by_hand)
    new = (old or Address(None, contact.contact_id, address_type))._replace(
        **changed, changed_by_hand=is_by_hand
    )
    return (*(each for each in addresses if each is not old), new)
