"""The authority register in the store."""

import datetime as dt

import asyncpg
import pytest
from registerbro.authorities import authority_names, replace_authorities
from registerbro.cpr.authority import Authority
from registerbro.database import Pool

DAY = dt.date(2024, 5, 17)
VIBORG = Authority("8501", "200702010000", "", "25", "Sparkær Sogn, Viborg Kommune")
AALBORG = Authority("0851", "199105281200", "", "05", "Aalborg")


async def test_without_a_register_no_code_has_a_name(pool: Pool) -> None:
    async with pool.acquire() as connection:
        assert await authority_names(connection, DAY) == {}


async def test_a_register_replaces_the_one_before(pool: Pool) -> None:
    async with pool.acquire() as connection:
        assert await replace_authorities(connection, [VIBORG, AALBORG]) == 2
        assert await authority_names(connection, DAY) == {"0851": AALBORG.name, "8501": VIBORG.name}
        assert await replace_authorities(connection, [AALBORG]) == 1
        assert await authority_names(connection, DAY) == {"0851": AALBORG.name}


async def test_a_register_that_cannot_be_stored_leaves_the_one_before(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await replace_authorities(connection, [VIBORG])
        with pytest.raises(asyncpg.UniqueViolationError):
            await replace_authorities(connection, [AALBORG, AALBORG])
        assert await authority_names(connection, DAY) == {"8501": VIBORG.name}
