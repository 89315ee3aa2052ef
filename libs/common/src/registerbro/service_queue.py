"""The service queue: updates of companies and production units that wait, one task for each contact.

Who hears that something changed calls ``enqueue`` in the transaction that notes it. A task says only *ask the register anew*, so
however many changes are told, a contact has one task. Each further one raises the task's *generation*: a worker that took an
earlier generation finds it raised when it is ``done``, and the task waits again, so no change is lost while its contact is updated.

*Tokens.* A full synchronisation calls ``renew_token`` and queues every contact in the same transaction. Tasks of another token than the
active one are obsolete: they are not claimed, and ``remove_obsolete`` takes them away. Nothing is lost by that, because
``enqueue`` holds the token's row until its transaction ends and refuses any other token than the active one: what is queued
before the change is covered by the full synchronisation, what comes after it must carry the new token.

*Days to come.* ``due_at`` of a task is *not before*, and the earliest one counts: right for pacing, since an update that comes early
sees the change as well. A change that takes effect on a later day is not seen earlier; its day is kept beside the queue
(``remember``, table ``cvrupdate_due``), outlives every task and token, and becomes a task on that Danish day (``promote``).

*Leases.* ``claim`` gives a set of tasks to a worker for a time, which ``extend`` prolongs. When it runs out, because the process is
gone, they are claimed again. What a worker says of a task afterwards counts only while its lease is still the task's.

Locks are taken in one order by everybody: ``cvrupdate_setting``, contacts by id, tasks by contact. Who writes ``cvrupdate_setting`` in the same
transaction does so before.

    QueueError
    └── TokenObsolete   the token is not, or no longer, the active one: read it again
"""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import aiosql

from registerbro.bus import outbox
from registerbro.database import Connection, Pool
from registerbro.events import CvrUpdateQueued, Event

_SQL: Any = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg")
CHANNEL = "service_queue"  # Postgres notifies whoever listens there
PROMOTED_AT_ONCE = 2000


class QueueError(Exception):
    """The queue did not take what it was given."""


class TokenObsolete(QueueError):
    """A newer full synchronisation has another token."""

    def __init__(self) -> None:
        super().__init__("the token is not the active one")


@dataclasses.dataclass(frozen=True, slots=True)
class Task:
    """A task that a worker has in hand, as it was when it was claimed."""

    task_id: int
    contact_id: int
    token: uuid.UUID
    generation: int
    attempts: int  # that failed before
    lease: str
    due_at: dt.datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Queued:
    """A task as it is shown."""

    task_id: int
    contact_id: int
    state: str
    attempts: int
    failure: str | None
    queued_at: dt.datetime
    due_at: dt.datetime
    leased_by: str | None
    leased_until: dt.datetime | None


@dataclasses.dataclass(frozen=True, slots=True)
class Figures:
    """How the queue stands; obsolete ones are counted in their states, too."""

    waiting: int
    due: int  # of those that wait
    failing: int  # of those that wait: tried again
    running: int
    given_up: int
    obsolete: int
    oldest_due_at: dt.datetime | None
    on_later_days: int  # contacts' days to come


async def active_token(connection: Connection) -> uuid.UUID | None:
    """The active token, which nobody changes before the connection's transaction ends; None: updates are off."""
    token: uuid.UUID | None = await _SQL.active_token(connection)
    return token


async def renew_token(connection: Connection, *, off: bool = False) -> uuid.UUID | None:
    """Makes all tasks obsolete, in the connection's transaction; returns the new token, None where updates are now off."""
    token = None if off else uuid.uuid4()
    await _SQL.set_token(connection, token=token)
    return token


async def enqueue(
    connection: Connection, contact_ids: Iterable[int], *, token: uuid.UUID, due_at: dt.datetime | None = None
) -> int:
    """Queues updates in the connection's transaction, due at once or not before ``due_at``; returns how many contacts it took.

    Placeholders, contacts without a number and contacts that are no longer there are left out. Sends ``cvr.update.queued`` for each
    contact that had no task, or one that was given up. Raises ``TokenObsolete``; nothing is queued then.
    """
    if await active_token(connection) != token:
        raise TokenObsolete
    held = await _held(connection, contact_ids)
    queued = _SQL.enqueue(connection, contact_ids=list(held), token=token, due_at=due_at)
    fresh = [row["contact_id"] async for row in queued if row["is_new"]]
    await _announce(connection, fresh, held)
    await wake(connection)
    return len(held)


async def wake(store: "Connection | Pool") -> None:
    """Lets all workers look at the queue, when the connection's transaction ends. A hint: many of them count as one."""
    await _SQL.wake(store)


async def remember(connection: Connection, days: Iterable[tuple[int, dt.date]]) -> None:
    """Keeps Danish days on which contacts are to be updated, in the connection's transaction; none takes another's place."""
    wanted = list(days)
    held = await _held(connection, (contact_id for contact_id, _ in wanted))
    kept = [(contact_id, day) for contact_id, day in wanted if contact_id in held]
    await _SQL.remember(connection, contact_ids=[each for each, _ in kept], days=[day for _, day in kept])


async def promote(connection: Connection, today: dt.date) -> int:
    """Queues the contacts whose day has come (Danish); none while updates are off. To be called in no transaction."""
    promoted = 0
    while True:
        async with connection.transaction():
            token = await active_token(connection)
            if token is None:
                return promoted
            found = _SQL.contacts_due(connection, today=today, size=PROMOTED_AT_ONCE)
            coming = [row["contact_id"] async for row in found]
            await _held(connection, coming)
            rows = _SQL.take_due_days(connection, today=today, contact_ids=coming)
            contact_ids = {row["contact_id"] async for row in rows}
            if not contact_ids:
                return promoted
            promoted += await enqueue(connection, contact_ids, token=token)


