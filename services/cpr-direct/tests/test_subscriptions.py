"""Subscribing and unsubscribing: the wish first, then CPR, and what becomes of it when CPR does not answer."""

import asyncio
import dataclasses
import datetime as dt
from typing import Any

import httpx
import psycopg
import pytest
from cpr_direct import attempts, importing, open_calls, subscribing, telling
from cpr_direct.checkpoint import Point
from cpr_direct.direct import Direct
from cpr_direct.errors import AnswerCut, DirectError, StoreGone, SubscriptionNotWaiting, presentation
from cpr_direct.open_calls import CallKind
from cpr_direct.settings import SubscribingSettings
from cpr_direct.subscribing import ChangeOutcome
from cpr_direct.worker import Worker
from registerbro.audit import Purpose
from registerbro.auth import Caller
from registerbro.contacts import merge
from registerbro.contacts.model import Channel, Outcome, RegisterTime
from registerbro.cpr.mapping import online_subscription_time
from registerbro.cpr.numbers import CprNumber
from registerbro.database import Pool
from registerbro.subscriptions import asking, never

from tests.support.cpr_files import ANNA, BENT, CARL
from tests.support.deliveries import BATCH, NOW, delivery
from tests.support.direct_server import DirectServer
from tests.support.direct_service import PURPOSE, OpenDirect, online, subscribes, switch_on
from tests.support.waiting import until

WHY = {"purpose": PURPOSE}
CALLER = Caller("journal", None, frozenset())
PURPOSEFUL = Purpose(purpose=PURPOSE)
CLOSED = ["04"] * 3


async def imported(client: httpx.AsyncClient, pool: Pool, number: str = ANNA) -> int:
    """A contact that is imported and not subscribed."""
    await subscribes(pool, by_import=False)
    answer = await client.post("/persons/imports", json={"number": number, **WHY})
    return int(answer.json()["contact_id"])


async def state_of(pool: Pool, contact_id: int) -> tuple[bool, bool | None]:
    row = await pool.fetchrow(
        "select src_subscribed, subscribed from source_record where contact_id = $1", contact_id
    )
    assert row is not None
    return row["src_subscribed"], row["subscribed"]


async def keys(pool: Pool) -> list[str]:
    rows = await pool.fetch(
        "select routing_key from outbox where routing_key like 'cpr.subscription.%' order by sequence"
    )
    return [row["routing_key"].removeprefix("cpr.subscription.") for row in rows]


def outcomes(answer: httpx.Response) -> list[str]:
    return [each["outcome"] for each in answer.json()["items"]]


async def test_subscribing_tells_cpr_and_fetches_the_data(
    direct_client: httpx.AsyncClient, register: DirectServer, pool: Pool
) -> None:
    contact_id = await imported(direct_client, pool)
    register.persons[ANNA] = online(records=[each.replace("Møllevej 1", "Åvej 2    ") for each in online()])
    answer = await direct_client.post("/subscriptions", json={"number": ANNA, **WHY})
    assert (answer.status_code, outcomes(answer)) == (200, ["done"])
    assert register.asked == ["06", "16"]
    assert register.subscribed == {ANNA}
    assert await state_of(pool, contact_id) == (True, True)
    assert await pool.fetchval("select address1 from address where address_type = 'HA'") == "Åvej 2"
    assert await keys(pool) == ["requested", "changed"]
    again = await direct_client.post("/subscriptions", json={"contact_ids": [contact_id], **WHY})
    assert (again.status_code, outcomes(again)) == (200, ["already"])
    assert len(register.asked) == 2


async def test_unsubscribing_keeps_the_contact(
    direct_client: httpx.AsyncClient, register: DirectServer, pool: Pool
) -> None:
    contact_id = await imported(direct_client, pool)
    await direct_client.post("/subscriptions", json={"number": ANNA, **WHY})
    answer = await direct_client.post("/subscriptions/ends", json={"number": ANNA, **WHY})
    assert (answer.status_code, outcomes(answer)) == (200, ["done"])
    assert register.asked == ["06", "16", "30"]
    assert register.subscribed == set()
    assert await state_of(pool, contact_id) == (False, False)
    assert await pool.fetchval("select name1 from contact where contact_id = $1", contact_id) == "Anna"


