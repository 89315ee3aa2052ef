"""Importing persons over HTTP: the contact, the subscription, repeating it, many at once."""

import asyncio
import datetime as dt
from typing import Any

import httpx
import pytest
from cpr_direct import importing
from cpr_direct.errors import PersonUnknown
from cpr_direct.worker import Worker
from registerbro.audit import Purpose
from registerbro.auth import Caller
from registerbro.contacts import merge
from registerbro.contacts.model import Channel, Outcome, RegisterTime
from registerbro.cpr.numbers import CprNumber
from registerbro.database import Pool
from registerbro.subscriptions import never

from tests.support.cpr_files import ANNA, BENT, CARL, record
from tests.support.deliveries import BATCH, NOW, delivery
from tests.support.direct_server import DirectServer
from tests.support.direct_service import PURPOSE, OpenDirect, online, subscribes, switch_on
from tests.support.waiting import until

CALLER = Caller("journal", None, frozenset())


async def always() -> bool:
    return True


async def imported(client: httpx.AsyncClient, number: str = ANNA, **more: Any) -> httpx.Response:
    return await client.post("/persons/imports", json={"number": number, "purpose": PURPOSE, **more})


async def source_of(pool: Pool, number: str = ANNA) -> dict[str, Any]:
    row = await pool.fetchrow(
        "select source_record.* from source_record join contact_number using (contact_id) where number = $1",
        number,
    )
    assert row is not None
    return dict(row)


async def events(pool: Pool) -> list[str]:
    rows = await pool.fetch(
        "select routing_key from outbox where routing_key like 'contact.%' order by sequence"
    )
    return [row["routing_key"] for row in rows]


async def test_an_import_makes_a_contact_and_subscribes_the_person(
    direct_client: httpx.AsyncClient, register: DirectServer, pool: Pool
) -> None:
    answer = await imported(direct_client, case_reference="2026-7")
    assert answer.status_code == 201, answer.text
    assert answer.json()["outcome"] == "created"
    assert answer.json()["person"]["is_subscribed"]
    assert register.asked == ["16"]
    assert register.subscribed == {ANNA}
    source = await source_of(pool)
    assert (source["src_subscribed"], source["subscribed"]) == (True, True)
    assert await events(pool) == ["contact.imported"]
    assert await pool.fetchval("select count(*) from cpr_open_call") == 0
    stages = await pool.fetch("select stage, contact_ids from audit_log order by at")
    assert [row["stage"] for row in stages] == ["asked", "imported", "delivered"]
    assert stages[1]["contact_ids"] == [answer.json()["contact_id"]]


async def test_an_import_may_be_repeated(
    direct_client: httpx.AsyncClient, register: DirectServer, pool: Pool
) -> None:
    first = await imported(direct_client)
    again = await imported(direct_client)
    assert (again.status_code, again.json()["outcome"]) == (200, "unchanged")
    assert again.json()["contact_id"] == first.json()["contact_id"]
    register.persons[ANNA] = online(records=[each.replace("Møllevej 1", "Åvej 2    ") for each in online()])
    moved = await imported(direct_client)
    assert (moved.status_code, moved.json()["outcome"]) == (200, "updated")
    assert {each["address_type"] for each in moved.json()["person"]["addresses"]} == {"HA", "CPRADR"}
    assert await events(pool) == ["contact.imported", "contact.updated"]
    calls = len(register.asked)
    fresh = await imported(direct_client, max_age_seconds=600)
    assert (fresh.status_code, fresh.json()["outcome"], len(register.asked)) == (200, "fresh", calls)


async def test_without_subscription_in_the_source_nobody_is_subscribed(
    direct_client: httpx.AsyncClient, register: DirectServer, pool: Pool
) -> None:
    await subscribes(pool, by_import=False)
    assert (await imported(direct_client)).status_code == 201
    assert register.asked == ["06"]
    assert register.subscribed == set()
    source = await source_of(pool)
    assert (source["src_subscribed"], source["subscribed"]) == (False, None)


