"""What an answer of Datafordeleren says of one unit: rows by topic, whichever way they came.

A topic that is missing from a sheet was not delivered; one without rows is empty at the register.
"""

import dataclasses
import datetime as dt
import enum
from collections.abc import Iterable, Mapping, Sequence

from registerbro.cvr import reading
from registerbro.cvr.numbers import CvrNumber, PNumber, UnitNumber
from registerbro.cvr.units import UnitKind
from registerbro.registers.datafordeler.fields import Node
from registerbro.registers.errors import FieldUnusable


class Topic(enum.StrEnum):
    """What rows are about."""

    UNIT = "unit"  # number, dates, status, company
    NAME = "name"
    ADDRESS = "address"
    PHONE = "phone"
    FAX = "fax"
    EMAIL = "email"
    INDUSTRY = "industry"
    FORM = "form"
    CREDIT = "credit"
    ADVERTISING = "advertising"


COMPANY_TOPICS = frozenset({Topic.FORM, Topic.CREDIT})  # of companies only
COMMON_TOPICS = frozenset(Topic) - COMPANY_TOPICS - {Topic.FAX}  # of both, from every source


@dataclasses.dataclass(frozen=True, slots=True)
class UnitKeys:
    """How a kind of unit names its own fields."""

    number: str
    start: str
    end: str
    company: str | None = None


KEYS: Mapping[UnitKind, UnitKeys] = {
    UnitKind.COMPANY: UnitKeys("CVRNummer", "virksomhedStartdato", "virksomhedOphoersdato"),
    UnitKind.PRODUCTION_UNIT: UnitKeys(
        "pNummer",
        "produktionsenhedStartdato",
        "produktionsenhedOphoersdato",
        "tilknyttetVirksomhedsCVRNummer",
    ),
}


VALUE: Mapping[Topic, str] = {
    Topic.NAME: "vaerdi",
    Topic.PHONE: "vaerdi",
    Topic.FAX: "vaerdi",
    Topic.EMAIL: "vaerdi",
    Topic.INDUSTRY: "vaerdi",
    Topic.FORM: "vaerdi",
    Topic.CREDIT: "Kreditoplysning",
    Topic.ADVERTISING: "vaerdi",
}  # what a row says; those of units and addresses say it in several fields


@dataclasses.dataclass(frozen=True, slots=True)
class TimedRow:
    """A row, the days it applies, and its place among others of its topic."""

    node: Node
    since: dt.date | None
    until: dt.date | None
    sequence: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Sheet:
    """What was delivered about one unit."""

    kind: UnitKind
    topics: Mapping[Topic, Sequence[TimedRow]]


def timed(topic: Topic, nodes: Iterable[Node], *, sequence: int | None = None) -> list[TimedRow]:
    """Rows with their days; rows that a later registration replaced are left out.

    Raises ``FieldUnusable`` for a row without its value: it was delivered in part, and does not say that there is none.
    """
    return [
        TimedRow(
            _whole(topic, node),
            node.get("virkningFra").date(),
            node.get("virkningTil").date(),
            _sequence(node.get("sekvens")) if sequence is None else sequence,
        )
        for node in nodes
        if not node.get("registreringTil").text()
    ]


def addresses(usage: str, nodes: Iterable[Node]) -> list[TimedRow]:
    """Rows of addresses of one usage: the one that counts first has the lowest sequence."""
    return timed(Topic.ADDRESS, nodes, sequence=reading.ADDRESS_USAGES.index(usage))


def _whole(topic: Topic, row: Node) -> Node:
    """A row with all that makes it one: its value, and of an industry the day, which tells the classification.

    The published schema has these as never null; a secret row may come without what is secret.
    """
    if topic in VALUE and not is_secret(row):
        row.told(VALUE[topic])
    if topic is Topic.INDUSTRY:
        row.told("virkningFra")
    return row


def is_secret(row: Node) -> bool:
    """Whether what a row says is not to be stored."""
    return any(row.get(mark).boolean() for mark in reading.SECRET_MARKS)


def _sequence(node: Node) -> int:
    return node.number() if node.text() else 0


def kind_of(number: UnitNumber) -> UnitKind:
    """What a number is of."""
    return UnitKind.COMPANY if isinstance(number, CvrNumber) else UnitKind.PRODUCTION_UNIT


def number_of(kind: UnitKind, row: Node) -> UnitNumber:
    """The number in a unit's own row. Raises ``FieldUnusable``."""
    return p_number(row) if kind is UnitKind.PRODUCTION_UNIT else _cvr_number(row.get(KEYS[kind].number))


def p_number(row: Node) -> PNumber:
    """The number in a production unit's own row. Raises ``FieldUnusable``."""
    return row.get(KEYS[UnitKind.PRODUCTION_UNIT].number).required(PNumber.parse)


def company_of(kind: UnitKind, row: Node) -> CvrNumber | None:
    """The company in a production unit's own row; none of a company, and of a unit that belongs to none."""
    key = KEYS[kind].company
    node = row.get(key) if key else Node(None)
    return _cvr_number(node) if node.text().strip("0") else None


def has_ceased(row: Node) -> bool | None:
    """What a unit's own row says; None where it does not."""
    status = row.get("status").text().casefold()
    return status == reading.CEASED if status else None


def _cvr_number(node: Node) -> CvrNumber:
    return node.required(lambda text: CvrNumber.parse(reading.padded(text, 8), checks_digit=False))


def own_row(rows: Sequence[TimedRow], today: dt.date) -> TimedRow:
    """The row that tells most recently what a unit is: in force today, else the last one, else the first to come."""
    begun = reading.standing(rows, today) or reading.last(rows, today)
    if begun:
        return begun[0]
    if not rows:
        raise FieldUnusable("the unit", "has no row that counts")
    return min(rows, key=lambda row: row.since or dt.date.min)


@dataclasses.dataclass(frozen=True, slots=True)
class Life:
    """When a unit lives, and on which day its rows are to be read."""

    end: dt.date | None
    has_ceased: bool
    day: dt.date


def has_ended(row: TimedRow, today: dt.date) -> bool:
    """Whether a unit's own row, which nothing follows yet, applies no more: its last day is the one before it ends."""
    return row.until is not None and row.until <= today


def life_of(kind: UnitKind, row: TimedRow, today: dt.date) -> Life:
    """A ceased unit is read as it was at its end; one that is still to begin, as it will be on its first day."""
    told = row.node.get(KEYS[kind].end).date()
    end = told or (row.until if has_ended(row, today) else None)
    if end is not None and end <= today:
        return Life(end, True, end)
    return Life(end, False, max(today, row.since or today))
