"""Whatever the order in which deliveries come, and however they are cut into chunks, the same contacts result."""

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registerbro.contacts import merge
from registerbro.contacts.model import MappedContact
from registerbro.database import Pool

from tests.support.deliveries import IMPORT, NOW
from tests.support.histories import cut, empty_store, histories
from tests.support.reference_merge import merged, stored_state


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories(), seed=st.integers(0, 1000))
async def test_any_order_and_any_split_lead_to_the_state_of_the_slow_merge(
    pool: Pool, history: list[MappedContact], seed: int
) -> None:
    dice = random.Random(seed)
    expected = merged(sorted(history, key=lambda each: each.register_time))
    shuffled = dice.sample(history, len(history))
    assert merged(shuffled) == expected, "the slow merge itself depends on the order"
    async with empty_store(pool) as connection:
        for chunk in cut(shuffled, dice):
            await merge.apply(connection, chunk, IMPORT, now=NOW)
        assert await stored_state(connection) == expected
