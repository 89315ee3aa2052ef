"""Imports many persons at once, each with an outcome of its own."""

import asyncio
import dataclasses
from collections.abc import Sequence

from registerbro.audit import Purpose
from registerbro.auth import Caller
from registerbro.cpr.numbers import CprNumber, InvalidCprNumber

from cpr_direct import importing
from cpr_direct.direct import Direct
from cpr_direct.errors import DirectError
from cpr_direct.importing import IMPORT, Imported

MOST = 1000


@dataclasses.dataclass(frozen=True, slots=True)
class Done:
    """What became of the number at a place (from 0) of the request; either ``imported``, or why not."""

    place: int
    imported: Imported | None = None
    error: DirectError | InvalidCprNumber | None = None


async def import_many(direct: Direct, texts: Sequence[str], caller: Caller, purpose: Purpose) -> list[Done]:
    """Imports up to 1,000 persons side by side; a number that stands twice is asked for once."""
    parsed = [_parsed(text) for text in texts]
    numbers = list(dict.fromkeys(each for each in parsed if isinstance(each, CprNumber)))
    await direct.auditor.asked_many(caller, IMPORT, purpose, numbers)
    slots = asyncio.Semaphore(direct.settings.limits.connections)

    async def one(number: CprNumber) -> Imported | DirectError:
        async with slots:
            return await _imported(direct, number, caller, purpose)

    results = dict(zip(numbers, await asyncio.gather(*map(one, numbers)), strict=True))
    return [
        _done(place, results[each] if isinstance(each, CprNumber) else each)
        for place, each in enumerate(parsed)
    ]


async def import_one(direct: Direct, place: int, number: CprNumber, caller: Caller, purpose: Purpose) -> Done:
    """Imports the person at a place of a list that is worked off one by one."""
    await direct.auditor.asked(caller, IMPORT, purpose, number=number)
    return _done(place, await _imported(direct, number, caller, purpose))


async def _imported(
    direct: Direct, number: CprNumber, caller: Caller, purpose: Purpose
) -> Imported | DirectError:
    try:
        async with direct.budget.spending(caller.client, direct.now()):
            return await importing.perform(direct, number, caller, purpose)
    except DirectError as error:
        return error


def _done(place: int, result: Imported | DirectError | InvalidCprNumber) -> Done:
    return Done(place, imported=result) if isinstance(result, Imported) else Done(place, error=result)


def _parsed(text: str) -> CprNumber | InvalidCprNumber:
    try:
        return CprNumber.parse(text)
    except InvalidCprNumber as error:
        return error
