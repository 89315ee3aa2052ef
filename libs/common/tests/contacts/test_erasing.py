"""Erasing in the store: what is refused, who is told, what runs at the same time, and that no table is forgotten."""

import asyncio
import dataclasses
import datetime as dt
import json
from typing import Any

import pytest
from registerbro.contacts import edit, erasing, erasures, merge, queries, tombstones
from registerbro.contacts.erasing import TABLES, Order, Reason
from registerbro.contacts.erasure_errors import (
    ContactErased,
    ContactMerged,
    ContactUnknown,
    ErasureContended,
    NamedByAnother,
    StillSubscribed,
    VersionOutdated,
)
from registerbro.contacts.model import MergePolicy, Outcome, Role
from registerbro.contacts.wishes import set_wishes
from registerbro.database import Connection, Pool
from registerbro.events import CaseOpened, Event
from registerbro.events import ContactErased as ErasedEvent
from registerbro.number_hash import NumberHasher
from registerbro.subscriptions import handlers

from tests.support.deliveries import IMPORT, delivery, to
from tests.support.services import AUDIT_KEY
from tests.support.waiting import until

ANNA, BO, CAJ, DAN = "0101701996", "0202711997", "0303721998", "0404731999"
HASHER = NumberHasher(AUDIT_KEY)
ORDER = Order("tests", None, Reason.RETENTION_ENDED)
NOW = dt.datetime.now(dt.UTC)
UNSUBSCRIBED = MergePolicy(may_create=True, requires_subscription=False)
# tables that name contacts and keep their rows when one is erased; docs/erasure.md says why
KEPT = {"access_alert", "audit_log", "erased_contact", "erased_number"}
VIEWS = {"audit_inquiry", "contact_info", "contact_date", "cpr_never_contact"}


async def imported(pool: Pool, *deliveries: Any, policy: MergePolicy = UNSUBSCRIBED) -> list[Any]:
    results = await merge.apply(pool, deliveries, policy, now=NOW, hasher=HASHER)
    return [result.contact_id or result.outcome for result in results]


async def erase(connection: Connection, contact_id: int, version: int | None = None) -> erasing.Erasure:
    return await erasing.erase_contact(connection, contact_id, version, ORDER, hasher=HASHER, now=NOW)


async def test_every_table_with_a_contact_or_a_number_is_dealt_with(pool: Pool) -> None:
    rows = await pool.fetch("""
        select distinct c.table_name from information_schema.columns c
        left join pg_inherits i on i.inhrelid = to_regclass(quote_ident(c.table_name))
        where c.table_schema = 'public' and i.inhrelid is null
          and column_name ~ '(^|_)(contact_ids?|number|number_hash|owner_id|merged_into)$'""")
    named = {row["table_name"] for row in rows} - VIEWS - {"recently_asked", "cpr_wish_change"}
    without_persons = {"cpr_file", "cpr_gap", "cpr_input_file", "cpr_logon", "job_run"}
    assert named - KEPT - without_persons <= set(TABLES)


async def test_neither_a_task_in_the_queue_nor_an_odd_message_keeps_a_contact(pool: Pool) -> None:
    anna, bo = await imported(pool, delivery(ANNA), delivery(BO))
    await pool.execute("insert into service_queue (contact_id, token) values ($1, gen_random_uuid())", anna)
    for contact_id, odd in ((anna, ""), (anna, ', "odd": "\\u0000\\ud800"'), (bo, ', "odd": 1e999999')):
        told = Event(ErasedEvent(contact_id, 1), time=NOW).to_cloudevent_json()
        body = f"{told[:-1]}{odd}}}".encode()
        await pool.execute(
            """insert into dead_letter (consumer, event_id, event_day, type, routing_key, body, reason, attempts)
            values ('tests', gen_random_uuid(), current_date, 'a type', '', $1, 'why', 1)""",
            body,
        )
    async with pool.acquire() as connection:
        rows = (await erase(connection, anna)).rows
    assert (rows["service_queue"], rows["dead_letter"]) == (1, 2)
    assert await pool.fetchval("select count(*) from dead_letter") == 1


