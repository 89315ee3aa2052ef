"""Why a change by hand is not made.

    EditRefused
    ├── ContactUnknown             no such contact, or one that was merged into another
    ├── VersionOutdated(version)   somebody was faster; carries the version there is
    ├── ContactIsPlaceholder       known by number only: it is created or imported first
    ├── ContactProtected           name and address are hidden from who would change them
    ├── NameFromRegister           of a person known by name only
    ├── ContactClosed              it has an end date already
    ├── NumberTaken(contact_id)    another contact has or had the number
    ├── ValueRefused(place)        not a value for that place
    ├── NumberErased               the person who has the number was erased for good
    ├── NumberFixed                a number that may not be given, or that is missing
    ├── AddressUnknown             the contact has no such address
    ├── AddressExists              there can be one of that type
    ├── ReferenceRefused           a role that does not fit, or nobody to refer to
    └── ReferenceUnknown           none such, or the register's own

Texts are one line and repeat nothing of what was given.
"""

from collections.abc import Mapping
from typing import Any


class EditRefused(Exception):
    """An edit that cannot be made."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What programs want to know of it, beside the text."""
        return {}


class ContactUnknown(EditRefused):
    """There is no such contact to edit."""

    def __init__(self) -> None:
        super().__init__("there is no such contact, or it was merged into another")


class VersionOutdated(EditRefused):
    """The contact has another version than the one the edit was made to."""

    def __init__(self, version: int) -> None:
        super().__init__(f"the contact has version {version} now: read it again")
        self.version = version

    @property
    def facts(self) -> Mapping[str, Any]:
        """The version there is."""
        return {"version": self.version}


class ContactIsPlaceholder(EditRefused):
    """Nothing is known of the contact but its number."""

    def __init__(self) -> None:
        super().__init__("only the contact's number is known: create it by that number, or import it")


class ContactProtected(EditRefused):
    """Name and address of the contact are protected, and hidden from who would overwrite them."""

    def __init__(self) -> None:
        super().__init__("the contact's name and address are protected: to change them you have to see them")


class NameFromRegister(EditRefused):
    """A person without a number is known by its name, as somebody's parent or guardian."""

    def __init__(self) -> None:
        super().__init__("the contact is known by the name that the register delivers with another: it stays")


class ContactClosed(EditRefused):
    """The contact is closed already."""

    def __init__(self) -> None:
        super().__init__("the contact has an end date already")


class NumberTaken(EditRefused):
    """A contact has the number already, or had it."""

    def __init__(self, contact_id: int) -> None:
        super().__init__(f"contact {contact_id} has the number, or had it")
        self.contact_id = contact_id

    @property
    def facts(self) -> Mapping[str, Any]:
        """Whose it is."""
        return {"contact_id": self.contact_id}


class NumberErased(EditRefused):
    """Whoever has the number was erased for good, and does not come back by hand either."""

    def __init__(self) -> None:
        super().__init__("the contact with the number was erased for good")


class NumberFixed(EditRefused):
    """The contact type says whether a number is given: this one is missing, or given too much."""


class ValueRefused(EditRefused):
    """A value that its place does not take; ``place`` is a column, ``info:<label>``, ``date:<label>`` or ``address:<field>``."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place = place

    @property
    def facts(self) -> Mapping[str, Any]:
        """Where it was to stand."""
        return {"place": self.place}


class AddressUnknown(EditRefused):
    """The contact has no such address."""

    def __init__(self) -> None:
        super().__init__("the contact has no such address")


class AddressExists(EditRefused):
    """The contact has an address of a type that there can be one of."""

    def __init__(self, address_type: str) -> None:
        super().__init__(f"the contact has an address of type {address_type}: change it, or remove it")


class ReferenceRefused(EditRefused):
    """A reference that cannot be made."""


class ReferenceUnknown(EditRefused):
    """The contact has no such reference that was made by hand."""

    def __init__(self) -> None:
        super().__init__("the contact has no such reference that was made by hand")