async def test_who_cannot_be_subscribed_is_told_so(
    direct_client: httpx.AsyncClient, register: DirectServer, pool: Pool
) -> None:
    stranger = await direct_client.post("/subscriptions", json={"number": BENT, **WHY})
    assert (stranger.status_code, stranger.json()["type"].rsplit("/", 1)[1]) == (409, "not-imported")
    contact_id = await imported(direct_client, pool)
    await direct_client.post("/never-subscribed", json={"number": ANNA, "reason": "ours"})
    answer = await direct_client.post("/subscriptions", json={"contact_ids": [contact_id, 999], **WHY})
    assert (answer.status_code, outcomes(answer)) == (200, ["never-subscribed", "unknown-contact"])
    assert register.subscribed == set()


async def test_a_wish_that_cpr_cannot_be_told_of_waits_and_is_told_later(
    direct_client: httpx.AsyncClient, register: DirectServer, pool: Pool
) -> None:
    contact_id = await imported(direct_client, pool)
    register.request_errors.extend(CLOSED)
    answer = await direct_client.post("/subscriptions", json={"number": ANNA, **WHY})
    assert (answer.status_code, outcomes(answer)) == (202, ["waits"])
    assert answer.json()["items"][0]["failure"]["type"].endswith("/cpr-unavailable")
    assert await state_of(pool, contact_id) == (False, True)
    [waiting] = (await direct_client.get("/subscriptions/waiting")).json()["items"]
    assert (waiting["contact_id"], waiting["wanted"], waiting["failure"]) == (
        contact_id,
        True,
        "cpr-unavailable",
    )
    assert waiting["attempts"] >= 1
    ready = (await direct_client.get("/readiness")).json()
    assert ready["entries"]["subscriptions"]["status"] == "Degraded"

    register.request_errors.clear()
    tried = await direct_client.post(f"/subscriptions/waiting/{contact_id}/tries")
    assert (tried.status_code, tried.json()["outcome"]) == (200, "done")
    assert await state_of(pool, contact_id) == (True, True)
    assert (await direct_client.get("/subscriptions/waiting")).json()["items"] == []
    assert (await direct_client.post(f"/subscriptions/waiting/{contact_id}/tries")).status_code == 409


async def test_a_wish_stored_by_anybody_is_told_by_the_worker(
    direct_client: httpx.AsyncClient, register: DirectServer, pool: Pool
) -> None:
    """The event wakes the worker; the vendor's users also change the column by hand, and the next look finds that."""
    contact_id = await imported(direct_client, pool)
    async with pool.acquire() as connection, connection.transaction():
        await asking.ask(connection, {contact_id: True}, by="test")

    async def is_subscribed() -> bool:
        return (await state_of(pool, contact_id))[0]

    await until(is_subscribed)
    assert register.subscribed == {ANNA}


def quick(**more: Any) -> SubscribingSettings:
    return SubscribingSettings(look_seconds=0.1, first_pause_seconds=0.1, longest_pause_seconds=1, **more)


async def always() -> bool:
    return True


