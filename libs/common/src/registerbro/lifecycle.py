"""Opening and closing of what a service holds: nested context managers, tried again while they cannot be opened."""

import asyncio
import contextlib
import datetime as dt
import enum
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import TypeAlias

import structlog

from registerbro.privacy import scrub

Opening: TypeAlias = Callable[[], AbstractAsyncContextManager[None]]
PATIENCE = dt.timedelta(
    seconds=5
)  # how long the start waits for the first opening before it serves, not ready
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
log = structlog.get_logger()


class Phase(enum.StrEnum):
    """Where a service stands."""

    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"
    STOPPED = "stopped"


class Lifecycle:
    """Opens parts in order, closes them in reverse, and knows how far it is."""

    def __init__(self, *, drain: dt.timedelta) -> None:
        self.phase = Phase.STARTING
        self.obstacle = ""  # why it cannot be opened, fit to be shown
        self._drain = drain.total_seconds()
        self._settled = asyncio.Event()  # first opening done or failed
        self._stop = asyncio.Event()
        self._ready = asyncio.Event()

    @contextlib.asynccontextmanager
    async def run(self, openings: Sequence[Opening]) -> AsyncIterator[None]:
        """Holds the parts open for as long as the block lasts."""
        self._settled, self._stop, self._ready = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.phase = Phase.STARTING
        task = asyncio.create_task(self._hold(openings), name="lifecycle")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._settled.wait(), PATIENCE.total_seconds())
        try:
            yield
        finally:
            self.stop()
            await task
            self.phase = Phase.STOPPED

    def stop(self) -> None:
        """Begins to stop: no longer ready."""
        self.phase = Phase.STOPPING
        self._stop.set()

    async def ready(self) -> None:
        """Waits until everything is open."""
        await self._ready.wait()

    async def _hold(self, openings: Sequence[Opening]) -> None:
        pause = FIRST_PAUSE
        while not self._stop.is_set():
            try:
                await self._open_and_hold(openings)
            except Exception as error:
                self.obstacle = scrub(f"{type(error).__name__}: {error}")
                log.warning("start failed, trying again", reason=self.obstacle, pause_seconds=pause)
                self._settled.set()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _open_and_hold(self, openings: Sequence[Opening]) -> None:
        async with AsyncExitStack() as stack:
            for opening in openings:
                await stack.enter_async_context(opening())
            self.obstacle = ""
            if not self._stop.is_set():
                self.phase = Phase.READY
                self._ready.set()
            self._settled.set()
            await self._stop.wait()
