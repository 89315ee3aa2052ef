"""Locks of a database session: they end with it, so that a crash leaves nothing behind that somebody would have to clear."""

import contextlib
from collections.abc import AsyncIterator

import asyncpg
from registerbro.database import Connection, Pool

TRANSFERS = 0x63707274  # "cprt"
IMPORTS = 0x63707269  # "cpri"
ORDERS = 0x6370726F  # "cpro"
ADOPTIONS = 0x63707261  # "cpra"
PATIENCE_MS = 500


@contextlib.asynccontextmanager
async def hold(pool: Pool, kind: int, key: int = 0) -> AsyncIterator[bool]:
    """Takes a lock on a connection of its own and says whether it could be had; given back with the block.

    Somebody who is just finishing is waited for.
    """
    async with pool.acquire() as connection:
        taken = await _take(connection, kind, key)
        try:
            yield taken
        finally:
            if taken and not connection.is_closed():
                await connection.execute("select pg_advisory_unlock($1, $2)", kind, key)


async def _take(connection: Connection, kind: int, key: int) -> bool:
    try:
        async with connection.transaction():
            await connection.execute(f"set local lock_timeout = {PATIENCE_MS}")
            await connection.execute("select pg_advisory_lock($1, $2)", kind, key)
    except asyncpg.LockNotAvailableError:
        return False
    return True
