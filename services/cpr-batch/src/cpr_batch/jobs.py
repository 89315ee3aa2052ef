"""What runs on a schedule: the whole job once a day, where a time is set for it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from registerbro.jobs import Job

from cpr_batch import whole_run
from cpr_batch.batch import SCHEDULE, Batches


def daily(batches: Batches, at: dt.time | None) -> tuple[Job, ...]:
    """The daily job, if there is one."""
    if at is None:
        return ()

    async def fetch_and_import(_: dt.date) -> Mapping[str, Any]:
        done = await whole_run.fetch_and_import(await batches.current(SCHEDULE))
        if done.transfer_failure is not None:
            raise done.transfer_failure
        return {"transferred": len(done.transferred), "imported": len(done.imported)}

    return (Job("cpr-batch.daily", at, fetch_and_import),)
