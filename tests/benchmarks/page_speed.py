"""How fast the console's pages are over HTTP on a store of a million contacts, beside the 300 ms that they may take.

``make bench-large``: every service runs as a process of its own, every module is switched on, and the registers are the sandbox's.
A person who has logged in and stated a purpose opens each page again and again, the pages of contacts each time for another contact
or with other words. The p50 and p95 of each page; it fails if one takes longer than it may. With ``--directory`` the filled store
is kept there for the next run, as it was before anything ran on it.
"""

import argparse
import asyncio
import contextlib
import dataclasses
import functools
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path

import httpx
from bs4 import BeautifulSoup
from console.people.roles import Role
from registerbro.database import ensure_partitions, migrate, open_pool
from registerbro.features import Feature, switch
from registerbro_local.postgres import embedded_server, ensure_database
from rich.console import Console
from rich.table import Table

from tests.browser.pages import PAGES
from tests.support.large_store import FIRST_NAMES, ROADS, SURNAMES, TOWNS, fill
from tests.support.people import PASSWORD, user
from tests.support.postgres import temporary_database
from tests.support.rabbitmq import broker
from tests.support.waiting import until
from tests.support.whole_system import whole_system

LIMIT_MS = 300
STORE = "bench"
ALL_SUBSCRIBED = """
update cvrupdate_subscription
set state = 'subscribed', object_id = 'unit ' || contact_id, subscribed_at = now(), leased_by = null, leased_until = null
"""
WARM_UP = 5
STEP = 30  # between contacts that are opened: persons with relations and history, each
PEOPLE: Mapping[str, Sequence[Role]] = {
    "reader": (Role.VIEWER,),
    "trusted": (Role.OPERATOR, Role.DATA_PROTECTION_OFFICER),
    "steward": tuple(Role),
}


@dataclasses.dataclass(frozen=True)
class Asked:
    """One call of a page: its path, and the fields of its form if it is one."""

    path: str
    form: Mapping[str, str] | None = None


@dataclasses.dataclass(frozen=True)
class Measured:
    """One page for one person; milliseconds."""

    page: str
    person: str
    calls: int
    p50: float
    p95: float

    @property
    def is_fast(self) -> bool:
        """Whether it takes no longer than it may."""
        return self.p95 < LIMIT_MS


def pages(contacts: int, dice: random.Random) -> dict[str, Callable[[], Asked]]:
    """What is opened, by page; each call makes another one."""

    def searched(text: Callable[[], str], page: int = 1) -> Callable[[], Asked]:
        return lambda: Asked("/ui/contacts", {"text": text(), "page": str(page)})

    def one(part: str = "") -> Callable[[], Asked]:
        return lambda: Asked(f"/ui/contacts/{1 + STEP * dice.randrange(contacts // STEP)}{part}")

    def road() -> str:
        return f"{dice.choice(ROADS)} {dice.randrange(1, 120)}"

    def name() -> str:
        return f"{dice.choice(FIRST_NAMES)} {dice.choice(SURNAMES)}"

    return {
        "search: empty": lambda: Asked("/ui/contacts"),
        "search: number": searched(lambda: f"{3 * dice.randrange(contacts // 10) * 10 + 3:010}"),
        "search: former number": searched(lambda: f"{30 * dice.randrange(1, contacts // 10) + 1:010}"),
        "search: number that nobody has": searched(lambda: f"99{dice.randrange(10**8):08}"),
        "search: surname": searched(lambda: dice.choice(SURNAMES)),
        "search: first name": searched(lambda: dice.choice(FIRST_NAMES)),
        "search: name": searched(name),
        "search: name, page 20": searched(name, 20),
        "search: beginning": searched(lambda: dice.choice(SURNAMES)[:2]),
        "search: road and number": searched(road),
        "search: postcode": searched(lambda: dice.choice(TOWNS)[:4]),
        "search: town": searched(lambda: dice.choice(TOWNS)),
        "search: name and road": searched(lambda: f"{name()} {road()}"),
        "search: surname and town": searched(lambda: f"{dice.choice(SURNAMES)} {dice.choice(TOWNS)}"),
        "contact": one(),
        "contact: history": one("/history"),
        "contact: past": one("/past?version=2"),
        "contact: records": one("/records"),
        "contact: subscription": one("/subscription"),
        "contact: who looked": one("/access"),
        "contact: edit": one("/edit"),
    }


FOR_TRUSTED = frozenset({"contact: who looked", "contact: edit"})


def other_pages() -> dict[str, Callable[[], Asked]]:
    """The pages that are about no one contact, file or person."""
    return {
        case.path: functools.partial(Asked, case.path)
        for case in PAGES
        if not case.path.startswith(("/ui/contacts", *OF_THE_SCENE)) and "{" not in case.path
    }


OF_THE_SCENE = ("/ui/people/vera", "/ui/clients/cvr-subscription")  # which only the browser's tests know


