"""Wishes for subscriptions: what is stored, what is told, and what is refused."""

import asyncio

import pytest
from registerbro.contacts.wishes import set_wishes
from registerbro.cpr.numbers import CprNumber
from registerbro.database import Pool
from registerbro.subscriptions import asking, never
from registerbro.subscriptions.asking import Asked, AskOutcome

from tests.support.cpr_files import ANNA, BENT, CARL
from tests.support.waiting import until

from .conftest import Persons

REQUESTED, ALREADY = AskOutcome.REQUESTED, AskOutcome.ALREADY


async def ask(pool: Pool, *wishes: tuple[int, bool]) -> list[Asked]:
    async with pool.acquire() as connection, connection.transaction():
        return await asking.ask(connection, dict(wishes), by="clara", reason="by-hand")


@pytest.mark.parametrize(
    ("is_subscribed", "wish", "wanted", "outcome", "is_changed"),
    [
        (False, None, True, REQUESTED, True),
        (False, False, True, REQUESTED, True),
        (False, True, True, REQUESTED, False),  # CPR has not been told yet: it is woken again
        (True, None, True, ALREADY, True),
        (True, False, True, ALREADY, True),  # the end was not told yet, and need not be
        (True, True, True, ALREADY, False),
        (True, True, False, REQUESTED, True),
        (True, None, False, REQUESTED, True),
        (False, True, False, ALREADY, True),
        (False, None, False, ALREADY, True),
    ],
)
async def test_an_event_says_so_where_cpr_has_to_be_told(
    persons: Persons,
    is_subscribed: bool,
    wish: bool | None,
    wanted: bool,
    outcome: AskOutcome,
    is_changed: bool,
) -> None:
    anna = await persons.add(ANNA, is_subscribed=is_subscribed, wish=wish)
    assert await ask(persons.pool, (anna, wanted)) == [Asked(anna, anna, outcome, is_changed)]
    assert await persons.states() == {anna: (is_subscribed, wanted)}
    assert await persons.requested() == ([(anna, wanted)] if outcome is REQUESTED else [])
    made = await asking.history(persons.pool, anna)
    assert [(each.wanted, each.reason, each.asked_by) for each in made] == (
        [(wanted, "by-hand", "clara")] if is_changed else []
    )


async def test_who_cannot_be_subscribed_has_an_outcome_of_their_own_and_the_rest_carries_on(
    persons: Persons,
) -> None:
    anna, bent = await persons.add(ANNA), await persons.add(BENT)
    carl = await persons.placeholder(CARL)
    async with persons.pool.acquire() as connection, connection.transaction():
        await never.add(connection, CprNumber(BENT), reason="", by="clara")
    asked = await ask(persons.pool, (9999, True), (carl, True), (bent, True), (anna, True))
    assert [(each.asked_id, each.outcome) for each in asked] == [
        (9999, AskOutcome.UNKNOWN_CONTACT),
        (carl, AskOutcome.NOT_IMPORTED),
        (bent, AskOutcome.NEVER),
        (anna, REQUESTED),
    ]
    assert await persons.wishes() == {anna: True, bent: None}
    assert await persons.requested() == [(anna, True)]


async def test_of_a_merged_contact_it_is_the_survivor(persons: Persons) -> None:
    anna, bent = await persons.add(ANNA), await persons.add(BENT)
    await ask(persons.pool, (anna, True))
    await persons.join(BENT, ANNA)
    asked = await ask(persons.pool, (anna, False), (bent, True))
    assert asked == [Asked(anna, bent, REQUESTED, True), Asked(bent, bent, REQUESTED, True)]
    assert await persons.wishes() == {bent: True}
    assert (await persons.requested())[1:] == [(bent, True)], "one person is told of once"
    assert {each.contact_id for each in await asking.history(persons.pool, bent)} == {anna, bent}


async def test_a_contact_that_is_merged_while_we_wait_for_it_is_looked_up_again(persons: Persons) -> None:
    anna, bent = await persons.add(ANNA), await persons.add(BENT)
    async with persons.pool.acquire() as connection:
        async with connection.transaction():
            await persons.join(BENT, ANNA, connection)
            task = asyncio.create_task(ask(persons.pool, (anna, True)))
            await until(persons.is_waiting)
        assert await asyncio.wait_for(task, 20) == [Asked(anna, bent, REQUESTED, True)]


async def test_nothing_is_told_where_the_transaction_fails(persons: Persons) -> None:
    anna = await persons.add(ANNA)
    async with persons.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await asking.ask(connection, {anna: True})
        await transaction.rollback()
    assert (await persons.wishes(), await persons.requested()) == ({anna: None}, [])


async def test_history_has_pages_and_is_forgotten_by_age(persons: Persons) -> None:
    anna = await persons.add(ANNA)
    for wanted in (True, False, True):
        await ask(persons.pool, (anna, wanted))
    newest, *_ = await asking.history(persons.pool, anna, size=1)
    older = await asking.history(persons.pool, anna, below=newest.wish_id)
    assert [each.wanted for each in (newest, *older)] == [True, False, True]
    assert await asking.forget(persons.pool, newest.asked_at) == 2
    assert await asking.history(persons.pool, anna) == [newest]
    assert await persons.wishes() == {anna: True}


async def test_a_wish_that_others_are_making_is_waited_for(persons: Persons) -> None:
    anna = await persons.add(ANNA)
    async with persons.pool.acquire() as connection:
        async with connection.transaction():
            await set_wishes(connection, {anna: True})
            task = asyncio.create_task(ask(persons.pool, (anna, True)))
            await until(persons.is_waiting)
        [asked] = await asyncio.wait_for(task, 20)
    assert (asked.outcome, asked.is_changed) == (REQUESTED, False)
