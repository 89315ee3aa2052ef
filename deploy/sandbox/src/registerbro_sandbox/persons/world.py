"""A population to which things happen: what has happened is a short list, and everybody's state follows from it.

A ``Change`` is one production day: named events for chosen persons, and a share of everybody to whom something drawn
happens. The state of a family is its first state with all changes applied in order, so a world needs no storage but its
list of changes, and the change file of a million persons streams family by family.
"""

import collections
import contextlib
import dataclasses
import datetime as dt
import itertools
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from registerbro_sandbox.persons.days import EPOCH
from registerbro_sandbox.persons.delivery import Delivered, Delivery, Written, write
from registerbro_sandbox.persons.homes import Draw, generator, pick
from registerbro_sandbox.persons.life import CannotHappen, LifeEvent, Moment, Touched, happen
from registerbro_sandbox.persons.numbers import SLOTS
from registerbro_sandbox.persons.person import Family, Person, Row
from registerbro_sandbox.persons.population import Population

COMMON: Mapping[LifeEvent, int] = {
    LifeEvent.MOVES: 50,
    LifeEvent.CHANGES_NAME: 10,
    LifeEvent.MARRIES: 8,
    LifeEvent.DIES: 8,
    LifeEvent.IS_BORN: 8,
    LifeEvent.DIVORCES: 5,
    LifeEvent.GETS_PROTECTION: 5,
    LifeEvent.EMIGRATES: 4,
    LifeEvent.RETURNS: 3,
    LifeEvent.GETS_GUARDIAN: 2,
    LifeEvent.LOSES_PROTECTION: 2,
    LifeEvent.CHANGES_NUMBER: 1,
    LifeEvent.LOSES_GUARDIAN: 1,
}
"""How often each event is drawn against the others; who cannot have it moves, if they can."""

_DRAWN = tuple(event for event, weight in COMMON.items() for _ in range(weight))


@dataclasses.dataclass(frozen=True, slots=True)
class Named:
    """An event for the person with this index."""

    event: LifeEvent
    person: int


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """What happens on one day, to the persons named and to a share of everybody."""

    day: dt.date
    named: tuple[Named, ...] = ()
    share: float = 0.0

    def __post_init__(self) -> None:
        if self.day.toordinal() <= EPOCH:
            raise ValueError("changes happen after the first of January 2025")
        if not 0 <= self.share <= 1:
            raise ValueError("a share lies between 0 and 1")


