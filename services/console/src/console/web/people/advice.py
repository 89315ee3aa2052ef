"""What a problem of log-ins and users means to the person at the page."""

from collections.abc import Mapping

from console.web.languages import N_
from console.web.sentences import Advice

AGAIN = N_("Log in again.")
LOGIN = "/login"
ADVICE: Mapping[str, Advice] = {
    "login-failed": Advice(
        N_("User name or password is wrong."),
        N_("Check both, and try again. An administrator can give you a new one-time password."),
    ),
    "login-paused": Advice(
        N_("Too many wrong passwords were sent."),
        N_("No password is looked at for a while, right or wrong. An administrator can end the pause."),
    ),
    "login-busy": Advice(
        N_("Too many people log in just now."),
        N_("Try again in a moment."),
    ),
    "login-elsewhere": Advice(
        N_("People log in at the external issuer, and their accounts are kept there."),
        N_("Use the log-in of your organisation."),
        LOGIN,
    ),
    "login-here": Advice(N_("People log in here, with a password."), N_("Go to the log-in."), LOGIN),
    "login-interrupted": Advice(
        N_("The log-in was not begun in this browser, took too long, or was completed before."),
        AGAIN,
        LOGIN,
    ),
    "login-denied": Advice(
        N_("The external issuer did not let you in."),
        N_("Ask those who look after your organisation's log-in, or try another account."),
        LOGIN,
    ),
    "login-answer-wrong": Advice(
        N_("The answer of the external issuer cannot be accepted."),
        N_("An administrator finds the reason in the console's log. Then try again."),
        LOGIN,
    ),
    "issuer-unreachable": Advice(
        N_("The external issuer, where people log in, does not answer."),
        N_("Try again in a moment."),
        LOGIN,
    ),
    "no-role": Advice(
        N_("Your account has no role in Registerbro."),
        N_("Ask those who look after your organisation's log-in for one, then log in again."),
        LOGIN,
    ),
    "session-missing": Advice(N_("Nobody is logged in, or the session has ended."), AGAIN, LOGIN),
    "password-change-needed": Advice(
        N_("A one-time password opens nothing but its own change."),
        N_("Choose a password of your own."),
        "/ui/password",
    ),
    "cross-site-request": Advice(
        N_("Nothing was changed: another site's page sent this."),
        N_("Open the console by its own address."),
        "/ui/",
    ),
    "no-tokens": Advice(
        N_("Tokens are issued elsewhere, so that a local user has none for the services."),
        N_("Log in at the external issuer, once one is configured for people."),
    ),
    "issuer-token-unusable": Advice(
        N_("The services would not accept the access token of the external issuer."),
        N_("An administrator looks at the settings of the log-in: scopes, audience."),
    ),
    "user-unknown": Advice(
        N_("There is no user of that name."),
        N_("Somebody may have removed it: look at the list of users."),
        "/ui/people",
    ),
    "user-exists": Advice(
        N_("There is a user of that name already."),
        N_("Choose another user name, or change the one that is there."),
        "/ui/people",
    ),
    "password-refused": Advice(
        N_("The new password cannot be used."),
        N_("Choose one of at least 12 characters that is not easy to guess: several unrelated words do."),
    ),
}
