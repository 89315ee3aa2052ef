"""The whole circle over two services, RabbitMQ and the sandbox: look up, import, move, file, contact, event; and what ends it."""

import dataclasses
import datetime as dt
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet
from registerbro.auth import DevelopmentIssuer
from registerbro.contacts.queries import find_contact, load_contact
from registerbro.database import Pool
from registerbro.features import Feature, switch
from registerbro_sandbox.persons import Delivery, LifeEvent, Population
from registerbro_sandbox.persons.chronicle import Chronicle
from registerbro_sandbox.serving import today

from tests.support import secrets_in_use
from tests.support.processes import command, inherited, sandbox, service, shared_environment, variables
from tests.support.services import bearer
from tests.support.subscriber import Listener, listening, publish
from tests.support.waiting import until

pytestmark = [pytest.mark.xdist_group("rabbitmq"), pytest.mark.timeout(300)]

KNOWN, SUBSCRIBED = 96, 48
FTP_PASSWORD = secrets_in_use.add("kun-til-kredsen")
DIRECT_PASSWORD = secrets_in_use.add("Kreds-26")
PURPOSE = "testing the whole circle"
CASE = "2026-0815"
SCOPES = ("persons:lookup", "persons:import", "subscriptions:manage", "batch:run", "batch:read")
STORED = """
select (select count(*) from contact), (select count(*) from contact_number), (select count(*) from source_record),
       (select count(*) from outbox)
"""


@dataclasses.dataclass(frozen=True)
class Circle:
    """Everything that runs, and what the test does with it."""

    direct: httpx.Client
    batch: httpx.Client
    listener: Listener
    pool: Pool
    chronicle: Chronicle
    told: dict[str, str]
    bus_url: str

    def number(self, person: int) -> str:
        """A person's number; none of those here gets another one."""
        return self.chronicle.world.person(person).number

    def ask(self, path: str, person: int, expected: int) -> dict[str, Any]:
        """A call of CPR Direkte's about a person."""
        answer = self.direct.post(path, json={"number": self.number(person), "purpose": PURPOSE})
        assert answer.status_code == expected, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def imports_subscribe(self, *, wanted: bool) -> None:
        """What the source says, by the operator's command."""
        done = command(
            self.told,
            "source",
            "set",
            "CPR",
            f"Subscription={int(wanted)};ForceUpdate=J",
            program="registerbro",
        )
        assert done.returncode == 0, done.stderr

    def let_move(self, day: dt.date, *persons: int) -> None:
        """They move, and the day's change file is on the server."""
        events = [word for person in persons for word in ("--event", f"moves={person}")]
        into = str(self.chronicle.directory)
        done = command(
            inherited(), "change", *events, "--date", str(day), "--into", into, program="registerbro-sandbox"
        )
        assert done.returncode == 0, done.stderr

    async def fetch_and_import(self) -> None:
        """CPR Batch's whole run, to its end."""
        started = self.batch.post("/runs")
        assert started.status_code == 202, started.text
        found: dict[str, Any] = {}

        async def is_over() -> bool:
            found.update(self.batch.get(started.headers["location"]).json())
            return found["state"] not in ("waiting", "running")

        await until(is_over, seconds=60)
        assert (found["state"], found["counts"].get("imported")) == ("finished", 1), found

    def run_policy(self) -> dict[str, Any]:
        """The subscription policy, at once."""
        answer = self.direct.post("/policy/runs", json={})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        assert found["state"] == "done"
        return found

    async def home(self, person: int) -> tuple[int, str | None]:
        """The version of the person's contact, and the street."""
        async with self.pool.acquire() as connection:
            contact = await load_contact(connection, self.number(person), may_see_protected=True)
        assert contact is not None
        main = next(each for each in contact.addresses if each.address_type == "HA")
        return contact.version, main.address1

    async def contact_id(self, person: int) -> int | None:
        """The person's contact, a placeholder's too."""
        async with self.pool.acquire() as connection:
            return await find_contact(connection, self.number(person))

    async def is_subscribed(self, person: int) -> bool | None:
        """At CPR, as the store has it; None where the person was never imported."""
        statement = "select src_subscribed from source_record join contact_number using (contact_id) where number = $1"
        found: bool | None = await self.pool.fetchval(statement, self.number(person))
        return found

    def is_subscribed_at_cpr(self, person: int) -> bool:
        """At CPR, as CPR itself has it."""
        now = Chronicle.read(self.chronicle.directory)
        subscriptions = now.subscriptions.after(now.said_online().statements)
        return subscriptions.cover(now.world.person(person))

    async def stored(self) -> list[int]:
        """How much is in the store."""
        (row,) = await self.pool.fetch(STORED)
        return list(row)

    async def until_heard(self, event_type: str, expected: list[int]) -> None:
        """Waits for events of a type: these contacts', each once, and nobody else's."""

        await self.until_count(event_type, len(expected))
        heard = [each["contact_id"] for each in self.listener.data(f"dk.registerbro.{event_type}.v1")]
        assert sorted(heard) == sorted(expected)

    async def until_count(self, event_type: str, count: int) -> None:
        """Waits until so many events of a type have come."""

        async def is_heard() -> bool:
            return len(self.listener.data(f"dk.registerbro.{event_type}.v1")) >= count

        await until(is_heard)

    async def until_open(self, contact_id: int, *references: str) -> None:
        """Waits until these are the contact's open cases."""

        async def is_so() -> bool:
            cases = self.direct.get(f"/contacts/{contact_id}/cases").json()
            return [each["case_reference"] for each in cases] == list(references)

        await until(is_so)

    async def until_subscribed(self, person: int, expected: bool) -> None:
        """Waits until the store says so; then CPR must have been told."""

        async def is_so() -> bool:
            return await self.is_subscribed(person) is expected

        await until(is_so)
        assert self.is_subscribed_at_cpr(person) is expected


