"""How fast contacts are updated, from the register's change to the committed row, beside a floor: the same rows by bare COPY and UPDATE.

``python -m tests.benchmarks.cvr_update_speed [--contacts 2000]`` prints, for each provider and for one and two workers, contacts/s,
the floor, the ratio, and the calls to the register per contact; then how long a single change takes.

In the time: the change at the sandbox, CVR Subscription's synchronisation of its events (here, in this process), and CVR Update's workers
(a process each) that are woken by it, ask the sandbox (a process of its own, over HTTP, with no delay and no limit) and commit. Calls
are those that the sandbox counted meanwhile, for events and tokens too. Not in it: our HTTP interfaces, the bus, the hour between two
synchronisations, and that KMD Logic's events are read again for two hours, for which each contact is asked for again. In a *storm* each unit gets another main industry; a *single* change is a company that moves, one after
the other. The floor writes what the storm wrote, in as many transactions: new rows by COPY, changed ones by COPY into a table of
its own and one UPDATE.
"""

import argparse
import asyncio
import contextlib
import dataclasses
import datetime as dt
import itertools
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

from cvr_subscription import following, synchronising
from cvr_subscription.settings import CvrSubscriptionSettings, PaceSettings
from cvr_subscription.subscriber import Subscriber
from cvr_subscription.synchronising import Outcome, Reason
from cvr_subscription.worker import Worker
from cvr_update.settings import CvrUpdateSettings
from registerbro.cvr.numbers import CvrNumber, PNumber, UnitNumber
from registerbro.database import Connection, Pool, ensure_partitions, migrate, open_pool
from registerbro.number_hash import NumberHasher
from registerbro.registers import opening
from registerbro.registers.logic_feed import OVERLAP
from registerbro.registers.port import Provider
from registerbro_local.postgres import embedded_server, ensure_database
from registerbro_sandbox.companies import CvrUnit, Kind, Recode, Step, World, happenings
from rich.console import Console
from rich.table import Table

from tests.benchmarks.cvr_processes import NO_SECRETS, Registers, quiet, registers, worker
from tests.benchmarks.merge_speed import columns
from tests.support.cvr_subscriber import add_contacts, switch
from tests.support.services import AUDIT_KEY

CHANGED = {"contact": "contact_id", "source_record": "contact_id", "cvrupdate_import": "contact_id"}
NEW = ("address", "contact_version", "outbox")
PROVIDERS = (Provider.KMD_LOGIC, Provider.DATAFORDELER_GRAPHQL)
AT_ONCE = CvrUpdateSettings().units_at_once
SINGLE = 20  # changes, one after the other
LOOK_SECONDS = 0.005


@dataclasses.dataclass(frozen=True)
class Measured:
    """One round; ``seconds`` of a single change are the median."""

    provider: Provider
    name: str
    workers: int
    contacts: int
    seconds: float
    calls: int
    floor_seconds: float | None = None

    @property
    def told(self) -> dict[str, Any]:
        """As it is written."""
        speed = self.contacts / self.seconds
        floor = self.contacts / self.floor_seconds if self.floor_seconds else None
        return {
            "provider": str(self.provider),
            "round": self.name,
            "workers": self.workers,
            "contacts": self.contacts,
            "seconds": round(self.seconds, 3),
            "contacts_per_second": round(speed),
            "floor_per_second": floor and round(floor),
            "ratio": floor and round(speed / floor, 3),
            "calls_per_contact": round(self.calls / self.contacts, 3),
        }


