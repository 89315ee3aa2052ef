"""Searching a person over HTTP: what comes back, what is recorded, and that nothing else is stored."""

import datetime as dt
from typing import Any

import httpx
import pytest
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.database import Pool
from registerbro.settings import AuditSettings

from tests.support.cpr_files import ANNA, BENT, CARL, record, simple_person
from tests.support.direct_server import DirectServer
from tests.support.direct_service import PURPOSE, MakeApp, online, switch_on
from tests.support.services import AUDIT_KEY, bearer, running

TABLES = ("contact", "contact_number", "source_record", "outbox", "cpr_open_call", "cpr_wish")


def asking_for(number: str = ANNA, **more: Any) -> dict[str, Any]:
    return {"number": number, "purpose": PURPOSE, **more}


def slug(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return str(answer.json()["type"].rsplit("/", 1)[1])


def protected(number: str = ANNA) -> list[str]:
    """A person whose name and address are protected today."""
    until = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=100)
    record_004 = record("004", number, protection_type="0001", start=dt.date(2020, 1, 1), end=until)
    return online(number, sorted([*simple_person(number), record_004]))


async def stages(pool: Pool) -> list[str]:
    rows = await pool.fetch("select stage from audit_log order by at, stage")
    return [row["stage"] for row in rows]


async def test_a_person_is_found_and_nothing_but_the_access_is_stored(
    direct_client: httpx.AsyncClient, register: DirectServer, pool: Pool
) -> None:
    before = {table: await pool.fetchval(f"select count(*) from {table}") for table in TABLES}
    answer = await direct_client.post("/persons/search", json=asking_for(case_reference="2026-1"))
    assert answer.status_code == 200, answer.text
    person = answer.json()
    assert (person["number"], person["name1"], person["name2"]) == (ANNA, "Anna", "Ål")
    [home] = person["addresses"]
    assert (home["address1"], home["postcode"], home["municipality"]) == ("Møllevej 1", "2850", "0101")
    assert person["info"]["Status"] == ["01"]
    assert (person["origin"], person["contact_id"], person["is_subscribed"]) == ("register", None, False)
    assert register.asked == ["06"]
    assert {table: await pool.fetchval(f"select count(*) from {table}") for table in TABLES} == before
    rows = await pool.fetch("select * from audit_log order by at")
    assert [row["stage"] for row in rows] == ["asked", "delivered"]
    assert {(row["client"], row["action"], row["case_reference"]) for row in rows} == {
        ("journal", "search-person", "2026-1")
    }
    assert "addresses" in rows[1]["fields"]
    assert rows[0]["number_hash"] == rows[1]["number_hash"] is not None


async def test_a_number_that_cpr_does_not_know_is_not_found(
    direct_client: httpx.AsyncClient, pool: Pool
) -> None:
    answer = await direct_client.post("/persons/search", json=asking_for(BENT))
    assert (answer.status_code, slug(answer)) == (404, "person-unknown")
    assert BENT not in answer.text
    assert await stages(pool) == ["asked"]


@pytest.mark.parametrize(
    "body",
    [
        {"number": ANNA},
        {"number": ANNA, "purpose": "  x  "},
        {"number": "0000000000", "purpose": PURPOSE},
        {"number": "123", "purpose": PURPOSE},
        {"number": ANNA, "purpose": PURPOSE, "max_age": 3},
    ],
    ids=["without-purpose", "blank-purpose", "nobody", "short-number", "unknown-field"],
)
async def test_a_call_without_what_it_needs_is_refused_before_cpr_is_asked(
    direct_client: httpx.AsyncClient, register: DirectServer, pool: Pool, body: dict[str, Any]
) -> None:
    answer = await direct_client.post("/persons/search", json=body)
    assert (answer.status_code, slug(answer)) == (422, "invalid-request")
    assert ANNA not in answer.text
    assert register.connections == 0
    assert await stages(pool) == []


async def test_a_replaced_number_leads_to_the_current_one(
    direct_client: httpx.AsyncClient, register: DirectServer
) -> None:
    register.persons[BENT] = [record("001", BENT, status="60", current_pnr=CARL)]
    register.persons[CARL] = online(CARL)
    person = (await direct_client.post("/persons/search", json=asking_for(BENT))).json()
    assert (person["number"], person["former_numbers"], person["name2"]) == (CARL, [], "Ål")
    assert register.asked == ["06", "06"]


