"""How it looks from outside when a contact is not changed.

    ContactsError
    ├── PreconditionRequired   a change without the version that it is made to
    ├── NoSuchPast             the contact was not there then
    ├── ExportNotServed        the export has another form than the client accepts
    └── ContactContended       others were in the way at every attempt

The errors of the change itself stand in ``registerbro.contacts.refusals`` and ``registerbro.contact_types``.
"""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from registerbro import contact_types
from registerbro.contacts import refusals
from registerbro.presentation import Presentation, ProblemTable


class ContactsError(Exception):
    """Base of what this API says itself; its text is one line without personal data."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What programs want to know of it, beside the text."""
        return {}


class PreconditionRequired(ContactsError):
    """A change has to say which version it is made to."""

    def __init__(self) -> None:
        super().__init__("the header If-Match says which version is changed: the ETag with which it was read")


class NoSuchPast(ContactsError):
    """The contact was not in the store then, or never had that version."""

    def __init__(self) -> None:
        super().__init__("there is no such contact, or nothing was known of it then")


class ExportNotServed(ContactsError):
    """The client accepts neither form of the export."""

    def __init__(self) -> None:
        super().__init__("the export is application/json or application/pdf")


class ContactContended(ContactsError):
    """Others were in the way of the change at every attempt."""

    def __init__(self) -> None:
        super().__init__("the contact is being changed by others; try again")


PROBLEMS = ProblemTable(
    {
        PreconditionRequired: Presentation("precondition-required", 428, "State the version"),
        NoSuchPast: Presentation("past-unknown", 404, "Nothing was known then"),
        ExportNotServed: Presentation("format-not-served", 406, "The format is not served"),
        ContactContended: Presentation("contact-contended", 503, "The contact is being changed by others"),
        refusals.ContactUnknown: Presentation("contact-unknown", 404, "There is no such contact"),
        refusals.VersionOutdated: Presentation("version-mismatch", 412, "Changed in the meantime"),
        refusals.ContactIsPlaceholder: Presentation(
            "contact-placeholder", 409, "Only the contact's number is known"
        ),
        refusals.ContactProtected: Presentation("protected-contact", 403, "The contact is protected"),
        refusals.NameFromRegister: Presentation("name-from-register", 409, "The name is the register's"),
        refusals.ContactClosed: Presentation("contact-closed", 409, "The contact is closed already"),
        refusals.NumberTaken: Presentation("number-taken", 409, "A contact has the number already"),
        refusals.NumberErased: Presentation("number-erased", 410, "The contact with the number was erased"),
        refusals.NumberFixed: Presentation("number-refused", 422, "The number is refused"),
        refusals.ValueRefused: Presentation("value-refused", 422, "A value is refused"),
        refusals.AddressUnknown: Presentation("address-unknown", 404, "There is no such address"),
        refusals.AddressExists: Presentation("address-exists", 409, "There is such an address already"),
        refusals.ReferenceRefused: Presentation("reference-refused", 422, "The reference is refused"),
        refusals.ReferenceUnknown: Presentation("reference-unknown", 404, "There is no such reference"),
        contact_types.ContactTypeMissing: Presentation(
            "contact-type-missing", 409, "The contact type is missing"
        ),
        contact_types.NumberRefused: Presentation("number-refused", 422, "The number is refused"),
        contact_types.NumbersExhausted: Presentation("numbers-exhausted", 409, "All numbers are given out"),
    }
)


def install(app: FastAPI) -> None:
    """Lets the application answer them as problems."""
    for base in (ContactsError, refusals.EditRefused, contact_types.ContactTypeError):
        PROBLEMS.install(app, base)