async def test_what_is_wished_by_hand_is_claimed_before_a_worker_can_see_the_wish(
    open_direct: OpenDirect, register: DirectServer, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await switch_on(pool)
    await subscribes(pool, by_import=False)
    claim = attempts.claim

    async def claim_unseen(*given: Any) -> list[attempts.Claimed]:
        assert (
            await claim(pool, dt.datetime.now(dt.UTC), 10) == []
        )  # what the worker would find at this moment
        return await claim(*given)

    async with open_direct() as direct:
        contact_id = (await importing.perform(direct, CprNumber(ANNA), CALLER, PURPOSEFUL)).contact_id
        monkeypatch.setattr(attempts, "claim", claim_unseen)
        [changed] = await subscribing.change(direct, [contact_id], wanted=True, by="test")
    assert (changed.outcome, changed.contact_id) == (ChangeOutcome.DONE, contact_id)


async def test_it_is_tried_until_cpr_agrees_and_each_wish_is_told_once(
    open_direct: OpenDirect, register: DirectServer, pool: Pool
) -> None:
    await switch_on(pool)
    await subscribes(pool, by_import=False)
    numbers = [f"0101701{i:03}" for i in range(20)]
    for number in numbers:
        register.persons[number] = online(number)
    async with open_direct(subscribing=quick()) as first, open_direct(subscribing=quick()) as second:
        for number in numbers:
            await importing.perform(first, CprNumber(number), CALLER, PURPOSEFUL)
        register.asked.clear()
        register.request_errors.extend(["04", "05", "08", "09"] * 3)
        async with pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch("select contact_id from contact")
            await asking.ask(connection, {row["contact_id"]: True for row in rows}, by="test")
        async with Worker.open(first, always), Worker.open(second, always):

            async def all_are_subscribed() -> bool:
                return not await pool.fetchval("select count(*) from source_record where not src_subscribed")

            await until(all_are_subscribed, seconds=30)
        assert register.subscribed == set(numbers)
        assert await pool.fetchval("select count(*) from cpr_subscription_attempt") == 0
        refused = len(register.asked) - len(numbers)
        assert refused == 12


async def test_a_wish_that_turns_while_cpr_is_told_is_told_again(
    open_direct: OpenDirect, register: DirectServer, pool: Pool
) -> None:
    await switch_on(pool)
    await subscribes(pool, by_import=False)
    async with open_direct() as direct:
        contact_id = (await importing.perform(direct, CprNumber(ANNA), CALLER, PURPOSEFUL)).contact_id
        worker = Worker(direct, always)
        async with pool.acquire() as connection, connection.transaction():
            await asking.ask(connection, {contact_id: True}, by="test")
        register.hold()
        telling = asyncio.create_task(worker.work())

        async def is_asked() -> bool:
            return register.asked[-1:] == ["16"]

        await until(is_asked)
        async with pool.acquire() as connection, connection.transaction():
            await asking.ask(connection, {contact_id: False}, by="test")
        assert await attempts.claim(pool, direct.now(), 10) == []  # one of them at a time
        register.flow()
        await telling
        await worker.work()
        assert (register.subscribed, await state_of(pool, contact_id)) == (set(), (False, False))


async def test_what_cpr_says_online_is_newer_than_a_file_that_bears_a_later_date(
    direct_client: httpx.AsyncClient, register: DirectServer, pool: Pool
) -> None:
    contact_id = await imported(direct_client, pool)
    later_date = RegisterTime(NOW.date() + dt.timedelta(days=3), Channel.BATCH, "463003", NOW)
    results = await merge.apply(pool, [delivery(ANNA, time=later_date, subscribed=True)], BATCH, now=NOW)
    assert results[0].outcome is Outcome.UPDATED
    assert (await state_of(pool, contact_id))[0]
    answer = await direct_client.post("/subscriptions/ends", json={"number": ANNA, **WHY})
    assert (answer.status_code, outcomes(answer)) == (200, ["done"])
    assert await state_of(pool, contact_id) == (False, False)
    assert register.asked == ["06", "30"]
    again = await direct_client.post("/subscriptions", json={"number": ANNA, **WHY})
    assert outcomes(again) == ["done"]
    assert await state_of(pool, contact_id) == (True, True)


async def test_a_statement_that_is_overtaken_is_made_again_later_and_not_at_once(
    open_direct: OpenDirect, register: DirectServer, pool: Pool
) -> None:
    """As where a replica whose clock is an hour ahead has just said otherwise."""
    await switch_on(pool)
    async with open_direct() as direct:
        contact_id = (await importing.perform(direct, CprNumber(ANNA), CALLER, PURPOSEFUL)).contact_id
        ahead = online_subscription_time(dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)).key
        await pool.execute("update source_record set subscription_as_of = $1", ahead)
        async with pool.acquire() as connection, connection.transaction():
            await asking.ask(connection, {contact_id: False}, by="test")
        assert await Worker(direct, always).work() == 1
    assert register.asked == ["16", "30"]
    waiting = await pool.fetchrow(
        "select failure, next_try_at > now() as is_later from cpr_subscription_attempt"
    )
    assert waiting is not None
    assert (waiting["failure"], waiting["is_later"]) == ("overtaken", True)


class Crash(BaseException):
    """The process is gone."""


def dying_at(wanted: Point) -> Any:
    def checkpoint(point: Point) -> None:
        if point is wanted:
            raise Crash

    return checkpoint


def later(direct: Direct) -> Direct:
    """The same, when every lease of the dead process has run out."""
    return dataclasses.replace(direct, now=lambda: dt.datetime.now(dt.UTC) + 2 * open_calls.LEASE)


