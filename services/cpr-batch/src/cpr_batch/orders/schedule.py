"""The daily upload: once a Danish date over all replicas, where a time is set for it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from registerbro.jobs import DENMARK, Job

from cpr_batch.batch import SCHEDULE, Batches
from cpr_batch.orders import uploading
from cpr_batch.settings import OrderSettings


def daily(batches: Batches, settings: OrderSettings | None) -> tuple[Job, ...]:
    """The job, if there is one. A date that was missed is not caught up the next morning: that day's own upload comes."""
    if settings is None or settings.upload_at is None:
        return ()

    async def upload(date: dt.date) -> Mapping[str, Any]:
        batch = await batches.current(SCHEDULE)
        if batch.now().astimezone(DENMARK).date() > date:
            return {"outcome": "left to the next upload"}
        done = await uploading.upload(batch)
        return {
            "outcome": str(done.outcome),
            "lines": sum(file.lines for file in done.files),
            "waiting": done.waiting,
        }

    return (Job("cpr-batch.orders", settings.upload_at, upload),)
