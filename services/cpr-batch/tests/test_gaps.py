"""Lost deliveries: noticed when a file names one that never came, closed when it comes after all, or by hand."""

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from cpr_batch import errors, files, gaps
from cpr_batch.batch import Batch
from cpr_batch.checkpoint import Point
from cpr_batch.gaps import Closing, Gap
from cpr_batch.imports import import_file
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registerbro.database import Pool

from tests.support.crashes import Crash, CrashAt
from tests.support.small_files import PERSONS, day, delivery, living, name_of, person

MakeBatch = Callable[..., Batch]
OTHER_TASK = "123402"


def put(directory: Path, number: int, *, previous: int | None = None, **more: Any) -> str:
    """A file about one person, which is all that gaps need."""
    name = name_of(number, more.get("task", "123401"))
    records = more.pop("records", None) or person(PERSONS[number])
    (directory / name).write_bytes(delivery(records, number, previous=previous, **more))
    return name


async def bring(batch: Batch, directory: Path, numbers: Sequence[int]) -> None:
    """Imports these files of the task, each of which names the one of the day before."""
    for number in numbers:
        await import_file(batch, put(directory, number), initial_load=True)


async def found(pool: Pool, *, is_open: bool = True) -> list[Gap]:
    return sorted(
        await gaps.page(pool, is_open=is_open, before=2**62, size=100), key=lambda gap: gap.missing_date
    )


async def told(pool: Pool) -> int:
    count: int = await pool.fetchval("select count(*) from outbox where routing_key = 'cpr.gap.noticed'")
    return count