@pytest.mark.parametrize("point", [Point.KEPT, Point.ASKED, Point.IN_MERGE, Point.MERGED])
async def test_an_import_that_dies_anywhere_is_done_in_the_end(
    open_direct: OpenDirect, register: DirectServer, pool: Pool, point: Point
) -> None:
    await switch_on(pool)
    async with open_direct() as direct:
        dying = dataclasses.replace(direct, checkpoint=dying_at(point))
        with pytest.raises(Crash):
            await importing.perform(dying, CprNumber(ANNA), CALLER, PURPOSEFUL)
        await Worker(direct, always).work()
        assert register.asked.count("16") <= 1  # the lease of the dead one still holds
        await Worker(later(direct), always).work()
    assert register.subscribed == {ANNA}
    assert await pool.fetchval("select count(*) from source_record where src_subscribed and subscribed") == 1
    assert await pool.fetchval("select count(*) from cpr_open_call") == 0
    assert (
        await pool.fetchval("select count(*) from audit_log where stage = 'imported' and client = 'journal'")
        == 1
    )


async def test_a_store_that_goes_away_during_the_merge_is_no_refusal(
    open_direct: OpenDirect, register: DirectServer, pool: Pool, database_url: str
) -> None:
    def shut_down(point: Point) -> None:
        if point is Point.IN_MERGE:
            with psycopg.connect(database_url, autocommit=True) as connection:
                connection.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where state = 'idle in transaction' and datname = current_database()"
                )

    await switch_on(pool)
    async with open_direct() as direct:
        dying = dataclasses.replace(direct, checkpoint=shut_down)
        with pytest.raises(StoreGone) as caught:
            await importing.perform(dying, CprNumber(ANNA), CALLER, PURPOSEFUL)
        assert presentation(caught.value).status == 503
        assert await pool.fetchval("select count(*) from contact") == 0
        await Worker(later(direct), always).work()
    assert register.subscribed == {ANNA}
    assert await pool.fetchval("select count(*) from source_record where src_subscribed") == 1


async def test_an_import_that_died_is_done_as_it_was_begun_and_ended_where_nobody_may_be_subscribed(
    open_direct: OpenDirect, register: DirectServer, pool: Pool
) -> None:
    await switch_on(pool)
    register.persons[BENT] = online(BENT)
    async with open_direct() as direct:
        dying = dataclasses.replace(direct, checkpoint=dying_at(Point.ASKED))
        for number in (ANNA, BENT):
            with pytest.raises(Crash):
                await importing.perform(dying, CprNumber(number), CALLER, PURPOSEFUL)
        await subscribes(pool, by_import=False)
        async with pool.acquire() as connection, connection.transaction():
            await never.add(connection, CprNumber(BENT), reason="ours", by="test")
        await Worker(later(direct), always).work()
        await Worker(later(direct), always).work()
    assert register.subscribed == {ANNA}
    rows = await pool.fetch(
        "select number, src_subscribed from source_record join contact_number using (contact_id) order by number"
    )
    assert [tuple(row) for row in rows] == [(ANNA, True), (BENT, False)]
    assert await pool.fetchval("select count(*) from cpr_open_call") == 0


@pytest.mark.parametrize("point", [Point.ASKED, Point.IN_MERGE, Point.TOLD])
@pytest.mark.parametrize("wanted", [True, False])
async def test_a_change_that_dies_anywhere_is_done_in_the_end(
    open_direct: OpenDirect, register: DirectServer, pool: Pool, point: Point, *, wanted: bool
) -> None:
    await switch_on(pool)
    await subscribes(pool, by_import=not wanted)
    async with open_direct() as direct:
        contact_id = (await importing.perform(direct, CprNumber(ANNA), CALLER, PURPOSEFUL)).contact_id
        async with pool.acquire() as connection, connection.transaction():
            await asking.ask(connection, {contact_id: wanted}, by="test")
        dying = Worker(dataclasses.replace(direct, checkpoint=dying_at(point)), always)
        try:
            await dying.work()
        except BaseExceptionGroup as group:
            assert group.subgroup(Crash)  # noqa: PT017
        except Crash:
            pass
        await Worker(later(direct), always).work()
    assert await state_of(pool, contact_id) == (wanted, wanted)
    assert register.subscribed == ({ANNA} if wanted else set())


