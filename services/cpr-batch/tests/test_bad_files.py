"""Bad files and bad records: each is named, and everything else is carried on."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cpr_batch import errors, files, imports, runs
from cpr_batch.all_imports import import_all
from cpr_batch.batch import Batch
from cpr_batch.checkpoint import Point
from cpr_batch.files import FileState
from cpr_batch.imports import ImportOutcome, import_file
from cpr_batch.runs import RunState
from registerbro.cpr.writer import write_record
from registerbro.database import Pool
from registerbro.privacy import is_suspect

from tests.support import snapshot
from tests.support.cpr_files import ANNA, BENT, CARL, extract, record, simple_person

MakeBatch = Callable[..., Batch]
NAME = "d240517.l123401"
GOOD = extract(simple_person() + simple_person(BENT))
LINES = GOOD.split(b"\n")

REFUSED = {
    "empty": (b"", "empty"),
    "truncated": (b"\n".join(LINES[:-2]) + b"\n", "end record 999 is missing"),
    "truncated in a record": (GOOD[: len(GOOD) // 2], "end record 999 is missing"),
    "no start record": (b"\n".join(LINES[1:]), "start record 000 is missing"),
    "byte order mark": (b"\xef\xbb\xbf" + GOOD, "byte order mark"),
    "utf-8": (
        extract([each for _ in range(9) for each in simple_person()]).decode("iso-8859-1").encode(),
        "UTF-8",
    ),
    "something else": (b"PK\x03\x04 not a CPR file\n", "start record 000 is missing"),
    "two files in one": (GOOD + GOOD, "after the end record"),
}


async def problems_of(pool: Pool, file_id: int | None) -> list[dict[str, Any]]:
    return [dict(row) async for row in files.problems(pool, file_id or 0)]


@pytest.mark.parametrize("kind", REFUSED)
async def test_a_file_that_is_not_whole_or_not_ours_leaves_only_its_refusal(
    kind: str, make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    content, reason = REFUSED[kind]
    (interim_directory / NAME).write_bytes(content)
    with pytest.raises(errors.FileNotImportable, match=reason):
        await import_file(make_batch(), NAME, initial_load=True)
    stored = await files.by_name(pool, NAME)
    assert stored is not None
    assert stored.state is FileState.REFUSED
    assert reason in str(stored.refusal)
    [problem] = await problems_of(pool, stored.file_id)
    assert problem["severity"] == "rejected"
    assert reason in (interim_directory / f"err{NAME}").read_text()
    assert (interim_directory / NAME).read_bytes() == content
    [run] = await runs.page(pool, size=5)
    assert run.state is RunState.FAILED
    assert reason in str(run.failure)
    assert await pool.fetchval("select count(*) from contact") == 0
    assert await pool.fetchval("select count(*) from outbox") == 0


async def test_an_initial_load_without_the_contact_type_stores_nothing_and_can_be_done_again(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    await pool.execute("delete from contact_type where name_type = 'C'")
    (interim_directory / NAME).write_bytes(GOOD)
    with pytest.raises(errors.ContactTypeMissing, match="no contact type C"):
        await import_file(make_batch(), NAME, initial_load=True)
    assert await pool.fetchval("select count(*) from contact") == 0
    await pool.execute("insert into contact_type values ('C', 'again', false, 10, 'CPR')")
    await import_file(make_batch(), NAME, initial_load=True)
    assert (
        await pool.fetchval("select count(*) from contact where name_type = 'C' and not is_placeholder") == 2
    )


async def test_a_refused_file_keeps_no_other_back_and_is_not_tried_again_by_itself(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    (interim_directory / "d240516.l123401").write_bytes(REFUSED["truncated"][0])
    (interim_directory / NAME).write_bytes(GOOD)
    refused, imported = await import_all(make_batch(), initial_load=True)
    assert (refused.outcome, imported.outcome) == (ImportOutcome.REFUSED, ImportOutcome.IMPORTED)
    [again] = await import_all(make_batch(), initial_load=True)
    assert again.outcome is ImportOutcome.REFUSED
    assert await pool.fetchval("select count(*) from cpr_run where file_id is not null") == 2
    with pytest.raises(errors.FileNotImportable):
        await import_file(make_batch(), "d240516.l123401", initial_load=True)


async def test_a_file_under_a_refused_ones_name_is_looked_at(
    make_batch: MakeBatch, interim_directory: Path
) -> None:
    (interim_directory / NAME).write_bytes(REFUSED["truncated"][0])
    await import_all(make_batch(), initial_load=True)
    (interim_directory / NAME).write_bytes(GOOD)
    [done] = await import_all(make_batch(), initial_load=True)
    assert done.outcome is ImportOutcome.IMPORTED


async def test_a_mended_file_of_the_same_size_is_tried_again(
    make_batch: MakeBatch, interim_directory: Path
) -> None:
    """Known by its content: neither name nor size tells that it is another file now."""
    whole = extract(simple_person(ANNA))
    (interim_directory / NAME).write_bytes(whole.replace(b"000", b"00X", 1))
    [refused] = await import_all(make_batch(), initial_load=True)
    assert refused.outcome is ImportOutcome.REFUSED
    (interim_directory / NAME).write_bytes(whole)
    [imported] = await import_all(make_batch(), initial_load=True)
    assert imported.outcome is ImportOutcome.IMPORTED


async def test_rejected_records_are_listed_and_the_rest_is_imported(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    bad_date = record("002", ANNA, municipality_code="0101", moved_in="202013451230")
    records = [
        *(each for each in simple_person() if not each.startswith("002")),
        bad_date,
        f"777{ANNA}unknown",
        *simple_person(BENT),
        record("008", BENT) + "x" * 300,
        *(each.replace(CARL, "03037x1998") for each in simple_person(CARL)),
        write_record("910", error_number="0012", error_text="FORKERT NØGLE"),
    ]
    (interim_directory / NAME).write_bytes(extract(records))
    done = await import_file(make_batch(chunk_persons=10), NAME, initial_load=True)
    assert done.outcome is ImportOutcome.IMPORTED
    problems = await problems_of(pool, done.file_id)
    assert done.counts["rejected"] == sum(each["severity"] == "rejected" for each in problems) >= 4
    assert done.counts["remark"] == 1
    by_type = {(each["record_type"], each["field"]) for each in problems}
    assert ("002", "moved_in") in by_type
    assert ("777", None) in by_type or (None, None) in by_type
    assert ("910", None) in by_type
    names = {row[0] for row in await pool.fetch("select name_code from contact where not is_placeholder")}
    assert names == {ANNA, BENT}
    log = (interim_directory / f"err{NAME}").read_text()
    assert done.error_log == f"err{NAME}"
    assert log.count("\n") == len(problems) + 2
    assert all(each["reason"] in log for each in problems)
    assert not is_suspect(log)
    assert (interim_directory / f"err{NAME}").stat().st_mode & 0o777 == 0o600


async def test_a_wrong_count_in_the_end_record_is_a_remark(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    (interim_directory / NAME).write_bytes(GOOD.replace(b"00000010", b"00000011"))
    done = await import_file(make_batch(), NAME, initial_load=True)
    assert (done.counts["persons"], done.counts["remark"]) == (2, 1)
    [problem] = await problems_of(pool, done.file_id)
    assert (problem["record_type"], problem["field"]) == ("999", "record_count")


async def test_a_full_disk_for_the_error_log_is_made_good_by_the_next_import(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The import itself is committed by then: it is not done twice."""
    (interim_directory / NAME).write_bytes(GOOD.replace(b"00000010", b"00000011"))

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(errors.InterimFull):
            await import_file(make_batch(), NAME, initial_load=True)
    assert (interim_directory / NAME).exists()
    before = await snapshot.physical(pool)
    done = await import_file(make_batch(), NAME)
    assert done.outcome is ImportOutcome.ALREADY_IMPORTED
    assert await snapshot.physical(pool) == before
    assert {path.name for path in interim_directory.iterdir()} == {f"x{NAME}", f"err{NAME}"}


