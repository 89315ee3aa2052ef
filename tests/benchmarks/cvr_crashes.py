"""How CVR's services come through crashes with very many contacts: subscribed, updated, cancelled, with processes killed all the time.

``python -m tests.benchmarks.cvr_crashes [--contacts 10000]``. Everything is a process of its own, told by the environment as in
production: the sandbox's KMD Logic, two CVR Subscription, three CVR Update; Postgres and RabbitMQ are the benchmark's own.

* ``switched on``  every contact is subscribed; replicas are killed (SIGKILL) at random moments, now one, now both, and started again
* ``updated``      each contact's first update; two of the three processes are killed for good, at random places
* ``switched off`` every subscription is cancelled; replicas are killed as before

After each it is compared what there is with what there must be, here and at the register. ``Failed`` tells what differs.
"""

import argparse
import asyncio
import contextlib
import dataclasses
import datetime as dt
import itertools
import json
import random
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from cryptography.fernet import Fernet
from registerbro.auth import DevelopmentIssuer
from registerbro.cvr.numbers import CvrNumber, PNumber, UnitNumber
from registerbro.database import Pool, ensure_partitions, migrate, open_pool
from registerbro.features import Feature, switch
from registerbro_local.postgres import embedded_server, ensure_database
from registerbro_sandbox.companies import Kind, World

from tests.support.cvr_circle import RegisterSandbox, register_sandbox
from tests.support.cvr_subscriber import add_contacts
from tests.support.processes import BIN, shared_environment, variables
from tests.support.rabbitmq import broker

LEASE_SECONDS = 20  # after which a killed replica's work is taken over; the services' own are longer
LOOK_SECONDS = 0.2
CALMEST_SECONDS, WILDEST_SECONDS = 25.0, 8.0  # between two kills; a process needs some seconds to start
UNITS_PER_COMPANY = 2  # of the sandbox, cautiously: itself and a part of a production unit
LEFT_TO_SUBSCRIBE = """
select (select count(*) from contact) - (select count(*) from cvrupdate_subscription where state = 'subscribed')
"""
LEFT_TO_UPDATE = "select count(*) from service_queue"
LEFT_TO_CANCEL = "select count(*) from cvrupdate_subscription"
HAVE_CHANGED = "select count(*) from contact where version <> $1"
TOLD = "select body::jsonb #>> '{data,contact_id}' from outbox where routing_key = $1"
CONTACTS = "select md5(string_agg(contact::text || contact.xmin::text, '' order by contact_id)) from contact"
IsLeft: TypeAlias = Callable[[], Awaitable[int]]


class Failed(Exception):
    """The end state is another one than it must be."""


@dataclasses.dataclass(frozen=True)
class Measured:
    """One of the three parts."""

    name: str
    contacts: int
    seconds: float
    kills: int
    calls: Mapping[str, int]  # at KMD Logic, by operation

    @property
    def told(self) -> dict[str, Any]:
        """As it is printed."""
        per_contact = {name: round(count / self.contacts, 3) for name, count in sorted(self.calls.items())}
        return {
            "part": self.name,
            "seconds": round(self.seconds, 1),
            "contacts_per_second": round(self.contacts / self.seconds),
            "kills": self.kills,
            "calls_per_contact": per_contact,
        }


class Crew:
    """Replicas of one service."""

    def __init__(self, program: str, environments: list[dict[str, str]], log: Path) -> None:
        self._program = program
        self._environments = environments
        self._log = log
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self.kills = 0

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """All of them run until the block ends."""
        try:
            for place in range(len(self._environments)):
                self.start(place)
            yield
        finally:
            for place in list(self._processes):
                self._end(place)

    def start(self, place: int) -> None:
        """One of them starts."""
        with self._log.open("ab") as output:
            self._processes[place] = subprocess.Popen(
                [BIN / self._program, "serve"], env=self._environments[place], stdout=output, stderr=output
            )

    def kill(self, *places: int) -> None:
        """Some of them are gone, without a word."""
        for place in places:
            if self._processes[place].poll() is not None:
                raise Failed(f"a {self._program} had ended by itself, see {self._log}")
            self._end(place)
            self.kills += 1

    def _end(self, place: int) -> None:
        process = self._processes.pop(place)
        process.kill()
        process.wait()


