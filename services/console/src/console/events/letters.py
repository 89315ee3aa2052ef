"""What an operator does with dead letters: look, have them delivered again, discard them."""

from collections.abc import Awaitable

from registerbro.bus import dead_letters
from registerbro.bus.dead_letters import DeadLetter, NotOpen, Which
from registerbro.database import Connection, Pool

from console.events.errors import LetterNotOpen, LetterUnknown

MOST = 1000


async def get(connection: Connection, dead_letter_id: int) -> DeadLetter:
    """A dead letter, whatever became of it; ``LetterUnknown``."""
    found = await dead_letters.find(connection, Which(ids=[dead_letter_id]), states=None, page=1)
    if not found:
        raise LetterUnknown
    return found[0]


async def replay(pool: Pool, dead_letter_id: int, *, by: str) -> DeadLetter:
    """Has it delivered again to its consumer. ``LetterUnknown``, ``LetterNotOpen``."""
    async with pool.acquire() as connection:
        return await _done(
            connection, dead_letter_id, dead_letters.request_replay(connection, dead_letter_id, by=by)
        )


async def discard(pool: Pool, dead_letter_id: int, reason: str, *, by: str) -> DeadLetter:
    """Closes it for good. ``LetterUnknown``, ``LetterNotOpen``."""
    async with pool.acquire() as connection:
        return await _done(
            connection, dead_letter_id, dead_letters.discard(connection, dead_letter_id, reason, by=by)
        )


async def _done(connection: Connection, dead_letter_id: int, work: Awaitable[None]) -> DeadLetter:
    try:
        await work
    except NotOpen:
        await get(connection, dead_letter_id)
        raise LetterNotOpen from None
    return await get(connection, dead_letter_id)
