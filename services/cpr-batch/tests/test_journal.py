"""The log of important actions: in the store and as lines for people, whatever happens to either."""

import datetime as dt
import multiprocessing
import os
import re
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import structlog
from cpr_batch import human_log, imports, journal
from cpr_batch.app import create_app
from cpr_batch.batch import Batch
from cpr_batch.errors import FileNotImportable
from cpr_batch.journal_entries import Action, Entry
from cpr_batch.settings import BatchSettings, CprBatchSettings, HousekeepingSettings
from registerbro import features
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.database import Pool, open_pool
from registerbro.features import Feature
from registerbro.settings import Settings

from tests.support.cpr_files import ANNA, extract, simple_person
from tests.support.services import bearer, running

NAME = "d240517.l123401"
RUN = uuid.UUID(int=7)
LINES = 400


@pytest.fixture
def batch(pool: Pool, interim_directory: Path) -> Batch:
    """With the log in its default place."""
    return Batch(pool, CprBatchSettings(interim_directory=interim_directory, pattern="*"), by="somebody")


@pytest.fixture
async def client(
    service_settings: Settings, interim_directory: Path, issuer: DevelopmentIssuer, pool: Pool
) -> AsyncIterator[httpx.AsyncClient]:
    async with pool.acquire() as connection:
        await features.switch(connection, Feature.CPR, enabled=True, by="test")
    section = CprBatchSettings(interim_directory=interim_directory)
    async with running(create_app(BatchSettings(**dict(service_settings), cpr_batch=section))) as client:
        client.headers.update(bearer(issuer.token(*Scope)))
        yield client


def lines_of(batch: Batch) -> list[str]:
    assert batch.log_file is not None
    return batch.log_file.read_text().splitlines()


def test_every_action_has_a_sentence_and_every_line_is_one() -> None:
    assert human_log.SENTENCES.keys() == set(Action)
    at = dt.datetime(2026, 10, 25, 1, 30, tzinfo=dt.UTC)  # after the clock went back
    facts = {"reason": 'two\nlines = "quoted"', "empty": "", "none": None, "persons": 40}
    line = human_log.line(Entry(at, "a user", Action.REFUSED, NAME, RUN, facts))
    assert line == (
        "2026-10-25 02:30:00+01:00 A file was refused; nothing of it was written. "
        f'file={NAME} run={RUN} by="a user" empty="" persons=40 reason="two\\nlines = \\"quoted\\""'
    )


async def test_an_import_and_a_refusal_are_noted_and_the_log_is_no_file_to_import(
    batch: Batch, client: httpx.AsyncClient, interim_directory: Path
) -> None:
    (interim_directory / NAME).write_bytes(extract(simple_person(ANNA)))
    (interim_directory / "d240518.l123401").write_bytes(b"no CPR file")
    await imports.import_file(batch, NAME, initial_load=True)
    with pytest.raises(FileNotImportable):
        await imports.import_file(batch, "d240518.l123401")
    refused, imported = (await client.get("/journal")).json()["items"][:2]
    assert (imported["action"], imported["file"], imported["by"]) == ("imported", NAME, "somebody")
    assert imported["facts"]["persons"] == 1
    assert refused["action"] == "refused"
    assert "A file was imported." in lines_of(batch)[0]
    assert "A file was refused" in lines_of(batch)[1]
    (interim_directory / "cprbatch.log.1").write_text("rotated")
    assert not [file.name for file in batch.interim.waiting("*", "x") if "cprbatch" in file.name]
    for query, count in {
        f"file={NAME}": 1,
        "action=refused": 1,
        f"run_id={RUN}": 0,
        "since=2100-01-01T00:00:00Z": 0,
        "since=9999-12-31T23:59:59-01:00": 0,
        "since=0001-01-01T00:00:00%2B01:00&action=imported": 1,
    }.items():
        assert len((await client.get(f"/journal?{query}")).json()["items"]) == count, query
    first = (await client.get("/journal?limit=1")).json()
    second = (await client.get(f"/journal?limit=1&after={first['next']}")).json()
    assert [first["items"][0]["action"], second["items"][0]["action"]] == ["refused", "imported"]


async def test_numbers_and_passwords_are_masked(batch: Batch, pool: Pool) -> None:
    await journal.note(
        batch, Action.FAILED, file=f"{ANNA}.txt", reason=f"{ANNA} password=abc", number=int(ANNA)
    )
    row = await pool.fetchrow("select file, facts from cpr_journal")
    seen = str(dict(row or {})) + lines_of(batch)[0]
    assert "xxxx" in seen
    assert str(ANNA) not in seen
    assert "abc" not in seen


async def test_a_rolled_back_transaction_and_a_lost_store_lose_no_line(
    batch: Batch, database_url: str, interim_directory: Path, pool: Pool
) -> None:
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await journal.note(batch, Action.LISTED, files=3)
        await transaction.rollback()
    assert await pool.fetchval("select count(*) from cpr_journal") == 1
    async with open_pool(database_url, minimum=0) as gone:
        lost = Batch(gone, batch.settings)
    with structlog.testing.capture_logs() as logs:
        await journal.note(lost, Action.LISTED, files=4)
    assert "files=4" in lines_of(batch)[1]
    assert [each["log_level"] for each in logs] == ["info", "warning"]


async def test_a_failing_disk_is_told_once_and_breaks_nothing(pool: Pool, interim_directory: Path) -> None:
    keeping = HousekeepingSettings(log_file=Path("missing/cprbatch.log"))
    batch = Batch(pool, CprBatchSettings(interim_directory=interim_directory, housekeeping=keeping))
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            await journal.note(batch, Action.LISTED)
    assert [each["event"] for each in logs if each["log_level"] == "warning"] == ["log file not written"]
    assert await pool.fetchval("select count(*) from cpr_journal") == 3
    (interim_directory / "missing").mkdir()
    await journal.note(batch, Action.LISTED)
    assert len(lines_of(batch)) == 1


async def test_a_rotated_log_is_begun_anew_readable_by_the_group(
    batch: Batch, interim_directory: Path
) -> None:
    path = interim_directory / "cprbatch.log"
    former = os.umask(0o077)
    try:
        await journal.note(batch, Action.LISTED)
        path.rename(path.with_suffix(".log.1"))
        await journal.note(batch, Action.LISTED)
    finally:
        os.umask(former)
    assert len(path.read_text().splitlines()) == 1
    assert path.stat().st_mode & 0o777 == 0o640


def write(path: Path, word: str) -> None:
    for number in range(LINES):
        human_log.append(path, f"{word} {number} {word * 200} end")


def test_two_processes_write_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "cprbatch.log"
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write, args=(path, word)) for word in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    lines = path.read_text().splitlines()
    assert len(lines) == 2 * LINES
    assert all(re.fullmatch(r"([ab]) \d+ \1{200} end", line) for line in lines)
