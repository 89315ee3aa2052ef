"""Looking units up and searching for them: what callers get, what they are refused, and what is recorded."""

import asyncio
import datetime as dt
from typing import Any

import httpx
import pytest
from cvr_online import importing, looking
from cvr_online.errors import CriteriaRefused
from cvr_online.looking import PageWanted
from cvr_online.online import Reason
from cvr_online.views.hits import Matching
from registerbro import sources
from registerbro.audit import Purpose
from registerbro.auth import Caller, DevelopmentIssuer, Scope
from registerbro.cvr.units import Part
from registerbro.database import Pool
from registerbro.number_hash import NumberHasher
from registerbro.registers import errors
from registerbro.registers.port import NameSearch
from registerbro.sources import CvrSource

from tests.support.cvr_provider import p_number
from tests.support.cvr_register import COMPANY, SHOP, STORE, AskedProvider, OpenOnline, unit
from tests.support.services import AUDIT_KEY, bearer
from tests.support.waiting import until

PURPOSE = "address for a letter"
NO_NUMBERS = {
    "26911746": "check digit",
    "0101701234": "first is not 0",
    "310170-1234": "written like a CPR number",
    "310170 1234": "written like a CPR number",
    "31 01 70 1234": "written like a CPR number",
    "31.01.70-1234": "written like a CPR number",
    "1234": "eight digits, a P-number ten",
    "Tømrer": "eight digits, a P-number ten",
    "1003387453\x00": "eight digits, a P-number ten",
}
FAILURES = {
    "register-throttled": (
        503,
        errors.Throttled("the register asks us to wait", retry_after=dt.timedelta(seconds=7)),
    ),
    "register-timed-out": (504, errors.TimedOut("no answer within 60 s")),
    "register-token-refused": (503, errors.TokenRefused("no token", code="invalid_client")),
    "certificate-expired": (503, errors.CertificateExpired("it expired", expired_on=dt.date(2026, 1, 1))),
    "register-field-unusable": (502, errors.FieldUnusable("virksomhed.CVRNummer", "is missing")),
}
REASON = Reason(Caller("journal", None, frozenset()), Purpose(purpose=PURPOSE))


async def asked(client: httpx.AsyncClient, path: str, **body: Any) -> httpx.Response:
    return await client.post(f"/units/{path}", json={"purpose": PURPOSE, **body})


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rsplit("/", 1)[1]


async def set_source(pool: Pool, text: str) -> None:
    async with pool.acquire() as connection:
        await sources.save(connection, CvrSource.parse(text), by="test")


async def test_a_unit_is_found_by_either_number_and_nothing_is_stored_but_who_asked(
    client: httpx.AsyncClient, register: AskedProvider, pool: Pool
) -> None:
    found = (await asked(client, "lookup", number=" DK 26 91 17 45 ", case_reference="2026-7")).json()
    assert (found["number"], found["kind"], found["name"]) == (COMPANY.value, "company", "Tømrer Ål ApS")
    assert found["address"]["road"] == "Møllevej"
    assert found["address"]["floor"] is None
    assert found["main_industry"] == {"code": "433200", "text": "Tømrervirksomhed", "classification": None}
    assert found["is_advertising_protected"] is True
    assert (found["contact_id"], found["is_imported"], found["company"]) == (None, False, None)
    shop = (await asked(client, "lookup", number=SHOP.value)).json()
    assert (shop["kind"], shop["company"]) == ("production-unit", COMPANY.value)
    assert register.asked == [COMPANY, SHOP]
    assert await pool.fetchval("select count(*) from contact") == 0
    rows = await pool.fetch(
        "select stage, action, number_hash, fields, case_reference from audit_log order by at"
    )
    assert [row["stage"] for row in rows] == ["asked", "delivered"] * 2
    assert {row["action"] for row in rows} == {"lookup-unit"}
    assert rows[0]["case_reference"] == "2026-7"
    assert rows[0]["number_hash"] == NumberHasher(AUDIT_KEY).of("J", COMPANY.value)
    assert "address" in rows[1]["fields"]
    assert await pool.fetchval("select count(*) from recently_asked") == 0, "companies are no persons"


