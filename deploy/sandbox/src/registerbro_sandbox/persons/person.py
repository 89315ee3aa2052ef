"""A fictional person as the register holds one: the rows of each record type, current and historical.

There is one model of a person, the register's own. Files, change files and answers to lookups are written from it through the
tables of ``registerbro.cpr.layouts``; life events change its rows. A row maps the layout's field names to text; what a
row does not name is blank (or zeros, as the layout says). Rows are shared between persons and never changed in place.
"""

from collections.abc import Iterator
from typing import NamedTuple

from registerbro_sandbox.persons.numbers import SLOTS

Row = dict[str, str]

ABROAD, DEAD, DISAPPEARED = "80", "90", "70"
LIVING_HERE = ("01", "03", "05", "07")


class Person:
    """Somebody with a CPR number; ``born`` is a day ordinal, ``slot`` the place in the family."""

    __slots__ = ("born", "index", "is_male", "number", "rows", "slot", "version")

    def __init__(self, slot: int, number: str, is_male: bool, born: int) -> None:
        self.slot = slot
        self.number = number
        self.is_male = is_male
        self.born = born
        self.version = 0  # how often the number was changed
        self.index: int | None = None  # in the population, under any number; None: born since
        self.rows: dict[str, list[Row]] = {}

    def __repr__(self) -> str:
        return f"Person(slot={self.slot}, number={self.number[:6]}-xxxx, status={self.status})"

    @property
    def status(self) -> str:
        """The civil registration status, record 001."""
        return self.rows["001"][0]["status"] if "001" in self.rows else ""

    @property
    def lives_here(self) -> bool:
        """Whether the person is alive and resident in Denmark or Greenland under this number."""
        return self.status in LIVING_HERE

    @property
    def is_left_behind(self) -> bool:
        """Whether this is a number that an event took from somebody of the population."""
        return self.index is not None and self.slot >= SLOTS

    def current(self, record_type: str) -> Row:
        """The row of a record type that occurs once; empty if the person has none."""
        rows = self.rows.get(record_type)
        return rows[0] if rows else {}

    def set(self, record_type: str, row: Row) -> None:
        """Let ``row`` be the one row of a type."""
        self.rows[record_type] = [row]

    def amend(self, record_type: str, **values: str) -> None:
        """Change fields of the one row of a type."""
        self.rows[record_type] = [{**self.current(record_type), **values}]

    def add(self, record_type: str, *rows: Row) -> None:
        """Add rows of a type that may occur several times."""
        self.rows.setdefault(record_type, []).extend(rows)

    def drop(self, record_type: str) -> None:
        """Let the person have no row of this type."""
        self.rows.pop(record_type, None)

    def mentions(self, number: str) -> bool:
        """Whether any current row names this number as a relative or guardian."""
        return any(number == row.get(field) for kind, field in RELATIONS for row in self.rows.get(kind, ()))


class Relation(NamedTuple):
    """A field that holds somebody else's number."""

    record_type: str
    field: str


RELATIONS = (
    Relation("012", "spouse_pnr"),
    Relation("014", "child_pnr"),
    Relation("015", "mother_pnr"),
    Relation("015", "father_pnr"),
    Relation("016", "holder_pnr"),
    Relation("017", "guardian_pnr"),
    Relation("052", "guardian_pnr"),
)


class Family:
    """A block of persons who refer to each other: 16, and those born since."""

    def __init__(self, index: int, persons: list[Person]) -> None:
        self.index = index
        self.persons = persons

    def __iter__(self) -> Iterator[Person]:
        return iter(self.persons)

    @property
    def next_slot(self) -> int:
        """The slot of whoever comes after the first sixteen."""
        return max(SLOTS, *(person.slot + 1 for person in self.persons))

    def by_number(self, number: str) -> Person | None:
        """The member with this number, if there is one."""
        return next((person for person in self.persons if person.number == number), None)