async def test_a_number_on_the_list_of_those_never_subscribed_is_imported_and_not_subscribed(
    direct_client: httpx.AsyncClient, register: DirectServer, pool: Pool
) -> None:
    added = await direct_client.post(
        "/never-subscribed", json={"number": ANNA, "reason": "an employee of ours"}
    )
    assert added.status_code == 201, added.text
    assert (await imported(direct_client)).status_code == 201
    assert register.asked == ["06"]
    listed = (await direct_client.get("/never-subscribed")).json()["items"]
    assert [(each["number"], each["reason"]) for each in listed] == [("010170-xxxx", "an employee of ours")]
    assert ANNA not in str(listed)
    gone = await direct_client.delete(f"/never-subscribed/{listed[0]['entry_id']}")
    assert gone.status_code == 204
    assert (await direct_client.delete(f"/never-subscribed/{listed[0]['entry_id']}")).status_code == 404
    assert await never.is_listed(pool, [CprNumber(ANNA)]) == set()


async def test_an_import_by_a_replaced_number_subscribes_the_current_one_alone(
    direct_client: httpx.AsyncClient, register: DirectServer, pool: Pool
) -> None:
    register.persons[BENT] = [record("001", BENT, status="60", current_pnr=CARL)]
    register.persons[CARL] = online(CARL)
    answer = await imported(direct_client, BENT)
    assert (answer.status_code, answer.json()["person"]["number"]) == (201, CARL)
    assert answer.json()["person"]["former_numbers"] == [BENT]

    async def only_the_current_one_is_subscribed() -> bool:
        return register.subscribed == {CARL} and not await pool.fetchval("select count(*) from cpr_open_call")

    await until(only_the_current_one_is_subscribed)
    assert (await source_of(pool, BENT))["contact_id"] == answer.json()["contact_id"]


async def test_a_number_that_was_replaced_by_an_unknown_one_is_not_left_subscribed(
    open_direct: OpenDirect, register: DirectServer, pool: Pool
) -> None:
    await switch_on(pool)
    register.persons[BENT] = [record("001", BENT, status="60", current_pnr=CARL)]
    async with open_direct() as direct:
        with pytest.raises(PersonUnknown):
            await importing.perform(direct, CprNumber(BENT), CALLER, Purpose(purpose=PURPOSE))
        assert register.subscribed == {BENT}
        assert await Worker(direct, always).work() == 1
    assert register.asked == ["16", "16", "30"]
    assert register.subscribed == set()
    assert await pool.fetchval("select count(*) from cpr_open_call") == 0


async def test_a_replaced_number_that_is_never_subscribed_counts_for_the_current_one(
    direct_client: httpx.AsyncClient, register: DirectServer, pool: Pool
) -> None:
    register.persons[BENT] = [record("001", BENT, status="60", current_pnr=CARL)]
    register.persons[CARL] = online(CARL)
    await direct_client.post("/never-subscribed", json={"number": BENT, "reason": "ours"})
    assert (await imported(direct_client, BENT)).status_code == 201
    assert register.asked == ["06", "06"]
    source = await source_of(pool, CARL)
    assert (source["src_subscribed"], source["subscribed"]) == (False, None)


async def test_an_unknown_number_leaves_nothing_behind(
    direct_client: httpx.AsyncClient, register: DirectServer, pool: Pool
) -> None:
    assert (await imported(direct_client, BENT)).status_code == 404
    for table in ("contact", "cpr_open_call"):
        assert await pool.fetchval(f"select count(*) from {table}") == 0
    assert await events(pool) == []


async def test_without_the_contact_type_nobody_is_imported_and_cpr_is_not_asked(
    direct_client: httpx.AsyncClient, register: DirectServer, pool: Pool
) -> None:
    await pool.execute("delete from contact_type where name_type = 'C'")
    answer = await imported(direct_client)
    assert (answer.status_code, answer.json()["name_type"]) == (409, "C")
    assert answer.json()["type"].endswith("/contact-type-missing")
    assert (register.asked, register.subscribed) == ([], set())


