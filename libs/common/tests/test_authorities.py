"""The authority register in the store."""

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

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


REGISTER = """authority_code,authority_type,valid_from,valid_to,name
0171,05,200701010000,000000000000,Kalundborg
0171,05,,200612312359,Bjergsted
"""


def test_the_command(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    for _ in range(2):
        path.write_text(REGISTER, "utf-8")
        assert command(database_url, "authorities", "load", str(path)) == (0, "2 authorities loaded\n", "")
        assert command(database_url, "authorities", "show", "0171")[:2] == (
            0,
            (
                "0171  -  200612312359  kommune / municipality  Bjergsted\n"
                "0171  200701010000  -  kommune / municipality  Kalundborg\n"
            ),
        )
    assert command(database_url, "authorities", "show", "0999") == (
        1,
        "",
        "registerbro: no authority 0999 is loaded\n",
    )
    path.write_text(f"{REGISTER}17,05,,,Nowhere\n", "utf-8")
    code, _, said = command(database_url, "authorities", "load", str(path))
    assert (code, "not four digits (line 4)" in said) == (1, True)
    assert "Kalundborg" in command(database_url, "authorities", "show", "0171")[1]


def command(database_url: str, *words: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [Path(sys.executable).parent / "registerbro", *words],
        env=os.environ | {"REGISTERBRO_DATABASE__URL": database_url},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr
