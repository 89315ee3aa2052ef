"""Log-ins under way at the issuer: kept in the store for all replicas, held to one browser by a cookie, taken out once."""

import dataclasses
import datetime as dt
import hashlib
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import aiosql
from registerbro.database import Pool

from console.people.errors import LoginInterrupted

LIFE = dt.timedelta(minutes=10)
RANDOM_BYTES = 32
_SQL: Any = aiosql.from_path(Path(__file__).parent / "sql" / "attempts.sql", "asyncpg")


@dataclasses.dataclass(frozen=True, slots=True)
class Attempt:
    """What is compared when the browser comes back (RFC 6749, RFC 7636, OpenID Connect), and where it goes then."""

    state: str
    nonce: str
    code_verifier: str = dataclasses.field(repr=False)
    next: str

    @classmethod
    def to(cls, path: str) -> Self:
        """A new one, each value of 256 random bits."""
        state, nonce, code_verifier = (secrets.token_urlsafe(RANDOM_BYTES) for _ in range(3))
        return cls(state, nonce, code_verifier, path)


class Attempts:
    """All of them."""

    def __init__(self, pool: Pool, *, now: Callable[[], dt.datetime]) -> None:
        self._pool = pool
        self._now = now

    async def begin(self, attempt: Attempt) -> str:
        """Keeps it; returns the value of the cookie that holds it to the browser."""
        cookie = secrets.token_urlsafe(RANDOM_BYTES)
        now = self._now()
        await _SQL.add(
            self._pool,
            attempt_hash=_hash(cookie),
            expires_at=now + LIFE,
            now=now,
            **dataclasses.asdict(attempt),
        )
        return cookie

    async def take(self, cookie: str | None) -> Attempt:
        """Takes the browser's out, whatever comes of it; ``LoginInterrupted`` if there is none."""
        row = None if cookie is None else await _SQL.take(self._pool, attempt_hash=_hash(cookie))
        if row is None or row["expires_at"] <= self._now():
            raise LoginInterrupted
        return Attempt(row["state"], row["nonce"], row["code_verifier"], row["next"])


def _hash(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode()).digest()
