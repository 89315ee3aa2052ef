"""The audit log: no row, no answer; who, whom and why, without the number; a report; retention by day."""

import datetime as dt

import asyncpg
import pytest
from pydantic import SecretStr, ValidationError
from registerbro.audit import Auditor, Purpose, Stage, drop_expired
from registerbro.auth import Caller, Scope
from registerbro.cpr.numbers import CprNumber
from registerbro.database import Pool, open_pool
from registerbro.problems import AuditUnavailable

CALLER = Caller("case-system", "anna", frozenset({Scope.PERSONS_LOOKUP}))
PURPOSE = Purpose(purpose="child support, for 250461-1234", case_reference="2026-17")
NUMBER = CprNumber.parse("2504619996")
KEY = SecretStr("k" * 32)


@pytest.fixture
def auditor(pool: Pool) -> Auditor:
    return Auditor(pool, KEY, "cpr-direct")


async def test_a_lookup_leaves_two_rows_without_the_number(auditor: Auditor, pool: Pool) -> None:
    inquiry = await auditor.asked(CALLER, "lookup", PURPOSE, number=NUMBER)
    await auditor.delivered(inquiry, contact_ids=[7], fields=["name1", "address:HA"])
    rows = await pool.fetch("select * from audit_log order by at")
    assert [row["stage"] for row in rows] == ["asked", "delivered"]
    assert len({row["audit_id"] for row in rows}) == 1
    assert {(row["client"], row["acting_user"], row["service"], row["action"]) for row in rows} == {
        ("case-system", "anna", "cpr-direct", "lookup")
    }
    assert [row["contact_ids"] for row in rows] == [[], [7]]
    assert rows[1]["fields"] == ["name1", "address:HA"]
    assert {row["number_hash"] for row in rows} == {auditor.number_hash(NUMBER)}
    for secret in (NUMBER.value, "1234"):
        assert secret not in str([tuple(row) for row in rows])


async def test_asked_is_committed_before_it_returns(auditor: Auditor, database_url: str) -> None:
    await auditor.asked(CALLER, "lookup", PURPOSE, number=NUMBER)
    async with open_pool(database_url) as other:
        assert await other.fetchval("select count(*) from audit_log") == 1


async def test_an_import_stands_in_its_own_transaction(auditor: Auditor, pool: Pool) -> None:
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await auditor.imported(connection, CALLER, "import", PURPOSE, number=NUMBER, contact_ids=[7])
        assert await pool.fetchval("select count(*) from audit_log") == 0
        await transaction.rollback()
    assert await pool.fetchval("select count(*) from audit_log") == 0


@pytest.mark.parametrize("obstacle", ["alter table audit_log rename to gone", "drop", "read-only"])
async def test_no_row_no_answer(auditor: Auditor, pool: Pool, obstacle: str) -> None:
    inquiry = await auditor.asked(CALLER, "lookup", PURPOSE, number=NUMBER)
    match obstacle:
        case "drop":
            day = dt.datetime.now(dt.UTC).strftime("%Y%m%d")
            await pool.execute(f"drop table audit_log_{day}")
        case "read-only":
            name = await pool.fetchval("select current_database()")
            await pool.execute(f'alter database "{name}" set default_transaction_read_only = on')
            await pool.expire_connections()
        case statement:
            await pool.execute(statement)
    with pytest.raises(AuditUnavailable) as refused:
        await auditor.delivered(inquiry, contact_ids=[7], fields=["name1"])
    assert refused.value.status == 503
    with pytest.raises(AuditUnavailable):
        await auditor.asked(CALLER, "lookup", PURPOSE, number=NUMBER)


async def test_no_row_no_answer_when_the_store_is_gone(database_url: str) -> None:
    async with open_pool(database_url) as pool:
        auditor = Auditor(pool, KEY, "cpr-direct")
    with pytest.raises(AuditUnavailable):
        await auditor.asked(CALLER, "lookup", PURPOSE, number=NUMBER)


async def test_the_report_tells_when_what_and_why_not_which_employee(auditor: Auditor) -> None:
    other = CprNumber.parse("0101609995")
    inquiry = await auditor.asked(CALLER, "lookup", PURPOSE, number=NUMBER)
    await auditor.delivered(inquiry, contact_ids=[7], fields=["name1"])
    await auditor.asked(CALLER, "lookup", PURPOSE, number=other)
    hits = await auditor.asked(CALLER, "search", PURPOSE)
    await auditor.delivered(hits, contact_ids=[6, 7, 8], fields=["name1"])
    accesses = await auditor.accesses(number=NUMBER, contact_ids=[7])
    assert [(access.action, access.stages, access.fields) for access in accesses] == [
        ("lookup", (Stage.ASKED, Stage.DELIVERED), ("name1",)),
        ("search", (Stage.ASKED, Stage.DELIVERED), ("name1",)),
    ]
    assert accesses[0].case_reference == "2026-17"
    assert "anna" not in str(accesses)


async def test_no_number_stands_in_the_log_whatever_a_caller_writes(auditor: Auditor, pool: Pool) -> None:
    why = Purpose(purpose=f"asked by {NUMBER.value}", case_reference=f"case {NUMBER.value}")
    await auditor.read(CALLER, "look", why, contact_ids=[7], fields=["name1"])
    kept = await pool.fetchrow("select purpose, case_reference from audit_log")
    assert kept is not None
    date = NUMBER.value[:6]
    assert tuple(kept) == (f"asked by {date}-xxxx", f"case {date}-xxxx")


def test_the_hash_needs_the_key(pool: Pool) -> None:
    first, second = (Auditor(pool, SecretStr(key * 32), "x").number_hash(NUMBER) for key in "ab")
    assert first != second
    assert len(first) == 32


@pytest.mark.parametrize("purpose", ["", "  ", "x", "x" * 501])
def test_a_purpose_is_needed(purpose: str) -> None:
    with pytest.raises(ValidationError):
        Purpose(purpose=purpose)


async def test_days_beyond_the_retention_time_are_dropped(auditor: Auditor, pool: Pool) -> None:
    today = dt.datetime.now(dt.UTC).date()
    old = today - dt.timedelta(days=400)
    async with pool.acquire() as connection:
        await connection.execute(
            "select ensure_partitions('audit_log', interval '1 day', $1, $2)", old, old + dt.timedelta(days=2)
        )
        dropped = await drop_expired(connection, retention=dt.timedelta(days=399), today=today)
        assert dropped == [f"audit_log_{old:%Y%m%d}"]
        assert await drop_expired(connection, retention=dt.timedelta(days=399), today=today) == []
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute(
                "insert into audit_log (audit_id, audit_day, stage, client, service, action, purpose)"
                " values (gen_random_uuid(), $1, 'asked', 'c', 's', 'a', 'p')",
                old,
            )
    await auditor.asked(CALLER, "lookup", PURPOSE, number=NUMBER)
