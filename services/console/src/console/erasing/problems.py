"""How the refusals in ``registerbro.contacts.erasure_errors`` look from outside: a contact is not erased, or was."""

from fastapi import FastAPI
from registerbro.contacts import erasure_errors as refusals
from registerbro.presentation import Presentation, ProblemTable

PROBLEMS = ProblemTable(
    {
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
    PROBLEMS.install(app, refusals.ErasureRefused)
