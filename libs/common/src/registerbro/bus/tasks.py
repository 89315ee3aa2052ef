"""Ending background tasks, surely."""

import asyncio
from collections.abc import Iterable
from typing import Any

INSIST_SECONDS = 1.0


async def stop(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancels tasks until they have ended, and takes their exceptions.

    Once is not enough: before Python 3.12 ``asyncio.wait_for`` loses a cancellation that meets its result, and
    libraries that we run in these tasks use it.
    """
    ending = list(tasks)
    while pending := {task for task in ending if not task.done()}:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=INSIST_SECONDS)
    await asyncio.gather(*ending, return_exceptions=True)