async def test_numbers_that_point_to_each_other_are_followed_once(
    direct_client: httpx.AsyncClient, register: DirectServer
) -> None:
    register.persons[BENT] = [record("001", BENT, status="60", current_pnr=CARL)]
    register.persons[CARL] = [record("001", CARL, status="60", current_pnr=BENT)]
    answer = await direct_client.post("/persons/search", json=asking_for(BENT))
    assert answer.status_code == 200
    assert register.asked == ["06", "06"]


async def test_the_store_answers_for_a_fresh_subscribed_contact_without_a_call(
    direct_client: httpx.AsyncClient, register: DirectServer, pool: Pool
) -> None:
    imported = (await direct_client.post("/persons/imports", json=asking_for())).json()
    calls = len(register.asked)
    person = (await direct_client.post("/persons/search", json=asking_for(max_age_seconds=3600))).json()
    assert (person["origin"], person["contact_id"]) == ("store", imported["contact_id"])
    assert (person["name1"], person["addresses"][0]["address1"]) == ("Anna", "Møllevej 1")
    assert len(register.asked) == calls

    await pool.execute("update source_record set last_delivered_at = now() - interval '2 hours'")
    person = (await direct_client.post("/persons/search", json=asking_for(max_age_seconds=3600))).json()
    assert person["origin"] == "register"
    await pool.execute("update source_record set last_delivered_at = now(), src_subscribed = false")
    person = (await direct_client.post("/persons/search", json=asking_for(max_age_seconds=3600))).json()
    assert person["origin"] == "register"
    assert len(register.asked) == calls + 2


async def test_name_and_address_of_a_protected_person_are_withheld_without_the_scope(
    direct_client: httpx.AsyncClient, register: DirectServer, issuer: DevelopmentIssuer, pool: Pool
) -> None:
    register.persons[ANNA] = protected()
    for max_age in (None, 3600):
        answer = await direct_client.post("/persons/search", json=asking_for(max_age_seconds=max_age))
        person = answer.json()
        assert (person["is_protected"], person["is_withheld"]) == (True, True)
        assert (person["name1"], person["name2"], person["text"]) == (None, None, None)
        assert all(value is None for name, value in person["addresses"][0].items() if name != "address_type")
        assert "Møllevej" not in answer.text
        assert "Ål" not in answer.text
        await direct_client.post("/persons/imports", json=asking_for())
    fields = await pool.fetchval("select fields from audit_log where stage = 'delivered' order by at limit 1")
    assert not {"name1", "addresses"} & set(fields)

    token = issuer.token(Scope.PERSONS_LOOKUP, Scope.PROTECTED_READ)
    answer = await direct_client.post("/persons/search", json=asking_for(), headers=bearer(token))
    assert (answer.json()["name1"], answer.json()["is_withheld"]) == ("Anna", False)
    assert not await pool.fetchval("select count(*) from access_alert")


async def test_breaking_the_glass_takes_its_scope_and_a_reason_and_raises_an_alert(
    direct_client: httpx.AsyncClient, register: DirectServer, issuer: DevelopmentIssuer, pool: Pool
) -> None:
    register.persons[ANNA] = protected()
    glass = {"reason": "a child must be fetched at once"}
    refused = await direct_client.post("/persons/search", json=asking_for(break_glass=glass))
    assert (refused.status_code, refused.json()["scope"]) == (403, "protected:break-glass")
    assert register.connections == 0

    token = issuer.token(Scope.PERSONS_LOOKUP, Scope.PROTECTED_BREAK_GLASS, client="duty", user="abc")
    answer = await direct_client.post(
        "/persons/search", json=asking_for(break_glass=glass), headers=bearer(token)
    )
    assert answer.json()["name1"] == "Anna"
    reason = await pool.fetchval("select break_glass_reason from audit_log where stage = 'delivered'")
    assert reason == glass["reason"]
    [alert] = (await direct_client.get("/alerts")).json()["items"]
    assert (alert["kind"], alert["client"], alert["acting_user"]) == ("break-glass", "duty", "abc")
    path = f"/alerts/{alert['alert_id']}/acknowledgement"
    assert (await direct_client.post(path, json={"note": "asked the duty officer"})).status_code == 200
    assert (await direct_client.get("/alerts")).json()["items"] == []
    assert (await direct_client.post(path)).status_code == 409