async def test_an_answer_that_breaks_off_keeps_the_call_and_one_that_was_never_sent_does_not(
    open_direct: OpenDirect, register: DirectServer, pool: Pool
) -> None:
    await switch_on(pool)
    async with open_direct(limits={"tries": 1}) as direct:
        await direct.gateway.logon()
        register.answers.append(b"46300")
        with pytest.raises(AnswerCut):
            await importing.perform(direct, CprNumber(ANNA), CALLER, PURPOSEFUL)
        assert register.subscribed == {ANNA}
        assert await pool.fetchval("select count(*) from cpr_open_call") == 1
        register.request_errors.append("04")
        with pytest.raises(DirectError):
            await importing.perform(direct, CprNumber(BENT), CALLER, PURPOSEFUL)
        assert await pool.fetchval("select count(*) from cpr_open_call") == 1
        await Worker(later(direct), always).work()
    assert await pool.fetchval("select count(*) from source_record where src_subscribed") == 1
    assert await pool.fetchval("select count(*) from cpr_open_call") == 0


async def test_an_import_that_died_is_not_forgotten_when_cpr_is_closed_at_the_next_attempt(
    open_direct: OpenDirect, register: DirectServer, pool: Pool
) -> None:
    await switch_on(pool)
    async with open_direct(limits={"tries": 1}) as direct:
        dying = dataclasses.replace(direct, checkpoint=dying_at(Point.ASKED))
        with pytest.raises(Crash):
            await importing.perform(dying, CprNumber(ANNA), CALLER, PURPOSEFUL)
        register.request_errors.append("04")
        assert await Worker(later(direct), always).work() == 1
        assert await pool.fetchval("select failure from cpr_open_call") == "cpr-unavailable"
        await pool.execute("update cpr_open_call set due_at = now()")
        await Worker(later(direct), always).work()
    assert await pool.fetchval("select count(*) from source_record where src_subscribed") == 1
    assert await pool.fetchval("select count(*) from cpr_open_call") == 0


async def test_an_import_that_failed_is_not_done_again_once_another_one_was_done(
    open_direct: OpenDirect, register: DirectServer, pool: Pool
) -> None:
    """Else it would subscribe again who was unsubscribed by hand in between."""
    await switch_on(pool)
    async with open_direct(limits={"tries": 1}) as direct:
        await direct.gateway.logon()
        register.answers.append(b"46300")
        with pytest.raises(AnswerCut):
            await importing.perform(direct, CprNumber(ANNA), CALLER, PURPOSEFUL)
        contact_id = (await importing.perform(direct, CprNumber(ANNA), CALLER, PURPOSEFUL)).contact_id
        await subscribing.change(direct, [contact_id], wanted=False, by="test")
        await Worker(later(direct), always).work()
    assert register.subscribed == set()
    assert await state_of(pool, contact_id) == (False, False)


async def test_what_is_ended_as_a_strangers_is_left_alone_once_it_is_a_contacts(
    open_direct: OpenDirect, register: DirectServer, pool: Pool
) -> None:
    await switch_on(pool)
    async with open_direct() as direct:
        kind = CallKind.UNSUBSCRIBE
        await open_calls.keep(pool, CprNumber(ANNA), kind, CALLER, PURPOSEFUL, due_at=direct.now())
        contact_id = (await importing.perform(direct, CprNumber(ANNA), CALLER, PURPOSEFUL)).contact_id
        await Worker(direct, always).work()
    assert register.subscribed == {ANNA}
    assert await state_of(pool, contact_id) == (True, True)
    assert await pool.fetchval("select count(*) from cpr_open_call") == 0


async def test_nothing_is_ended_as_a_strangers_while_it_is_imported(
    open_direct: OpenDirect, register: DirectServer, pool: Pool
) -> None:
    await switch_on(pool)
    async with open_direct() as direct:
        now = direct.now()
        for kind, due_at in ((CallKind.UNSUBSCRIBE, now), (CallKind.IMPORT, now + open_calls.LEASE)):
            await open_calls.keep(pool, CprNumber(ANNA), kind, CALLER, PURPOSEFUL, due_at=due_at)
        assert await Worker(direct, always).work() == 1
        assert register.asked == []
        await pool.execute("delete from cpr_open_call where kind = 'import'")
        await Worker(later(direct), always).work()
    assert register.asked == ["30"]
    assert await pool.fetchval("select count(*) from cpr_open_call") == 0


