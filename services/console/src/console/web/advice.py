"""What a problem of a service means to the person at the page: a sentence, and the next step with the way to it."""

import dataclasses
from collections.abc import Mapping

from console.web.gateway import CallFailed
from console.web.languages import N_


@dataclasses.dataclass(frozen=True, slots=True)
class Advice:
    """Texts are translated when they are shown; ``path`` is the page of the next step, if there is one."""

    text: str
    next_step: str
    path: str | None = None


ADVICE: Mapping[str, Advice] = {
    "service-away": Advice(
        N_("The service does not answer."),
        N_("Look at its state in the overview, and try again in a moment."),
        "/ui/",
    ),
    "not-found": Advice(
        N_("There is no such thing any more."),
        N_("Somebody may have removed it. Go back and look at the list again."),
    ),
    "invalid-request": Advice(
        N_("Something in the form is not as it should be."),
        N_("Mend the fields that are marked, and send it again."),
    ),
    "feature-disabled": Advice(
        N_("The module is switched off."),
        N_("An administrator switches it on under Configuration."),
        "/ui/configuration",
    ),
    "scope-missing": Advice(
        N_("Your roles do not permit this."),
        N_("Ask an administrator for a role that does."),
    ),
    "not-ready": Advice(
        N_("The service is starting or stopping."),
        N_("Try again in a moment."),
    ),
    "entity-unknown": Advice(
        N_("There is no such contact."),
        N_("It may have been erased. Search for it by name or number."),
        "/ui/contacts",
    ),
    "past-unknown": Advice(
        N_("Nothing was known of the contact then."),
        N_("Choose a later day, or look at the changes in its history."),
    ),
    "person-unknown": Advice(
        N_("CPR knows no such number."),
        N_("Look whether each digit is right."),
    ),
    "unit-unknown": Advice(
        N_("CVR knows no such number."),
        N_("Look whether each digit is right."),
    ),
    "contact-erased": Advice(
        N_("This contact was erased for good."),
        N_("It can be imported again only after the erasure has been lifted; see the erasures in the audit."),
        "/ui/audit",
    ),
    "still-subscribed": Advice(
        N_("The register would deliver the person again."),
        N_("End the subscription first, and wait until the register agrees."),
    ),
    "open-cases": Advice(
        N_("The contact is party to open cases."),
        N_("Close the cases, or tick that it is to be erased all the same."),
    ),
    "version-mismatch": Advice(
        N_("Somebody else changed the contact in the meantime."),
        N_("Look at what they changed, and send it again."),
    ),
    "number-taken": Advice(
        N_("Another contact has or had this number."),
        N_("Open that contact, or type another number."),
    ),
    "protected-contact": Advice(
        N_("Name and address of this person are protected."),
        N_("What you cannot see you cannot change. Ask the data-protection officer."),
    ),
    "name-from-register": Advice(
        N_("The name is the register's, not ours to change."),
        N_("Change the other fields only."),
    ),
    "reference-refused": Advice(
        N_("This relation cannot be made or removed by hand."),
        N_("A register's relations are its own; others need the right types of contacts."),
    ),
    "search-not-supported": Advice(
        N_("This provider cannot search by name."),
        N_("Type the CVR number or the P-number."),
    ),
}
UNKNOWN = Advice(N_("It could not be done."), N_("The service says why, below."))


def advice_on(failure: CallFailed) -> Advice:
    """What is said of a failure."""
    return ADVICE.get(failure.slug, UNKNOWN)
