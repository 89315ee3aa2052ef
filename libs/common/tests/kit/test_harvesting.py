"""Harvesting: one alert on who asks for too many different persons, whatever the replica; cheap, and in nobody's way."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from pydantic import SecretStr
from registerbro import harvesting
from registerbro.alerts import Alert, AlertKind, page
from registerbro.audit import Auditor, Delivered, Purpose
from registerbro.auth import Caller, Scope
from registerbro.cpr.numbers import CprNumber
from registerbro.database import Pool, open_pool
from registerbro.harvesting import HarvestLimit
from registerbro.problems import AuditUnavailable
from registerbro.settings import AuditSettings

from tests.support.cvr_provider import cvr_number, p_number

KEY = SecretStr("k" * 32)
PURPOSE = Purpose(purpose="child support")
ANNA = Caller("case-system", "anna", frozenset({Scope.PERSONS_LOOKUP}))
LIMIT = HarvestLimit(5, dt.timedelta(minutes=60))
OLD = dt.timedelta(minutes=61)


def auditor(pool: Pool, limit: HarvestLimit | None = LIMIT) -> Auditor:
    async def ask_limit() -> HarvestLimit | None:
        return limit

    return Auditor(pool, KEY, "cpr-direct", limit=ask_limit)


def persons(count: int, first: int = 0) -> list[CprNumber]:
    """Fictional numbers; day 61 and later are administrative ones that nobody bears."""
    return [
        CprNumber.parse(f"{61 + ordinal % 30}0160{ordinal // 30:04}")
        for ordinal in range(first, first + count)
    ]


async def ask(asks: Auditor, numbers: Sequence[CprNumber], caller: Caller = ANNA) -> None:
    for number in numbers:
        await asks.asked(caller, "lookup", PURPOSE, number=number)


async def raised(pool: Pool) -> list[Alert]:
    return await page(pool, is_open=True, before=2**63 - 1, size=100)


async def make_older(pool: Pool, age: dt.timedelta = OLD) -> None:
    await pool.execute("update recently_asked set asked_at = asked_at - $1::interval", age)
    await pool.execute("update access_alert set raised_at = raised_at - $1::interval", age)


async def test_one_person_more_than_the_limit_raises_one_alert(pool: Pool) -> None:
    asks = auditor(pool)
    await ask(asks, persons(5))
    assert await raised(pool) == []
    await ask(asks, persons(10, first=5))
    (alert,) = await raised(pool)
    assert (alert.kind, alert.service) == (AlertKind.HARVESTING, "cpr-direct")
    assert (alert.client, alert.acting_user) == ("case-system", "anna")
    assert alert.facts == {"persons": 6, "minutes": 60}
    assert await pool.fetchval("select count(*) from outbox where routing_key = 'alert.raised'") == 1


async def test_a_person_counts_once_however_often_asked_for(pool: Pool) -> None:
    asks = auditor(pool)
    for _ in range(4):
        await ask(asks, persons(5))
    assert await raised(pool) == []
    assert await pool.fetchval("select count(*) from audit_log") == 20


async def test_callers_are_counted_apart(pool: Pool) -> None:
    asks = auditor(pool)
    callers = [ANNA, Caller("case-system", "bo", ANNA.scopes), Caller("case-system", None, ANNA.scopes)]
    for ordinal, caller in enumerate(callers):
        await ask(asks, persons(5, first=5 * ordinal), caller)
    assert await raised(pool) == []
    for caller in callers:
        await ask(asks, persons(6), caller)
    assert sorted(str(alert.acting_user) for alert in await raised(pool)) == ["None", "anna", "bo"]


async def test_those_asked_for_long_ago_do_not_count(pool: Pool) -> None:
    asks = auditor(pool)
    await ask(asks, persons(5))
    await make_older(pool)
    await ask(asks, persons(5, first=5))
    assert await raised(pool) == []
    await ask(asks, persons(1))  # again, so this person counts anew
    assert len(await raised(pool)) == 1


async def test_who_goes_on_raises_another_alert_after_the_time(pool: Pool) -> None:
    asks = auditor(pool)
    await ask(asks, persons(8))
    await make_older(pool)
    await ask(asks, persons(8))
    assert len(await raised(pool)) == 2


async def test_a_question_without_a_number_does_not_count(pool: Pool) -> None:
    asks = auditor(pool)
    for _ in range(10):
        await asks.asked(ANNA, "search", PURPOSE, contact_ids=[1, 2, 3])
    assert await raised(pool) == []


async def test_many_at_once_count_as_many(pool: Pool) -> None:
    numbers = persons(40)
    inquiries = await auditor(pool).asked_many(ANNA, "import", PURPOSE, numbers)
    asks = auditor(pool)
    assert [each.number_hash for each in inquiries] == [asks.number_hash(number) for number in numbers]
    assert len({each.audit_id for each in inquiries}) == 40
    (alert,) = await raised(pool)
    assert alert.facts == {"persons": 40, "minutes": 60}


async def test_many_at_once_may_name_a_person_twice_or_nobody(pool: Pool) -> None:
    asks = auditor(pool)
    assert len(await asks.asked_many(ANNA, "import", PURPOSE, persons(3) * 3)) == 9
    assert await asks.asked_many(ANNA, "import", PURPOSE, []) == []
    await asks.delivered_many([])
    assert await pool.fetchval("select count(*) from audit_log") == 9
    assert await raised(pool) == []


async def test_many_are_recorded_whole_or_not_at_all(pool: Pool) -> None:
    asks = auditor(pool)
    inquiries = await asks.asked_many(ANNA, "import", PURPOSE, persons(3))
    answers = [Delivered(each, [ordinal], ["name1"]) for ordinal, each in enumerate(inquiries, start=1)]
    await pool.execute(
        "alter table audit_log add constraint no_third check (contact_ids <> '{3}' and number_hash <> "
        f"'\\x{asks.number_hash(persons(9)[8]).hex()}')"
    )
    with pytest.raises(AuditUnavailable):
        await asks.delivered_many(answers)
    with pytest.raises(AuditUnavailable):
        await asks.asked_many(ANNA, "import", PURPOSE, persons(9))
    assert await pool.fetchval("select count(*) from audit_log") == 3
    await asks.delivered_many(answers[:2])
    rows = await pool.fetch("select audit_id, contact_ids from audit_log where stage = 'delivered'")
    assert {row["audit_id"]: row["contact_ids"] for row in rows} == {
        inquiries[0].audit_id: [1], inquiries[1].audit_id: [2],
    }  # fmt: skip


@pytest.mark.parametrize("count", [6, 40])
async def test_replicas_that_cross_the_limit_at_the_same_time_raise_one_alert(
    pool: Pool, database_url: str, count: int
) -> None:
    """Six at once: none of them sees the others' rows before it commits, and yet one must notice."""
    async with open_pool(database_url, maximum=8) as other:
        replicas = [auditor(pool), auditor(other)]
        asking = [
            replicas[ordinal % 2].asked(ANNA, "lookup", PURPOSE, number=number)
            for ordinal, number in enumerate(persons(count))
        ]
        await asyncio.gather(*asking)
    assert len(await raised(pool)) == 1


