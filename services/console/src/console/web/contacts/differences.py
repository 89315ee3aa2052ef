"""What is different between two states of a contact, field by field; states as ``Registerbro.AsOf`` answers them."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from console.web.contacts import naming

TEXTS = ("Name1", "Name2", "Text", "Position", "StartDate", "EndDate", "NameCode")
ADDRESS = (
    "Address1", "Address2", "Address3", "Postcode", "PostDistrict", "Municipality", "CountryCode", "StartDate", "EndDate",
    "Protection", "PhoneNo", "Fax", "Email",
)  # fmt: skip
State = Mapping[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """A field and its values; None where there was none. ``names`` are codes from outside in: an address and its field."""

    names: tuple[str, ...]
    before: str | None
    after: str | None
    contact_id: int | None = None  # of a relation: to whom


def between(before: State, after: State) -> list[Difference]:
    """The differences in the order in which a contact is shown."""
    return [
        *_changed(_texts(before), _texts(after)),
        *_listed(("PreviousNameCodes",), before["PreviousNameCodes"], after["PreviousNameCodes"]),
        *_changed(_main_address(before), _main_address(after)),
        *_addresses(before, after),
        *_relations(before, after),
        *_changed(_labels(before, "Info"), _labels(after, "Info")),
        *_changed(_labels(before, "Dates"), _labels(after, "Dates")),
    ]


def _changed(
    before: Mapping[tuple[str, ...], str | None], after: Mapping[tuple[str, ...], str | None]
) -> Iterator[Difference]:
    for names in dict.fromkeys((*before, *after)):
        old, new = before.get(names) or None, after.get(names) or None
        if old != new:
            yield Difference(names, old, new)


def _texts(state: State) -> dict[tuple[str, ...], str | None]:
    return {(name,): state[name] for name in TEXTS}


def _main_address(state: State) -> dict[tuple[str, ...], str | None]:
    for address in state["Addresses"]:
        if address["AddressType"] == "HA":
            return {("HA", name): address[name] for name in ADDRESS}
    return {}


def _addresses(before: State, after: State) -> Iterator[Difference]:
    kinds = dict.fromkeys(each["AddressType"] for each in (*before["Addresses"], *after["Addresses"]))
    for kind in kinds:
        if kind != "HA":
            yield from _listed((kind,), _lines(before, kind), _lines(after, kind))


def _lines(state: State, kind: str) -> list[str]:
    return [
        naming.in_one_line(each) or each["EndDate"] or ""
        for each in state["Addresses"]
        if each["AddressType"] == kind
    ]


def _listed(names: tuple[str, ...], before: Sequence[str], after: Sequence[str]) -> Iterator[Difference]:
    yield from (Difference(names, gone, None) for gone in before if gone not in after)
    yield from (Difference(names, None, new) for new in after if new not in before)


def _relations(before: State, after: State) -> Iterator[Difference]:
    old, new = _by_relation(before), _by_relation(after)
    for key in dict.fromkeys((*old, *new)):
        if old.get(key) != new.get(key):
            yield Difference((key[0],), old.get(key), new.get(key), key[1])


def _by_relation(state: State) -> dict[tuple[str, int], str]:
    return {
        (each["Role"], each["ToContactId"]): " – ".join(
            each[name] or "" for name in ("StartDate", "EndDate")
        ).strip()
        for each in state["References"]
    }


def _labels(state: State, group: str) -> dict[tuple[str, ...], str | None]:
    values: dict[tuple[str, ...], str] = {}
    for each in state[group]:
        names = (each["Label"],)
        text = each["Value"] or ""
        values[names] = f"{values[names]}, {text}" if names in values else text
    return dict(values)