def asked_by(person: str, contacts: int) -> dict[str, Callable[[], Asked]]:
    """What one of the people opens."""
    if person == "steward":
        return other_pages()
    of_contacts = pages(contacts, random.Random(1))
    return {
        page: make for page, make in of_contacts.items() if person == "trusted" or page not in FOR_TRUSTED
    }


async def fill_once(url: str, contacts: int) -> None:
    """Contacts, where the store was not kept from a run before."""
    async with open_pool(url) as pool:
        if not await pool.fetchval("select exists (select from contact)"):
            await fill(pool, contacts)


async def open_for_all(url: str) -> None:
    """People, and every module switched on."""
    async with open_pool(url) as pool:
        for name, roles in PEOPLE.items():
            await user(pool, name, *roles)
        async with pool.acquire() as connection:
            await ensure_partitions(connection)
            for feature in Feature:
                await switch(connection, feature, enabled=True, by="benchmark")


async def settle(url: str) -> None:
    """Every company is subscribed, as it is some hours after CVR Update was switched on."""
    async with open_pool(url) as pool:

        async def is_wanted() -> bool:
            return bool(await pool.fetchval("select exists (select from cvrupdate_subscription)"))

        await until(is_wanted)
        await pool.execute(ALL_SUBSCRIBED)
        await pool.execute("vacuum full analyze cvrupdate_subscription")


async def measure(address: str, contacts: int, calls: int) -> list[Measured]:
    """Every page, for every person who may see it."""
    measured = []
    for person in PEOPLE:
        async with _browser(address, person) as (browser, csrf):
            for page, make in asked_by(person, contacts).items():
                took = [await _one(browser, csrf, make()) for _ in range(calls + WARM_UP)][WARM_UP:]
                measured.append(_measured(page, person, took))
    return measured


def _measured(page: str, person: str, seconds: Sequence[float]) -> Measured:
    cuts = statistics.quantiles(seconds, n=20)
    return Measured(page, person, len(seconds), 1000 * cuts[9], 1000 * cuts[-1])


async def _one(browser: httpx.AsyncClient, csrf: str, asked: Asked) -> float:
    """How long one call took; a search by number ends at the contact's own page, which is a call of its own."""
    started = time.perf_counter()
    if asked.form is None:
        answer = await browser.get(asked.path)
    else:
        answer = await browser.post(asked.path, data={"csrf": csrf, **asked.form})
    took = time.perf_counter() - started
    assert answer.status_code in (200, 303), (asked.path, answer.status_code)
    return took


@contextlib.asynccontextmanager
async def _browser(address: str, person: str) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """A person who has logged in and said why."""
    async with httpx.AsyncClient(base_url=address, timeout=60) as browser:
        answer = await browser.post("/session", json={"user_name": person, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        page = BeautifulSoup((await browser.get("/ui/preferences")).text, "html.parser")
        csrf = str(page.select_one("input[name=csrf]")["value"])  # type: ignore[index]
        await browser.post(
            "/ui/purpose", data={"csrf": csrf, "purpose": "measuring the pages", "next": "/ui/"}
        )
        yield browser, csrf


def measure_on(url: str, bus_url: str, directory: Path, contacts: int, calls: int) -> list[Measured]:
    """Over a filled store, with everything that a deployment runs."""
    asyncio.run(open_for_all(url))
    with whole_system(url, bus_url, directory, looks_often=False) as system:
        asyncio.run(settle(url))
        return asyncio.run(measure(system.replicas[0], contacts, calls))


def _show(measured: Sequence[Measured]) -> None:
    table = Table("page", "person", "calls", "p50 ms", "p95 ms", "limit ms", "")
    for each in measured:
        table.add_row(
            each.page, each.person, str(each.calls), f"{each.p50:.0f}", f"{each.p95:.0f}", str(LIMIT_MS), "" if each.is_fast else "too slow"
        )  # fmt: skip
    Console().print(table)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--calls", type=int, default=40)
    parser.add_argument("--directory", type=Path, help="where the store is kept for the next run")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as directory,
        embedded_server(arguments.directory or Path(directory) / "postgres") as server_url,
        broker(Path(directory) / "rabbitmq") as rabbitmq,
        rabbitmq.virtual_host() as bus_url,
    ):
        kept = ensure_database(server_url, STORE)
        migrate(kept)
        asyncio.run(fill_once(kept, arguments.contacts))
        system = Path(directory) / "system"
        system.mkdir()
        with temporary_database(server_url, STORE) as url:
            measured = measure_on(url, bus_url, system, arguments.contacts, arguments.calls)
    if arguments.json:
        json.dump(
            [{**dataclasses.asdict(each), "limit": LIMIT_MS} for each in measured], sys.stdout, indent=2
        )
    else:
        _show(measured)
    return 0 if all(each.is_fast for each in measured) else 1


if __name__ == "__main__":
    sys.exit(main())
