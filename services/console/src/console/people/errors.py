"""What can go wrong when people log in, and how it looks from outside. No text repeats what somebody typed.

PeopleError
├── LoginError                      nobody is logged in by this
│   ├── LoginFailed                 unknown, disabled, or a wrong password: which of them is not told
│   ├── LoginPaused(retry_after)    too many wrong passwords
│   ├── LoginBusy                   too many wait for their turn
│   ├── LoginElsewhere(issuer)      people log in at the external issuer
│   ├── LoginHere                   there is no external issuer: people log in with a password
│   ├── LoginInterrupted            the answer belongs to no log-in that this browser has begun
│   ├── LoginDenied                 the issuer let the person not in
│   ├── LoginAnswerWrong(reason)    the issuer's answer or ID token cannot be accepted
│   ├── IssuerUnreachable           the issuer does not answer
│   └── NoRole                      the person has no role here
├── SessionError
│   ├── SessionMissing              no session, or it has ended
│   ├── PasswordChangeNeeded        a one-time password opens nothing but its own change
│   ├── CrossSiteRequest            the call was made by another site's page
│   ├── NoTokens                    tokens are issued elsewhere, and this session has none from there
│   └── IssuerTokenUnusable(reason) the services would not accept the issuer's token
├── UserUnknown
├── UserExists
└── PasswordRefused(reason)         a new password that is too short or too easy to guess
"""

from collections.abc import Mapping
from typing import Any

from registerbro.presentation import RETRY_AFTER, Presentation, ProblemTable

BUSY_SECONDS = 5


class PeopleError(Exception):
    """Base; the text is one line."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What programs want to know of it, beside the text."""
        return {}


class LoginError(PeopleError):
    """Nobody is logged in by this."""


class LoginFailed(LoginError):
    """Unknown, disabled, or a wrong password: which of them is not told."""

    def __init__(self) -> None:
        super().__init__("user name or password is wrong")


class LoginPaused(LoginError):
    """So many wrong passwords came that none is looked at now."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("too many wrong passwords; try again later")
        self.retry_after = retry_after

    @property
    def facts(self) -> Mapping[str, Any]:
        """When to come again."""
        return {RETRY_AFTER: self.retry_after}


class LoginBusy(LoginError):
    """So many people log in that another one would wait too long."""

    def __init__(self) -> None:
        super().__init__("too many log-ins wait; try again later")

    @property
    def facts(self) -> Mapping[str, Any]:
        """When to come again."""
        return {RETRY_AFTER: BUSY_SECONDS}


class LoginElsewhere(LoginError):
    """People log in at the external issuer."""

    def __init__(self, issuer: str) -> None:
        super().__init__("people log in at the external issuer, and are kept there")
        self.issuer = issuer

    @property
    def facts(self) -> Mapping[str, Any]:
        """The issuer."""
        return {"issuer": self.issuer}


class LoginHere(LoginError):
    """No external issuer is configured."""

    def __init__(self) -> None:
        super().__init__("no external issuer is configured: people log in with a password")


class LoginInterrupted(LoginError):
    """The answer belongs to no log-in that this browser has begun and not ended."""

    def __init__(self) -> None:
        super().__init__("this log-in was not begun in this browser, has expired, or has come back before")


class LoginDenied(LoginError):
    """The issuer did not let the person in."""

    def __init__(self) -> None:
        super().__init__("the issuer did not let the person in")


class LoginAnswerWrong(LoginError):
    """What the issuer answered cannot be accepted."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the issuer's answer is not accepted: {reason}")
        self.reason = reason

    @property
    def facts(self) -> Mapping[str, Any]:
        """What is wrong with it."""
        return {"reason": self.reason}


class IssuerUnreachable(LoginError):
    """The issuer does not answer."""

    def __init__(self) -> None:
        super().__init__("the external issuer does not answer")

    @property
    def facts(self) -> Mapping[str, Any]:
        """When to come again."""
        return {RETRY_AFTER: BUSY_SECONDS}


class NoRole(LoginError):
    """The person has no role here."""

    def __init__(self) -> None:
        super().__init__("the account has no role here")


class SessionError(PeopleError):
    """The call cannot be made with this session."""


class SessionMissing(SessionError):
    """No session, or it has ended."""

    def __init__(self) -> None:
        super().__init__("nobody is logged in, or the session has ended")


class PasswordChangeNeeded(SessionError):
    """A one-time password opens nothing but its own change."""

    def __init__(self) -> None:
        super().__init__("the password must be changed first")


class CrossSiteRequest(SessionError):
    """A browser says that another site's page makes the call, or the header that only own pages can set is missing."""

    def __init__(self) -> None:
        super().__init__(
            "calls by cookie come from the console's own pages, with the header Registerbro-Csrf: 1"
        )


class NoTokens(SessionError):
    """Tokens are issued elsewhere, and this session has none from there."""

    def __init__(self) -> None:
        super().__init__("tokens are issued elsewhere, and this log-in brought none")


class IssuerTokenUnusable(SessionError):
    """The services would not accept the issuer's token."""

    def __init__(self, reason: str) -> None:
        super().__init__("the services would not accept the issuer's access token")
        self.reason = reason

    @property
    def facts(self) -> Mapping[str, Any]:
        """What is wrong with it."""
        return {"reason": self.reason}


class UserUnknown(PeopleError):
    """There is no user of that name."""

    def __init__(self) -> None:
        super().__init__("there is no user of that name")


class UserExists(PeopleError):
    """There is one already."""

    def __init__(self) -> None:
        super().__init__("there is a user of that name already")


class PasswordRefused(PeopleError):
    """A new password that is too short or too easy to guess."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the password is refused: {reason}")


PRESENTATION: dict[type[PeopleError], Presentation] = {
    LoginFailed: Presentation("login-failed", 401, "User name or password is wrong"),
    LoginPaused: Presentation("login-paused", 429, "Too many wrong passwords"),
    LoginBusy: Presentation("login-busy", 503, "Too many log-ins wait"),
    LoginElsewhere: Presentation("login-elsewhere", 409, "People log in at the external issuer"),
    LoginHere: Presentation("login-here", 409, "People log in with a password"),
    LoginInterrupted: Presentation("login-interrupted", 400, "The log-in must be begun again"),
    LoginDenied: Presentation("login-denied", 403, "The issuer did not let the person in"),
    LoginAnswerWrong: Presentation("login-answer-wrong", 502, "The issuer's answer is not accepted"),
    IssuerUnreachable: Presentation("issuer-unreachable", 503, "The external issuer does not answer"),
    NoRole: Presentation("no-role", 403, "The account has no role here"),
    SessionMissing: Presentation("session-missing", 401, "Nobody is logged in"),
    PasswordChangeNeeded: Presentation("password-change-needed", 403, "The password must be changed first"),
    CrossSiteRequest: Presentation("cross-site-request", 403, "The call comes from another site"),
    NoTokens: Presentation("no-tokens", 409, "Tokens are issued elsewhere"),
    IssuerTokenUnusable: Presentation(
        "issuer-token-unusable", 409, "The issuer's token is not for the services"
    ),
    UserUnknown: Presentation("user-unknown", 404, "There is no such user"),
    UserExists: Presentation("user-exists", 409, "There is such a user already"),
    PasswordRefused: Presentation("password-refused", 422, "The password is refused"),
}
PROBLEMS = ProblemTable(PRESENTATION)
