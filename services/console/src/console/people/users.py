"""Local users: what is kept of them, and every change with who made it. What takes something from a user ends the sessions."""

import contextlib
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import aiosql
from pydantic import SecretStr
from registerbro.auth import Caller
from registerbro.database import Connection, Pool

from console import history
from console.history import Action, Topic
from console.people import lockout, passwords, sessions
from console.people.errors import UserExists, UserUnknown
from console.people.passwords import PasswordHasher
from console.people.roles import Role

ONE_TIME = dt.timedelta(days=3)  # how long a one-time password is accepted
_SQL: Any = aiosql.from_path(Path(__file__).parent / "sql" / "users.sql", "asyncpg")


@dataclasses.dataclass(frozen=True, slots=True)
class Profile:
    """What an administrator says of a user."""

    display_name: str
    roles: frozenset[Role] = frozenset()
    enabled: bool = True

    def row(self) -> dict[str, Any]:
        """As the store and the history keep it."""
        return {
            "display_name": self.display_name,
            "roles": [str(role) for role in Role if role in self.roles],
            "enabled": self.enabled,
        }


@dataclasses.dataclass(frozen=True, slots=True)
class User:
    """A local user as it is kept, without the password. Times are UTC."""

    user_name: str
    profile: Profile
    must_change_password: bool
    password_until: dt.datetime | None
    password_changed_at: dt.datetime
    paused_until: dt.datetime | None
    last_login_at: dt.datetime | None
    created_at: dt.datetime
    changed_at: dt.datetime
    changed_by: str


@dataclasses.dataclass(frozen=True, slots=True)
class Credentials:
    """What a log-in is checked with."""

    password_hash: str = dataclasses.field(repr=False)
    enabled: bool
    password_until: dt.datetime | None


