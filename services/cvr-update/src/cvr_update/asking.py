"""Asks the provider for the units of a set, and tells what came of each."""

import dataclasses
from collections.abc import Mapping

from registerbro.cvr.numbers import UnitNumber
from registerbro.cvr.units import Unit
from registerbro.registers.errors import RegisterError
from registerbro.registers.port import Found, Lookup
from registerbro.service_queue import Task

from cvr_update import failing
from cvr_update.failing import NO_ANSWER, UNKNOWN, Failure


@dataclasses.dataclass(frozen=True, slots=True)
class Answers:
    """What the provider said of a set. ``outage``: it could not be asked for any of them, and is left alone for a while."""

    units: list[tuple[Task, Unit]]
    failures: list[tuple[Task, Failure]]
    outage: Failure | None


async def ask(lookup: Lookup, numbers: Mapping[UnitNumber, Task]) -> Answers:
    """Asks for all of them, in bulk where the provider can."""
    try:
        found = await lookup.find_many(list(numbers))
    except RegisterError as error:
        failure = failing.of_register(error)
        return Answers([], [(task, failure) for task in numbers.values()], failure)
    answers = Answers([], [], None)
    for number, task in numbers.items():
        told = _told(found, number)
        if isinstance(told, Failure):
            answers.failures.append((task, told))
        else:
            answers.units.append((task, told))
    return dataclasses.replace(answers, outage=_outage(answers))


def _told(found: Mapping[UnitNumber, Found], number: UnitNumber) -> Unit | Failure:
    if number not in found:
        return NO_ANSWER
    told = found[number]
    if told is None:
        return UNKNOWN
    return failing.of_register(told) if isinstance(told, RegisterError) else told


def _outage(answers: Answers) -> Failure | None:
    """The last of nothing but failures that say nothing of the units themselves."""
    failures = [failure for _, failure in answers.failures]
    if failures and not answers.units and all(failure.is_access or failure.is_page for failure in failures):
        return failures[-1]
    return None