async def test_a_run_that_lost_its_file_writes_nothing_more(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool, database_url: str
) -> None:
    """Its lock went with its connection, another run took the file: the first one finds out in its next transaction."""
    (interim_directory / NAME).write_bytes(
        extract([each for n in range(30) for each in simple_person(f"01017{n:05}")])
    )
    points: list[Point] = []

    def take_over(point: Point) -> None:
        points.append(point)
        if points.count(Point.CHUNK_DONE) == 1:
            with psycopg.connect(database_url, autocommit=True) as another:
                another.execute("update cpr_file set run_id = gen_random_uuid()")

    with pytest.raises(errors.ImportSuperseded):
        await import_file(make_batch(checkpoint=take_over, chunk_persons=10), NAME, initial_load=True)
    assert await pool.fetchval("select count(*) from cpr_outcome") == 10
    assert await pool.fetchval("select state from cpr_file") == FileState.IMPORTING


async def test_local_files_tell_why_one_was_refused(make_batch: MakeBatch, interim_directory: Path) -> None:
    (interim_directory / NAME).write_bytes(REFUSED["truncated"][0])
    await import_all(make_batch())
    [(local, stored)] = await imports.local_files(make_batch())
    assert local.name == NAME
    assert stored is not None
    assert "999" in str(stored.refusal)
