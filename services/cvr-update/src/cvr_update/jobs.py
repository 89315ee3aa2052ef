"""What recurs: the look at the queue by all replicas."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from registerbro.recurring import Recurring

from cvr_update import running
from cvr_update.updates import Updates

RUN = "cvr-update.run"
WORK_EVERY = ("cvr_update", "work_every")


def hourly(updates: Updates) -> Recurring:
    """Wakes every replica, beside what wakes them when something is queued."""

    async def run(_: dt.datetime) -> Mapping[str, Any]:
        return await running.wake(updates)

    return Recurring(RUN, updates.settings.work_every, run, is_on=updates.is_on, setting=WORK_EVERY)