@pytest.fixture
def chronicle(tmp_path: Path) -> Chronicle:
    """A world that began the day before yesterday, so that things can happen until tomorrow."""
    delivery = Delivery(today() - dt.timedelta(days=2))
    return Chronicle.begin(tmp_path / "world", Population(7, KNOWN), delivery, subscribed=SUBSCRIBED)[0]


@pytest.fixture
def registers(chronicle: Chronicle, tmp_path: Path) -> Iterator[dict[str, int]]:
    """The sandbox's servers, by the ports they listen on."""
    told = variables(
        "sandbox",
        ftp__password=FTP_PASSWORD,
        ftp__port=0,
        ftp__directory=chronicle.directory,
        ftp__authority_file=tmp_path / "ca.pem",
        direct__password=DIRECT_PASSWORD,
        direct__port=0,
    )
    with sandbox(inherited() | told | {"REGISTERBRO_LOG__FORM": "json"}, tmp_path / "sandbox.log") as ports:
        yield ports


@pytest.fixture
def shared(database_url: str, rabbitmq_url: str, issuer: DevelopmentIssuer) -> dict[str, str]:
    """What both services are told, but for their ports."""
    key = {"REGISTERBRO_SECRETS__KEYS": secrets_in_use.add(Fernet.generate_key().decode())}
    return shared_environment(database_url=database_url, bus_url=rabbitmq_url, issuer=issuer) | key


@pytest.fixture
def told(shared: dict[str, str], database_url: str, rabbitmq_url: str, issuer: DevelopmentIssuer, registers: dict[str, int], tmp_path: Path) -> tuple[dict[str, str], dict[str, str]]:  # fmt: skip
    """What each of the services is told."""
    interim, ca_file = tmp_path / "interim", tmp_path / "ca.pem"
    interim.mkdir()
    others = shared_environment(database_url=database_url, bus_url=rabbitmq_url, issuer=issuer)
    direct = variables(
        "cpr_direct",
        host="localhost", port=registers["direct"], ca_file=ca_file, customer_number="4630",
        user_id="SANDBOX1", password=DIRECT_PASSWORD, subscribing__look_seconds=1,
    )  # fmt: skip
    batch = variables(
        "cpr_batch",
        interim_directory=interim,
        ftp__host="localhost", ftp__port=registers["file"], ftp__user="registerbro", ftp__password=FTP_PASSWORD,
        ftp__ca_file=ca_file,
    )  # fmt: skip
    return shared | direct, shared | others | batch


@pytest.fixture
async def circle(
    told: tuple[dict[str, str], dict[str, str]], shared: dict[str, str], chronicle: Chronicle, pool: Pool, issuer: DevelopmentIssuer, rabbitmq_url: str, tmp_path: Path
) -> AsyncIterator[Circle]:  # fmt: skip
    async with pool.acquire() as connection:
        await switch(connection, Feature.CPR, enabled=True, by="test")
    token = bearer(issuer.token(*SCOPES))
    logs = [tmp_path / name for name in ("direct.log", "batch.log", "sandbox.log")]
    with (
        service(told[0], logs[0], program="cpr-direct") as direct,
        service(told[1], logs[1], program="cpr-batch") as batch,
    ):
        direct.headers.update(token)
        batch.headers.update(token)
        async with listening(rabbitmq_url) as listener:
            yield Circle(direct, batch, listener, pool, chronicle, shared, rabbitmq_url)
    numbers = [row["number"] for row in await pool.fetch("select number from contact_number")]
    private = [*numbers, FTP_PASSWORD, DIRECT_PASSWORD, token["Authorization"].removeprefix("Bearer ")]
    bodies = " ".join(message.body.decode() for message in listener.messages)
    assert numbers
    assert not [text for text in private if text in bodies]
    for log in logs:
        assert not [text for text in private if text in log.read_text()]