async def test_what_is_no_number_is_refused_with_the_reason_and_not_repeated(
    client: httpx.AsyncClient, register: AskedProvider
) -> None:
    for number, reason in NO_NUMBERS.items():
        for path in ("lookup", "search", "imports"):
            answer = await asked(client, path, number=number)
            assert problem(answer) == (422, "number-refused")
            assert reason in answer.json()["detail"]
            assert number not in answer.text
    assert register.asked == []


async def test_a_number_that_nobody_has_is_unknown_and_finds_nothing(client: httpx.AsyncClient) -> None:
    answer = await asked(client, "lookup", number=p_number(7).value)
    assert problem(answer) == (404, "unit-unknown")
    found = (await asked(client, "search", number=p_number(7).value)).json()
    assert (found["items"], found["matching"]) == ([], "number")


async def test_parts_that_are_not_delivered_are_null_and_empty_ones_are_empty(
    open_online: OpenOnline, register: AskedProvider
) -> None:
    few = frozenset({Part.NAME, Part.ADDRESS, Part.PHONE})
    register.add(unit(COMPANY, delivers=few, phone="", address=None))
    async with open_online() as online:
        found = await looking.lookup(online, COMPANY, REASON)
        [hit] = (await looking.search_number(online, COMPANY, REASON)).items
    assert (found.name, found.phone, found.address) == ("Tømrer Ål ApS", "", None)
    assert (found.fax, found.main_industry, found.is_advertising_protected) == (None, None, None)
    assert found.delivers == [Part.ADDRESS, Part.NAME, Part.PHONE]
    assert hit.has_ceased is None


async def test_a_unit_whose_end_is_still_to_come_has_not_ceased(
    open_online: OpenOnline, register: AskedProvider
) -> None:
    ceased = []
    async with open_online(cache_seconds=0) as online:
        for end in (None, dt.date(2020, 5, 1), dt.date(2999, 1, 1)):
            register.add(unit(COMPANY, end_date=end))
            ceased += [
                each.has_ceased for each in (await looking.search_number(online, COMPANY, REASON)).items
            ]
    assert ceased == [False, True, False]


async def test_the_level_decides_what_is_shown_at_once(open_online: OpenOnline, pool: Pool) -> None:
    async with open_online() as online:
        for level, phone in (("1", None), ("2", "70101155"), ("3", "70101155")):
            await set_source(pool, f"Level:{level}")
            found = await looking.lookup(online, COMPANY, REASON)
            assert (found.name, found.phone) == ("Tømrer Ål ApS", phone)


async def test_an_answer_is_used_again_unless_a_fresh_one_is_wanted(
    open_online: OpenOnline, register: AskedProvider, pool: Pool
) -> None:
    async with open_online() as online:
        first = await looking.lookup(online, COMPANY, REASON)
        again = await looking.search_number(online, COMPANY, REASON)
        assert again.items[0].name == first.name
        assert register.asked == [COMPANY]
        fresh = await looking.lookup(online, COMPANY, REASON, is_fresh=True)
    assert register.asked == [COMPANY, COMPANY]
    assert fresh.as_of > first.as_of
    assert await pool.fetchval("select count(*) from audit_log where stage = 'asked'") == 3
    async with open_online(cache_seconds=0) as online:
        for _ in range(2):
            await looking.lookup(online, COMPANY, REASON)
    assert len(register.asked) == 4


async def test_many_callers_at_once_cost_one_question_and_each_is_recorded(
    open_online: OpenOnline, register: AskedProvider, pool: Pool
) -> None:
    async def all_are_recorded() -> bool:
        return bool(await pool.fetchval("select count(*) = 5 from audit_log"))

    register.gate.clear()
    async with open_online() as online:
        calls = [asyncio.create_task(looking.lookup(online, SHOP, REASON)) for _ in range(5)]
        await until(all_are_recorded)
        register.gate.set()
        found = await asyncio.gather(*calls)
    assert {each.number for each in found} == {SHOP.value}
    assert register.asked == [SHOP]
    assert await pool.fetchval("select count(*) from audit_log where stage = 'delivered'") == 5


