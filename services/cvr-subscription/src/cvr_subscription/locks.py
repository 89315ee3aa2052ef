"""Locks over all replicas, which go with the connection of who holds them."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiosql
from registerbro.database import Pool

from cvr_subscription.errors import SubscriptionError

SQL: Any = aiosql.from_path(Path(__file__).parent / "sql" / "locks.sql", "asyncpg")


@contextlib.asynccontextmanager
async def alone(pool: Pool, lock_id: int, taken: type[SubscriptionError]) -> AsyncIterator[None]:
    """Holds a lock for the block; raises ``taken`` where somebody else has it."""
    async with pool.acquire() as connection:
        if not await SQL.try_lock(connection, lock_id=lock_id):
            raise taken()
        try:
            yield
        finally:
            if not connection.is_closed():
                await SQL.unlock(connection, lock_id=lock_id)


async def is_locked(pool: Pool, lock_id: int) -> bool:
    """Whether somebody has it."""
    return bool(await SQL.is_locked(pool, lock_id=lock_id))
