"""What runs on a schedule: erasures that broke off are finished."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from registerbro.contacts import erasures
from registerbro.database import Pool
from registerbro.jobs import Job
from registerbro.number_hash import NumberHasher

ERASURES = "console.erasures"
AT = dt.time(2, 10)


def daily(pool: Pool, hasher: NumberHasher) -> Job:
    """Takes out of others' records what an erasure that broke off left there, once a Danish date over all replicas."""

    async def finish(_: dt.date) -> Mapping[str, Any]:
        async with pool.acquire() as connection:
            waiting = await erasures.unfinished(connection)
            if not waiting:
                return {"unfinished": 0}
            now = dt.datetime.now(dt.UTC)
            named_by = await erasures.finish(connection, hasher, now=now)
        return {"unfinished": waiting, "named_by": named_by}

    return Job(ERASURES, AT, finish, is_needed=True)
