"""A second, slow and obvious merge: plain dicts, one delivery after another. What the real one is held against.

Everything that a delivery speaks of is remembered with the delivery it came from; whoever ranks higher stays. Contacts
are named by their current number, so that two stores can be compared whatever ids they gave.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from registerbro.contacts.model import MappedAddress, MappedContact, MappedReference
from registerbro.database import Connection

State = dict[str, Any]
TEXT_COLUMNS = ("name1", "name2", "text", "position")


class ReferenceMerge:
    """A store of persons, each a dict: numbers, what was said when, and who is current."""

    def __init__(self) -> None:
        self.persons: list[dict[str, Any]] = []

    def merge(self, mapped: MappedContact) -> None:
        """Takes one delivery, as an initial load does."""
        numbers = {mapped.number, *mapped.former_numbers, *filter(None, [mapped.current_number])}
        time = (
            mapped.register_time.date,
            mapped.register_time.channel,
            mapped.register_time.task,
            mapped.register_time.fetched,
        )
        person: dict[str, Any] = {
            "numbers": numbers,
            "current": (time, mapped.current_number or mapped.number),
            "subscribed": (time, True if mapped.subscribed is None else mapped.subscribed),
            "said": {
                key: ((mapped.current_number is None, time, mapped.number), _value(mapped, key))
                for key in mapped.delivers
            },
        }  # fmt: skip
        for known in [each for each in self.persons if each["numbers"] & numbers]:
            self.persons.remove(known)
            person = _one_person(known, person)
        self.persons.append(person)

    def state(self) -> State:
        """Every person by current number."""
        return {person["current"][1]: self._shown(person) for person in self.persons}

    def _shown(self, person: dict[str, Any]) -> State:
        number = person["current"][1]
        said = {key: value for key, (_, value) in person["said"].items()}
        info = {key[5:]: value for key, value in said.items() if key.startswith("info:") and value}
        if "GældendePNR" in info:
            info["GældendePNR"] = [number]
        references = {}
        for key, value in said.items():
            for reference in value if key.startswith("reference:") else ():
                target = self._target(reference)
                if target != ("number", number):
                    references[str(reference.role), target] = (
                        reference.restrictor, reference.start_date, reference.end_date
                    )  # fmt: skip
        return {
            "numbers": sorted(person["numbers"]),
            "subscribed": person["subscribed"][1],
            "fields": {name: said.get(name) or ("" if name in TEXT_COLUMNS else None) for name in
                       (*TEXT_COLUMNS, "start_date", "end_date")},
            "info": info,
            "dates": {key[5:]: value for key, value in said.items() if key.startswith("date:") and value},
            "protections": said.get("protections") or [],
            "addresses": {key[8:]: value for key, value in said.items() if key.startswith("address:") and value},
            "references": references,
        }  # fmt: skip

    def _target(self, reference: MappedReference) -> tuple[str, str]:
        if reference.number is None:
            return ("name", reference.name or "")
        for person in self.persons:
            if reference.number in person["numbers"]:
                return ("number", person["current"][1])
        return ("number", reference.number)


def merged(deliveries: Iterable[MappedContact]) -> State:
    """The state after all deliveries, one after another."""
    store = ReferenceMerge()
    for mapped in deliveries:
        store.merge(mapped)
    return store.state()


def _one_person(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    said = dict(one["said"])
    for key, entry in other["said"].items():
        if key not in said or said[key][0] < entry[0]:
            said[key] = entry
    return {
        "numbers": one["numbers"] | other["numbers"],
        "current": max(one["current"], other["current"]),
        "subscribed": max(one["subscribed"], other["subscribed"]),
        "said": said,
    }


def _value(mapped: MappedContact, key: str) -> Any:
    kind, _, label = key.partition(":")
    if kind == "info":
        return list(mapped.info.get(label, ()))
    if kind == "date":
        return [(each.value, str(each.precision), each.uncertain) for each in mapped.dates.get(label, ())]
    if kind == "address":
        return _address(mapped.addresses.get(label))
    if kind == "reference":
        return [each for each in mapped.references if each.role == label]
    if kind == "protections":
        return sorted((each.kind, _iso(each.start), _iso(each.end)) for each in mapped.protections)
    return mapped.fields.get(key)


def _address(mapped: MappedAddress | None) -> dict[str, Any] | None:
    if mapped is None:
        return None
    texts = ("address1", "address2", "address3", "postcode", "post_district", "municipality", "country_code")
    return {
        **{name: getattr(mapped, name) or "" for name in texts},
        "start_date": mapped.start_date,
        "protection": mapped.protection,
    }


def _iso(date: dt.date | None) -> str:
    return date.isoformat() if date else ""


async def stored_state(connection: Connection) -> State:
    """The same picture of a real store: every person that was imported, by current number."""
    contacts = await connection.fetch(
        "select * from contact where not is_placeholder and owner_id is null and merged_into is null"
    )
    return {row["name_code"]: await _stored(connection, row) for row in contacts}


async def _stored(connection: Connection, row: Any) -> State:
    contact_id = row["contact_id"]
    numbers = await connection.fetch("select * from contact_number where contact_id = $1", contact_id)
    assert [each["number"] for each in numbers if each["is_current"]] == [row["name_code"]]
    subscribed = await connection.fetchval(
        "select src_subscribed from source_record where contact_id = $1", contact_id
    )
    addresses = await connection.fetch(
        "select * from address where contact_id = $1 and address_type <> 'CPRADR'", contact_id
    )
    references = await connection.fetch(
        """select role, restrictor, r.start_date, r.end_date, name_code, name1, owner_id, owner_role, merged_into
           from contact_reference r join contact c on c.contact_id = r.to_contact_id where r.contact_id = $1""",
        contact_id,
    )
    assert all(each["merged_into"] is None for each in references), "a reference to a tombstone"
    assert all(
        each["owner_id"] in {None, contact_id} and each["owner_role"] in {None, each["role"]}
        for each in references
    ), "somebody else's person without a number"
    return {
        "numbers": sorted(each["number"] for each in numbers),
        "subscribed": subscribed,
        "fields": {name: row[name] for name in (*TEXT_COLUMNS, "start_date", "end_date")},
        "info": row["info"],
        "dates": {
            label: [(each["value"], each["precision"], each["uncertain"]) for each in values]
            for label, values in row["dates"].items()
        },
        "protections": [(each["kind"], each["start"] or "", each["end"] or "") for each in row["protections"]],
        "addresses": {
            each["address_type"]: {
                name: each[name]
                for name in ("address1", "address2", "address3", "postcode", "post_district", "municipality",
                             "country_code", "start_date", "protection")
            }
            for each in addresses
        },
        "references": {
            (each["role"], ("number", each["name_code"]) if each["name_code"] else ("name", each["name1"])):
                (each["restrictor"], each["start_date"], each["end_date"])
            for each in references
        },
    }  # fmt: skip
