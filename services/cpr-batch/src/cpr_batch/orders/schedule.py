"""The daily upload: once a Danish date over all replicas, where a time is set for it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from registerbro.jobs import DENMARK, Job

from cpr_batch.batch import SCHEDULE, Batches
from cpr_batch.configuration.showing import changed_in
from cpr_batch.orders import uploading

UPLOAD = "cpr-batch.orders"


def daily(batches: Batches) -> Job:
    """The job, at the time that is set at the moment. A missed date is left to the upload of the day that it is now."""

    async def at() -> dt.time | None:
        orders = (await batches.current(SCHEDULE)).settings.orders
        return orders.upload_at if orders else None

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

    return Job(UPLOAD, at, upload, changed_in=changed_in("orders.upload_at"))
