"""The outbox's rows, what relays claim, what waits, and what is forgotten."""

import datetime as dt
from typing import Any

import orjson
import pytest
from opentelemetry.sdk.trace import TracerProvider
from prometheus_client import REGISTRY
from registerbro.bus import outbox, retention
from registerbro.bus.in_process import InProcessBus
from registerbro.bus.port import Passage
from registerbro.bus.relay import relay_once, relaying
from registerbro.bus.statements import SQL
from registerbro.database import Connection, Pool
from registerbro.events import ContactUpdated, Event
from registerbro.settings import EventSettings

from tests.support.bus import QUICK, some_event, some_events
from tests.support.waiting import until

NOW = dt.datetime.now(dt.UTC)


async def add(pool: Pool, *events: Event) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await outbox.add(connection, events)


def test_a_row_is_what_the_table_takes() -> None:
    event = some_event()
    row = dict(zip(outbox.COLUMNS, outbox.outbox_row(event), strict=True))
    assert row == {
        "event_day": event.time.date(),
        "event_id": event.id,
        "type": "dk.registerbro.contact.updated.v1",
        "routing_key": "contact.updated",
        "body": event.to_cloudevent_json(),
        "created_at": event.time,
    }


async def test_events_that_are_added_carry_the_present_trace(pool: Pool) -> None:
    with TracerProvider().get_tracer("test").start_as_current_span("change") as span:
        await add(pool, some_event())
        trace_id = f"{span.get_span_context().trace_id:032x}"
    body = orjson.loads(await pool.fetchval("select body from outbox"))
    assert body["traceparent"].split("-")[1] == trace_id


async def test_a_claimed_event_is_not_claimed_by_another_relay(pool: Pool) -> None:
    await add(pool, *some_events(3))
    async with pool.acquire() as one, pool.acquire() as other, one.transaction(), other.transaction():
        first = [row["event_id"] async for row in SQL.claim(one, batch=2)]
        second = [row["event_id"] async for row in SQL.claim(other, batch=2)]
    assert (len(first), len(second)) == (2, 1)
    assert not set(first) & set(second)


async def test_claiming_takes_the_oldest_by_index(pool: Pool) -> None:
    """However many events were published and however many wait: a relay reads no more than it takes."""
    await add(pool, *some_events(10_000))
    await pool.execute("update outbox set published_at = now()")
    await add(pool, *some_events(2000))
    await pool.execute("vacuum analyze outbox")
    async with pool.acquire() as connection:
        await connection.execute("set plan_cache_mode = force_generic_plan")
        await connection.execute(f"prepare claim as {SQL.claim.sql}")
        plan = await connection.fetchval("explain (analyze, format json) execute claim (10)")
        await connection.execute("reset plan_cache_mode")
    nodes = list(_nodes(orjson.loads(plan)[0]["Plan"]))
    assert max(node["Actual Rows"] for node in nodes) <= 11


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan] + [node for child in plan.get("Plans", []) for node in _nodes(child)]


async def test_what_was_not_confirmed_stays(pool: Pool) -> None:
    class Doubtful(InProcessBus):
        async def forward(self, connection: Connection, events: object) -> list[Passage]:
            return [Passage.ROUTED, Passage.FAILED, Passage.UNROUTED]

    events = some_events(3)
    await add(pool, *events)
    await relay_once(pool, Doubtful(pool))
    waiting = await pool.fetch("select event_id from outbox where published_at is null")
    assert [row["event_id"] for row in waiting] == [events[1].id]
    unrouted = await pool.fetch("select event_id from outbox where is_unrouted")
    assert [row["event_id"] for row in unrouted] == [events[2].id]


async def test_a_relay_survives_what_its_bus_raises(pool: Pool) -> None:
    class Failing(InProcessBus):
        failures = 0

        async def forward(self, connection: Connection, events: object) -> list[Passage]:
            if self.failures < 3:
                self.failures += 1
                raise ConnectionResetError
            return [Passage.ROUTED]

    await add(pool, some_event())
    async with relaying(pool, Failing(pool), poll=QUICK, pause=QUICK):
        await until(lambda: _is_empty(pool))


async def test_a_relay_is_woken_by_the_commit(pool: Pool) -> None:
    """The poll would come after an hour."""
    async with relaying(pool, InProcessBus(pool), poll=dt.timedelta(hours=1)):
        for _ in range(3):
            await add(pool, some_event())
            await until(lambda: _is_empty(pool))


