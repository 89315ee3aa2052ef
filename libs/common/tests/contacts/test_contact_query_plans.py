"""The statements that a merge and a lookup run use an index each, and never read a table through."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiosql
import pytest
import registerbro.contacts
from registerbro.contacts import merge
from registerbro.contacts.model import Role
from registerbro.database import Connection, Pool

from tests.support.deliveries import BATCH, IMPORT, NOW, delivery, home, to

FOLDER = Path(registerbro.contacts.__file__).parent
IDS = {
    "ids",
    "owner_ids",
    "with_former_ids",
    "tombstones",
    "survivors",
    "twins",
    "contact_ids",
    "to_contact_ids",
}


def statements() -> Iterator[tuple[Path, str, str]]:
    """The reading statements, and those that change stored rows."""
    for file in (FOLDER / "load.sql", FOLDER / "write.sql", FOLDER / "queries.sql"):
        queries: Any = aiosql.from_path(file, "asyncpg")
        for name in queries.available_queries:
            if (
                not name.startswith(("new_", "prepare_"))
                and not name.endswith("_cursor")
                and name not in {"reserve_numbers", "add_scopes", "read_scopes"}
            ):
                yield file, name, getattr(queries, name).sql


@pytest.fixture
async def filled(pool: Pool) -> Pool:
    """A store of some size, of which each person has been delivered twice."""
    people = [
        delivery(f"{each:010}", references=(to(Role.SPOUSE, f"{each ^ 1:010}"), to(Role.FATHER, name="Ole")))
        for each in range(3000)
    ]
    await merge.apply(pool, people, IMPORT, now=NOW)
    moved = [
        delivery(each.number, 2, addresses={"HA": home("Nygade 2")}, references=each.references)
        for each in people
    ]
    await merge.apply(pool, moved, BATCH, now=NOW)
    await pool.execute("insert into case_contact select 'case ' || contact_id, contact_id from contact")
    await pool.execute("vacuum analyze")
    return pool


async def test_no_statement_reads_a_big_table_through(filled: Pool) -> None:
    async with filled.acquire() as connection:
        await connection.execute("set plan_cache_mode = force_generic_plan")
        for table in ("contact", "address", "source_record"):
            await connection.execute(f"create temp table if not exists changed_{table} (like {table})")
        found = {name: await _read_through(connection, file, name, sql) for file, name, sql in statements()}
    assert len(found) > 20
    assert {name: tables for name, tables in found.items() if tables} == {}


async def _read_through(connection: Connection, file: Path, name: str, sql: str) -> list[str]:
    parameters = _parameters(file, name)
    casts = [_cast(file, name, parameter) for parameter in parameters]
    values = ", ".join(map(_literal, parameters, casts))
    types, arguments = (f"({', '.join(casts)})", f"({values})") if parameters else ("", "")
    await connection.execute(f"prepare tried {types} as {sql}")
    plan = json.loads(await connection.fetchval(f"explain (format json) execute tried {arguments}"))
    await connection.execute("deallocate tried")
    return [
        node["Relation Name"]
        for node in _nodes(plan[0]["Plan"])
        if node["Node Type"] == "Seq Scan" and await _is_big(connection, node["Relation Name"])
    ]


async def _is_big(connection: Connection, table: str) -> bool:
    return bool(await connection.fetchval("select reltuples > 1000 from pg_class where relname = $1", table))


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _block(file: Path, name: str) -> str:
    return re.split(
        r"^-- name: ", file.read_text().split(f"-- name: {name}(", 1)[1], maxsplit=1, flags=re.MULTILINE
    )[0]


def _parameters(file: Path, name: str) -> list[str]:
    """In the order of their first use, which is the order of the driver."""
    body = re.sub(r"^--.*$", "", _block(file, name).split("\n", 1)[1], flags=re.MULTILINE)
    return list(dict.fromkeys(re.findall(r"(?<!:):([a-z_]\w*)", body)))


def _cast(file: Path, name: str, parameter: str) -> str:
    found = re.search(rf":{parameter}::(\w+(?:\[\])?)", _block(file, name))
    return (
        found[1]
        if found
        else {"now": "timestamptz", "moment": "timestamptz"}.get(parameter, _scalar(parameter))
    )


def _scalar(parameter: str) -> str:
    return "bigint" if parameter in {"contact_id", "first"} else "text"


def _literal(parameter: str, cast: str) -> str:
    if cast.endswith("[]"):
        return "'{1,2,3}'" if parameter in IDS else "'{}'"
    return {"bigint": "1", "date": "'2024-01-01'", "timestamptz": "now()"}.get(cast, "'x'")
