"""What a special case works on: one neighbour of a family, and how to draw for it."""

import dataclasses
import datetime as dt

from registerbro_sandbox.persons.days import EPOCH, YEAR
from registerbro_sandbox.persons.homes import Draw
from registerbro_sandbox.persons.numbers import Births
from registerbro_sandbox.persons.person import Family, Person


@dataclasses.dataclass(frozen=True, slots=True)
class Scene:
    """One person of a family to make a special case of; ``other`` is a neighbour to make it with."""

    family: Family
    person: Person
    other: Person
    births: Births
    draw: Draw

    def earlier(self, years: float) -> int:
        """A day up to ``years`` before the first extract, since the person last moved and was grown up, if that can be."""
        moved_in = self.person.current("002").get("moved_in", "00010101")
        since = max(self.person.born + int(18 * YEAR), dt.date.fromisoformat(moved_in[:8]).toordinal())
        return max(EPOCH - 1 - int(self.draw() * years * YEAR), min(since + 1, EPOCH - 1))

    def renumber(self, number: str) -> None:
        """Give the person another number before anybody refers to it."""
        self.person.number = number
