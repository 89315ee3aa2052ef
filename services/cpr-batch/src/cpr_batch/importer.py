"""A service's part in the imports that wait: it takes them when an event says so, and looks for them now and then."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import structlog
from registerbro.bus.tasks import stop

from cpr_batch import draining, file_queue
from cpr_batch.batch import Batch, Batches

QUEUE = "import queue"
log = structlog.get_logger()


class Importer:
    """The imports that this process does in the background."""

    def __init__(self, batches: Batches, is_on: Callable[[], Awaitable[bool]]) -> None:
        self._batches = batches
        self._is_on = is_on
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, batches: Batches, is_on: Callable[[], Awaitable[bool]]) -> AsyncIterator["Importer"]:
        """Works for as long as the block lasts; what is under way then is left to other processes."""
        importer = cls(batches, is_on)
        looking = asyncio.create_task(importer._look_again_and_again())
        try:
            yield importer
        finally:
            await stop([looking])
            await stop(importer._tasks)

    async def offer(self) -> bool:
        """Begins to work if a slot is free; False if none is."""
        if not await self._is_on():
            return True  # nothing is to be done while the module is off; the queue waits
        batch = await self._batches.current(QUEUE)
        return self._begin(batch)

    def _begin(self, batch: Batch) -> bool:
        limit = batch.settings.runs.imports_at_once
        if len(self._tasks) >= limit or not batch.slots.is_free(limit):
            return False
        task = asyncio.create_task(_drain(batch))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def _look_again_and_again(self) -> None:
        while True:
            batch: Batch | None = None
            try:
                batch = await self._batches.current(QUEUE)
                await self._look(batch)
            except Exception as error:
                log.warning("queue of imports not looked at", error=type(error).__name__)
            await asyncio.sleep(batch.settings.runs.look_seconds if batch else 60)

    async def _look(self, batch: Batch) -> None:
        waiting = await file_queue.recover(batch)
        if await self._is_on():
            for _ in range(waiting):
                if not self._begin(batch):
                    return


async def _drain(batch: Batch) -> None:
    try:
        await draining.drain(batch)
    except Exception as error:  # the store is away, as a rule: the next look goes on
        log.warning("imports interrupted", error=type(error).__name__)
