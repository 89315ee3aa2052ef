"""Statements that somebody is subscribed or no longer, online and by file, in any order; and what batch does with them."""

import dataclasses
import datetime as dt
import itertools

import pytest
from registerbro.contacts import merge
from registerbro.contacts.model import Channel, MappedContact, Outcome, RegisterTime
from registerbro.cpr.mapping import (
    listed_subscription_time,
    map_receipt,
    map_subscription,
    online_subscription_time,
)
from registerbro.cpr.numbers import CprNumber
from registerbro.cpr.records import Record, SubscriptionEnded

from tests.support.cpr_files import ANNA, CONTEXT, record
from tests.support.deliveries import BATCH, NOW, delivery, home

from .conftest import Persons

DAY = dt.date(2024, 1, 10)
MORNING = dt.datetime(2024, 1, 10, 8, 0, tzinfo=dt.UTC)


def online(is_subscribed: bool, at: dt.datetime = MORNING) -> MappedContact:
    return map_subscription(CprNumber(ANNA), is_subscribed=is_subscribed, at=at)


def by_file(is_subscribed: bool, day: int = 10) -> MappedContact:
    """Of a file of that day: data with the event that it was made, or the receipt that it ended."""
    if is_subscribed:
        return delivery(ANNA, day, subscribed=True)
    ended = SubscriptionEnded(1, CprNumber(ANNA), Record("997", 1, 0, record("997", ANNA)))
    context = dataclasses.replace(CONTEXT, production_date=dt.date(2024, 1, day))
    return map_receipt(ended, context=context)


async def take(persons: Persons, *deliveries: MappedContact) -> list[Outcome]:
    return [(await merge.apply(persons.pool, [each], BATCH, now=NOW))[0].outcome for each in deliveries]


async def is_subscribed(persons: Persons) -> bool:
    [(state, _)] = (await persons.states()).values()
    return state


@pytest.mark.parametrize(
    ("utc", "danish"),
    [
        ("2026-03-28T22:59", "2026-03-28"),
        ("2026-03-28T23:00", "2026-03-29"),  # winter time until two o'clock
        ("2026-03-29T21:59", "2026-03-29"),
        ("2026-03-29T22:00", "2026-03-30"),
        ("2026-10-24T22:00", "2026-10-25"),
        ("2026-10-25T22:59", "2026-10-25"),  # a day of 25 hours
        ("2026-10-25T23:00", "2026-10-26"),
    ],
)
def test_the_danish_date_of_an_online_statement_counts(utc: str, danish: str) -> None:
    moment = dt.datetime.fromisoformat(f"{utc}+00:00")
    statement = map_subscription(CprNumber(ANNA), is_subscribed=True, at=moment)
    assert statement.subscription_time == online_subscription_time(moment)
    assert online_subscription_time(moment).date.isoformat() == danish
    assert (statement.register_time.date, statement.register_time.channel) == (
        online_subscription_time(moment).date,
        Channel.ONLINE,
    )
    assert (statement.delivers, statement.records) == (frozenset(), "")


@pytest.mark.parametrize("task", ["000000", "110901", "999999"])
def test_times_of_one_day_have_an_order_as_values_and_as_keys(task: str) -> None:
    late = dt.datetime(2024, 1, 10, 22, 0, tzinfo=dt.UTC)
    times = [
        RegisterTime(DAY - dt.timedelta(days=1), Channel.BATCH, task, late),
        listed_subscription_time(DAY),
        listed_subscription_time(DAY, MORNING),
        listed_subscription_time(DAY, late),
        RegisterTime(DAY, Channel.BATCH, task, late),
        online_subscription_time(MORNING),
        online_subscription_time(MORNING + dt.timedelta(seconds=1)),
        listed_subscription_time(DAY + dt.timedelta(days=1)),
    ]
    assert times == sorted(times)
    assert [time.key for time in times] == sorted(time.key for time in times)
    assert [RegisterTime.from_key(time.key) for time in times] == times


@pytest.mark.parametrize("said_online", [True, False])
@pytest.mark.parametrize("is_online_first", [True, False])
async def test_on_one_day_what_was_said_online_holds_in_either_order(
    persons: Persons, said_online: bool, is_online_first: bool
) -> None:
    await persons.add(ANNA, is_subscribed=not said_online)
    statements = [online(said_online), by_file(not said_online)]
    await take(persons, *(statements if is_online_first else reversed(statements)))
    assert await is_subscribed(persons) is said_online


@pytest.mark.parametrize("last", [True, False])
async def test_the_latest_of_several_days_and_calls_holds_in_every_order(
    persons: Persons, last: bool
) -> None:
    hour = dt.timedelta(hours=1)
    newest = (online(last, MORNING + hour), by_file(last, 11))
    for final in newest:
        said = (online(not last), by_file(not last), final)
        for order in itertools.permutations(said):
            await persons.pool.execute("truncate contact, contact_number, source_record cascade")
            await persons.add(ANNA)
            await take(persons, *order)
            assert await is_subscribed(persons) is last


async def test_whose_subscription_was_cancelled_online_is_not_updated_by_batch_any_more(
    persons: Persons,
) -> None:
    anna = await persons.add(ANNA, is_subscribed=True)
    assert await take(persons, delivery(ANNA, 9, addresses={"HA": home("Nygade 2")})) == [Outcome.UPDATED]
    assert await take(persons, online(is_subscribed=False)) == [Outcome.UNCHANGED]
    moved = [delivery(ANNA, day, addresses={"HA": home("Torvet 3")}) for day in (10, 11)]
    assert await take(persons, *moved) == [Outcome.NOT_SUBSCRIBED] * 2
    street = "select address1 from address where address_type = 'HA' and contact_id = $1"
    assert await persons.pool.fetchval(street, anna) == "Nygade 2"
    assert await persons.events("cpr.subscription.changed") == [{"contact_id": anna, "is_subscribed": False}]
    again = delivery(ANNA, 12, addresses={"HA": home("Torvet 3")}, subscribed=True)
    assert await take(persons, again) == [Outcome.UPDATED], "a later file says that it was made again"
    assert await persons.pool.fetchval(street, anna) == "Torvet 3"


async def test_data_of_the_day_of_the_cancellation_that_came_before_it_were_taken(persons: Persons) -> None:
    anna = await persons.add(ANNA, is_subscribed=True)
    moved = delivery(ANNA, 10, addresses={"HA": home("Nygade 2")})
    assert await take(persons, moved, online(is_subscribed=False)) == [Outcome.UPDATED, Outcome.UNCHANGED]
    assert await is_subscribed(persons) is False
    street = "select address1 from address where address_type = 'HA' and contact_id = $1"
    assert await persons.pool.fetchval(street, anna) == "Nygade 2"


async def test_a_statement_changes_nothing_of_the_contact(persons: Persons) -> None:
    anna = await persons.add(ANNA)
    version = "select version from contact where contact_id = $1"
    before = await persons.pool.fetchval(version, anna)
    stamp = "select register_date, register_task, records from source_record where contact_id = $1"
    stored = await persons.pool.fetchrow(stamp, anna)
    await take(persons, online(is_subscribed=True))
    assert await persons.pool.fetchval(version, anna) == before
    assert await persons.pool.fetchrow(stamp, anna) == stored
    assert await take(persons, online(is_subscribed=True)) == [Outcome.NOT_NEWER]


async def test_of_somebody_who_is_not_imported_nothing_is_stored(persons: Persons) -> None:
    assert await take(persons, online(is_subscribed=True)) == [Outcome.NOT_IMPORTED]
    assert await persons.pool.fetchval("select count(*) from contact") == 0