async def test_a_protected_relative_is_withheld_and_takes_breaking_the_glass(
    direct_client: httpx.AsyncClient, register: DirectServer, issuer: DevelopmentIssuer, pool: Pool
) -> None:
    spouse = record("012", ANNA, civil_status="G", civil_status_start="199901011200", spouse_pnr=BENT)
    register.persons[ANNA] = online(records=sorted([*online(), spouse]))
    register.persons[BENT] = protected(BENT)
    for number in (BENT, ANNA):
        await direct_client.post("/persons/imports", json=asking_for(number))
    question = asking_for(max_age_seconds=3600)
    [husband] = (await direct_client.post("/persons/search", json=question)).json()["references"]
    assert (husband["number"], husband["name"], husband["is_protected"]) == (BENT, None, True)

    glass = {"break_glass": {"reason": "a child must be fetched at once"}}
    token = issuer.token(Scope.PERSONS_LOOKUP, Scope.PROTECTED_BREAK_GLASS, client="duty")
    seen = (await direct_client.post("/persons/search", json=question | glass, headers=bearer(token))).json()
    assert (seen["origin"], seen["is_protected"], bool(seen["references"][0]["name"])) == (
        "store",
        False,
        True,
    )
    assert await pool.fetchval("select count(*) from access_alert where kind = 'break-glass'") == 1


async def test_a_record_of_a_protected_relative_is_masked_and_takes_breaking_the_glass(
    direct_client: httpx.AsyncClient, register: DirectServer, issuer: DevelopmentIssuer, pool: Pool
) -> None:
    mother = record("031", ANNA, addressing_name="Mor Skjult", protection_start=dt.date(2020, 1, 1))
    register.persons[ANNA] = online(records=sorted([*online(), mother]))
    masked = await direct_client.post("/persons/records", json=asking_for())
    assert (masked.json()["is_protected"], "Skjult" in masked.text) == (False, False)
    assert await pool.fetchval("select count(*) from access_alert") == 0

    glass = {"break_glass": {"reason": "a child must be fetched at once"}}
    token = issuer.token(Scope.PERSONS_LOOKUP, Scope.PROTECTED_BREAK_GLASS, client="duty")
    seen = await direct_client.post("/persons/records", json=asking_for() | glass, headers=bearer(token))
    assert "Skjult" in seen.text
    assert await pool.fetchval("select count(*) from access_alert where kind = 'break-glass'") == 1


async def test_every_record_is_decoded_with_code_texts_in_both_languages(
    direct_client: httpx.AsyncClient, register: DirectServer
) -> None:
    found = (await direct_client.post("/persons/records", json=asking_for())).json()
    assert [each["record_type"] for each in found["records"]] == ["001", "002", "003", "008"]
    fields = {field["name"]: field for field in found["records"][0]["fields"]}
    assert fields["status"]["value"] == "01"
    assert "folkeregister" in fields["status"]["danish_text"]
    assert "Danish" in fields["status"]["english_text"]
    register.persons[ANNA] = protected()
    masked = await direct_client.post("/persons/records", json=asking_for())
    assert masked.json()["is_masked"]
    assert "Møllevej" not in masked.text


async def test_without_an_audit_row_nothing_is_asked_and_nothing_is_delivered(
    direct_client: httpx.AsyncClient, register: DirectServer, pool: Pool
) -> None:
    await pool.execute(
        "create function refuse() returns trigger language plpgsql as $$ begin"
        " if new.stage = tg_argv[0] then raise 'disk full'; end if; return new; end $$"
    )
    await pool.execute(
        "create trigger t before insert on audit_log for each row execute function refuse('asked')"
    )
    for path in ("search", "records", "imports"):
        answer = await direct_client.post(f"/persons/{path}", json=asking_for())
        assert (answer.status_code, slug(answer)) == (503, "audit-unavailable")
    many = {"numbers": [ANNA], "purpose": PURPOSE}
    assert (await direct_client.post("/persons/import-batches", json=many)).status_code == 503
    assert register.connections == 0

    await pool.execute("drop trigger t on audit_log")
    await pool.execute(
        "create trigger t before insert on audit_log for each row execute function refuse('delivered')"
    )
    for path in ("search", "records", "imports"):
        answer = await direct_client.post(f"/persons/{path}", json=asking_for())
        assert (answer.status_code, slug(answer)) == (503, "audit-unavailable")
        assert "Anna" not in answer.text

    await pool.execute("drop trigger t on audit_log")
    await pool.execute("delete from contact_version")
    await pool.execute("truncate contact, contact_number, source_record cascade")
    await pool.execute(
        "create trigger t before insert on audit_log for each row execute function refuse('imported')"
    )
    answer = await direct_client.post("/persons/imports", json=asking_for())
    assert (answer.status_code, slug(answer)) == (503, "audit-unavailable")
    assert await pool.fetchval("select count(*) from contact") == 0