async def test_who_asks_for_the_same_many_at_the_same_time_is_not_locked_out(pool: Pool) -> None:
    asks, numbers = auditor(pool), persons(200)
    orders = [numbers, numbers[::-1]] * 3
    await asyncio.wait_for(
        asyncio.gather(*(asks.asked_many(ANNA, "import", PURPOSE, order) for order in orders)), 60
    )
    assert await pool.fetchval("select count(*) from audit_log") == 1200
    assert len(await raised(pool)) == 1


@pytest.mark.parametrize("table", ["access_alert", "outbox"])
async def test_a_look_that_fails_lets_the_answer_pass(
    pool: Pool, caplog: pytest.LogCaptureFixture, table: str
) -> None:
    await pool.execute(f"alter table {table} rename to gone")
    await ask(auditor(pool), persons(7))
    assert await pool.fetchval("select count(*) from audit_log") == 7
    assert sum("harvesting not looked for" in str(each.msg) for each in caplog.records) == 2


async def test_a_look_that_hangs_lets_the_answer_pass(
    pool: Pool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(harvesting, "PATIENCE", dt.timedelta(milliseconds=50))
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("lock table access_alert in access exclusive mode")
        await asyncio.wait_for(ask(auditor(pool), persons(6)), 30)
    assert any("harvesting not looked for" in str(each.msg) for each in caplog.records)
    await ask(auditor(pool), persons(6))
    assert len(await raised(pool)) == 1, "the connection can still be used, and the next look makes up for it"


async def test_what_is_noted_belongs_to_the_row(pool: Pool) -> None:
    await pool.execute("alter table recently_asked rename to gone")
    with pytest.raises(AuditUnavailable):
        await ask(auditor(pool), persons(1))
    assert await pool.fetchval("select count(*) from audit_log") == 0


async def test_nothing_is_noted_where_nobody_is_to_be_alerted(pool: Pool) -> None:
    await ask(auditor(pool, None), persons(20))
    assert await raised(pool) == []
    assert await pool.fetchval("select count(*) from recently_asked") == 0
    assert await pool.fetchval("select count(*) from audit_log") == 20


@pytest.mark.parametrize(("client", "rows"), [("client 1", 301), ("busy", 301), ("idle", 0)])
async def test_looking_reads_no_more_than_the_limit(pool: Pool, client: str, rows: int) -> None:
    """However many persons the caller and others asked for."""
    await pool.execute(
        "insert into recently_asked select case i % 6 when 1 then 'client 1' else 'busy' end, '', sha256(i::text::bytea), now() - i * interval '1 ms'"
        " from generate_series(1, 60000) i"
    )
    await pool.execute("vacuum analyze recently_asked")
    async with pool.acquire() as connection:
        await connection.execute("set plan_cache_mode = force_generic_plan")
        await connection.execute(f"prepare look as {harvesting._SQL.count_persons.sql}")
        since = (dt.datetime.now(dt.UTC) - LIMIT.within).isoformat()
        plan = await connection.fetchval(
            f"explain (analyze, format json) execute look ('{client}', null, '{since}', 301)"
        )
        await connection.execute("reset plan_cache_mode")
    nodes = list(_nodes(orjson.loads(plan)[0]["Plan"]))
    scan = next(node for node in nodes if not node.get("Plans"))
    assert scan["Index Name"] == "recently_asked_of_caller"
    assert (scan["Actual Rows"], scan.get("Rows Removed by Filter", 0)) == (rows, 0)


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan] + [node for child in plan.get("Plans", []) for node in _nodes(child)]


