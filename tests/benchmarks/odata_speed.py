"""How fast the queries that clients live by are over HTTP, beside the very same SQL run by asyncpg.

``make bench``: on a store of a million contacts, a page of 50 for a beginning of a name, a number, a former number and what
changed since a time, each for a client without the right to read protected data. The console runs as in production, on a
port of its own, with the audit row of every answer; the floor is the statement alone, on a warm connection. Every call asks
for another value. The p95 of both, and their ratio.
"""

import argparse
import asyncio
import contextlib
import dataclasses
import datetime as dt
import json
import multiprocessing
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

import httpx
from console.app import create_app
from console.odata import options, resources, statement
from console.odata.binding import Binder, Row
from console.odata.statement import Window
from console.settings import AppSettings
from pydantic import SecretStr
from registerbro import serving
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.database import Connection, migrate, open_connection, open_pool
from registerbro.settings import AuthSettings, HttpSettings, LogSettings
from registerbro.telemetry import configure_logging
from registerbro_local.postgres import embedded_server, ensure_database
from rich.console import Console
from rich.table import Table

from tests.support.odata import WHY
from tests.support.odata_store import fill
from tests.support.services import settings_for
from tests.support.waiting import until

PAGE = 50
WARM_UP = 10
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@dataclasses.dataclass(frozen=True)
class Measured:
    """One kind of query; p95 in milliseconds, over HTTP and of the statement alone."""

    name: str
    calls: int
    rows: float
    p95: float
    floor_p95: float

    @property
    def ratio(self) -> float:
        """How many times as long as the statement alone an answer takes."""
        return self.p95 / self.floor_p95


def kinds(
    names: Sequence[str], contacts: int, dice: random.Random
) -> dict[str, Callable[[], dict[str, str]]]:
    """What is asked, by kind of query; each call makes another one."""

    def since() -> str:
        moment = START + dt.timedelta(seconds=contacts - dice.randrange(50, 5000))
        return moment.isoformat().replace("+00:00", "Z")

    def beginning() -> str:
        return dice.choice(names).lower()[: dice.randrange(4, 7)]

    return {
        "name prefix": lambda: {"$filter": f"startswith(tolower(Name2),'{beginning()}')"},
        "number": lambda: {"$filter": f"NameCode eq '{3 * dice.randrange(1, contacts):010}'"},
        "former number": lambda: {
            "$filter": f"PreviousNameCodes/any(n: n eq '{30 * dice.randrange(1, contacts // 10) + 1:010}')"
        },
        "changed since": lambda: {"$filter": f"UpdatedAt gt {since()}", "$orderby": "UpdatedAt"},
    }


async def measure(url: str, contacts: int, calls: int) -> list[Measured]:
    """Every kind of query, asked over HTTP and of the store itself in turn."""
    async with open_pool(url) as pool:
        await fill(pool, contacts)
        await pool.execute("vacuum analyze", timeout=600)
        names = [row["name2"] for row in await pool.fetch("select distinct name2 from contact limit 5000")]
    measured = []
    with _served(url) as client:
        async with client, open_connection(url) as connection:
            for setting in ("plan_cache_mode = force_custom_plan", "timezone = 'UTC'"):
                await connection.execute(f"set {setting}")
            for name, make in kinds(names, contacts, random.Random(1)).items():
                asked = [make() for _ in range(calls + WARM_UP)]
                measured.append(await _one(name, asked, client, connection))
    return measured


async def _one(
    name: str, asked: Sequence[dict[str, str]], client: httpx.AsyncClient, connection: Connection
) -> Measured:
    whole: list[float] = []
    floor: list[float] = []
    rows = 0
    for each in asked:
        started = time.perf_counter()
        answer = await client.get("/odata/Contacts", params=each)
        whole.append(time.perf_counter() - started)
        assert answer.status_code == 200, answer.text
        rows += len(answer.json()["value"])
        sql, values = statement_of(each)
        started = time.perf_counter()
        await connection.fetch(sql, *values)
        floor.append(time.perf_counter() - started)
    measured = len(asked) - WARM_UP
    return Measured(name, measured, rows / len(asked), _p95(whole[WARM_UP:]), _p95(floor[WARM_UP:]))


def statement_of(raw: dict[str, str]) -> tuple[str, Sequence[object]]:
    """The statement that answers a query, with its values."""
    resource = resources.read("Contacts")
    row = Row.of(resource.entity, Binder(sees_protected=False, day=dt.datetime.now(dt.UTC).date()))
    sql = statement.rows(row, options.read(raw), Window(PAGE + 1), *resource.conditions(row))
    return sql, row.binder.values


def _p95(seconds: Sequence[float]) -> float:
    return 1000 * statistics.quantiles(seconds, n=20)[-1]


@contextlib.contextmanager
def _served(url: str) -> Iterator[httpx.AsyncClient]:
    """A client of a console in a process of its own."""
    issuer = DevelopmentIssuer.generate()
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=serve, args=(url, issuer.private_pem, there)
    )
    process.start()
    headers = WHY | {"Authorization": f"Bearer {issuer.token(Scope.CONTACTS_READ)}"}
    try:
        yield httpx.AsyncClient(base_url=f"http://127.0.0.1:{here.recv()}", headers=headers, timeout=60)
        here.send("end")
        process.join(30)
    finally:
        process.kill()


def serve(url: str, pem: str, pipe: Pipe) -> None:
    """Runs a console on a store in this process, until the other end of the pipe says so; tells its port first."""
    asyncio.run(_run(url, pem, pipe))


async def _run(url: str, pem: str, pipe: Pipe) -> None:
    configure_logging(LogSettings(level="warning"), service="console")
    issuer = DevelopmentIssuer(pem)
    auth = AuthSettings(issuer=issuer.issuer, audience=issuer.audience, development_key=SecretStr(pem))
    settings = AppSettings(
        **{**dict(settings_for(url, issuer)), "auth": auth, "http": HttpSettings(notice_seconds=0)}
    )
    server = serving.server(create_app(settings), port=serving.ANY_PORT)
    task = asyncio.create_task(server.serve())
    await until(lambda: _has_started(server))
    pipe.send(server.servers[0].sockets[0].getsockname()[1])
    await asyncio.to_thread(pipe.recv)
    server.should_exit = True
    await task


async def _has_started(server: serving.Server) -> bool:
    return server.started


def _show(measured: Sequence[Measured]) -> None:
    table = Table("query", "calls", "rows", "p95 ms", "statement p95 ms", "ratio")
    for each in measured:
        table.add_row(
            each.name, str(each.calls), f"{each.rows:.1f}", f"{each.p95:.1f}", f"{each.floor_p95:.1f}", f"{each.ratio:.1f}"
        )  # fmt: skip
    Console().print(table)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as directory,
        embedded_server(Path(directory) / "postgres") as server_url,
    ):
        url = ensure_database(server_url, "bench")
        migrate(url)
        measured = asyncio.run(measure(url, arguments.contacts, arguments.calls))
    if arguments.json:
        json.dump(
            [{**dataclasses.asdict(each), "ratio": each.ratio} for each in measured], sys.stdout, indent=2
        )
    else:
        _show(measured)
    return 0


if __name__ == "__main__":
    sys.exit(main())
