"""What the REST services of Datafordeleren answer, as sheets and hits. Pure; ``FieldUnusable`` is the one error.

Keys that are missing were not delivered; null and empty ones say that the register has nothing. What stands under a key and is no
whole row was delivered in part, and is an error.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from registerbro.cvr import reading
from registerbro.cvr.numbers import PNumber
from registerbro.cvr.units import Hit, Unit, UnitKind
from registerbro.registers.datafordeler.addresses import address_of, whole
from registerbro.registers.datafordeler.assembling import as_records, unit_of
from registerbro.registers.datafordeler.fields import Node
from registerbro.registers.datafordeler.sheets import (
    Sheet,
    TimedRow,
    Topic,
    addresses,
    company_of,
    has_ceased,
    number_of,
    p_number,
    timed,
)

OWN_KEY: Mapping[UnitKind, str] = {
    UnitKind.COMPANY: "virksomhed",
    UnitKind.PRODUCTION_UNIT: "produktionsenhed",
}
_NAME_KEY: Mapping[UnitKind, str] = {
    UnitKind.COMPANY: "virksomhedsnavn",
    UnitKind.PRODUCTION_UNIT: "produktionsenhedsnavn",
}
_INDUSTRIES = ("hovedbranche", "bibranche1", "bibranche2", "bibranche3")
_TOPIC_KEYS: Mapping[Topic, tuple[str, ...]] = {  # schemas and services write some differently
    Topic.PHONE: ("telefonnummer",),
    Topic.FAX: ("telefaxnummer",),
    Topic.EMAIL: ("e-mailadresse", "emailadresse"),
    Topic.FORM: ("virksomhedsform",),
    Topic.CREDIT: ("kreditoplysninger",),
    Topic.ADVERTISING: ("reklamebeskyttet", "reklamebeskyttelse"),
}


def unit(kind: UnitKind, answer: Node, asked_at: dt.datetime) -> Unit | None:
    """The unit that an answer tells of; None where it tells of none, as for an unknown number, and not of one by name alone."""
    if OWN_KEY[kind] not in answer and answer.get(_NAME_KEY[kind]).has_content():
        raise answer.get(OWN_KEY[kind]).unusable("is missing")
    if answer.is_empty or all(Node(each).is_empty for each in answer.get(OWN_KEY[kind]).keys.values()):
        return None
    return unit_of(_sheet(kind, answer), asked_at=asked_at, records=as_records(answer.value))


def production_units(answer: Node) -> tuple[PNumber, ...]:
    """The numbers of the production units in a company's answer."""
    listed = answer.get("produktionsenheder").items()
    return tuple(dict.fromkeys(p_number(_own(UnitKind.PRODUCTION_UNIT, each)) for each in listed))


def _own(kind: UnitKind, each: Node) -> Node:
    """A unit's own row, in an object of its own or among the other keys."""
    own = each.get(OWN_KEY[kind])
    return each if own.is_empty else own


def _sheet(kind: UnitKind, answer: Node) -> Sheet:
    topics = {topic: rows for topic, rows in _topics(kind, answer) if rows is not None}
    return Sheet(kind, topics)


def _topics(kind: UnitKind, answer: Node) -> Iterator[tuple[Topic, Sequence[TimedRow] | None]]:
    yield Topic.UNIT, timed(Topic.UNIT, answer.get(OWN_KEY[kind]).items())
    yield Topic.NAME, timed(Topic.NAME, _rows(answer.get(_NAME_KEY[kind])))
    yield Topic.ADDRESS, _addresses(answer)
    yield Topic.INDUSTRY, _industries(answer)
    for topic, keys in _TOPIC_KEYS.items():
        is_told = any(key in answer for key in keys)
        yield topic, timed(topic, _rows(answer.get(*keys))) if is_told else None


def _rows(node: Node) -> Iterator[Node]:
    """An object is a row, and so is a bare value; a list has several."""
    if not node.has_content():
        return
    for each in node.items() if isinstance(node.value, list) else (node,):
        if each.value is None:
            raise each.unusable("is missing")
        yield each if isinstance(each.value, dict) else Node({"vaerdi": each.value}, each.path)


def _addresses(answer: Node) -> list[TimedRow] | None:
    present = [usage for usage in reading.ADDRESS_USAGES if usage in answer]
    rows = [row for usage in present for row in addresses(usage, _places(answer.get(usage)))]
    return rows if rows or reading.ADDRESS_USAGES[0] in present else None


def _places(node: Node) -> Iterator[Node]:
    return (whole(each) for each in node.items() if each.has_content())


def _industries(answer: Node) -> list[TimedRow] | None:
    """They stand in an object of their own, or among the other keys; where there is one, there is a main one."""
    holder = answer.get("brancher") if "brancher" in answer else answer
    if holder is answer and not any(key in answer for key in _INDUSTRIES):
        return None
    if holder.has_content() and _INDUSTRIES[0] not in holder:
        raise holder.get(_INDUSTRIES[0]).unusable("is missing")
    return [
        row
        for sequence, key in enumerate(_INDUSTRIES)
        for row in timed(Topic.INDUSTRY, _rows(holder.get(key)), sequence=sequence)
    ]


def hits(kind: UnitKind, answer: Node) -> list[Hit]:
    """What a search found: full answers, or summaries with their keys side by side; in a list, or in an object around one."""
    return [_hit(kind, each) for each in _results(kind, answer)]


def _results(kind: UnitKind, answer: Node) -> list[Node]:
    if isinstance(answer.value, dict) and OWN_KEY[kind] not in answer:
        lists = [answer.get(key) for key, value in answer.keys.items() if isinstance(value, list)]
        if not lists and not answer.is_empty:
            raise answer.unusable("holds no list of results")
        return [each for members in lists for each in members.items()]
    return list(answer.items())


def _hit(kind: UnitKind, each: Node) -> Hit:
    row = _own(kind, each)
    name = next(_rows(each.get(_NAME_KEY[kind], "navn")), Node(None))
    return Hit(
        number_of(kind, row),
        name.get("vaerdi").text(),
        address=next(
            (found for at in _addresses(each) or () if (found := address_of(at.node, at.since))), None
        ),
        company=company_of(kind, row),
        has_ceased=has_ceased(row),
    )
