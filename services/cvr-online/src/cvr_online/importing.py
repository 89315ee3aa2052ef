"""Imports units: the register is asked, and a contact made of each, or brought up to date. Only an import makes a contact.

*Asked* is committed before the register is asked; what it answered, its events and the row *imported* are one transaction.
A unit that fails leaves nothing behind, and does not keep the others from being imported.
"""

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeAlias

from registerbro.cvr.numbers import CvrNumber, PNumber, UnitNumber
from registerbro.cvr.units import Unit
from registerbro.registers.errors import AccessRefused, RegisterError, RegisterUnavailable
from registerbro.registers.port import Found
from registerbro.sources import CvrSource

from cvr_online import known, looking, storing
from cvr_online.errors import ContactErased, NoCompany, OnlineError, UnitUnknown
from cvr_online.metrics import IMPORTS
from cvr_online.online import Online, Reason
from cvr_online.register import broke_off
from cvr_online.storing import IMPORT, Imported
from cvr_online.views.unit import UnitOut

CHUNK = 20  # units that are asked for and stored together, where the provider has no bulk
FAILED = "failed"
Became: TypeAlias = Imported | OnlineError | RegisterError
Told: TypeAlias = Callable[[int, int], None]  # how many are done, and of how many


def nobody(_: int, __: int) -> None:
    """Nobody is told how far it is."""


@dataclasses.dataclass(frozen=True, slots=True)
class ImportedUnit:
    """A unit that is imported now; of a company also what became of its production units, where they were asked for."""

    imported: Imported
    unit: UnitOut
    production_units: Mapping[UnitNumber, Became] | None = None


async def import_one(
    online: Online,
    number: UnitNumber,
    reason: Reason,
    *,
    with_units: bool = False,
    is_fresh: bool = False,
    told: Told = nobody,
) -> ImportedUnit:
    """Imports a unit, ``with_units`` a company and all its production units.

    Raises ``OnlineError`` or ``RegisterError``, and nothing was imported; or ``AuditUnavailable``, and nothing beyond what is recorded.
    """
    if with_units and not isinstance(number, CvrNumber):
        raise NoCompany
    source = await online.source()
    inquiry = await looking.asked(online, IMPORT, number, source, reason)
    await storing.refuse_unusable_types(online, source)
    if await storing.erased(online, [number], source):
        raise ContactErased
    is_fresh = is_fresh or source.force_update
    unit = await online.register.find(number, is_fresh=is_fresh)
    if unit is None:
        raise UnitUnknown
    belonging = await _production_units(online, number, with_units=with_units, is_fresh=is_fresh)
    [became] = await storing.store(online, [unit], source, reason)
    _count([became])
    if isinstance(became, OnlineError):
        raise became
    units = await _import_asked(online, belonging, source, reason, is_fresh, told) if with_units else None
    return ImportedUnit(became, await looking.delivered(online, inquiry, unit, source), units)


async def import_many(
    online: Online,
    numbers: Sequence[UnitNumber],
    reason: Reason,
    *,
    is_fresh: bool = False,
    told: Told = nobody,
) -> Mapping[UnitNumber, Became]:
    """Imports units, each with an outcome of its own. Raises what concerns all of them: ``ContactTypeMissing``, ``AuditUnavailable``."""
    source = await online.source()
    return await _import_asked(online, numbers, source, reason, is_fresh or source.force_update, told)


async def _production_units(
    online: Online, number: UnitNumber, *, with_units: bool, is_fresh: bool
) -> tuple[PNumber, ...]:
    if not with_units or not isinstance(number, CvrNumber):
        return ()
    return await online.register.production_units(number, is_fresh=is_fresh)


async def _import_asked(
    online: Online,
    numbers: Sequence[UnitNumber],
    source: CvrSource,
    reason: Reason,
    is_fresh: bool,
    told: Told,
) -> Mapping[UnitNumber, Became]:
    wanted = list(dict.fromkeys(numbers))
    await _ask_many(online, wanted, source, reason)
    await storing.refuse_unusable_types(online, source)
    became: dict[UnitNumber, Became] = {
        each: ContactErased() for each in await storing.erased(online, wanted, source)
    }
    left = [each for each in wanted if each not in became]
    size = max(CHUNK, online.register.most_at_once)
    for start in range(0, len(left), size):
        chunk = left[start : start + size]
        try:
            found = await online.register.find_many(chunk, is_fresh=is_fresh)
        except (AccessRefused, RegisterUnavailable) as error:
            became |= dict.fromkeys(left[start:], error)  # the next ones would hear the same
            break
        except RegisterError as error:
            became |= dict.fromkeys(chunk, error)
        else:
            became |= await _store_chunk(online, found, source, reason)
            if (broken_off := broke_off(found.values())) is not None:
                became |= dict.fromkeys(left[start + size :], broken_off)
                break
        told(len(became), len(wanted))
    _count(became.values())
    return {each: became[each] for each in wanted}


async def _ask_many(online: Online, numbers: Sequence[UnitNumber], source: CvrSource, reason: Reason) -> None:
    by_type: dict[str, list[UnitNumber]] = {}
    for number in numbers:
        by_type.setdefault(known.name_type_of(number, source), []).append(number)
    for name_type, some in by_type.items():
        await online.auditor.asked_many(reason.caller, IMPORT, reason.purpose, some, name_type=name_type)


async def _store_chunk(
    online: Online, found: Mapping[UnitNumber, Found], source: CvrSource, reason: Reason
) -> dict[UnitNumber, Became]:
    units = {number: unit for number, unit in found.items() if isinstance(unit, Unit)}
    stored = await storing.store(online, list(units.values()), source, reason) if units else []
    failed = {
        number: UnitUnknown() if each is None else each
        for number, each in found.items()
        if not isinstance(each, Unit)
    }
    return {**failed, **dict(zip(units, stored, strict=True))}


def _count(became: Collection[Became]) -> None:
    for each in became:
        IMPORTS.labels(each.outcome if isinstance(each, Imported) else FAILED).inc()
