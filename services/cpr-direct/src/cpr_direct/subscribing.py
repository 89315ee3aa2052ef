"""Subscribes and unsubscribes at somebody's request: the wish is stored first, then CPR is told, at once where that is possible."""

import dataclasses
import enum
from collections.abc import Sequence

from registerbro.database import Connection
from registerbro.settings import ToldBy
from registerbro.subscriptions import asking as wishing
from registerbro.subscriptions.asking import AskOutcome

from cpr_direct import attempts, telling
from cpr_direct.attempts import Claimed, Waiting
from cpr_direct.direct import Direct
from cpr_direct.errors import DirectError, SubscriptionNotWaiting


class ChangeOutcome(enum.StrEnum):
    """What became of a request."""

    DONE = "done"  # CPR agrees
    ALREADY = "already"  # it was so before
    WAITS = "waits"  # the wish is stored; CPR is told later, and asked until it agrees
    NEVER = "never-subscribed"
    NOT_IMPORTED = "not-imported"
    UNKNOWN_CONTACT = "unknown-contact"


@dataclasses.dataclass(frozen=True, slots=True)
class Changed:
    """One contact of a request; ``error`` is why CPR could not be told at once."""

    contact_id: int
    outcome: ChangeOutcome
    error: DirectError | None = None


_REFUSED = {
    AskOutcome.NEVER: ChangeOutcome.NEVER,
    AskOutcome.NOT_IMPORTED: ChangeOutcome.NOT_IMPORTED,
    AskOutcome.UNKNOWN_CONTACT: ChangeOutcome.UNKNOWN_CONTACT,
    AskOutcome.ALREADY: ChangeOutcome.ALREADY,
}


async def change(direct: Direct, contact_ids: Sequence[int], *, wanted: bool, by: str) -> list[Changed]:
    """Stores the wishes, each with its own outcome, and tells CPR of the first few at once; the others follow."""
    async with direct.pool.acquire() as connection, connection.transaction():
        asked = await wishing.ask(connection, dict.fromkeys(contact_ids, wanted), by=by, now=direct.now())
        requested = [each.contact_id for each in asked if each.outcome is AskOutcome.REQUESTED]
        claimed = await _claim(direct, connection, requested)  # before the worker learns of the wish
    told = await _tell(direct, claimed)
    return [
        told.get(each.contact_id, Changed(each.contact_id, ChangeOutcome.WAITS))
        if each.outcome is AskOutcome.REQUESTED
        else Changed(each.contact_id, _REFUSED[each.outcome])
        for each in asked
    ]


async def _claim(direct: Direct, connection: Connection, contact_ids: Sequence[int]) -> Sequence[Claimed]:
    if not contact_ids or (await direct.subscriptions()).told_by is not ToldBy.ONLINE:
        return []
    return await attempts.claim(connection, direct.now(), direct.settings.subscribing.at_once, contact_ids)


async def _tell(direct: Direct, claimed: Sequence[Claimed]) -> dict[int, Changed]:
    told: dict[int, Changed] = {}
    for each in claimed:
        error = await telling.tell(direct, each)
        outcome = ChangeOutcome.WAITS if error else ChangeOutcome.DONE
        told[each.contact_id] = Changed(each.contact_id, outcome, error)
    return told


async def retry(direct: Direct, contact_id: int) -> Changed:
    """Tells CPR now of a wish that waits; ``SubscriptionNotWaiting`` if none does."""
    async with direct.pool.acquire() as connection:
        claimed = await _claim(direct, connection, [contact_id])
    told = await _tell(direct, claimed)
    if contact_id not in told:
        raise SubscriptionNotWaiting
    return told[contact_id]


async def waiting(direct: Direct, *, after: int, size: int) -> list[Waiting]:
    """The wishes that CPR has not been told of."""
    return await attempts.page(direct.pool, after=after, size=size)
