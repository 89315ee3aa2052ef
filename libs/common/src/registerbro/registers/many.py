"""Bulk for providers that have none: one question after the other, some at once."""

import asyncio
import collections
from collections.abc import Awaitable, Callable, Mapping, Sequence

from registerbro.cvr.numbers import UnitNumber
from registerbro.cvr.units import Unit
from registerbro.registers.errors import AccessRefused, RegisterError, Throttled, Unreachable
from registerbro.registers.port import Found


async def one_by_one(
    find: Callable[[UnitNumber], Awaitable[Unit | None]], numbers: Sequence[UnitNumber], *, at_once: int
) -> Mapping[UnitNumber, Found]:
    """Each number with what became of it, ``at_once`` questions at a time.

    Where access is refused nothing more is asked and the error raised. Where the register cannot be reached or wants a pause,
    nothing more is asked, and what was not asked has the same error.
    """
    waiting = collections.deque(dict.fromkeys(numbers))
    found: dict[UnitNumber, Found] = {}
    stopped: list[RegisterError] = []

    async def work() -> None:
        while waiting:
            number = waiting.popleft()
            if stopped:
                found[number] = stopped[0]
                continue
            try:
                found[number] = await find(number)
            except RegisterError as error:
                found[number] = error
                if isinstance(error, AccessRefused | Throttled | Unreachable):
                    stopped.append(error)

    await asyncio.gather(*(work() for _ in range(min(at_once, len(waiting)))))
    for error in stopped:
        if isinstance(error, AccessRefused):
            raise error
    return found
