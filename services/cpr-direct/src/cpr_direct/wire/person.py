"""A person as CPR delivered it."""

import dataclasses
import datetime as dt
from collections.abc import Iterable
from typing import Self

from registerbro.cpr.dates import compact_date
from registerbro.cpr.layouts import LAYOUTS
from registerbro.cpr.numbers import CprNumber, number_or_none
from registerbro.cpr.records import PersonRecords, Record

from cpr_direct.errors import RecordBroken
from cpr_direct.wire.answer import END, START, Answer, broken
from cpr_direct.wire.fields import HEADER_LENGTH

BASIC = "001"
_OF_NO_PERSON = frozenset({"910", "997"})  # have no place in an answer about a person
_NUMBER = LAYOUTS[BASIC].field("pnr").slice
_CURRENT = LAYOUTS[BASIC].field("current_pnr").slice
_TASK = LAYOUTS[START].field("task_number").slice
_PRODUCED = LAYOUTS[START].field("production_date").slice


@dataclasses.dataclass(frozen=True, slots=True)
class PersonAnswer:
    """CPR's answer about a person; ``repr`` shows nothing of it.

    ``number`` is the one asked for; ``current_number`` is there when another one has taken its place. ``production_date``
    is Danish, ``fetched_at`` UTC. ``header`` has the token masked.
    """

    number: CprNumber
    person: PersonRecords
    production_date: dt.date
    task_number: str
    fetched_at: dt.datetime
    current_number: CprNumber | None
    header: str = dataclasses.field(repr=False)

    @classmethod
    def of(cls, answer: Answer, number: CprNumber, fetched_at: dt.datetime) -> Self:
        """The person in an answer. Raises ``RecordBroken`` where it is not whole, or somebody else's.

        A record with a fault is left out, and its type is among the person's ``rejected_types``; but for the 001.
        """
        if not answer.records:
            raise RecordBroken(HEADER_LENGTH, "the answer has no data")
        for rejected in answer.rejected:
            if rejected.record.type == BASIC:
                raise broken(rejected)
        records = [each for each in answer.records if each.type not in (START, END)]
        _check_owner([*records, *(each.record for each in answer.rejected)], number)
        basic = _basic(records)
        task_number, production_date = _start(answer.records[0])
        person = PersonRecords(
            ordinal=1,
            number=number,
            records=sorted(records, key=_type_of),
            rejected_types=frozenset(each.record.type for each in answer.rejected),
            rejected_lines=tuple(each.record.line for each in answer.rejected),
        )
        current = _current_number(basic, number)
        return cls(number, person, production_date, task_number, fetched_at, current, answer.header.masked)


def _type_of(record: Record) -> str:
    return record.type


def _check_owner(records: Iterable[Record], number: CprNumber) -> None:
    for record in records:
        if record.type in _OF_NO_PERSON:
            raise RecordBroken(record.offset, f"a record {record.type} in an answer about a person")
        owner = record.padded[_NUMBER]
        if owner.isdigit() and owner != number.value:
            raise RecordBroken(record.offset, f"record {record.type} is about another person")


def _basic(records: list[Record]) -> Record:
    found = [each for each in records if each.type == BASIC]
    if len(found) != 1:
        raise RecordBroken(
            HEADER_LENGTH, f"{len(found)} records 001, where there must be one" if found else "no record 001"
        )
    return found[0]


def _start(record: Record) -> tuple[str, dt.date]:
    task_number, produced = record.padded[_TASK].strip(), compact_date(record.padded[_PRODUCED])
    if not task_number or produced is None:
        raise RecordBroken(record.offset, "the start record has no task number or no production date")
    return task_number, produced


def _current_number(basic: Record, number: CprNumber) -> CprNumber | None:
    current = number_or_none(basic.padded[_CURRENT])
    return None if current in (None, number.value) else CprNumber.parse(current or "")