@dataclasses.dataclass(frozen=True)
class Bench:
    """What the parts have in common."""

    pool: Pool
    sandbox: RegisterSandbox
    told: Callable[[], dict[str, str]]
    contacts: int
    ids: list[int]
    moments: random.Random

    def crew(self, program: str, count: int) -> Crew:
        """So many replicas."""
        log = self.sandbox.directory / f"{program}.log"
        return Crew(program, [self.told() for _ in range(count)], log)

    def left(self, statement: str) -> IsLeft:
        """How much of something is left to do."""

        async def count() -> int:
            found: int = await self.pool.fetchval(statement)
            return found

        return count

    @contextlib.asynccontextmanager
    async def measuring(self, name: str, crew: Crew, into: list[Measured]) -> AsyncIterator[None]:
        """From the start of the replicas to the end of the block."""
        before, began = Counter(self.sandbox.calls()), time.perf_counter()
        with crew.at_work():
            yield
        seconds = time.perf_counter() - began
        calls = Counter(self.sandbox.calls()) - before
        into.append(Measured(name, self.contacts, seconds, crew.kills, calls))

    async def through_kills(self, crew: Crew, left: IsLeft) -> None:
        """Now one of two replicas is killed, now both, and started again, until nothing is left to do."""
        for turn in itertools.count():
            next_kill = time.monotonic() + self.moments.uniform(WILDEST_SECONDS, CALMEST_SECONDS)
            while time.monotonic() < next_kill:
                if not await left():
                    return
                await asyncio.sleep(LOOK_SECONDS)
            places = (0, 1) if turn % 3 == 2 else (turn % 2,)
            crew.kill(*places)
            for place in places:
                crew.start(place)

    async def is_told_once(self, event: str, times: int = 1) -> None:
        """Each contact in so many events."""
        told = Counter(int(row[0]) for row in await self.pool.fetch(TOLD, event))
        _require(told == Counter(self.ids * times), f"{event} does not tell of each contact {times} times")


async def switched_on(bench: Bench, into: list[Measured]) -> None:
    """Everybody is subscribed, here and there, and has one update waiting."""
    crew = bench.crew("cvr-subscription", 2)
    async with bench.measuring("switched on", crew, into):
        await bench.through_kills(crew, bench.left(LEFT_TO_SUBSCRIBE))
    known = {row[0] for row in await bench.pool.fetch("select object_id from cvrupdate_subscription")}
    _require(len(known) == bench.contacts, "units share an object id")
    _require(bench.sandbox.subscribed() == known, "KMD Logic has other subscriptions than the store")
    active = """select contact_id from service_queue
                where token = (select agent_active_tasks_token from cvrupdate_setting) order by contact_id"""
    waiting = [row[0] for row in await bench.pool.fetch(active)]
    _require(waiting == bench.ids, "not every contact has an update waiting")
    await bench.is_told_once("cvr.subscription.changed")


async def updated(bench: Bench, into: list[Measured]) -> None:
    """Every task is done, and none twice in effect."""
    crew, left = bench.crew("cvr-update", 3), bench.left(LEFT_TO_UPDATE)
    places = sorted((bench.moments.uniform(0.5, 0.95), bench.moments.uniform(0.2, 0.5)), reverse=True)
    async with bench.measuring("updated", crew, into):
        for victim, share in enumerate(places):
            await _until_at_most(left, bench.contacts * share)
            crew.kill(victim)
        await _until_at_most(left, 0)
    _require(not await bench.pool.fetchval(HAVE_CHANGED, 2), "a contact has not changed exactly once")
    made = await bench.pool.fetchval("select count(*) from contact_version")
    _require(made == bench.contacts, "the history does not have one change of each contact")
    failed = await bench.pool.fetchval("select count(*) from cvrupdate_import where failure is not null")
    _require(not failed, "updates failed")
    await bench.is_told_once("cvr.update.applied")


