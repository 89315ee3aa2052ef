"""The whole way of the reference extract: from an FTP server that is not ours into the store, correct to the field."""

import asyncio
import datetime as dt
import random
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from cpr_batch.batch import Batch
from cpr_batch.imports import ImportOutcome, import_file
from cpr_batch.settings import CprBatchSettings, FtpSettings
from cpr_batch.transfer import TransferOutcome
from cpr_batch.whole_run import fetch_and_import
from registerbro.database import Pool, ensure_partitions, open_pool

from tests.reference.data import CPR, needs_testdata
from tests.reference.expected_persons import PERSONS
from tests.support import snapshot
from tests.support.ftp import FtpServer, ftp_server, settings_of
from tests.support.postgres import temporary_database

pytestmark = [pytest.mark.reference, needs_testdata]

LINES = CPR / "batch" / "change_110901_lines.txt"
STREAM = CPR / "batch" / "change_110901_stream.txt"
FILE_NAME = "d011119.l110901"
DELIVERED, WITH_CHANGED_NUMBER = 80, 4


@pytest.fixture(params=["vsftpd", "proftpd"])
def server(request: pytest.FixtureRequest, tmp_path: Path, certificate_authority: trustme.CA) -> Any:
    """One of Debian's servers."""
    with ftp_server(
        request.param, tmp_path / "ftp", certificate_authority.issue_cert("localhost")
    ) as running:
        yield running


@pytest.fixture
async def second_pool(postgres_url: str, template_database: str) -> AsyncIterator[Pool]:
    """A second, empty store, to compare with."""
    with temporary_database(postgres_url, template_database) as url:
        async with open_pool(url, maximum=4) as pool:
            async with pool.acquire() as connection:
                await ensure_partitions(connection)
            yield pool


def batch_of(pool: Pool, interim: Path, ftp: FtpSettings | None = None) -> Batch:
    interim.mkdir(exist_ok=True)
    return Batch(pool, CprBatchSettings(interim_directory=interim, ftp=ftp))


async def test_both_forms_from_a_foreign_server_give_the_same_80_persons(
    server: FtpServer, ca_file: Path, pool: Pool, second_pool: Pool, tmp_path: Path
) -> None:
    ftp = settings_of(server, ca_file)
    for source, store, interim in ((LINES, pool, "one"), (STREAM, second_pool, "two")):
        (server.folder / FILE_NAME).write_bytes(source.read_bytes())
        done = await fetch_and_import(batch_of(store, tmp_path / interim, ftp), initial_load=True)
        assert [each.outcome for each in done.transferred] == [TransferOutcome.FETCHED]
        [imported] = done.imported
        assert imported.outcome is ImportOutcome.IMPORTED
        assert imported.counts == {"persons": DELIVERED, "created": DELIVERED - WITH_CHANGED_NUMBER, "linked": WITH_CHANGED_NUMBER}  # fmt: skip
        assert (tmp_path / interim / f"x{FILE_NAME}").read_bytes() == source.read_bytes()
        assert not (server.folder / FILE_NAME).exists()
    assert await snapshot.store(pool) == await snapshot.store(second_pool)
    assert "DELE" not in server.commands()
    await assert_persons_are_as_expected(pool)


async def test_the_same_file_again_writes_no_row(pool: Pool, tmp_path: Path) -> None:
    batch = batch_of(pool, tmp_path / "interim")
    batch.interim.path(FILE_NAME).write_bytes(LINES.read_bytes())
    await import_file(batch, FILE_NAME, initial_load=True)
    before = await snapshot.physical(pool)
    batch.interim.path(FILE_NAME).write_bytes(LINES.read_bytes())
    again = await import_file(batch, FILE_NAME, initial_load=True)
    assert again.outcome is ImportOutcome.ALREADY_IMPORTED
    assert await snapshot.physical(pool) == before


