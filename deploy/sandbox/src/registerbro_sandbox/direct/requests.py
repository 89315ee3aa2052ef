"""What clients of CPR Direkte send, cut apart at the interface's positions: a logon of 35 characters, a request of 39.

Written from the description of the interface alone, so that it checks whoever writes such requests.

RequestError
├── Silent      the connection was closed before anything came
└── Malformed   something came that is no logon and no request; says what is wrong with it, never what it was
"""

import asyncio
import dataclasses

LOGON_LENGTH = 35
LOOKUP_LENGTH = 39
ENCODING = "iso-8859-1"
LOGON = "9"  # in place of a subscription type
_TYPE_ENDS = 10  # the subscription type is the tenth character, and tells a logon from a request
_MOST = 4096


class RequestError(Exception):
    """Nothing that could be answered."""


class Silent(RequestError):
    """The client closed without a word."""


class Malformed(RequestError):
    """What came is neither a logon nor a request."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclasses.dataclass(frozen=True, slots=True)
class Logon:
    """A logon; one with a new password changes it."""

    transaction: str
    customer: str
    data_type: str
    user: str
    password: str = dataclasses.field(repr=False)
    new_password: str = dataclasses.field(repr=False)

    @property
    def subscription_type(self) -> str:
        """What makes it a logon."""
        return LOGON

    @property
    def changes_password(self) -> bool:
        """Whether a new password is given."""
        return bool(self.new_password)


@dataclasses.dataclass(frozen=True, slots=True)
class Lookup:
    """A lookup, with or without a word on the subscription."""

    transaction: str
    customer: str
    subscription_type: str
    data_type: str
    token: str = dataclasses.field(repr=False)
    user: str
    number: str = dataclasses.field(repr=False)


Request = Logon | Lookup


async def receive(reader: asyncio.StreamReader) -> Request:
    """Read one request, in however many pieces it comes; raises ``Silent`` or ``Malformed``."""
    received = b""
    while len(received) < _TYPE_ENDS or len(received) < _length(received):
        more = await reader.read(_MOST)
        if not more:
            raise Malformed("cut short") if received else Silent
        received += more
    if len(received) > _length(received):
        raise Malformed("something stands behind the last field")
    return read(received.decode(ENCODING))


def read(text: str) -> Request:
    """Cut a request apart; ``Malformed`` says what is wrong with it."""
    if text[4] != ",":
        raise Malformed("no comma behind the transaction code")
    if not _are_digits(text[5:9]):
        raise Malformed("the customer number is not four digits")
    return _logon(text) if text[9] == LOGON else _lookup(text)


def _logon(text: str) -> Logon:
    """1-4 transaction, 6-9 customer, 10 nine, 11 data type, 12-19 user, 20-27 password, 28-35 new password."""
    password, new_password = text[19:27].rstrip(" "), text[27:35].rstrip(" ")
    return Logon(text[:4], text[5:9], text[10], _user(text[11:19]), password, new_password)


def _lookup(text: str) -> Lookup:
    """1-4 transaction, 6-9 customer, 10, 11 types, 12-19 token, 20-27 user, 28-29 error number, 30-39 number."""
    if text[27:29] != "00":
        raise Malformed("the error number is not 00")
    return Lookup(text[:4], text[5:9], text[9], text[10], text[11:19], _user(text[19:27]), text[29:39])


def _user(field: str) -> str:
    user = field.rstrip(" ")
    if not user or user.startswith(" "):
        raise Malformed("the user id does not begin where it should")
    return user


def _length(received: bytes) -> int:
    is_logon = received[_TYPE_ENDS - 1 : _TYPE_ENDS] == LOGON.encode()
    return LOGON_LENGTH if is_logon else LOOKUP_LENGTH


def _are_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
