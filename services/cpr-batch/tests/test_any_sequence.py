"""Any sequence of files, dry runs, crashes, retries, approvals and declines ends in the state of the slow merge.

The suite runs a few sequences; ``REGISTERBRO_SEQUENCES=500`` runs so many.
"""

import contextlib
import dataclasses
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from cpr_batch import approvals, dry_run, errors, files, gaps, imports
from cpr_batch.approvals import ApprovalState
from cpr_batch.batch import Batch
from cpr_batch.checkpoint import Point, nothing
from cpr_batch.files import FileState
from cpr_batch.imports import import_file
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registerbro.cpr.writer import Form
from registerbro.database import Pool

from tests.support.crashes import Crash, CrashAt
from tests.support.generated_files import TASKS, Made, deliveries, make
from tests.support.reference_merge import merged, stored_state
from tests.support.small_files import day

MakeBatch = Callable[..., Batch]
Action: TypeAlias = tuple[Any, ...]
SEQUENCES = int(os.environ.get("REGISTERBRO_SEQUENCES", "12"))
SECONDS = 120 + 6 * SEQUENCES
BRAKE = {"share": 0.3, "least": 2}
CRASHES = (
    Point.CLAIMED, Point.SCANNED, Point.ASKING, Point.HELD, Point.IN_CHUNK, Point.CHUNK_DONE, Point.ENDING,
    Point.IMPORTED, Point.ERRORS_WRITTEN, Point.RENAMED_LOCALLY,
)  # fmt: skip


@st.composite
def rows_of_files(draw: st.DrawFn) -> list[Made]:
    """A few files of two tasks; two of one date may differ, as when the office runs a delivery again."""
    slots = st.tuples(st.sampled_from(TASKS), st.integers(2, 6), st.integers(1, 2))
    return [
        make(
            draw(st.integers(0, 2**32)), task, number, number - back,
            endings=draw(st.sampled_from([0, 0.1, 0.6])), form=draw(st.sampled_from(Form)),
        )
        for task, number, back in draw(st.lists(slots, min_size=2, max_size=4))
    ]  # fmt: skip


@st.composite
def sequences(draw: st.DrawFn) -> tuple[list[Made], list[Action]]:
    """Files, and what is done with them."""
    made = draw(rows_of_files())
    file = st.integers(0, len(made) - 1)
    crash = st.one_of(st.none(), st.tuples(st.sampled_from(CRASHES), st.integers(1, 3), st.booleans()))
    action = st.one_of(
        st.tuples(st.just("import"), file, crash),
        st.tuples(st.just("import"), file, crash),
        st.tuples(st.just("all"), crash),
        st.tuples(st.just("dry run"), file),
        st.tuples(st.just("decide"), st.booleans()),
        st.tuples(st.just("copy"), file),
        st.tuples(st.just("damaged"), file, st.integers(40, 200)),  # at least the end record is gone
    )
    return made, draw(st.lists(action, min_size=3, max_size=12))


