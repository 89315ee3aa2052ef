"""What runs on a schedule: erasures that broke off are finished."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from registerbro.contacts import erasures
from registerbro.jobs import Job
from registerbro.service import Service

ERASURES = "console.erasures"
AT = dt.time(2, 10)


def daily(running: Service) -> Job:
    """Takes out of others' records what an erasure that broke off left there, once a Danish date over all replicas."""

    async def finish(_: dt.date) -> Mapping[str, Any]:
        async with running.pool.acquire() as connection:
            waiting = await erasures.unfinished(connection)
            if not waiting:
                return {"unfinished": 0}
            now = dt.datetime.now(dt.UTC)
            named_by = await erasures.finish(connection, running.audit.hasher, now=now)
        return {"unfinished": waiting, "named_by": named_by}

    return Job(ERASURES, AT, finish, is_needed=True)
