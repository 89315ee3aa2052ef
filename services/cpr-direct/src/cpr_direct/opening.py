"""Opens what actions work with, for the service and the command line alike."""

import contextlib
from collections.abc import AsyncIterator

from registerbro.audit import Auditor
from registerbro.configuration.in_force import SettingsInForce
from registerbro.database import Pool
from registerbro.secrets import SecretStore

from cpr_direct.direct import Direct
from cpr_direct.gateway import Gateway
from cpr_direct.logon import StoredLogons
from cpr_direct.settings import CommandSettings, DirectSettings


@contextlib.asynccontextmanager
async def opened(
    pool: Pool, settings: DirectSettings | CommandSettings, *, auditor: Auditor, secrets: SecretStore
) -> AsyncIterator[Direct]:
    """Store and gateway, for as long as the block lasts; CPR is called only when something is asked."""
    logons = StoredLogons(pool, secrets, settings.audit.key, settings.cpr_direct)
    async with Gateway.open(settings.cpr_direct, logons) as gateway:
        in_force = SettingsInForce(pool, settings)
        yield Direct(pool, gateway, logons, auditor, settings.cpr_direct, in_force)