async def test_after_a_restore_whoever_went_with_another_is_not_missed(pool: Pool) -> None:
    [anna] = await imported(pool, delivery(ANNA, references=(to(Role.SPOUSE, BO),)))
    placeholder = await pool.fetchval("select contact_id from contact where name_code = $1", BO)
    tombstone = dict.fromkeys(field.name for field in dataclasses.fields(erasing.Tombstone))
    tombstone |= {
        "version": 3,
        "erased_at": (NOW + dt.timedelta(days=1)).isoformat(),
        "erased_by": "tests",
        "reason": "ordered",
    }
    lines = [json.dumps({"format": erasures.FORMAT, "key": HASHER.of("", erasures.FORMAT).hex()})] + [
        json.dumps(tombstone | {"contact_id": contact_id, "hashes": [HASHER.of("C", number).hex()]})
        for contact_id, number in ((anna, ANNA), (placeholder, BO))
    ]
    async with pool.acquire() as connection:
        assert (await erasures.apply(connection, lines, hasher=HASHER, by="tests", now=NOW)).erased == 2
        assert (await erasures.check(connection, HASHER)).is_well
    assert not await pool.fetchval("select exists (select from contact)")


async def test_what_somebody_ties_to_the_contact_meanwhile_is_no_error(pool: Pool) -> None:
    [anna] = await imported(pool, delivery(ANNA))
    await pool.execute("create table tie (contact_id bigint references contact)")
    await pool.execute("insert into tie values ($1)", anna)
    async with pool.acquire() as connection:
        for erases in (erasing.preview, erasing.erase_contact):
            with pytest.raises(ErasureContended):
                await erases(connection, anna, None, ORDER, hasher=HASHER, now=NOW)


async def test_who_is_tied_to_the_register_or_is_another_contact_is_not_erased(pool: Pool) -> None:
    [anna] = await imported(pool, delivery(ANNA), policy=IMPORT)
    [bo] = await imported(pool, delivery(BO, references=(to(Role.FATHER, name="Ole Holm"),)))
    [caj] = await imported(pool, delivery(CAJ))
    [dan] = await imported(pool, delivery(DAN, 2, former_numbers=(CAJ,)))
    async with pool.acquire() as connection:
        with pytest.raises(StillSubscribed) as refused:
            await erase(connection, anna)
        assert refused.value.ties == ("subscribed",)
        await set_wishes(connection, {bo: True})
        with pytest.raises(StillSubscribed) as refused:
            await erase(connection, bo)
        assert refused.value.ties == ("wished",)
        named = await connection.fetchval("select contact_id from contact where owner_id = $1", bo)
        with pytest.raises(NamedByAnother):
            await erase(connection, named)
        await imported(pool, delivery(DAN, 3, former_numbers=(CAJ,)))
        with pytest.raises(VersionOutdated):
            await erase(connection, dan, 99)
        with pytest.raises(ContactUnknown):
            await erase(connection, 10**9)
        assert not await connection.fetchval("select exists (select from erased_contact)")
    assert caj == dan


async def test_a_merged_contact_goes_with_the_one_that_it_became(pool: Pool) -> None:
    [anna] = await imported(pool, delivery(ANNA))
    [bo] = await imported(pool, delivery(BO))
    [survivor] = await imported(pool, delivery(BO, 2, former_numbers=(ANNA,)))
    merged = anna if survivor == bo else bo
    async with pool.acquire() as connection:
        with pytest.raises(ContactMerged):
            await erase(connection, merged)
        done = await erase(connection, survivor)
        assert (done.rows["contact"], done.rows["contact_number"]) == (2, 2)
        with pytest.raises(ContactErased):
            await erasing.require_not_erased(connection, survivor)
    assert await imported(pool, delivery(ANNA, 3), delivery(BO, 3)) == [Outcome.ERASED] * 2
    told = await pool.fetch("select body from outbox where routing_key = 'contact.erased'")
    assert len(told) == 1
    assert not any(number in row["body"] for row in told for number in (ANNA, BO))


