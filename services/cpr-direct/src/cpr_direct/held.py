"""What the store knows of logons and passwords, while one logon, or one change of the password, is under way."""

import contextlib
import dataclasses
import datetime as dt
import enum
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiosql
import asyncpg
from pydantic import SecretStr
from registerbro import secrets as stored_secrets
from registerbro.database import Connection
from registerbro.secrets import SecretStore

from cpr_direct.credentials import Account, Credentials, Fingerprints, Origin
from cpr_direct.errors import (
    CprError,
    DirectError,
    LogonBlocked,
    PasswordExpired,
    PasswordUnknown,
    SecretKeyMissing,
    SecretUnreadable,
    StoreUnavailable,
)
from cpr_direct.settings import CprDirectSettings

PASSWORD = "CPR Direkte password"  # noqa: S105 (the name it is stored under)
PREPARED = "CPR Direkte password, prepared"
SQL: Any = aiosql.from_path(Path(__file__).parent / "sql" / "logons.sql", "asyncpg")


class Outcome(enum.StrEnum):
    """What became of a change of the password."""

    CHANGED = "changed"
    FOUND_CHANGED = "found-changed"  # it broke off; then CPR accepted the new password
    STORED = "stored"
    REFUSED = "refused"
    NOT_SENT = "not-sent"
    FOUND_UNCHANGED = "found-unchanged"  # it broke off; then CPR accepted the old password
    NONE_HOLDS = "none-holds"
    SUPERSEDED = "superseded"


@dataclasses.dataclass(frozen=True, slots=True)
class OpenChange:
    """A change of the password that has not ended."""

    is_ours: bool  # of the account that is set
    is_sent: bool
    since: dt.datetime


@dataclasses.dataclass(frozen=True, slots=True)
class LogonState:
    """How we stand with CPR. ``obstacle`` is why no logon is made at present; times are UTC."""

    origin: Origin | None  # of the password in force
    obstacle: DirectError | None
    password_since: dt.datetime | None  # its change, or the first logon that CPR took it for
    last_accepted: dt.datetime | None
    unsettled_since: dt.datetime | None  # a change was sent, and whether CPR took it is not known
    password_expires: dt.datetime | None = None  # where it is known how long one lasts

    @property
    def is_expired(self) -> bool:
        """Whether CPR wants a new password."""
        return isinstance(self.obstacle, PasswordExpired)


@contextlib.contextmanager
def store_faults() -> Iterator[None]:
    """A store that does not answer keeps us from logging on: without it nobody knows what is blocked."""
    try:
        yield
    except stored_secrets.SecretUnreadable as error:
        raise SecretUnreadable(error.name) from error
    except stored_secrets.NoSecretKey as error:
        raise SecretUnreadable(PASSWORD) from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise StoreUnavailable from error


