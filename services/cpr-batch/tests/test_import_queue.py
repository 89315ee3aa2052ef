"""The queue of imports: many processes share files, none is done twice, and what a process leaves is done by another."""

import asyncio
import contextlib
import dataclasses
import datetime as dt
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from cpr_batch import draining, errors, file_queue, handlers, imports, runs
from cpr_batch.all_imports import import_all
from cpr_batch.batch import SCHEDULE, Batch, Batches
from cpr_batch.importer import Importer
from cpr_batch.imports import ImportOutcome, import_file
from cpr_batch.runs import RunKind, Running, RunState
from cpr_batch.settings import RunSettings
from cpr_batch.slots import Slots
from registerbro.bus.in_process import InProcessBus
from registerbro.bus.port import Retry
from registerbro.bus.relay import relaying
from registerbro.database import Pool
from registerbro.events import CprImportRequested, Event

from tests.support.cpr_files import extract, simple_person
from tests.support.waiting import until

MakeBatch = Callable[..., Batch]
NAMES = tuple(f"d24051{number}.l123401" for number in range(5))
ONE = NAMES[0]
BLOCK = "begin; lock table cpr_outcome in exclusive mode"  # no import gets past its first chunk


def put_files(directory: Path, names: tuple[str, ...] = NAMES) -> None:
    for number, name in enumerate(names):
        persons = [f"{day:02}0{number + 1}701996" for day in range(1, 21)]
        lines = [line for person in persons for line in simple_person(person)]
        (directory / name).write_bytes(extract(lines))


def elsewhere(batch: Batch) -> Batch:
    """The same, as another process has it."""
    return dataclasses.replace(batch, slots=Slots())


async def states(pool: Pool, kind: str = "import") -> list[str]:
    """Of imports of single files, in the order in which they came about."""
    rows = await pool.fetch(
        "select state from cpr_run where kind = $1 and (file_id is not null or kind <> 'import') order by started_at, attempt", kind
    )  # fmt: skip
    return [row["state"] for row in rows]


async def waits_for(pool: Pool, state: str, number: int = 1) -> None:
    async def is_so() -> bool:
        return (await states(pool)).count(state) == number

    await until(is_so)