class World:
    """A population and what has happened to it."""

    def __init__(self, population: Population, past: Sequence[Change] = ()) -> None:
        self.population = population
        self.past = list(past)

    def family(self, index: int) -> Family:
        """A family as it is now."""
        family = self.population.family(index)
        for change in self.past:
            self._apply(change, family)
        return family

    def person(self, index: int) -> Person:
        """Person ``index`` as they are now."""
        if not 0 <= index < self.population.size:
            raise IndexError(f"person {index} of {self.population.size}")
        return self.family(index // SLOTS).persons[index % SLOTS]

    def find(self, number: str) -> Person | None:
        """The person with this number, current or former; None if the world has none."""
        for index in self.population.families_of(number):
            if person := self.family(index).by_number(number):
                return person
        return None

    def __iter__(self) -> Iterator[Person]:
        for index in range(self.population.families):
            yield from self.family(index)

    def first(self, event: LifeEvent, day: dt.date, besides: Iterable[int] = ()) -> int:
        """The first person to whom an event can happen, in a family with none of ``besides``."""
        taken = {index // SLOTS for index in besides}
        for index in itertools.filterfalse(taken.__contains__, range(self.population.families)):
            for person in range(index * SLOTS, min((index + 1) * SLOTS, self.population.size)):
                with contextlib.suppress(CannotHappen):
                    self._happen(self.family(index), Named(event, person), day)
                    return person
        raise CannotHappen(f"nobody {event}")

    def drawn(
        self, event: LifeEvent, day: dt.date, count: int, besides: Sequence[Named] = ()
    ) -> tuple[Named, ...]:
        """So many persons drawn at random to whom an event can happen, after what is named already; nothing changes."""
        found: list[Named] = []
        for person in self._shuffled():
            if len(found) == count:
                break
            with contextlib.suppress(CannotHappen):
                named = Named(event, person)
                self.attempt(named, day, [*besides, *found])
                found.append(named)
        if len(found) < count:
            raise CannotHappen(f"{event}: it can happen to {len(found)} persons, not to {count}")
        return tuple(found)

    def attempt(self, named: Named, day: dt.date, after: Iterable[Named] = ()) -> None:
        """Raises ``CannotHappen`` unless an event can happen after others of the same day; nothing changes."""
        if not 0 <= named.person < self.population.size:
            raise IndexError(f"person {named.person} of {self.population.size}")
        family = self.family(named.person // SLOTS)
        for earlier in after:
            if earlier.person // SLOTS == family.index:
                self._happen(family, earlier, day)
        self._happen(family, named, day)

    def _shuffled(self) -> Iterator[int]:
        """Everybody in a random order, neighbours far apart."""
        slots = random.sample(range(SLOTS), SLOTS)
        families = random.sample(range(self.population.families), self.population.families)
        everybody = (family * SLOTS + slot for slot in slots for family in families)
        return (person for person in everybody if person < self.population.size)

    def deliver(self, change: Change) -> Iterator[Delivered]:
        """Let a change happen; gives everybody it touches, as they are afterwards. It is past when all are given.

        ``CannotHappen`` is raised before anybody is given, if a named event cannot happen.
        """
        named = _by_family(change, self.population.size)
        for index in named:
            self._apply(change, self.family(index))
        return self._deliver(change, named)

    def _deliver(self, change: Change, named: Mapping[int, Sequence[Named]]) -> Iterator[Delivered]:
        updated = f"{change.day:%Y%m%d}"
        for index in range(self.population.families) if change.share else sorted(named):
            family = self.family(index)
            events: dict[int, list[Row]] = collections.defaultdict(list)
            touched = self._apply(change, family)
            for order, (person, code, mark) in enumerate(touched):
                row = {
                    "updated": f"{updated}{12 + order % 8:02}{index % 60:02}",
                    "event": code,
                    "derived_mark": mark,
                }
                events[id(person)].append(row)
            yield from (Delivered(p, tuple(events[id(p)])) for p in family if id(p) in events)
        self.past.append(change)

    def _apply(self, change: Change, family: Family) -> list[Touched]:
        """Everything of a change that concerns a family; the same each time."""
        touched: list[Touched] = []
        for named in change.named:
            if named.person // SLOTS == family.index:
                touched += self._happen(family, named, change.day)
        if not change.share:
            return touched
        draw = generator(self.population.seed, family.index, change.day)
        for person in list(family):
            if draw() < change.share:
                touched += self._something(family, person, change.day, draw)
        return touched

    def _happen(self, family: Family, named: Named, day: dt.date) -> list[Touched]:
        draw = generator(self.population.seed, named.person, day, named.event)
        person = family.persons[named.person % SLOTS]
        try:
            return happen(named.event, Moment(family, person, day.toordinal(), self.population.births, draw))
        except CannotHappen as refusal:
            raise CannotHappen(f"{named.event}: person {named.person} {refusal}") from None

    def _something(self, family: Family, person: Person, day: dt.date, draw: Draw) -> list[Touched]:
        moment = Moment(family, person, day.toordinal(), self.population.births, draw)
        for event in (pick(draw, _DRAWN), LifeEvent.MOVES):
            try:
                return happen(event, moment)
            except CannotHappen:
                continue
        return []


def _by_family(change: Change, size: int) -> dict[int, list[Named]]:
    families: dict[int, list[Named]] = collections.defaultdict(list)
    for named in change.named:
        if not 0 <= named.person < size:
            raise IndexError(f"person {named.person} of {size}")
        families[named.person // SLOTS].append(named)
    return families


def write_changes(path: Path, world: World, change: Change, delivery: Delivery) -> Written:
    """Let a change happen and write its change file: the full current records of everybody touched, with events 099."""
    return write(path, delivery, world.deliver(change))