@dataclasses.dataclass(frozen=True)
class Bench:
    """A store whose contacts are subscribed at a provider."""

    provider: Provider
    url: str
    subscriber: Subscriber
    registers: Registers
    world: World
    units: Sequence[CvrUnit]

    async def storm(self, workers: int) -> Measured:
        """Every unit gets another main industry."""
        pool = self.subscriber.pool
        with self._workers(workers):
            await pool.execute("vacuum analyze", timeout=600)
            since = await pool.fetchval("select pg_current_xact_id()::text::bigint")
            calls = self.registers.calls(self.provider)
            seconds = await self._updated(Recode(since=self.subscriber.today))
            calls = self.registers.calls(self.provider) - calls
        async with pool.acquire() as connection:
            floor = await floor_of(connection, since, len(self.units), -(-len(self.units) // AT_ONCE))
        return Measured(self.provider, "storm", workers, len(self.units), seconds, calls, floor)

    async def singles(self) -> Measured:
        """Companies move, one after the other."""
        moving = [unit for unit in self.units if unit.kind is Kind.COMPANY and not unit.ended()][:SINGLE]
        calls = self.registers.calls(self.provider)
        with self._workers(1):
            seconds = [
                await self._updated(happenings.moves(self.world, unit, self.subscriber.today))
                for unit in moving
            ]
        calls = self.registers.calls(self.provider) - calls
        return Measured(
            self.provider, "single", 1, len(moving), statistics.median(seconds) * len(moving), calls
        )

    async def _updated(self, step: Step) -> float:
        """Seconds from before the change until all that came of it is committed."""
        await self._leave_the_past()
        start = time.perf_counter()
        self.world.change(step)
        made = await synchronising.synchronise(self.subscriber, reason=Reason.ASKED)
        assert made.outcome is Outcome.DONE, made
        assert made.queued, made
        await drained(self.subscriber.pool)
        return time.perf_counter() - start

    async def _leave_the_past(self) -> None:
        """As if the time had passed for which the events of earlier rounds are read again."""
        now = self.subscriber.now()
        position = await self.subscriber.feed.beginning(now + OVERLAP)
        await following.SQL.advance(self.subscriber.pool, position=position, until=now)

    @contextlib.contextmanager
    def _workers(self, count: int) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            for _ in range(count):
                stack.enter_context(worker(self.url, self.subscriber.cvr))
            yield


async def measure(server_url: str, contacts: int) -> list[Measured]:
    """All rounds of all providers, each with a store of its own."""
    measured = []
    with registers(contacts // 2) as running:  # as many companies as needed; they have production units
        for provider in PROVIDERS:
            url = ensure_database(server_url, f"benchmark_{provider.replace('-', '_')}")
            migrate(url)
            async with subscribed(url, provider, running, contacts) as bench:
                measured += [await bench.storm(workers) for workers in (1, 2)]
                measured.append(await bench.singles())
    return measured


@contextlib.asynccontextmanager
async def subscribed(url: str, provider: Provider, running: Registers, contacts: int) -> AsyncIterator[Bench]:
    """A store whose contacts are subscribed, and as the register has them."""
    world, settings = World.read(running.directory), running.settings(provider)
    units = list(itertools.islice(filter(None, map(world.by_id, world.object_ids())), contacts))
    async with open_pool(url, maximum=4) as pool:
        async with pool.acquire() as connection:
            await ensure_partitions(connection)
        await add_contacts(pool, [number_of(unit) for unit in units])
        await switch(pool)
        async with opening.opened(pool, settings, provider, secrets=NO_SECRETS) as opened:
            pace = PaceSettings(at_once=1_000_000)
            told = CvrSubscriptionSettings(pace=pace)
            subscriber = Subscriber(pool, opened, told, settings, NumberHasher(AUDIT_KEY))
            with worker(url, settings):
                await Worker(subscriber).work()
                await drained(pool)
            assert await pool.fetchval("select count(*) from source_record") == len(units)
            yield Bench(provider, url, subscriber, running, world, units)


def number_of(unit: CvrUnit) -> UnitNumber:
    """Its number as a value."""
    return CvrNumber.parse(unit.number) if unit.kind is Kind.COMPANY else PNumber.parse(unit.number)


async def drained(pool: Pool) -> None:
    """Returns when no update waits or is under way; none may have failed."""
    while await pool.fetchval("select exists (select from service_queue)"):
        await asyncio.sleep(LOOK_SECONDS)
        assert not await pool.fetchval(
            "select exists (select from cvrupdate_import where failure is not null)"
        )


async def floor_of(connection: Connection, since: int, contacts: int, chunks: int) -> float:
    """Seconds that writing the same rows takes, without reading or deciding anything."""
    rows: dict[str, list[tuple[Any, ...]]] = {}
    names: dict[str, list[str]] = {}
    for table in (*CHANGED, *NEW):
        names[table] = await columns(connection, table)
        found = await connection.fetch(
            f"select {', '.join(names[table])} from {table} where xmin::text::bigint >= $1", since
        )
        rows[table] = [tuple(row) for row in found]
    assert len(rows["contact"]) == len(rows["contact_version"]) == contacts
    await connection.execute("discard temp")
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
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--contacts", type=int, default=2000)
    parser.add_argument("--json", type=Path, help="where to write the figures, too")
    given = parser.parse_args()
    quiet()
    with tempfile.TemporaryDirectory() as directory, embedded_server(Path(directory)) as server_url:
        told = [each.told for each in asyncio.run(measure(server_url, given.contacts))]
    table = Table(*(heading.replace("_", " ") for heading in told[0]))
    for each in told:
        table.add_row(*("" if value is None else str(value) for value in each.values()))
    Console(width=140).print(table)
    if given.json:
        given.json.write_text(
            json.dumps({"at": dt.datetime.now(dt.UTC).isoformat(), "rounds": told}, indent=2)
        )


if __name__ == "__main__":
    main()
