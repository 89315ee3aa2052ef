"""Importing whole files: what becomes of the store, of the file, and of what is told about both."""

import asyncio
import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from cpr_batch import errors, files, imports, runs
from cpr_batch.all_imports import import_all
from cpr_batch.batch import Batch
from cpr_batch.files import FileState
from cpr_batch.imports import ImportOutcome, import_file
from cpr_batch.progress import Progress
from cpr_batch.runs import RunState
from registerbro.contacts.model import Outcome
from registerbro.cpr.writer import Form
from registerbro.database import Pool
from registerbro_sandbox.persons import (
    Change,
    Delivery,
    Layout,
    Population,
    World,
    write_changes,
    write_extract,
)

from tests.support import snapshot
from tests.support.cpr_files import ANNA, BENT, extract, record, simple_person

MakeBatch = Callable[..., Batch]
FIRST, SECOND = dt.date(2025, 6, 1), dt.date(2025, 6, 2)
SIZE = 120
CURRENT = """
    select name_code, name1, name2, text, position, contact.end_date, info, dates, protections,
           address1, address2, address3, postcode, municipality, address.start_date, protection
    from contact left join address on address.contact_id = contact.contact_id and address_type = 'HA'
    where name_type = 'C' and not is_placeholder order by name_code
"""


def first_extract(directory: Path, *, layout: Layout = Layout()) -> str:  # noqa: B008
    written = write_extract(directory, Population(seed=7, size=SIZE), Delivery(FIRST, layout=layout))
    return written.path.name


def change_file(directory: Path, *, share: float = 0.5) -> str:
    world = World(Population(seed=7, size=SIZE))
    return write_changes(directory, world, Change(SECOND, share=share), Delivery(SECOND, FIRST)).path.name


