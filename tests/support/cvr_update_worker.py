"""A process that works the queue against a provider of its own: ``python -m tests.support.cvr_update_worker URL COMPANIES NAME``.

Ends when nothing is left in the queue. The provider knows so many companies, all under a new name.
"""

import asyncio
import sys

from cvr_update.worker import Worker
from registerbro.database import open_pool

from tests.support.cvr_provider import CvrProvider
from tests.support.cvr_updates import companies, left, updates_of

LEASE_SECONDS = 1.0
LOOK_SECONDS = 0.05


async def work(url: str, count: int, name: str) -> None:
    """Works until the queue is empty: what another process had in hand when it was killed, too."""
    provider = CvrProvider(most_at_once=20)
    provider.add(*companies(count, name=name))
    async with open_pool(url, maximum=4) as pool:
        updates = updates_of(
            pool, provider, units_at_once=20, lease_seconds=LEASE_SECONDS, look_seconds=LOOK_SECONDS
        )
        while await left(pool):
            await Worker(updates).work()
            await asyncio.sleep(LOOK_SECONDS)


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
