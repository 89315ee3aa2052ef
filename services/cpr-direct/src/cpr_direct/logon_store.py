"""What the store knows of logons and passwords: for all replicas, and for who comes after them."""

import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Callable

import asyncpg
from pydantic import SecretStr
from registerbro.database import Connection, Pool
from registerbro.secrets import SecretStore

from cpr_direct.credentials import Fingerprints
from cpr_direct.errors import LogonBlocked, LogonBusy
from cpr_direct.held import SQL, Held, LogonState, store_faults
from cpr_direct.settings import CprDirectSettings

LOCK = (0x63707264, 0)  # "cprd"


def utc_now() -> dt.datetime:
    """The present time."""
    return dt.datetime.now(dt.UTC)


class LogonStore:
    """Opens what the store knows, under a lock that all replicas share."""

    def __init__(
        self,
        pool: Pool,
        secrets: SecretStore,
        audit_key: SecretStr,
        settings: CprDirectSettings,
        *,
        now: Callable[[], dt.datetime] = utc_now,
    ) -> None:
        self._pool = pool
        self._secrets = secrets
        self._fingerprints = Fingerprints(audit_key)
        self._settings = settings
        self._now = now
        self._unrecorded: dict[bytes, LogonBlocked] = {}  # refusals, until the store has them

    @contextlib.asynccontextmanager
    async def held(self) -> AsyncIterator[Held]:
        """Lets one logon or change of the password happen at a time, whatever the number of replicas.

        The lock belongs to the database's session: it ends with this process. Raises ``LogonBusy`` after
        ``limits.wait_seconds``, ``StoreUnavailable``.
        """
        with store_faults():
            async with self._pool.acquire() as connection:
                await self._lock(connection)
                try:
                    yield self._on(connection)
                finally:
                    await _unlock(connection)

    async def state(self) -> LogonState:
        """How we stand with CPR, at a glance and without waiting for anybody."""
        with store_faults():
            async with self._pool.acquire() as connection:
                return await self._on(connection).state()

    async def lift(self, *, by: str) -> int:
        """Lets refused credentials be tried again; returns how many there were."""
        with store_faults():
            async with self._pool.acquire() as connection:
                lifted = [row async for row in SQL.lift(connection, at=self._now(), by=by)]
        unrecorded = len(self._unrecorded)
        self._unrecorded.clear()
        return len(lifted) + unrecorded

    def _on(self, connection: Connection) -> Held:
        return Held(
            connection, self._secrets, self._fingerprints, self._settings, self._now, self._unrecorded
        )

    async def _lock(self, connection: Connection) -> None:
        try:
            async with connection.transaction():
                patience = max(1, round(self._settings.limits.wait_seconds * 1000))  # 0: for ever
                await connection.execute(f"set local lock_timeout = {patience}")
                await connection.execute("select pg_advisory_lock($1, $2)", *LOCK)
        except asyncpg.LockNotAvailableError:
            raise LogonBusy from None


async def _unlock(connection: Connection) -> None:
    """A connection that is broken has given its lock back already."""
    with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        await connection.execute("select pg_advisory_unlock($1, $2)", *LOCK)
