"""What CPR Direkte hears of the bus: that somebody is to be subscribed, or no longer."""

from registerbro.bus.port import Consumer
from registerbro.database import Connection
from registerbro.events import CprSubscriptionRequested, Event

from cpr_direct.worker import Worker


def subscriptions(worker: Worker) -> Consumer:
    """Wakes the worker: who is to be subscribed stands in the store, and so does what became of it."""

    async def requested(_: Event, __: Connection) -> None:
        worker.wake()

    return Consumer("cpr-direct.subscriptions", (CprSubscriptionRequested.NAME,), requested, prefetch=100)
