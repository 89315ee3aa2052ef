"""The dry run: what an import would do, person by person, and nothing written."""

import asyncio
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cpr_batch import dry_run, errors, files
from cpr_batch.batch import Batch
from cpr_batch.dry_run import FilePlan, PlanState
from cpr_batch.files import FileState
from cpr_batch.imports import import_file
from registerbro.database import Pool
from registerbro_sandbox.persons import Change, Delivery, Population, World, write_changes, write_extract

from tests.support.small_files import PERSONS, delivery, dying, living, name_of, person

if TYPE_CHECKING:
    from cpr_batch.progress import Progress

MakeBatch = Callable[..., Batch]
UNTOUCHED = (
    "contact", "contact_number", "address", "contact_reference", "contact_version", "source_record", "outbox",
    "cpr_file", "cpr_outcome", "cpr_problem", "cpr_approval", "cpr_gap",
)  # fmt: skip


async def rows(pool: Pool, directory: Path) -> dict[str, Any]:
    """Every row with the transaction that wrote it, and the interim directory."""
    tables = {
        table: {row[0] for row in await pool.fetch(f"select xmin::text || t::text from {table} t")}
        for table in UNTOUCHED
    }
    kept = {path.name: path.read_bytes() for path in directory.iterdir() if path.name != "cprbatch.log"}
    return {**tables, "directory": kept}


async def planned(pool: Pool, plan: FilePlan) -> list[tuple[Any, ...]]:
    return [
        (row["ordinal"], row["contact_id"], row["outcome"], tuple(row["groups"]))
        async for row in dry_run.persons(pool, plan.plan_id, 0, 10_000)
    ]


def as_planned(outcome: str) -> str:
    """Placeholders that a chunk makes are not there yet when the next one is planned."""
    return "created" if outcome == "filled" else outcome