async def test_relatives_change_and_tell_of_it_and_a_placeholder_only_they_would_need_stays(
    pool: Pool,
) -> None:
    spouse, father = to(Role.SPOUSE, ANNA), to(Role.FATHER, CAJ)
    [anna] = await imported(
        pool, delivery(ANNA, references=(to(Role.SPOUSE, BO), father, to(Role.MOTHER, DAN)))
    )
    [bo] = await imported(pool, delivery(BO, references=(spouse, father)))
    async with pool.acquire() as connection:
        version = await connection.fetchval("select version from contact where contact_id = $1", bo)
        await erase(connection, anna)
        now = await queries.load_contact(connection, bo, may_see_protected=True)
        assert now is not None
        assert (now.version, [each.role for each in now.references]) == (version + 1, [Role.FATHER])
        past = await queries.state_at(connection, bo, version, may_see_protected=True)
        assert past is not None
        assert [each.role for each in past.references] == [Role.FATHER]
        numbers = [
            row["number"] for row in await connection.fetch("select number from contact_number order by 1")
        ]
    assert numbers == [BO, CAJ]
    told = await pool.fetch("select body from outbox where routing_key = 'contact.updated'")
    assert len(told) == 1
    before = await pool.fetch("select xmin::text from contact order by contact_id")
    again = await merge.apply(pool, [delivery(BO, references=(spouse, father), day=2)], UNSUBSCRIBED, now=NOW, hasher=HASHER)  # fmt: skip
    assert again[0].outcome in (Outcome.UNCHANGED, Outcome.UPDATED)
    assert len(await pool.fetch("select from contact")) == len(before) == 2


async def test_an_erasure_waits_for_who_stores_contacts_and_they_for_it(pool: Pool) -> None:
    [anna] = await imported(pool, delivery(ANNA))
    is_merged, may_end = asyncio.Event(), asyncio.Event()

    async def also(*_: Any) -> None:
        is_merged.set()
        await may_end.wait()

    chunk = [delivery(BO, references=(to(Role.SPOUSE, ANNA),))]
    async with pool.acquire() as connection, asyncio.TaskGroup() as tasks:
        tasks.create_task(merge.apply(pool, chunk, UNSUBSCRIBED, now=NOW, also=also, hasher=HASHER))
        await is_merged.wait()
        tasks.create_task(erase(connection, anna))
        await until(lambda: _as_many_wait(pool, 1), seconds=10)
        late = tasks.create_task(imported(pool, delivery(ANNA, 2)))
        await until(lambda: _as_many_wait(pool, 2), seconds=10)
        may_end.set()
    assert late.result() == [Outcome.ERASED]
    assert await pool.fetchval("select count(*) from contact_number where number = $1", ANNA) == 0
    assert await pool.fetchval("select count(*) from contact_reference") == 0


async def _as_many_wait(pool: Pool, wanted: int) -> bool:
    found = await pool.fetchval("select count(*) from pg_locks where locktype = 'advisory' and not granted")
    return int(found) == wanted


async def test_messages_about_an_erased_contact_are_handled_and_edits_refused(pool: Pool) -> None:
    [anna] = await imported(pool, delivery(ANNA))
    [bo] = await imported(pool, delivery(BO))
    async with pool.acquire() as connection:
        await erase(connection, anna)
        opened = Event(CaseOpened("2026-1", (anna, bo)), time=NOW)
        async with connection.transaction():
            await handlers.consumer().handler(opened, connection)
        parties = await connection.fetch("select contact_id from case_contact")
        assert [row["contact_id"] for row in parties] == [bo]
        with pytest.raises(edit.ContactUnknown):
            await edit.edit_contact(connection, anna, 1, {"name1": "Anna"}, now=NOW)


async def test_the_numbers_of_others_are_not_erased(pool: Pool) -> None:
    [anna] = await imported(pool, delivery(ANNA))
    async with pool.acquire() as connection:
        await erase(connection, anna)
    assert await tombstones.is_erased(pool, "C", [BO, ANNA], HASHER)
    assert not await tombstones.is_erased(pool, "C", [BO], HASHER)
    assert not await tombstones.is_erased(pool, "J", [ANNA], HASHER)
    with pytest.raises(tombstones.HasherMissing):
        await tombstones.is_erased(pool, "C", [BO], None)
    with pytest.raises(merge.ErasedUnknown):
        await merge.apply(pool, [delivery(BO)], UNSUBSCRIBED, now=NOW)
