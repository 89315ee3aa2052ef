"""Works on subscriptions in processes of their own, which may be killed: each line on standard input asks for one.

A line is JSON: ``database``, ``journal``, ``contacts``, and ``point`` with ``nth`` where the process is to kill itself. What the
provider is told it appends to the journal, a line each, before it answers. The answers are lines, too: the process's id, and when it
has ended its wait status. It ends by itself when nothing is left to do.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import structlog
from cvr_subscription import following
from cvr_subscription.checkpoint import Point
from cvr_subscription.settings import SubscribingSettings
from cvr_subscription.worker import Worker
from registerbro.database import open_pool

from tests.support.cvr_provider import CvrProvider, unit
from tests.support.cvr_subscriber import numbers_of, open_subscriber

SETTINGS = SubscribingSettings(at_once=1, lease_seconds=1.5, first_pause_seconds=0.05)
WAITS = "select count(*) from cvrupdate_subscription where state <> 'subscribed'"
MISSES = """select count(*) from contact where name_type in ('J', 'V') and not exists (
    select from cvrupdate_subscription as known where known.contact_id = contact.contact_id)"""
IS_ON = "select enabled from feature_setting where feature = 'CVR Update'"


class KillAt:
    """Kills the process the ``nth`` time that a point is reached."""

    def __init__(self, point: str | None, nth: int) -> None:
        self._point = point
        self._left = nth

    def __call__(self, point: Point) -> None:
        if point == self._point:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class Journaled(CvrProvider):
    """A provider that outlives the processes that tell it."""

    journal: Path

    async def subscribe(self, object_id: str) -> None:
        await super().subscribe(object_id)
        self._note(f"+{object_id}\n")

    async def unsubscribe(self, object_id: str) -> None:
        await super().unsubscribe(object_id)
        self._note(f"-{object_id}\n")

    def _note(self, line: str) -> None:
        with self.journal.open("a") as journal:
            journal.write(line)


async def perform(job: dict[str, Any]) -> None:
    """A replica from its start until nothing is left to do."""
    provider = Journaled()
    provider.journal = Path(job["journal"])
    provider.add(*map(unit, numbers_of(job["contacts"])))
    checkpoint = KillAt(job.get("point"), job.get("nth", 1))
    async with open_pool(job["database"], minimum=0, maximum=4) as pool:
        subscriber = open_subscriber(pool, provider, checkpoint=checkpoint, subscribing=SETTINGS)
        await following.adopt(pool, subscriber.identity)
        worker = Worker(subscriber)
        while True:
            await worker.work()
            left = await pool.fetchval(WAITS) + (
                await pool.fetchval(MISSES) if await pool.fetchval(IS_ON) else 0
            )
            if left == 0:
                return
            await asyncio.sleep(0.02)


def main() -> None:
    """Forks a process for each job, so that nothing is loaded twice."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory(), processors=[])
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            asyncio.run(perform(json.loads(line)))
            os._exit(0)
        _answer(pid)
        _answer(os.waitpid(pid, 0)[1])


def _answer(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
