"""Runs in the background of the service: started by a call, cancelled when the service stops."""

import asyncio
import contextlib
import datetime as dt
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

import structlog

from cpr_batch.errors import BatchError
from cpr_batch.runs import Running, Started

Work: TypeAlias = Callable[[Started], Awaitable[Any]]
log = structlog.get_logger()


class Working:
    """The runs under way in this process."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, drain: dt.timedelta) -> AsyncIterator["Working"]:
        """Takes runs for as long as the block lasts; stops those that are left, which can be begun anew later."""
        working = cls()
        try:
            yield working
        finally:
            await working._stop(drain)

    async def start(self, work: Work) -> uuid.UUID | Any:
        """Begins the work and returns its run's id once there is one, or what the work returned or raised before."""
        begun: asyncio.Future[Running] = asyncio.get_running_loop().create_future()
        task = asyncio.ensure_future(work(begun.set_result))
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        await asyncio.wait({task, begun}, return_when=asyncio.FIRST_COMPLETED)
        return begun.result().run_id if begun.done() else await task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, BatchError):
            log.warning("run failed", reason=str(error))
        elif error is not None:
            log.error("run failed", exc_info=error)

    async def _stop(self, drain: dt.timedelta) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=drain.total_seconds())
