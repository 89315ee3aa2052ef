"""What is answered to a request: who may ask, what is known of a person, what becomes of the subscription."""

import asyncio
import dataclasses
import datetime as dt
from collections.abc import Collection
from zoneinfo import ZoneInfo

import structlog
from registerbro.cpr.numbers import NOBODY

from registerbro_sandbox.direct import errors
from registerbro_sandbox.direct.accounts import Accounts, Key, Rules
from registerbro_sandbox.direct.answers import Answer
from registerbro_sandbox.direct.register import CURRENT, Register
from registerbro_sandbox.direct.requests import ENCODING, Logon, Lookup, Request
from registerbro_sandbox.direct.tokens import LENGTH, Tokens

log = structlog.get_logger(__name__)
DENMARK = ZoneInfo("Europe/Copenhagen")
_SUBSCRIBE, _UNSUBSCRIBE = "1", "3"
_SUBSCRIPTION_TYPES = frozenset({"0", _SUBSCRIBE, _UNSUBSCRIBE})
_NO_DATA, _PERSON = "0", "6"
_DATA_TYPES = frozenset({_NO_DATA, _PERSON})
_NO_TOKEN = " " * LENGTH


@dataclasses.dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed with the customers, and how the office keeps its door."""

    transaction_code: str = "OFF4"
    record_types: Collection[str] = CURRENT
    token_life: dt.timedelta = dt.timedelta(minutes=30)
    rules: Rules = dataclasses.field(default_factory=Rules)
    allowed_addresses: frozenset[str] = frozenset()  # empty: any
    sends_error_texts: bool = True


class Desk:
    """Answers the requests of a world's customers."""

    def __init__(self, terms: Terms, accounts: Accounts, tokens: Tokens, register: Register) -> None:
        self._terms = terms
        self._accounts, self._tokens, self._register = accounts, tokens, register

    async def answer(self, request: Request, address: str) -> Answer:
        """The answer to somebody at an address."""
        match request:
            case Logon():
                return await self._log_on(request, address)
            case Lookup():
                return await self._look_up(request, address)

    def refuse(self, request: Request, error: int) -> Answer:
        """The same request refused; nothing comes of it."""
        token = request.token if isinstance(request, Lookup) else _NO_TOKEN
        text = errors.text_of(error).encode(ENCODING) if self._terms.sends_error_texts else b""
        return dataclasses.replace(_empty(request, token), error=error, body=text)

    def greet(self, request: Request) -> Answer:
        """What a health check gets: an answer, once the accounts and the world could be read."""
        self._accounts.all()
        self._register.refresh()
        return _empty(request, _NO_TOKEN)

    async def _log_on(self, logon: Logon, address: str) -> Answer:
        error = self._refusal(logon, address)
        if not error and logon.data_type != _NO_DATA:
            error = errors.UNKNOWN_DATA_TYPE
        if not error:
            now = dt.datetime.now(dt.UTC)
            error = await asyncio.to_thread(self._accounts.log_on, logon, self._terms.rules, now)
        log.info("direct logon", user=logon.user, error=error, changes_password=logon.changes_password)
        if error:
            return self.refuse(logon, error)
        return _empty(logon, self._tokens.issue(Key(logon.customer, logon.user), address))

    async def _look_up(self, lookup: Lookup, address: str) -> Answer:
        if error := self._refusal(lookup, address) or self._mistake(lookup, address):
            return self.refuse(lookup, error)
        self._register.refresh()
        if not self._register.is_open:
            return self.refuse(lookup, errors.CLOSED)
        entry = self._register.find(lookup.number)
        if entry is None:
            return self.refuse(lookup, errors.UNKNOWN_PERSON)
        if lookup.subscription_type in {_SUBSCRIBE, _UNSUBSCRIBE}:
            await self._register.say(entry, is_subscribed=lookup.subscription_type == _SUBSCRIBE)
        answer = _empty(lookup, lookup.token)
        if lookup.data_type == _NO_DATA:
            return answer
        return dataclasses.replace(answer, body=entry.records.framed(lookup.customer, self._register.day))

    def _refusal(self, request: Request, address: str) -> int:
        """Who may not ask at all."""
        if self._terms.allowed_addresses and address not in self._terms.allowed_addresses:
            return errors.ADDRESS_NOT_ALLOWED
        if not self._accounts.has_customer(request.customer):
            return errors.UNKNOWN_CUSTOMER
        if request.transaction != self._terms.transaction_code:
            return errors.NO_TRANSACTION
        return errors.NONE

    def _mistake(self, lookup: Lookup, address: str) -> int:
        """What is wrong with a request."""
        key = Key(lookup.customer, lookup.user)
        account = self._accounts.find(key)
        if account is None:
            return errors.WRONG_LOGON
        if not self._tokens.is_good(lookup.token, key, address):
            return errors.NEW_LOGON_NEEDED
        if account.refused:
            return account.refused
        if lookup.subscription_type not in _SUBSCRIPTION_TYPES:
            return errors.UNKNOWN_SUBSCRIPTION_TYPE
        if lookup.data_type not in _DATA_TYPES:
            return errors.UNKNOWN_DATA_TYPE
        return errors.NONE if _is_number(lookup.number) else errors.NUMBER_MISSING


def danish_day() -> dt.date:
    """The Danish date."""
    return dt.datetime.now(DENMARK).date()


def _empty(request: Request, token: str) -> Answer:
    """A header with nothing behind it."""
    types = (request.subscription_type, request.data_type)
    return Answer(request.customer, *types, token, request.user)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and text != NOBODY
