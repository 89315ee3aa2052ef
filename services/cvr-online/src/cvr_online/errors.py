"""What the service itself says, whatever the register would; the register's own errors stand in ``registerbro.registers.errors``.

OnlineError
├── NumberRefused          neither a CVR number nor a P-number
├── CriteriaRefused        the register is searched by number or name only
├── UnitUnknown            the register knows no unit with the number
├── NoCompany              production units are asked for, and the number is no company's
├── ContactErased          erased for good, and not imported again
├── ContactTypeMissing     the contact type is not defined
├── ContactTypeUnfit       it is, and its numbers are not CVR's
├── StoreContended         others change the contact at every attempt
├── StoreGone              the store went away
└── StoreRefused           the store did not take it

Texts are one line and repeat nothing of what was asked.
"""

from collections.abc import Mapping
from typing import Any

from registerbro.presentation import BAD_USE, Presentation

NOT_FOUND = 3


class OnlineError(Exception):
    """Base of what a caller is told."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What programs want to know of it, beside the text."""
        return {}


class NumberRefused(OnlineError):
    """A text is neither a CVR number nor a P-number."""


class CriteriaRefused(OnlineError):
    """Something else than a number or a name is searched for."""


class UnitUnknown(OnlineError):
    """The register knows no such company or production unit."""

    def __init__(self) -> None:
        super().__init__("CVR knows no company or production unit with this number")


class NoCompany(OnlineError):
    """Production units belong to companies."""

    def __init__(self) -> None:
        super().__init__(
            "production units are imported with a company: give its CVR number, or leave with_units out"
        )


class ContactErased(OnlineError):
    """The contact was erased for good and is not imported again."""

    def __init__(self) -> None:
        super().__init__("this contact was erased for good: an import needs the erasure to be lifted first")


class ContactTypeMissing(OnlineError):
    """A contact type that the source CVR-J names is not there."""

    def __init__(self, name_type: str) -> None:
        super().__init__(f"the contact type {name_type} is missing: it is defined in the configuration first")
        self.name_type = name_type

    @property
    def facts(self) -> Mapping[str, Any]:
        """The type that is missing."""
        return {"name_type": self.name_type}


class ContactTypeUnfit(OnlineError):
    """A contact type that the source CVR-J names has not the validation of CVR's numbers."""

    def __init__(self, text: str, name_type: str) -> None:
        super().__init__(text)
        self.name_type = name_type

    @property
    def facts(self) -> Mapping[str, Any]:
        """The type that does not fit."""
        return {"name_type": self.name_type}


class StoreContended(OnlineError):
    """Others change the contact at every attempt."""

    def __init__(self) -> None:
        super().__init__("the contact is being changed by others: try again")


class StoreGone(OnlineError):
    """The contact store went away; nothing was stored."""

    def __init__(self) -> None:
        super().__init__("the contact store went away, and nothing was stored: try again")


class StoreRefused(OnlineError):
    """The store did not take what the register delivered."""

    def __init__(self, where: str) -> None:
        super().__init__(f"the contact store refused the unit ({where})")


PRESENTATION: Mapping[type[OnlineError], Presentation] = {
    NumberRefused: Presentation("number-refused", 422, "Neither a CVR number nor a P-number", BAD_USE),
    CriteriaRefused: Presentation(
        "criteria-refused", 422, "The register cannot be searched by this", BAD_USE
    ),
    UnitUnknown: Presentation("unit-unknown", 404, "CVR knows no such unit", NOT_FOUND),
    NoCompany: Presentation("no-company", 422, "The number is no company's", BAD_USE),
    ContactErased: Presentation("contact-erased", 410, "The contact was erased"),
    ContactTypeMissing: Presentation("contact-type-missing", 409, "The contact type is missing"),
    ContactTypeUnfit: Presentation("contact-type-unfit", 409, "The contact type has other numbers"),
    StoreContended: Presentation("store-contended", 503, "The contact is being changed by others"),
    StoreGone: Presentation("store-gone", 503, "The contact store went away"),
    StoreRefused: Presentation("store-refused", 500, "The contact store refused the unit"),
}
