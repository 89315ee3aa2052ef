"""Queues updates so that a change of very many contacts does not crowd out the rest: some at once, the others minute by minute."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterator, Sequence

from registerbro import service_queue
from registerbro.database import Connection

from cvr_subscription.settings import PaceSettings

MINUTE = dt.timedelta(minutes=1)


@dataclasses.dataclass
class Pace:
    """How many updates a synchronisation has queued so far, and so when the next ones become due."""

    settings: PaceSettings
    begun_at: dt.datetime
    queued: int = 0

    def slices(self, contact_ids: Sequence[int]) -> Iterator[tuple[dt.datetime | None, Sequence[int]]]:
        """The contacts in portions, each with the time before which it is not due; None: at once."""
        start = 0
        while start < len(contact_ids):
            minute, room = self._portion()
            portion = contact_ids[start : start + room]
            yield (None if minute == 0 else self.begun_at + minute * MINUTE), portion
            start += len(portion)
            self.queued += len(portion)

    def _portion(self) -> tuple[int, int]:
        """The minute that the next one falls into, and how many fit in there still."""
        beyond = self.queued - self.settings.at_once
        if beyond < 0:
            return 0, -beyond
        minute, used = divmod(beyond, self.settings.per_minute)
        return minute + 1, self.settings.per_minute - used

    async def queue(self, connection: Connection, contact_ids: Sequence[int], token: uuid.UUID) -> int:
        """Queues an update of each contact, in the connection's transaction; returns how many."""
        return sum(
            [
                await service_queue.enqueue(connection, portion, token=token, due_at=due_at)
                for due_at, portion in self.slices(contact_ids)
            ]
        )
