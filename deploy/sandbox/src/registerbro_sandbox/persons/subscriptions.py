"""Who is delivered when something happens to them: the persons of the first extract, less and more whom customers named since."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Self

from registerbro_sandbox.persons.person import Person


@dataclasses.dataclass(frozen=True, slots=True)
class Statement:
    """A customer's word: this number is, or is no longer, subscribed."""

    number: str = dataclasses.field(repr=False)
    is_subscribed: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Standing:
    """What decides about a person's subscription: the number, former ones (the latest first), the place in the population."""

    numbers: tuple[str, ...] = dataclasses.field(repr=False)
    index: int | None  # None: born since the first extract

    @classmethod
    def of(cls, person: Person) -> Self:
        """A person's."""
        former = [row["old_pnr"] for row in reversed(person.rows.get("022", []))]
        return cls((person.number, *former), person.index)


@dataclasses.dataclass(frozen=True, slots=True)
class Subscriptions:
    """The first persons of the population (None: all of it, and all children born since), and what was said later.

    A subscription follows a person to a new number, until something is said about that number itself.
    """

    first: int | None = None
    told: Mapping[str, bool] = dataclasses.field(default_factory=dict, repr=False)

    def cover(self, person: Person) -> bool:
        """Whether a person is delivered."""
        return self.hold(Standing.of(person))

    def hold(self, standing: Standing) -> bool:
        """Whether whoever stands like this is delivered."""
        for number in standing.numbers:
            if (is_subscribed := self.told.get(number)) is not None:
                return is_subscribed
        return self.first is None or (standing.index is not None and standing.index < self.first)

    def after(self, statements: Iterable[Statement]) -> Self:
        """The same when more was said; of two words on one number the later one counts."""
        told = {**self.told, **{said.number: said.is_subscribed for said in statements}}
        return dataclasses.replace(self, told=told)
