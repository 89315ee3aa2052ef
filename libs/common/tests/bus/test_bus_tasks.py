"""Background tasks end, also those that lose a cancellation."""

import asyncio
import datetime as dt

import pytest
from registerbro.bus import tasks
from registerbro.bus.wakeup import Wakeup


async def test_a_task_that_loses_a_cancellation_ends_all_the_same() -> None:
    started = asyncio.Event()
    cancellations = 0

    async def stubborn() -> None:
        nonlocal cancellations
        while cancellations < 2:
            started.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancellations += 1

    task = asyncio.create_task(stubborn())
    await started.wait()
    await tasks.stop([task])
    assert task.done()
    assert cancellations == 2


async def test_what_a_task_raised_is_taken() -> None:
    async def broken() -> None:
        raise RuntimeError

    await tasks.stop([asyncio.create_task(broken())])


@pytest.mark.parametrize("steps", range(4))
async def test_a_wait_that_is_woken_and_cancelled_at_once_is_cancelled(steps: int) -> None:
    """``asyncio.wait_for`` would return at one of these steps, and the loop around it would run for ever."""
    wakeup = Wakeup("channel", dt.timedelta(hours=1))
    waiting = asyncio.create_task(wakeup.wait())
    await asyncio.sleep(0)
    wakeup.wake()
    for _ in range(steps):
        await asyncio.sleep(0)
    is_over = waiting.done()
    waiting.cancel()
    await asyncio.wait({waiting})
    assert is_over or waiting.cancelled()