async def test_a_placeholder_becomes_a_contact_by_its_import(
    direct_client: httpx.AsyncClient, register: DirectServer, pool: Pool
) -> None:
    spouse = record("012", ANNA, civil_status="G", civil_status_start="199901011200", spouse_pnr=BENT)
    register.persons[ANNA] = online(records=sorted([*online(), spouse]))
    register.persons[BENT] = online(BENT)
    person = (await imported(direct_client)).json()["person"]
    [husband] = person["references"]
    assert (husband["role"], husband["number"]) == ("Ægtefælle", BENT)
    answer = await imported(direct_client, BENT)
    assert (answer.status_code, answer.json()["contact_id"]) == (201, husband["contact_id"])


async def test_many_are_imported_each_with_an_outcome_of_its_own(
    direct_client: httpx.AsyncClient, register: DirectServer, pool: Pool
) -> None:
    register.persons[CARL] = online(CARL)
    body = {"numbers": [ANNA, BENT, "12", CARL, f"{ANNA[:6]}-{ANNA[6:]}"], "purpose": PURPOSE}
    answer = await direct_client.post("/persons/import-batches", json=body)
    assert answer.status_code == 200, answer.text
    done = answer.json()
    assert done["counts"] == {"created": 3, "failed": 2}
    outcomes = [(each["place"], each["outcome"]) for each in done["items"]]
    assert outcomes == [(0, "created"), (1, "failed"), (2, "failed"), (3, "created"), (4, "created")]
    assert done["items"][0]["contact_id"] == done["items"][4]["contact_id"]
    assert done["items"][1]["failure"]["type"].endswith("/person-unknown")
    assert sorted(register.asked) == ["16", "16", "16"]
    assert BENT not in answer.text
    rows = await pool.fetch("select stage from audit_log")
    assert sorted(row["stage"] for row in rows) == ["asked", "asked", "asked", "imported", "imported"]
    too_many = {"numbers": [ANNA] * 1001, "purpose": PURPOSE}
    assert (await direct_client.post("/persons/import-batches", json=too_many)).status_code == 422


async def test_a_thousand_are_imported_within_the_limit_of_connections(
    direct_client: httpx.AsyncClient, register: DirectServer, pool: Pool
) -> None:
    numbers = [f"{1 + i % 28:02}{1 + i // 28 % 12:02}701{i % 1000:03}" for i in range(1000)]
    for number in numbers:
        register.persons[number] = online(number)
    answer = await direct_client.post(
        "/persons/import-batches", json={"numbers": numbers, "purpose": PURPOSE}
    )
    assert answer.json()["counts"] == {"created": len(set(numbers))}
    assert register.most_open <= 16
    assert len(register.logons) == 1
    assert await pool.fetchval("select count(*) from source_record where src_subscribed") == len(set(numbers))


async def test_concurrent_imports_of_one_person_make_one_contact(
    direct_client: httpx.AsyncClient, pool: Pool
) -> None:
    answers = await asyncio.gather(*(imported(direct_client) for _ in range(20)))
    assert sorted(each.status_code for each in answers) == [200] * 19 + [201]
    assert len({each.json()["contact_id"] for each in answers}) == 1
    assert (await events(pool)).count("contact.imported") == 1


@pytest.mark.parametrize("is_subscribed", [True, False])
async def test_files_change_only_who_is_imported_and_subscribed(
    direct_client: httpx.AsyncClient, pool: Pool, *, is_subscribed: bool
) -> None:
    await subscribes(pool, by_import=is_subscribed)
    await imported(direct_client)
    later = NOW.date() + dt.timedelta(days=2)
    time = RegisterTime(later, Channel.BATCH, "463003", NOW)
    deliveries = [delivery(number, time=time) for number in (ANNA, BENT)]
    results = await merge.apply(pool, deliveries, BATCH, now=NOW)
    expected = Outcome.UPDATED if is_subscribed else Outcome.NOT_SUBSCRIBED
    assert [each.outcome for each in results] == [expected, Outcome.NOT_IMPORTED]