async def test_the_whole_circle(circle: Circle) -> None:
    world, day = circle.chronicle.world, today()
    never_imported = world.first(LifeEvent.MOVES, day)
    not_wished = world.first(LifeEvent.MOVES, day, [never_imported])
    imported = world.first(LifeEvent.MOVES, day, range(SUBSCRIBED))
    assert never_imported < not_wished < SUBSCRIBED <= imported

    await circle.fetch_and_import()  # nobody of the extract is imported yet, so nothing comes of it
    before = await circle.stored()
    found = circle.ask("/persons/search", imported, 200)
    assert (found["number"], found["contact_id"]) == (circle.number(imported), None)
    assert await circle.stored() == before
    assert before[0] == 0
    assert not circle.is_subscribed_at_cpr(imported)

    circle.imports_subscribe(wanted=False)
    circle.ask("/persons/imports", not_wished, 201)
    assert await circle.is_subscribed(not_wished) is False
    circle.imports_subscribe(wanted=True)
    contact_id = circle.ask("/persons/imports", imported, 201)["contact_id"]
    assert circle.ask("/persons/imports", imported, 200)["contact_id"] == contact_id
    assert await circle.is_subscribed(imported) is True
    assert circle.is_subscribed_at_cpr(imported)
    other = await circle.contact_id(not_wished)
    assert other is not None
    await circle.until_heard("contact.imported", [contact_id, other])

    at_first, untouched = await circle.home(imported), await circle.home(not_wished)
    circle.let_move(day, never_imported, not_wished, imported)
    await circle.fetch_and_import()
    moved = await circle.home(imported)
    assert moved[0] == at_first[0] + 1
    assert moved[1] != at_first[1]
    assert await circle.home(not_wished) == untouched
    assert await circle.is_subscribed(never_imported) is None
    await circle.until_heard("contact.updated", [contact_id])

    ended = circle.ask("/subscriptions/ends", imported, 200)
    assert [each["outcome"] for each in ended["items"]] == ["done"]
    await circle.until_subscribed(imported, False)
    circle.let_move(day + dt.timedelta(days=1), not_wished, imported)
    await circle.fetch_and_import()
    assert await circle.home(imported) == moved
    assert await circle.home(not_wished) == untouched
    await circle.until_count("cpr.file.imported", 3)
    await circle.until_heard("contact.updated", [contact_id])


async def test_cases_on_the_bus_begin_and_end_subscriptions(circle: Circle) -> None:
    person = circle.chronicle.world.first(LifeEvent.MOVES, today(), range(SUBSCRIBED))
    circle.imports_subscribe(wanted=False)
    contact_id = circle.ask("/persons/imports", person, 201)["contact_id"]
    assert circle.run_policy()["counts"] == {}

    opened_at = dt.datetime.now(dt.UTC)
    await publish(
        circle.bus_url, "case.opened", opened_at.isoformat(), case_reference=CASE, contact_ids=[contact_id]
    )
    await circle.until_open(contact_id, CASE)
    assert circle.run_policy()["figures"]["reasons"] == {"open-case": 1}
    await circle.until_subscribed(person, True)

    closed_at = opened_at + dt.timedelta(seconds=1)
    await publish(circle.bus_url, "case.closed", closed_at.isoformat(), case_reference=CASE)
    await circle.until_open(contact_id)
    assert circle.run_policy()["counts"] == {}  # CPR delivered the person a moment ago
    aged = "update source_record set last_delivered_at = now() - interval '9 days' where contact_id = $1"
    await circle.pool.execute(aged, contact_id)
    assert circle.run_policy()["figures"]["reasons"] == {"no-open-case": 1}
    await circle.until_subscribed(person, False)
    await circle.until_count("cpr.subscription.changed", 2)
    changed = circle.listener.data("dk.registerbro.cpr.subscription.changed.v1")
    assert [each["is_subscribed"] for each in changed] == [True, False]
