"""A population: ``size`` fictional persons, each a pure function of the seed and the person's index.

Nothing is stored: the same seed gives the same persons on any machine, person 999,999 costs as little as person 0, and a
million of them stream at flat memory.
"""

from collections.abc import Iterator

from registerbro_sandbox.persons.cases import Cases
from registerbro_sandbox.persons.family import Builder
from registerbro_sandbox.persons.numbers import MAX_FAMILIES, SLOTS, Births
from registerbro_sandbox.persons.person import Family, Person

MAX_SIZE = MAX_FAMILIES * SLOTS


class Population:
    """The persons of a seed. Person ``i`` stands in family ``i // 16``; relatives refer to each other's numbers."""

    def __init__(self, seed: int = 1, size: int = 1000) -> None:
        if not 0 <= size <= MAX_SIZE:
            raise ValueError(f"a population has 0 to {MAX_SIZE} persons")
        self.seed = seed
        self.size = size
        self._builder = Builder(seed)
        self._cases = Cases(self._builder)

    @property
    def families(self) -> int:
        """How many families the persons make up; the last one may be cut short."""
        return -(-self.size // SLOTS)

    @property
    def births(self) -> Births:
        """Who is born when, with which numbers."""
        return self._builder.births

    def families_of(self, number: str) -> Iterator[int]:
        """The families that somebody with this number could belong to; as a rule one."""
        return (index for index in self.births.families_of(number) if index < self.families)

    def family(self, index: int) -> Family:
        """A family as the first extract has it, cut at the population's size."""
        family = self._builder.family(index)
        self._cases.apply(family)
        del family.persons[max(self.size - index * SLOTS, 0) :]
        return family

    def person(self, index: int) -> Person:
        """Person ``index`` as the first extract has them."""
        if not 0 <= index < self.size:
            raise IndexError(f"person {index} of {self.size}")
        return self.family(index // SLOTS).persons[index % SLOTS]

    def __iter__(self) -> Iterator[Person]:
        for index in range(self.families):
            yield from self.family(index)

    def __len__(self) -> int:
        return self.size
