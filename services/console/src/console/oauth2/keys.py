"""The keys that sign tokens: made at the first start, changed by and by, the same in all replicas.

A key is published (JWKS) some time before it signs, so that services have it when they need it, and stays published after the
next one took over until every token that it signed has expired. The private half is kept encrypted among the stored secrets.
Which key signs is decided by the times in the store alone: replicas that look at them agree without asking each other.
"""

import contextlib
import dataclasses
import datetime as dt
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import aiosql
from joserfc.jwk import ECKey, Key
from pydantic import SecretStr
from registerbro.auth import Caller, Keys
from registerbro.auth.keys import pem_text
from registerbro.database import Connection, Pool
from registerbro.secrets import SecretStore

from console import history
from console.errors import KeyAnnounced, KeyFixed
from console.history import Action, Topic
from console.settings import LONGEST_TOKEN, TokenSettings

ALGORITHM = "ES256"
CURVE = "P-256"
AFTERLIFE = LONGEST_TOKEN + dt.timedelta(minutes=10)  # of a key that signs no more; clocks may differ
MAX_AGE = dt.timedelta(milliseconds=200)  # of what a replica knows of the keys
OURSELVES = Caller("registerbro", None, frozenset())
_SQL: Any = aiosql.from_path(Path(__file__).parent / "sql" / "keys.sql", "asyncpg")


@dataclasses.dataclass(frozen=True, slots=True)
class PublishedKey:
    """A key as everybody may see it. Times are UTC."""

    kid: str
    public_key: Mapping[str, Any]  # JWK
    created_at: dt.datetime | None
    signs_from: dt.datetime | None  # until the next one does; None: for as long as the settings have it
    published_until: dt.datetime | None

    def jwk(self) -> dict[str, Any]:
        """As it stands in the key set."""
        return {**self.public_key, "kid": self.kid, "use": "sig", "alg": ALGORITHM}


class KeyRing(Keys, Protocol):
    """What signs tokens, and what they are checked with."""

    async def signing_key(self) -> Key:
        """The private key that signs now."""

    async def published(self) -> Sequence[PublishedKey]:
        """All keys that tokens may be signed with, newest first."""

    async def rotate(self, *, by: Caller, revokes: bool = False) -> PublishedKey:
        """Makes a new key."""


class DevelopmentRing:
    """The development issuer's key: services accept what it signs without being told of the console."""

    def __init__(self, private_pem: str) -> None:
        self._private = ECKey.import_key(pem_text(private_pem))
        self._private.ensure_kid()
        self._public = ECKey.import_key(self._private.as_dict(private=False))

    async def find(self, kid: str | None) -> Key | None:
        """The key, whatever a token calls it: as the other services do that have it from the settings."""
        return self._public

    async def signing_key(self) -> Key:
        """The key."""
        return self._private

    async def published(self) -> Sequence[PublishedKey]:
        """The key alone."""
        return [PublishedKey(self._private.kid or "", self._public.as_dict(private=False), None, None, None)]

    async def rotate(self, *, by: Caller, revokes: bool = False) -> PublishedKey:
        """Raises ``KeyFixed``."""
        raise KeyFixed


