"""What is followed: the provider in use, how far its events were read, and the token of the updates that count.

All of it is the one row of ``cvrupdate_setting``. Who changes it holds it until the transaction ends, and before any other lock.
"""

import dataclasses
import datetime as dt
import uuid
from pathlib import Path
from typing import Any

import aiosql
from registerbro import service_queue
from registerbro.database import Connection, Pool

from cvr_subscription.errors import OtherProvider

SQL: Any = aiosql.from_path(Path(__file__).parent / "sql" / "setting.sql", "asyncpg")


@dataclasses.dataclass(frozen=True, slots=True)
class Following:
    """The row as it is. Without a token nothing is followed; without a position events were never read."""

    token: uuid.UUID | None
    provider: str | None
    position: str | None
    events_synchronised_at: dt.datetime | None
    fully_synchronised_at: dt.datetime | None
    reread_at: dt.datetime | None


async def read(store: "Connection | Pool") -> Following:
    """The row as it is."""
    return Following(**await SQL.read(store))


async def hold(connection: Connection) -> Following:
    """The row, which nobody else changes before the connection's transaction ends."""
    return Following(**await SQL.hold(connection))


async def adopt(pool: Pool, identity: str) -> bool:
    """Takes a provider into use; True if another one was, so that everything is looked up and subscribed anew."""
    async with pool.acquire() as connection, connection.transaction():
        if (await hold(connection)).provider == identity:
            return False
        await SQL.adopt(connection, provider=identity)
        await SQL.end_former(connection, provider=identity)
        return True


async def require(pool: Pool, identity: str) -> Following:
    """The row; ``OtherProvider`` where it is another provider's than this process has open. The first one takes its own into use."""
    found = await read(pool)
    if found.provider is None:
        await adopt(pool, identity)
        found = await read(pool)
    if found.provider != identity:
        raise OtherProvider
    return found


async def stop(pool: Pool) -> None:
    """Nothing is followed any more; updates that wait are obsolete. May be repeated."""
    if (await read(pool)).token is None:
        return
    async with pool.acquire() as connection, connection.transaction():
        await hold(connection)
        await service_queue.renew_token(connection, off=True)
        await SQL.forget_position(connection)
