"""Works one set of tasks: asks for the units, merges them, and writes down what became of each, in the merge's own transaction.

A process may end at any moment. Before the transaction commits nothing has happened, and the tasks are claimed again when their lease
runs out; after it everything has: contacts, their events, what is noted of the update, and the end of the tasks.
"""

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Iterable, Sequence

from registerbro import service_queue
from registerbro.bus import outbox
from registerbro.bus.tasks import stop
from registerbro.bus.wakeup import DATABASE_ERRORS
from registerbro.contacts import units as storing
from registerbro.contacts.merge import ErasedUnknown, MergeContended, MergeFailed, StoreGone
from registerbro.contacts.model import Outcome, Result
from registerbro.cvr.units import Unit
from registerbro.database import Connection
from registerbro.events import CvrUpdateApplied, CvrUpdateFailed, Event
from registerbro.service_queue import Task
from registerbro.sources import CvrSource

from cvr_update import asking, contacts, failing, metrics, state
from cvr_update.asking import Answers
from cvr_update.errors import BrakeHolds
from cvr_update.failing import NUMBER_UNUSABLE, Failure
from cvr_update.updates import Updates

_LATER = (MergeContended, StoreGone, ErasedUnknown)  # nothing is wrong with the units
_LEFT_ASIDE = frozenset({Outcome.NOT_IMPORTED, Outcome.ERASED})


async def work_on(updates: Updates, tasks: Sequence[Task]) -> None:
    """Does what the tasks ask for. What cannot be done now goes back to the queue, also when this is cancelled."""
    async with _kept(updates, tasks):
        try:
            await _work_on(updates, tasks)
        except BrakeHolds:
            await state.SQL.hold(updates.pool, now=updates.now())
            await service_queue.release(updates.pool, tasks)
        except Exception:
            later = updates.now() + dt.timedelta(seconds=updates.settings.retries.first_pause_seconds)
            await service_queue.release(updates.pool, tasks, later)  # not before all others again
            raise
        except BaseException:
            await service_queue.release(updates.pool, tasks)
            raise


async def _work_on(updates: Updates, tasks: Sequence[Task]) -> None:
    source = await updates.source()
    types = storing.types_of(source)
    about = await contacts.subjects(updates.pool, tasks, types, checks_digit=updates.cvr.checks_cvr_digit)
    await _drop(updates, about.gone)
    await _fail(updates, [(task, NUMBER_UNUSABLE) for task in about.unusable])
    if not about.numbers:
        return
    answers = await asking.ask(updates.lookup, about.numbers)
    if answers.outage is not None:
        await _leave_alone(updates, answers, answers.outage)
        return
    await state.SQL.end_pause(updates.pool)
    await _store(updates, answers.units, source)
    await _fail(updates, answers.failures)


async def _store(updates: Updates, units: Sequence[tuple[Task, Unit]], source: CvrSource) -> None:
    """Merges them as one; where the store refuses that, each by itself, so that one spoils none of the others."""
    if not units:
        return
    try:
        await _merge(updates, units, source)
    except _LATER:
        raise
    except (
        MergeFailed,
        ValueError,
        TypeError,
    ) as error:  # the last two: an answer that cannot be mapped or written
        if len(units) == 1:
            await _fail(updates, [(units[0][0], failing.of_store(error))])
            return
        for each in units:
            await _store(updates, [each], source)


async def _merge(updates: Updates, units: Sequence[tuple[Task, Unit]], source: CvrSource) -> None:
    now = updates.now()

    async def also(connection: Connection, results: Sequence[Result]) -> None:
        await _note(updates, connection, units, results, now)

    results = await storing.store(
        updates.pool,
        [unit for _, unit in units],
        storing.update_policy(source),
        source=source,
        fields=updates.cvr.update_fields,
        style=updates.cvr.writing.style,
        now=now,
        hasher=updates.hasher,
        also=also,
    )
    metrics.APPLIED.labels("changed").inc(sum(bool(result.groups) for result in results))
    metrics.APPLIED.labels("unchanged").inc(sum(not result.groups for result in results))


