"""What a problem of CVR Subscription or CVR Update means, also as the reason why a contact is not updated, and what to do."""

from collections.abc import Mapping

from console.web.languages import N_
from console.web.sentences import Advice

STATE, SYNCHRONISATION, DRIFT = "/ui/cvr-update", "/ui/cvr-update/synchronisation", "/ui/cvr-update/drift"
_CHECK_NUMBER = N_("Check the contact's number; correct it, or close the contact if the unit is gone.")

ADVICE: Mapping[str, Advice] = {
    # subscriptions, synchronisation, comparison
    "not-following": Advice(
        N_("Changes are not followed while CVR or CVR Update is off."), N_("Switch both modules on."), STATE
    ),
    "other-provider": Advice(
        N_("Another provider or configuration was taken into use since the service started."),
        N_("Restart CVR Subscription with its settings."),
    ),
    "synchronisation-under-way": Advice(
        N_("A synchronisation is under way."),
        N_("Wait until it is done; its progress is shown."),
        SYNCHRONISATION,
    ),
    "drift-under-way": Advice(
        N_("A comparison is under way."), N_("Wait until it is done; its progress is shown."), DRIFT
    ),
    "subscription-error": Advice(
        N_("The subscriptions cannot be worked on."), N_("Look at the state of the service."), "/ui/"
    ),
    "unknown-to-the-register": Advice(
        N_("The register knows no unit with the contact's number."), _CHECK_NUMBER
    ),
    "unit-subscribed-otherwise": Advice(
        N_("Another contact's subscription of the same unit is not cancelled yet."),
        N_("Wait: it is tried again soon by itself."),
    ),
    "unit-without-id": Advice(
        N_("The provider told no id of the unit that could be subscribed."),
        N_("Wait: it is tried again by itself. If it stays, ask the provider."),
    ),
    "interrupted": Advice(
        N_("It was cut off before its end."), N_("Begin it anew; nothing half done was kept.")
    ),
    # updates
    "unknown-to-register": Advice(N_("The register knows no unit with the contact's number."), _CHECK_NUMBER),
    "number-unusable": Advice(N_("The contact's number is none that CVR could know."), _CHECK_NUMBER),
    "store-refused": Advice(
        N_("The contact store did not take what the register delivered."),
        N_("Report it with what the service says; it is tried again by itself."),
    ),
    "contact-unknown": Advice(
        N_("There is no such contact any more."), N_("Load the list again; it may have been erased.")
    ),
    "brake-holds": Advice(
        N_("The brake holds updates: too many contacts would be ended or blanked."),
        N_("Look into it, then let the brake go."),
        STATE,
    ),
    "brake-free": Advice(
        N_("The brake does not hold any more."), N_("Somebody else let it go; nothing is left to do."), STATE
    ),
    "update-error": Advice(N_("Updates could not be done."), N_("Look at the state of the service."), "/ui/"),
}
