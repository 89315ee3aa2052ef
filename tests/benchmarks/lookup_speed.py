"""How fast persons are looked up at CPR, beside a bare socket client that does the same exchanges with the same server.

``make bench``: the sandbox's CPR Direkte runs in a process of its own, over TLS and over plain TCP. The bare client opens a
connection, writes the 39 bytes, reads to the end and closes; it neither parses nor limits nor retries. Both have a session
already, take turns in the same run, and ask for the same persons. The last lines measure whole HTTP calls of the service: with
token, audit rows in Postgres and the person as JSON.
"""

import argparse
import asyncio
import contextlib
import dataclasses
import json
import multiprocessing
import ssl
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import TypeAlias

import httpx
from cpr_direct.app import create_app
from cpr_direct.credentials import Account, Credentials, Origin
from cpr_direct.gateway import Gateway
from cpr_direct.logon import LogonState, Transmit
from cpr_direct.settings import CprDirectSettings, DirectSettings, LimitSettings
from cpr_direct.wire import Header, request
from pydantic import SecretStr
from registerbro import features
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.cpr.numbers import CprNumber
from registerbro.database import ensure_partitions, migrate, open_pool
from registerbro.features import Feature
from registerbro.settings import AuditSettings, BusSettings, DatabaseSettings, SecretUrl
from registerbro_local.postgres import embedded_server, ensure_database
from registerbro_sandbox.direct import Certificates, CprDirectServer, Key
from registerbro_sandbox.ftp import Authority
from registerbro_sandbox.persons import Delivery, Population
from registerbro_sandbox.persons.chronicle import Chronicle
from registerbro_sandbox.serving import today
from rich.console import Console
from rich.table import Table

CUSTOMER, USER, PASSWORD = "4630", "SANDBOX1", "Bench+01"
PERSONS = 500
ROUNDS = 3
Ask: TypeAlias = Callable[[CprNumber], Awaitable[object]]


@dataclasses.dataclass(frozen=True)
class Measured:
    """One way to ask at so many callers; latencies in milliseconds."""

    what: str
    callers: int
    per_second: float
    median_ms: float
    p95_ms: float


@dataclasses.dataclass(frozen=True)
class Compared:
    """The client beside its floor."""

    way: str
    callers: int
    client: Measured
    floor: Measured

    @property
    def ratio(self) -> float:
        """The share of the bare client's rate that the client reaches."""
        return self.client.per_second / self.floor.per_second


class KnownLogons:
    """Logons with one password, of which nothing is remembered: the store has no part in what is measured."""

    def __init__(self, settings: CprDirectSettings) -> None:
        self._credentials = Credentials(Account.of(settings), SecretStr(PASSWORD), Origin.CONFIGURED)

    async def logon(self, transmit: Transmit) -> Header:
        """One logon."""
        return await transmit(self._credentials)

    async def state(self) -> LogonState:
        """Nothing is known."""
        return LogonState(Origin.CONFIGURED, None, None, None, None)


def _serve(directory: Path, pipe: Pipe, *, is_encrypted: bool) -> None:
    """The sandbox, until the parent says so."""
    authority = Authority()
    authority.write_to(directory / "ca.pem")
    certificates = Certificates(authority, "localhost") if is_encrypted else None
    server = CprDirectServer(directory / "world", certificates)
    if server.accounts.find(Key(CUSTOMER, USER)) is None:
        server.accounts.add(Key(CUSTOMER, USER), SecretStr(PASSWORD))
    with server:
        pipe.send(server.port)
        pipe.recv()


@contextlib.contextmanager
def serving(directory: Path, *, is_encrypted: bool) -> Iterator[int]:
    """A server in a process of its own; gives its port."""
    here, there = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_serve, args=(directory, there), kwargs={"is_encrypted": is_encrypted})
    process.start()
    try:
        yield here.recv()
        here.send("end")
    finally:
        process.join(10)
        process.kill()


def settings_of(directory: Path, port: int, *, is_encrypted: bool) -> CprDirectSettings:
    """What the client is told; its limits are out of the way."""
    return CprDirectSettings(
        host="localhost",
        port=port,
        ca_file=directory / "ca.pem" if is_encrypted else None,
        tls_by_local_proxy=not is_encrypted,
        customer_number=CUSTOMER,
        user_id=USER,
        password=SecretStr(PASSWORD),
        limits=LimitSettings(connections=128, wait_seconds=120),
    )


def bare_client(settings: CprDirectSettings, token: SecretStr) -> Ask:
    """Writes and reads, nothing else."""
    context = ssl.create_default_context(cafile=settings.ca_file) if settings.ca_file else None

    async def ask(number: CprNumber) -> bytes:
        message = request(
            transaction_code=settings.transaction_code, customer_number=CUSTOMER, user_id=USER, token=token,
            subscription_type="0", data_type="6", number=number,
        )  # fmt: skip
        reader, writer = await asyncio.open_connection(settings.host, settings.port, ssl=context)
        try:
            writer.write(message)
            content = await reader.read(-1)
        finally:
            writer.close()
        if content[22:24] != b"00":
            raise RuntimeError("the server answers with an error")
        return content

    return ask


