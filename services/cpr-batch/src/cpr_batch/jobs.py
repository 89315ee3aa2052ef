"""What runs on a schedule: the whole job once a day, where a time is set for it, and housekeeping."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from registerbro.jobs import Job

from cpr_batch import journal_entries, purge, whole_run
from cpr_batch.batch import SCHEDULE, Batches
from cpr_batch.configuration.showing import changed_in
from cpr_batch.errors import RunStopped

DAILY = "cpr-batch.daily"
PURGE = "cpr-batch.purge"
PURGE_AT = dt.time(1, 15)


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

    return Job(DAILY, at, fetch_and_import, changed_in=changed_in("daily_at"))


def housekeeping(batches: Batches) -> Job:
    """Old entries of the log go, and old files where an operator has set an age for them."""

    async def clean(_: dt.date) -> Mapping[str, Any]:
        batch = await batches.current(SCHEDULE)
        settings = batch.settings.housekeeping
        before = batch.now() - dt.timedelta(days=settings.journal_days)
        forgotten = await journal_entries.forget(batch.pool, before)
        days = settings.purge_after_days
        purged = [] if days is None else await purge.purge(batch, dt.timedelta(days=days))
        return {"entries_deleted": forgotten, "files_deleted": len(purged)}

    return Job(PURGE, PURGE_AT, clean)
