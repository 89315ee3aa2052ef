"""The search of the audit log: accesses as wholes, each filter, pages, and the search itself in the log."""

import datetime as dt
import json
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from console.audit import inquiries
from console.audit.inquiries import Position, Search
from registerbro.audit import Auditor, Purpose
from registerbro.auth import Caller, DevelopmentIssuer, Scope
from registerbro.cpr.numbers import CprNumber
from registerbro.database import Pool
from registerbro.protection import BreakGlass
from registerbro.settings import Settings

from tests.support.console_watching import Row, logged, slug, watching
from tests.support.services import AUDIT_KEY

SEARCH = "/audit/search"
ANNA, BO = (Caller("case-system", user, frozenset()) for user in ("anna", "bo"))
JOURNAL = Caller("journal", None, frozenset())
NUMBER, OTHER = CprNumber.parse("2504619996"), CprNumber.parse("0101609995")
WHY = Purpose(purpose="child support for 250461-9996", case_reference="2026-17")
OTHER_WHY = Purpose(purpose="a school place")
GLASS = BreakGlass(reason="the child is ill and cannot wait")


@pytest.fixture
async def dpo(service_settings: Settings, issuer: DevelopmentIssuer) -> AsyncIterator[httpx.AsyncClient]:
    async with watching(service_settings, issuer, Scope.AUDIT_READ) as client:
        yield client


@pytest.fixture
async def accesses(pool: Pool) -> dict[str, uuid.UUID]:
    """Four accesses, each by its name."""
    auditor = Auditor(pool, AUDIT_KEY, "cpr-direct")
    lookup = await auditor.asked(ANNA, "search-person", WHY, number=NUMBER)
    await auditor.delivered(lookup, contact_ids=[7], fields=["name1", "address:HA"])
    hits = await Auditor(pool, AUDIT_KEY, "console").asked(BO, "search-contacts", OTHER_WHY)
    await auditor.delivered(hits, contact_ids=[6, 7, 8], fields=["name1"])
    broken = await auditor.asked(BO, "search-person", OTHER_WHY, number=OTHER)
    await auditor.delivered(broken, contact_ids=[9], fields=["name1"], break_glass=GLASS)
    unanswered = await auditor.asked(JOURNAL, "import-person", OTHER_WHY, number=OTHER)
    named = {"lookup": lookup, "hits": hits, "broken": broken, "unanswered": unanswered}
    return {name: inquiry.audit_id for name, inquiry in named.items()}


async def found(dpo: httpx.AsyncClient, accesses: dict[str, uuid.UUID], **where: Any) -> list[str]:
    answer = await dpo.post(SEARCH, json={"purpose": "a complaint", "where": where})
    assert answer.status_code == 200, answer.text
    names = {str(audit_id): name for name, audit_id in accesses.items()}
    return [names.get(each["audit_id"], each["action"]) for each in answer.json()["items"]]


