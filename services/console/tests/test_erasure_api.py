"""Erasing over HTTP: looked at first, done with a version, told in the audit log, listed, lifted; and who may do it."""

from typing import Any

import httpx
import pytest
from console.erasing.jobs import daily
from registerbro.auth import Scope
from registerbro.contacts import merge
from registerbro.contacts.model import MergePolicy, Role
from registerbro.cpr.numbers import CprNumber
from registerbro.database import Pool
from registerbro.number_hash import NumberHasher

from tests.support.console_service import MakeConsole, issuer_of, registered, token_of
from tests.support.deliveries import IMPORT, NOW, delivery, to
from tests.support.services import AUDIT_KEY, bearer

ANNA, BO = "0101701996", "0202711997"
HASHER = NumberHasher(AUDIT_KEY)
ERASE = {"purpose": "the retention time is over", "reason": "retention-ended"}


def slug(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).rsplit("/", 1)[-1]


async def erase(
    client: httpx.AsyncClient, contact_id: int, version: int | None = 1, **more: Any
) -> httpx.Response:
    headers = {} if version is None else {"If-Match": f'W/"{version}"'}
    path = f"/odata/Contacts({contact_id})/Registerbro.Erase"
    return await client.post(path, json=ERASE | more, headers=headers)


@pytest.fixture
async def officer(console: httpx.AsyncClient, make_settings: MakeConsole, pool: Pool) -> httpx.AsyncClient:
    """A client of who may erase, and see what was erased."""
    issuer = await issuer_of(pool, make_settings())
    who = await registered(issuer, "dpo", Scope.CONTACTS_WRITE, Scope.AUDIT_READ, acts_as="DPO")
    console.headers.update(bearer(await token_of(console, who)))
    return console


async def imported(pool: Pool, *deliveries: Any, policy: MergePolicy) -> list[int]:
    results = await merge.apply(pool, deliveries, policy, now=NOW, hasher=HASHER)
    return [result.contact_id or 0 for result in results]


async def test_a_contact_is_looked_at_erased_listed_and_lifted(
    officer: httpx.AsyncClient, pool: Pool
) -> None:
    unsubscribed = MergePolicy(may_create=True, requires_subscription=False)
    anna, bo = await imported(
        pool, delivery(ANNA), delivery(BO, references=(to(Role.SPOUSE, ANNA),)), policy=unsubscribed
    )
    assert (await erase(officer, anna, None)).status_code == 428
    assert (await erase(officer, anna, 7)).status_code == 412
    await pool.execute("insert into case_contact (case_reference, contact_id) values ('2026-1', $1)", anna)
    refused = await erase(officer, anna)
    assert (refused.status_code, slug(refused), refused.json()["open_cases"]) == (409, "open-cases", 1)

    foreseen = await erase(officer, anna, despite_open_cases=True, dry_run=True)
    assert foreseen.status_code == 200, foreseen.text
    assert await pool.fetchval("select count(*) from contact") == 2
    done = await erase(officer, anna, despite_open_cases=True)
    assert done.json() == foreseen.json() | {"is_dry_run": False}
    assert {"contact": 1, "case_contact": 1, "contact_reference": 1}.items() <= done.json()["rows"].items()
    assert [row["contact_id"] for row in await pool.fetch("select contact_id from contact")] == [bo]

    job = daily(pool, HASHER)
    assert await job.work(NOW.date()) == {"unfinished": 0}
    await pool.execute("update erased_contact set finished_at = null")
    assert await job.work(NOW.date()) == {"unfinished": 1, "named_by": 0}

    again = await erase(officer, anna)
    assert (again.status_code, slug(again)) == (410, "contact-erased")
    assert slug(await erase(officer, 10**9)) == "contact-unknown"
    [listed] = (await officer.get("/contacts/erasures")).json()["items"]
    assert (listed["contact_id"], listed["reason"], listed["acting_user"]) == (anna, "retention-ended", "DPO")
    assert listed["finished_at"] is not None

    lift = {"number": ANNA, "purpose": "a new case", "reason": "new-case"}
    lifted = await officer.post("/contacts/erasures/lift", json=lift)
    assert lifted.json() == {"contact_id": anna}
    assert slug(await officer.post("/contacts/erasures/lift", json=lift)) == "not-erased"
    assert (
        slug(await officer.post("/contacts/erasures/lift", json=lift | {"number": "0000000000"}))
        == "invalid-request"
    )

    log = await pool.fetch("select * from audit_log order by at")
    assert [row["action"] for row in log].count("erase-contact") == 5
    assert all(row["number_hash"] == HASHER.of("C", ANNA) for row in log[:3])
    assert {row["purpose"] for row in log} == {ERASE["purpose"], "a new case"}
    [told] = await pool.fetch("select body from outbox where routing_key = 'contact.erased'")
    assert (ANNA in told["body"], str(anna) in told["body"]) == (False, True)
    assert str(CprNumber(ANNA)) not in str((await officer.get("/contacts/erasures")).json())


async def test_who_is_subscribed_is_not_erased(officer: httpx.AsyncClient, pool: Pool) -> None:
    [anna] = await imported(pool, delivery(ANNA), policy=IMPORT)
    refused = await erase(officer, anna)
    assert (refused.status_code, slug(refused)) == (409, "still-subscribed")
    assert refused.json()["ties"] == ["subscribed"]
    assert slug(await erase(officer, anna, reason="whatever")) == "invalid-request"
    for purpose in ("", "   ", "a\0bc"):
        assert slug(await erase(officer, anna, purpose=purpose)) == "invalid-request"
