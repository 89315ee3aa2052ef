"""What imports say of one person: also of the contacts that turned out to be the same, and with what was wrong."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from cpr_batch import files
from cpr_batch.app import create_app
from cpr_batch.batch import Batch
from cpr_batch.imports import import_file
from cpr_batch.settings import BatchSettings, CprBatchSettings
from registerbro import features
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.database import Pool
from registerbro.features import Feature
from registerbro.settings import Settings

from tests.support.cpr_files import record
from tests.support.services import bearer, running
from tests.support.small_files import PERSONS, delivery, living, name_of, person

MakeBatch = Callable[..., Batch]
ANNA, BENT, CARL, *_ = PERSONS


@pytest.fixture
async def client(
    service_settings: Settings, interim_directory: Path, issuer: DevelopmentIssuer, pool: Pool
) -> AsyncIterator[httpx.AsyncClient]:
    async with pool.acquire() as connection:
        await features.switch(connection, Feature.CPR, enabled=True, by="test")
    section = CprBatchSettings(interim_directory=interim_directory)
    async with running(create_app(BatchSettings(**dict(service_settings), cpr_batch=section))) as client:
        client.headers.update(bearer(issuer.token(Scope.BATCH_READ)))
        yield client


async def load(make_batch: MakeBatch, directory: Path, number: int, records: list[str]) -> int:
    (directory / name_of(number)).write_bytes(delivery(records, number))
    done = await import_file(make_batch(), name_of(number), initial_load=True)
    return done.file_id or 0


async def contact_of(pool: Pool, number: str) -> int:
    found: int = await pool.fetchval("select contact_id from contact_number where number = $1", number)
    return found


async def log_of(client: httpx.AsyncClient, contact_id: int) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await client.get(f"/contacts/{contact_id}/imports")).json()["items"]
    return items


async def test_the_log_follows_merged_contacts_both_ways(
    make_batch: MakeBatch, interim_directory: Path, pool: Pool, client: httpx.AsyncClient
) -> None:
    """Three contacts, two of which turn out to be the first one, one after the other."""
    await load(make_batch, interim_directory, 1, living(3))
    first, second, third = [await contact_of(pool, number) for number in (ANNA, BENT, CARL)]
    await load(make_batch, interim_directory, 2, [*person(BENT), record("022", BENT, old_pnr=CARL)])
    await load(make_batch, interim_directory, 3, [*person(ANNA), record("022", ANNA, old_pnr=BENT)])
    survivor = await contact_of(pool, CARL)
    logs = [await log_of(client, contact_id) for contact_id in (first, second, third)]
    assert survivor in (first, second, third)
    assert logs[0] == logs[1] == logs[2]
    assert [each["name"] for each in logs[0]] == [name_of(3), name_of(2), *[name_of(1)] * 3]
    assert {each["contact_id"] for each in logs[0][2:]} == {first, second, third}


@pytest.mark.parametrize("is_apart", [False, True])
async def test_problems_with_a_persons_records_stand_in_the_persons_log(
    is_apart: bool, make_batch: MakeBatch, interim_directory: Path, pool: Pool, client: httpx.AsyncClient
) -> None:
    """Also where a person's records do not stand together."""
    bad = record("012", BENT, civil_status="U")[:13] + "U" + "x" * 40
    records = [*person(ANNA), *person(BENT), bad, *person(CARL)]
    if is_apart:
        records = [each for each in records if each != bad] + [bad]
    file_id = await load(make_batch, interim_directory, 1, records)
    [entry] = await log_of(client, await contact_of(pool, BENT))
    [problem] = entry["problems"]
    assert (problem["severity"], problem["record_type"], problem["ordinal"]) == ("rejected", "012", 2)
    assert problem["line"] == 2 + records.index(bad)
    [other] = await log_of(client, await contact_of(pool, ANNA))
    assert other["problems"] == []
    answer = await client.get(f"/files/{file_id}/outcomes/2")
    assert answer.json() == {
        "ordinal": 2, "contact_id": entry["contact_id"], "outcome": "created", "groups": [], "problems": [problem],
    }  # fmt: skip
    assert BENT not in answer.text
    assert (await client.get(f"/files/{file_id}/outcomes/4")).status_code == 404


@pytest.mark.parametrize("chunk_persons", [10, 2000])
async def test_a_person_who_stands_in_a_file_twice_with_different_content_gets_a_remark(
    chunk_persons: int, make_batch: MakeBatch, interim_directory: Path, pool: Pool, client: httpx.AsyncClient
) -> None:
    """In one chunk or in two. The same content twice is nothing to remark."""
    twice = person(ANNA, street="Nygade 2")
    records = [*living(12), *twice, *person(BENT)]
    (interim_directory / name_of(1)).write_bytes(delivery(records))
    done = await import_file(make_batch(chunk_persons=chunk_persons), name_of(1), initial_load=True)
    assert done.counts["remark"] == 1
    [problem] = [each async for each in files.problems(pool, done.file_id or 0)]
    assert (problem["ordinal"], problem["line"]) == (13, 2 + len(living(12)))
    assert await pool.fetchval(
        "select address1 from address where contact_id = $1", await contact_of(pool, ANNA)
    ) == ("Møllevej 1")
    second, _ = await log_of(client, await contact_of(pool, ANNA)), None
    assert [len(each["problems"]) for each in second] == [0, 1]