async def test_accesses_are_shown_as_wholes_without_the_number_and_each_filter_chooses(
    dpo: httpx.AsyncClient, accesses: dict[str, uuid.UUID], pool: Pool
) -> None:
    answer = await dpo.post(SEARCH, json={"where": {"client": "case-system"}})
    shown = {each["audit_id"]: each for each in answer.json()["items"]}[str(accesses["lookup"])]
    del shown["at"]
    assert shown == {
        "audit_id": str(accesses["lookup"]),
        "client": "case-system",
        "acting_user": "anna",
        "service": "cpr-direct",
        "action": "search-person",
        "purpose": "child support for 250461-xxxx",
        "case_reference": "2026-17",
        "by_number": True,
        "stages": ["asked", "delivered"],
        "contact_ids": [7],
        "fields": ["address:HA", "name1"],
        "break_glass_reason": None,
    }
    assert NUMBER.value not in answer.text
    assert answer.headers["cache-control"] == "no-store"

    assert await found(dpo, accesses) == [inquiries.SEARCH, "unanswered", "broken", "hits", "lookup"]
    expected: list[tuple[dict[str, Any], list[str]]] = [
        ({"number": "250461-9996"}, ["lookup"]),
        ({"number": NUMBER.value, "contact_ids": [8]}, ["hits", "lookup"]),
        ({"number": "25046199", "name_type": "J"}, []),
        ({"contact_ids": [7]}, ["hits", "lookup"]),
        ({"contact_ids": [7], "acting_user": "bo"}, ["hits"]),
        ({"contact_ids": [7], "case_reference": "2026-17"}, ["lookup"]),
        ({"client": "journal"}, ["unanswered"]),
        ({"acting_user": "bo"}, ["broken", "hits"]),
        ({"service": "console", "action": "search-contacts"}, ["hits"]),
        ({"stage": "delivered"}, ["broken", "hits", "lookup"]),
        ({"purpose_contains": "SCHOOL"}, ["unanswered", "broken", "hits"]),
        ({"purpose_contains": "%"}, []),
        ({"case_reference": "2026-17"}, ["lookup"]),
        ({"only_broken_glass": True}, ["broken"]),
        ({"only_broken_glass": True, "contact_ids": [7]}, []),
        ({"to": (dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)).isoformat()}, []),
        (
            {"from": (dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)).isoformat(), "client": "journal"},
            ["unanswered"],
        ),
    ]
    for where, names in expected:
        got = [name for name in await found(dpo, accesses, **where) if name != inquiries.SEARCH]
        assert got == names, where
    company = inquiries.Number("J", "25046199")
    asked = await Auditor(pool, AUDIT_KEY, "cvr-online").asked(
        JOURNAL, "search-company", OTHER_WHY, number=company, name_type="J"
    )
    accesses["company"] = asked.audit_id
    assert await found(dpo, accesses, number="25046199", name_type="J", client="journal") == ["company"]


async def test_a_search_stands_in_the_log_with_whom_and_why(
    dpo: httpx.AsyncClient, accesses: dict[str, uuid.UUID], pool: Pool
) -> None:
    for where in ({"number": NUMBER.value}, {"contact_ids": [7]}):
        refused = await dpo.post(SEARCH, json={"where": where})
        assert (refused.status_code, slug(refused)) == (400, "purpose-required")
    assert await pool.fetchval("select count(*) from audit_log where action = $1", inquiries.SEARCH) == 0
    asked = {"purpose": "a complaint", "case_reference": "2026-99", "where": {"number": NUMBER.value}}
    assert len((await dpo.post(SEARCH, json=asked)).json()["items"]) == 1
    again = (await dpo.post(SEARCH, json=asked)).json()["items"]
    assert [each["action"] for each in again] == [inquiries.SEARCH, "search-person"]
    facts = ("client", "acting_user", "service", "purpose", "case_reference", "stages")
    assert [again[0][name] for name in facts] == [
        "watch", "dpo", "console", "a complaint", "2026-99", ["asked", "delivered"],
    ]  # fmt: skip
    await dpo.post(SEARCH, json={})
    unnamed = await pool.fetchval(
        "select purpose from audit_log where action = $1 order by at desc", inquiries.SEARCH
    )
    assert unnamed == inquiries.NOBODY_NAMED.purpose


