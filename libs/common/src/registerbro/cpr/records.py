"""What the second pass over a file makes: records, and persons of records."""

import dataclasses
from typing import NamedTuple

from registerbro.cpr.layouts import LAYOUTS
from registerbro.cpr.numbers import CprNumber


class Record(NamedTuple):
    """One record as delivered; ``text`` without trailing blanks, ``line`` and ``offset`` as of ``FileRefused``."""

    type: str
    line: int
    offset: int
    text: str

    @property
    def padded(self) -> str:
        """The text at its layout's length."""
        layout = LAYOUTS[self.type]
        return self.text.ljust(layout.length if len(self.text) <= layout.length else layout.longest)

    def __repr__(self) -> str:
        return f"Record(type={self.type!r}, line={self.line}, offset={self.offset})"


@dataclasses.dataclass(frozen=True, slots=True)
class PersonRecords:
    """All that a file delivers on a person: exactly one 001, the records in the order of their types.

    ``ordinal`` is the person's place in the file, from 1. Of the ``rejected_types`` something was delivered that
    could not be used: what is missing of them is not known to be gone. ``rejected_lines`` say where that stood.
    """

    ordinal: int
    number: CprNumber
    records: list[Record]
    rejected_types: frozenset[str] = frozenset()
    rejected_lines: tuple[int, ...] = ()

    def __repr__(self) -> str:
        return f"PersonRecords(ordinal={self.ordinal}, number={self.number!r}, records={len(self.records)})"


@dataclasses.dataclass(frozen=True, slots=True)
class SubscriptionEnded:
    """A receipt (record 997): the register no longer sends this person's changes."""

    ordinal: int
    number: CprNumber
    record: Record
