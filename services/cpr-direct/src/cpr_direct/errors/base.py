"""What every fault has in common, what to do about it, and how faults look from outside."""

import enum
from collections.abc import Mapping
from typing import Any, ClassVar

NOT_FOUND = 3


class Decision(enum.StrEnum):
    """What to do about a fault."""

    RETRY_NOW = "retry-now"
    LOGON_AGAIN = "logon-again"
    RETRY_LATER = "retry-later"
    STOP = "stop"  # it stays so until somebody changes something
    NOT_FOUND = "not-found"  # an answer, not a failure


class DirectError(Exception):
    """A fault with a name of its own; its text is one line and holds no personal data, password or token.

    ``may_have_reached``: CPR may have done what was asked, although it failed here. False where nothing was sent, and
    where CPR answered that it did nothing.
    """

    decision: ClassVar[Decision] = Decision.STOP
    is_outage: ClassVar[bool] = (
        False  # CPR or the way to it is out of order: whoever else asks will find the same
    )
    may_have_reached: bool = False

    @property
    def facts(self) -> Mapping[str, Any]:
        """What programs want to know of it, beside the text."""
        return {}
