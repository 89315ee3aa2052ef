"""What can go wrong in CVR Update. Texts are one line without personal data.

UpdateError
├── BrakeHolds(endings, updates, most)   updates stop until somebody lets them pass
└── BrakeFree                            there is nothing to let pass

What providers raise is ``registerbro.registers.errors``.
"""

from collections.abc import Mapping
from typing import Any

from registerbro.presentation import Presentation, ProblemTable


class UpdateError(Exception):
    """Updates could not be done."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What programs want to know of it, beside the text."""
        return {}


class BrakeHolds(UpdateError):
    """Too many of the contacts updated lately would get an end date, or lose their name or main address."""

    def __init__(self, endings: int, updates: int, most: int) -> None:
        super().__init__(
            f"{endings} of the {updates} contacts updated lately would be ended or blanked, and {most} may be"
        )
        self.endings = endings
        self.updates = updates
        self.most = most

    @property
    def facts(self) -> Mapping[str, Any]:
        """The counts."""
        return {"endings": self.endings, "updates": self.updates, "most": self.most}


class BrakeFree(UpdateError):
    """The brake does not hold anything."""

    def __init__(self) -> None:
        super().__init__("the brake does not hold: there is nothing to let pass")


PRESENTATION: Mapping[type[UpdateError], Presentation] = {
    UpdateError: Presentation("update-error", 500, "Updates could not be done"),
    BrakeHolds: Presentation("brake-holds", 409, "The brake holds updates"),
    BrakeFree: Presentation("brake-free", 409, "The brake does not hold"),
}
PROBLEMS = ProblemTable(PRESENTATION)