class Users:
    """The local users in the store."""

    def __init__(self, pool: Pool, hasher: PasswordHasher, *, now: Callable[[], dt.datetime]) -> None:
        self._pool = pool
        self._hasher = hasher
        self._now = now

    async def page(self, *, after: str, size: int) -> list[User]:
        """Users by name."""
        return [_user(row) async for row in _SQL.page(self._pool, after=after, now=self._now(), size=size)]

    async def get(self, user_name: str) -> User:
        """One of them; ``UserUnknown``."""
        return await self._get(self._pool, user_name)

    async def credentials(self, user_name: str) -> Credentials | None:
        """What a log-in is checked with; None if there is no such user."""
        row = await _SQL.credentials(self._pool, user_name=user_name)
        return None if row is None else Credentials(**row)

    async def add(
        self, user_name: str, profile: Profile, *, password: SecretStr | None, by: Caller
    ) -> tuple[User, SecretStr]:
        """Adds a user; returns it with the password, a one-time one if none is given. ``UserExists``, ``PasswordRefused``."""
        names = (user_name, profile.display_name)
        chosen = (
            passwords.one_time() if password is None else await self._hasher.checked(password, names=names)
        )
        kept = await self._hasher.hash(chosen)
        async with self._pool.acquire() as connection, connection.transaction():
            row = profile.row()
            added = await _SQL.add(
                connection,
                user_name=user_name,
                password_hash=kept,
                now=self._now(),
                by=by.name,
                **self._one_time(is_one_time=password is None),
                **row,
            )
            if added is None:
                raise UserExists
            changes = {field: [None, value] for field, value in row.items()}
            await history.record(connection, Topic.PERSON, user_name, Action.CREATED, by, changes)
            return await self._get(connection, user_name), chosen

    async def change(self, user_name: str, changes: Mapping[str, Any], *, by: Caller) -> User:
        """Changes fields of the profile; ``UserUnknown``. Other roles, or being disabled, end the user's sessions."""
        async with self._held(user_name) as (connection, user):
            old = user.profile.row()
            new = dataclasses.replace(user.profile, **changes).row()
            differences = {name: [old[name], new[name]] for name in new if new[name] != old[name]}
            if not differences:
                return user
            await _SQL.change(connection, user_name=user_name, now=self._now(), by=by.name, **new)
            if differences.keys() & {"roles", "enabled"}:
                await sessions.end_of_user(connection, user_name)
            await history.record(connection, Topic.PERSON, user_name, Action.CHANGED, by, differences)
            return await self._get(connection, user_name)

    async def reset_password(self, user_name: str, *, by: Caller) -> tuple[User, SecretStr]:
        """Gives a one-time password and ends the user's sessions and pauses; ``UserUnknown``."""
        chosen = passwords.one_time()
        return await self._set_password(user_name, chosen, is_one_time=True, by=by), chosen

    async def change_password(self, user_name: str, password: SecretStr, *, by: Caller) -> User:
        """A password that the user chose; ends all sessions of the user. ``PasswordRefused``, ``UserUnknown``."""
        user = await self.get(user_name)
        chosen = await self._hasher.checked(password, names=(user_name, user.profile.display_name))
        return await self._set_password(user_name, chosen, is_one_time=False, by=by)

    async def unlock(self, user_name: str, *, by: Caller) -> User:
        """Ends every pause after wrong passwords; ``UserUnknown``."""
        async with self._held(user_name) as (connection, _):
            await lockout.unlock(connection, user_name)
            await history.record(connection, Topic.PERSON, user_name, Action.UNLOCKED, by, {})
            return await self._get(connection, user_name)

    async def remove(self, user_name: str, *, by: Caller) -> None:
        """Forgets a user, but not what was done to it; ``UserUnknown``."""
        async with self._held(user_name) as (connection, user):
            await sessions.end_of_user(connection, user_name)
            await lockout.forget_user(connection, user_name)
            await _SQL.remove(connection, user_name=user_name)
            changes = {field: [value, None] for field, value in user.profile.row().items()}
            await history.record(connection, Topic.PERSON, user_name, Action.REMOVED, by, changes)

    async def renewed(self, user_name: str, password: SecretStr, *, kept: str) -> str:
        """The hash that the password is kept as, made anew where the parameters have changed."""
        if not self._hasher.is_outdated(kept):
            return kept
        made = await self._hasher.hash(password)
        await _SQL.renew_hash(self._pool, new=made, old=kept, user_name=user_name)
        return made

    async def logged_in(self, connection: Connection, user_name: str, *, kept: str) -> User | None:
        """Notes the log-in and holds the user; None if it was disabled or the password changed a moment ago."""
        found = await _SQL.logged_in(connection, now=self._now(), user_name=user_name, password_hash=kept)
        return None if found is None else await self._get(connection, user_name)

    async def _set_password(
        self, user_name: str, chosen: SecretStr, *, is_one_time: bool, by: Caller
    ) -> User:
        kept = await self._hasher.hash(chosen)
        async with self._held(user_name) as (connection, _):
            await _SQL.change_password(
                connection,
                user_name=user_name,
                password_hash=kept,
                now=self._now(),
                by=by.name,
                **self._one_time(is_one_time=is_one_time),
            )
            await sessions.end_of_user(connection, user_name)
            if is_one_time:
                await lockout.unlock(connection, user_name)
            facts = {"one_time": [None, is_one_time]}
            await history.record(connection, Topic.PERSON, user_name, Action.PASSWORD_CHANGED, by, facts)
            return await self._get(connection, user_name)

    def _one_time(self, *, is_one_time: bool) -> dict[str, Any]:
        until = self._now() + ONE_TIME if is_one_time else None
        return {"must_change_password": is_one_time, "password_until": until}

    @contextlib.asynccontextmanager
    async def _held(self, user_name: str) -> AsyncIterator[tuple[Connection, User]]:
        async with self._pool.acquire() as connection, connection.transaction():
            if await _SQL.lock(connection, user_name=user_name) is None:
                raise UserUnknown
            yield connection, await self._get(connection, user_name)

    async def _get(self, connection: "Connection | Pool", user_name: str) -> User:
        row = await _SQL.find(connection, user_name=user_name, now=self._now())
        if row is None:
            raise UserUnknown
        return _user(row)


def _user(row: Mapping[str, Any]) -> User:
    values = dict(row)
    profile = {field.name: values.pop(field.name) for field in dataclasses.fields(Profile)}
    profile["roles"] = frozenset(role for role in Role if role in profile["roles"])
    return User(profile=Profile(**profile), **values)
