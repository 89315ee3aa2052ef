"""What the overview says of kinds and figures, in sentences; each kind with the page where it is mended."""

import dataclasses
from collections.abc import Mapping

from console.web.languages import N_


@dataclasses.dataclass(frozen=True, slots=True)
class Mending:
    """What a kind means, and what to do; ``path`` None: no page mends it. Texts are translated when they are shown."""

    text: str
    action: str
    path: str | None = None


PAGES: Mapping[str, str] = {  # of each service
    "console": "/ui/configuration",
    "cpr-direct": "/ui/direct",
    "cpr-batch": "/ui/batch",
    "cvr-online": "/ui/cvr",
    "cvr-subscription": "/ui/cvr-update",
    "cvr-update": "/ui/cvr-update",
    "sandbox": "/ui/sandbox",
}
_CHANGE_PASSWORD = N_("Change the password")
_RENEW = N_("Renew the certificate and replace its file, then test the connection")
MENDINGS: Mapping[str, Mending] = {
    "service-away": Mending(
        N_("The service does not answer."), N_("See that it runs, and that the console has its address.")
    ),
    "service-unhealthy": Mending(N_("The service cannot do its work."), N_("Look into it")),
    "service-degraded": Mending(N_("Something does not work as it should."), N_("Look into it")),
    "dead-letters": Mending(
        N_("Messages were given up and wait for a decision."),
        N_("Replay or discard them"),
        "/ui/events/dead-letters",
    ),
    "files-refused": Mending(
        N_("Files from CPR were refused."), N_("See what is wrong with them"), "/ui/batch/files"
    ),
    "imports-failed": Mending(
        N_("Imports of files failed."), N_("See why, and import them again"), "/ui/batch/runs"
    ),
    "transfers-failed": Mending(
        N_("Files could not be fetched from CPR's server."),
        N_("See why, and test the connection"),
        "/ui/batch/connection",
    ),
    "approvals": Mending(
        N_("Files would end or blank so many contacts that they wait for an approval."),
        N_("Approve or decline them"),
        "/ui/batch/approvals",
    ),
    "gaps": Mending(
        N_("Deliveries from CPR are missing."), N_("Order them anew, or dismiss the gaps"), "/ui/batch/gaps"
    ),
    "cvr-updates-failed": Mending(
        N_("Updates of companies were given up."),
        N_("See why, and try them again"),
        "/ui/cvr-update/failures",
    ),
    "cvr-brake": Mending(
        N_("The brake holds updates that would end or blank too many companies."),
        N_("Look into it, and let the brake go"),
        "/ui/cvr-update",
    ),
    "cvr-subscriptions-failing": Mending(
        N_("Companies could not be subscribed."), N_("See why"), "/ui/cvr-update/subscriptions"
    ),
    "cvr-synchronisation-failed": Mending(
        N_("The last reading of changes from CVR failed."),
        N_("See why, and start it again"),
        "/ui/cvr-update/synchronisation",
    ),
    "cvr-drift": Mending(
        N_("Companies differ from the register, and no update was on its way."),
        N_("Look at the drift report"),
        "/ui/cvr-update/drift",
    ),
    "cpr-subscriptions-failing": Mending(
        N_("CPR could not be told of subscriptions."),
        N_("See why, and try them again"),
        "/ui/direct/subscriptions",
    ),
    "cpr-logon-blocked": Mending(
        N_("CPR refused the logon. Nobody logs on until the password is another or the block is lifted."),
        N_("Store the right password, or lift the block"),
        "/ui/direct",
    ),
    "cpr-password-expired": Mending(
        N_("The password for CPR Direkte has expired."), _CHANGE_PASSWORD, "/ui/direct"
    ),
    "cpr-password-expires": Mending(
        N_("The password for CPR Direkte expires soon."), _CHANGE_PASSWORD, "/ui/direct"
    ),
    "cpr-server-certificate-expires": Mending(
        N_("The certificate of CPR's server expires soon."),
        N_("CPR replaces it; see that it is done"),
        "/ui/direct",
    ),
    "cpr-server-certificate-expired": Mending(
        N_("The certificate of CPR's server has expired."), N_("Call CPR's service desk"), "/ui/direct"
    ),
    "cvr-certificate-expires": Mending(N_("Our certificate for CVR expires soon."), _RENEW, "/ui/cvr"),
    "cvr-certificate-expired": Mending(N_("Our certificate for CVR has expired."), _RENEW, "/ui/cvr"),
    "alert-harvesting": Mending(
        N_("Somebody asked for unusually many persons."), N_("Look into it"), "/ui/direct/alerts"
    ),
    "alert-break-glass": Mending(
        N_("Protected data were opened without the right to read them."),
        N_("Look into it"),
        "/ui/direct/alerts",
    ),
    "alert-subscription-policy-held": Mending(
        N_("The subscription policy would end so many subscriptions that it waits."),
        N_("Look at what it would do"),
        "/ui/direct/policy",
    ),
    "jobs-failed": Mending(
        N_("Scheduled jobs failed."), N_("See the schedules"), "/ui/configuration/schedules"
    ),
    "module-off": Mending(
        N_("The module is switched off, although its register is set up."),
        N_("Switch it on"),
        "/ui/configuration",
    ),
}
OTHER = Mending(N_("Something needs a person."), N_("Look into it"))
ABSENCES: Mapping[str, str] = {
    "unreachable": N_("Nothing answers at its address."),
    "timed-out": N_("It did not say in time how it stands."),
    "no-report": N_("Something else answers at its address."),
}
SEVERITIES: Mapping[str, tuple[str, str]] = {  # text and tone
    "problem": (N_("problem"), "bad"),
    "warning": (N_("warning"), "warning"),
    "notice": (N_("notice"), "quiet"),
}
STATES: Mapping[str, tuple[str, str]] = {
    "Healthy": (N_("Healthy"), "good"),
    "Degraded": (N_("Degraded"), "warning"),
    "Unhealthy": (N_("Unhealthy"), "bad"),
    "Away": (N_("Away"), "bad"),
    "Off": (N_("Switched off"), "quiet"),
}
REGISTERS: Mapping[str, str] = {
    "cpr-direkte": N_("CPR Direkte (lookups)"),
    "cpr-files": N_("CPR's file server"),
    "cvr": N_("CVR (lookups)"),
    "cvr-events": N_("CVR (changes)"),
    "cvr-updates": N_("CVR (updates)"),
}
EXPIRING: Mapping[str, str] = {
    "cpr-password": N_("Password for CPR Direkte"),
    "cpr-server-certificate": N_("Certificate of CPR's server"),
    "cvr-certificate": N_("Our certificate for CVR"),
}
FIGURES: Mapping[str, str] = {
    "events-sent": N_("Events sent"),
    "persons-online": N_("Persons imported online"),
    "persons-by-file": N_("Persons in imported files"),
    "units-online": N_("Companies imported online"),
    "cvr-updates": N_("CVR updates applied"),
    "cpr-calls": N_("Paid calls to CPR Direkte"),
    "cvr-inquiries": N_("Inquiries at CVR"),
    "outbox": N_("Events that wait to be sent"),
    "deliveries": N_("Deliveries that wait"),
    "dead-letters": N_("Dead letters"),
    "cvr-queue": N_("Service queue of CVR Update"),
    "cpr-subscriptions": N_("Subscriptions CPR was not told of"),
    "files": N_("Files that are not imported"),
}
PERIODS: Mapping[int, str] = {
    6: N_("6 hours"),
    24: N_("24 hours"),
    7 * 24: N_("7 days"),
    14 * 24: N_("14 days"),
}


def mending(kind: str, service: str) -> Mending:
    """What a kind means; the page of its service where the kind has none."""
    found = MENDINGS.get(kind, OTHER)
    if found.path is None and kind != "service-away":
        return dataclasses.replace(found, path=PAGES.get(service))
    return found
