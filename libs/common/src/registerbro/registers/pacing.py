"""How fast a provider is asked by all replicas of all services together, and the pauses that it asks for.

One row per provider and host holds when the next call may begin; a replica takes slots by moving that on. It takes as many at
once as pass in a tenth of a second, so that the row is not in the way of many calls; slots that it does not use pass.
"""

import asyncio
import collections
import dataclasses
import datetime as dt
import math
import time
from pathlib import Path
from typing import Any, Protocol

import aiosql

from registerbro.database import Pool
from registerbro.registers.errors import Throttled

_SQL: Any = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg")
BATCH = dt.timedelta(seconds=0.1)  # slots of so long are taken at once
LOOK_AGAIN = dt.timedelta(seconds=1)  # after so long, whether a pause was set by another replica
NO_WAIT = dt.timedelta(0)


@dataclasses.dataclass(frozen=True, slots=True)
class PaceLimits:
    """``calls_per_second``: by all replicas; None: no limit."""

    calls_per_second: float | None
    longest_wait: dt.timedelta


class Paced(Protocol):
    """Gives calls their turn."""

    async def turn(self) -> None:
        """Waits until a call may begin. Raises ``Throttled`` where that would take too long."""

    async def pause(self, length: dt.timedelta) -> None:
        """Lets nobody begin a call for a while."""


class Pace:
    """``Paced`` over all replicas: gives calls to one host of a provider their turn."""

    def __init__(self, pool: Pool, key: str, limits: PaceLimits) -> None:
        self._pool = pool
        self._key = key
        self._longest = limits.longest_wait
        self._interval: dt.timedelta | None = None
        if limits.calls_per_second is not None:
            self._interval = dt.timedelta(seconds=1 / limits.calls_per_second)
        self._slots: collections.deque[float] = collections.deque()  # monotonic, in order
        self._paused_until = 0.0  # monotonic
        self._looked_at = -math.inf
        self._lock = asyncio.Lock()

    async def turn(self) -> None:
        """Waits until a call may begin. Raises ``Throttled`` where that would take too long."""
        if self._interval is None:
            begins = await self._end_of_pause()
        else:
            begins = await self._slot(self._interval)
        wait = dt.timedelta(seconds=max(0.0, begins - time.monotonic()))
        if wait > self._longest:
            raise _too_long(wait)
        await asyncio.sleep(wait.total_seconds())

    async def pause(self, length: dt.timedelta) -> None:
        """Lets nobody begin a call for a while, in any replica."""
        await _SQL.pause(self._pool, key=self._key, length=length)
        self._slots.clear()
        self._paused_until = max(self._paused_until, time.monotonic() + length.total_seconds())

    async def _slot(self, interval: dt.timedelta) -> float:
        async with self._lock:
            if not (slot := self._next()):
                await self._reserve(interval)
                slot = self._next()
            return slot or time.monotonic()

    def _next(self) -> float | None:
        """The first slot that was taken and has not passed long ago."""
        passed = time.monotonic() - BATCH.total_seconds()
        while self._slots:
            slot = self._slots.popleft()
            if slot >= passed:
                return slot
        return None

    async def _reserve(self, interval: dt.timedelta) -> None:
        count = max(1, int(BATCH / interval))
        row = await _SQL.reserve(
            self._pool, key=self._key, slots=count, interval=interval, longest_wait=self._longest
        )
        if row is None:
            waits = await _SQL.look(self._pool, key=self._key)
            raise _too_long(max(waits["slot"], waits["pause"]))
        first = time.monotonic() + row["wait"].total_seconds()
        self._slots.extend(first + number * interval.total_seconds() for number in range(count))

    async def _end_of_pause(self) -> float:
        now = time.monotonic()
        if now - self._looked_at >= LOOK_AGAIN.total_seconds():
            self._looked_at = now
            row = await _SQL.look(self._pool, key=self._key)
            pause = row["pause"] if row else NO_WAIT
            self._paused_until = max(self._paused_until, now + pause.total_seconds())
        return self._paused_until


def _too_long(wait: dt.timedelta) -> Throttled:
    text = f"the register cannot be asked for {math.ceil(wait.total_seconds())} seconds: it is asked too much, or wants a pause"
    return Throttled(text, retry_after=wait)