async def switched_off(bench: Bench, into: list[Measured]) -> None:
    """Nobody is subscribed any more, here or there, and the contacts are as they were."""
    before = await bench.pool.fetchval(CONTACTS)
    async with bench.pool.acquire() as connection:
        await switch(connection, Feature.CVR_UPDATE, enabled=False, by="benchmark")
    crew = bench.crew("cvr-subscription", 2)
    async with bench.measuring("switched off", crew, into):
        await bench.through_kills(crew, bench.left(LEFT_TO_CANCEL))
    _require(not bench.sandbox.subscribed(), "KMD Logic still has subscriptions")
    _require(await bench.pool.fetchval(CONTACTS) == before, "contacts have changed")
    await bench.is_told_once("cvr.subscription.changed", 2)


async def measure(url: str, bus_url: str, directory: Path, contacts: int, seed: int) -> list[Measured]:
    """The three parts, one after the other."""
    issuer, key = DevelopmentIssuer.generate(), Fernet.generate_key().decode()
    with register_sandbox(directory, companies=contacts // UNITS_PER_COMPANY) as sandbox:
        own = variables(
            "cvr_subscription", subscribing__lease_seconds=LEASE_SECONDS, subscribing__look_seconds=1
        ) | variables("cvr_update", lease_seconds=LEASE_SECONDS, look_seconds=1)
        own |= {"REGISTERBRO_SECRETS__KEYS": key, "REGISTERBRO_LOG__LEVEL": "warning"}

        def told() -> dict[str, str]:
            shared = shared_environment(database_url=url, bus_url=bus_url, issuer=issuer)
            return shared | sandbox.told() | own

        async with open_pool(url, maximum=4) as pool:
            async with pool.acquire() as connection:
                await ensure_partitions(connection)
                for feature in (Feature.CVR, Feature.CVR_UPDATE):
                    await switch(connection, feature, enabled=True, by="benchmark")
            ids = await add_contacts(pool, numbers_of(World.read(sandbox.world), contacts))
            bench = Bench(pool, sandbox, told, contacts, ids, random.Random(seed))
            made: list[Measured] = []
            for part in (switched_on, updated, switched_off):
                await part(bench, made)
                print(json.dumps(made[-1].told), flush=True)
    return made


def numbers_of(world: World, count: int) -> list[UnitNumber]:
    """The first so many units of the register."""
    units = [unit for unit in map(world.by_id, itertools.islice(world.object_ids(), count)) if unit]
    _require(len(units) == count, "the sandbox has too few units")
    return [
        CvrNumber.parse(unit.number) if unit.kind is Kind.COMPANY else PNumber.parse(unit.number)
        for unit in units
    ]


async def _until_at_most(left: IsLeft, most: float) -> None:
    while await left() > most:  # noqa: ASYNC110 - the database cannot set an Event
        await asyncio.sleep(LOOK_SECONDS)


def _require(is_so: bool, otherwise: str) -> None:
    if not is_so:
        raise Failed(otherwise)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--contacts", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1, help="of the moments at which processes are killed")
    parser.add_argument("--json", type=Path, help="where to write the figures, too")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as directory,
        tempfile.TemporaryDirectory() as postgres,
        embedded_server(Path(postgres)) as server_url,
        broker(Path(directory)) as rabbitmq,
        rabbitmq.virtual_host() as bus_url,
    ):
        url = ensure_database(server_url, "benchmark")
        migrate(url)
        parts = asyncio.run(measure(url, bus_url, Path(directory), given.contacts, given.seed))
    if given.json:
        told = {"at": dt.datetime.now(dt.UTC).isoformat(), "parts": [each.told for each in parts]}
        given.json.write_text(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