class World:
    """The service, its interim directory and its store; ``do`` does what a sequence says."""

    def __init__(self, batch: Batch, made: list[Made]) -> None:
        self.batch = batch
        self.made = made
        self.names = [f"{each.name}.{place}" for place, each in enumerate(made)]
        self.further = 0

    def place(self, name: str, content: bytes) -> None:
        """Puts a file into the interim directory, unless it lies there or was imported."""
        if not {name, f"x{name}"} & set(self.batch.interim.names()):
            self.batch.interim.path(name).write_bytes(content)

    async def do(self, action: Action) -> None:
        match action:
            case "import", file, crash:
                self.place(self.names[file], self.made[file].content)
                await self.bring(self.names[file], crash)
            case "all", crash:
                for local, _ in await imports.local_files(self.batch):
                    await self.bring(local.name, crash)
            case "dry run", file:
                self.place(self.names[file], self.made[file].content)
                await dry_run.dry_run(self.batch, initial_load=True)
            case "decide", is_approved:
                await self.decide(is_approved=is_approved)
            case "copy", file:
                self.further += 1
                self.place(f"{self.made[file].name}.copy{self.further}", self.made[file].content)
            case "damaged", file, cut:
                self.further += 1
                self.place(f"{self.made[file].name}.cut{self.further}", self.made[file].content[:-cut])

    async def bring(self, name: str, crash: tuple[Point, int, bool] | None) -> None:
        """Imports a file, or tries to; checks that the brake does what the plan of the whole file says."""
        if name not in self.batch.interim.names():
            return
        must_hold = await self.must_hold(name)
        before = await self.written()
        checkpoint = CrashAt(crash[0], crash[1]) if crash else nothing
        try:
            await import_file(dataclasses.replace(self.batch, checkpoint=checkpoint), name, initial_load=True)
        except Crash:
            if crash and crash[2]:
                await self.kill()
        except errors.FileHeld:
            assert must_hold is not False, "held although it does not go too far"
            assert await self.written() == before
        except (errors.FileDeclined, errors.FileNotImportable):
            assert await self.written() == before
        else:
            assert not must_hold, "passed although it goes too far"

    async def must_hold(self, name: str) -> bool | None:
        """Whether the brake has to stop the file; None where it is not asked."""
        sha256, _ = self.batch.interim.content(name)
        file = await files.by_content(self.batch.pool, sha256)
        if file is not None:
            if file.state is FileState.IMPORTED or await files.SQL.has_outcomes(
                self.batch.pool, file_id=file.file_id
            ):
                return None
            with contextlib.suppress(errors.FileDeclined):
                approval = await approvals.of_file(self.batch.pool, file)
                if approval is not None and approval.state is ApprovalState.APPROVED:
                    return False
        [plan] = await dry_run.dry_run(self.batch, name, initial_load=True)
        return plan.would_hold

    async def written(self) -> list[Any]:
        """What is stored of contacts, and what was told of them."""
        rows = await self.batch.pool.fetch("select contact_id, version, xmin::text from contact order by 1")
        told = await self.batch.pool.fetchval(
            "select count(*) from outbox where routing_key like 'contact.%'"
        )
        return [*rows, told]

    async def kill(self) -> None:
        """What a process leaves that had no time to clean up."""
        await self.batch.pool.execute(
            "update cpr_file set state = 'importing' where state = 'fetched' and run_id is not null"
        )

    async def decide(self, *, is_approved: bool) -> None:
        for approval in await approvals.page(self.batch.pool, state=None, before=2**62, size=50):
            with contextlib.suppress(errors.ApprovalDecided):
                await approvals.decide(
                    self.batch, approval.approval_id, is_approved=is_approved, reason="as drawn"
                )

    async def finish(self) -> None:
        """Every file is imported in the end, after approvals where they are asked for."""
        for _ in range(2):
            for name, each in zip(self.names, self.made, strict=True):
                self.place(name, each.content)
            await self.do(("all", None))
            await self.decide(is_approved=True)


async def assert_everything_is_as_it_must_be(world: World) -> None:
    pool = world.batch.pool
    stored = {
        row["sha256"]: files.StoredFile.of(dict(row)) for row in await pool.fetch("select * from cpr_file")
    }
    by_content = {hashlib.sha256(each.content).digest(): each for each in world.made}
    assert {stored[sha256].state for sha256 in by_content} == {FileState.IMPORTED}
    assert {file.state for sha256, file in stored.items() if sha256 not in by_content} <= {FileState.REFUSED}
    said = [
        mapped
        for sha256, each in by_content.items()
        for mapped in deliveries(each, stored[sha256].fetched_at)
    ]
    async with pool.acquire() as connection:
        assert await stored_state(connection) == merged(sorted(said, key=lambda each: each.register_time))
    assert await pool.fetchval("select count(*) from cpr_outcome") == len(said)
    assert not await pool.fetch(
        "select file_id from cpr_outcome group by file_id having max(ordinal) <> count(*)"
    )
    assert await repeated_events(pool) == []
    dates = {(each.task, day(each.number)) for each in by_content.values()}
    firsts = {task: min(date for of, date in dates if of == task) for task, _ in dates}
    lost = {(each.task, day(each.previous)) for each in by_content.values()} - dates
    open_gaps = await gaps.page(pool, is_open=True, before=2**62, size=100)
    assert {(gap.task_number, gap.missing_date) for gap in open_gaps} == {
        (task, date) for task, date in lost if firsts[task] < date
    }


async def repeated_events(pool: Pool) -> list[Any]:
    """What was told twice: of a contact's version, of a file, of an approval, of a gap."""
    return await pool.fetch("""
        select type, (body::jsonb -> 'data') - 'run_id' as data, count(*)
        from outbox group by 1, 2 having count(*) > 1""")


@pytest.mark.timeout(SECONDS)
@settings(
    max_examples=SEQUENCES,
    deadline=None,
    derandomize="REGISTERBRO_SEQUENCES" not in os.environ,
    suppress_health_check=list(HealthCheck),
)
@given(sequence=sequences())
async def test_any_sequence_ends_in_the_state_of_the_slow_merge(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool, sequence: tuple[list[Made], list[Action]]
) -> None:
    made, actions = sequence
    await pool.execute("truncate contact, contact_number, source_record, cpr_file, cpr_run, outbox cascade")
    for path in interim_directory.iterdir():
        path.unlink()
    batch = make_batch(brake=BRAKE, pattern="d??????.l*")
    small = batch.settings.model_copy(update={"chunk_persons": 4})  # several chunks of a small file
    world = World(dataclasses.replace(batch, settings=small), made)
    for action in actions:
        await world.do(action)
    await world.finish()
    await assert_everything_is_as_it_must_be(world)