class Held:
    """What the store knows, while nobody else changes it. Whatever is written is committed when the call returns."""

    def __init__(
        self,
        connection: Connection,
        secrets: SecretStore,
        fingerprints: Fingerprints,
        settings: CprDirectSettings,
        now: Callable[[], dt.datetime],
        unrecorded: dict[bytes, LogonBlocked],
    ) -> None:
        self._connection = connection
        self._secrets = secrets
        self._fingerprints = fingerprints
        self._configured = settings.password
        self._lasts_days = settings.password_change.lasts_days
        self._account = Account.of(settings)
        self._now = now
        self._unrecorded = unrecorded

    async def in_force(self) -> Credentials:
        """What the next logon is made with: the stored password of this account, else the configured one."""
        if await self._stored_since():
            stored = await self._secrets.get(self._connection, PASSWORD)
            if stored is not None:
                return Credentials(self._account, stored, Origin.STORED)
        if self._configured is None:
            raise PasswordUnknown
        return Credentials(self._account, self._configured, Origin.CONFIGURED)

    async def block(self, credentials: Credentials) -> LogonBlocked | None:
        """CPR's refusal of these credentials, if there was one."""
        key = self._fingerprints.credentials(credentials)
        row = await SQL.logon(self._connection, credentials_hash=key)
        if row and row["refused_at"]:
            return LogonBlocked(row["refused_at"], row["refused_number"])
        return self._unrecorded.get(key)

    async def refused(self, credentials: Credentials, error: CprError) -> None:
        """CPR refused them; remembered by this process, too, until the store has it."""
        key, at = self._fingerprints.credentials(credentials), self._now()
        self._unrecorded[key] = LogonBlocked(at, error.number)
        await SQL.refused(self._connection, credentials_hash=key, at=at, number=error.number)
        self._unrecorded.pop(key, None)

    async def accepted(self, credentials: Credentials) -> None:
        """CPR took them."""
        key = self._fingerprints.credentials(credentials)
        await SQL.accepted(self._connection, credentials_hash=key, at=self._now())

    async def open_change(self) -> OpenChange | None:
        """The change of the password that has not ended."""
        row = await SQL.open_change(self._connection)
        if row is None:
            return None
        is_ours = row["account_hash"] == self._fingerprints.account(self._account)
        return OpenChange(is_ours, row["sent_at"] is not None, row["sent_at"] or row["prepared_at"])

    async def prepared(self) -> Credentials:
        """What holds if CPR took the change."""
        password = await self._secrets.get(self._connection, PREPARED)
        if password is None:
            raise SecretUnreadable(PREPARED)
        return Credentials(self._account, password, Origin.STORED)

    async def prepare(self, new: SecretStr, *, by: str) -> None:
        """Keeps the new password before CPR is told; a change of another account's is given up."""
        self.need_key()
        async with self._connection.transaction():
            await SQL.end_change(self._connection, at=self._now(), outcome=Outcome.SUPERSEDED)
            await self._secrets.put(self._connection, PREPARED, new)
            account_hash = self._fingerprints.account(self._account)
            await SQL.prepare_change(self._connection, account_hash=account_hash, at=self._now(), by=by)

    async def sent(self) -> None:
        """From here on CPR may have the new password."""
        await SQL.change_sent(self._connection, at=self._now())

    async def promote(self, outcome: Outcome) -> None:
        """The prepared password is the one in force."""
        async with self._connection.transaction():
            new = await self.prepared()
            await self._secrets.put(self._connection, PASSWORD, new.password)
            await self.accepted(new)
            await self.end_change(outcome)

    async def end_change(self, outcome: Outcome) -> None:
        """Forgets the prepared password."""
        async with self._connection.transaction():
            await self._secrets.remove(self._connection, PREPARED)
            await SQL.end_change(self._connection, at=self._now(), outcome=outcome)

    async def store(self, new: SecretStr, *, by: str) -> None:
        """Takes a password that was changed elsewhere."""
        self.need_key()
        async with self._connection.transaction():
            await self.end_change(Outcome.SUPERSEDED)
            await self._secrets.put(self._connection, PASSWORD, new)
            account_hash = self._fingerprints.account(self._account)
            await SQL.password_stored(self._connection, account_hash=account_hash, at=self._now(), by=by)

    def need_key(self) -> None:
        """Raises ``SecretKeyMissing`` where nothing can be encrypted."""
        if not self._secrets.has_key:
            raise SecretKeyMissing

    async def state(self) -> LogonState:
        """How we stand with CPR."""
        change = await self.open_change()
        unsettled_since = change.since if change and change.is_ours and change.is_sent else None
        try:
            with store_faults():
                credentials = await self.in_force()
        except (PasswordUnknown, SecretUnreadable) as obstacle:
            return LogonState(None, obstacle, None, None, unsettled_since)
        row = await SQL.logon(
            self._connection, credentials_hash=self._fingerprints.credentials(credentials)
        ) or {"first_accepted_at": None, "last_accepted_at": None}
        changed = await self._stored_since() if credentials.origin is Origin.STORED else None
        block = await self.block(credentials)
        since = changed or row["first_accepted_at"]
        return LogonState(
            credentials.origin,
            block and obstacle_of(block),
            since,
            row["last_accepted_at"],
            unsettled_since,
            self._end_of(since),
        )

    def _end_of(self, since: dt.datetime | None) -> dt.datetime | None:
        if since is None or self._lasts_days is None:
            return None
        return since + dt.timedelta(days=self._lasts_days)

    async def _stored_since(self) -> dt.datetime | None:
        """Since when this account's password is stored; None where it is not."""
        row = await SQL.known_password(self._connection)
        if row is None or row["account_hash"] != self._fingerprints.account(self._account):
            return None
        since: dt.datetime = row["ended_at"]
        return since


def obstacle_of(block: LogonBlocked) -> DirectError:
    """What a block means to a logon: an expired password is right, and changed rather than corrected."""
    return PasswordExpired() if block.number == PasswordExpired.number else block
