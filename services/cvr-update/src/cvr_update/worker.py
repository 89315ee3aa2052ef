"""A replica's part in working the queue: when Postgres notifies it that something was queued, and now and then."""

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator

import structlog
from registerbro import service_queue
from registerbro.bus.tasks import stop
from registerbro.bus.wakeup import Wakeup, listening
from registerbro.privacy import scrub
from registerbro.service_queue import CHANNEL

from cvr_update import one_set, state
from cvr_update.updates import Updates

log = structlog.get_logger()


class Worker:
    """Works in the background. What is under way when it ends is taken up again, here or by another replica."""

    def __init__(self, updates: Updates) -> None:
        self._updates = updates
        self._wakeup = Wakeup(CHANNEL, dt.timedelta(seconds=updates.settings.look_seconds))

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, updates: Updates) -> AsyncIterator["Worker"]:
        """Works for as long as the block lasts."""
        worker = cls(updates)
        async with listening(updates.pool, worker._wakeup):
            task = asyncio.create_task(worker._work_again_and_again())
            try:
                yield worker
            finally:
                await stop([task])

    def wake(self) -> None:
        """Looks at once."""
        self._wakeup.wake()

    async def work(self) -> int:
        """Works until nothing is due, the provider is left alone, the brake holds, or a module is switched off.

        Returns how many tasks were taken in hand.
        """
        await sweep(self._updates)
        done = 0
        while await self._updates.is_on() and (count := await self._some()):
            done += count
        return done

    async def _some(self) -> int:
        updates = self._updates
        standing = await state.read(updates.pool)
        if standing.rests(updates.now()):
            return 0
        tasks = await service_queue.claim(
            updates.pool,
            size=1 if standing.pauses else updates.settings.units_at_once,  # one finds out whether it answers
            worker=updates.worker,
            lease=dt.timedelta(seconds=updates.settings.lease_seconds),
            now=updates.now(),
        )
        if not tasks:
            await state.SQL.end_run(updates.pool, now=updates.now())
            return 0
        await state.SQL.begin_run(updates.pool, now=updates.now())
        await one_set.work_on(updates, tasks)
        return len(tasks)

    async def _work_again_and_again(self) -> None:
        while True:
            try:
                await self.work()
            except Exception as error:  # the store is away, as a rule: the next look goes on
                log.warning("updates not worked on", error=scrub(f"{type(error).__name__}: {error}"))
            await self._wakeup.wait()


async def sweep(updates: Updates) -> None:
    """Takes obsolete tasks away, also while updates are off; queues contacts whose day has come, while they are on."""
    is_on = await updates.is_on()
    async with updates.pool.acquire() as connection:
        removed = await service_queue.remove_obsolete(connection, updates.now())
        promoted = await service_queue.promote(connection, updates.today) if is_on else 0
    if removed or promoted:
        log.info("queue swept", obsolete=removed, promoted=promoted)
