"""What keeps us from logging on at all."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from registerbro.presentation import Presentation

from cpr_direct.errors.base import Decision, DirectError


class LogonError(DirectError):
    """Base of what keeps us from logging on."""


class LogonBlocked(LogonError):
    """CPR refused these credentials before (error ``number``, at ``since``): they are not tried again."""

    def __init__(self, since: dt.datetime, number: str) -> None:
        super().__init__(since, number)
        self.since = since
        self.number = number

    def __str__(self) -> str:
        return (
            f"CPR refused the logon with error {self.number} at {self.since:%Y-%m-%d %H:%M} UTC; the same credentials are "
            "not tried again, so that the account is not locked: correct them, or lift the block"
        )

    @property
    def facts(self) -> Mapping[str, Any]:
        """Since when, and CPR's number."""
        return {"since": self.since.isoformat(timespec="seconds"), "cpr_error": self.number}


class PasswordUnknown(LogonError):
    """No password is configured, and none is stored."""

    def __str__(self) -> str:
        return "no password is known: set REGISTERBRO_CPR_DIRECT__PASSWORD, or store one"


class SecretUnreadable(LogonError):
    """The stored password was encrypted with a key that is not configured any more."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"the stored secret {self.name!r} cannot be read with the configured keys (REGISTERBRO_SECRETS__KEYS)"


class LogonBusy(LogonError):
    """Another logon or change of the password is under way, here or in another replica, and does not end; CPR was not asked."""

    decision = Decision.RETRY_LATER

    def __str__(self) -> str:
        return "another logon or change of the password is under way"


class StoreUnavailable(LogonError):
    """What is known of logons and passwords cannot be read or written; CPR was not asked."""

    decision = Decision.RETRY_LATER

    def __str__(self) -> str:
        return "the store cannot be reached, without which no logon is made"


PRESENTATION: dict[type[DirectError], Presentation] = {
    LogonBlocked: Presentation("logon-blocked", 503, "The logon is blocked since CPR refused it"),
    PasswordUnknown: Presentation("password-unknown", 503, "No password for CPR is known"),
    SecretUnreadable: Presentation("secret-unreadable", 503, "The stored password cannot be read"),
    LogonBusy: Presentation("logon-busy", 503, "Another logon is under way"),
    StoreUnavailable: Presentation("store-unavailable", 503, "The store cannot be reached"),
}
