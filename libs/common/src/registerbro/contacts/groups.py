"""What changed between two states of a contact, in a few named groups, and what it was before."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from registerbro.contacts.state import NO_SOURCE, Address, Contact, Reference

NAME = "name"  # name1, name2, text
DETAILS = "details"  # position, start_date, end_date
INFO = "info"
DATES = "dates"
PROTECTIONS = "protections"
ADDRESSES = "addresses"
REFERENCES = "references"
NUMBERS = "numbers"
RECORDS = "records"  # what the register delivered, also what no other group shows
GROUPS = (NAME, DETAILS, INFO, DATES, PROTECTIONS, ADDRESSES, REFERENCES, NUMBERS, RECORDS)

NAME_FIELDS = ("name1", "name2", "text")
DETAIL_FIELDS = ("position", "start_date", "end_date")


def changed_groups(before: Contact, after: Contact) -> tuple[str, ...]:
    """The groups in which two states of one contact differ, in the order of ``GROUPS``."""
    groups = []
    if before.fields is not after.fields and before.fields != after.fields:
        if _pick(before, NAME_FIELDS) != _pick(after, NAME_FIELDS):
            groups.append(NAME)
        if _pick(before, DETAIL_FIELDS) != _pick(after, DETAIL_FIELDS):
            groups.append(DETAILS)
    if before.info != after.info:
        groups.append(INFO)
    if before.dates != after.dates:
        groups.append(DATES)
    if before.protections != after.protections:
        groups.append(PROTECTIONS)
    if before.addresses is not after.addresses and before.addresses != after.addresses:
        groups.append(ADDRESSES)
    if before.references != after.references:
        groups.append(REFERENCES)
    if before.name_code != after.name_code or before.former_numbers != after.former_numbers:
        groups.append(NUMBERS)
    if _digest(before) != _digest(after):
        groups.append(RECORDS)
    return tuple(groups)


def before_image(contact: Contact, after: Contact, groups: tuple[str, ...]) -> dict[str, Any]:
    """The values of the changed groups before the change, as ``contact_version.before`` keeps them."""
    return {group: _BEFORE[group](contact, after) for group in groups if group in _BEFORE}


def restored(contact: Contact, row: Any) -> Contact:
    """The state before a change, from the state after it and the row of ``contact_version`` that it left."""
    before = row["before"]
    numbers = before.get(NUMBERS)
    source = contact.source
    if RECORDS in row["groups"]:
        source = dataclasses.replace(source or NO_SOURCE, records=row["records"] or "")
    return dataclasses.replace(
        contact,
        version=row["version"],
        merged_into=None,
        fields=contact.fields | _fields_before(before),
        info=before.get(INFO, contact.info),
        dates=before.get(DATES, contact.dates),
        protections=before.get(PROTECTIONS, contact.protections),
        addresses=_addresses_before(contact, before[ADDRESSES]) if ADDRESSES in before else contact.addresses,
        references=_references_before(contact, before[REFERENCES])
        if REFERENCES in before
        else contact.references,
        name_code=numbers["current"] if numbers else contact.name_code,
        former_numbers=frozenset(numbers["former"]) if numbers else contact.former_numbers,
        source=source,
    )


def _fields_before(before: Mapping[str, Any]) -> dict[str, Any]:
    details = before.get(DETAILS, {})
    dates = {name: read_date(details[name]) for name in ("start_date", "end_date") if name in details}
    return {**before.get(NAME, {}), **details, **dates}


def _addresses_before(contact: Contact, value: Mapping[str, Any]) -> tuple[Address, ...]:
    replaced = {*value["added"], *(each["address_id"] for each in value["changed"])}
    kept = (each for each in contact.addresses if each.address_id not in replaced)
    old = (read_address(contact.contact_id, each) for each in value["changed"])
    return tuple(sorted((*kept, *old), key=lambda address: address.address_id or 0))


def _references_before(
    contact: Contact, values: Iterable[Mapping[str, Any]]
) -> dict[tuple[str, int], Reference]:
    old = (read_reference(contact.contact_id, each) for each in values)
    return {each.key: each for each in old}


def _pick(contact: Contact, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: contact.fields[name] for name in names}


def _digest(contact: Contact) -> bytes | None:
    return contact.source.digest if contact.source else None


def _addresses(before: Contact, after: Contact) -> dict[str, Any]:
    kept = set(after.addresses)
    known = {address.address_id for address in before.addresses}
    return {
        "changed": [address_value(address) for address in before.addresses if address not in kept],
        "added": [address.address_id for address in after.addresses if address.address_id not in known],
    }


def address_value(address: Address) -> dict[str, Any]:
    """An address as history keeps it."""
    return {name: value for name, value in address._asdict().items() if name != "contact_id"}


def reference_value(reference: Reference) -> dict[str, Any]:
    """A reference as history keeps it."""
    return {name: value for name, value in reference._asdict().items() if name != "contact_id"}


def read_date(value: str | None) -> dt.date | None:
    """A date of a before-image."""
    return None if value is None else dt.date.fromisoformat(value)


def read_address(contact_id: int, value: Mapping[str, Any]) -> Address:
    """What ``address_value`` made, after its way through JSON."""
    dates = {name: read_date(value[name]) for name in ("start_date", "end_date", "protection")}
    return Address(contact_id=contact_id, **{**value, **dates})


def read_reference(contact_id: int, value: Mapping[str, Any]) -> Reference:
    """What ``reference_value`` made, after its way through JSON."""
    dates = {name: read_date(value[name]) for name in ("start_date", "end_date")}
    return Reference(contact_id=contact_id, **{**value, **dates})


_BEFORE: dict[str, Callable[[Contact, Contact], Any]] = {
    NAME: lambda before, _: _pick(before, NAME_FIELDS),
    DETAILS: lambda before, _: _pick(before, DETAIL_FIELDS),
    INFO: lambda before, _: before.info,
    DATES: lambda before, _: before.dates,
    PROTECTIONS: lambda before, _: before.protections,
    ADDRESSES: _addresses,
    REFERENCES: lambda before, _: [reference_value(each) for each in before.references.values()],
    NUMBERS: lambda before, _: {"current": before.name_code, "former": sorted(before.former_numbers)},
}
