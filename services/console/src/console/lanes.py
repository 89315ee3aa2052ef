"""Work that costs much of a core is done a few at a time; the others wait, and when too many do, the next one is sent away."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

AT_ONCE = 2
MOST_WAITING = 100  # half a minute of work


class Lane:
    """A queue of its own."""

    def __init__(self, busy: type[Exception]) -> None:
        self._busy = busy
        self._free = asyncio.Semaphore(AT_ONCE)
        self._inside = 0

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Waits for one's turn and keeps it for the block; raises what ``busy`` names where too many wait."""
        if self._inside >= AT_ONCE + MOST_WAITING:
            raise self._busy
        self._inside += 1
        try:
            async with self._free:
                yield
        finally:
            self._inside -= 1
