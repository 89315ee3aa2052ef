"""What CVR Update hears of the bus: that a module was switched, so that work begins at once.

What is queued comes without the bus: Postgres notifies every replica when the transaction that queued it ends.
"""

from registerbro.bus.port import Consumer
from registerbro.database import Connection
from registerbro.events import Event, FeatureChanged

from cvr_update.worker import Worker


def switches(worker: Worker) -> Consumer:
    """Wakes the worker."""

    async def switched(_: Event, __: Connection) -> None:
        worker.wake()

    return Consumer("cvr-update.switches", (FeatureChanged.NAME,), switched)
