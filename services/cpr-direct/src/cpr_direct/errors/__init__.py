"""What can go wrong between us and CPR, and in the service around it.

    DirectError
    ├── CprError(number)             CPR answers with an error number, and has done nothing
    │   ├── LogonRefused             01  user id or password; blocks: the same credentials are never tried again
    │   ├── PasswordExpired          02  change it; blocks logons until then
    │   ├── NewPasswordRefused       03
    │   ├── CprClosed                04  outage
    │   ├── PersonUnknown            05  an answer, not a failure
    │   ├── CustomerUnknown          06  blocks
    │   ├── TokenExpired             07  log on again, repeat once
    │   ├── CprDeadlock              08  repeat at once, a few times
    │   ├── CprDisconnected          09  outage
    │   ├── SubscriptionTypeUnknown  10
    │   ├── DataTypeUnknown          11
    │   ├── TransactionsClosed       14  outage
    │   ├── AddressNotAllowed        16  outage, for this machine
    │   ├── NumberMissing            17
    │   ├── TransactionNotActive     18  blocks
    │   ├── UsersClosed              24  outage
    │   ├── UserNotActive            28  blocks
    │   ├── TransactionNotAllowed    99  blocks
    │   └── UnexpectedError          any other; blocks
    ├── TransportError               outages, but for RecordBroken
    │   ├── ServerError
    │   │   ├── HostUnknown          the name has no address
    │   │   ├── ConnectionFailed     refused, unreachable or reset before anything was asked
    │   │   ├── TlsFailed            no TLS, or no version that we accept
    │   │   └── CertificateRejected(reason)
    │   ├── NoAnswer(phase)          a time limit passed
    │   └── AnswerBroken(offset)     CPR may have done what was asked
    │       ├── NotAHeader
    │       ├── AnswerCut            the connection ended before the answer did
    │       ├── AnswerTooLong
    │       └── RecordBroken         a record is missing, out of place, unknown, another person's or not readable
    ├── Busy                         no connection was free in time
    ├── Resting(retry_after)         CPR failed several times in a row and is left alone for a while
    ├── LogonError
    │   ├── LogonBlocked(since, number)
    │   ├── PasswordUnknown          none configured, none stored
    │   ├── SecretUnreadable
    │   ├── LogonBusy                another one is under way
    │   └── StoreUnavailable         no logon without the store
    ├── PasswordError
    │   ├── PasswordRuleBroken
    │   │   ├── PasswordLength
    │   │   ├── PasswordCharacter
    │   │   ├── PasswordWithoutSmallLetter
    │   │   ├── PasswordWithoutCapital
    │   │   ├── PasswordWithoutDigit
    │   │   ├── PasswordWithoutSpecial
    │   │   └── PasswordNotNew
    │   ├── SecretKeyMissing
    │   ├── PasswordUnsettled        sent, and not answered
    │   └── NoPasswordHolds
    └── ServiceError                 what we say ourselves, whatever CPR would
        ├── BudgetSpent(retry_after)
        ├── ContactTypeMissing(name_type)
        ├── NotImported
        ├── ContactErased            erased for good: nothing is asked of CPR
        ├── NeverSubscribed
        ├── NoNumber
        ├── Overtaken
        ├── StoreContended
        ├── StoreGone
        ├── StoreRefused
        └── SubscriptionNotWaiting

Each carries data; ``decision`` says what to do about it, ``PRESENTATION`` how it looks to a caller of the API and of the command.
"""

import http

from registerbro.presentation import Presentation

