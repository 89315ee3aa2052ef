"""Locks of a database session: they end with it, so that a crash leaves nothing behind that somebody would have to clear."""

import contextlib
from collections.abc import AsyncIterator

from registerbro.database import Pool

TRANSFERS = 0x63707274  # "cprt"
IMPORTS = 0x63707269  # "cpri"


@contextlib.asynccontextmanager
async def hold(pool: Pool, kind: int, key: int = 0) -> AsyncIterator[bool]:
    """Tries to take a lock on a connection of its own; says whether it was free. Given back with the block."""
    async with pool.acquire() as connection:
        taken = await connection.fetchval("select pg_try_advisory_lock($1, $2)", kind, key)
        try:
            yield bool(taken)
        finally:
            if taken and not connection.is_closed():
                await connection.execute("select pg_advisory_unlock($1, $2)", kind, key)