async def _note(
    updates: Updates,
    connection: Connection,
    units: Sequence[tuple[Task, Unit]],
    results: Sequence[Result],
    now: dt.datetime,
) -> None:
    """What belongs to the merge's transaction. The brake comes last: its row makes all replicas wait for each other."""
    kept = [
        (task, unit)
        for (task, unit), result in zip(units, results, strict=True)
        if result.outcome not in _LEFT_ASIDE
    ]
    await contacts.SQL.note_updated(
        connection,
        contact_ids=[task.contact_id for task, _ in kept],
        logic_ids=[unit.object_id for _, unit in kept],
        now=now,
    )
    coming = [(task.contact_id, unit.changes_on) for task, unit in kept if unit.changes_on is not None]
    if coming:
        await service_queue.remember(connection, coming)
    await service_queue.done(connection, [task for task, _ in units])
    changed = [result for result in results if result.groups]
    await _announce(connection, changed)
    await state.count(
        connection,
        updates.settings.brake,
        now,
        updates=len(results),
        endings=sum(result.is_ending for result in results),
        changed=len(changed),
    )


async def _announce(connection: Connection, changed: Sequence[Result]) -> None:
    groups = {result.contact_id: result.groups for result in changed if result.contact_id is not None}
    if groups:
        versions = await contacts.versions(connection, groups)
        told = [CvrUpdateApplied(each, versions[each], groups[each]) for each in sorted(groups)]
        await outbox.add(connection, map(Event, told))


async def _drop(updates: Updates, tasks: Sequence[Task]) -> None:
    """Ends tasks of contacts that are no longer there."""
    if tasks:
        async with updates.pool.acquire() as connection, connection.transaction():
            await service_queue.done(connection, tasks)


async def _leave_alone(updates: Updates, answers: Answers, outage: Failure) -> None:
    """The provider could not be asked: it is left alone for a while. That is none of the tasks' attempts.

    But for a unit that was asked for alone and whose answer cannot be used: it may be the unit's, and must not come first again.
    """
    standing = await state.read(updates.pool)
    until = failing.next_try(updates, outage, standing.pauses)
    await state.SQL.pause(updates.pool, until=until, reason=outage.reason, failure=outage.text)
    tasks = [task for task, _ in answers.failures]
    if len(tasks) == 1 and not outage.is_access:
        await _fail(updates, answers.failures)
        return
    metrics.FAILED.labels(outage.reason).inc(len(tasks))
    async with updates.pool.acquire() as connection, connection.transaction():
        await _note_failed(updates, connection, tasks, outage, until, counts=False)
        for task in sorted(tasks, key=lambda each: each.contact_id):  # in the order in which all lock them
            await service_queue.failed(connection, task, outage.text, until, counts=False)


async def _fail(updates: Updates, failures: Iterable[tuple[Task, Failure]]) -> None:
    """Each of them waits for its next try, or is given up."""
    given_up = 0
    for task, failure in failures:
        metrics.FAILED.labels(failure.reason).inc()
        async with updates.pool.acquire() as connection, connection.transaction():
            given_up += await _fail_one(updates, connection, task, failure)
    if given_up:
        await state.SQL.count_failed(updates.pool, failed=given_up)


async def _fail_one(updates: Updates, connection: Connection, task: Task, failure: Failure) -> bool:
    """Whether it was given up."""
    if not failure.is_final and task.attempts + 1 < updates.settings.retries.attempts:
        at = failing.next_try(updates, failure, task.attempts)
        await _note_failed(updates, connection, [task], failure, at, counts=True)
        await service_queue.failed(connection, task, failure.text, at)
        return False
    await _note_failed(updates, connection, [task], failure, None, counts=True)
    is_given_up = await service_queue.give_up(connection, task, failure.text)
    versions = await contacts.versions(connection, [task.contact_id])
    if is_given_up and versions:
        told = CvrUpdateFailed(task.contact_id, versions[task.contact_id], failure.reason)
        await outbox.add(connection, [Event(told)])
    return is_given_up


async def _note_failed(
    updates: Updates,
    connection: Connection,
    tasks: Sequence[Task],
    failure: Failure,
    at: dt.datetime | None,
    *,
    counts: bool,
) -> None:
    await contacts.SQL.note_failed(
        connection,
        contact_ids=[task.contact_id for task in tasks],
        reason=failure.reason,
        failure=failure.text,
        counts=counts,
        next_try=at,
        now=updates.now(),
    )


@contextlib.asynccontextmanager
async def _kept(updates: Updates, tasks: Sequence[Task]) -> AsyncIterator[None]:
    """Prolongs the tasks' lease for as long as the block lasts."""
    lease = dt.timedelta(seconds=updates.settings.lease_seconds)

    async def prolong() -> None:
        while True:
            await asyncio.sleep(lease.total_seconds() / 3)
            with contextlib.suppress(*DATABASE_ERRORS):
                await service_queue.extend(updates.pool, tasks, updates.now() + lease)

    prolonging = asyncio.create_task(prolong())
    try:
        yield
    finally:
        await stop([prolonging])
