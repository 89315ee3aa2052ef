"""Work that a call asked for and that may outlast the answer: it goes on for as long as the service runs.

What becomes of it stands in the store, as of work that a schedule began.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from typing import Any, TypeVar

import structlog
from registerbro.bus.tasks import stop

Result = TypeVar("Result")
log = structlog.get_logger()


class Errands:
    """What is under way in this process."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls) -> AsyncIterator["Errands"]:
        """Takes work for as long as the block lasts; what is not done by then is cut off."""
        errands = cls()
        try:
            yield errands
        finally:
            await stop(errands._tasks)

    async def within(self, seconds: float | None, work: Coroutine[Any, Any, Result]) -> Result | None:
        """The result, or None where the work takes longer and goes on; no ``seconds``: however long it takes.

        Raises what the work raises in that time.
        """
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        done, _ = await asyncio.wait({task}, timeout=seconds)
        return task.result() if done else None

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.info("errand failed", error=type(error).__name__)
