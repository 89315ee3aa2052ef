"""How fast the merge is beside its floor: a bare COPY of the same finished rows into the same tables.

``python -m tests.benchmarks.merge_speed [--persons 20000] [--profile]`` prints persons/s for a first load and for a change
file, each beside its floor, and the ratio. Both sides go in chunks of 2,000 persons, a transaction each.
"""

import argparse
import asyncio
import cProfile
import dataclasses
import datetime as dt
import gc
import hashlib
import pstats
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cpr_batch.collecting import THRESHOLDS
from registerbro.contacts import merge
from registerbro.contacts.model import MappedContact, MergePolicy, Role
from registerbro.database import Connection, ensure_partitions, migrate, open_connection
from registerbro_local.postgres import embedded_server, ensure_database

from tests.support.deliveries import BATCH, IMPORT, delivery, home, to
from tests.support.snapshot import PHYSICAL

CHUNK = 2000
RECORDS = "\n".join(
    f"{kind:03}{'0101701996 some text of a record, with blanks cut':90}" for kind in range(14)
)


def population(size: int) -> list[MappedContact]:
    """Families of four, all of them delivered: parents married to each other, two children with both as parents."""
    return [person for family in range(-(-size // 4)) for person in _family(family)][:size]


def _family(family: int) -> Iterator[MappedContact]:
    numbers = [f"{family:08}{member:02}" for member in range(4)]
    father, mother, *children = numbers
    parents = (to(Role.FATHER, father, restrictor="Forældre"), to(Role.MOTHER, mother, restrictor="Forældre"))
    offspring = tuple(to(Role.CHILD, child) for child in children)
    bonds = [(to(Role.SPOUSE, mother), *offspring), (to(Role.SPOUSE, father), *offspring), parents, parents]
    for number, references in zip(numbers, bonds, strict=True):
        yield _said(
            delivery(number, references=references, addresses={"HA": home(f"Vestergade {family}")}), 0
        )


def changed(person: MappedContact, dice: random.Random) -> MappedContact:
    """The next delivery: a third move, some marry or change name; of some only other records changed, or nothing."""
    later = dataclasses.replace(person, register_time=dataclasses.replace(
        person.register_time, date=person.register_time.date + dt.timedelta(days=1)))  # fmt: skip
    chance = dice.random()
    if chance < 0.35:
        return _said(dataclasses.replace(later, addresses={"HA": home("Nygade 7", "2024-01-02")}), 1)
    if chance < 0.5:
        return _said(dataclasses.replace(later, info={**later.info, "Civilstand": ("G",)}), 1)
    if chance < 0.6:
        return _said(dataclasses.replace(later, fields={**later.fields, "name2": "Lund"}), 1)
    return _said(later, 1) if chance < 0.8 else later


def _said(person: MappedContact, edition: int) -> MappedContact:
    records = f"{RECORDS}\n{person.number} {edition}"
    return dataclasses.replace(person, records=records, digest=hashlib.sha256(records.encode()).digest())


async def merged(connection: Connection, people: Sequence[MappedContact], policy: MergePolicy) -> float:
    """Seconds that the merge takes."""
    now = dt.datetime.now(dt.UTC)
    start = time.perf_counter()
    for first in range(0, len(people), CHUNK):
        await merge.apply(connection, people[first : first + CHUNK], policy, now=now)
    return time.perf_counter() - start


async def finished_rows(connection: Connection, since: int = 0) -> dict[str, list[Any]]:
    """The rows of every table that a transaction from this one on has written."""
    return {
        table: [
            tuple(row)
            for row in await connection.fetch(
                f"select {', '.join(await columns(connection, table))} from {table} where xmin::text::bigint >= $1",
                since,
            )
        ]
        for table in PHYSICAL
    }


async def columns(connection: Connection, table: str) -> list[str]:
    """The columns of a table, without those that the database numbers by itself."""
    found = await connection.fetch(
        "select attname from pg_attribute where attrelid = $1::text::regclass and attnum > 0 and not attisdropped"
        " and attname <> 'sequence' order by attnum",
        table,
    )
    return [row["attname"] for row in found]


async def copied(connection: Connection, rows: dict[str, list[Any]], chunk_count: int) -> float:
    """Seconds that a bare COPY of the rows takes, each table in as many transactions as the merge had chunks."""
    names = {table: await columns(connection, table) for table in PHYSICAL}
    seconds = 0.0
    for table, finished in rows.items():
        size = -(-len(finished) // chunk_count) or 1
        start = time.perf_counter()
        for first in range(0, len(finished), size):
            await connection.copy_records_to_table(
                table, records=finished[first : first + size], columns=names[table]
            )
        seconds += time.perf_counter() - start
    return seconds


async def without(connection: Connection, since: int) -> None:
    """Takes out the rows that a transaction from this one on has written, so that they can be copied in again."""
    async with connection.transaction():
        await connection.execute("set constraints all deferred")
        await connection.execute("set local session_replication_role = replica")
        for table in PHYSICAL:
            await connection.execute(f"delete from {table} where xmin::text::bigint >= $1", since)
    for table in PHYSICAL:
        await connection.execute(f"vacuum analyze {table}")


async def measure(url: str, persons: int, *, scattered: bool, profiled: bool) -> None:
    """Prints the speeds of a first load and of a change file."""
    dice = random.Random(1)
    people = population(persons)
    if scattered:
        dice.shuffle(people)
    changes = [changed(person, dice) for person in people]
    profile = cProfile.Profile()
    gc.collect()
    gc.freeze()  # an import streams its persons; here they all stand in memory
    gc.set_threshold(*THRESHOLDS)
    async with open_connection(url) as connection:
        await ensure_partitions(connection)
        for name, deliveries, policy in (("first load", people, IMPORT), ("change file", changes, BATCH)):
            since = await connection.fetchval("select pg_current_xact_id()::text::bigint")
            if profiled:
                profile.enable()
            seconds = await merged(connection, deliveries, policy)
            profile.disable()
            rows = await finished_rows(connection, since)
            await without(connection, since)
            floor = await copied(connection, rows, -(-persons // CHUNK))
            written = ", ".join(f"{len(found)} {table}" for table, found in rows.items() if found)
            print(f"{name:12} {persons / seconds:8,.0f} persons/s   bare COPY {persons / floor:8,.0f}   "
                  f"ratio {floor / seconds:.2f}   ({written})")  # fmt: skip
    if profiled:
        pstats.Stats(profile).sort_stats("tottime").print_stats(45)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=20_000)
    parser.add_argument(
        "--scattered", action="store_true", help="members of a family stand far from each other"
    )
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory, embedded_server(Path(directory)) as server_url:
        url = ensure_database(server_url, "benchmark")
        migrate(url)
        asyncio.run(measure(url, given.persons, scattered=given.scattered, profiled=given.profile))


if __name__ == "__main__":
    main()
