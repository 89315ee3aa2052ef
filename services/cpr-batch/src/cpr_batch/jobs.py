"""What runs on a schedule: the whole job once a day, where a time is set for it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from registerbro.jobs import Job

from cpr_batch import whole_run
from cpr_batch.batch import SCHEDULE, Batches
from cpr_batch.errors import RunStopped

DAILY = "cpr-batch.daily"


def daily(batches: Batches) -> Job:
    """The daily job, at the time that is set at the moment."""

    async def at() -> dt.time | None:
        return (await batches.current(SCHEDULE)).settings.daily_at

    async def fetch_and_import(_: dt.date) -> Mapping[str, Any]:
        try:
            done = await whole_run.fetch_and_import(await batches.current(SCHEDULE))
        except RunStopped as stopped:  # by a person, who does not want it again a quarter of an hour later
            return {"stopped": True, "run_id": stopped.run_id}
        if done.transfer_failure is not None:
            raise done.transfer_failure
        return {"transferred": len(done.transferred), "imported": len(done.imported)}

    return Job(DAILY, at, fetch_and_import)
