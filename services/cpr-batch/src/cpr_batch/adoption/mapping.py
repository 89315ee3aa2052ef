"""From rows to deliveries of source CPR: one of the data, one that says whether the person is subscribed.

Data of a contact that CPR delivered to us already count as older than anything, so that they only fill what nobody spoke of.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from registerbro.contacts.layers import COLUMNS as CONTACT_COLUMNS
from registerbro.contacts.model import (
    CURRENT_NUMBER_LABEL,
    Channel,
    MappedAddress,
    MappedContact,
    PartialDate,
    Precision,
    Protection,
    RegisterTime,
)
from registerbro.contacts.state import Contact
from registerbro.cpr.mapping import map_statement

from cpr_batch.adoption.columns import COLUMNS
from cpr_batch.adoption.table import Row

TASK = "adopted"
BEFORE_ALL = dt.date(1900, 1, 1)
NAME_AND_ADDRESS = "0001"
NUMBER_KEY = f"info:{CURRENT_NUMBER_LABEL}"
_FETCHED = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)  # the same in every run, so that a second one is not newer


def data(row: Row) -> MappedContact:
    """What the row says of the person; only of what it holds a value for."""
    number, values = row.values["NAME_CODE"], row.values
    filled = {COLUMNS[name].fills: value for name, value in values.items() if COLUMNS[name].fills}
    info = _labelled(filled, "info:") | {CURRENT_NUMBER_LABEL: number.value}
    dates = _labelled(filled, "date:")
    address = {key.removeprefix("HA."): value for key, value in filled.items() if key.startswith("HA.")}
    protected_since = address.get("protection")
    return dataclasses.replace(
        map_statement(number, _time(values.get("REGISTER_DATE", BEFORE_ALL)), is_subscribed=None),
        former_numbers=tuple(each.value for each in values.get("PREVIOUS_NAME_CODE", ()) if each != number),
        delivers=frozenset(_spoken_of(filled)),
        fields={key: value for key, value in filled.items() if key in CONTACT_COLUMNS},
        info={label: (value,) for label, value in info.items()},
        dates={label: (PartialDate(day.isoformat(), Precision.DAY),) for label, day in dates.items()},
        addresses={"HA": MappedAddress(**address)} if address else {},
        protections=(Protection(NAME_AND_ADDRESS, protected_since, None),) if protected_since else (),
    )


def subscription(row: Row, as_of: dt.date, *, is_told: bool) -> MappedContact | None:
    """Whether the person was subscribed on that day; a file that does not tell it means all."""
    is_subscribed = row.values.get("SRC_SUBSCRIBED") if is_told else True
    if is_subscribed is None:
        return None
    return map_statement(row.values["NAME_CODE"], _time(as_of), is_subscribed=is_subscribed)


def completing(mapped: MappedContact, stored: Iterable[Contact]) -> MappedContact | None:
    """The delivery for what is empty in a contact that is there; None if it has nothing to add."""
    contacts = list(stored)
    if not contacts:
        return mapped
    keys = {key for key in mapped.delivers if not any(_has(contact, key) for contact in contacts)}
    if not any(contact.source for contact in contacts):
        return dataclasses.replace(mapped, delivers=frozenset(keys | {NUMBER_KEY}))
    known = {number for contact in contacts for number in (contact.name_code, *contact.former_numbers)}
    if not keys and known.issuperset(mapped.former_numbers):
        return None
    return dataclasses.replace(
        mapped, delivers=frozenset(keys | {NUMBER_KEY}), register_time=_time(BEFORE_ALL)
    )


def _has(contact: Contact, key: str) -> bool:
    kind, _, label = key.partition(":")
    match kind:
        case "info":
            return label in contact.info
        case "date":
            return label in contact.dates
        case "address":
            return contact.address(label) is not None
        case "protections":
            return bool(contact.protections)
        case _:
            return bool(contact.fields[key])


def _spoken_of(filled: Mapping[str, Any]) -> Iterable[str]:
    yield NUMBER_KEY
    for key in filled:
        yield "address:HA" if key.startswith("HA.") else key
    if "HA.protection" in filled:
        yield "protections"


def _labelled(filled: Mapping[str, Any], kind: str) -> dict[str, Any]:
    return {key.removeprefix(kind): value for key, value in filled.items() if key.startswith(kind)}


def _time(day: dt.date) -> RegisterTime:
    return RegisterTime(day, Channel.ONLINE, TASK, _FETCHED)
