"""What every service does for the store daily; once per date for all of them together."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from registerbro import alerts, audit, harvesting
from registerbro.bus.retention import forget
from registerbro.configuration.in_force import SettingsInForce
from registerbro.database import Pool, ensure_partitions
from registerbro.harvesting import HarvestLimit
from registerbro.jobs import Job
from registerbro.settings import AuditSettings, EventSettings
from registerbro.subscriptions import asking, cases

AT = dt.time(0, 30)


def jobs(pool: Pool, in_force: SettingsInForce) -> tuple[Job, ...]:
    """The store's daily jobs."""

    async def partitions(date: dt.date) -> Mapping[str, Any]:
        settings = await in_force.of(AuditSettings)
        retention = dt.timedelta(days=settings.retention_days)
        now = dt.datetime.now(dt.UTC)
        async with pool.acquire() as connection:
            await ensure_partitions(connection)
            events = await forget(connection, await in_force.of(EventSettings), now=now)
            accesses = await audit.drop_expired(connection, retention=retention, today=date)
            told = await alerts.drop_expired(connection, retention=retention, now=now)
            await harvesting.forget(connection, HarvestLimit.of(settings), now=now)
            closings = await cases.forget(connection)
            wishes = await asking.forget(connection, now - retention)
        return {
            "event_days_dropped": len(events),
            "audit_days_dropped": len(accesses),
            "alerts_dropped": told,
            "case_closings_forgotten": closings,
            "wishes_forgotten": wishes,
        }

    return (Job("store.partitions", AT, partitions, is_needed=True, is_switched=False),)
