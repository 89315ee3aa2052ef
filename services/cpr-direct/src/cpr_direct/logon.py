"""Logons: with the credentials in force, one at a time over all replicas, and never twice with what CPR has refused."""

import datetime as dt
from collections.abc import Callable
from typing import Protocol

import structlog
from pydantic import SecretStr
from registerbro.database import Pool
from registerbro.secrets import SecretStore

from cpr_direct.held import LogonState
from cpr_direct.logon_store import LogonStore, utc_now
from cpr_direct.settings import CprDirectSettings
from cpr_direct.settling import settle
from cpr_direct.transmitting import Transmit, attempt
from cpr_direct.wire import Header

__all__ = ["LogonState", "Logons", "StoredLogons", "Transmit"]

log = structlog.get_logger()


class Logons(Protocol):
    """What the gateway needs to know of credentials."""

    async def logon(self, transmit: Transmit) -> Header:
        """Makes one logon through ``transmit``, or raises why none is made (``LogonBlocked``, ``PasswordUnknown``, …)."""
        ...

    async def state(self) -> LogonState:
        """How we stand with CPR."""
        ...


class StoredLogons:
    """Logons whose credentials, refusals and password changes are in the contact store.

    The password is read for each logon: one that another replica changed is taken up.
    """

    def __init__(
        self,
        pool: Pool,
        secrets: SecretStore,
        audit_key: SecretStr,
        settings: CprDirectSettings,
        *,
        now: Callable[[], dt.datetime] = utc_now,
    ) -> None:
        self.store = LogonStore(pool, secrets, audit_key, settings, now=now)

    async def logon(self, transmit: Transmit) -> Header:
        """Logs on, after a change of the password that broke off was settled."""
        async with self.store.held() as held:
            if header := await settle(held, transmit):
                return header
            return await attempt(held, await held.in_force(), transmit)

    async def state(self) -> LogonState:
        """How we stand with CPR."""
        return await self.store.state()

    async def lift(self, *, by: str) -> bool:
        """Lets refused credentials be tried once more; says whether there were any."""
        lifted = await self.store.lift(by=by)
        log.warning("logon blocks lifted", by=by, count=lifted)
        return lifted > 0
