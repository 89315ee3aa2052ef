"""What CPR Batch hears of the bus: that an import waits."""

import datetime as dt

from registerbro.bus.port import Consumer, Retry
from registerbro.database import Connection
from registerbro.events import CprImportRequested, Event

from cpr_batch.file_queue import SQL
from cpr_batch.importer import Importer

DELAYS = (dt.timedelta(seconds=1), dt.timedelta(seconds=10), dt.timedelta(minutes=1))
ENOUGH = dt.timedelta(minutes=1)  # below the sum of the delays: the last attempt never fails


def imports(importer: Importer) -> Consumer:
    """Offers an import that waits to this replica; one without a free slot passes it on.

    The import itself is not the handler's: it goes on in the background, long after the event is acknowledged.
    """

    async def requested(event: Event, connection: Connection) -> None:
        if not isinstance(event.data, CprImportRequested):
            return
        waits = await SQL.waits_since(connection, run_id=event.data.run_id)
        if waits is None or await importer.offer() or waits >= ENOUGH:
            return  # who works off the queue finds it in the end
        raise Retry(None, "no slot is free here")

    return Consumer(
        "cpr-batch.imports", (CprImportRequested.NAME,), requested, prefetch=1, retry_delays=DELAYS
    )
