"""What operators do: work now, let the brake go, try again what failed."""

from collections.abc import Mapping, Sequence
from typing import Any

from registerbro import service_queue
from registerbro.database import Connection

from cvr_update import contacts, state, worker
from cvr_update.errors import BrakeFree
from cvr_update.updates import Updates


async def work_now(updates: Updates) -> Mapping[str, Any]:
    """Has all replicas look at the queue at once, also where the provider did not answer a moment ago."""
    await end_pause(updates)
    return await wake(updates)


async def end_pause(updates: Updates) -> None:
    """Lets the provider be asked again at once, with what waits because it did not answer: it may have been mended."""
    async with updates.pool.acquire() as connection, connection.transaction():
        paused_until = await state.SQL.skip_pause(connection)
        if paused_until is not None:
            await service_queue.hasten(connection, paused_until, updates.now())


async def wake(updates: Updates) -> Mapping[str, Any]:
    """Has all replicas look at the queue at once; what they find due."""
    await worker.sweep(updates)
    await service_queue.wake(updates.pool)
    found = await service_queue.figures(updates.pool, updates.now())
    return {"waiting": found.waiting, "due": found.due, "given_up": found.given_up}


async def let_pass(updates: Updates, *, by: str) -> None:
    """Lets the brake go. Raises ``BrakeFree``."""
    if not await state.let_pass(updates.pool, updates.settings.brake, updates.now(), by=by):
        raise BrakeFree
    await service_queue.wake(updates.pool)


async def retry(updates: Updates, contact_ids: Sequence[int] | None) -> list[int]:
    """Begins failed updates anew, of some contacts or of all (None), whether their tasks are there still or not; whose."""
    async with updates.pool.acquire() as connection:
        again = await service_queue.retry(connection, contact_ids, updates.now())
        return sorted([*again, *await _queued_anew(connection, contact_ids)])


async def _queued_anew(connection: Connection, contact_ids: Sequence[int] | None) -> list[int]:
    async with connection.transaction():
        token = await service_queue.active_token(connection)
        if token is None:
            return []
        ids = None if contact_ids is None else list(contact_ids)
        rows = contacts.SQL.failed_without_task(connection, contact_ids=ids)
        lost = [row["contact_id"] async for row in rows]
        await service_queue.enqueue(connection, lost, token=token)
        return lost
