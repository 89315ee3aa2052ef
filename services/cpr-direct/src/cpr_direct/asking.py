"""Asks CPR for a person, and goes on to the current number where the one asked for was replaced."""

import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from registerbro.contacts.model import MappedContact
from registerbro.cpr.mapping import map_person, online_subscription_time
from registerbro.cpr.numbers import CprNumber
from registerbro.sources import CprSource

from cpr_direct import known
from cpr_direct.direct import Direct
from cpr_direct.errors import DirectError
from cpr_direct.wire import PersonAnswer

Subscribes: TypeAlias = Callable[[CprNumber], Awaitable[bool]]
FURTHEST = 5  # numbers that a person is followed over


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """An answer, and whether the call has subscribed the number, too."""

    answer: PersonAnswer
    is_subscribed: bool = False

    @property
    def texts(self) -> list[str]:
        """The records."""
        return [record.text for record in self.answer.person.records]


async def nobody(_: CprNumber) -> bool:
    """A mere lookup subscribes nobody."""
    return False


async def ask(
    direct: Direct, number: CprNumber, *, client: str, subscribes: Subscribes = nobody
) -> list[Asked]:
    """The answers about a person: the asked number's first, the current number's last. Counts all calls but the first."""
    asked = [await _ask_once(direct, number, subscribes)]
    numbers = {number}
    while (current := asked[-1].answer.current_number) and current not in numbers and len(asked) < FURTHEST:
        numbers.add(current)
        await direct.budget.count(client, direct.now())
        try:
            asked.append(await _ask_once(direct, current, subscribes))
        except DirectError as error:
            error.may_have_reached |= any(each.is_subscribed for each in asked)
            raise
    return asked


async def _ask_once(direct: Direct, number: CprNumber, subscribes: Subscribes) -> Asked:
    is_subscribed = await subscribes(number)
    return Asked(await direct.gateway.lookup(number, subscribes=is_subscribed), is_subscribed)


async def mapped(direct: Direct, asked: Sequence[Asked], source: CprSource) -> list[MappedContact]:
    """What the answers say of the contact; of the current number also whether it is subscribed now."""
    contacts = [
        map_person(each.answer.person, context=await direct.context(each.answer, source)) for each in asked
    ]
    if asked[-1].is_subscribed:
        after = await known.said_on(direct.pool, *(each.answer.number for each in asked))
        as_of = online_subscription_time(asked[-1].answer.fetched_at, after)
        contacts[-1] = dataclasses.replace(contacts[-1], subscribed=True, subscription_time=as_of)
    return contacts
