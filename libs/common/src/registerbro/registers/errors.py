"""What can go wrong between us and a provider of CVR's data. Texts are one line, without secrets and without what was asked.

RegisterError
├── RegisterUnavailable(retry_after)       tried again later, by itself
│   ├── Unreachable                        DNS, connection refused or cut
│   ├── TimedOut
│   ├── Throttled                          429, or 503 with Retry-After; or we wait because another replica was told so
│   └── ServerFailed(status)               5xx
├── AccessRefused                          somebody must look into it; tried again, slowly
│   ├── TokenRefused(code)                 invalid_client, unauthorized_client, invalid_scope, …
│   ├── CallRefused(status)                401 or 403 for the call itself, or no right to an entity
│   ├── ProxyRefused(status)               our own proxy: 407, or a host that it connects nobody to
│   ├── NotConfigured(reasons)             a setting is missing without which the provider cannot be asked
│   ├── CertificateExpired(expired_on)     our own
│   ├── CertificateUnusable                our own: not there, wrong password, no key in it
│   ├── CertificateRefused                 our own: their server does not take it, or wants one where we sent none
│   └── ServerNotTrusted                   theirs: unknown authority, wrong name, expired
├── AnswerUnusable                         the register said something that we cannot use; tried again, slowly
│   ├── NotJson                            HTML, text, or cut off
│   ├── FieldUnusable(path)                a field is missing, or of another type
│   └── Refused(code, status)              an error of the register's own: DAF-GQL-0009, a 400 with a text
├── SearchNotSupported                     the provider has no search by name
├── FeedGap                                events were dropped before we read them
└── PositionUnusable                       a position that another provider gave
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any


class RegisterError(Exception):
    """A provider could not be asked, or gave nothing that can be used."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What programs want to know of it, beside the text."""
        return {}


class RegisterUnavailable(RegisterError):
    """It may work later; ``retry_after`` is when, where the register said so."""

    def __init__(self, text: str, *, retry_after: dt.timedelta | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after

    @property
    def facts(self) -> Mapping[str, Any]:
        """When it may work again."""
        return {} if self.retry_after is None else {"retry_after_seconds": self.retry_after.total_seconds()}


class Unreachable(RegisterUnavailable):
    """No connection came about, or it was cut."""


class TimedOut(RegisterUnavailable):
    """No answer within the time."""


class Throttled(RegisterUnavailable):
    """We asked too much, and are to wait."""


class ServerFailed(RegisterUnavailable):
    """The register failed: a status of 500 or more."""

    def __init__(self, text: str, *, status: int, retry_after: dt.timedelta | None = None) -> None:
        super().__init__(text, retry_after=retry_after)
        self.status = status


class AccessRefused(RegisterError):
    """We are not let in."""


class TokenRefused(AccessRefused):
    """The token end point gave no token; ``code`` is OAuth2's, as ``invalid_client``."""

    def __init__(self, text: str, *, code: str) -> None:
        super().__init__(text)
        self.code = code

    @property
    def facts(self) -> Mapping[str, Any]:
        """OAuth2's code."""
        return {"code": self.code}


class CallRefused(AccessRefused):
    """The call was refused, though the token or certificate was sent."""

    def __init__(self, text: str, *, status: int) -> None:
        super().__init__(text)
        self.status = status


class ProxyRefused(AccessRefused):
    """The proxy between us and the register does not connect us."""

    def __init__(self, text: str, *, status: int) -> None:
        super().__init__(text)
        self.status = status


class NotConfigured(AccessRefused):
    """A setting is missing; ``reasons`` has a line for each, which names the variable."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


class CertificateExpired(AccessRefused):
    """Our certificate is no longer valid, or not yet."""

    def __init__(self, text: str, *, expired_on: dt.date) -> None:
        super().__init__(text)
        self.expired_on = expired_on


class CertificateUnusable(AccessRefused):
    """Our certificate cannot be read."""


class CertificateRefused(AccessRefused):
    """Their server does not take our certificate, or wants one where we have none to send."""


class ServerNotTrusted(AccessRefused):
    """The server's certificate is not one that we trust."""


class AnswerUnusable(RegisterError):
    """The register answered something that we cannot use."""


class NotJson(AnswerUnusable):
    """The answer is no JSON."""


class FieldUnusable(AnswerUnusable):
    """A field is missing or of another type; ``path`` names it, as ``virksomhed.CVRNummer``."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"the register's answer cannot be used: {path} {problem}")
        self.path = path

    @property
    def facts(self) -> Mapping[str, Any]:
        """The field."""
        return {"field": self.path}


class Refused(AnswerUnusable):
    """The register answered with an error of its own."""

    def __init__(self, text: str, *, code: str, status: int) -> None:
        super().__init__(text)
        self.code = code
        self.status = status

    @property
    def facts(self) -> Mapping[str, Any]:
        """The register's code."""
        return {"code": self.code}


class SearchNotSupported(RegisterError):
    """The provider has no search by name."""


class FeedGap(RegisterError):
    """The provider no longer keeps what happened since we read last."""


class PositionUnusable(RegisterError):
    """A position that another provider gave."""
