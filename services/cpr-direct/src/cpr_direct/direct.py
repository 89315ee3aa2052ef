"""What every action of CPR Direkte works with: store, gateway, audit, budget, and who acts."""

import dataclasses
import datetime as dt
from collections.abc import Callable

from registerbro import sources
from registerbro.audit import Auditor
from registerbro.auth import Caller
from registerbro.authorities import authority_names
from registerbro.configuration.in_force import SettingsInForce
from registerbro.contacts.model import Channel
from registerbro.cpr.coverage import ALL_TYPES
from registerbro.cpr.mapping import MappingContext
from registerbro.database import Pool
from registerbro.jobs import DENMARK
from registerbro.settings import SubscriptionSettings
from registerbro.sources import CprSource

from cpr_direct.budget import Budget
from cpr_direct.checkpoint import Checkpoint, nothing
from cpr_direct.gateway import Gateway
from cpr_direct.logon import StoredLogons
from cpr_direct.settings import CprDirectSettings
from cpr_direct.wire import PersonAnswer

OURSELVES = Caller("registerbro", None, frozenset())  # who acts where nobody asked


def utc_now() -> dt.datetime:
    """The present time."""
    return dt.datetime.now(dt.UTC)


@dataclasses.dataclass(frozen=True)
class Direct:
    """Opened once for as long as a service or a command runs."""

    pool: Pool
    gateway: Gateway
    logons: StoredLogons
    auditor: Auditor
    settings: CprDirectSettings
    in_force: SettingsInForce
    now: Callable[[], dt.datetime] = utc_now
    checkpoint: Checkpoint = nothing

    @property
    def budget(self) -> Budget:
        """The clients' calls."""
        return Budget(self.pool, self.settings.budget)

    @property
    def today(self) -> dt.date:
        """The Danish date."""
        return self.now().astimezone(DENMARK).date()

    async def subscriptions(self) -> SubscriptionSettings:
        """Whom CPR subscribes for us, and how it is told, as operators have it at the moment."""
        return await self.in_force.of(SubscriptionSettings)

    async def source(self) -> CprSource:
        """How persons from CPR are treated, as it is configured at the moment."""
        return await sources.load(self.pool, "CPR")

    async def context(self, answer: PersonAnswer, source: CprSource) -> MappingContext:
        """What is true of an answer as a whole."""
        async with self.pool.acquire() as connection:
            authorities = await authority_names(connection, answer.production_date)
        return MappingContext(
            production_date=answer.production_date,
            task_number=answer.task_number,
            fetched_at=answer.fetched_at,
            channel=Channel.ONLINE,
            delivered_types=source.record_types or ALL_TYPES,
            authorities=authorities,
            guardian_name_type=source.guardian_name_type,
        )
