"""What problems mean that any service may answer."""

from collections.abc import Mapping

from console.web.languages import N_
from console.web.sentences import Advice

OVERVIEW = "/ui/"
_AGAIN = N_("Try again in a moment.")
_REPORT = N_(
    "Try again. If it stays, tell who runs Registerbro when it happened: the service's log has the reason."
)
_LOGIN = N_("Log out, and log in again.")

ADVICE: Mapping[str, Advice] = {
    "service-away": Advice(
        N_("The service does not answer."),
        N_("Look at its state in the overview, and try again in a moment."),
        OVERVIEW,
    ),
    "not-ready": Advice(N_("The service is starting or stopping."), _AGAIN),
    "unavailable": Advice(
        N_("Something that the service needs cannot be reached."),
        N_("Look at its state in the overview, and try again in a moment."),
        OVERVIEW,
    ),
    "audit-unavailable": Advice(
        N_("The access could not be recorded, so nothing is shown."),
        N_("Try again in a moment. If it stays, the contact store is away: look at the overview."),
        OVERVIEW,
    ),
    "internal-error": Advice(N_("The service made a mistake."), _REPORT),
    "not-found": Advice(
        N_("There is no such thing any more."),
        N_("Somebody may have removed it. Go back and look at the list again."),
    ),
    "invalid-request": Advice(
        N_("Something in the form is not as it should be."),
        N_("Mend the fields that are marked, and send it again."),
    ),
    "request-too-large": Advice(
        N_("More was sent than the service takes at once."), N_("Send it in smaller parts.")
    ),
    "unsupported-media-type": Advice(N_("The service cannot read what was sent."), _REPORT),
    "method-not-allowed": Advice(N_("The service cannot do that here."), _REPORT),
    "conflict": Advice(
        N_("It does not go together with how things stand now."), N_("Load the page again, and look.")
    ),
    "feature-disabled": Advice(
        N_("The module is switched off."),
        N_("An administrator switches it on under Configuration."),
        "/ui/configuration",
    ),
    "scope-missing": Advice(
        N_("Your roles do not permit this."), N_("Ask an administrator for a role that does.")
    ),
    "token-missing": Advice(N_("The service does not know who asks."), _LOGIN),
    "token-invalid": Advice(N_("The service does not accept the log-in."), _LOGIN),
}