async def test_processes_share_the_files_and_each_knows_of_all(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    put_files(interim_directory)
    batches = [elsewhere(make_batch(chunk_persons=10)) for _ in range(3)]
    done = await asyncio.gather(*(import_all(batch, initial_load=True) for batch in batches))
    for each in done:
        assert [(imported.name, imported.outcome) for imported in each] == [
            (name, ImportOutcome.IMPORTED) for name in NAMES
        ]
        assert [imported.counts["created"] for imported in each] == [20] * 5
    assert await states(pool) == ["finished"] * 5
    assert await pool.fetchval("select count(*) from outbox where routing_key = 'cpr.file.imported'") == 5
    assert await pool.fetchval("select count(*) from outbox where routing_key = 'cpr.import.requested'") == 5
    assert await pool.fetchval("select count(*) from outbox where routing_key = 'contact.imported'") == 100


async def test_a_process_takes_no_more_than_its_slots(make_batch: MakeBatch, interim_directory: Path) -> None:
    put_files(interim_directory)
    batch = make_batch(chunk_persons=10)
    with batch.slots.taken():
        assert await draining.drain(batch) == {}
    assert batch.slots.is_free(1)


async def test_a_second_name_of_a_content_waits_for_the_first(
    make_batch: MakeBatch, interim_directory: Path
) -> None:
    put_files(interim_directory, NAMES[:1])
    (interim_directory / NAMES[1]).write_bytes((interim_directory / ONE).read_bytes())
    done = await import_all(make_batch(), initial_load=True)
    assert [each.outcome for each in done] == [ImportOutcome.IMPORTED, ImportOutcome.ALREADY_IMPORTED]


async def test_what_a_dead_run_left_waiting_is_done_by_the_next(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    put_files(interim_directory)
    batch = make_batch()
    dead = Running()
    await runs.begin(pool, dead, RunKind.BATCH)
    file_ids = [(await imported_later(batch, name)) for name in NAMES]
    await file_queue.enqueue(batch, dead, file_ids, initial_load=True)
    await pool.execute("update cpr_run set heartbeat_at = now() - interval '1 hour' where kind = 'batch'")
    done = await import_all(batch)  # not as an initial load: the dead one was asked for it
    assert [each.counts["created"] for each in done] == [20] * 5
    assert (await runs.load(pool, dead.run_id)).state is RunState.ABANDONED
    parents = await pool.fetch("select distinct parent_id from cpr_run where file_id is not null")
    assert [row[0] for row in parents] != [dead.run_id]
    assert len(parents) == 1


async def imported_later(batch: Batch, name: str) -> int:
    sha256, size = batch.interim.content(name)
    return int(
        await batch.pool.fetchval(
            "insert into cpr_file (sha256, size_bytes, name, local_name, fetched_at) values ($1, $2, $3, $3, now()) returning file_id",
            sha256, size, name,
        )
    )  # fmt: skip


async def test_the_file_of_a_dead_process_is_tried_a_limited_number_of_times(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    put_files(interim_directory, NAMES[:1])
    batch = make_batch()
    parent = Running()
    await runs.begin(pool, parent, RunKind.BATCH)
    file_id = await imported_later(batch, ONE)
    await file_queue.enqueue(batch, parent, [file_id], initial_load=True)
    for attempt in range(1, file_queue.ATTEMPTS + 1):
        claimed = await file_queue.claim(pool)
        assert claimed is not None
        assert await file_queue.claim(pool) is None
        assert await file_queue.recover(batch) == 0, "it is alive"
        await pool.execute("update cpr_run set heartbeat_at = now() - interval '1 hour'")
        assert await file_queue.recover(batch) == int(attempt < file_queue.ATTEMPTS)
    assert await states(pool) == ["abandoned"] * file_queue.ATTEMPTS
    [done] = await import_all(batch, initial_load=True)
    assert done.outcome is ImportOutcome.IMPORTED, "a new run has new attempts"


async def test_a_service_that_ends_leaves_its_file_to_others_and_a_command_takes_it_off(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    put_files(interim_directory, NAMES[:2])
    for by, left in ((SCHEDULE, "waiting"), ("command line", "stopped")):
        batch = dataclasses.replace(make_batch(), by=by)
        async with pool.acquire() as other:
            await other.execute(BLOCK)
            task = asyncio.create_task(import_all(batch, initial_load=True))
            await waits_for(pool, "running")
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await other.execute("rollback")
        assert await pool.fetchval("select count(*) from cpr_run where state = $1 and file_id is not null", left) >= 2  # fmt: skip
        assert await pool.fetchval("select count(*) from cpr_run where state = 'running'") == 0
    assert await pool.fetchval("select count(*) from cpr_run where state = 'waiting'") == 0
    assert await pool.fetchval("select count(*) from contact") == 0
    done = await import_all(make_batch(), initial_load=True)
    assert [each.outcome for each in done] == [ImportOutcome.IMPORTED] * 2


async def test_who_imports_a_file_by_name_takes_it_from_the_queue(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    put_files(interim_directory, NAMES[:2])
    batch = make_batch()
    async with pool.acquire() as other:
        await other.execute(BLOCK)
        everything = asyncio.create_task(import_all(batch, initial_load=True))
        await waits_for(pool, "running")
        by_name = asyncio.create_task(import_file(elsewhere(batch), NAMES[1], initial_load=True))
        await waits_for(pool, "running", 2)
        await other.execute("rollback")
    assert (await by_name).outcome is ImportOutcome.IMPORTED
    assert [each.outcome for each in await everything] == [ImportOutcome.IMPORTED] * 2
    assert sorted(await states(pool)) == ["abandoned", "finished", "finished"]


async def test_a_busy_file_waits_again_for_a_moment(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_files(interim_directory, NAMES[:1])
    monkeypatch.setattr(file_queue, "PAUSE", dt.timedelta(milliseconds=50))
    batch = make_batch()
    refusals = 0
    real: Callable[..., Awaitable[object]] = imports.import_file

    async def busy_once(*given: object, **named: object) -> object:
        nonlocal refusals
        refusals += 1
        if refusals == 1:
            raise errors.FileBusy(ONE)
        return await real(*given, **named)

    monkeypatch.setattr(imports, "import_file", busy_once)
    [done] = await import_all(batch, initial_load=True)
    assert (done.outcome, refusals) == (ImportOutcome.IMPORTED, 2)
    assert await states(pool) == ["finished"]


async def test_a_stopped_run_gets_no_more_files(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    batch = make_batch()
    parent = Running()
    await runs.begin(pool, parent, RunKind.BATCH)
    await runs.request_stop(pool, parent.run_id)
    with pytest.raises(errors.RunStopped):
        await file_queue.enqueue(batch, parent, [], initial_load=False)


async def queued(batch: Batch, name: str = ONE) -> uuid.UUID:
    """An import that waits, of a run in a process that does nothing."""
    parent = Running()
    await runs.begin(batch.pool, parent, RunKind.BATCH)
    await file_queue.enqueue(batch, parent, [await imported_later(batch, name)], initial_load=True)
    [part] = await runs.parts(batch.pool, parent.run_id)
    return uuid.UUID(int=part.run_id.int)


async def is_on() -> bool:
    return True


@pytest.fixture
async def importer(make_batch: MakeBatch) -> AsyncIterator[Importer]:
    """A service's; it has looked once and does not look again."""
    settings = make_batch(runs=RunSettings(look_seconds=3600)).settings
    async with Importer.open(Batches(make_batch().pool, settings), is_on) as importer:
        yield importer


async def test_an_event_alone_wakes_a_replica(
    make_batch: MakeBatch, importer: Importer, interim_directory: Path, pool: Pool
) -> None:
    put_files(interim_directory, NAMES[:1])
    async with InProcessBus(pool, [handlers.imports(importer)]) as bus, relaying(pool, bus):
        await queued(make_batch())
        await waits_for(pool, "finished")
    assert await pool.fetchval("select count(*) from source_record") == 20


async def test_a_replica_without_a_slot_passes_the_event_on_and_gives_it_up_in_the_end(
    make_batch: MakeBatch, importer: Importer, interim_directory: Path, pool: Pool
) -> None:
    put_files(interim_directory, NAMES[:2])
    batch = make_batch()
    heard = handlers.imports(importer)
    async with pool.acquire() as other, pool.acquire() as connection:
        await other.execute(BLOCK)
        with contextlib.suppress(Retry):  # raised where the queue itself was quicker than its event
            await heard.handler(Event(CprImportRequested(await queued(batch))), connection)
        await waits_for(pool, "running")
        second = Event(CprImportRequested(await queued(batch, NAMES[1])))
        with pytest.raises(Retry):
            await heard.handler(second, connection)
        await pool.execute("update cpr_run set queued_at = now() - $1::interval", handlers.ENOUGH)
        await heard.handler(second, connection)
        assert sum(heard.retry_delays, dt.timedelta()) > handlers.ENOUGH
        await other.execute("rollback")
    await waits_for(pool, "finished", 2)


async def test_a_content_that_was_imported_meanwhile_is_counted_once(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    put_files(interim_directory, NAMES[:1])
    batch = make_batch()
    await queued(batch)
    await pool.execute("update cpr_file set state = 'imported'")
    done = (await draining.drain(batch)).popitem()[1]
    assert done.outcome is ImportOutcome.ALREADY_IMPORTED
    assert await pool.fetchval("select counts from cpr_run where file_id is not null") == {}


async def test_no_two_processes_claim_one_import(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    put_files(interim_directory, NAMES[:2])
    for name in NAMES[:2]:
        await queued(make_batch(), name)
    async with pool.acquire() as busy, busy.transaction():
        first = await file_queue.claim(busy)  # not committed yet
        second = await asyncio.wait_for(file_queue.claim(pool), 5)
    assert first is not None
    assert second is not None
    assert first.file_id < second.file_id, "the oldest one first"
    assert await file_queue.claim(pool) is None
