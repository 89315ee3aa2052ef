"""The past by store time and by register date: random sequences of edits, deliveries in and out of order."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registerbro.contacts import merge, queries
from registerbro.contacts.edit import edit_contact
from registerbro.contacts.model import Channel, RegisterTime
from registerbro.contacts.queries import SaidBy
from registerbro.database import Connection, Pool

from tests.support.deliveries import ALL_KEYS, FETCHED, IMPORT, NOW, delivery
from tests.support.histories import empty_store

ANNA = "0101800001"
START = NOW
TODAY = START.astimezone(ZoneInfo("Europe/Copenhagen")).date()
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
STEPS = st.lists(st.sampled_from(["Ane", "Anne", "Anna", "delivery"]), min_size=1, max_size=6)


def day(number: int) -> SaidBy:
    return SaidBy(dt.date(2024, 1, number))


async def name_at(connection: Connection, when: int | dt.datetime | SaidBy) -> str | None:
    view = await queries.state_at(connection, 1, when, may_see_protected=True)
    return view.name.name1 if view else None


async def said(connection: Connection, number: int, name: str, at: dt.datetime = START, **more: Any) -> None:
    given = delivery(ANNA, number, fields={"name1": name}, **more)
    await merge.apply(connection, [given], IMPORT, now=at)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_every_moment_shows_what_was_stored_then(pool: Pool, steps: list[str]) -> None:
    async with empty_store(pool) as connection:
        await said(connection, 1, "Anna")
        contact_id: int = await connection.fetchval("select contact_id from contact")
        shown: dict[dt.datetime, str | None] = {START - HOUR: None, START: "Anna"}
        version = 1
        for place, step in enumerate(steps, 1):
            at = START + place * HOUR
            if step == "delivery":
                await said(connection, place + 1, f"Said {place}", at)
            else:
                await edit_contact(connection, contact_id, version, {"name1": step}, now=at)
            view = await queries.load_contact(connection, contact_id, may_see_protected=True)
            assert view is not None
            shown[at], version = view.name.name1, view.version
        for at, name in shown.items():
            past = await queries.state_at(connection, contact_id, at, may_see_protected=True)
            assert (past and past.name.name1) == name


async def test_a_register_date_shows_what_had_been_said_by_then_whenever_it_arrived(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await said(connection, 5, "Fifth")
        await said(connection, 10, "Tenth", START + HOUR)
        assert [await name_at(connection, day(each)) for each in (4, 5, 9, 10, 31)] == [
            None, "Fifth", "Fifth", "Tenth", "Tenth"
        ]  # fmt: skip


async def test_a_change_by_hand_counts_from_the_danish_day_on_which_it_was_made(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await said(connection, 5, "Fifth")
        await edit_contact(connection, 1, 1, {"name1": "By hand"}, now=START)
        time = RegisterTime(TODAY + 2 * DAY, Channel.BATCH, "110901", FETCHED)
        await said(connection, 10, "Later", START + HOUR, time=time)
        days = [SaidBy(TODAY + number * DAY) for number in (-1, 0, 1, 2)]
        assert [await name_at(connection, each) for each in days] == ["Fifth", "By hand", "By hand", "Later"]


async def test_a_delivery_that_came_late_shows_nothing_that_was_said_later(pool: Pool) -> None:
    """The older file filled in what the newer one had not spoken of: neither date shows it as of its own day."""
    async with pool.acquire() as connection:
        await said(connection, 5, "Fifth")
        await said(connection, 10, "Tenth", START + HOUR, delivers=ALL_KEYS - {"position"})
        await said(connection, 8, "Eighth", START + 2 * HOUR)
        assert [await name_at(connection, day(each)) for each in (8, 9, 10)] == ["Fifth", "Fifth", "Tenth"]


async def test_a_contact_from_before_these_times_were_kept_begins_when_it_was_stored(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await said(connection, 5, "Fifth")
        await connection.execute("update contact set first_register_date = null, first_stored_at = null")
        await connection.execute("update contact set created_at = $1", START)
        assert await name_at(connection, SaidBy(TODAY - DAY)) is None
        assert await name_at(connection, SaidBy(TODAY)) == "Fifth"
