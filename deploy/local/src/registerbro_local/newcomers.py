"""Persons whom CPR knows and the store does not yet: whom to look up and import."""

import dataclasses
from collections.abc import Iterable

from cpr_direct import known
from registerbro.cpr.numbers import CprNumber
from registerbro.database import Pool
from registerbro_sandbox.persons import CannotHappen, LifeEvent
from registerbro_sandbox.persons.chronicle import Chronicle
from registerbro_sandbox.serving import today

PROTECTIONS = "004"


@dataclasses.dataclass(frozen=True, slots=True)
class Newcomer:
    """A person of the world."""

    index: int
    number: str = dataclasses.field(repr=False)


async def newcomer(pool: Pool, chronicle: Chronicle) -> Newcomer | None:
    """Somebody who can move, has no protection and was never imported; None if the world has no such person left."""
    passed = list(range(chronicle.subscriptions.first or 0))
    while (index := _next(chronicle, passed)) is not None:
        person = chronicle.world.person(index)
        if PROTECTIONS not in person.rows and not await _is_imported(pool, person.number):
            return Newcomer(index, person.number)
        passed.append(index)
    return None


def _next(chronicle: Chronicle, passed: Iterable[int]) -> int | None:
    """The first person who can move, of a family in which nobody was passed over."""
    try:
        return chronicle.world.first(LifeEvent.MOVES, max(today(), chronicle.tomorrow), passed)
    except CannotHappen:
        return None


async def _is_imported(pool: Pool, number: str) -> bool:
    found = await known.find(pool, CprNumber.parse(number))
    return found is not None and found.is_imported