@pytest.mark.parametrize("seed", range(4))
async def test_one_file_a_person_in_any_order_gives_the_same_store(
    pool: Pool, second_pool: Pool, tmp_path: Path, seed: int
) -> None:
    """The extract is there as one file and as eighty; the current state must not tell which was imported how."""
    whole = batch_of(pool, tmp_path / "whole")
    whole.interim.path(FILE_NAME).write_bytes(LINES.read_bytes())
    await import_file(whole, FILE_NAME, initial_load=True)
    single = batch_of(second_pool, tmp_path / "single")
    paths = sorted((CPR / "persons").glob("PNR_*.txt"))
    assert len(paths) == DELIVERED
    random.Random(seed).shuffle(paths)
    for path in paths:
        name = f"d011119.l{uuid.uuid4().hex[:6]}"
        single.interim.path(name).write_bytes(path.read_bytes())
        await import_file(single, name, initial_load=True)
    assert current_state(await snapshot.store(second_pool)) == current_state(await snapshot.store(pool))


def current_state(store: dict[str, snapshot.Rows]) -> dict[str, set[tuple[tuple[str, str], ...]]]:
    """Without what tells of the way: versions, and of the time of fetch."""
    return {
        table: {tuple(sorted(snapshot.without(row, "version").items())) for row in rows}
        for table, rows in store.items()
        if table != "contact_version"
    }


async def assert_persons_are_as_expected(pool: Pool) -> None:
    numbers = await pool.fetchval(
        "select count(distinct number) from contact_number n join source_record using (contact_id)"
    )
    assert numbers >= DELIVERED
    assert await pool.fetchval("select count(*) from source_record") == DELIVERED - WITH_CHANGED_NUMBER
    await asyncio.gather(*(assert_person(pool, number, expected) for number, expected in PERSONS.items()))


async def assert_person(pool: Pool, number: str, expected: dict[str, Any]) -> None:
    contact = await pool.fetchrow(
        "select c.* from contact c join contact_number using (contact_id) where number = $1 and c.merged_into is null",
        number,
    )
    assert contact is not None
    contact_id = contact["contact_id"]
    assert (contact["name1"], contact["name2"], contact["text"]) == expected["names"]
    assert contact["name_code"] == number
    assert contact["position"] == expected["position"]
    assert contact["end_date"] == expected["end_date"]
    info = {label: values[0] for label, values in contact["info"].items()}
    assert info == {"GældendePNR": number, **expected["info"]}
    dates = {
        label: (entry["value"], entry["precision"], entry["uncertain"])
        for label, [entry] in contact["dates"].items()
    }
    assert dates == expected["dates"]
    assert [each["kind"] for each in contact["protections"]] == expected["protections"]
    await assert_addresses(pool, contact_id, expected)
    references = await pool.fetch(
        "select role, restrictor, case t.name_type when 'P' then t.name1 else t.name_code end as whom"
        " from contact_reference r join contact t on t.contact_id = r.to_contact_id where r.contact_id = $1",
        contact_id,
    )
    assert {(row["role"], row["whom"]) for row in references} == expected["references"]
    assert {row["restrictor"] for row in references if row["role"] in ("Far", "Mor")} <= {"Forældre"}
    former = await pool.fetch(
        "select number from contact_number where contact_id = $1 and not is_current", contact_id
    )
    assert {row["number"] for row in former} == expected["former"]


async def assert_addresses(pool: Pool, contact_id: int, expected: dict[str, Any]) -> None:
    rows = await pool.fetch("select * from address where contact_id = $1", contact_id)
    addresses = {row["address_type"]: row for row in rows}
    assert "CPRADR" not in addresses
    main = addresses.get("HA")
    if expected["main"] is None:
        assert main is None
    else:
        assert main is not None
        assert {name: main[name] for name in expected["main"]} == expected["main"]
        assert main["end_date"] is None
    contact_address = addresses.get("KONTAKT")
    assert (contact_address and contact_address["address1"]) == expected.get("contact_address")
    if contact_address:
        assert contact_address["start_date"] == dt.date(2001, 6, 30)