async def test_what_no_look_reaches_back_to_is_forgotten(pool: Pool) -> None:
    asks = auditor(pool)
    await ask(asks, persons(3))
    await make_older(pool)
    await ask(asks, persons(2, first=3))
    async with pool.acquire() as connection:
        assert await harvesting.forget(connection, LIMIT, now=dt.datetime.now(dt.UTC)) == 3
        assert await pool.fetchval("select count(*) from recently_asked") == 2
        assert await harvesting.forget(connection, None, now=dt.datetime.now(dt.UTC)) == 2


def test_the_limit_is_a_setting() -> None:
    assert HarvestLimit.of(AuditSettings(key=KEY)) == HarvestLimit(300, dt.timedelta(hours=1))
    chosen = AuditSettings(key=KEY, harvest_persons=20, harvest_minutes=10)
    assert HarvestLimit.of(chosen) == HarvestLimit(20, dt.timedelta(minutes=10))
    assert HarvestLimit.of(AuditSettings(key=KEY, harvest_persons=0)) is None


async def test_companies_are_recorded_and_not_counted(pool: Pool) -> None:
    asks = auditor(pool)
    companies = [cvr_number(seed) for seed in range(LIMIT.persons + 1)]
    await asks.asked_many(ANNA, "import-unit", PURPOSE, companies, name_type="J")
    await asks.asked(ANNA, "lookup-unit", PURPOSE, number=p_number(1), name_type="V")
    assert await raised(pool) == []
    hashes = {row["number_hash"] for row in await pool.fetch("select number_hash from audit_log")}
    assert hashes == {
        *(asks.number_hash(each, "J") for each in companies), asks.number_hash(p_number(1), "V"),
    }  # fmt: skip
