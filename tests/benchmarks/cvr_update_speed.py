"""How fast contacts are updated, from queued to committed, beside a floor: the same rows by bare COPY and UPDATE.

``python -m tests.benchmarks.cvr_update_speed [--contacts 10000]`` prints contacts/s for companies that have all moved and changed their
name, and for companies of which nothing is new, with the calls to the register per contact. The provider answers at once, from
memory. The floor writes what the first round wrote, in as many transactions: new rows by COPY, changed ones by COPY into a
table of its own and one UPDATE.
"""

import argparse
import asyncio
import dataclasses
import datetime as dt
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cvr_update.worker import Worker
from registerbro.cvr.units import UnitAddress
from registerbro.database import Connection, Pool, ensure_partitions, migrate, open_pool
from registerbro_local.postgres import embedded_server, ensure_database

from tests.benchmarks.merge_speed import columns
from tests.support.cvr_provider import CvrProvider
from tests.support.cvr_updates import companies, imported, left, synchronised, updates_of

CHANGED = {"contact": "contact_id", "source_record": "contact_id"}
NEW = ("address", "contact_version", "cvrupdate_import", "outbox")
AT_ONCE = 100  # units in one question to the register, as Datafordeleren's GraphQL takes them


@dataclasses.dataclass(frozen=True)
class Measured:
    """One round."""

    name: str
    contacts: int
    seconds: float
    calls: int
    floor_seconds: float | None = None

    @property
    def told(self) -> dict[str, Any]:
        """As it is printed."""
        floor = self.contacts / self.floor_seconds if self.floor_seconds else None
        return {
            "round": self.name,
            "contacts_per_second": round(self.contacts / self.seconds),
            "floor_per_second": floor and round(floor),
            "ratio": floor and round(self.contacts / self.seconds / floor, 2),
            "calls_per_contact": self.calls / self.contacts,
        }


async def measure(url: str, contacts: int) -> list[Measured]:
    """Both rounds."""
    provider = CvrProvider(most_at_once=AT_ONCE)
    async with open_pool(url, maximum=4) as pool:
        async with pool.acquire() as connection:
            await ensure_partitions(connection)
        ids = []
        units = companies(contacts)
        for first in range(0, contacts, 2000):
            ids += await imported(pool, units[first : first + 2000])
        await pool.execute("vacuum analyze", timeout=600)
        moved = UnitAddress(road="Kajen", house_number_from="7", postcode="8000", country_code="DK")
        provider.add(*(dataclasses.replace(unit, name="Nordhavn A/S", address=moved) for unit in units))
        since = await pool.fetchval("select pg_current_xact_id()::text::bigint")
        seconds, calls = await _round(pool, provider, ids)
        async with pool.acquire() as connection:
            floor = await floor_of(connection, since, -(-contacts // AT_ONCE))
        nothing_new, calls_again = await _round(pool, provider, ids)
    return [
        Measured("all changed", contacts, seconds, calls, floor),
        Measured("nothing new", contacts, nothing_new, calls_again),
    ]


async def _round(pool: Pool, provider: CvrProvider, ids: Sequence[int]) -> tuple[float, int]:
    """Seconds from before the contacts are queued until the last one is done, and the calls it took."""
    before = provider.calls["find_many"]
    updates = updates_of(pool, provider, units_at_once=AT_ONCE)
    start = time.perf_counter()
    await synchronised(pool, ids)
    await Worker(updates).work()
    seconds = time.perf_counter() - start
    assert not await left(pool)
    return seconds, provider.calls["find_many"] - before


async def floor_of(connection: Connection, since: int, chunks: int) -> float:
    """Seconds that writing the same rows takes, without reading or deciding anything."""
    rows: dict[str, list[tuple[Any, ...]]] = {}
    names: dict[str, list[str]] = {}
    for table in (*CHANGED, *NEW):
        names[table] = await columns(connection, table)
        found = await connection.fetch(
            f"select {', '.join(names[table])} from {table} where xmin::text::bigint >= $1", since
        )
        rows[table] = [tuple(row) for row in found]
    await connection.execute("set session_replication_role = replica")
    for table in NEW:
        await connection.execute(f"delete from {table} where xmin::text::bigint >= $1", since)
        await connection.execute(f"vacuum analyze {table}")
    for table in CHANGED:
        await connection.execute(f"create temporary table new_{table} (like {table})")
    await connection.execute("set session_replication_role = origin")
    start = time.perf_counter()
    for chunk in range(chunks):
        async with connection.transaction():
            for table, finished in rows.items():
                size = -(-len(finished) // chunks)
                some = finished[chunk * size : (chunk + 1) * size]
                await (_update if table in CHANGED else _copy)(connection, table, names[table], some)
    return time.perf_counter() - start


async def _copy(
    connection: Connection, table: str, names: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    await connection.copy_records_to_table(table, records=rows, columns=names)


async def _update(
    connection: Connection, table: str, names: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    await connection.execute(f"truncate new_{table}")
    await _copy(connection, f"new_{table}", names, rows)
    key = CHANGED[table]
    values = ", ".join(f"{name} = new.{name}" for name in names if name != key)
    await connection.execute(
        f"update {table} as old set {values} from new_{table} as new where old.{key} = new.{key}"
    )


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=10_000)
    parser.add_argument("--json", type=Path, help="where to write the figures, too")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory, embedded_server(Path(directory)) as server_url:
        url = ensure_database(server_url, "benchmark")
        migrate(url)
        told = [each.told for each in asyncio.run(measure(url, given.contacts))]
    for each in told:
        floor = f"   floor {each['floor_per_second']:8,}   ratio {each['ratio']}" if each["ratio"] else ""
        print(
            f"{each['round']:12} {each['contacts_per_second']:8,} contacts/s{floor}"
            f"   {each['calls_per_contact']:.3f} calls per contact"
        )
    if given.json:
        given.json.write_text(
            json.dumps({"at": dt.datetime.now(dt.UTC).isoformat(), "rounds": told}, indent=2)
        )


if __name__ == "__main__":
    main()
