"""How fast a file becomes contacts, beside a bare COPY of the very rows that the import wrote, into the same tables.

``make bench``: a first load and a change file of generated persons, from the interim directory to the last commit, on a
Postgres of the benchmark's own with its default settings (a commit waits for the disk). Each import runs in a process of
its own, so that its peak memory is its own. The floor is measured on a copy of the database from which those rows were
taken out again, with every index and foreign key in place.
"""

import argparse
import asyncio
import dataclasses
import datetime as dt
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg
from cpr_batch.batch import Batch
from cpr_batch.imports import import_file
from cpr_batch.settings import CprBatchSettings
from registerbro.database import ensure_partitions, migrate, open_pool
from registerbro_local.postgres import embedded_server, ensure_database
from registerbro_sandbox.persons import Change, Delivery, Population, World, write_changes, write_extract
from rich.console import Console
from rich.table import Table

TABLES = (
    "contact", "contact_number", "address", "contact_reference", "contact_version", "source_record", "outbox",
    "cpr_outcome",
)  # fmt: skip
FIRST_DAY = dt.date(2026, 11, 23)
CHANGE_DAY = dt.date(2026, 11, 24)
MIB = 1024 * 1024


@dataclasses.dataclass(frozen=True)
class Measured:
    """One import and its floor; ``persons`` are those in the file, ``rows`` what the import wrote, times in seconds."""

    name: str
    persons: int
    seconds: float
    floor_seconds: float
    rows: int
    peak_mib: float
    counts: dict[str, int]

    @property
    def ratio(self) -> float:
        """The share of the floor's speed that the import reaches."""
        return self.floor_seconds / self.seconds


def measure(persons: int, share: float) -> list[Measured]:
    """Both imports with their floors."""
    with (
        tempfile.TemporaryDirectory() as directory,
        embedded_server(Path(directory) / "postgres") as server_url,
    ):
        interim = Path(directory) / "interim"
        interim.mkdir()
        url = ensure_database(server_url, "bench")
        migrate(url)
        asyncio.run(_prepare(url))
        world = World(Population(seed=1, size=persons))
        extract = write_extract(interim, world.population, Delivery(FIRST_DAY))
        first = _one(server_url, url, interim, extract.path.name, "first load", initial_load=True)
        change = write_changes(
            interim, world, Change(CHANGE_DAY, share=share), Delivery(CHANGE_DAY, previous=FIRST_DAY)
        )
        return [first, _one(server_url, url, interim, change.path.name, "change file", initial_load=False)]


def _one(server_url: str, url: str, interim: Path, file: str, name: str, *, initial_load: bool) -> Measured:
    with psycopg.connect(url) as connection:
        before = connection.execute("select pg_current_xact_id()::text::bigint").fetchone()
    assert before is not None
    with multiprocessing.get_context("spawn").Pool(1) as process:
        seconds, peak, counts = process.apply(_import, (url, interim, file, initial_load))
    rows, floor = _floor(server_url, before[0], interim)
    return Measured(name, counts["persons"], seconds, floor, rows, peak / 1024, counts)


def _import(url: str, interim: Path, file: str, initial_load: bool) -> tuple[float, int, dict[str, int]]:
    return asyncio.run(_import_file(url, interim, file, initial_load))


async def _import_file(
    url: str, interim: Path, file: str, initial_load: bool
) -> tuple[float, int, dict[str, int]]:
    async with open_pool(url) as pool:
        started = time.perf_counter()
        imported = await import_file(
            Batch(pool, CprBatchSettings(interim_directory=interim)), file, initial_load=initial_load
        )
        seconds = time.perf_counter() - started
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, imported.counts


async def _prepare(url: str) -> None:
    async with open_pool(url) as pool, pool.acquire() as connection:
        await ensure_partitions(connection)
        await connection.execute("update feature_setting set enabled = true")


def _floor(server_url: str, since: int, directory: Path) -> tuple[int, float]:
    """The number of rows written since a transaction, and the seconds a bare COPY of them takes."""
    floor_url = server_url.replace("/postgres?", "/floor?")
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute("drop database if exists floor")
        server.execute("create database floor template bench")
    with psycopg.connect(floor_url, autocommit=True) as connection:
        written = [_take_out(connection, table, since, directory) for table in TABLES]
        connection.execute("vacuum analyze")
        connection.execute("checkpoint")
        started = time.perf_counter()
        with connection.transaction():
            for table, columns in written:
                _put_in(connection, table, columns, directory)
        seconds = time.perf_counter() - started
        rows = sum(_count(connection, table, since) for table in TABLES)
    return rows, seconds


def _take_out(connection: psycopg.Connection, table: str, since: int, directory: Path) -> tuple[str, str]:
    found = connection.execute(
        "select string_agg(quote_ident(column_name), ', ' order by ordinal_position) from information_schema.columns"
        " where table_name = %s and is_generated = 'NEVER'",
        (table,),
    ).fetchone()
    assert found is not None
    fresh = f"xmin::text::bigint >= {since}"
    with (
        (directory / f"{table}.copy").open("wb") as file,
        connection.cursor().copy(
            f"copy (select {found[0]} from {table} where {fresh}) to stdout (format binary)"
        ) as copy,
    ):
        for data in copy:
            file.write(data)
    with connection.transaction():
        connection.execute("set local session_replication_role = replica")
        connection.execute(f"delete from {table} where {fresh}")
    return table, found[0]


def _put_in(connection: psycopg.Connection, table: str, columns: str, directory: Path) -> None:
    statement = f"copy {table} ({columns}) from stdin (format binary)"
    with (directory / f"{table}.copy").open("rb") as file, connection.cursor().copy(statement) as copy:
        while data := file.read(MIB):
            copy.write(data)


def _count(connection: psycopg.Connection, table: str, since: int) -> int:
    found = connection.execute(f"select count(*) from {table} where xmin::text::bigint >= {since}").fetchone()
    assert found is not None
    return int(found[0])


def _show(results: Sequence[Measured]) -> None:
    table = Table("import", "persons", "persons/s", "floor persons/s", "ratio", "rows", "peak MiB")
    for each in results:
        table.add_row(
            each.name, f"{each.persons:,}", f"{each.persons / each.seconds:,.0f}",
            f"{each.persons / each.floor_seconds:,.0f}", f"{each.ratio:.2f}", f"{each.rows:,}",
            f"{each.peak_mib:.0f}",
        )  # fmt: skip
    Console().print(table)
    for each in results:
        print(each.name, each.counts)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--persons", type=int, default=100_000)
    parser.add_argument("--share", type=float, default=0.1, help="share of persons to whom something happens")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    results = measure(arguments.persons, arguments.share)
    if arguments.json:
        json.dump(
            [{**dataclasses.asdict(each), "ratio": each.ratio} for each in results], sys.stdout, indent=2
        )
    else:
        _show(results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
