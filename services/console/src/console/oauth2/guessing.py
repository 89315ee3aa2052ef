"""Makes guessing of secrets slow, and lets no stranger shut a client out for long.

Wrong secrets are counted for each client in the store, for all replicas together. After so many of them within a time, no
secret is compared for the rest of that time, right or wrong. Networks from which the client has got tokens lately are
counted each for itself and all others together, so that who guesses elsewhere does not hinder the client itself.
"""

import datetime as dt
import ipaddress
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiosql
import asyncpg
import structlog
from registerbro.database import Pool

from console.oauth2.refusals import Paused
from console.settings import TokenSettings

KNOWN = dt.timedelta(days=30)
ELSEWHERE = ""  # all networks that a client is not known from
PREFIXES = {4: 24, 6: 64}  # one site's addresses: replicas and restarts of a client get others of them
_SQL: Any = aiosql.from_path(Path(__file__).parent / "sql" / "guessing.sql", "asyncpg")
log = structlog.get_logger()


class Guesses:
    """The wrong secrets of all clients."""

    def __init__(self, pool: Pool, settings: TokenSettings, *, now: Callable[[], dt.datetime]) -> None:
        self._pool = pool
        self._most = settings.wrong_secrets
        self._time = dt.timedelta(seconds=settings.wrong_secrets_seconds)
        self._now = now

    async def is_known(self, client_id: str, network: str) -> bool:
        """Whether the client got tokens from this network lately."""
        since = self._now() - KNOWN
        found = await _SQL.is_known(self._pool, client_id=client_id, network=network, known_since=since)
        return bool(found)

    async def count(self, client_id: str, network: str) -> str:
        """Counts a secret before it is compared; returns what it was counted under. ``Paused``."""
        now = self._now()
        try:
            row = await _SQL.count(
                self._pool,
                client_id=client_id,
                network=network,
                now=now,
                began_before=now - self._time,
                known_since=now - KNOWN,
            )
        except asyncpg.ForeignKeyViolationError:  # removed a moment ago
            return ELSEWHERE
        if row["wrong"] > self._most:
            self._log(client_id, row)
            left = row["wrong_since"] + self._time - now
            raise Paused(max(1, round(left.total_seconds())))
        return str(row["network"])

    async def was_right(self, client_id: str, network: str, counted_under: str) -> None:
        """Takes the count back, and remembers that the client is at home in this network."""
        async with self._pool.acquire() as connection, connection.transaction():
            await _SQL.uncount(connection, client_id=client_id, network=counted_under)
            if network != ELSEWHERE:
                await _SQL.remember(connection, client_id=client_id, network=network, now=self._now())

    async def forget(self) -> int:
        """Drops networks that no client came from for long; returns how many."""
        return int(await _SQL.forget(self._pool, known_since=self._now() - KNOWN))

    def _log(self, client_id: str, row: Any) -> None:
        if row["wrong"] == self._most + 1:
            log.warning(
                "client paused after wrong secrets",
                client=client_id,
                from_known_network=row["network"] != ELSEWHERE,
                pause_seconds=self._time.total_seconds(),
            )


def network_of(address: str | None) -> str:
    """The network of an address, as it is kept; nothing for what is none."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return ELSEWHERE
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return str(ipaddress.ip_network((found, PREFIXES[found.version]), strict=False))