async def claim(
    store: "Connection | Pool", *, size: int, worker: str, lease: dt.timedelta, now: dt.datetime
) -> list[Task]:
    """Takes up to ``size`` tasks of the active token that are due, the longest due first, for as long as the lease."""
    name = f"{worker} {uuid.uuid4().hex[:12]}"
    rows = _SQL.claim(store, size=size, lease=name, leased_until=now + lease, now=now)
    found = [Task(**row) async for row in rows]
    return sorted(found, key=lambda task: (task.due_at, task.task_id))


async def extend(store: "Connection | Pool", tasks: Sequence[Task], until: dt.datetime) -> None:
    """Keeps tasks of one claim in hand for longer."""
    if tasks:
        ids = [task.task_id for task in tasks]
        await _SQL.extend(store, task_ids=ids, lease=tasks[0].lease, leased_until=until)


async def done(connection: Connection, tasks: Sequence[Task]) -> frozenset[int]:
    """Ends tasks in the transaction that wrote what they asked for; returns the ids of those that are gone.

    One whose generation or token has changed since it was claimed waits instead, due at once. One whose lease was lost is another's.
    """
    rows = _SQL.done(
        connection,
        task_ids=[task.task_id for task in tasks],
        generations=[task.generation for task in tasks],
        tokens=[task.token for task in tasks],
        leases=[task.lease for task in tasks],
    )
    return frozenset([row["task_id"] async for row in rows])


async def failed(
    store: "Connection | Pool", task: Task, failure: str, next_try: dt.datetime, *, counts: bool = True
) -> None:
    """The task waits until ``next_try``; ``counts`` says whether that was one of its attempts."""
    await _SQL.failed(
        store, task_id=task.task_id, lease=task.lease, failure=failure, next_try=next_try, counts=counts
    )


async def give_up(store: "Connection | Pool", task: Task, failure: str) -> bool:
    """The task is not tried again by itself; False where somebody asked for it again meanwhile, so that it is, or took it."""
    return bool(
        await _SQL.give_up(
            store,
            task_id=task.task_id,
            lease=task.lease,
            generation=task.generation,
            token=task.token,
            failure=failure,
        )
    )


async def release(
    store: "Connection | Pool", tasks: Sequence[Task], due_at: dt.datetime | None = None
) -> None:
    """Gives tasks of one claim back untried, due as they were or at another time."""
    if tasks:
        ids = [task.task_id for task in tasks]
        await _SQL.release(store, task_ids=ids, lease=tasks[0].lease, due_at=due_at)


async def hasten(connection: Connection, until: dt.datetime, now: dt.datetime) -> None:
    """What failed and is tried again by then, is due at once."""
    await _SQL.hasten(connection, until=until, now=now)


async def remove_obsolete(connection: Connection, now: dt.datetime) -> int:
    """Takes tasks of another token than the active one away; returns how many."""
    async with connection.transaction():
        token = await active_token(connection)
        return int(await _SQL.remove_obsolete(connection, token=token, now=now))


async def retry(connection: Connection, contact_ids: Sequence[int] | None, now: dt.datetime) -> list[int]:
    """Lets tasks that failed begin anew, due at once, of some contacts or of all (None); returns whose."""
    async with connection.transaction():
        token = await active_token(connection)
        if token is None:
            return []
        wanted = None if contact_ids is None else list(contact_ids)
        ids = [row["contact_id"] async for row in _SQL.retriable(connection, contact_ids=wanted)]
        held = await _held(connection, ids)
        rows = _SQL.retry(connection, contact_ids=ids, token=token, now=now)
        retried = sorted([row["contact_id"] async for row in rows])
        await _announce(connection, retried, held)
        await wake(connection)
        return retried


async def figures(store: "Connection | Pool", now: dt.datetime) -> Figures:
    """How the queue stands."""
    return Figures(**await _SQL.figures(store, now=now))


async def page(store: "Connection | Pool", *, state: str | None, after: int, size: int) -> list[Queued]:
    """Tasks by id, of one state or of all."""
    return [Queued(**row) async for row in _SQL.page(store, state=state, after=after, size=size)]


async def task_of(store: "Connection | Pool", contact_id: int) -> Queued | None:
    """The task of a contact, if it has one."""
    row = await _SQL.task_of(store, contact_id=contact_id)
    return None if row is None else Queued(**row)


async def days_of(store: "Connection | Pool", contact_id: int) -> list[dt.date]:
    """The days to come on which a contact is updated."""
    return [row["due_on"] async for row in _SQL.days_of(store, contact_id=contact_id)]


async def _held(connection: Connection, contact_ids: Iterable[int]) -> dict[int, int]:
    """Versions of the contacts that can be updated, by id."""
    rows = _SQL.hold_contacts(connection, contact_ids=list(set(contact_ids)))
    return {row["contact_id"]: row["version"] async for row in rows}


async def _announce(connection: Connection, contact_ids: Iterable[int], versions: Mapping[int, int]) -> None:
    told = [
        CvrUpdateQueued(contact_id, versions[contact_id])
        for contact_id in contact_ids
        if contact_id in versions
    ]
    if told:
        await outbox.add(connection, map(Event, told))
