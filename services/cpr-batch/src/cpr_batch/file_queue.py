"""The queue of imports: rows of ``cpr_run`` in the state *waiting*, which any process may take.

The database says what is to be done and by whom; the events that go out with it only tell replicas to look.
"""

import dataclasses
import datetime as dt
import uuid
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import aiosql
import structlog
from registerbro.bus import outbox
from registerbro.database import Connection, Pool
from registerbro.events import CprImportRequested, Event

from cpr_batch.batch import Batch
from cpr_batch.errors import RunStopped
from cpr_batch.files import Store
from cpr_batch.runs import Run, Running

SQL = aiosql.from_path(Path(__file__).parent / "sql" / "file_queue.sql", "asyncpg")
ATTEMPTS = 3  # processes that may die over one file
PAUSE = dt.timedelta(seconds=2)
log = structlog.get_logger()


@dataclasses.dataclass(frozen=True, slots=True)
class Claimed:
    """An import that this process has taken."""

    run_id: uuid.UUID
    file_id: int
    initial_load: bool


async def enqueue(batch: Batch, parent: Running, file_ids: Sequence[int], *, initial_load: bool) -> None:
    """Lets an import wait for each file that has none, and takes over what an ended run left waiting."""
    async with batch.pool.acquire() as connection, connection.transaction():
        if not await SQL.lock_parent(connection, run_id=parent.run_id):
            raise RunStopped(str(parent.run_id))
        wanted = {"file_ids": list(file_ids), "parent_id": parent.run_id, "initial_load": initial_load}
        queued = await _run_ids(SQL.enqueue(connection, **wanted))
        await SQL.adopt(connection, **wanted)
        await _tell(connection, queued)


async def claim(source: Store, file_ids: Sequence[int] | None = None) -> Claimed | None:
    """Takes the import that has waited longest, of these files or of all."""
    row = await SQL.claim(source, file_ids=None if file_ids is None else list(file_ids))
    return Claimed(_plain(row["run_id"]), row["file_id"], row["initial_load"]) if row else None


async def put_back(pool: Pool, run_id: uuid.UUID) -> None:
    """Lets an import that could not begin wait again."""
    await SQL.put_back(pool, run_id=run_id, pause=PAUSE)


async def requeue(pool: Pool, run_id: uuid.UUID) -> None:
    """Leaves an import to other processes, because this one ends."""
    async with pool.acquire() as connection, connection.transaction():
        await _tell(connection, await _run_ids(SQL.requeue(connection, run_id=run_id)))


async def recover(batch: Batch) -> int:
    """Finds runs whose process is gone, lets their files wait anew, and says how many imports wait."""
    patience = dt.timedelta(seconds=batch.settings.runs.patience_seconds)
    async with batch.pool.acquire() as connection, connection.transaction():
        abandoned = await _run_ids(SQL.abandon_stale(connection, patience=patience))
        again = SQL.replace_abandoned(connection, run_ids=abandoned, attempts=ATTEMPTS)
        await _tell(connection, await _run_ids(again))
    for run_id in abandoned:
        log.warning("run abandoned: its process is gone", run_id=str(run_id))
    return int(await SQL.waiting(batch.pool))


async def are_active(pool: Pool, file_ids: Sequence[int]) -> bool:
    """Whether an import of one of these files waits or runs, in whatever process."""
    return bool(await SQL.active(pool, file_ids=list(file_ids)))


async def latest(pool: Pool, file_ids: Sequence[int]) -> dict[int, Run]:
    """The latest import of each of these files."""
    return {row["file_id"]: Run.of(row) async for row in SQL.latest(pool, file_ids=list(file_ids))}


async def _run_ids(rows: AsyncIterator[Any]) -> list[uuid.UUID]:
    return [_plain(row["run_id"]) async for row in rows]


def _plain(id_: uuid.UUID) -> uuid.UUID:
    """Not the driver's own kind, which JSON does not know."""
    return uuid.UUID(int=id_.int)


async def _tell(connection: Connection, run_ids: Sequence[uuid.UUID]) -> None:
    await outbox.add(connection, [Event(CprImportRequested(run_id)) for run_id in run_ids])
