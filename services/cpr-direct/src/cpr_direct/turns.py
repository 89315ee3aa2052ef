"""How many connections to CPR there are at once, and how many calls begin in a second."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiolimiter import AsyncLimiter

from cpr_direct import metrics
from cpr_direct.errors import Busy
from cpr_direct.settings import LimitSettings

BURST_SECONDS = 0.1  # what has not been used for so long may be used at once


class Turns:
    """Gives calls their turn, first come first served."""

    def __init__(self, limits: LimitSettings) -> None:
        self._seconds = limits.wait_seconds
        self._connections = asyncio.Semaphore(limits.connections)
        self._rate = None if limits.calls_per_second is None else _limiter(limits.calls_per_second)

    @contextlib.asynccontextmanager
    async def take(self) -> AsyncIterator[None]:
        """A connection of the allowed ones, for the block; raises ``Busy`` when none is free in time."""
        await self._wait()
        metrics.OPEN.inc()
        try:
            yield
        finally:
            metrics.OPEN.dec()
            self._connections.release()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await self._connections.acquire()
                await self._wait_for_rate()
        except TimeoutError as error:
            raise Busy(self._seconds) from error

    async def _wait_for_rate(self) -> None:
        try:
            if self._rate:
                await self._rate.acquire()
        except BaseException:
            self._connections.release()
            raise


def _limiter(calls_per_second: float) -> AsyncLimiter:
    burst = max(1.0, calls_per_second * BURST_SECONDS)
    return AsyncLimiter(burst, burst / calls_per_second)
