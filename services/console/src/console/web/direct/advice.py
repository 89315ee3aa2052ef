"""What the problems of CPR Direkte mean to the person at the page, and what a step of the connection test says that fails."""

from collections.abc import Mapping

from console.web.languages import N_
from console.web.sentences import Advice

CONNECTION, PASSWORD, SUBSCRIPTIONS = "/ui/direct", "/ui/direct/password", "/ui/direct/subscriptions"
NEVER, POLICY, LISTS = "/ui/direct/never", "/ui/direct/policy", "/ui/direct/reconciliations"
AGREEMENT = N_(
    "Compare customer number, user id and transaction code with the agreement; CPR's service desk tells what is open."
)
LATER = N_("Try again in a moment.")
SERVER = N_("Ask who runs the servers: REGISTERBRO_CPR_DIRECT__HOST and the network in between decide this.")

ADVICE: Mapping[str, Advice] = {
    # what CPR says
    "logon-refused": Advice(
        N_("CPR refuses the log-on: user id or password is wrong."),
        N_(
            "Enter the password that holds at CPR. Until then nothing more is tried, so that the account is not locked."
        ),
        PASSWORD,
    ),
    "logon-blocked": Advice(
        N_("CPR refused the log-on before, and the same credentials are not tried again."),
        N_("Enter the password that holds at CPR, or lift the block once CPR has unlocked the account."),
        PASSWORD,
    ),
    "password-expired": Advice(
        N_("The password at CPR has expired."), N_("Change it at CPR here."), PASSWORD
    ),
    "new-password-refused": Advice(
        N_("CPR does not take the new password, and the present one still holds."),
        N_("Choose another one; it must not have been used before."),
        PASSWORD,
    ),
    "access-refused": Advice(N_("CPR gives no access to what was asked for."), AGREEMENT, CONNECTION),
    "cpr-error": Advice(
        N_("CPR answers with an error that it should not answer with."),
        N_("Tell CPR's service desk the error number that stands below."),
    ),
    "cpr-unavailable": Advice(N_("CPR is closed or out of order for the time being."), LATER),
    "session-lost": Advice(N_("CPR does not keep the session."), LATER),
    "person-unknown": Advice(
        N_("CPR knows no such number."), N_("Look whether the number was typed rightly.")
    ),
    # the way there
    "cpr-host-unknown": Advice(N_("The host name of CPR has no address."), SERVER, CONNECTION),
    "cpr-unreachable": Advice(
        N_("CPR's server cannot be reached."),
        N_(
            "Ask who runs the firewall: outgoing TCP must be open to CPR, and your address registered at the CPR office."
        ),
        CONNECTION,
    ),
    "cpr-tls-failed": Advice(
        N_("No encrypted connection comes about."),
        N_(
            "CPR wants TLS 1.2 or later, unless a local proxy does it: REGISTERBRO_CPR_DIRECT__TLS_BY_LOCAL_PROXY says so."
        ),
        CONNECTION,
    ),
    "cpr-certificate-rejected": Advice(
        N_("CPR's certificate is not accepted."),
        N_(
            "See to it that REGISTERBRO_CPR_DIRECT__CA_FILE holds who issued it, and that the host's name is right."
        ),
        CONNECTION,
    ),
    "cpr-no-answer": Advice(N_("CPR does not answer in time."), LATER),
    "cpr-answer-broken": Advice(
        N_("CPR's answer cannot be used: it is cut or not as described."),
        N_("Try again; if it stays so, tell CPR's service desk what stands below."),
    ),
    "busy": Advice(N_("Too much is asked of CPR at the moment."), LATER),
    # credentials
    "logon-busy": Advice(N_("Another log-on is under way."), LATER),
    "password-unknown": Advice(
        N_("No password for CPR is known."), N_("Enter the present password."), PASSWORD
    ),
    "secret-unreadable": Advice(
        N_("The stored password cannot be read with the keys that are configured."),
        N_("Bring the former key back into REGISTERBRO_SECRETS__KEYS, or enter the password anew."),
        PASSWORD,
    ),
    "secret-key-missing": Advice(
        N_("No key is configured to encrypt the password with."),
        N_("Ask who runs the servers to set REGISTERBRO_SECRETS__KEYS. Nothing was changed."),
    ),
    "password-rule-broken": Advice(
        N_("The password breaks a rule of CPR's and was not sent."),
        N_("Choose one by the rules that stand beside the field."),
    ),
    "password-unsettled": Advice(
        N_("The new password was sent, and CPR's answer did not come."),
        N_("Test the connection: the next log-on finds out which password holds."),
        CONNECTION,
    ),
    "no-password-holds": Advice(
        N_("CPR refuses the former password and the new one."),
        N_("Set a password on CPR's web page, and enter it here."),
        PASSWORD,
    ),
    # the store
    "store-unavailable": Advice(
        N_("The contact store cannot be reached."), N_("Ask who runs the database, and try again.")
    ),
    "store-gone": Advice(N_("The contact store went away meanwhile."), LATER),
    "store-contended": Advice(N_("Others are changing the contact at the moment."), LATER),
    "store-refused": Advice(
        N_("The contact store does not take what the register delivers."),
        N_("Tell who runs Registerbro what stands below."),
    ),
    "unavailable": Advice(N_("What is needed is not available at the moment."), LATER),
    "audit-unavailable": Advice(
        N_("The access could not be recorded, so nothing was asked and nothing is shown."),
        N_("Ask who runs the database, and try again."),
    ),
    "contact-type-missing": Advice(
        N_("The contact type that the register needs is missing."),
        N_("An administrator adds it under Configuration."),
        "/ui/configuration",
    ),
    "contact-erased": Advice(
        N_("The person was erased for good."), N_("Only the data-protection officer can lift that.")
    ),
    # subscriptions
    "budget-spent": Advice(
        N_("The calls of today are used up."),
        N_("Look at the budgets; tomorrow there are new ones."),
        "/ui/direct/usage",
    ),
    "not-imported": Advice(
        N_("The person was never imported from CPR."), N_("Import the person first."), "/ui/contacts"
    ),
    "never-subscribed": Advice(
        N_("The person is on the list of those never subscribed."),
        N_("Take the number off the list first."),
        NEVER,
    ),
    "no-number": Advice(
        N_("The contact has no CPR number."), N_("Only persons with a number can be subscribed.")
    ),
    "overtaken": Advice(N_("Something newer says otherwise."), N_("Look at the list again."), SUBSCRIPTIONS),
    "subscription-not-waiting": Advice(
        N_("This contact does not wait for CPR any more."), N_("Look at the list again."), SUBSCRIPTIONS
    ),
    "contacts-unknown": Advice(
        N_("Some of the contacts are not in the store; nothing was changed."),
        N_("Look the contacts up, and mend the numbers."),
        "/ui/contacts",
    ),
    "rule-unusable": Advice(
        N_("The policy's rule cannot be used."),
        N_("An administrator names another rule under Configuration."),
        "/ui/configuration/policy",
    ),
    "list-refused": Advice(
        N_("The list cannot be right; nothing was taken of it."),
        N_("Mend the line that is named below, and send the whole list again."),
    ),
    "reconciliation-unknown": Advice(N_("There is no such comparison."), N_("See which there are."), LISTS),
    "reconciliation-superseded": Advice(
        N_("A later list was compared since; this one cannot be applied any more."),
        N_("Open the latest."),
        LISTS,
    ),
    "alert-unknown": Advice(N_("There is no such alert."), N_("See which there are."), "/ui/direct/alerts"),
    "alert-acknowledged": Advice(
        N_("Somebody else has acknowledged the alert already."),
        N_("See which are open."),
        "/ui/direct/alerts",
    ),
}
