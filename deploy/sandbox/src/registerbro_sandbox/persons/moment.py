"""What a life event works on, and what it leaves behind."""

import dataclasses
from typing import NamedTuple

from registerbro_sandbox.persons.days import YEAR, stamp
from registerbro_sandbox.persons.homes import Draw
from registerbro_sandbox.persons.numbers import Births
from registerbro_sandbox.persons.person import Family, Person

MAIN = ""  # the derived mark of the person whom an event is about


class CannotHappen(Exception):
    """Life forbids this event for this person; the message says why, without naming anybody."""


class Touched(NamedTuple):
    """Somebody whom an event touches: the event code and the mark of how they are related to whom it is about."""

    person: Person
    code: str
    mark: str = MAIN


@dataclasses.dataclass(frozen=True, slots=True)
class Moment:
    """One person of a family on one day; ``day`` is an ordinal."""

    family: Family
    person: Person
    day: int
    births: Births
    draw: Draw

    @property
    def at(self) -> str:
        """The day's time stamp, in the middle of office hours."""
        return stamp(self.day, "1120")

    def is_adult(self, person: Person) -> bool:
        """Whether somebody is of age, and alive and resident."""
        return person.lives_here and self.day - person.born >= 18 * YEAR

    def others(self, *slots: int) -> list[Person]:
        """Grown-up members of the family other than the person, in these slots or in any; in a drawn order."""
        found = [
            p
            for p in self.family
            if p is not self.person and self.is_adult(p) and (not slots or p.slot in slots)
        ]
        start = int(self.draw() * len(found))
        return found[start:] + found[:start]


def require(condition: bool, otherwise: str) -> None:
    """Raise ``CannotHappen`` unless the condition holds."""
    if not condition:
        raise CannotHappen(otherwise)