async def test_a_relay_whose_listening_connection_is_lost_listens_again(pool: Pool) -> None:
    async with relaying(pool, InProcessBus(pool), poll=dt.timedelta(hours=1)):
        await add(pool, some_event())
        await until(lambda: _is_empty(pool))
        lost = await pool.fetch(
            "select pg_terminate_backend(pid) from pg_stat_activity where query like 'LISTEN%' and datname = current_database()"
        )
        assert len(lost) == 1
        await add(pool, some_event())
        await until(lambda: _is_empty(pool))


async def _is_empty(pool: Pool) -> bool:
    async with pool.acquire() as connection:
        return (await outbox.backlog(connection)).waiting == 0


async def test_the_backlog_tells_how_long_the_oldest_waits(pool: Pool) -> None:
    old = Event(ContactUpdated(1, 2, ()), time=NOW - dt.timedelta(minutes=5))
    await add(pool, some_event(), old)
    async with pool.acquire() as connection:
        assert await outbox.backlog(connection) == outbox.Backlog(2, old.time)


async def test_partitions_past_their_time_are_dropped_unless_something_needs_them(pool: Pool) -> None:
    days = [NOW - dt.timedelta(days=age) for age in (100, 99, 20, 15, 1)]
    await pool.execute(
        "select ensure_partitions(parent::regclass, interval '1 day', $1, $2) from unnest(array['outbox', 'inbox']) as parent",
        days[0].date(),
        NOW.date(),
    )
    await add(pool, *(Event(ContactUpdated(1, 2, ()), time=day) for day in days))
    await pool.execute("update outbox set published_at = now() where event_day <> $1", days[1].date())
    async with pool.acquire() as connection:
        forgotten = await retention.forget(connection, EventSettings(), now=NOW)
        assert forgotten == [f"{table}_{days[0]:%Y%m%d}" for table in ("outbox", "inbox")]
        await connection.execute("update outbox set published_at = now()")
        await retention.forget(connection, EventSettings(), now=NOW)
        left = [row["event_day"] for row in await connection.fetch("select event_day from outbox")]
        inbox_days = [row["day"] async for row in SQL.partitions(connection, parent="inbox")]
    assert left == [days[4].date()]
    assert inbox_days[0] == NOW.date() - dt.timedelta(days=90)


async def test_what_waits_is_counted_also_while_nothing_gets_out(pool: Pool) -> None:
    class Away(InProcessBus):
        async def forward(self, connection: Connection, events: object) -> list[Passage]:
            raise ConnectionError

    def shown(name: str) -> float:
        return REGISTRY.get_sample_value(f"registerbro_outbox_{name}") or 0

    async def three_wait() -> bool:
        return shown("waiting") == 3 and shown("oldest_seconds") > 0

    async def none_waits() -> bool:
        return shown("waiting") == shown("oldest_seconds") == 0

    async with relaying(pool, Away(pool), poll=QUICK, pause=QUICK, observe=QUICK):
        await add(pool, *some_events(3))
        await until(three_wait)
    async with relaying(pool, InProcessBus(pool), poll=QUICK, pause=QUICK, observe=QUICK):
        await until(none_waits)


async def test_open_dead_letters_are_counted_by_consumer(pool: Pool) -> None:
    def shown() -> float | None:
        return REGISTRY.get_sample_value("registerbro_dead_letters_open", {"consumer": "c"})

    async def two_are() -> bool:
        return shown() == 2

    async def none_is() -> bool:
        return shown() is None

    await pool.execute(
        "insert into dead_letter (consumer, event_day, body, reason, attempts) "
        "select 'c', current_date, body::bytea, 'r', 1 from unnest('{a,b}'::text[]) body"
    )
    async with relaying(pool, InProcessBus(pool), observe=QUICK):
        await until(two_are)
        await pool.execute("update dead_letter set discarded_at = now(), discard_reason = 'r'")
        await until(none_is)


async def test_an_open_dead_letter_keeps_its_day_in_the_inbox(pool: Pool) -> None:
    day = (NOW - dt.timedelta(days=200)).date()
    await pool.execute("select ensure_partitions('inbox', interval '1 day', $1, $2)", day, NOW.date())
    await pool.execute(
        "insert into dead_letter (consumer, event_day, body, reason, attempts) values ('c', $1, '', 'r', 1)",
        day,
    )
    async with pool.acquire() as connection:
        assert await retention.forget(connection, EventSettings(), now=NOW) == []
        await connection.execute("update dead_letter set discarded_at = now(), discard_reason = 'r'")
        assert await retention.forget(connection, EventSettings(), now=NOW)


def test_an_inbox_that_forgets_before_the_outbox_is_refused() -> None:
    with pytest.raises(ValueError, match="inbox"):
        EventSettings(outbox_days=30, inbox_days=30)
