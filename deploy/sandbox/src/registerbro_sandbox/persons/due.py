"""Who comes in a change file: everybody touched who is subscribed, and everybody ordered, each once with all their events."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping

from registerbro_sandbox.persons.delivery import Delivered
from registerbro_sandbox.persons.person import Person, Row
from registerbro_sandbox.persons.subscriptions import Statement, Subscriptions
from registerbro_sandbox.persons.world import Change, World

Ordered = Mapping[str, list[Row]]
"""By number: the events (099) with which a person comes, whether or not anything happened to them."""

SUBSCRIBED = "A45"


def due(world: World, change: Change, subscriptions: Subscriptions, ordered: Ordered) -> Iterator[Delivered]:
    """Let a change happen and give everybody whom its file holds. What happens to others happens unseen."""
    waiting = dict(ordered)
    for person, events in world.deliver(change):
        wanted = waiting.pop(person.number, None)
        if wanted is not None or subscriptions.cover(person):
            yield Delivered(person, (*events, *(wanted or ())))
    for number, wanted in waiting.items():
        if person_now := find(world, number):
            yield Delivered(person_now, tuple(wanted))


def newly_subscribed(
    statements: Iterable[Statement], subscriptions: Subscriptions, day: dt.date
) -> dict[str, list[Row]]:
    """Whoever was subscribed online, and still is: they come with event A45."""
    row = {"updated": f"{day:%Y%m%d}0630", "event": SUBSCRIBED}
    return {
        said.number: [row] for said in statements if said.is_subscribed and subscriptions.told[said.number]
    }


def find(world: World, number: str) -> Person | None:
    """The person with these ten digits, None if there is none or they are no number that the world can have."""
    try:
        return world.find(number)
    except ValueError:
        return None
