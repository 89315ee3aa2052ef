"""Sessions of people, kept in the store: the cookie holds 256 random bits and nothing else, the store only their hash.

A session ends by logging out, by a time without a call, at the latest after some hours, and when roles or the password of a
local user change or it is disabled, and none counts that was begun elsewhere than where people log in now.
"""

import dataclasses
import datetime as dt
import hashlib
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aiosql
from registerbro.auth import Caller, Scope
from registerbro.database import Connection, Pool

from console import history
from console.history import Action, Topic
from console.people.errors import SessionMissing
from console.people.names import CONSOLE
from console.people.roles import Role, scopes_of
from console.people.settings import SessionSettings

ID_BYTES = 32
SEEN_EVERY = dt.timedelta(minutes=1)  # how exactly the last call is known
_SQL: Any = aiosql.from_path(Path(__file__).parent / "sql" / "sessions.sql", "asyncpg")


@dataclasses.dataclass(frozen=True, slots=True)
class Person:
    """Who has logged in: here (no issuer), or at an issuer, with what it gave, encrypted."""

    user_name: str
    display_name: str
    roles: frozenset[Role]
    issuer: str | None = None
    must_change_password: bool = False
    tokens: bytes | None = dataclasses.field(default=None, repr=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Session:
    """A session as it is kept. Times are UTC."""

    session_hash: bytes = dataclasses.field(repr=False)
    user_name: str
    display_name: str
    issuer: str | None
    roles: frozenset[Role]
    must_change_password: bool
    created_at: dt.datetime
    last_seen_at: dt.datetime
    expires_at: dt.datetime

    @property
    def scopes(self) -> frozenset[Scope]:
        """What the person may do; nothing while the password must be changed."""
        return frozenset() if self.must_change_password else scopes_of(self.roles)

    def caller(self) -> Caller:
        """Whose calls they are."""
        return Caller(CONSOLE, self.user_name, self.scopes)


@dataclasses.dataclass(frozen=True, slots=True)
class Ended:
    """A session that has been ended just now."""

    user_name: str
    issuer: str | None
    tokens: bytes | None = dataclasses.field(repr=False)


class Sessions:
    """All sessions."""

    def __init__(
        self, pool: Pool, settings: SessionSettings, issuer: str | None, *, now: Callable[[], dt.datetime]
    ) -> None:
        self._pool = pool
        self._issuer = issuer  # where people log in
        self._idle = dt.timedelta(minutes=settings.idle_minutes)
        self._longest = dt.timedelta(hours=settings.hours)
        self._now = now

    async def begin(self, connection: Connection, person: Person, *, instead_of: str | None) -> str:
        """A new session; returns the cookie's value. One that the browser brings along ends: its id is never taken over."""
        session_id = secrets.token_urlsafe(ID_BYTES)
        now = self._now()
        if instead_of is not None:
            await _SQL.end(connection, session_hash=_hash(instead_of))
        values = {field.name: getattr(person, field.name) for field in dataclasses.fields(person)}
        values["roles"] = [str(role) for role in Role if role in person.roles]
        await _SQL.add(
            connection, session_hash=_hash(session_id), now=now, expires_at=now + self._longest, **values
        )
        return session_id

    async def find(self, session_id: str) -> Session:
        """The session of a cookie, which is in use from now on; ``SessionMissing``."""
        now = self._now()
        session_hash = _hash(session_id)
        row = await _SQL.find(
            self._pool,
            session_hash=session_hash,
            issuer=self._issuer,
            now=now,
            idle_since=now - self._idle,
        )
        if row is None:
            raise SessionMissing
        if row["last_seen_at"] < now - SEEN_EVERY:
            await _SQL.seen(self._pool, session_hash=session_hash, now=now, seen_before=now - SEEN_EVERY)
        return _session(row)

    def idle_until(self, session: Session) -> dt.datetime:
        """When it ends if no call is made from now on."""
        return min(session.expires_at, self._now() + self._idle)

    async def end(self, session_id: str) -> Ended | None:
        """Ends a session; None where there was none."""
        row = await _SQL.end(self._pool, session_hash=_hash(session_id))
        return None if row is None else Ended(**row)

    async def forget(self) -> int:
        """Drops sessions that have ended; returns how many."""
        now = self._now()
        return int(await _SQL.forget(self._pool, now=now, idle_since=now - self._idle))


async def end_of_person(pool: Pool, user_name: str, *, by: Caller) -> int:
    """Ends every session of a person, a local user or an issuer's; returns how many."""
    async with pool.acquire() as connection, connection.transaction():
        ended = int(await _SQL.end_of_person(connection, user_name=user_name))
        await history.record(
            connection, Topic.PERSON, user_name, Action.SESSIONS_ENDED, by, {"sessions": [ended, 0]}
        )
    return ended


async def end_of_user(connection: Connection, user_name: str) -> None:
    """Ends every session of a local user, in the transaction that takes something from it."""
    await _SQL.end_of_user(connection, user_name=user_name)


async def lock_tokens(connection: Connection, session: Session) -> bytes | None:
    """What the issuer gave, encrypted; held until the transaction ends. ``SessionMissing``."""
    row = await _SQL.lock_tokens(connection, session_hash=session.session_hash)
    if row is None:
        raise SessionMissing
    tokens: bytes | None = row["tokens"]
    return tokens


async def keep_tokens(connection: Connection, session: Session, tokens: bytes) -> None:
    """Keeps what the issuer gave anew."""
    await _SQL.keep_tokens(connection, session_hash=session.session_hash, tokens=tokens)


async def end_in(connection: Connection, session: Session) -> None:
    """Ends a session in a transaction."""
    await _SQL.end(connection, session_hash=session.session_hash)


def _hash(session_id: str) -> bytes:
    return hashlib.sha256(session_id.encode()).digest()


def _session(row: Mapping[str, Any]) -> Session:
    roles = frozenset(role for role in Role if role in row["roles"])
    return Session(**{**row, "roles": roles})
