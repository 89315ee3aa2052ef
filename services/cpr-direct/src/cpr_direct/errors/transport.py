"""What is wrong with CPR's server, the way to it, or the answer that came; and our own restraint."""

import datetime as dt
import enum
from collections.abc import Mapping
from typing import Any, ClassVar

from registerbro.presentation import Presentation

from cpr_direct.errors.base import Decision, DirectError


class Phase(enum.StrEnum):
    """How far a call has come; the first three together have one time limit."""

    ADDRESS = "address"
    CONNECTION = "connection"
    ENCRYPTION = "encryption"
    FIRST_BYTE = "first-byte"
    ANSWER = "answer"


class TransportError(DirectError):
    """Base of what the network, TLS or the other side's bytes say."""

    decision = Decision.RETRY_LATER
    is_outage = True


class ServerError(TransportError):
    """A fault on the way to one server, with what the network said, and how far that way was gone."""

    text: ClassVar[str] = "{server}: {detail}"
    phase: Phase = Phase.CONNECTION

    def __init__(self, server: str, detail: str = "") -> None:
        super().__init__(server, detail)
        self.server = server
        self.detail = detail

    def __str__(self) -> str:
        return self.text.format(server=self.server, detail=self.detail).removesuffix(": ")


class HostUnknown(ServerError):
    """The server's name has no address."""

    text = "the host name of {server} has no address: {detail}"


class ConnectionFailed(ServerError):
    """No connection comes about, or it ends before anything was asked."""

    text = "{server} cannot be reached: {detail}"


class TlsFailed(ServerError):
    """Encryption does not come about."""

    text = "{server} does not speak TLS as required: {detail}"


class CertificateRejected(ServerError):
    """The server's certificate is not accepted; ``reason`` says why."""

    text = "the certificate of {server} is not accepted: {detail}"
    decision = Decision.STOP

    @property
    def reason(self) -> str:
        """Why, in OpenSSL's words."""
        return self.detail


class NoAnswer(TransportError):
    """A time limit passed; ``phase`` says which."""

    _WAITED_FOR: ClassVar[Mapping[Phase, str]] = {
        Phase.ADDRESS: "its name was not resolved",
        Phase.CONNECTION: "no connection came about",
        Phase.ENCRYPTION: "TLS was not agreed upon",
        Phase.FIRST_BYTE: "nothing was answered",
        Phase.ANSWER: "the answer did not end",
    }

    def __init__(self, server: str, phase: Phase, seconds: float) -> None:
        super().__init__(server, phase, seconds)
        self.server = server
        self.phase = phase
        self.seconds = seconds

    def __str__(self) -> str:
        return f"{self.server}: {self._WAITED_FOR[self.phase]} within {self.seconds:g} s"

    @property
    def facts(self) -> Mapping[str, Any]:
        """How far the call had come."""
        return {"phase": str(self.phase)}


class AnswerBroken(TransportError):
    """The answer is not what the protocol says; ``offset`` (bytes from its start) is where that shows."""

    may_have_reached = True

    def __init__(self, offset: int, reason: str) -> None:
        super().__init__(offset, reason)
        self.offset = offset
        self.reason = reason

    def __str__(self) -> str:
        return f"CPR's answer cannot be used: {self.reason} (byte {self.offset})"

    @property
    def facts(self) -> Mapping[str, Any]:
        """Where it broke."""
        return {"offset": self.offset, "reason": self.reason}


class NotAHeader(AnswerBroken):
    """The first 28 characters are no header of CPR Direkte: something else listens there."""


class AnswerCut(AnswerBroken):
    """The connection ended before the answer did."""


class AnswerTooLong(AnswerBroken):
    """More came than the header says, or than an answer can have."""


class RecordBroken(AnswerBroken):
    """A record without which the rest cannot be used is missing, out of place, of unknown type or not as its layout says."""

    decision = Decision.STOP
    is_outage = False


class Busy(DirectError):
    """No connection was free in time, or no turn came; CPR was not asked."""

    decision = Decision.RETRY_LATER

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds

    def __str__(self) -> str:
        return f"too much is asked of CPR at the moment: no turn within {self.seconds:g} s"


class Resting(DirectError):
    """CPR failed several times in a row, and is left alone for a while; it was not asked."""

    decision = Decision.RETRY_LATER

    def __init__(self, retry_after: dt.timedelta) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after

    def __str__(self) -> str:
        return "CPR failed several times in a row and is left alone for a while"

    @property
    def facts(self) -> Mapping[str, Any]:
        """When it is tried again."""
        return {"retry_after_seconds": max(1, round(self.retry_after.total_seconds()))}


PRESENTATION: dict[type[DirectError], Presentation] = {
    HostUnknown: Presentation("cpr-host-unknown", 503, "CPR's host name has no address"),
    ConnectionFailed: Presentation("cpr-unreachable", 503, "CPR cannot be reached"),
    TlsFailed: Presentation("cpr-tls-failed", 503, "CPR does not speak TLS as required"),
    CertificateRejected: Presentation("cpr-certificate-rejected", 503, "CPR's certificate is not accepted"),
    ServerError: Presentation("cpr-unreachable", 503, "CPR cannot be reached"),
    NoAnswer: Presentation("cpr-no-answer", 504, "CPR did not answer in time"),
    AnswerBroken: Presentation("cpr-answer-broken", 502, "CPR's answer cannot be used"),
    Busy: Presentation("busy", 503, "Too much is asked of CPR at the moment"),
    Resting: Presentation("cpr-unavailable", 503, "CPR is not available for the time being"),
}
