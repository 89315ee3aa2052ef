"""What can go wrong when somebody looks into the audit log, and how it looks from outside.

AuditError
├── SpotCheckEmpty                   there is no access to draw from
├── SpotCheckTooLarge(most)          so many of each user are more than a check may have
├── SpotCheckUnknown                 there is no such check
├── SpotCheckClosed                  its verdicts stand
├── NotDrawn                         the check does not have that access
└── SpotCheckUnfinished(remaining)   accesses without a verdict
"""

from collections.abc import Mapping
from typing import Any

from registerbro.presentation import Presentation, ProblemTable


class AuditError(Exception):
    """An error with a name of its own; its text is one line without personal data."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What programs want to know of it, beside the text."""
        return {}


class SpotCheckEmpty(AuditError):
    """No access matches, so that there is nothing to draw."""

    def __init__(self) -> None:
        super().__init__("there is no access to draw from")


class SpotCheckTooLarge(AuditError):
    """The sample would be larger than a check may be."""

    def __init__(self, most: int) -> None:
        super().__init__(f"a spot check has {most} accesses at most: draw fewer of each user, or fewer days")
        self.most = most

    @property
    def facts(self) -> Mapping[str, Any]:
        """The limit."""
        return {"most": self.most}


class SpotCheckUnknown(AuditError):
    """There is no such spot check."""

    def __init__(self) -> None:
        super().__init__("there is no such spot check, or its accesses are older than the log keeps them")


class SpotCheckClosed(AuditError):
    """The spot check is closed."""

    def __init__(self) -> None:
        super().__init__("the spot check is closed, and its verdicts stand")


class NotDrawn(AuditError):
    """The access is none of the spot check's."""

    def __init__(self) -> None:
        super().__init__("the access is none of those that were drawn")


class SpotCheckUnfinished(AuditError):
    """Some accesses have no verdict."""

    def __init__(self, remaining: int) -> None:
        super().__init__(f"{remaining} of the accesses have no verdict")
        self.remaining = remaining

    @property
    def facts(self) -> Mapping[str, Any]:
        """How many."""
        return {"remaining": self.remaining}


PRESENTATION: dict[type[AuditError], Presentation] = {
    SpotCheckEmpty: Presentation("spot-check-empty", 409, "There is nothing to draw from"),
    SpotCheckTooLarge: Presentation("spot-check-too-large", 409, "The spot check would be too large"),
    SpotCheckUnknown: Presentation("spot-check-unknown", 404, "There is no such spot check"),
    SpotCheckClosed: Presentation("spot-check-closed", 409, "The spot check is closed"),
    NotDrawn: Presentation("not-drawn", 404, "The access was not drawn"),
    SpotCheckUnfinished: Presentation("spot-check-unfinished", 409, "Verdicts are missing"),
}
PROBLEMS = ProblemTable(PRESENTATION)
