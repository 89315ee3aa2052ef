"""Somebody who was erased is not imported again: CPR is not asked, and subscribes nobody for us."""

import datetime as dt

import httpx
import pytest
from cpr_direct import importing, open_calls, telling
from cpr_direct.errors import ContactErased
from cpr_direct.open_calls import CallKind
from registerbro.audit import Purpose
from registerbro.auth import Caller
from registerbro.contacts import erasing, merge
from registerbro.contacts.erasing import Order, Reason
from registerbro.contacts.model import MergePolicy
from registerbro.cpr.numbers import CprNumber
from registerbro.database import Pool
from registerbro.number_hash import NumberHasher

from tests.support.cpr_files import ANNA, BENT, record
from tests.support.deliveries import NOW, delivery
from tests.support.direct_server import DirectServer
from tests.support.direct_service import PURPOSE, OpenDirect, online, switch_on
from tests.support.services import AUDIT_KEY

CALLER = Caller("journal", None, frozenset())
HASHER = NumberHasher(AUDIT_KEY)
UNSUBSCRIBED = MergePolicy(may_create=True, requires_subscription=False)


async def erased(pool: Pool, number: str) -> int:
    """Imports somebody, and erases them."""
    [made] = await merge.apply(pool, [delivery(number)], UNSUBSCRIBED, now=NOW, hasher=HASHER)
    assert made.contact_id
    order = Order("tests", None, Reason.ON_REQUEST)
    async with pool.acquire() as connection:
        await erasing.erase_contact(connection, made.contact_id, None, order, hasher=HASHER, now=NOW)
    return made.contact_id


async def test_an_import_is_refused_before_cpr_is_asked(
    direct_client: httpx.AsyncClient, register: DirectServer, pool: Pool
) -> None:
    await erased(pool, ANNA)
    answer = await direct_client.post("/persons/imports", json={"number": ANNA, "purpose": PURPOSE})
    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[-1]) == (410, "contact-erased")
    many = await direct_client.post("/persons/import-batches", json={"numbers": [ANNA], "purpose": PURPOSE})
    assert "contact-erased" in many.text
    assert (register.asked, register.subscribed) == ([], set())
    assert await pool.fetchval("select count(*) from contact") == 0
    assert await pool.fetchval("select count(*) from cpr_open_call") == 0


async def test_who_is_known_only_from_the_answer_is_not_stored_and_the_subscription_ended(
    open_direct: OpenDirect, register: DirectServer, pool: Pool
) -> None:
    """The erased person has a new number, which nobody knows to be theirs before CPR says so."""
    await switch_on(pool)
    await erased(pool, BENT)
    register.persons[ANNA] = [*online(), record("022", ANNA, old_pnr=BENT)]
    async with open_direct() as direct:
        with pytest.raises(ContactErased):
            await importing.perform(direct, CprNumber(ANNA), CALLER, Purpose(purpose=PURPOSE))
        assert register.subscribed == {ANNA}
        [left] = await open_calls.claim(pool, direct.now(), 10)
        assert left.kind is CallKind.UNSUBSCRIBE
        assert await telling.do_again(direct, left) is None
        assert register.subscribed == set()
        with pytest.raises(ContactErased):  # now it is known of both numbers
            await importing.perform(direct, CprNumber(ANNA), CALLER, Purpose(purpose=PURPOSE))
    assert await pool.fetchval("select count(*) from contact") == 0
    assert await pool.fetchval("select count(*) from cpr_open_call") == 0


async def test_an_import_that_broke_off_before_the_erasure_becomes_the_end_of_what_it_began(
    open_direct: OpenDirect, register: DirectServer, pool: Pool
) -> None:
    await switch_on(pool)
    await erased(pool, ANNA)
    register.subscribed.add(ANNA)
    async with open_direct() as direct:
        before = direct.now() - dt.timedelta(minutes=1)
        purpose = Purpose(purpose=PURPOSE)
        await open_calls.keep(pool, CprNumber(ANNA), CallKind.IMPORT, CALLER, purpose, due_at=before)
        [kept] = await open_calls.claim(pool, direct.now(), 10)
        assert isinstance(await telling.do_again(direct, kept), ContactErased)
        await pool.execute("update cpr_open_call set due_at = $1", before)
        [left] = await open_calls.claim(pool, direct.now(), 10)
        assert left.kind is CallKind.UNSUBSCRIBE
        assert await telling.do_again(direct, left) is None
    assert (register.subscribed, await pool.fetchval("select count(*) from cpr_open_call")) == (set(), 0)
