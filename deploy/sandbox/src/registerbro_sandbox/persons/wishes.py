"""What somebody wants to happen on a day: to a person of the population, or to any to whom it can happen."""

import dataclasses
import datetime as dt
from collections.abc import Sequence

from registerbro_sandbox.persons.life import CannotHappen, LifeEvent
from registerbro_sandbox.persons.world import Named, World


@dataclasses.dataclass(frozen=True, slots=True)
class Wish:
    """An event for one person, or, where none is named, for ``count`` persons drawn at random."""

    event: LifeEvent
    person: int | None = None
    count: int = 1


class WishRefused(CannotHappen):
    """One of several wishes cannot come true; ``place`` says which, counted from 0."""

    def __init__(self, place: int, reason: str) -> None:
        super().__init__(reason)
        self.place = place


def granted(world: World, wishes: Sequence[Wish], day: dt.date) -> tuple[Named, ...]:
    """Who is to have which event, every wish tried after those before it. Raises ``WishRefused``; nothing changes."""
    named: list[Named] = []
    for place, wish in enumerate(wishes):
        try:
            named += _granted(world, wish, day, named)
        except (CannotHappen, IndexError) as refusal:
            raise WishRefused(place, str(refusal)) from None
    return tuple(named)


def _granted(world: World, wish: Wish, day: dt.date, before: Sequence[Named]) -> Sequence[Named]:
    if wish.person is None:
        return world.drawn(wish.event, day, wish.count, before)
    named = Named(wish.event, wish.person)
    world.attempt(named, day, before)
    return [named]
