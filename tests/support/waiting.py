"""Waiting for a condition, never for a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable

INTERVAL_SECONDS = 0.02


async def until(condition: Callable[[], Awaitable[object]], *, seconds: float = 30) -> None:
    """Returns when the condition is true; fails when it still is not after so many seconds."""
    deadline = time.monotonic() + seconds
    while not await condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"condition not met within {seconds} s")
        await asyncio.sleep(INTERVAL_SECONDS)