class StoredRing:
    """Our own keys, in the store."""

    def __init__(
        self, pool: Pool, secrets: SecretStore, settings: TokenSettings, *, now: Callable[[], dt.datetime]
    ) -> None:
        self._pool = pool
        self._secrets = secrets
        self._settings = settings
        self._now = now
        self._known: list[PublishedKey] = []
        self._read_at = float("-inf")
        self._private: dict[str, ECKey] = {}

    async def prepare(self) -> None:
        """Makes the first key, where there is none. The first of several replicas does."""
        async with self._changing() as connection:
            if not await self._read(connection):
                await self._add(connection, signs_from=self._now(), by=OURSELVES)
        await self.signing_key()  # fails here and now where the secrets cannot be read

    async def find(self, kid: str | None) -> Key | None:
        """The public key of that name; without a name, the only one there is."""
        known = {key.kid: key for key in await self.published()}
        found = known.get(kid) if kid is not None else None
        if kid is None and len(known) == 1:
            found = next(iter(known.values()))
        return None if found is None else ECKey.import_key(dict(found.public_key))

    async def signing_key(self) -> Key:
        """The latest key whose time has come."""
        now = self._now()
        known = await self.published()
        in_time = [key for key in known if key.signs_from is not None and key.signs_from <= now]
        kid = (in_time or known[-1:])[0].kid  # the clock of the replica that made the first one may be ahead
        if kid not in self._private:
            stored = await self._secrets.get(self._pool, _secret_name(kid))
            if stored is None:
                raise LookupError(
                    f"the private half of the signing key {kid} is not among the stored secrets"
                )
            self._private[kid] = ECKey.import_key(stored.get_secret_value(), {"kid": kid})
        return self._private[kid]

    async def published(self) -> Sequence[PublishedKey]:
        """All keys that tokens may be signed with, newest first."""
        known = await self._current()
        now = self._now()
        return [key for key in known if key.published_until is None or key.published_until > now]

    async def rotate(self, *, by: Caller, revokes: bool = False) -> PublishedKey:
        """Publishes a new key, which takes over after the notice; ``KeyAnnounced`` where one waits to do so.

        ``revokes``: it signs at once, and no token of the others is accepted any more: one of them has become known.
        """
        async with self._changing() as connection:
            newest = (await self._read(connection))[0]
            now = self._now()
            if revokes:
                made = await self._add(connection, signs_from=now, by=by)
                await self._revoke_others(connection, made.kid, by=by)
            elif newest.signs_from is not None and newest.signs_from > now:
                raise KeyAnnounced(newest.signs_from)
            else:
                notice = dt.timedelta(seconds=self._settings.key_notice_seconds)
                made = await self._add(connection, signs_from=now + notice, by=by)
                await _SQL.supersede(connection, kid=made.kid, published_until=now + notice + AFTERLIFE)
        self._read_at = float("-inf")
        return made

    async def rotate_if_due(self) -> bool:
        """Publishes a new key where the present one has reached its age; says whether it did."""
        days = self._settings.key_days
        newest = (await self.published())[0]
        if days is None or newest.signs_from is None:
            return False
        notice = dt.timedelta(seconds=self._settings.key_notice_seconds)
        if newest.signs_from + dt.timedelta(days=days) > self._now() + notice:
            return False
        await self.rotate(by=OURSELVES)
        return True

    async def forget(self) -> int:
        """Drops keys that are not published any more, with their private halves; returns how many."""
        async with self._changing() as connection:
            expired = [row["kid"] async for row in _SQL.remove_expired(connection, now=self._now())]
            for kid in expired:
                await self._secrets.remove(connection, _secret_name(kid))
        return len(expired)

    @contextlib.asynccontextmanager
    async def _changing(self) -> AsyncIterator[Connection]:
        async with self._pool.acquire() as connection, connection.transaction():
            await _SQL.lock(connection)
            yield connection

    async def _current(self) -> Sequence[PublishedKey]:
        if time.monotonic() - self._read_at > MAX_AGE.total_seconds():
            async with self._pool.acquire() as connection:
                self._known = await self._read(connection)
            self._read_at = time.monotonic()
        return self._known

    async def _read(self, connection: Connection) -> list[PublishedKey]:
        return [PublishedKey(**row) async for row in _SQL.published(connection, now=self._now())]

    async def _add(self, connection: Connection, *, signs_from: dt.datetime, by: Caller) -> PublishedKey:
        key = ECKey.generate_key(CURVE)
        key.ensure_kid()
        made = PublishedKey(key.kid or "", _public(key), self._now(), signs_from, None)
        pem = SecretStr(key.as_pem(private=True).decode())
        await self._secrets.put(connection, _secret_name(made.kid), pem)
        await _SQL.add(
            connection,
            kid=made.kid,
            public_key=dict(made.public_key),
            created_at=made.created_at,
            signs_from=signs_from,
        )
        facts = {"signs_from": [None, signs_from]}
        await history.record(connection, Topic.KEY, made.kid, Action.CREATED, by, facts)
        return made

    async def _revoke_others(self, connection: Connection, kid: str, *, by: Caller) -> None:
        revoked = [row["kid"] async for row in _SQL.revoke_others(connection, kid=kid, now=self._now())]
        for each in revoked:
            await history.record(connection, Topic.KEY, each, Action.REVOKED, by, {})


def _public(key: ECKey) -> dict[str, Any]:
    return {name: value for name, value in key.as_dict(private=False).items() if name != "kid"}


def _secret_name(kid: str) -> str:
    return f"oauth2 signing key {kid}"