async def measure(what: str, ask: Ask, numbers: Sequence[CprNumber], callers: int, calls: int) -> Measured:
    """So many calls, by so many callers side by side."""
    latencies: list[float] = []
    waiting = iter(range(calls))

    async def caller() -> None:
        for place in waiting:
            begun = time.perf_counter()
            await ask(numbers[place % len(numbers)])
            latencies.append(1000 * (time.perf_counter() - begun))

    begun = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    seconds = time.perf_counter() - begun
    latencies.sort()
    return Measured(
        what, callers, calls / seconds, statistics.median(latencies), latencies[int(len(latencies) * 0.95)]
    )


async def compare(directory: Path, way: str, calls: int, *, is_encrypted: bool) -> list[Compared]:
    """Client and floor at 1, 16 and 128 callers, in turns; of each the round with the median rate."""
    with serving(directory, is_encrypted=is_encrypted) as port:
        settings = settings_of(directory, port, is_encrypted=is_encrypted)
        numbers = _numbers(directory)
        async with Gateway.open(settings, KnownLogons(settings)) as gateway:
            token = (await gateway.logon()).token
            bare = bare_client(settings, token)
            found = []
            for callers in (1, 16, 128):
                rounds = []
                for _ in range(ROUNDS):
                    floor = await measure("bare socket", bare, numbers, callers, calls)
                    client = await measure("client", gateway.lookup, numbers, callers, calls)
                    rounds.append(Compared(way, callers, client, floor))
                found.append(sorted(rounds, key=lambda each: each.ratio)[ROUNDS // 2])
            return found


async def whole_calls(directory: Path, calls: int) -> list[Measured]:
    """The service over HTTP, in this process, on a Postgres of its own."""
    with (
        serving(directory, is_encrypted=True) as port,
        tempfile.TemporaryDirectory(prefix="registerbro-bench-") as home,
        embedded_server(Path(home)) as server_url,
    ):
        url = ensure_database(server_url)
        migrate(url)
        issuer = DevelopmentIssuer.generate()
        settings = DirectSettings(
            database=DatabaseSettings(url=SecretUrl(url), pool_maximum=20),
            bus=BusSettings(url=SecretUrl("in-process:")),
            auth=issuer.settings(),
            audit=AuditSettings(
                key=SecretStr("a key of the benchmark's own, long enough"), harvest_persons=0
            ),
            cpr_direct=settings_of(directory, port, is_encrypted=True),
        )
        async with open_pool(url) as pool, pool.acquire() as connection:
            await ensure_partitions(connection)
            await features.switch(connection, Feature.CPR, enabled=True, by="benchmark")
        async with _client(settings, issuer) as client:

            async def ask(number: CprNumber) -> None:
                body = {"number": number.value, "purpose": "measuring"}
                (await client.post("/persons/search", json=body)).raise_for_status()

            numbers = _numbers(directory)
            return [await measure("HTTP call", ask, numbers, callers, calls) for callers in (1, 16, 128)]


@contextlib.asynccontextmanager
async def _client(settings: DirectSettings, issuer: DevelopmentIssuer) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings)
    headers = {"Authorization": f"Bearer {issuer.token(Scope.PERSONS_LOOKUP)}"}
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://service", headers=headers) as client,
    ):
        yield client


def _numbers(directory: Path) -> list[CprNumber]:
    return [CprNumber(person.number) for person in Chronicle.read(directory / "world").world]


def main() -> None:
    """Measures, and shows the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=2000, help="calls of each measurement")
    parser.add_argument("--json", type=Path, help="also write the figures to a file")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="registerbro-bench-") as name:
        directory = Path(name)
        Chronicle.begin(directory / "world", Population(seed=1, size=PERSONS), Delivery(today()))
        compared = [
            *asyncio.run(compare(directory, "TLS", given.calls, is_encrypted=True)),
            *asyncio.run(compare(directory, "plain TCP", given.calls, is_encrypted=False)),
        ]
        whole = asyncio.run(whole_calls(directory, given.calls))
    show(compared, whole)
    if given.json:
        figures = {
            "lookups": [{**dataclasses.asdict(each), "ratio": each.ratio} for each in compared],
            "http": [dataclasses.asdict(each) for each in whole],
        }
        given.json.write_text(json.dumps(figures, indent=1))


def show(compared: Sequence[Compared], whole: Sequence[Measured]) -> None:
    """Two tables."""
    table = Table(
        "way", "callers", "lookups/s", "bare socket/s", "ratio", "median ms", "p95 ms", "bare median ms"
    )
    for each in compared:
        client, floor = each.client, each.floor
        table.add_row(
            each.way, str(each.callers), f"{client.per_second:,.0f}", f"{floor.per_second:,.0f}", f"{each.ratio:.2f}",
            f"{client.median_ms:.2f}", f"{client.p95_ms:.2f}", f"{floor.median_ms:.2f}",
        )  # fmt: skip
    calls = Table("whole HTTP calls over TLS, with audit", "callers", "calls/s", "median ms", "p95 ms")
    for one in whole:
        calls.add_row(
            "", str(one.callers), f"{one.per_second:,.0f}", f"{one.median_ms:.2f}", f"{one.p95_ms:.2f}"
        )
    console = Console()
    console.print(table)
    console.print(calls)


if __name__ == "__main__":
    main()
