"""Opens what actions work with, for the service and the command line alike. The register is asked only when something is."""

import contextlib
from collections.abc import AsyncIterator

from registerbro.audit import Auditor
from registerbro.database import Pool
from registerbro.registers import opening
from registerbro.secrets import SecretStore

from cvr_online.online import Online, utc_now
from cvr_online.register import Register
from cvr_online.settings import CommandSettings, OnlineSettings


@contextlib.asynccontextmanager
async def opened(
    pool: Pool, settings: OnlineSettings | CommandSettings, *, auditor: Auditor, secrets: SecretStore
) -> AsyncIterator[Online]:
    """Store and register, for as long as the block lasts."""
    cvr = settings.cvr
    async with opening.opened(pool, cvr, cvr.lookups, secrets=secrets) as provider:
        register = Register(provider.lookup, settings.cvr_online, now=utc_now)
        try:
            yield Online(pool, register, provider, auditor, cvr)
        finally:
            await register.close()
