"""Looks units up and searches for them. Nothing is stored but who asked: only an import makes a contact.

*Asked* is committed before the register is asked, *delivered* before the answer leaves.
"""

import dataclasses

from registerbro.audit import Inquiry
from registerbro.cvr import levels
from registerbro.cvr.numbers import UnitNumber
from registerbro.cvr.reading import danish_day
from registerbro.cvr.units import Hit, Part, Unit
from registerbro.privacy import is_suspect
from registerbro.registers.port import Hits, NameSearch
from registerbro.sources import CvrSource

from cvr_online import known
from cvr_online.errors import CriteriaRefused, UnitUnknown
from cvr_online.online import Online, Reason
from cvr_online.views.hits import HitOut, HitsOut, Matching
from cvr_online.views.unit import UnitOut

LOOKUP, SEARCH = "lookup-unit", "search-unit"
ONLY_NUMBER_OR_NAME = (
    "companies and production units are found by number or by name: "
    "the register has allowed nothing else, as an address or a post code, since 2019"
)
ONE_OF_THEM = "a search needs either a number or a name"
LIKE_A_PERSON = "the name holds what may be a person's number, and is not sent to the register"


@dataclasses.dataclass(frozen=True, slots=True)
class PageWanted:
    """Which hits are asked for; ``page`` counts from 1."""

    page: int = 1
    size: int = 20


async def lookup(online: Online, number: UnitNumber, reason: Reason, *, is_fresh: bool = False) -> UnitOut:
    """The unit with a number. Raises ``UnitUnknown``, ``RegisterError``, ``AuditUnavailable``."""
    source = await online.source()
    inquiry = await asked(online, LOOKUP, number, source, reason)
    unit = await online.register.find(number, is_fresh=is_fresh)
    if unit is None:
        raise UnitUnknown
    return await delivered(online, inquiry, unit, source)


async def search_number(online: Online, number: UnitNumber, reason: Reason) -> HitsOut:
    """The unit with a number as a list of one hit, or none."""
    source = await online.source()
    inquiry = await asked(online, SEARCH, number, source, reason)
    unit = await online.register.find(number)
    hits = Hits(() if unit is None else (_as_hit(unit),), has_more=False)
    return await _hits_delivered(online, inquiry, hits, source, Matching.NUMBER, 1)


async def search_name(online: Online, name: str, wanted: PageWanted, reason: Reason) -> HitsOut:
    """Units by name, as far as the provider can. Raises ``CriteriaRefused``, ``RegisterError``, ``AuditUnavailable``."""
    if is_suspect(name):
        raise CriteriaRefused(LIKE_A_PERSON)
    source = await online.source()
    inquiry = await online.auditor.asked(reason.caller, SEARCH, reason.purpose)
    hits = await online.register.search(name, page=wanted.page, size=wanted.size)
    matching = Matching.PREFIX if online.register.name_search is NameSearch.PREFIX else Matching.EXACT
    return await _hits_delivered(online, inquiry, hits, source, matching, wanted.page)


async def asked(
    online: Online, action: str, number: UnitNumber, source: CvrSource, reason: Reason
) -> Inquiry:
    """Records who asks for a unit and why; only then may the register be asked."""
    return await online.auditor.asked(
        reason.caller, action, reason.purpose, number=number, name_type=known.name_type_of(number, source)
    )


async def delivered(online: Online, inquiry: Inquiry, unit: Unit, source: CvrSource) -> UnitOut:
    """The unit as callers see it, once it is recorded what the answer holds."""
    contacts = await known.find(online.pool, [unit.number], source)
    shown = UnitOut.of(levels.kept(unit, source.level), online.register.provider, contacts.get(unit.number))
    contact_ids = [] if shown.contact_id is None else [shown.contact_id]
    await online.auditor.delivered(inquiry, contact_ids=contact_ids, fields=shown.shown_fields)
    return shown


async def _hits_delivered(
    online: Online, inquiry: Inquiry, hits: Hits, source: CvrSource, matching: Matching, page: int
) -> HitsOut:
    contacts = await known.find(online.pool, [hit.number for hit in hits.hits], source)
    shown = HitsOut(
        items=[HitOut.of(hit, contacts.get(hit.number)) for hit in hits.hits],
        matching=matching,
        page=page,
        has_more=hits.has_more,
        provider=online.register.provider,
    )
    contact_ids = sorted({each.contact_id for each in contacts.values()})
    await online.auditor.delivered(inquiry, contact_ids=contact_ids, fields=shown.shown_fields)
    return shown


def _has_ceased(unit: Unit) -> bool:
    """An end that is still to come is told before its day."""
    return unit.end_date is not None and unit.end_date <= danish_day(unit.asked_at)


def _as_hit(unit: Unit) -> Hit:
    has_ceased = _has_ceased(unit) if Part.END_DATE in unit.delivers else None
    return Hit(unit.number, unit.name, unit.address, unit.company, has_ceased)
