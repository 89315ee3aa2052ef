"""Housekeeping of the interim directory: what may go, and that nothing else does."""

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from cpr_batch import imports, jobs, purge, transfer
from cpr_batch.app import create_app
from cpr_batch.batch import Batch, Batches
from cpr_batch.errors import FileNotImportable
from cpr_batch.settings import BatchSettings, CprBatchSettings, HousekeepingSettings
from registerbro import features
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.database import Pool
from registerbro.features import Feature
from registerbro.settings import Settings

from tests.support.cpr_files import ANNA, extract, simple_person
from tests.support.ftp import FtpServer
from tests.support.services import bearer, running

NAME = "d240517.l123401"
REFUSED = "d240518.l123401"
WAITING = "d240519.l123401"
WEEK = dt.timedelta(days=7)


def later(batch: Batch, days: float) -> Batch:
    """The same, so many days from now."""
    return dataclasses.replace(batch, now=lambda: dt.datetime.now(dt.UTC) + dt.timedelta(days=days))


@pytest.fixture
async def batch(make_batch: Any, interim_directory: Path) -> Batch:
    """One imported file with an error log and a companion, a refused one, one that waits, and others'."""
    made: Batch = make_batch()
    (interim_directory / NAME).write_bytes(extract([*simple_person(ANNA), f"077{ANNA}"]))
    (interim_directory / f"{NAME}.metadata").write_text("<xml/>")
    (interim_directory / REFUSED).write_bytes(b"no CPR file")
    await imports.import_file(made, NAME, initial_load=True)
    with pytest.raises(FileNotImportable):
        await imports.import_file(made, REFUSED)
    (interim_directory / WAITING).write_bytes(b"waits")
    (interim_directory / "xforeign").write_bytes(b"carries the prefix and is not ours")
    (interim_directory / "notes.txt").write_bytes(b"a person's")
    return made


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


async def test_only_old_imported_files_go_with_what_belongs_to_them(
    batch: Batch, interim_directory: Path, pool: Pool
) -> None:
    before = names(interim_directory)
    assert {f"x{NAME}", f"err{NAME}", f"{NAME}.metadata"} < before
    assert await purge.purge(later(batch, 6.9), WEEK) == []
    [due] = await purge.due(later(batch, 7.1), WEEK)
    assert names(interim_directory) == before
    assert await purge.purge(later(batch, 7.1), WEEK) == [due]
    assert before - names(interim_directory) == {f"x{NAME}", f"err{NAME}", f"{NAME}.metadata"}
    assert await pool.fetchval("select purged_at is not null from cpr_file where name = $1", NAME)
    [row] = await pool.fetch("select file, facts from cpr_journal where action = 'purged'")
    assert row["file"] == f"x{NAME}"
    assert await purge.purge(later(batch, 8), WEEK) == []


async def test_a_file_whose_content_changed_stays(batch: Batch, interim_directory: Path) -> None:
    path = interim_directory / f"x{NAME}"
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"?")
    assert await purge.purge(later(batch, 100), WEEK) == []
    path.write_bytes(content)
    assert len(await purge.purge(later(batch, 100), WEEK)) == 1


async def test_a_purged_file_that_comes_again_is_known(
    make_batch: Any, vsftpd: FtpServer, interim_directory: Path
) -> None:
    batch = make_batch(vsftpd)
    content = extract(simple_person(ANNA))
    (vsftpd.folder / NAME).write_bytes(content)
    await transfer.fetch(batch)
    await imports.import_file(batch, NAME, initial_load=True)
    await purge.purge(later(batch, 8), WEEK)
    assert names(interim_directory) == set()
    (vsftpd.folder / NAME).write_bytes(content)
    [again] = await transfer.fetch(batch)
    assert again.outcome is transfer.TransferOutcome.KNOWN
    assert not [name for name in names(interim_directory) if not name.endswith(".part")]


@pytest.mark.parametrize(("days", "deleted"), [(None, 0), (7, 1)])
async def test_the_daily_job_deletes_only_where_an_age_is_set(
    batch: Batch, interim_directory: Path, pool: Pool, days: int | None, deleted: int
) -> None:
    keeping = HousekeepingSettings(log_file=None, purge_after_days=days, journal_days=30)
    settings = CprBatchSettings(interim_directory=interim_directory, housekeeping=keeping)
    await pool.execute("update cpr_file set imported_at = now() - interval '8 days' where state = 'imported'")
    await pool.execute("update cpr_journal set at = now() - interval '31 days' where action = 'refused'")
    done = await jobs.housekeeping(Batches(pool, settings)).work(dt.date(2026, 1, 1))
    assert done == {"entries_deleted": 1, "files_deleted": deleted}
    assert (f"x{NAME}" in names(interim_directory)) is not bool(deleted)


async def test_over_the_api(
    batch: Batch, service_settings: Settings, interim_directory: Path, pool: Pool, issuer: DevelopmentIssuer
) -> None:
    async with pool.acquire() as connection:
        await features.switch(connection, Feature.CPR, enabled=True, by="test")
    await pool.execute("update cpr_file set imported_at = now() - interval '8 days' where state = 'imported'")
    app = create_app(BatchSettings(**dict(service_settings), cpr_batch=batch.settings))
    async with running(app) as client:
        client.headers.update(bearer(issuer.token(*Scope)))
        for dry_run in (True, False):
            answer = await client.post("/purges", json={"older_than_days": 7, "dry_run": dry_run})
            [file] = answer.json()["files"]
            assert (file["local_name"], answer.json()["is_dry_run"]) == (f"x{NAME}", dry_run)
            assert (f"x{NAME}" in names(interim_directory)) is dry_run
        assert (await client.post("/purges", json={"older_than_days": 0})).status_code == 422