async def test_who_asks_for_one_of_a_list_under_way_hears_what_became_of_that_one(
    open_online: OpenOnline, register: AskedProvider
) -> None:
    register.faults[STORE] = errors.FieldUnusable("produktionsenhed.pNummer", "is missing")
    register.most_at_once = 10
    register.gate.clear()
    async with open_online() as online:
        many = asyncio.create_task(importing.import_many(online, [SHOP, STORE], REASON))

        async def is_asked() -> bool:
            return register.asked == [(SHOP, STORE)]

        await until(is_asked)
        one, other = (asyncio.create_task(online.register.find(each)) for each in (SHOP, STORE))
        await asyncio.sleep(0)  # both have asked
        register.gate.set()
        found = await one
        assert found is not None
        assert found.number == SHOP
        with pytest.raises(errors.FieldUnusable):
            await other
        assert isinstance((await many)[STORE], errors.FieldUnusable)
    assert register.asked == [(SHOP, STORE)]


async def test_a_search_by_name_is_paged_and_says_what_the_store_has(
    open_online: OpenOnline, register: AskedProvider, pool: Pool
) -> None:
    async with open_online() as online:
        known = (await importing.import_one(online, SHOP, REASON)).imported.contact_id
        first = await looking.search_name(online, "Tømrer", PageWanted(1, 2), REASON)
        second = await looking.search_name(online, "Tømrer", PageWanted(2, 2), REASON)
        assert (len(first.items), first.has_more, first.matching) == (2, True, Matching.PREFIX)
        assert (len(second.items), second.has_more) == (1, False)
        by_number = {each.number: each for each in (*first.items, *second.items)}
        assert (by_number[SHOP.value].contact_id, by_number[SHOP.value].is_imported) == (known, True)
        placeholder = by_number[COMPANY.value]
        assert placeholder.contact_id is not None, "the unit's reference made it"
        assert placeholder.is_imported is False
        register.name_search = NameSearch.EXACT
        exact = await looking.search_name(online, "Tømrer", PageWanted(), REASON)
    assert exact.matching is Matching.EXACT
    rows = await pool.fetch(
        "select contact_ids from audit_log where action = 'search-unit' and stage = 'delivered'"
    )
    assert any(known in row["contact_ids"] for row in rows)
    assert register.asked[1:3] == [("named", "Tømrer", 1, 2), ("named", "Tømrer", 2, 2)]


async def test_a_search_by_anything_else_is_refused_with_the_reason(
    client: httpx.AsyncClient, register: AskedProvider
) -> None:
    for criteria in ({"address": "Møllevej 1"}, {"postcode": "2850"}, {"name": "Tømrer", "road": "Møllevej"}):
        answer = await asked(client, "search", **criteria)
        assert problem(answer) == (422, "criteria-refused")
        assert "by number or by name" in answer.json()["detail"]
        assert "2019" in answer.json()["detail"]
    for criteria in ({}, {"name": "Tømrer", "number": COMPANY.value}):
        assert problem(await asked(client, "search", **criteria)) == (422, "criteria-refused")
    assert register.asked == []


async def test_a_name_that_may_hold_a_persons_number_is_not_sent(
    open_online: OpenOnline, register: AskedProvider
) -> None:
    async with open_online() as online:
        with pytest.raises(CriteriaRefused, match="may be a person's number") as refused:
            await looking.search_name(online, "Jensen 010170-1234", PageWanted(), REASON)
    assert "Jensen" not in str(refused.value)
    assert register.asked == []


async def test_what_goes_wrong_at_the_register_is_told(
    client: httpx.AsyncClient, register: AskedProvider
) -> None:
    for slug, (status, error) in FAILURES.items():
        register.fault = error
        answer = await asked(client, "lookup", number=COMPANY.value)
        assert problem(answer) == (status, slug)
        assert answer.json()["detail"] == str(error)
        assert answer.headers.get("Retry-After") == ("7" if slug == "register-throttled" else None)
    register.fault = None
    assert (await asked(client, "lookup", number=COMPANY.value)).status_code == 200, (
        "a failure is not remembered"
    )


async def test_each_route_needs_its_scope_and_the_module(
    client: httpx.AsyncClient, issuer: DevelopmentIssuer, pool: Pool
) -> None:
    client.headers.update(bearer(issuer.token(Scope.UNITS_LOOKUP, client="journal")))
    assert (await asked(client, "lookup", number=COMPANY.value)).status_code == 200
    assert problem(await asked(client, "imports", number=COMPANY.value)) == (403, "scope-missing")
    assert problem(await client.post("/connection/test")) == (403, "scope-missing")
    assert (await client.post("/units/lookup", json={"number": COMPANY.value})).status_code == 422, (
        "no purpose"
    )