from cpr_direct.errors import cpr, logon, password, service, transport
from cpr_direct.errors.base import NOT_FOUND, Decision, DirectError
from cpr_direct.errors.cpr import (
    AddressNotAllowed,
    CprClosed,
    CprDeadlock,
    CprDisconnected,
    CprError,
    CustomerUnknown,
    DataTypeUnknown,
    LogonRefused,
    NewPasswordRefused,
    NumberMissing,
    PasswordExpired,
    PersonUnknown,
    SubscriptionTypeUnknown,
    TokenExpired,
    TransactionNotActive,
    TransactionNotAllowed,
    TransactionsClosed,
    UnexpectedError,
    UserNotActive,
    UsersClosed,
    cpr_error,
)
from cpr_direct.errors.logon import (
    LogonBlocked,
    LogonBusy,
    LogonError,
    PasswordUnknown,
    SecretUnreadable,
    StoreUnavailable,
)
from cpr_direct.errors.password import (
    NoPasswordHolds,
    PasswordCharacter,
    PasswordError,
    PasswordLength,
    PasswordNotNew,
    PasswordRuleBroken,
    PasswordUnsettled,
    PasswordWithoutCapital,
    PasswordWithoutDigit,
    PasswordWithoutSmallLetter,
    PasswordWithoutSpecial,
    SecretKeyMissing,
)
from cpr_direct.errors.service import (
    BudgetSpent,
    ContactErased,
    ContactTypeMissing,
    NeverSubscribed,
    NoNumber,
    NotImported,
    Overtaken,
    ServiceError,
    StoreContended,
    StoreGone,
    StoreRefused,
    SubscriptionNotWaiting,
)
from cpr_direct.errors.transport import (
    AnswerBroken,
    AnswerCut,
    AnswerTooLong,
    Busy,
    CertificateRejected,
    ConnectionFailed,
    HostUnknown,
    NoAnswer,
    NotAHeader,
    Phase,
    RecordBroken,
    Resting,
    ServerError,
    TlsFailed,
    TransportError,
)

__all__ = [
    "NOT_FOUND",
    "PRESENTATION",
    "AddressNotAllowed",
    "AnswerBroken",
    "AnswerCut",
    "AnswerTooLong",
    "BudgetSpent",
    "Busy",
    "CertificateRejected",
    "ConnectionFailed",
    "ContactErased",
    "ContactTypeMissing",
    "CprClosed",
    "CprDeadlock",
    "CprDisconnected",
    "CprError",
    "CustomerUnknown",
    "DataTypeUnknown",
    "Decision",
    "DirectError",
    "HostUnknown",
    "LogonBlocked",
    "LogonBusy",
    "LogonError",
    "LogonRefused",
    "NeverSubscribed",
    "NewPasswordRefused",
    "NoAnswer",
    "NoNumber",
    "NoPasswordHolds",
    "NotAHeader",
    "NotImported",
    "NumberMissing",
    "Overtaken",
    "PasswordCharacter",
    "PasswordError",
    "PasswordExpired",
    "PasswordLength",
    "PasswordNotNew",
    "PasswordRuleBroken",
    "PasswordUnknown",
    "PasswordUnsettled",
    "PasswordWithoutCapital",
    "PasswordWithoutDigit",
    "PasswordWithoutSmallLetter",
    "PasswordWithoutSpecial",
    "PersonUnknown",
    "Phase",
    "RecordBroken",
    "Resting",
    "SecretKeyMissing",
    "SecretUnreadable",
    "ServerError",
    "ServiceError",
    "StoreContended",
    "StoreGone",
    "StoreRefused",
    "StoreUnavailable",
    "SubscriptionNotWaiting",
    "SubscriptionTypeUnknown",
    "TlsFailed",
    "TokenExpired",
    "TransactionNotActive",
    "TransactionNotAllowed",
    "TransactionsClosed",
    "TransportError",
    "UnexpectedError",
    "UserNotActive",
    "UsersClosed",
    "cpr_error",
    "presentation",
]

PRESENTATION: dict[type[DirectError], Presentation] = {
    **cpr.PRESENTATION,
    **logon.PRESENTATION,
    **password.PRESENTATION,
    **service.PRESENTATION,
    **transport.PRESENTATION,
}


def presentation(error: DirectError) -> Presentation:
    """How this error looks from outside."""
    for kind in type(error).__mro__:
        if kind in PRESENTATION:
            return PRESENTATION[kind]
    return Presentation("internal-error", http.HTTPStatus.INTERNAL_SERVER_ERROR, "An error of the service")
