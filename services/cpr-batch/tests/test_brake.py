"""The brake: a file that would end or blank too many contacts stops before anything of it is written, and asks."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from cpr_batch import approvals, brake, errors, files, imports, runs
from cpr_batch.approvals import ApprovalState
from cpr_batch.batch import Batch
from cpr_batch.checkpoint import Point
from cpr_batch.files import FileState
from cpr_batch.imports import ImportOutcome, import_file
from cpr_batch.reading import FileReading, look
from cpr_batch.runs import RunState
from cpr_batch.settings import BrakeSettings
from registerbro.database import Pool

from tests.support import snapshot
from tests.support.cpr_files import record
from tests.support.crashes import Crash, CrashAt
from tests.support.small_files import PERSONS, delivery, dying, living, name_of, person

MakeBatch = Callable[..., Batch]
TIGHT = {"share": 0.2, "least": 3}
COUNT = 20


@pytest.fixture
async def loaded(make_batch: MakeBatch, interim_directory: Path) -> None:
    """Twenty persons in the store, imported from the first file."""
    put(interim_directory, 1, living(COUNT))
    await import_file(make_batch(), name_of(1), initial_load=True)


def put(directory: Path, number: int, records: list[str]) -> str:
    (directory / name_of(number)).write_bytes(delivery(records, number))
    return name_of(number)


async def written(pool: Pool) -> dict[str, Any]:
    """Everything of the contact store, and the events of contacts."""
    return {
        "store": await snapshot.physical(pool) | {"outbox": set()},
        "outcomes": await pool.fetch("select * from cpr_outcome"),
        "events": await pool.fetchval("select count(*) from outbox where routing_key like 'contact.%'"),
    }


async def state_of(pool: Pool, name: str) -> FileState:
    file = await files.by_name(pool, name)
    assert file is not None
    return file.state


async def the_approval(pool: Pool) -> approvals.Approval:
    [found] = await approvals.page(pool, state=None, before=2**62, size=10)
    return found


@pytest.mark.parametrize("initial_load", [False, True])
async def test_a_file_that_ends_too_many_is_held_and_nothing_of_it_is_written(
    initial_load: bool, loaded: None, make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    batch = make_batch(brake=TIGHT)
    name = put(interim_directory, 2, dying(5, COUNT))
    before = await written(pool)
    with pytest.raises(errors.FileHeld, match="5 of the 20 persons"):
        await import_file(batch, name, initial_load=initial_load)
    assert await written(pool) == before
    assert await state_of(pool, name) is FileState.HELD
    assert (interim_directory / name).exists()
    assert not (interim_directory / f"err{name}").exists()
    approval = await the_approval(pool)
    assert (approval.persons, approval.endings, approval.most) == (20, 5, 4)
    assert (approval.state, approval.initial_load) == (ApprovalState.ASKED, initial_load)
    rows = await pool.fetch("select ordinal from cpr_approval_person order by ordinal")
    assert [row["ordinal"] for row in rows] == [1, 2, 3, 4, 5]
    [body] = await pool.fetch("select body from outbox where routing_key = 'cpr.approval.requested'")
    assert orjson.loads(body["body"])["data"] == {
        "file_id": approval.file_id, "approval_id": approval.approval_id, "persons": 20, "endings": 5,
    }  # fmt: skip
    run = await runs.load(pool, approval.run_id)
    assert (run.state, run.failure) == (RunState.FAILED, str(errors.FileHeld(name, approval.question)))


@pytest.mark.parametrize(
    ("settings", "records"),
    [
        (TIGHT, dying(4, COUNT)),  # a fifth, not more
        (TIGHT, dying(2, 5)),  # two fifths, but fewer than three persons
        ({"share": 1, "least": 1}, dying(COUNT, COUNT)),
    ],
)
async def test_a_file_that_keeps_within_the_limits_passes(
    settings: dict[str, Any],
    records: list[str],
    loaded: None,
    make_batch: MakeBatch,
    interim_directory: Path,
) -> None:
    done = await import_file(make_batch(brake=settings), put(interim_directory, 2, records))
    assert done.outcome is ImportOutcome.IMPORTED


@pytest.mark.parametrize("lost", [{"name": ""}, {"has_home": False}])
async def test_who_loses_name_or_main_address_counts_as_ended(
    lost: dict[str, Any], loaded: None, make_batch: MakeBatch, interim_directory: Path
) -> None:
    records = [each for number in PERSONS[:5] for each in person(number, **lost)]
    with pytest.raises(errors.FileHeld):
        await import_file(make_batch(brake=TIGHT), put(interim_directory, 2, records))


async def test_persons_who_are_none_of_ours_do_not_hide_the_endings(
    loaded: None, make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    """Forty others in the file, of whom the store knows nothing: the share is of the twenty."""
    others = [each for number in PERSONS[COUNT:60] for each in person(number)]
    with pytest.raises(errors.FileHeld):
        await import_file(
            make_batch(brake=TIGHT), put(interim_directory, 2, dying(5, COUNT) + others), initial_load=True
        )
    assert (await the_approval(pool)).persons == COUNT


async def test_placeholders_that_turn_out_to_be_dead_are_no_endings(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    """The first file names ten spouses, who are dead in the second: of them only the number was known."""
    married = [
        each
        for number, spouse in zip(PERSONS[:10], PERSONS[10:20], strict=True)
        for each in [*person(number), record("012", number, civil_status="G", spouse_pnr=spouse)]
    ]
    await import_file(make_batch(), put(interim_directory, 1, married), initial_load=True)
    assert await pool.fetchval("select count(*) from contact where is_placeholder") == 10
    dead = [each for number in PERSONS[10:20] for each in person(number, is_dead=True)]
    done = await import_file(make_batch(brake=TIGHT), put(interim_directory, 2, dead), initial_load=True)
    assert done.counts["filled"] == 10


async def test_a_contact_made_by_hand_can_be_blanked_like_any_other(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    for number in PERSONS[:5]:
        contact_id = await pool.fetchval(
            "insert into contact (name_type, name_code, name1) values ('C', $1, 'Anna') returning contact_id",
            number,
        )
        await pool.execute(
            "insert into contact_number (name_type, number, contact_id, is_current) values ('C', $1, $2, true)",
            number, contact_id,
        )  # fmt: skip
    nameless = [each for number in PERSONS[:5] for each in person(number, name="")]
    with pytest.raises(errors.FileHeld):
        await import_file(make_batch(brake=TIGHT), put(interim_directory, 1, nameless), initial_load=True)


async def test_endings_that_the_store_knows_already_are_none(
    loaded: None, make_batch: MakeBatch, interim_directory: Path
) -> None:
    """Also an older file may be full of dead persons: what is not newer ends nobody."""
    put(interim_directory, 3, dying(0, COUNT))
    await import_file(make_batch(), name_of(3))
    done = await import_file(make_batch(brake=TIGHT), put(interim_directory, 2, dying(15, COUNT)))
    assert done.counts["not-newer"] == COUNT


async def test_an_approved_file_is_imported_as_it_was_asked_for(
    loaded: None, make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    """Held as an initial load: the nightly import, which is none, still creates who was to be created."""
    records = dying(5, COUNT) + person(PERSONS[50])
    batch = dataclasses.replace(make_batch(brake=TIGHT), by="a client")
    name = put(interim_directory, 2, records)
    with pytest.raises(errors.FileHeld):
        await import_file(batch, name, initial_load=True)
    approval = await the_approval(pool)
    decided = await approvals.decide(batch, approval.approval_id, is_approved=True, reason="checked")
    assert (decided.state, decided.decided_by, decided.reason) == ("approved", "a client", "checked")
    assert await state_of(pool, name) is FileState.FETCHED
    done = await import_file(batch, name)
    assert (done.outcome, done.counts["created"]) == (ImportOutcome.IMPORTED, 1)
    assert await pool.fetchval("select count(*) from contact where end_date is not null") == 5


async def test_a_declined_file_stays_and_may_be_approved_later(
    loaded: None, make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    batch = make_batch(brake=TIGHT)
    name = put(interim_directory, 2, dying(5, COUNT))
    with pytest.raises(errors.FileHeld):
        await import_file(batch, name)
    approval_id = (await the_approval(pool)).approval_id
    await approvals.decide(batch, approval_id, is_approved=False, reason="asked CPR")
    before = await written(pool)
    with pytest.raises(errors.FileDeclined, match="asked CPR"):
        await import_file(batch, name)
    with pytest.raises(errors.ApprovalDecided, match="declined"):
        await approvals.decide(batch, approval_id, is_approved=False, reason="again")
    assert await written(pool) == before
    assert await state_of(pool, name) is FileState.DECLINED
    await approvals.decide(batch, approval_id, is_approved=True, reason="CPR confirms")
    assert (await import_file(batch, name)).outcome is ImportOutcome.IMPORTED
    with pytest.raises(errors.ApprovalDecided, match="approved"):
        await approvals.decide(batch, approval_id, is_approved=False, reason="too late")


async def test_an_import_of_all_neither_plans_a_held_file_again_nor_waits_for_it(
    loaded: None, make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    batch = make_batch(brake=TIGHT)
    held, other = put(interim_directory, 2, dying(5, COUNT)), put(interim_directory, 3, living(2))
    with pytest.raises(errors.FileHeld):
        await import_file(batch, held)
    stored = await files.by_name(pool, held)
    assert stored is not None
    aside = await imports.left_aside(batch, held, stored)
    assert aside is not None
    assert (aside.outcome, str(aside.failure)) == (
        ImportOutcome.HELD,
        str(errors.FileHeld(held, (await the_approval(pool)).question)),
    )
    assert (await import_file(batch, other)).outcome is ImportOutcome.IMPORTED


async def test_trying_again_asks_no_second_time_and_passes_once_the_limit_allows_it(
    loaded: None, make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    name = put(interim_directory, 2, dying(5, COUNT))
    for _ in range(2):
        with pytest.raises(errors.FileHeld):
            await import_file(make_batch(brake=TIGHT), name)
    assert (
        await pool.fetchval("select count(*) from outbox where routing_key = 'cpr.approval.requested'") == 1
    )
    assert await pool.fetchval("select count(*) from cpr_approval_person") == 5
    await import_file(make_batch(brake={"share": 0.5, "least": 3}), name)
    assert (await the_approval(pool)).state is ApprovalState.LAPSED


@pytest.mark.parametrize("point", [Point.SCANNED, Point.ASKING, Point.HELD])
async def test_a_crash_on_the_way_to_the_question_asks_it_once(
    point: Point, loaded: None, make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    name = put(interim_directory, 2, dying(5, COUNT))
    before = await written(pool)
    with pytest.raises(Crash):
        await import_file(make_batch(brake=TIGHT, checkpoint=CrashAt(point)), name)
    with pytest.raises(errors.FileHeld):
        await import_file(make_batch(brake=TIGHT), name)
    assert await written(pool) == before
    assert (
        await pool.fetchval("select count(*) from outbox where routing_key = 'cpr.approval.requested'") == 1
    )


@pytest.mark.parametrize("is_approved", [True, False])
async def test_an_import_that_crashed_half_way_goes_on_without_asking(
    is_approved: bool, loaded: None, make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    """All the endings are in the second half: what is left of the file goes far beyond the share."""
    dead = [each for number in PERSONS[10:14] for each in person(number, is_dead=True)]
    name = put(interim_directory, 2, living(10, "Nygade 2") + dead)
    strict = {"share": 0.1, "least": 3} if is_approved else {"share": 0.3, "least": 3}
    if is_approved:
        with pytest.raises(errors.FileHeld):
            await import_file(make_batch(brake=strict), name)
        approval_id = (await the_approval(pool)).approval_id
        await approvals.decide(make_batch(), approval_id, is_approved=True, reason="checked")
    crashing = make_batch(brake=strict, chunk_persons=10, checkpoint=CrashAt(Point.CHUNK_DONE))
    with pytest.raises(Crash):
        await import_file(crashing, name)
    assert await pool.fetchval("select count(*) from contact where end_date is not null") == 0
    assert (await import_file(make_batch(brake=strict), name)).outcome is ImportOutcome.IMPORTED
    assert await pool.fetchval("select count(*) from contact where end_date is not null") == 4
    events = await pool.fetch(
        "select (body::jsonb -> 'data')::text as data, count(*) from outbox"
        " where routing_key = 'contact.updated' group by 1 having count(*) > 1"
    )
    assert events == []


async def test_a_file_of_which_little_can_end_is_not_planned(
    loaded: None, make_batch: MakeBatch, interim_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned: list[int] = []
    usual = FileReading.plans

    def noting(reading: FileReading, *args: Any) -> Any:
        planned.append(reading.summary.could_end)
        return usual(reading, *args)

    monkeypatch.setattr(FileReading, "plans", noting)
    await import_file(make_batch(brake=TIGHT), put(interim_directory, 2, dying(2, COUNT)))
    assert planned == []
    await import_file(make_batch(brake=TIGHT), put(interim_directory, 3, dying(4, COUNT)))
    assert planned == [4]


def test_the_tally_counts_exactly_at_the_limit() -> None:
    """0.29 of 100 is 29, also where a float would say 28."""
    tally = brake.Tally(BrakeSettings(share=0.29, least=1), persons=100)
    tally.contact_ids.extend(range(29))
    assert not tally.holds
    tally.contact_ids.append(29)
    assert tally.holds


async def test_a_wrong_form_makes_the_bound_everybody(make_batch: MakeBatch, interim_directory: Path) -> None:
    """Where persons' records stand apart the scan cannot tell who has what."""
    records = living(4)
    apart = [each for each in records if not each.startswith("003")] + [
        each for each in records if each.startswith("003")
    ]
    name = put(interim_directory, 1, apart)
    summary = await look(interim_directory / name)
    assert (summary.contiguous, summary.could_end) == (False, 4)
    (interim_directory / name).write_bytes(
        delivery([*records, record("022", PERSONS[3], old_pnr=PERSONS[9])])
    )
    assert (await look(interim_directory / name)).could_end == 1
