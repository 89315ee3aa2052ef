"""What every service does for the store daily; once per date for all of them together."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from registerbro import audit
from registerbro.bus.retention import Retention, forget
from registerbro.database import Pool, ensure_partitions
from registerbro.jobs import Job
from registerbro.settings import Settings

AT = dt.time(0, 30)


def jobs(pool: Pool, settings: Settings) -> tuple[Job, ...]:
    """The store's daily jobs."""

    async def partitions(date: dt.date) -> Mapping[str, Any]:
        retention = dt.timedelta(days=settings.audit.retention_days)
        async with pool.acquire() as connection:
            await ensure_partitions(connection)
            events = await forget(connection, Retention(), now=dt.datetime.now(dt.UTC))
            accesses = await audit.drop_expired(connection, retention=retention, today=date)
        return {"event_days_dropped": len(events), "audit_days_dropped": len(accesses)}

    return (Job("store.partitions", AT, partitions),)
