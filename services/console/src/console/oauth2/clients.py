"""The clients that may get tokens: what is kept of them, and every change with who made it."""

import contextlib
import dataclasses
import datetime as dt
import enum
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import aiosql
from pydantic import SecretStr
from registerbro.auth import Caller, Scope
from registerbro.database import Connection, Pool

from console import fields, history
from console.errors import ClientExists, ClientUnknown
from console.history import Action, Topic
from console.oauth2 import hashing
from console.oauth2.hashing import Hasher

_SQL: Any = aiosql.from_path(Path(__file__).parent / "sql" / "clients.sql", "asyncpg")
BATCH_USER = "CVRBATCHUSER"  # the vendor's preset: "Captia CVR batch afvikler"
LONGEST_OVERLAP = dt.timedelta(days=30)
NO_OVERLAP = dt.timedelta(0)


class GrantType(enum.StrEnum):
    """How a client gets its tokens."""

    CLIENT_CREDENTIALS = "client_credentials"
    AUTHORIZATION_CODE = "authorization_code"  # kept and shown; not served


@dataclasses.dataclass(frozen=True, slots=True)
class Profile:
    """What an administrator says of a client."""

    name: str
    enabled: bool = True
    grant_type: GrantType = GrantType.CLIENT_CREDENTIALS
    allows_browser: bool = False
    allows_offline: bool = False
    requires_pkce: bool = True
    scopes: frozenset[Scope] = frozenset()
    acts_as: str | None = None

    def row(self) -> dict[str, Any]:
        """As the store and the history keep it."""
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return values | {"grant_type": str(self.grant_type), "scopes": sorted(map(str, self.scopes))}


@dataclasses.dataclass(frozen=True, slots=True)
class Client:
    """A client as it is kept, without its secrets. Times are UTC."""

    client_id: str
    profile: Profile
    secret_changed_at: dt.datetime | None
    previous_secret_until: dt.datetime | None
    created_at: dt.datetime
    changed_at: dt.datetime
    changed_by: str
    last_token_at: dt.datetime | None


class Clients:
    """The clients in the store."""

    def __init__(self, pool: Pool, hasher: Hasher, *, now: Callable[[], dt.datetime]) -> None:
        self._pool = pool
        self._hasher = hasher
        self._now = now

    async def page(self, *, after: str, size: int) -> list[Client]:
        """Clients by id."""
        return [_client(row) async for row in _SQL.page(self._pool, after=after, size=size)]

    async def get(self, client_id: str) -> Client:
        """One of them; ``ClientUnknown``."""
        return await _get(self._pool, client_id)

    async def hashes(self, client_id: str) -> tuple[str, ...] | None:
        """What the client's secret is compared with, the present one first; None if there is no such client."""
        if not fields.CLIENT_ID.fullmatch(client_id):
            return None
        row = await _SQL.hashes(self._pool, client_id=client_id, now=self._now())
        return None if row is None else tuple(filter(None, row.values()))

    async def add(
        self, client_id: str, profile: Profile, *, secret: SecretStr | None, by: Caller
    ) -> tuple[Client, SecretStr]:
        """Adds a client; returns it with its secret, a new one if none is given. ``ClientExists``, ``SecretRefused``."""
        chosen, kept = await self._hashed(secret)
        async with self._pool.acquire() as connection, connection.transaction():
            row = profile.row()
            added = await _SQL.add(
                connection, client_id=client_id, secret_hash=kept, now=self._now(), by=by.name, **row
            )
            if added is None:
                raise ClientExists
            changes = {field: [None, value] for field, value in row.items()}
            await history.record(connection, Topic.CLIENT, client_id, Action.CREATED, by, changes)
            return await _get(connection, client_id), chosen

    async def change(self, client_id: str, changes: Mapping[str, Any], *, by: Caller) -> Client:
        """Changes fields of the profile; ``ClientUnknown``. What stands so already is no change."""
        async with self._held(client_id) as (connection, client):
            old = client.profile.row()
            new = dataclasses.replace(client.profile, **changes).row()
            differences = {name: [old[name], new[name]] for name in new if new[name] != old[name]}
            if not differences:
                return client
            await _SQL.change(connection, client_id=client_id, now=self._now(), by=by.name, **new)
            await history.record(connection, Topic.CLIENT, client_id, Action.CHANGED, by, differences)
            return await _get(connection, client_id)

    async def change_secret(
        self, client_id: str, *, secret: SecretStr | None, overlap: dt.timedelta = NO_OVERLAP, by: Caller
    ) -> tuple[Client, SecretStr]:
        """A new secret, given or made; the old one is accepted beside it for the overlap. ``ClientUnknown``, ``SecretRefused``."""
        chosen, kept = await self._hashed(secret)
        until = self._now() + overlap if overlap else None
        async with self._held(client_id) as (connection, _):
            await _SQL.change_secret(
                connection,
                client_id=client_id,
                secret_hash=kept,
                previous_until=until,
                now=self._now(),
                by=by.name,
            )
            facts = {"previous_secret_until": [None, until]}
            await history.record(connection, Topic.CLIENT, client_id, Action.SECRET_CHANGED, by, facts)
            return await _get(connection, client_id), chosen

    async def remove(self, client_id: str, *, by: Caller) -> None:
        """Forgets a client, but not what was done to it. ``ClientUnknown``. Its tokens are accepted until they expire."""
        async with self._held(client_id) as (connection, client):
            await _SQL.remove(connection, client_id=client_id)
            changes = {field: [value, None] for field, value in client.profile.row().items()}
            await history.record(connection, Topic.CLIENT, client_id, Action.REMOVED, by, changes)

    async def forget_previous_secrets(self) -> int:
        """Drops the old secrets that are not accepted any more; returns how many."""
        return int(await _SQL.forget_previous(self._pool, now=self._now()))

    @contextlib.asynccontextmanager
    async def _held(self, client_id: str) -> AsyncIterator[tuple[Connection, Client]]:
        async with self._pool.acquire() as connection, connection.transaction():
            if await _SQL.lock(connection, client_id=client_id) is None:
                raise ClientUnknown
            yield connection, await _get(connection, client_id)

    async def _hashed(self, secret: SecretStr | None) -> tuple[SecretStr, str]:
        chosen = hashing.generate() if secret is None else hashing.checked(secret)
        return chosen, await self._hasher.hash(chosen)


async def _get(connection: "Connection | Pool", client_id: str) -> Client:
    row = await _SQL.find(connection, client_id=client_id)
    if row is None:
        raise ClientUnknown
    return _client(row)


def _client(row: Mapping[str, Any]) -> Client:
    values = dict(row)
    profile = {field.name: values.pop(field.name) for field in dataclasses.fields(Profile)}
    profile["grant_type"] = GrantType(profile["grant_type"])
    profile["scopes"] = frozenset(scope for scope in Scope if scope in profile["scopes"])
    return Client(profile=Profile(**profile), **values)
