"""Two contacts that turned out to be one: which survives, and what it takes over from the other."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

from registerbro.contacts import addressing
from registerbro.contacts.layers import Scope, newer_part, scope_of, with_layer
from registerbro.contacts.model import ADDRESS_COLUMNS, MappedAddress
from registerbro.contacts.state import FORMER, Address, Contact, Numbering, Reference, SourceState


def survivor_of(contacts: Sequence[Contact], current_number: str) -> Contact:
    """The one with the current number; a placeholder only if there is no other."""

    def worth(contact: Contact) -> tuple[bool, bool, Numbering, int]:
        has_number = current_number == contact.name_code or current_number in contact.former_numbers
        numbering = contact.source.numbering if contact.source else Numbering("", "")
        return (not contact.is_placeholder, has_number, numbering, -contact.contact_id)

    return max(contacts, key=worth)


def joined(survivor: Contact, other: Contact, today: dt.date) -> Contact:
    """The survivor with what was newer in the other, with its hand edits, former addresses and numbers."""
    part = _part(survivor, other)
    edits = {key for key in other.hand_edited if key not in survivor.hand_edited}
    addresses = survivor.addresses
    for address_type in part.addresses:
        addresses = _with_address(addresses, survivor, other, address_type, today)
    for address_type, columns in part.address_columns:
        addresses = _with_columns(addresses, survivor, other, address_type, columns)
    return dataclasses.replace(
        survivor,
        fields=survivor.fields | {column: other.fields[column] for column in part.columns},
        info=_labelled(survivor.info, other.info, part.info),
        dates=_labelled(survivor.dates, other.dates, part.dates),
        protections=other.protections if part.protections else survivor.protections,
        addresses=_with_former(addresses, survivor, other),
        references=_references(survivor, other, part),
        former_numbers=survivor.former_numbers
        | other.former_numbers
        | ({other.name_code} if other.name_code else frozenset()),
        hand_edited=survivor.hand_edited | edits,
        source=_source(survivor.source, other.source),
    )


def emptied(contact: Contact, survivor_id: int) -> Contact:
    """The tombstone: it has nothing but the way to its survivor; its past stays in its history."""
    return Contact(
        contact.contact_id, contact.name_type, version=contact.version + 1, merged_into=survivor_id
    )


def _part(survivor: Contact, other: Contact) -> Scope:
    """What the survivor takes: what the other has from a greater delivery, and what was changed there by hand."""
    own = survivor.source.layers if survivor.source else ()
    keys: set[str] = set()
    for layer in other.source.layers if other.source else ():
        newer = newer_part(own, layer)
        keys |= newer.keys if newer else set()
    keys -= survivor.hand_edited | _edited_addresses(survivor)
    keys |= (other.hand_edited - survivor.hand_edited) | (
        _edited_addresses(other) - _edited_addresses(survivor)
    )
    return scope_of(frozenset(keys))


def _edited_addresses(contact: Contact) -> set[str]:
    return {
        f"address:{address.address_type}"
        for address in contact.addresses
        if address.changed_by_hand and address.address_type != FORMER
    }


def _with_address(
    addresses: tuple[Address, ...], survivor: Contact, other: Contact, address_type: str, today: dt.date
) -> tuple[Address, ...]:
    taken = other.address(address_type)
    result = addressing.delivered(
        addresses,
        address_type,
        taken and MappedAddress(**{name: getattr(taken, name) for name in ADDRESS_COLUMNS}),
        contact_id=survivor.contact_id,
        source=taken.source if taken else None,
        ended_on=other.source.layers[0].rank.time.date if other.source else today,
    )
    is_by_hand = taken is not None and taken.changed_by_hand
    return tuple(
        each._replace(changed_by_hand=is_by_hand) if each.address_type == address_type else each
        for each in result
    )


def _with_columns(
    addresses: tuple[Address, ...],
    survivor: Contact,
    other: Contact,
    address_type: str,
    columns: frozenset[str],
) -> tuple[Address, ...]:
    """With what was changed by hand of the other's address, as a phone number."""
    taken = other.address(address_type)
    if taken is None:
        return addresses
    own = next((each for each in addresses if each.address_type == address_type), None)
    new = own or Address(None, survivor.contact_id, address_type)
    others = tuple(each for each in addresses if each is not own)
    return (*others, new._replace(**{column: getattr(taken, column) for column in columns}))


def _with_former(addresses: tuple[Address, ...], survivor: Contact, other: Contact) -> tuple[Address, ...]:
    known = {each[3:] for each in addresses}
    taken = [
        each._replace(address_id=None, contact_id=survivor.contact_id)
        for each in other.addresses
        if each.address_type == FORMER and each[3:] not in known
    ]
    return (*addresses, *taken)


def _labelled(stored: dict[str, Any], taken: dict[str, Any], labels: frozenset[str]) -> dict[str, Any]:
    kept = {label: values for label, values in stored.items() if label not in labels}
    return kept | {label: values for label, values in taken.items() if label in labels}


def _references(survivor: Contact, other: Contact, part: Scope) -> dict[tuple[str, int], Reference]:
    both = {survivor.contact_id, other.contact_id}
    kept = [
        each for each in survivor.references.values() if each.role not in part.roles or each.source is None
    ]
    taken = [
        each._replace(contact_id=survivor.contact_id)
        for each in other.references.values()
        if each.role in part.roles or each.source is None
    ]
    return {each.key: each for each in (*kept, *taken) if each.to_contact_id not in both}


def _source(own: SourceState | None, other: SourceState | None) -> SourceState | None:
    if own is None or other is None:
        return own or other
    layers = own.layers
    for layer in other.layers:
        if newer_part(layers, layer) is not None:
            layers = with_layer(layers, layer)
    newest = other if layers[0] is other.layers[0] else own
    return SourceState(
        layers,
        max(own.numbering, other.numbering),
        max(own.subscription, other.subscription),
        own.subscribed if own.subscribed is not None else other.subscribed,
        newest.records,
        newest.digest,
        newest.last_delivered_at,
        newest.last_changed_at,
    )
