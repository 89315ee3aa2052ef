"""Named places in the work, where tests let a process die."""

import enum
from collections.abc import Callable
from typing import TypeAlias


class Point(enum.StrEnum):
    """Places after which something is stored, or the provider knows something."""

    CLAIMED = "claimed"  # the lease is stored, the provider was not asked
    IDENTIFIED = "identified"  # the object id is stored, nothing is subscribed
    TOLD = "told"  # the provider has subscribed or cancelled, the store does not know
    IN_TRANSACTION = "in-transaction"  # written, not committed
    DONE = "done"


Checkpoint: TypeAlias = Callable[[Point], None]


def nothing(_: Point) -> None:
    """Goes on."""