async def test_a_file_that_names_a_lost_one_is_imported_and_tells_of_it(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    await bring(make_batch(), interim_directory, [1, 2])
    done = await import_file(make_batch(), put(interim_directory, 5), initial_load=True)
    [gap] = await found(pool)
    assert (gap.task_number, gap.missing_date, gap.after_date, gap.before_date) == (
        "123401",
        day(4),
        day(2),
        day(5),
    )
    assert (gap.file_id, gap.closed_at) == (done.file_id, None)
    assert done.counts["remark"] == 1
    log = (interim_directory / f"err{name_of(5)}").read_text()
    assert f"the delivery of {day(4)} was not imported" in log
    assert await told(pool) == 1


async def test_the_first_file_of_a_task_and_files_of_other_tasks_tell_of_nothing(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    await bring(make_batch(), interim_directory, [3, 4])
    await import_file(make_batch(), put(interim_directory, 6, task=OTHER_TASK), initial_load=True)
    await import_file(make_batch(), put(interim_directory, 7, task=OTHER_TASK), initial_load=True)
    assert await found(pool) == []


async def test_the_file_that_comes_late_closes_the_gap(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    await bring(make_batch(), interim_directory, [1, 3, 2])
    [gap] = await found(pool, is_open=False)
    assert (gap.closed_how, gap.closed_by) == (Closing.FILE, None)
    assert await found(pool) == []


async def test_a_file_that_waits_here_is_not_lost_but_a_refused_one_is(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    """Files of several days are imported in any order: only the one that cannot be is missing in the end."""
    await bring(make_batch(), interim_directory, [1])
    name = put(interim_directory, 2)
    content = (interim_directory / name).read_bytes()[:-40]
    (interim_directory / name).write_bytes(content)
    sha256, size = make_batch().interim.content(name)
    await files.register(
        pool, sha256=sha256, size=size, name=name, local_name=name, now=make_batch().now(), transferred=True
    )
    await import_file(make_batch(), put(interim_directory, 3), initial_load=True)
    assert await found(pool) == []
    with pytest.raises(errors.FileNotImportable):
        await import_file(make_batch(), name)
    assert [gap.missing_date for gap in await found(pool)] == [day(2)]


async def test_dates_that_do_not_follow_are_a_remark_and_no_gap(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    await bring(make_batch(), interim_directory, [1, 2])
    name = put(interim_directory, 4, previous=4)
    done = await import_file(make_batch(), name, initial_load=True)
    assert done.counts["remark"] == 1
    [problem] = [each async for each in files.problems(pool, done.file_id or 0)]
    assert (problem["record_type"], problem["field"]) == ("000", "previous_production_date")
    assert await found(pool) == []


async def test_a_gap_is_told_once_whatever_crashes(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    await bring(make_batch(), interim_directory, [1])
    name = put(interim_directory, 3)
    for point in (Point.ENDING, Point.IMPORTED):
        with pytest.raises(Crash):
            await import_file(make_batch(checkpoint=CrashAt(point)), name, initial_load=True)
    await import_file(make_batch(), name, initial_load=True)
    assert (len(await found(pool)), await told(pool)) == (1, 1)
    assert "was not imported" in (interim_directory / f"err{name}").read_text()


async def test_who_may_have_missed_something_is_known(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    """Of four persons one was delivered since, and one is no longer subscribed."""
    first = put(interim_directory, 1, records=living(4))
    await import_file(make_batch(), first, initial_load=True)
    await import_file(make_batch(), put(interim_directory, 3, records=person(PERSONS[0], street="Nygade 2")))
    ids = {
        row["name_code"]: row["contact_id"]
        for row in await pool.fetch("select name_code, contact_id from contact")
    }
    await pool.execute(
        "update source_record set src_subscribed = false where contact_id = $1", ids[PERSONS[1]]
    )
    [gap] = await found(pool)
    assert await gaps.affected(pool, gap.gap_id) == sorted([ids[PERSONS[2]], ids[PERSONS[3]]])


async def test_a_gap_is_closed_once(make_batch: MakeBatch, interim_directory: Path, pool: Pool) -> None:
    await bring(make_batch(), interim_directory, [1, 3, 5])
    first, second = await found(pool)
    closed = await gaps.dismiss(make_batch(), first.gap_id, "no file was produced")
    assert (closed.closed_how, closed.closed_by, closed.reason) == (
        Closing.DISMISSED, make_batch().by, "no file was produced",
    )  # fmt: skip
    async with pool.acquire() as connection, connection.transaction():
        await gaps.close(connection, second.gap_id, how="order", by="a client")
    for gap in (first, second):
        with pytest.raises(errors.GapClosed):
            await gaps.close(pool, gap.gap_id, how="order", by="a client")
    with pytest.raises(errors.GapUnknown):
        await gaps.dismiss(make_batch(), second.gap_id + 1, "nothing there")
    await bring(make_batch(), interim_directory, [2])
    assert [gap.closed_how for gap in await found(pool, is_open=False)] == [Closing.DISMISSED, Closing.ORDER]


@st.composite
def chains(draw: st.DrawFn) -> list[tuple[str, int, int]]:
    """Files of two tasks, each with its number and that of the one it names, in any order."""
    made = draw(
        st.lists(
            st.tuples(st.sampled_from(["123401", OTHER_TASK]), st.integers(2, 9), st.integers(1, 3)),
            min_size=2,
            max_size=7,
            unique_by=lambda each: each[:2],
        )
    )
    return [(task, number, number - back) for task, number, back in made]


def expected(chain: Sequence[tuple[str, int, int]]) -> set[tuple[str, int, int, int]]:
    """The gaps of a set of files, from their definition: task, missing, last before, first that tells."""
    numbers = {task: {number for each, number, _ in chain if each == task} for task, *_ in chain}
    lost = {
        (task, previous)
        for task, _, previous in chain
        if previous not in numbers[task] and min(numbers[task]) < previous
    }
    return {
        (
            task,
            missing,
            max(number for number in numbers[task] if number < missing),
            min(number for each, number, previous in chain if (each, previous) == (task, missing)),
        )
        for task, missing in lost
    }


@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(chain=chains(), data=st.data())
async def test_any_order_ends_with_the_same_gaps(
    make_batch: MakeBatch,
    interim_directory: Path,
    pool: Pool,
    chain: list[tuple[str, int, int]],
    data: st.DataObject,
) -> None:
    await pool.execute("truncate contact, contact_number, source_record, cpr_file, cpr_run, outbox cascade")
    for path in interim_directory.iterdir():
        path.unlink()
    for task, number, previous in data.draw(st.permutations(chain)):
        name = put(interim_directory, number, previous=previous, task=task)
        await import_file(make_batch(), name, initial_load=True)
    days = {day(number): number for number in range(10)}
    open_gaps = {
        (gap.task_number, *(days[each] for each in (gap.missing_date, gap.after_date, gap.before_date)))
        for gap in await found(pool)
    }
    assert open_gaps == expected(chain)
    assert await told(pool) == len(await found(pool, is_open=False))


def test_the_definition_itself_sees_gaps() -> None:
    task = "123401"
    assert expected([(task, 1, 0), (task, 5, 4), (task, 6, 4)]) == {(task, 4, 1, 5)}
    assert not expected([(task, each, each - 1) for each in range(1, 5)])
    assert all(
        expected(order) == {(task, 2, 1, 3)} for order in itertools.permutations([(task, 1, 0), (task, 3, 2)])
    )