async def test_a_client_may_cause_only_so_many_paid_calls_a_day(
    make_direct_app: MakeApp, register: DirectServer, issuer: DevelopmentIssuer, pool: Pool
) -> None:
    await switch_on(pool)
    app = make_direct_app(budget={"calls": 2, "clients": {"big": 3}})
    async with running(app) as client:
        small, big = (
            bearer(issuer.token(Scope.PERSONS_LOOKUP, Scope.CONFIG_READ, client=name))
            for name in ("small", "big")
        )
        statuses = [
            (await client.post("/persons/search", json=asking_for(), headers=small)).status_code
            for _ in range(3)
        ]
        assert statuses == [200, 200, 429]
        refused = await client.post("/persons/search", json=asking_for(), headers=small)
        assert slug(refused) == "budget-spent"
        assert 0 < int(refused.headers["retry-after"]) <= 25 * 3600
        assert (await client.post("/persons/search", json=asking_for(), headers=big)).status_code == 200
        assert len(register.asked) == 3
        usage = (await client.get("/usage", headers=small)).json()
        assert {(row["client"], row["calls"], row["most"]) for row in usage} == {
            ("small", 2, 2),
            ("big", 1, 3),
        }
        unknown = await client.post("/persons/search", json=asking_for(BENT), headers=big)
        assert unknown.status_code == 404


async def test_a_call_that_was_never_made_is_given_back(
    make_direct_app: MakeApp, register: DirectServer, issuer: DevelopmentIssuer, pool: Pool
) -> None:
    await switch_on(pool)
    async with running(make_direct_app(budget={"calls": 1}, limits={"tries": 1})) as client:
        client.headers.update(bearer(issuer.token(Scope.PERSONS_LOOKUP, Scope.CONFIG_READ, client="small")))
        register.request_errors.extend(["04"] * 5)
        closed = [
            await client.post("/persons/search", json=asking_for()) for _ in range(6)
        ]  # the last one: CPR rests
        assert [slug(each) for each in closed] == ["cpr-unavailable"] * 6
        assert len(register.asked) == 5
        assert [row["calls"] for row in (await client.get("/usage")).json()] == [0]


@pytest.mark.parametrize("max_age", [None, 3600], ids=["from CPR", "from the store"])
async def test_a_relative_without_a_number_has_the_name_that_cpr_gives(
    direct_client: httpx.AsyncClient, register: DirectServer, max_age: int | None
) -> None:
    parents = record("015", ANNA, father_name="Lars Ål")
    register.persons[ANNA] = online(records=sorted([*online(), parents]))
    await direct_client.post("/persons/imports", json=asking_for())
    answer = await direct_client.post("/persons/search", json=asking_for(max_age_seconds=max_age))
    [father] = answer.json()["references"]
    assert (father["role"], father["number"], father["name"]) == ("Far", None, "Lars Ål")


async def test_who_asks_for_unusually_many_persons_raises_an_alert(
    make_direct_app: MakeApp, register: DirectServer, issuer: DevelopmentIssuer, pool: Pool
) -> None:
    await switch_on(pool)
    numbers = [f"0101701{i:03}" for i in range(6)]
    for number in numbers:
        register.persons[number] = online(number)
    audit = AuditSettings(key=AUDIT_KEY, harvest_persons=5)
    async with running(make_direct_app(shared={"audit": audit})) as client:
        client.headers.update(bearer(issuer.token(Scope.PERSONS_LOOKUP, Scope.AUDIT_READ, client="curious")))
        for number in [*numbers[:5], *numbers[:5]]:
            assert (await client.post("/persons/search", json=asking_for(number))).status_code == 200
        assert (await client.get("/alerts")).json()["items"] == []
        assert (await client.post("/persons/search", json=asking_for(numbers[5]))).status_code == 200
        [alert] = (await client.get("/alerts")).json()["items"]
    assert (alert["kind"], alert["client"], alert["facts"]["persons"]) == ("harvesting", "curious", 6)


async def test_switched_off_the_module_answers_so(
    make_direct_app: MakeApp, issuer: DevelopmentIssuer, register: DirectServer
) -> None:
    async with running(make_direct_app()) as client:
        token = bearer(issuer.token(Scope.PERSONS_LOOKUP))
        answer = await client.post("/persons/search", json=asking_for(), headers=token)
    assert (answer.status_code, slug(answer)) == (409, "feature-disabled")
    assert register.connections == 0
