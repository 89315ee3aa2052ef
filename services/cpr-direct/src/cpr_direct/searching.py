"""Looks a person up: from the store where that is asked for and fresh enough, else at CPR. Nothing is stored but who asked.

*Asked* is committed before CPR is called, *delivered* before the answer leaves.
"""

import dataclasses
import datetime as dt
from collections.abc import Sequence

from registerbro.audit import Inquiry, Purpose
from registerbro.auth import Caller
from registerbro.contacts.queries import load_contact
from registerbro.cpr.numbers import CprNumber
from registerbro.cpr.sensitivity import is_protected, tells_of_protected_relative
from registerbro.protection import Clearance

from cpr_direct import asking, known
from cpr_direct.asking import Asked
from cpr_direct.direct import Direct
from cpr_direct.errors import NotImported
from cpr_direct.views.person import KnownContact, PersonOut
from cpr_direct.views.records import PersonRecordsOut

SEARCH, RECORDS = "search-person", "decode-person"


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """Whom somebody asks for, why, and what they may see."""

    number: CprNumber
    caller: Caller
    purpose: Purpose
    clearance: Clearance
    max_age: dt.timedelta | None = None  # the store may answer for a subscribed person, if it is no older


async def search(direct: Direct, question: Question) -> PersonOut:
    """The person. Raises ``DirectError``, ``AuditUnavailable``."""
    inquiry = await direct.auditor.asked(question.caller, SEARCH, question.purpose, number=question.number)
    found = await _from_store(direct, question) or await _from_register(direct, question)
    await deliver(direct, inquiry, question.clearance, found)
    return found


async def records(direct: Direct, question: Question) -> PersonRecordsOut:
    """The person as CPR delivers it at the moment, record by record."""
    inquiry = await direct.auditor.asked(question.caller, RECORDS, question.purpose, number=question.number)
    asked = await _ask(direct, question)
    is_hidden = is_protected(asked[-1].texts, direct.today)
    found = PersonRecordsOut.of(
        asked[-1].answer, is_protected=is_hidden, may_see=question.clearance.may_see_protected
    )
    glass = question.clearance.broken(
        is_protected=is_hidden or any(map(tells_of_protected_relative, asked[-1].texts))
    )
    await direct.auditor.delivered(inquiry, contact_ids=[], fields=found.shown_fields, break_glass=glass)
    return found


async def stored(direct: Direct, contact_id: int, clearance: Clearance) -> PersonOut:
    """A contact as the store has it."""
    async with direct.pool.acquire() as connection:
        contact = await load_contact(connection, contact_id, may_see_protected=clearance.may_see_protected)
    delivered_at = await known.delivered_at(direct.pool, contact_id)
    if contact is None:
        raise NotImported
    is_withheld = contact.is_protected and not clearance.may_see_protected
    return PersonOut.of_contact(contact, delivered_at, is_withheld=is_withheld)


async def deliver(direct: Direct, inquiry: Inquiry, clearance: Clearance, found: PersonOut) -> None:
    """Records what the answer holds; only then may it leave."""
    contact_ids = [] if found.contact_id is None else [found.contact_id]
    glass = clearance.broken(is_protected=found.tells_of_protected)
    await direct.auditor.delivered(
        inquiry, contact_ids=contact_ids, fields=found.shown_fields, break_glass=glass
    )


async def _from_store(direct: Direct, question: Question) -> PersonOut | None:
    if question.max_age is None:
        return None
    found = await known.find(direct.pool, question.number)
    if found is None or not found.is_fresh(direct.now(), question.max_age):
        return None
    return await stored(direct, found.contact_id, question.clearance)


async def _from_register(direct: Direct, question: Question) -> PersonOut:
    asked = await _ask(direct, question)
    contacts = await asking.mapped(direct, asked, await direct.source())
    found = await known.find(direct.pool, *(each.answer.number for each in asked))
    contact = KnownContact(contact_id=found.contact_id, is_subscribed=found.is_subscribed) if found else None
    is_hidden = is_protected(asked[-1].texts, direct.today)
    return PersonOut.of_answer(
        contacts[-1], contact, is_protected=is_hidden, may_see=question.clearance.may_see_protected
    )


async def _ask(direct: Direct, question: Question) -> Sequence[Asked]:
    client = question.caller.client
    async with direct.budget.spending(client, direct.now()):
        return await asking.ask(direct, question.number, client=client)
