"""What runs on a schedule: reading events, the nightly comparison, housekeeping."""

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from registerbro.jobs import Job
from registerbro.recurring import Recurring

from cvr_subscription import drift, synchronising
from cvr_subscription.errors import SynchronisationUnderWay
from cvr_subscription.subscriber import Mode, Subscriber, mode_of
from cvr_subscription.synchronising import Reason

SYNCHRONISE = "cvr-subscription.synchronise"
DRIFT = "cvr-subscription.drift"
HOUSEKEEPING = "cvr-subscription.housekeeping"
HOUSEKEEPING_AT = dt.time(1, 40)
KEPT = dt.timedelta(days=90)  # what synchronisations and comparisons found
SECTION = "cvr_subscription"


def scheduled(subscriber: Subscriber) -> Iterator[Job | Recurring]:
    """The service's own jobs, each once over all replicas."""
    settings = subscriber.settings

    async def follows() -> bool:
        return await mode_of(subscriber.pool) is Mode.FOLLOWS

    async def compare(_: dt.date) -> Mapping[str, Any]:
        wish = settings.drift
        made = await drift.compare(subscriber, sample=wish.sample, is_queueing=wish.is_queueing)
        return {"drift_id": made.drift_id, "compared": made.compared, "differing": made.differing}

    async def clean(_: dt.date) -> None:
        before = subscriber.now() - KEPT
        await synchronising.SQL.forget(subscriber.pool, before=before)
        await drift.SQL.forget(subscriber.pool, before=before)

    yield dataclasses.replace(synchronisation(subscriber), is_on=follows)
    if settings.drift.at is not None:
        yield Job(DRIFT, settings.drift.at, compare, is_on=follows, setting=(SECTION, "drift", "at"))
    yield Job(HOUSEKEEPING, HOUSEKEEPING_AT, clean)


def synchronisation(subscriber: Subscriber) -> Recurring:
    """Reads events, about every so often."""

    async def synchronise(_: dt.datetime) -> Mapping[str, Any]:
        try:
            made = await synchronising.synchronise(subscriber, reason=Reason.SCHEDULED)
        except SynchronisationUnderWay:
            return {"outcome": "under-way"}
        return {"run_id": made.run_id, "outcome": made.outcome, "queued": made.queued}

    every = subscriber.settings.synchronise_every
    return Recurring(SYNCHRONISE, every, synchronise, setting=(SECTION, "synchronise_every"))
