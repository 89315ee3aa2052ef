"""Tells CPR of one wish, or does one call that stayed behind again; what came of it is stored with the answer.

A subscription fetches the person's data and merges them. Whatever CPR says, the wish stays as it is: what differs is tried
again, later and later.
"""

import datetime as dt
from collections.abc import Sequence

import structlog
from registerbro.audit import Purpose
from registerbro.contacts.model import Result
from registerbro.cpr.numbers import CprNumber
from registerbro.database import Connection
from registerbro.subscriptions import never

from cpr_direct import asking, attempts, importing, open_calls, storing
from cpr_direct.attempts import Claimed
from cpr_direct.checkpoint import Point
from cpr_direct.direct import OURSELVES, Direct
from cpr_direct.errors import DirectError, NeverSubscribed, NoNumber, Overtaken, PersonUnknown, presentation
from cpr_direct.open_calls import CallKind, OpenCall
from cpr_direct.storing import Reason

SUBSCRIBE = "subscribe-person"
WISHED = Reason(OURSELVES, SUBSCRIBE, Purpose(purpose="keeping a contact up to date by subscription"))
log = structlog.get_logger()


async def tell(direct: Direct, claimed: Claimed) -> DirectError | None:
    """Lets CPR do as is wished; returns what stood in the way, which is kept with the wish."""
    facts = {"contact_id": claimed.contact_id, "wanted": claimed.wanted}
    try:
        await _tell(direct, claimed)
    except DirectError as error:
        failure = presentation(error).slug
        await attempts.note_failure(direct.pool, claimed, failure, direct.now(), direct.settings.subscribing)
        log.warning("subscription not changed", failure=failure, attempts=claimed.attempts + 1, **facts)
        return error
    log.info("subscription changed", **facts)
    return None


async def _tell(direct: Direct, claimed: Claimed) -> None:
    wish = await attempts.read_wish(direct.pool, claimed.contact_id)
    if wish is None or wish.is_met or wish.contact_id != claimed.contact_id:
        await attempts.forget(direct.pool, claimed.contact_id)
        return
    if wish.number is None:
        raise NoNumber
    if wish.wanted:
        await _subscribe(direct, claimed, wish.number)
    else:
        await _unsubscribe(direct, claimed, wish.number)


class _Settling:
    """Ends an attempt in the merge's transaction."""

    def __init__(self, claimed: Claimed) -> None:
        self._claimed = claimed
        self._is_settled = False

    async def __call__(self, connection: Connection, _: Sequence[Result]) -> None:
        self._is_settled = await attempts.settle(connection, self._claimed)

    def check(self) -> None:
        """Raises ``Overtaken`` where something newer says otherwise: then CPR is told again, later."""
        if not self._is_settled:
            raise Overtaken


async def _subscribe(direct: Direct, claimed: Claimed, number: CprNumber) -> None:
    async def may_be_subscribed(each: CprNumber) -> bool:
        return not await never.is_listed(direct.pool, [each])

    if not await may_be_subscribed(number):
        raise NeverSubscribed
    await direct.budget.count(OURSELVES.client, direct.now())
    asked = await asking.ask(direct, number, client=OURSELVES.client, subscribes=may_be_subscribed)
    direct.checkpoint(Point.ASKED)

    settling = _Settling(claimed)
    await storing.store_answers(direct, asked, WISHED, may_create=False, also=settling)
    settling.check()


async def _unsubscribe(direct: Direct, claimed: Claimed, number: CprNumber) -> None:
    at = await _end(direct, number)
    settling = _Settling(claimed)
    await storing.store_statement(direct, number, is_subscribed=False, at=at, also=settling)
    settling.check()


async def _end(direct: Direct, number: CprNumber) -> dt.datetime:
    """CPR ends the subscription; one of a number that it does not know has ended already."""
    at = direct.now()
    try:
        await direct.gateway.unsubscribe(number)
    except PersonUnknown:
        log.info("subscription of an unknown number ended")
    direct.checkpoint(Point.TOLD)
    return at


async def _end_stray(direct: Direct, call: OpenCall) -> None:
    """Ends a subscription that is no contact's; where somebody imports the number just now, the next attempt sees to it."""
    if await open_calls.is_being_imported(direct.pool, call.number):
        return
    if not await open_calls.is_of_use(direct.pool, call.number):
        await _end(direct, call.number)
    await open_calls.drop(direct.pool, call.call_id)


async def do_again(direct: Direct, call: OpenCall) -> DirectError | None:
    """Does a call that stayed behind again; returns what stood in the way."""
    facts = {"call_id": call.call_id, "kind": str(call.kind), "attempts": call.attempts}
    try:
        match call.kind:
            case CallKind.IMPORT:
                await direct.budget.count(call.caller.client, direct.now())
                await importing.perform(direct, call.number, call.caller, call.purpose, call_id=call.call_id)
            case CallKind.UNSUBSCRIBE:
                await _end_stray(direct, call)
    except DirectError as error:
        failure = presentation(error).slug
        due_at = direct.now() + attempts.pause(call.attempts, direct.settings.subscribing)
        await open_calls.put_off(direct.pool, call.call_id, due_at, failure)
        log.warning("call not done again", failure=failure, **facts)
        return error
    log.info("call done again", **facts)
    return None
