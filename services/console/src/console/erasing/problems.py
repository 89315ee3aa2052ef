"""How it looks from outside when a contact is not erased, or when it was.

    ErasureApiError
    └── PreconditionRequired   an erasure without the version that was looked at

The refusals themselves stand in ``registerbro.contacts.erasure_errors``.
"""

from fastapi import FastAPI
from registerbro.contacts import erasure_errors as refusals
from registerbro.presentation import Presentation, ProblemTable


class ErasureApiError(Exception):
    """Base of what this API says itself; its text is one line without personal data."""


class PreconditionRequired(ErasureApiError):
    """An erasure has to say which version was looked at."""

    def __init__(self) -> None:
        super().__init__("the header If-Match says which version is erased: the ETag with which it was read")


PROBLEMS = ProblemTable(
    {
        PreconditionRequired: Presentation("precondition-required", 428, "State the version"),
        refusals.ContactUnknown: Presentation("contact-unknown", 404, "There is no such contact"),
        refusals.ContactErased: Presentation("contact-erased", 410, "The contact was erased"),
        refusals.ContactMerged: Presentation("contact-merged", 409, "The contact is another one by now"),
        refusals.NamedByAnother: Presentation(
            "named-by-another", 409, "The person is known by another contact's records"
        ),
        refusals.VersionOutdated: Presentation("version-mismatch", 412, "Changed in the meantime"),
        refusals.StillSubscribed: Presentation("still-subscribed", 409, "The person is still subscribed"),
        refusals.OpenCases: Presentation("open-cases", 409, "The contact is party to open cases"),
        refusals.NotErased: Presentation("not-erased", 404, "No erased person has the number"),
        refusals.ErasureContended: Presentation(
            "contact-contended", 503, "The contact is being changed by others"
        ),
    }
)


def install(app: FastAPI) -> None:
    """Lets the application answer them as problems."""
    for base in (ErasureApiError, refusals.ErasureRefused):
        PROBLEMS.install(app, base)
