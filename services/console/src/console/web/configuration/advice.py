"""What a problem of the configuration means to the person at the page."""

from collections.abc import Mapping

from console.web.languages import N_
from console.web.sentences import Advice

TYPES = "/ui/configuration/contact-types"
ADVICE: Mapping[str, Advice] = {
    "settings-refused": Advice(
        N_("These values cannot be used; nothing was changed."),
        N_("Mend the fields that are marked, and send it again."),
    ),
    "setting-fixed": Advice(
        N_("A service's environment fixes the setting, so that a stored value would not count."),
        N_("Change it there, where the service is deployed, or take it out there first."),
    ),
    "parameters-refused": Advice(
        N_("The parameters cannot be used; nothing was changed."),
        N_("Mend what is marked, and send it again."),
    ),
    "contact-type-unknown": Advice(
        N_("There is no such contact type."), N_("Somebody may have removed it: look at the list."), TYPES
    ),
    "contact-type-exists": Advice(
        N_("There is a contact type of that code already."),
        N_("Choose another code, or change the one that is there."),
    ),
    "contact-type-in-use": Advice(
        N_("The contact type is in use, so that it cannot be removed."),
        N_("Contacts have it, or an external source names it: change that first."),
        "/ui/configuration/sources",
    ),
    "contact-type-preset": Advice(
        N_("The registers need this contact type as it is."),
        N_("Title and text can be changed; for anything else add a type of your own."),
        TYPES,
    ),
    "contact-type-narrowed": Advice(
        N_("Contacts have numbers that would be wrong then; nothing was changed."),
        N_("Choose a length or validation that their numbers, former ones too, keep to."),
    ),
    "job-unknown": Advice(
        N_("No service has such a job."), N_("Look at the list of schedules."), "/ui/configuration/schedules"
    ),
    "schedule-fixed": Advice(
        N_("A service's environment fixes the time of this job."),
        N_("Change it there, where the service is deployed."),
    ),
    "schedule-changed-elsewhere": Advice(
        N_("The time of this job is one of other settings."), N_("The page of the job leads to them.")
    ),
    "schedule-needed": Advice(
        N_("The store cannot do without this job: it can be moved, not switched off."),
        N_("Give it another time instead."),
    ),
    "schedule-unfit": Advice(
        N_("The job has another kind of schedule."),
        N_("Work that recurs has an interval and can be run now; a daily job has a time of day."),
    ),
    "key-fixed": Advice(
        N_("The signing key stands in the settings, and is changed there."),
        N_("Take the development key out of the settings, so that keys are kept in the store."),
    ),
    "key-announced": Advice(
        N_("A new key is published already and takes over soon."),
        N_("Wait until it signs; only a key that has become known needs to be replaced at once."),
        "/ui/configuration/keys",
    ),
}
