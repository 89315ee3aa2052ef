"""Protected persons: seen by right or by breaking the glass, and then never without row and alert."""

import uuid

import pytest
from pydantic import SecretStr, ValidationError
from registerbro.alerts import Alert, AlertKind, page
from registerbro.audit import Auditor, Delivered, Inquiry, Purpose
from registerbro.auth import Caller, Scope
from registerbro.cpr.numbers import CprNumber
from registerbro.database import Pool
from registerbro.problems import AuditUnavailable, ScopeMissing
from registerbro.protection import BreakGlass, Clearance, clearance

NUMBER = CprNumber.parse("2504619996")
PURPOSE = Purpose(purpose="child support")
GLASS = BreakGlass(reason="the child is ill, and 250461-1234 is its mother")


def caller(*scopes: Scope) -> Caller:
    return Caller("case-system", "anna", frozenset({Scope.PERSONS_LOOKUP, *scopes}))


@pytest.fixture
def auditor(pool: Pool) -> Auditor:
    return Auditor(pool, SecretStr("k" * 32), "cpr-direct")


async def asked(auditor: Auditor) -> Inquiry:
    return await auditor.asked(caller(Scope.PROTECTED_BREAK_GLASS), "lookup", PURPOSE, number=NUMBER)


async def raised(pool: Pool) -> list[Alert]:
    return await page(pool, is_open=True, before=2**63 - 1, size=10)


@pytest.mark.parametrize(
    ("scopes", "glass", "expected"),
    [
        ([], None, Clearance(may_see_protected=False)),
        ([Scope.PROTECTED_BREAK_GLASS], None, Clearance(may_see_protected=False)),
        ([Scope.PROTECTED_BREAK_GLASS], GLASS, Clearance(may_see_protected=True, glass=GLASS)),
        ([Scope.PROTECTED_READ], None, Clearance(may_see_protected=True)),
        ([Scope.PROTECTED_READ], GLASS, Clearance(may_see_protected=True)),
        ([Scope.PROTECTED_READ, Scope.PROTECTED_BREAK_GLASS], GLASS, Clearance(may_see_protected=True)),
    ],
)
def test_who_sees_protected_data(scopes: list[Scope], glass: BreakGlass | None, expected: Clearance) -> None:
    assert clearance(caller(*scopes), glass) == expected


def test_a_reason_without_the_scope_is_refused_by_name() -> None:
    with pytest.raises(ScopeMissing) as refused:
        clearance(caller(), GLASS)
    assert refused.value.facts == {"scope": "protected:break-glass"}
    assert 'scope="protected:break-glass"' in refused.value.headers["WWW-Authenticate"]


def test_the_glass_is_broken_only_where_somebody_is_protected() -> None:
    opened = clearance(caller(Scope.PROTECTED_BREAK_GLASS), GLASS)
    assert opened.broken(is_protected=True) == GLASS
    assert opened.broken(is_protected=False) is None
    assert clearance(caller(Scope.PROTECTED_READ), GLASS).broken(is_protected=True) is None


@pytest.mark.parametrize("reason", ["", "too short", "   nine ch   ", "x" * 501])
def test_a_reason_is_a_sentence(reason: str) -> None:
    with pytest.raises(ValidationError):
        BreakGlass(reason=reason)


@pytest.mark.parametrize("reason", ["x" * 10, "x" * 500, f"  {'x' * 500}  "])
def test_how_long_a_reason_may_be(reason: str) -> None:
    assert BreakGlass(reason=reason).reason == reason.strip()
    assert "xxx" not in repr(BreakGlass(reason=reason))


async def test_a_broken_glass_is_in_the_row_and_raises_an_alert(auditor: Auditor, pool: Pool) -> None:
    inquiry = await asked(auditor)
    await auditor.delivered(inquiry, contact_ids=[7], fields=["name1"], break_glass=GLASS)
    rows = await pool.fetch("select stage, break_glass_reason from audit_log order by at")
    assert [tuple(row) for row in rows] == [
        ("asked", None), ("delivered", "the child is ill, and 250461-xxxx is its mother"),
    ]  # fmt: skip
    (alert,) = await raised(pool)
    assert (alert.kind, alert.client, alert.acting_user) == (AlertKind.BREAK_GLASS, "case-system", "anna")
    assert alert.facts == {"audit_id": str(inquiry.audit_id), "contact_id": 7}


@pytest.mark.parametrize("contact_ids", [[], [7, 8]])
async def test_an_alert_names_a_contact_only_where_there_is_one(
    auditor: Auditor, pool: Pool, contact_ids: list[int]
) -> None:
    await auditor.delivered(
        await asked(auditor), contact_ids=contact_ids, fields=["name1"], break_glass=GLASS
    )
    (alert,) = await raised(pool)
    assert alert.facts["contacts"] == len(contact_ids)
    assert uuid.UUID(alert.facts["audit_id"])


async def test_of_many_answers_each_broken_glass_is_an_alert(auditor: Auditor, pool: Pool) -> None:
    answers = [
        Delivered(await asked(auditor), [ordinal], ["name1"], GLASS if ordinal in (2, 4) else None)
        for ordinal in range(1, 5)
    ]
    await auditor.delivered_many(answers)
    assert [alert.facts["contact_id"] for alert in await raised(pool)] == [4, 2]
    assert await pool.fetchval("select count(*) from audit_log where stage = 'delivered'") == 4
    assert await pool.fetchval("select count(break_glass_reason) from audit_log") == 2


async def test_whole_glass_raises_nothing(auditor: Auditor, pool: Pool) -> None:
    await auditor.delivered(await asked(auditor), contact_ids=[7], fields=["name1"])
    assert await raised(pool) == []


@pytest.mark.parametrize("table", ["access_alert", "outbox"])
async def test_no_alert_no_row_and_no_answer(auditor: Auditor, pool: Pool, table: str) -> None:
    inquiry = await asked(auditor)
    await pool.execute(f"alter table {table} rename to gone")
    with pytest.raises(AuditUnavailable):
        await auditor.delivered(inquiry, contact_ids=[7], fields=["name1"], break_glass=GLASS)
    assert await pool.fetchval("select count(*) from audit_log where stage = 'delivered'") == 0


async def test_no_row_no_alert_and_no_answer(auditor: Auditor, pool: Pool) -> None:
    inquiry = await asked(auditor)
    await pool.execute("alter table audit_log add constraint only_asked check (stage = 'asked')")
    with pytest.raises(AuditUnavailable):
        await auditor.delivered(inquiry, contact_ids=[7], fields=["name1"], break_glass=GLASS)
    assert await raised(pool) == []


async def test_the_persons_report_tells_of_the_broken_glass(auditor: Auditor) -> None:
    await auditor.delivered(await asked(auditor), contact_ids=[7], fields=["name1"], break_glass=GLASS)
    await auditor.delivered(await asked(auditor), contact_ids=[7], fields=["name1"])
    reasons = [access.break_glass_reason for access in await auditor.accesses(number=NUMBER)]
    assert reasons == ["the child is ill, and 250461-xxxx is its mother", None]
