"""Who may use CPR Direkte: customers' users with their passwords, in a file of the world that outlives restarts.

AccountError
├── AccountThere     a customer has a user of this id already
└── AccountUnknown   no customer has such a user
"""

import contextlib
import dataclasses
import datetime as dt
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import structlog
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from registerbro_sandbox import hidden
from registerbro_sandbox.direct import errors, passwords
from registerbro_sandbox.direct.files import Signature, signature
from registerbro_sandbox.direct.requests import Logon

log = structlog.get_logger(__name__)
FILE_NAME = "direct-accounts.json"
_LOCK = "direct-accounts.lock"
_REMEMBERED = 12  # former passwords


class AccountError(Exception):
    """Something is not possible with the accounts as they are."""


class AccountThere(AccountError):
    """There is such a user already."""


class AccountUnknown(AccountError):
    """There is no such user."""


class Key(NamedTuple):
    """Which account: a customer number and a user id."""

    customer: str
    user: str


class Account(BaseModel):
    """A user of a customer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    customer: str
    user: str
    password: str = Field(repr=False)  # what ``passwords.kept`` made of it
    former: tuple[str, ...] = Field(default=(), repr=False)  # the same of former ones, the latest first
    expires: AwareDatetime | None = None
    wrong: int = 0  # wrong passwords since the last right one
    is_locked: bool = False
    refused: int | None = None  # the error number with which access is taken away

    @property
    def key(self) -> Key:
        """Which account it is."""
        return Key(self.customer, self.user)

    def is_expired(self, now: dt.datetime) -> bool:
        """Whether a new password is needed."""
        return self.expires is not None and self.expires <= now

    def with_password(self, password: SecretStr, expires: dt.datetime | None) -> "Account":
        """The same account, unlocked, with another password; the old one is remembered."""
        former = (self.password, *self.former)[:_REMEMBERED]
        new = {"password": passwords.kept(password.get_secret_value()), "former": former, "expires": expires}
        return self.model_copy(update={**new, "wrong": 0, "is_locked": False})

    def has_had(self, password: str) -> bool:
        """Whether this is the password, or was one before."""
        return any(passwords.is_same(password, kept) for kept in (self.password, *self.former))


@dataclasses.dataclass(frozen=True, slots=True)
class Rules:
    """How long passwords last (None: for ever), and how many wrong ones lock an account."""

    password_life: dt.timedelta | None = None
    wrong_logons: int = 3

    def expiry(self, now: dt.datetime) -> dt.datetime | None:
        """When a password that is set now expires."""
        return now + self.password_life if self.password_life else None


class _Book(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    accounts: tuple[Account, ...] = ()


class Accounts:
    """The accounts of a world's directory; other processes may change them meanwhile."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._path = directory / hidden.OWN / FILE_NAME
        self._seen: Signature | None = None
        self._known: dict[Key, Account] = {}

    def all(self) -> tuple[Account, ...]:
        """Every account, by customer and user."""
        self._look()
        return tuple(self._known[key] for key in sorted(self._known))

    def find(self, key: Key) -> Account | None:
        """An account, None if there is none."""
        self._look()
        return self._known.get(key)

    def has_customer(self, customer: str) -> bool:
        """Whether a customer has any user."""
        self._look()
        return any(key.customer == customer for key in self._known)

    def add(self, key: Key, password: SecretStr, expires: dt.datetime | None = None) -> None:
        """A new user; raises AccountThere."""
        with self._changing() as book:
            if key in book:
                raise AccountThere(f"customer {key.customer} has a user {key.user} already")
            kept = passwords.kept(password.get_secret_value())
            book[key] = Account(customer=key.customer, user=key.user, password=kept, expires=expires)

    def change(self, key: Key, **values: object) -> None:
        """Set fields of an account; raises AccountUnknown."""
        with self._changing() as book:
            book[key] = _known(book, key).model_copy(update=values)

    def set_password(self, key: Key, password: SecretStr, expires: dt.datetime | None = None) -> None:
        """Give an account another password, whatever the rules say, and unlock it; raises AccountUnknown."""
        with self._changing() as book:
            book[key] = _known(book, key).with_password(password, expires)

    def remove(self, key: Key) -> None:
        """Delete an account; raises AccountUnknown."""
        with self._changing() as book:
            del book[_known(book, key).key]

    def log_on(self, logon: Logon, rules: Rules, now: dt.datetime) -> int:
        """Try a logon, change the password if a new one is given; returns the error number, 0 for none."""
        key = Key(logon.customer, logon.user)
        with self._changing() as book:
            account = book.get(key)
            if account is None or account.is_locked:
                return errors.WRONG_LOGON
            if not passwords.is_same(logon.password, account.password):
                book[key] = _after_wrong_password(account, rules)
                return errors.WRONG_LOGON
            book[key] = account.model_copy(update={"wrong": 0})
            error = _refusal(account, logon, now)
            if not error and logon.changes_password:
                new = SecretStr(logon.new_password)
                book[key] = account.with_password(new, rules.expiry(now))
            return error

    def _look(self) -> None:
        now = signature(self._path)
        if now != self._seen:
            self._known, self._seen = self._read(), now

    def _read(self) -> dict[Key, Account]:
        try:
            book = _Book.model_validate_json(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        return {account.key: account for account in book.accounts}

    @contextlib.contextmanager
    def _changing(self) -> Iterator[dict[Key, Account]]:
        """The accounts, to be changed; written if they were. Nobody else changes them meanwhile."""
        own = hidden.own_directory(self._directory)
        with (own / _LOCK).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            before = self._read()
            book = dict(before)
            yield book
            if book != before:
                self._write(book)

    def _write(self, book: dict[Key, Account]) -> None:
        partial = self._path.with_name(f"{FILE_NAME}.part")
        partial.touch(0o600)
        with partial.open("w", encoding="utf-8") as file:
            file.write(_Book(accounts=tuple(book.values())).model_dump_json(indent=1) + "\n")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._path)


def _known(book: dict[Key, Account], key: Key) -> Account:
    if key not in book:
        raise AccountUnknown(f"customer {key.customer} has no user {key.user}")
    return book[key]


def _after_wrong_password(account: Account, rules: Rules) -> Account:
    wrong = account.wrong + 1
    is_locked = wrong >= rules.wrong_logons
    if is_locked:
        log.warning("account locked", customer=account.customer, user=account.user)
    return account.model_copy(update={"wrong": wrong, "is_locked": is_locked})


def _refusal(account: Account, logon: Logon, now: dt.datetime) -> int:
    """Why somebody with the right password is refused; 0 if they are not."""
    if account.refused in errors.USER_CLOSED:
        return account.refused or errors.NONE
    if not logon.changes_password:
        return errors.PASSWORD_EXPIRED if account.is_expired(now) else errors.NONE
    if not passwords.follows_rules(logon.new_password) or account.has_had(logon.new_password):
        return errors.PASSWORD_AGAINST_RULES
    return errors.NONE
