"""Opening and closing of what a service holds: nested context managers, tried again while they cannot be opened."""

import asyncio
import contextlib
import datetime as dt
import enum
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import TypeAlias

import structlog

from registerbro.privacy import scrub

Opening: TypeAlias = Callable[[], AbstractAsyncContextManager[None]]
PATIENCE = dt.timedelta(
    seconds=5
)  # how long the start waits for the first opening before it serves, not ready
CLOSING = dt.timedelta(minutes=2)
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

    def __init__(self, *, closing: dt.timedelta = CLOSING) -> None:
        self._closing = closing  # for all parts together; each drains within its own deadline
        self.phase = Phase.STARTING
        self.obstacle = ""  # why it cannot be opened, fit to be shown
        self._listeners: list[Callable[[], None]] = []
        self._stop = asyncio.Event()
        self._ready = asyncio.Event()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Calls the listener whenever the phase changes."""
        self._listeners.append(listener)

    @property
    def is_withdrawn(self) -> bool:
        """Whether the end has begun."""
        return self.phase in (Phase.STOPPING, Phase.STOPPED)

    @contextlib.asynccontextmanager
    async def run(self, openings: Iterable[Opening]) -> AsyncIterator[None]:
        """Holds the parts open for as long as the block lasts; it begins when they are, or after some patience."""
        self._stop, self._ready = asyncio.Event(), asyncio.Event()
        self._change(Phase.STARTING)
        task = asyncio.create_task(self._hold(list(openings)), name="lifecycle")
        with contextlib.suppress(TimeoutError):
            await self.ready(PATIENCE)
        try:
            yield
        finally:
            self.withdraw()
            self._stop.set()
            await task
            self._change(Phase.STOPPED)

    def withdraw(self) -> None:
        """Begins the end: no longer ready, everything still open."""
        self._change(Phase.STOPPING)

    async def ready(self, patience: dt.timedelta) -> None:
        """Waits until everything is open; ``TimeoutError`` when it takes longer."""
        async with asyncio.timeout(patience.total_seconds()):
            await self._ready.wait()

    def _change(self, phase: Phase) -> None:
        self.phase = phase
        for listener in self._listeners:
            listener()

    async def _hold(self, openings: Sequence[Opening]) -> None:
        pause = FIRST_PAUSE
        while not self._stop.is_set():
            try:
                await self._open_and_hold(openings)
            except Exception as error:
                self.obstacle = scrub(f"{type(error).__name__}: {error}")
                log.warning("parts not open, trying again", reason=self.obstacle, pause_seconds=pause)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._stop.wait()
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _open_and_hold(self, openings: Sequence[Opening]) -> None:
        parts = AsyncExitStack()
        try:
            for opening in openings:
                await parts.enter_async_context(opening())
            self.obstacle = ""
            self._ready.set()
            if not self.is_withdrawn:
                self._change(Phase.READY)
            await self._stop.wait()
        finally:
            await self._close(parts)

    async def _close(self, parts: AsyncExitStack) -> None:
        try:
            async with asyncio.timeout(self._closing.total_seconds()):
                await parts.aclose()
        except TimeoutError:
            log.error("parts not closed in time", limit_seconds=self._closing.total_seconds())
