"""Imports a person: CPR is asked, the contact made or brought up to date, and subscribed where the source says so.

A call that subscribes is kept before it is made, and dropped in the transaction that stores what came of it. Whatever
happens in between, no subscription stays at CPR that the store does not know: what is left behind is done again.
"""

import dataclasses
import enum
from collections.abc import Iterable, Sequence

from registerbro import contact_types
from registerbro.audit import Purpose
from registerbro.auth import Caller
from registerbro.contacts import tombstones, wishes
from registerbro.contacts.model import NameType, Outcome, Result
from registerbro.cpr.numbers import CprNumber
from registerbro.database import Connection
from registerbro.settings import ToldBy
from registerbro.subscriptions import never

from cpr_direct import asking, attempts, known, open_calls, searching, storing
from cpr_direct.asking import Asked
from cpr_direct.checkpoint import Point
from cpr_direct.direct import Direct
from cpr_direct.errors import (
    ContactErased,
    ContactTypeMissing,
    DirectError,
    PersonUnknown,
    StoreRefused,
    presentation,
)
from cpr_direct.open_calls import LEASE, CallKind
from cpr_direct.searching import Question
from cpr_direct.storing import Reason
from cpr_direct.views.person import PersonOut

IMPORT = "import-person"


class ImportOutcome(enum.StrEnum):
    """What became of an import."""

    CREATED = "created"  # a contact that was not imported before
    UPDATED = "updated"
    UNCHANGED = "unchanged"  # imported before, and CPR says nothing new
    FRESH = "fresh"  # the store was recent enough: CPR was not asked


@dataclasses.dataclass(frozen=True, slots=True)
class Imported:
    """A contact that is imported now."""

    outcome: ImportOutcome
    contact_id: int

    @property
    def is_new(self) -> bool:
        """Whether there was no imported contact before."""
        return self.outcome is ImportOutcome.CREATED


async def import_person(direct: Direct, question: Question) -> tuple[Imported, PersonOut]:
    """Imports the person, and shows them as the caller may see them. Raises ``DirectError``, ``AuditUnavailable``."""
    inquiry = await direct.auditor.asked(question.caller, IMPORT, question.purpose, number=question.number)
    imported = await import_asked(direct, question)
    person = await searching.stored(direct, imported.contact_id, question.clearance)
    await searching.deliver(direct, inquiry, question.clearance, person)
    return imported, person


async def import_asked(direct: Direct, question: Question) -> Imported:
    """The import, once it is recorded that somebody asked."""
    if question.max_age is not None:
        found = await known.find(direct.pool, question.number)
        if found and found.is_fresh(direct.now(), question.max_age):
            return Imported(ImportOutcome.FRESH, found.contact_id)
    await _refuse_missing_type(direct)
    async with direct.budget.spending(question.caller.client, direct.now()):
        return await perform(direct, question.number, question.caller, question.purpose)


async def _refuse_missing_type(direct: Direct) -> None:
    """Before CPR is asked, who would subscribe a person that cannot be stored."""
    async with direct.pool.acquire() as connection:
        if await contact_types.find(connection, NameType.PERSON) is None:
            raise ContactTypeMissing(NameType.PERSON)


async def perform(
    direct: Direct, number: CprNumber, caller: Caller, purpose: Purpose, *, call_id: int | None = None
) -> Imported:
    """Asks CPR and stores the answer; ``call_id`` is that of a kept call that is done again, whatever is set by now."""
    is_again = call_id is not None
    is_wanted = is_again or (await direct.source()).subscription
    numbers: dict[CprNumber, None] = {}  # of the person so far: one that is never subscribed counts for all

    async def wished(each: CprNumber) -> bool:
        numbers[each] = None
        if not is_wanted or await _are_erased(direct, numbers):
            return False
        return not await never.is_listed(direct.pool, list(numbers))

    async def told_with_the_call(each: CprNumber) -> bool:
        return call_id is not None and await wished(each)

    if await _are_erased(direct, [number]):
        if call_id is not None:  # the call that broke off may have subscribed the number
            await open_calls.end_instead(direct.pool, call_id, direct.now())
        raise ContactErased
    told_by = (await direct.subscriptions()).told_by
    if call_id is None and told_by is ToldBy.ONLINE and await wished(number):
        due_at = direct.now() + LEASE
        call_id = await open_calls.keep(direct.pool, number, CallKind.IMPORT, caller, purpose, due_at=due_at)
        direct.checkpoint(Point.KEPT)
    asked = await _ask(direct, number, caller, told_with_the_call, call_id, is_again=is_again)
    is_wished = await wished(asked[-1].answer.number)

    async def also(connection: Connection, results: Sequence[Result]) -> None:
        if is_wished and results[-1].contact_id is not None:
            await wishes.set_wishes(connection, {results[-1].contact_id: True})
        if call_id is not None:
            await open_calls.drop(connection, call_id)
        if asked[0].is_subscribed:
            await open_calls.drop_left_behind(connection, number, direct.now())
        if results[-1].outcome is Outcome.ERASED and asked[-1].is_subscribed:  # known only from the answer
            end, last = CallKind.UNSUBSCRIBE, asked[-1].answer.number
            await open_calls.keep(connection, last, end, caller, purpose, due_at=direct.now())
        if is_again and not asked[0].is_subscribed:  # the call that broke off may have subscribed the number
            end = CallKind.UNSUBSCRIBE
            await open_calls.keep(connection, number, end, caller, purpose, due_at=direct.now())

    reason = Reason(caller, IMPORT, purpose)
    return _imported(await storing.store_answers(direct, asked, reason, may_create=True, also=also))


async def _ask(
    direct: Direct,
    number: CprNumber,
    caller: Caller,
    subscribes: asking.Subscribes,
    call_id: int | None,
    *,
    is_again: bool,
) -> list[Asked]:
    try:
        asked = await asking.ask(direct, number, client=caller.client, subscribes=subscribes)
    except DirectError as error:
        if call_id is not None:
            await _give_up(direct, call_id, error, is_again=is_again)
        raise
    direct.checkpoint(Point.ASKED)
    return asked


async def _give_up(direct: Direct, call_id: int, error: DirectError, *, is_again: bool) -> None:
    """Drops the call where no subscription can have come of it; an attempt before this one may have made it."""
    if isinstance(error, PersonUnknown) and error.may_have_reached:
        # the number was replaced by one that CPR does not know: nobody can be imported, now or later
        await open_calls.end_instead(direct.pool, call_id, direct.now())
    elif not error.may_have_reached and (not is_again or isinstance(error, PersonUnknown)):
        await open_calls.drop(direct.pool, call_id)
    elif not is_again:
        due_at = direct.now() + attempts.pause(0, direct.settings.subscribing)
        await open_calls.put_off(direct.pool, call_id, due_at, presentation(error).slug)


async def _are_erased(direct: Direct, numbers: Iterable[CprNumber]) -> bool:
    values = (number.value for number in numbers)
    return await tombstones.is_erased(direct.pool, NameType.PERSON, values, direct.auditor.hasher)


def _imported(result: Result) -> Imported:
    if result.outcome is Outcome.ERASED:
        raise ContactErased
    if result.contact_id is None:
        raise StoreRefused(str(result.outcome))
    match result.outcome:
        case Outcome.CREATED | Outcome.FILLED:
            outcome = ImportOutcome.CREATED
        case Outcome.UPDATED:
            outcome = ImportOutcome.UPDATED
        case _:
            outcome = ImportOutcome.UNCHANGED
    return Imported(outcome, result.contact_id)
