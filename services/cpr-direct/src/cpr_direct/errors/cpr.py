"""The error numbers of CPR: what each means, and what to do about it.

Source: the OFF4 interface description as cited by OS2's broker, and the clients of others, who agree on 01 to 17.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from registerbro.presentation import Presentation

from cpr_direct.errors.base import NOT_FOUND, Decision, DirectError


class CprError(DirectError):
    """CPR answers with an error number, and has done nothing. ``said`` is its own text on it, without secrets and numbers."""

    number: str = ""
    meaning: ClassVar[str] = ""
    blocks: ClassVar[bool] = False  # as the answer to a logon: the same credentials are not tried again

    def __init__(self, said: str = "") -> None:
        super().__init__(said)
        self.said = said

    def __str__(self) -> str:
        return f"CPR answers with error {self.number}: {self.meaning}"

    @property
    def facts(self) -> Mapping[str, Any]:
        """CPR's number."""
        return {"cpr_error": self.number}


class LogonRefused(CprError):
    """User id or password is wrong; never tried again by itself, since CPR locks an account after a few."""

    number = "01"
    meaning = "user id or password is wrong"
    blocks = True


class PasswordExpired(CprError):
    """The password is right, and so old that CPR wants a new one."""

    number = "02"
    meaning = "the password has expired: change it"
    blocks = True


class NewPasswordRefused(CprError):
    """The new password is not to CPR's liking; the old one stays."""

    number = "03"
    meaning = "the new password breaks CPR's rules, or was used before"


class CprClosed(CprError):
    """The service is closed for the time being."""

    number = "04"
    meaning = "there is no access to CPR for the time being"
    decision = Decision.RETRY_LATER
    is_outage = True


class PersonUnknown(CprError):
    """CPR knows no such number."""

    number = "05"
    meaning = "the number is not known in CPR"
    decision = Decision.NOT_FOUND


class CustomerUnknown(CprError):
    """The customer number is wrong."""

    number = "06"
    meaning = "the customer number is not known"
    blocks = True


class TokenExpired(CprError):
    """The session is over; only seen from outside when a new one is over at once, too."""

    number = "07"
    meaning = "the session is over, and so is the one begun after it"
    decision = Decision.LOGON_AGAIN


class CprDeadlock(CprError):
    """Two readers stood in each other's way within CPR."""

    number = "08"
    meaning = "a deadlock while reading"
    decision = Decision.RETRY_NOW


class CprDisconnected(CprError):
    """The front end has no connection to CPR. What it did before it noticed is not known."""

    number = "09"
    meaning = "its front end has no connection to the register"
    decision = Decision.RETRY_LATER
    is_outage = True
    may_have_reached = True


class SubscriptionTypeUnknown(CprError):
    """The ABON_TYPE that is set is none."""

    number = "10"
    meaning = "the subscription type (ABON_TYPE) is not known"


class DataTypeUnknown(CprError):
    """The DATA_TYPE that is set is none."""

    number = "11"
    meaning = "the data type (DATA_TYPE) is not known"


class TransactionsClosed(CprError):
    """CPR cannot look up what the customer may do."""

    number = "14"
    meaning = "the table of transaction profiles is closed for the time being"
    decision = Decision.RETRY_LATER
    is_outage = True


class AddressNotAllowed(CprError):
    """This machine's address is not registered at CPR. Not held against the credentials: other replicas may have another."""

    number = "16"
    meaning = "the IP address that we come from is not registered at CPR"
    is_outage = True


class NumberMissing(CprError):
    """The request has no number: our mistake."""

    number = "17"
    meaning = "the request has no personal number"


class TransactionNotActive(CprError):
    """The user's access to the transaction is not active."""

    number = "18"
    meaning = "the user has no access to the transaction: the profile is not active"
    blocks = True


class UsersClosed(CprError):
    """CPR cannot look up who the user is."""

    number = "24"
    meaning = "the table of user profiles is closed for the time being"
    decision = Decision.RETRY_LATER
    is_outage = True


class UserNotActive(CprError):
    """The user's profile is not active."""

    number = "28"
    meaning = "the user has no access: the user profile is not active"
    blocks = True


class TransactionNotAllowed(CprError):
    """The user may not use the transaction."""

    number = "99"
    meaning = "the user has no access to the transaction"
    blocks = True


class UnexpectedError(CprError):
    """A number that CPR has reserved; what it means and what was done is not known."""

    meaning = "a number without a published meaning"
    blocks = True  # rather a logon that somebody has to allow than an account that CPR locks
    may_have_reached = True

    def __init__(self, number: str, said: str = "") -> None:
        super().__init__(said)
        self.args = (number, said)
        self.number = number


BY_NUMBER: dict[str, type[CprError]] = {
    kind.number: kind
    for kind in (
        LogonRefused,
        PasswordExpired,
        NewPasswordRefused,
        CprClosed,
        PersonUnknown,
        CustomerUnknown,
        TokenExpired,
        CprDeadlock,
        CprDisconnected,
        SubscriptionTypeUnknown,
        DataTypeUnknown,
        TransactionsClosed,
        AddressNotAllowed,
        NumberMissing,
        TransactionNotActive,
        UsersClosed,
        UserNotActive,
        TransactionNotAllowed,
    )
}


def cpr_error(number: str, said: str = "") -> CprError:
    """The error of this number (two digits, not ``00``)."""
    kind = BY_NUMBER.get(number)
    return UnexpectedError(number, said) if kind is None else kind(said)


_CLOSED = Presentation("cpr-unavailable", 503, "CPR is not available for the time being")
_NO_ACCESS = Presentation("access-refused", 503, "CPR gives us no access")

PRESENTATION: dict[type[DirectError], Presentation] = {
    LogonRefused: Presentation("logon-refused", 503, "CPR refuses our logon"),
    PasswordExpired: Presentation("password-expired", 503, "Our password at CPR has expired"),
    NewPasswordRefused: Presentation("new-password-refused", 422, "CPR does not take the new password"),
    CprClosed: _CLOSED,
    PersonUnknown: Presentation("person-unknown", 404, "CPR knows no such number", NOT_FOUND),
    CustomerUnknown: _NO_ACCESS,
    TokenExpired: Presentation("session-lost", 503, "CPR does not keep our session"),
    CprDeadlock: _CLOSED,
    CprDisconnected: _CLOSED,
    TransactionsClosed: _CLOSED,
    AddressNotAllowed: _NO_ACCESS,
    TransactionNotActive: _NO_ACCESS,
    UsersClosed: _CLOSED,
    UserNotActive: _NO_ACCESS,
    TransactionNotAllowed: _NO_ACCESS,
    CprError: Presentation("cpr-error", 502, "CPR answers with an error"),
}
