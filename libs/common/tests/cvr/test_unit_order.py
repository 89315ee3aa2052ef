"""Whatever the providers, their order and the chunks: the contacts of the slow merge result, and what says nothing new writes nothing."""

import dataclasses
import datetime as dt
import random
from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registerbro.contacts import merge
from registerbro.contacts.model import MergePolicy, Outcome
from registerbro.cvr.mapping import mapped
from registerbro.database import Connection, Pool

from tests.support.deliveries import NOW
from tests.support.histories import cut, empty_store
from tests.support.units import Told, lives, slowly_merged, stored

CREATING = MergePolicy(may_create=True, requires_subscription=False)
SETTINGS = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
UNTOUCHED = ("contact", "address", "contact_reference", "contact_number", "contact_version", "outbox")


async def store(connection: Connection, told: Sequence[Told]) -> list[Outcome]:
    deliveries = [mapped(answer, fields=fields) for answer, fields in told]
    return [each.outcome for each in await merge.apply(connection, deliveries, CREATING, now=NOW)]


async def written(connection: Connection) -> dict[str, set[str]]:
    return {
        table: {row[0] for row in await connection.fetch(f"select ctid::text || t::text from {table} t")}
        for table in UNTOUCHED
    }


@SETTINGS
@given(life=lives(), seed=st.integers(0, 1000))
async def test_any_order_of_providers_answers_leads_to_the_state_of_the_slow_merge(
    pool: Pool, life: list[Told], seed: int
) -> None:
    dice = random.Random(seed)
    async with empty_store(pool) as connection:
        for chunk in cut(dice.sample(life, len(life)), dice):
            await store(connection, chunk)
        assert await stored(connection) == slowly_merged(life)


@SETTINGS
@given(life=lives())
async def test_what_was_told_before_and_is_told_again_writes_nothing_but_the_stamp(
    pool: Pool, life: list[Told]
) -> None:
    async with empty_store(pool) as connection:
        for each in life:
            await store(connection, [each])
        before = await written(connection)
        assert set(await store(connection, life)) == {Outcome.NOT_NEWER}
        last = {answer.number: (answer, fields) for answer, fields in life}
        again = [
            (dataclasses.replace(answer, asked_at=answer.asked_at + dt.timedelta(days=9)), fields)
            for answer, fields in last.values()
        ]
        assert set(await store(connection, again)) == {Outcome.UNCHANGED}
        assert await written(connection) == before
