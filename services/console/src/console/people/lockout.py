"""Makes guessing of passwords slow, and lets no stranger shut a user out.

Wrong passwords in a row are counted in the store, for all replicas together, each before it is compared. After so many of them
no password of that user is compared for a while, right or wrong; each further wrong one doubles the while. Networks from which
the user has logged in lately are counted each for itself, all others together, so that who guesses elsewhere does not hinder
the user. A name that is no user's is treated alike, so that nobody can tell; such names share 65,536 counters, under a keyed
hash, so that they neither fill the store nor stand in it: somebody may have typed the password there.
"""

import dataclasses
import datetime as dt
import hashlib
import hmac
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiosql
from pydantic import SecretStr
from registerbro.database import Connection, Pool

from console.oauth2.guessing import ELSEWHERE
from console.people.errors import LoginPaused
from console.people.settings import PasswordSettings

KNOWN = dt.timedelta(days=30)
FORGOTTEN = dt.timedelta(days=1)
NOBODY = "?"  # before the key of a name that is no user's; no user name begins with it
_SQL: Any = aiosql.from_path(Path(__file__).parent / "sql" / "lockout.sql", "asyncpg")


@dataclasses.dataclass(frozen=True, slots=True)
class Counted:
    """Under which network a password was counted, the how-manieth in a row, and the pause that begins if it is wrong."""

    network: str
    failed: int
    paused_until: dt.datetime | None


class Lockout:
    """The wrong passwords of all users."""

    def __init__(
        self, pool: Pool, settings: PasswordSettings, key: SecretStr, *, now: Callable[[], dt.datetime]
    ) -> None:
        self._pool = pool
        self._settings = settings
        self._key = key.get_secret_value().encode()
        self._now = now

    def key_of(self, typed: str, *, is_user: bool) -> str:
        """What a name is counted under."""
        if is_user:
            return typed
        digest = hmac.digest(self._key, f"nobody's name: {typed}".encode(), hashlib.sha256)
        return NOBODY + digest[:2].hex()

    async def is_known(self, user_key: str, network: str) -> bool:
        """Whether the user logged in from this network lately."""
        since = self._now() - KNOWN
        return bool(await _SQL.is_known(self._pool, user_key=user_key, network=network, known_since=since))

    async def count(self, user_key: str, network: str) -> Counted:
        """Counts a password before it is compared, as if it were wrong. ``LoginPaused``."""
        now = self._now()
        row = await _SQL.count(
            self._pool,
            user_key=user_key,
            network=network,
            now=now,
            known_since=now - KNOWN,
            forgotten_before=now - FORGOTTEN,
            most=self._settings.wrong,
            pause=dt.timedelta(seconds=self._settings.pause_seconds),
            longest=dt.timedelta(seconds=self._settings.longest_pause_seconds),
        )
        if row is None:
            until = await _SQL.paused_until(
                self._pool, user_key=user_key, network=network, known_since=now - KNOWN
            )
            raise LoginPaused(max(1, round((until - now).total_seconds())) if until else 1)
        return Counted(**row)

    async def was_right(self, user_key: str, network: str, counted: Counted) -> None:
        """Takes the count back, and remembers that the user is at home in this network."""
        async with self._pool.acquire() as connection, connection.transaction():
            await _SQL.clear(connection, user_key=user_key, network=counted.network)
            if network != ELSEWHERE:
                await _SQL.was_right(connection, user_key=user_key, network=network, now=self._now())

    async def forget(self) -> int:
        """Drops what tells nothing any more; returns how many."""
        now = self._now()
        return int(await _SQL.forget(self._pool, known_since=now - KNOWN, forgotten_before=now - FORGOTTEN))


async def unlock(connection: Connection, user_name: str) -> None:
    """Ends every pause of a user."""
    await _SQL.clear_all(connection, user_key=user_name)


async def forget_user(connection: Connection, user_name: str) -> None:
    """Nothing is known of a user any more."""
    await _SQL.forget_user(connection, user_key=user_name)