async def test_the_plan_is_what_the_import_then_does_and_writes_nothing(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    """A world of 150 persons in which 60 change, in chunks; both files planned, imported, and compared."""
    world = World(Population(seed=4, size=150))
    write_extract(interim_directory, world.population, Delivery(dt.date(2025, 6, 1)))
    write_changes(interim_directory, world, Change(dt.date(2025, 6, 2), share=0.4),
                  Delivery(dt.date(2025, 6, 2), dt.date(2025, 6, 1)))  # fmt: skip
    names = sorted(path.name for path in interim_directory.iterdir())
    batch = make_batch(chunk_persons=40, brake={"share": 1})
    heard: list[Progress] = []
    for name, loads in zip(names, (True, False), strict=True):
        before = await rows(pool, interim_directory)
        [plan] = await dry_run.dry_run(batch, name, initial_load=loads, progress=heard.append)
        assert await rows(pool, interim_directory) == before
        assert (plan.state, plan.file_state) == (PlanState.PLANNED, None)
        found = await planned(pool, plan)
        done = await import_file(batch, name, initial_load=loads)
        outcomes = await pool.fetch(
            "select * from cpr_outcome where file_id = $1 order by ordinal", done.file_id
        )
        assert len(found) == len(outcomes) == plan.counts["persons"] > 40
        assert plan.counts["persons"] == done.counts["persons"]
        for (ordinal, contact_id, outcome, groups), row in zip(found, outcomes, strict=True):
            assert (ordinal, outcome) == (row["ordinal"], as_planned(row["outcome"]))
            assert groups == (() if outcome == "created" else tuple(row["groups"]))
            if row["contact_id"] is None or not loads:
                assert contact_id == row["contact_id"]
    assert heard[-1].done == heard[-1].total


async def test_every_state_of_a_file_can_be_planned_and_stays(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    batch = make_batch(brake={"share": 0.2, "least": 3})
    (interim_directory / name_of(1)).write_bytes(delivery(living(10)))
    await import_file(batch, name_of(1), initial_load=True)
    (interim_directory / name_of(2)).write_bytes(delivery(dying(5, 10), 2))
    (interim_directory / name_of(3)).write_bytes(delivery(living(3), 3)[:-40])
    for name, error in ((name_of(2), errors.FileHeld), (name_of(3), errors.FileNotImportable)):
        with pytest.raises(error):
            await import_file(batch, name)
    (interim_directory / name_of(4)).write_bytes(delivery(living(2, "Nygade 2"), 4))
    before = await rows(pool, interim_directory)
    held, refused, new = await dry_run.dry_run(batch)
    [imported] = await dry_run.dry_run(batch, f"x{name_of(1)}")
    assert await rows(pool, interim_directory) == before
    assert (held.name, held.state, held.file_state, held.would_hold) == (
        name_of(2), PlanState.PLANNED, FileState.HELD, True,
    )  # fmt: skip
    assert held.counts == {"persons": 10, "endings": 5, "updated": 10}
    assert (refused.state, refused.file_state) == (PlanState.REFUSED, FileState.REFUSED)
    assert "end record 999 is missing" in str(refused.failure)
    assert (new.state, new.file_state, new.counts["updated"], new.would_hold) == ("planned", None, 2, False)
    assert (imported.file_state, imported.counts["not-newer"]) == (FileState.IMPORTED, 10)
    with pytest.raises(errors.LocalFileUnknown):
        await dry_run.dry_run(batch, "../secret")


async def test_a_later_dry_run_of_the_content_replaces_the_earlier_one(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    (interim_directory / name_of(1)).write_bytes(delivery(living(12)))
    runs = []
    for _ in range(2):
        await dry_run.dry_run(make_batch(), initial_load=True, started=lambda run: runs.append(run.run_id))
    first, second = runs
    with pytest.raises(errors.PlanUnknown):
        await dry_run.plans(pool, first)
    assert [plan.counts["created"] for plan in await dry_run.plans(pool, second)] == [12]
    assert await pool.fetchval("select count(*) from cpr_planned") == 12


async def test_a_dry_run_neither_waits_for_an_import_nor_holds_one_up(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    """An import that hangs in the middle of its transaction, with its locks; then a dry run that hangs, and an import."""
    (interim_directory / name_of(1)).write_bytes(delivery(living(12)))
    await import_file(make_batch(), name_of(1), initial_load=True)
    (interim_directory / name_of(2)).write_bytes(delivery(living(12, "Nygade 2"), 2))
    async with pool.acquire() as other:
        await other.execute("begin; select from contact for update; lock table cpr_outcome in exclusive mode")
        hanging = asyncio.create_task(import_file(make_batch(), name_of(2)))
        [plan] = await asyncio.wait_for(dry_run.dry_run(make_batch()), timeout=20)
        assert plan.counts["updated"] == 12
        await other.execute("rollback")
    await hanging
    (interim_directory / name_of(3)).write_bytes(delivery(living(12, "Torvet 3"), 3))
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def plan_slowly() -> list[FilePlan]:
        async with pool.acquire() as other:
            await other.execute("begin; lock table cpr_planned in exclusive mode")
            task = asyncio.create_task(dry_run.dry_run(make_batch()))
            reached.set()
            await go_on.wait()
            assert not task.done()
            await other.execute("rollback")
        return await task

    slow = asyncio.create_task(plan_slowly())
    await reached.wait()
    done = await asyncio.wait_for(import_file(make_batch(), name_of(3)), timeout=20)
    assert done.counts["updated"] == 12
    go_on.set()
    await slow


async def test_persons_who_would_be_created_have_no_contact(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    (interim_directory / name_of(1)).write_bytes(delivery(person(PERSONS[0])))
    [plan] = await dry_run.dry_run(make_batch(), name_of(1), initial_load=True)
    assert await planned(pool, plan) == [(1, None, "created", ())]
    [plan] = await dry_run.dry_run(make_batch(), name_of(1))
    assert await planned(pool, plan) == [(1, None, "not-imported", ())]
    assert await files.by_name(pool, name_of(1)) is None
