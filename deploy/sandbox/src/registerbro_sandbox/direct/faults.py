"""What CPR Direkte does wrong, on request: faults of the connection, of single answers, and of what stands in them."""

import dataclasses
import enum

from pydantic import Field
from registerbro.cpr.layouts import LAYOUTS
from registerbro.settings import Section

from registerbro_sandbox.direct.answers import HEADER_LENGTH, LONGEST
from registerbro_sandbox.switch import Switch


class At(enum.StrEnum):
    """Which exchanges a fault is for."""

    ALL = "all"
    LOGON = "logon"
    REQUEST = "request"


class Garbage(enum.StrEnum):
    """What stands in an answer that should not."""

    HEADER = "header"  # something that is no header, as a proxy might send
    RECORD_TYPE = "record-type"  # the first record about the person is of an unknown type
    RECORD = "record"  # a record violates its layout: a birth date that is none


class BadCertificate(enum.StrEnum):
    """What is wrong with the certificate that is shown."""

    EXPIRED = "expired"
    OTHER_HOST = "other-host"
    UNTRUSTED = "untrusted"


class DirectWrong(Section):
    """What goes wrong with CPR Direkte; nothing by default. Bytes are counted from the answer's first one."""

    refuse: bool = Field(default=False, description="connections are accepted and closed at once")
    certificate: BadCertificate | None = Field(
        default=None, description="a certificate that is expired, of an other-host, or untrusted"
    )
    error: int | None = Field(default=None, ge=1, le=99, description="error number of every answer")
    at: At = Field(default=At.ALL, description="which exchanges: all, logon, request")
    pieces: int | None = Field(default=None, ge=1, description="answers come in pieces of so many bytes")
    piece_seconds: float = Field(default=0.0, ge=0, le=60, description="pause between two pieces")
    first_byte_seconds: float = Field(
        default=0.0, ge=0, le=3600, description="how late an answer's first byte comes"
    )
    stall_after: int | None = Field(
        default=None, ge=0, description="bytes after which nothing comes and nothing is closed"
    )
    close_after: int | None = Field(
        default=None, ge=0, description="bytes after which the connection is closed"
    )
    surplus: int = Field(default=0, ge=0, le=1_000_000, description="bytes too many behind an answer")
    length_off: int = Field(
        default=0, ge=-LONGEST, le=LONGEST, description="by how much the declared length is wrong"
    )
    garbage: Garbage | None = Field(
        default=None, description="header, record-type or record: what cannot be read"
    )
    times: int | None = Field(default=None, ge=1, description="how often anything goes wrong; none: always")

    def concerns(self, *, is_logon: bool) -> bool:
        """Whether an exchange is one of those in which something goes wrong."""
        return self.at is At.ALL or is_logon == (self.at is At.LOGON)

    def spoils(self, *, has_data: bool) -> bool:
        """Whether an answer comes otherwise than it should; some garbage takes records to stand in."""
        cut = self.stall_after is not None or self.close_after is not None
        slow = bool(self.pieces or self.first_byte_seconds)
        garbled = self.garbage is Garbage.HEADER or (self.garbage is not None and has_data)
        return cut or slow or garbled or bool(self.surplus or self.length_off)


NOTHING = DirectWrong()


class DirectFaults(Switch[DirectWrong]):
    """The switch of a running server."""

    def __init__(self, wrong: DirectWrong = NOTHING) -> None:
        super().__init__(NOTHING)
        self.set(wrong)


class Turn:
    """One connection's share of the faults: counted once, however much of it goes wrong."""

    def __init__(self, faults: DirectFaults | None) -> None:
        self._faults = faults
        self.wrong = faults.wrong if faults else NOTHING
        self._is_used = False

    def happens(self, applies: bool) -> bool:
        """Whether a fault that applies goes wrong now."""
        if applies and self._faults and not self._is_used:
            self._is_used = self._faults.use(self.wrong)
        return applies and self._is_used


_NO_HEADER = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"
_DECLARED = slice(24, HEADER_LENGTH)
_SURPLUS = b"\r\n "


def spoilt(answer: bytes, wrong: DirectWrong) -> bytes:
    """What is sent in an answer's place."""
    if wrong.garbage is Garbage.HEADER:
        return _NO_HEADER
    if wrong.garbage and len(answer) > HEADER_LENGTH:
        answer = _garbled(answer, wrong.garbage)
    if wrong.length_off:
        declared = min(max(int(answer[_DECLARED]) + wrong.length_off, 0), LONGEST)
        answer = answer[: _DECLARED.start] + f"{declared:04}".encode() + answer[HEADER_LENGTH:]
    return answer + (_SURPLUS * wrong.surplus)[: wrong.surplus]


def _garbled(answer: bytes, garbage: Garbage) -> bytes:
    """An answer whose record 001, the first one about the person, cannot be read."""
    begins = HEADER_LENGTH + LAYOUTS["000"].length
    if garbage is Garbage.RECORD_TYPE:
        return answer[:begins] + b"888" + answer[begins + 3 :]
    born = LAYOUTS["001"].field("birth_date")
    at = begins + born.start - 1
    return answer[:at] + b"20-13-1999"[: born.length] + answer[at + born.length :]


@dataclasses.dataclass(frozen=True, slots=True)
class Sending:
    """How an answer goes out: the bytes, in which pieces, and what comes after the last one."""

    content: bytes = dataclasses.field(repr=False)
    piece: int
    piece_seconds: float = 0.0
    first_byte_seconds: float = 0.0
    stalls: bool = False

    @classmethod
    def of(cls, answer: bytes, wrong: DirectWrong) -> "Sending":
        """As a fault has it."""
        content = spoilt(answer, wrong)
        ends = [at for at in (wrong.stall_after, wrong.close_after) if at is not None]
        content = content[: min(ends)] if ends else content
        stalls = wrong.stall_after is not None and wrong.stall_after == min(ends)
        piece = wrong.pieces or max(len(content), 1)
        return cls(content, piece, wrong.piece_seconds, wrong.first_byte_seconds, stalls)
