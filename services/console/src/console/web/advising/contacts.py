"""What problems of the console's API of contacts mean: editing, closing, erasing, reading their past."""

from collections.abc import Mapping

from console.web.languages import N_
from console.web.sentences import Advice

CONTACTS, IMPORT, PURPOSE = "/ui/contacts", "/ui/contacts/import", "/ui/purpose"
_RELOAD = N_("Load the contact again, and look how it is now.")
_SEARCH = N_("Search for it; it may have been merged into another or erased.")

ADVICE: Mapping[str, Advice] = {
    "contact-unknown": Advice(N_("There is no such contact."), _SEARCH, CONTACTS),
    "contact-merged": Advice(
        N_("The contact was merged into another one."),
        N_("Search for the other one, and go on there."),
        CONTACTS,
    ),
    "contact-erased": Advice(
        N_("The contact was erased for good."),
        N_(
            "It does not come back by an import. Its erasure has to be lifted first, by somebody who may erase."
        ),
    ),
    "number-erased": Advice(
        N_("Whoever has this number was erased for good."),
        N_("The contact does not come back by hand either. Its erasure has to be lifted first."),
    ),
    "not-erased": Advice(
        N_("No erased person has this number."), N_("Check the number; nothing needs to be lifted.")
    ),
    "contact-closed": Advice(N_("The contact is closed already."), _RELOAD),
    "contact-contended": Advice(
        N_("Others are changing the contact at the moment."), N_("Try again in a moment.")
    ),
    "contact-placeholder": Advice(
        N_("Nothing is known of the contact but its number."),
        N_("Import it from its register; then it can be changed."),
        IMPORT,
    ),
    "contact-type-missing": Advice(
        N_("There is no such contact type."),
        N_("Choose another one, or define it under Configuration."),
        "/ui/configuration/contact-types",
    ),
    "protected-contact": Advice(
        N_("Name and address of the contact are protected."),
        N_("Only who may see protected data may change them."),
    ),
    "name-from-register": Advice(
        N_("The name comes from the register, and is how this person is known."),
        N_("It changes when the register delivers another one; it is not changed here."),
    ),
    "named-by-another": Advice(
        N_("The person is known by another person's records only, and would come back with them."),
        N_("Erase the person whose records name it."),
    ),
    "number-taken": Advice(
        N_("A contact has this number already, or had it."),
        N_("Search for the number, and use that contact."),
        CONTACTS,
    ),
    "number-refused": Advice(
        N_("This is no number of this contact type."), N_("Check its digits; the reason stands below.")
    ),
    "numbers-exhausted": Advice(
        N_("All numbers of this contact type are given out."),
        N_("An administrator makes its numbers longer under Configuration."),
        "/ui/configuration/contact-types",
    ),
    "open-cases": Advice(
        N_("The contact is party to open cases."),
        N_("End the cases in the case system first; they are named below."),
    ),
    "still-subscribed": Advice(
        N_("The person is still subscribed at the register."),
        N_("End the subscription first; as soon as CPR has been told, try again."),
    ),
    "address-exists": Advice(
        N_("The contact has an address of this type already."), N_("Change that address, or remove it first.")
    ),
    "address-unknown": Advice(N_("The contact does not have this address any more."), _RELOAD),
    "reference-unknown": Advice(
        N_("The contact does not have this reference, or it is the register's."), _RELOAD
    ),
    "reference-refused": Advice(
        N_("This reference cannot be made."),
        N_("Choose another contact or another role; the reason stands below."),
    ),
    "value-refused": Advice(
        N_("A value is not one that its place takes."), N_("Mend it; the place stands below.")
    ),
    "past-unknown": Advice(
        N_("Nothing is known of the contact at that time."), N_("Choose a later time, or another version.")
    ),
    "precondition-required": Advice(N_("It was not said to which version the change belongs."), _RELOAD),
    "version-mismatch": Advice(
        N_("Somebody else has changed it meanwhile."),
        N_("Load it again, look what is different, and make the change anew."),
    ),
    "purpose-required": Advice(
        N_("Contacts are read only by who says why."), N_("State the purpose."), PURPOSE
    ),
    "number-in-url": Advice(
        N_("A personal number must not stand in an address."),
        N_("Search with the form of the page instead."),
        CONTACTS,
    ),
}
