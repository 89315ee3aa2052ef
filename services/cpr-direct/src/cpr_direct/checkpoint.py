"""Named places in the work, where tests let a process die."""

import enum
from collections.abc import Callable
from typing import TypeAlias


class Point(enum.Enum):
    """Places after which something is stored, or CPR knows something."""

    KEPT = enum.auto()  # the call is kept, nothing was asked
    ASKED = enum.auto()  # CPR has answered, nothing is merged
    IN_MERGE = enum.auto()  # written, not committed
    MERGED = enum.auto()
    TOLD = enum.auto()  # CPR has taken the end of a subscription, the store does not know


Checkpoint: TypeAlias = Callable[[Point], None]


def nothing(_: Point) -> None:
    """Goes on."""