async def test_a_wish_that_is_taken_back_after_it_failed_is_no_failure_any_more(
    direct_client: httpx.AsyncClient, register: DirectServer, pool: Pool
) -> None:
    contact_id = await imported(direct_client, pool)
    register.request_errors.extend(CLOSED)
    body = {"contact_ids": [contact_id], **WHY}
    assert outcomes(await direct_client.post("/subscriptions", json=body)) == ["waits"]
    assert (await attempts.SQL.figures(pool))["failing"] == 1
    assert outcomes(await direct_client.post("/subscriptions/ends", json=body)) == ["already"]
    assert (await attempts.SQL.figures(pool))["failing"] == 0


async def test_an_unexpected_error_keeps_no_other_wish_from_being_told(
    open_direct: OpenDirect, register: DirectServer, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await switch_on(pool)
    await subscribes(pool, by_import=False)
    register.persons[BENT] = online(BENT)
    async with open_direct() as direct:
        ids = [
            (await importing.perform(direct, CprNumber(number), CALLER, PURPOSEFUL)).contact_id
            for number in (ANNA, BENT)
        ]
        async with pool.acquire() as connection, connection.transaction():
            await asking.ask(connection, dict.fromkeys(ids, True), by="test")
        tell = telling.tell

        async def tell_but_for_one(direct: Direct, claimed: attempts.Claimed) -> DirectError | None:
            if claimed.contact_id == ids[0]:
                raise ValueError
            return await tell(direct, claimed)

        monkeypatch.setattr(telling, "tell", tell_but_for_one)
        assert await Worker(direct, always).work() == 2
    assert register.subscribed == {BENT}


async def test_a_worker_rests_as_soon_as_the_module_is_switched_off(
    open_direct: OpenDirect, register: DirectServer, pool: Pool
) -> None:
    await switch_on(pool)
    await subscribes(pool, by_import=False)
    register.persons[BENT] = online(BENT)
    answers = [True, False]

    async def is_on() -> bool:
        return answers.pop(0)

    async with open_direct(subscribing=SubscribingSettings(at_once=1)) as direct:
        ids = [
            (await importing.perform(direct, CprNumber(number), CALLER, PURPOSEFUL)).contact_id
            for number in (ANNA, BENT)
        ]
        async with pool.acquire() as connection, connection.transaction():
            await asking.ask(connection, dict.fromkeys(ids, True), by="test")
        assert await Worker(direct, is_on).work() == 1
    assert register.subscribed == {ANNA}


async def test_told_by_input_file_the_wish_waits_for_the_other_service(
    open_direct: OpenDirect, register: DirectServer, pool: Pool
) -> None:
    await switch_on(pool)
    async with open_direct(subscriptions={"told_by": "input-file"}) as direct:
        contact_id = (await importing.perform(direct, CprNumber(ANNA), CALLER, PURPOSEFUL)).contact_id
        await Worker(direct, always).work()
        [changed] = await subscribing.change(direct, [contact_id], wanted=False, by="test")
        assert changed.outcome is ChangeOutcome.ALREADY
        [changed] = await subscribing.change(direct, [contact_id], wanted=True, by="test")
        assert (changed.outcome, changed.error) == (ChangeOutcome.WAITS, None)
        with pytest.raises(SubscriptionNotWaiting):
            await subscribing.retry(direct, contact_id)
    assert register.asked == ["06"]
    assert await state_of(pool, contact_id) == (False, True)


async def test_a_wish_that_turns_is_nobody_elses_while_it_is_being_told(
    open_direct: OpenDirect, register: DirectServer, pool: Pool
) -> None:
    """CPR must not hear two statements about one person at once."""
    await switch_on(pool)
    await subscribes(pool, by_import=False)
    async with open_direct() as direct:
        contact_id = (await importing.perform(direct, CprNumber(ANNA), CALLER, PURPOSEFUL)).contact_id
        async with pool.acquire() as connection, connection.transaction():
            await asking.ask(connection, {contact_id: True}, by="test")
        now = direct.now()
        assert [each.wanted for each in await attempts.claim(pool, now, 10)] == [True]
        # a file of CPR's says meanwhile that it has agreed, and somebody wishes the end
        await pool.execute("update source_record set src_subscribed = true, subscribed = false")
        assert await attempts.claim(pool, now, 10) == []
        assert await attempts.claim(pool, now, 10, [contact_id]) == []
        assert [each.wanted for each in await attempts.claim(pool, now + open_calls.LEASE, 10)] == [False]


async def test_cases_make_wishes_by_the_policy_and_reconciliation_tells_of_strangers(
    direct_client: httpx.AsyncClient, register: DirectServer, pool: Pool
) -> None:
    contact_id = await imported(direct_client, pool)
    opened = await direct_client.post(
        "/cases/openings", json={"case_reference": "2026-1", "contact_ids": [contact_id]}
    )
    assert opened.json() == {"contact_ids": [contact_id]}
    unknown = await direct_client.post(
        "/cases/openings", json={"case_reference": "2026-1", "contact_ids": [99999]}
    )
    assert (unknown.status_code, unknown.json()["contact_ids"]) == (404, [99999])
    assert [
        each["case_reference"] for each in (await direct_client.get(f"/contacts/{contact_id}/cases")).json()
    ] == ["2026-1"]
    plan = (await direct_client.get("/policy/plan")).json()
    assert [(each["contact_id"], each["wanted"], each["reason"]) for each in plan["items"]] == [
        (contact_id, True, "open-case")
    ]
    run = (await direct_client.post("/policy/runs")).json()
    assert (run["state"], run["figures"]["begins"]) == ("done", 1)

    async def is_subscribed() -> bool:
        return register.subscribed == {ANNA} and (await state_of(pool, contact_id)) == (True, True)

    await until(is_subscribed)
    assert (await direct_client.get("/policy")).json()["rule_problem"] is None

    register.subscribed.add(CARL)
    register.persons[CARL] = online(CARL)
    compared = await direct_client.post("/reconciliations", content=f"{CARL}\n{CARL[:6]}-{CARL[6:]}\n")
    assert compared.status_code == 201, compared.text
    found = compared.json()
    path = f"/reconciliations/{found['reconciliation_id']}"
    differences = (await direct_client.get(f"{path}/differences")).json()["items"]
    assert sorted(each["kind"] for each in differences) == ["missing-at-cpr", "unknown-person"]
    assert CARL not in str(differences)
    forecast = (await direct_client.get(f"{path}/forecast")).json()
    assert forecast == {
        "outcomes": {"newer-known": 1},
        "subscribed": 0,
        "unsubscribed": 0,
        "ends_to_come": 1,
    }
    applied = (await direct_client.post(f"{path}/applications", json={"ends_unknown": True})).json()
    assert applied["ends_to_come"] == 1

    async def the_stranger_is_ended() -> bool:
        return CARL not in register.subscribed and not await pool.fetchval(
            "select count(*) from cpr_open_call"
        )

    await until(the_stranger_is_ended)
    bad = await direct_client.post("/reconciliations", content=f"{CARL}\nnobody\n")
    assert (bad.status_code, bad.json()["line"]) == (422, 2)
    assert CARL not in bad.text
    closed = await direct_client.post("/cases/closings", json={"case_reference": "2026-1"})
    assert closed.json() == {"contact_ids": [contact_id]}


async def test_figures_tell_who_is_subscribed_who_is_to_be_and_what_waits(
    direct_client: httpx.AsyncClient, register: DirectServer, pool: Pool
) -> None:
    contact_id = await imported(direct_client, pool)
    await pool.execute("update source_record set subscribed = false where contact_id = $1", contact_id)
    await direct_client.post("/never-subscribed", json={"number": CARL, "reason": "asked for it"})
    assert (await direct_client.get("/subscriptions/figures")).json() == {
        "persons": 1,
        "subscribed": 0,
        "wished": 0,
        "unwished": 1,
        "waiting": 0,
        "failing": 0,
        "open_calls": 0,
        "never_subscribed": 1,
        "told_by": "online",
    }
    register.request_errors.extend(CLOSED)
    await direct_client.post("/subscriptions", json={"contact_ids": [contact_id], **WHY})
    found = (await direct_client.get("/subscriptions/figures")).json()
    assert {name: found[name] for name in ("subscribed", "wished", "unwished", "waiting", "failing")} == {
        "subscribed": 0,
        "wished": 1,
        "unwished": 0,
        "waiting": 1,
        "failing": 1,
    }
