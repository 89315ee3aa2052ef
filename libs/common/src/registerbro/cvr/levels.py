"""Access levels of an agreement with CVR, setting ``Level`` of the source CVR-J: which parts of an answer are kept.

What a level adds is documented nowhere; Datafordeleren has no such parameter any more, and grants rights by service. So it
does what its name says in our store alone: 1 keeps master data, 2 contact data and credit information, too, 3 everything.
"""

import dataclasses
from collections.abc import Mapping

from registerbro.cvr.units import Part, Unit

ALL = 3
_FROM_LEVEL: Mapping[Part, int] = {Part.PHONE: 2, Part.FAX: 2, Part.EMAIL: 2, Part.CREDIT: 2}  # others: 1


def kept(unit: Unit, level: int) -> Unit:
    """The answer without the parts that are above the level: it says nothing of them, and the store keeps what it has."""
    parts = frozenset(part for part in unit.delivers if _FROM_LEVEL.get(part, 1) <= level)
    return dataclasses.replace(unit, delivers=parts)
