"""Alerts: raised with what they tell of, sent as an event, logged and counted; listed; acknowledged once."""

import asyncio
import datetime as dt
import uuid

import orjson
import pytest
from prometheus_client import REGISTRY
from registerbro import alerts
from registerbro.alerts import AlertAcknowledged, AlertKind, AlertUnknown, Fact, raise_alert
from registerbro.database import Pool

LAST = 2**63 - 1
NOW = dt.datetime.now(dt.UTC)


async def raised(pool: Pool, kind: AlertKind = AlertKind.HARVESTING, **facts: Fact) -> alerts.Alert:
    async with pool.acquire() as connection, connection.transaction():
        return await raise_alert(
            connection, kind, service="cpr-direct", client="case-system", acting_user="anna", facts=facts
        )


async def open_ids(pool: Pool) -> list[int]:
    return [each.alert_id for each in await alerts.page(pool, is_open=True, before=LAST, size=100)]


def counted(kind: AlertKind) -> float:
    return REGISTRY.get_sample_value("registerbro_access_alerts_total", {"kind": kind}) or 0


async def test_an_alert_says_who_and_how_much(pool: Pool) -> None:
    audit_id = uuid.uuid4()
    alert = await raised(pool, AlertKind.BREAK_GLASS, audit_id=audit_id, contact_id=7)
    (kept,) = await alerts.page(pool, is_open=True, before=LAST, size=10)
    assert kept == alert
    assert (kept.kind, kept.service, kept.client, kept.acting_user) == (
        AlertKind.BREAK_GLASS, "cpr-direct", "case-system", "anna",
    )  # fmt: skip
    assert kept.facts == {"audit_id": str(audit_id), "contact_id": 7}
    assert abs(kept.raised_at - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)
    assert (kept.acknowledged_at, kept.acknowledged_by, kept.note) == (None, None, None)


async def test_a_job_has_no_client(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await raise_alert(
            connection, AlertKind.SUBSCRIPTION_POLICY_HELD, service="cpr-batch", client=None, facts={"endings": 9}
        )  # fmt: skip
    (kept,) = await alerts.page(pool, is_open=True, before=LAST, size=10)
    assert (kept.kind, kept.client, kept.acting_user) == (AlertKind.SUBSCRIPTION_POLICY_HELD, None, None)


async def test_it_is_sent_logged_and_counted(pool: Pool, caplog: pytest.LogCaptureFixture) -> None:
    before = counted(AlertKind.HARVESTING)
    alert = await raised(pool, persons=301, minutes=60)
    row = await pool.fetchrow("select routing_key, body from outbox")
    assert row is not None
    assert row["routing_key"] == "alert.raised"
    assert orjson.loads(row["body"])["data"] == {"alert_id": alert.alert_id, "kind": "harvesting"}
    assert counted(AlertKind.HARVESTING) == before + 1
    (record,) = [each for each in caplog.records if "access alert raised" in str(each.msg)]
    assert record.levelname == "ERROR"
    assert "anna" not in str(record.msg)


async def test_what_is_rolled_back_raises_no_alert(pool: Pool) -> None:
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await raise_alert(connection, AlertKind.HARVESTING, service="s", client="c", facts={"persons": 1})
        await transaction.rollback()
    assert await open_ids(pool) == []
    assert await pool.fetchval("select count(*) from outbox") == 0


async def test_facts_hide_what_looks_like_a_number(pool: Pool) -> None:
    alert = await raised(pool, persons=int("250461" + "1234"))
    assert alert.facts == {"persons": "250461-xxxx"}


async def test_pages_go_from_new_to_old(pool: Pool) -> None:
    ids = [(await raised(pool, persons=ordinal)).alert_id for ordinal in range(5)]
    await alerts.acknowledge(pool, ids[3], by="dpo", note=None)
    first = await alerts.page(pool, is_open=False, before=LAST, size=3)
    assert [each.alert_id for each in first] == [ids[4], ids[3], ids[2]]
    rest = await alerts.page(pool, is_open=False, before=first[-1].alert_id, size=3)
    assert [each.alert_id for each in rest] == [ids[1], ids[0]]
    assert await open_ids(pool) == [ids[4], ids[2], ids[1], ids[0]]


async def test_an_alert_is_acknowledged_once(pool: Pool) -> None:
    alert = await raised(pool)
    closed = await alerts.acknowledge(pool, alert.alert_id, by="dpo", note="a project, about 250461-1234")
    assert (closed.acknowledged_by, closed.note) == ("dpo", "a project, about 250461-xxxx")
    assert closed.acknowledged_at is not None
    with pytest.raises(AlertAcknowledged) as again:
        await alerts.acknowledge(pool, alert.alert_id, by="other", note=None)
    assert (again.value.status, again.value.slug) == (409, "alert-acknowledged")
    (kept,) = await alerts.page(pool, is_open=False, before=LAST, size=10)
    assert kept == closed


async def test_of_two_who_acknowledge_at_once_one_is_told(pool: Pool) -> None:
    alert = await raised(pool)
    results = await asyncio.gather(
        *(alerts.acknowledge(pool, alert.alert_id, by=f"dpo {name}", note=None) for name in "ab"),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in results) == ["Alert", "AlertAcknowledged"]


async def test_an_unknown_alert(pool: Pool) -> None:
    with pytest.raises(AlertUnknown) as unknown:
        await alerts.acknowledge(pool, 1, by="dpo", note=None)
    assert (unknown.value.status, unknown.value.slug) == (404, "alert-unknown")


async def test_alerts_are_forgotten_with_the_accesses(pool: Pool) -> None:
    old, young = await raised(pool), await raised(pool)
    await pool.execute(
        "update access_alert set raised_at = $1 where alert_id = $2",
        NOW - dt.timedelta(days=11),
        old.alert_id,
    )
    async with pool.acquire() as connection:
        for dropped in (1, 0):
            retention = dt.timedelta(days=10)
            assert await alerts.drop_expired(connection, retention=retention, now=NOW) == dropped
    assert await open_ids(pool) == [young.alert_id]
