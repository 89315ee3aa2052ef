"""The list of those whom nobody may subscribe: by any number that they have or had."""

import asyncio

import pytest
from registerbro.cpr.numbers import CprNumber
from registerbro.database import Pool
from registerbro.privacy import is_suspect
from registerbro.subscriptions import asking, never
from registerbro.subscriptions.asking import AskOutcome
from registerbro.subscriptions.never import NeverAdded

from tests.support.cpr_files import ANNA, BENT, CARL
from tests.support.waiting import until

from .conftest import Persons


async def add(pool: Pool, number: str, reason: str = "asked for it") -> NeverAdded:
    async with pool.acquire() as connection, connection.transaction():
        return await never.add(connection, CprNumber(number), reason=reason, by="clara")


async def listed(pool: Pool, *numbers: str) -> set[str]:
    found = await never.is_listed(pool, [CprNumber(number) for number in numbers])
    return {number.value for number in found}


async def test_a_number_counts_for_all_numbers_of_its_person(persons: Persons) -> None:
    await persons.add(ANNA, former_numbers=(BENT,))
    await add(persons.pool, BENT)
    assert await listed(persons.pool, ANNA, BENT, CARL) == {ANNA, BENT}
    await add(persons.pool, CARL)
    assert await listed(persons.pool, CARL) == {CARL}, "also of somebody who is not in the store"


@pytest.mark.parametrize(
    ("is_subscribed", "wish", "ended"),
    [
        (True, None, [AskOutcome.REQUESTED]),
        (True, True, [AskOutcome.REQUESTED]),
        (False, True, [AskOutcome.ALREADY]),
        (True, False, []),
        (False, None, []),
        (False, False, []),
    ],
)
async def test_who_is_subscribed_or_should_be_is_so_no_longer(
    persons: Persons, is_subscribed: bool, wish: bool | None, ended: list[AskOutcome]
) -> None:
    anna = await persons.add(ANNA, is_subscribed=is_subscribed, wish=wish, former_numbers=(BENT,))
    added = await add(persons.pool, BENT)
    assert [each.outcome for each in added.ended] == ended
    assert await persons.wishes() == {anna: False if ended else wish}
    assert await persons.requested() == ([(anna, False)] if AskOutcome.REQUESTED in ended else [])


async def test_a_number_is_listed_once_and_can_be_taken_off(persons: Persons) -> None:
    anna = await persons.add(ANNA)
    first = await add(persons.pool, ANNA, f"said {ANNA} on the phone")
    again = await add(persons.pool, ANNA, "another reason")
    assert (first.is_new, again.is_new, again.entry_id) == (True, False, first.entry_id)
    second = await add(persons.pool, CARL)
    shown = await never.page(persons.pool)
    assert [(each.entry_id, each.contact_id) for each in shown] == [
        (second.entry_id, None),
        (first.entry_id, anna),
    ]
    assert not is_suspect(str(shown))
    assert await never.page(persons.pool, below=second.entry_id) == [shown[1]]
    assert await never.remove(persons.pool, first.entry_id)
    assert not await never.remove(persons.pool, first.entry_id)
    assert await listed(persons.pool, ANNA) == set()


async def test_who_is_listed_at_this_moment_cannot_be_asked_for(persons: Persons) -> None:
    anna = await persons.add(ANNA)

    async def ask() -> AskOutcome:
        async with persons.pool.acquire() as connection, connection.transaction():
            [asked] = await asking.ask(connection, {anna: True})
        return asked.outcome

    async with persons.pool.acquire() as connection:
        async with connection.transaction():
            await never.add(connection, CprNumber(ANNA), reason="", by="clara")
            task = asyncio.create_task(ask())
            await until(persons.is_waiting)
        assert await asyncio.wait_for(task, 20) is AskOutcome.NEVER


async def test_who_is_asked_for_at_this_moment_is_ended_when_listed(persons: Persons) -> None:
    anna = await persons.add(ANNA)
    async with persons.pool.acquire() as connection:
        async with connection.transaction():
            await asking.ask(connection, {anna: True})
            task = asyncio.create_task(add(persons.pool, ANNA))
            await until(persons.is_waiting)
        assert len((await asyncio.wait_for(task, 20)).ended) == 1
    assert await persons.wishes() == {anna: False}