async def test_pages_follow_each_other_over_the_days(pool: Pool) -> None:
    today = dt.datetime.now(dt.UTC).date()
    rows = [Row(uuid.uuid4(), today - dt.timedelta(days=each // 3 + 1)) for each in range(11)]
    await logged(pool, rows)
    now = dt.datetime.now(dt.UTC)
    asked = Search(now - dt.timedelta(days=30), now, client="case-system")
    pages: list[list[inquiries.Inquiry]] = []
    while not pages or len(pages[-1]) == 4:
        before = Position.parse(str(pages[-1][-1].position)) if pages else None
        pages.append(await inquiries.find(pool, asked, None, before=before, size=4))
    assert [len(page) for page in pages] == [4, 4, 3]
    shown = [each.audit_id for page in pages for each in page]
    days = {row.audit_id: row.day for row in rows}
    assert sorted(shown) == sorted(days)
    assert [days[each] for each in shown] == sorted(days.values(), reverse=True)


REFUSED: dict[str, dict[str, Any]] = {
    "no number": {"where": {"number": "0101601"}},
    "nobody": {"where": {"number": "0000000000"}},
    "CPR for CVR": {"where": {"number": "2504619996", "name_type": "J"}},
    "day for time": {"where": {"from": "2026-01-01"}},
    "number for time": {"where": {"from": 1700000000}},
    "no zone": {"where": {"from": "2026-01-01T00:00:00"}},
    "too long": {"where": {"from": "2024-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}},
    "upside down": {"where": {"from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}},
    "far away": {"where": {"to": "9999-12-31T23:59:59Z"}},
    "cursor": {"after": "2026-13-01_2026-01-01T00:00:00+00:00_x"},
    "NUL": {"where": {"client": "a\x00"}},
    "unknown": {"where": {"name": "Hansen"}},
    "flag": {"where": {"only_broken_glass": "yes"}},
}  # fmt: skip


async def test_what_cannot_be_searched_for_or_recorded_is_refused(dpo: httpx.AsyncClient, pool: Pool) -> None:
    for name, wrong in REFUSED.items():
        answer = await dpo.post(SEARCH, json={"purpose": "a complaint"} | wrong)
        assert (answer.status_code, slug(answer)) == (422, "invalid-request"), name
        assert "0101601" not in answer.text
        assert "2504619996" not in answer.text
    await pool.execute("create rule lost as on insert to audit_log do instead select 1 / 0")
    refused = await dpo.post(SEARCH, json={})
    assert (refused.status_code, slug(refused)) == (503, "audit-unavailable")


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


async def test_every_search_reads_by_an_index(pool: Pool) -> None:
    """On a log of many days: no partition is read through, the newest page touches one day, other days are not opened."""
    today = dt.datetime.now(dt.UTC).date()
    async with pool.acquire() as connection:
        await connection.execute(
            "select ensure_partitions('audit_log', interval '1 day', $1, $2)",
            today - dt.timedelta(days=40),
            today,
        )
        await connection.execute(
            "insert into audit_log (audit_id, audit_day, stage, at, client, service, action, purpose, number_hash, contact_ids,"
            " case_reference, break_glass_reason)"
            " select gen_random_uuid(), d, 'asked', d + time '01:00' + each * interval '1 second', 'c', 's', 'a', 'p',"
            "  sha256(convert_to(each::text, 'UTF8')), array[each], 'case ' || each, case when each % 250 = 0 then 'r' end"
            " from generate_series($1::date, $2::date, interval '1 day') as day, generate_series(1, 500) as each,"
            "  lateral (select day::date as d) as days",
            today - dt.timedelta(days=39),
            today - dt.timedelta(days=1),
        )
        await connection.execute("analyze audit_log")
    now = dt.datetime.now(dt.UTC)
    number = inquiries.Number("C", "2504619996")
    searches = {
        "newest": Search(now - dt.timedelta(days=30), now),
        "client": Search(now - dt.timedelta(days=30), now, client="c"),
        "number": Search(now - dt.timedelta(days=30), now, number=number),
        "contact": Search(now - dt.timedelta(days=30), now, contact_ids=(5,)),
        "case": Search(now - dt.timedelta(days=30), now, case_reference="case 5"),
        "broken glass": Search(now - dt.timedelta(days=30), now, only_broken_glass=True),
    }
    for name, asked in searches.items():
        plan = await _plan(pool, asked, Auditor(pool, AUDIT_KEY, "console").number_hash(number))
        read = [node for node in _nodes(plan) if "Relation Name" in node and node["Actual Loops"]]
        through = {
            node["Relation Name"]
            for node in read
            if node["Node Type"] == "Seq Scan" and node["Plan Rows"] > 100
        }
        assert not through, name
        oldest = min((node["Relation Name"] for node in read), default="audit_log_99999999")
        assert oldest >= f"audit_log_{today - dt.timedelta(days=31):%Y%m%d}", name
        rows = sum(node["Actual Rows"] * node["Actual Loops"] for node in read)
        assert rows < 500, (name, rows)


async def _plan(pool: Pool, asked: Search, number_hash: bytes) -> dict[str, Any]:
    name, parameters = inquiries.statement(asked, number_hash, None, 50)
    order = inquiries._SQL.driver_adapter.var_sorted[name]
    sql = f"explain (analyze, format json) {getattr(inquiries._SQL, name).sql}"
    plan = await pool.fetchval(sql, *(parameters[each] for each in order))
    return dict(json.loads(plan)[0]["Plan"])