async def test_an_initial_load_creates_everybody_and_the_file_gets_its_prefix(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    name = first_extract(interim_directory)
    seen: list[int] = []

    def listen(progress: Progress) -> None:
        seen.append(progress.done)

    done = await import_file(make_batch(chunk_persons=50), name, initial_load=True, progress=listen)
    assert done.outcome is ImportOutcome.IMPORTED
    assert done.counts["persons"] == SIZE
    assert sum(done.counts.get(name, 0) for name in ("created", "filled", "linked")) == SIZE
    assert [path.name for path in interim_directory.iterdir()] == [f"x{name}"]
    assert seen == [50, 100, 120]
    stored = await files.by_id(pool, done.file_id or 0)
    assert stored is not None
    assert (stored.state, stored.production_date, stored.task_number) == (FileState.IMPORTED, FIRST, "463003")
    run = await runs.load(pool, done.run_id or pytest.fail("no run"))
    assert (run.state, run.counts) == (RunState.FINISHED, done.counts)
    told = await pool.fetchval("select body from outbox where routing_key = 'cpr.file.imported'")
    assert f'"persons":{SIZE}' in told


async def test_a_change_file_updates_who_is_there_and_creates_nobody(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    await import_file(make_batch(), first_extract(interim_directory), initial_load=True)
    known = await pool.fetchval("select count(*) from source_record")
    done = await import_file(make_batch(), change_file(interim_directory))
    assert done.counts["updated"] > 0
    assert Outcome.CREATED not in done.counts
    assert await pool.fetchval("select count(*) from source_record") == known


async def test_nobody_is_created_without_an_initial_load(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    done = await import_file(make_batch(), first_extract(interim_directory))
    assert done.counts["not-imported"] == SIZE
    assert await pool.fetchval("select count(*) from contact") == 0


async def test_who_is_no_longer_subscribed_is_left_alone(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    await import_file(make_batch(), first_extract(interim_directory), initial_load=True)
    await pool.execute("update source_record set src_subscribed = false")
    before = await snapshot.store(pool)
    done = await import_file(make_batch(), change_file(interim_directory))
    assert done.counts.get("updated", 0) == 0
    assert done.counts["not-subscribed"] > 0
    assert await snapshot.store(pool) == before


async def test_the_same_content_again_under_any_name_writes_nothing(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    name = first_extract(interim_directory)
    content = (interim_directory / name).read_bytes()
    first = await import_file(make_batch(), name, initial_load=True)
    before = await snapshot.physical(pool)
    for again in (name, "d250607.l463003"):
        (interim_directory / again).write_bytes(content)
        done = await import_file(make_batch(), again, initial_load=True)
        assert (done.outcome, done.file_id) == (ImportOutcome.ALREADY_IMPORTED, first.file_id)
    assert await snapshot.physical(pool) == before
    assert sorted(path.name for path in interim_directory.iterdir()) == [
        f"x{name}",
        f"x{name}.2",
        "xd250607.l463003",
    ]


async def test_an_older_file_after_a_newer_one_changes_nothing(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    """The older file is another one than the first, so that it is read indeed."""
    await import_file(make_batch(), first_extract(interim_directory), initial_load=True)
    await import_file(make_batch(), change_file(interim_directory))
    older = write_extract(
        interim_directory, Population(seed=7, size=SIZE), Delivery(FIRST - dt.timedelta(days=1))
    )
    before = await snapshot.physical(pool)
    done = await import_file(make_batch(), older.path.name, initial_load=True)
    after = await snapshot.physical(pool)
    assert set(done.counts) == {"persons", "not-newer"}
    added = after.pop("outbox") - before.pop("outbox")
    assert after == before
    assert len(added) == 1
    assert "cpr.file.imported" in added.pop()


@pytest.mark.parametrize(
    "layout",
    [
        Layout(form=Form.STREAM),
        Layout(line_end="\r\n"),
        Layout(trims=False),
        Layout(addresses_last=True),
        Layout(form=Form.STREAM, addresses_last=True),
    ],
)
async def test_every_form_of_a_file_gives_the_same_store(
    layout: Layout, make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    await import_file(make_batch(), first_extract(interim_directory), initial_load=True)
    expected = await snapshot.store(pool)
    await pool.execute("truncate contact, contact_number, source_record, cpr_file, outbox cascade")
    (interim_directory / "xd250601.l463003").rename(interim_directory / "kept")
    done = await import_file(
        make_batch(chunk_persons=33), first_extract(interim_directory, layout=layout), initial_load=True
    )
    assert done.outcome is ImportOutcome.IMPORTED
    assert await snapshot.store(pool) == expected


async def test_the_order_of_files_does_not_matter_for_the_current_state(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    names = [first_extract(interim_directory), change_file(interim_directory)]
    states = []
    for order in (names, names[::-1]):
        for name in order:
            await import_file(make_batch(), name, initial_load=True)
            (interim_directory / f"x{name}").rename(interim_directory / name)
        states.append(await pool.fetch(CURRENT))
        await pool.execute("truncate contact, contact_number, source_record, cpr_file, outbox cascade")
    assert len(states[0]) > SIZE - 10
    assert states[0] == states[1]


async def test_all_waiting_files_are_imported_oldest_first_and_hand_placed_ones_too(
    make_batch: MakeBatch, interim_directory: Path
) -> None:
    names = [first_extract(interim_directory), change_file(interim_directory)]
    (interim_directory / "notes.txt").write_text("not a file of CPR's")
    listed = await imports.local_files(make_batch())
    assert [(local.name, stored) for local, stored in listed] == [(name, None) for name in names]
    done = await import_all(make_batch(), initial_load=True)
    assert [each.name for each in done] == names
    assert await imports.local_files(make_batch()) == []


async def test_a_receipt_ends_the_subscription_and_nothing_else(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    (interim_directory / "d240517.l123401").write_bytes(extract(simple_person() + simple_person(BENT)))
    await import_file(make_batch(), "d240517.l123401", initial_load=True)
    receipt = extract([record("997", ANNA)]).replace(b"20240517", b"20240518")
    (interim_directory / "d240518.l123401").write_bytes(receipt)
    done = await import_file(make_batch(), "d240518.l123401", initial_load=True)
    subscribed = {
        row["name_code"]: row["src_subscribed"]
        for row in await pool.fetch("select name_code, src_subscribed from contact join source_record using (contact_id)")
    }  # fmt: skip
    assert subscribed == {ANNA: False, BENT: True}
    assert done.counts["persons"] == 1
    types = [row[0] for row in await pool.fetch("select routing_key from outbox order by sequence")]
    assert "cpr.subscription.changed" in types


async def test_two_importers_at_once_import_a_file_once(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    name = first_extract(interim_directory)
    results = await asyncio.gather(
        *(import_file(make_batch(chunk_persons=10), name, initial_load=True) for _ in range(3)),
        return_exceptions=True,
    )
    imported = [
        each
        for each in results
        if isinstance(each, imports.Imported) and each.outcome is ImportOutcome.IMPORTED
    ]
    others = [each for each in results if each not in imported]
    assert len(imported) == 1
    assert all(
        isinstance(each, errors.FileBusy)
        or (isinstance(each, imports.Imported) and each.outcome is ImportOutcome.ALREADY_IMPORTED)
        for each in others
    )
    assert await pool.fetchval("select count(*) from cpr_run where state = 'finished'") == 1
    assert await pool.fetchval("select count(*) from outbox where routing_key = 'cpr.file.imported'") == 1
    assert await pool.fetchval("select count(*) from cpr_outcome") == SIZE


async def test_a_file_that_is_not_there_is_named(make_batch: MakeBatch) -> None:
    with pytest.raises(errors.LocalFileUnknown):
        await import_file(make_batch(), "d250601.l463003")


async def test_a_name_that_leads_out_of_the_directory_is_no_file(
    make_batch: MakeBatch, interim_directory: Path
) -> None:
    (interim_directory.parent / "d250601.l463003").write_bytes(extract(simple_person()))
    with pytest.raises(errors.LocalFileUnknown):
        await import_file(make_batch(), "../d250601.l463003")
