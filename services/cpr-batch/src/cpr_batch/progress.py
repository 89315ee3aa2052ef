"""How far a run has come, told while it runs."""

import dataclasses
from collections.abc import Callable
from typing import TypeAlias


@dataclasses.dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` units of one file: bytes of a transfer, persons of an import; total 0 where it is not known."""

    file: str
    unit: str
    done: int
    total: int


Listener: TypeAlias = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """For callers who do not watch."""
