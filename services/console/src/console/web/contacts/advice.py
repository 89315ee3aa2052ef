"""What problems about contacts mean to the person at the page."""

from collections.abc import Mapping

from console.web.languages import N_
from console.web.sentences import Advice

ADVICE: Mapping[str, Advice] = {
    "entity-unknown": Advice(
        N_("There is no such contact."),
        N_("It may have been erased. Search for it by name or number."),
        "/ui/contacts",
    ),
    "past-unknown": Advice(
        N_("Nothing was known of the contact then."),
        N_("Choose a later day, or look at the changes in its history."),
    ),
    "still-subscribed": Advice(
        N_("The register would deliver the person again."),
        N_("End the subscription first, and wait until the register agrees."),
    ),
    "open-cases": Advice(
        N_("The contact is party to open cases."),
        N_("Close the cases, or tick that it is to be erased all the same."),
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
}
