"""The whole circle of companies over RabbitMQ: switched on, imported, subscribed; what happens to a company comes by itself; switched off.

Sandbox, CVR Online, CVR Subscription and two of CVR Update are processes of their own; one of the latter is killed at its work.
"""

import contextlib
import dataclasses
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.contacts.presenting import ContactView
from registerbro.contacts.queries import load_contact
from registerbro.database import Pool
from registerbro_sandbox.serving import today

from tests.support import secrets_in_use, snapshot
from tests.support.cvr_circle import (
    CERTIFICATE_PASSWORD,
    LOGIC_SECRET,
    RegisterSandbox,
    register_sandbox,
)
from tests.support.processes import command, shared_environment, started, until_ready, variables
from tests.support.services import bearer
from tests.support.subscriber import Listener, listening
from tests.support.waiting import until

pytestmark = [pytest.mark.xdist_group("rabbitmq"), pytest.mark.timeout(300)]

COMPANY, UNIT = "26911745", "1003387453"
NEW_NAME = "Kredsens Nye Navn A/S"
PURPOSE = "testing the whole circle"
SERVICES = ("cvr-online", "cvr-subscription", "cvr-update", "cvr-update")
SECONDS = 10.0  # for what happens "within seconds", on a machine with much else to do
IDLE = """
select not exists (select from service_queue where due_at <= now())
       and not exists (select from cvrupdate_subscription where state <> 'subscribed')
"""


@dataclasses.dataclass(frozen=True)
class Circle:
    """Everything that runs, and what the test does with it."""

    sandbox: RegisterSandbox
    online: httpx.Client
    subscription: httpx.Client
    workers: Mapping[int, subprocess.Popen[bytes]]
    listener: Listener
    pool: Pool
    told: Mapping[str, str]

    def switch(self, position: str, *features: str) -> None:
        """Modules are switched by the operator's command."""
        for feature in features:
            done = command(self.told, "feature", position, feature, program="registerbro")
            assert done.returncode == 0, done.stderr

    def synchronise(self) -> dict[str, Any]:
        """The hourly job, at once."""
        answer = self.subscription.post("/synchronisation")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def contact(self, number: str, name_type: str) -> ContactView:
        """A unit's contact."""
        async with self.pool.acquire() as connection:
            found = await load_contact(connection, number, may_see_protected=True, name_type=name_type)
        assert found is not None
        return found

    async def company(self) -> ContactView:
        """The company's contact."""
        return await self.contact(COMPANY, "J")

    async def until_idle(self) -> None:
        """Waits until everybody is subscribed, and up to date."""
        await until(lambda: self.pool.fetchval(IDLE), seconds=60)

    async def worker_at_work(self, lookups: int) -> int:
        """The process that has a task in hand, once KMD Logic was asked for it: after so many lookups before."""

        async def is_asked() -> bool:
            return self.sandbox.calls()["by-cvr"] > lookups

        await until(is_asked)
        [row] = await self.pool.fetch("select split_part(leased_by, ':', 2)::int as pid from service_queue")
        pid: int = row["pid"]
        return pid

    async def until_applied(self, expected: list[tuple[int, int]]) -> None:
        """Waits for events of updates: of these contacts and versions, each once, and of nobody else's."""

        async def is_heard() -> bool:
            return len(self.applied()) >= len(expected)

        await until(is_heard)
        assert self.applied() == expected

    def applied(self) -> list[tuple[int, int]]:
        """Contact and version of each update that was told of, in their order."""
        told = self.listener.data("dk.registerbro.cvr.update.applied.v1")
        return [(each["contact_id"], each["version"]) for each in told]

    async def object_ids(self) -> set[str]:
        """What is subscribed, as the store has it."""
        rows = await self.pool.fetch(
            "select object_id from cvrupdate_subscription where state = 'subscribed'"
        )
        return {row["object_id"] for row in rows}


@pytest.fixture
async def circle(
    database_url: str, rabbitmq_url: str, pool: Pool, issuer: DevelopmentIssuer, tmp_path: Path
) -> AsyncIterator[Circle]:
    token = bearer(issuer.token(Scope.UNITS_LOOKUP, Scope.UNITS_IMPORT, Scope.CVR_UPDATE_RUN))
    key = {"REGISTERBRO_SECRETS__KEYS": secrets_in_use.add(Fernet.generate_key().decode())}
    own = variables("cvr_subscription", subscribing__look_seconds=1) | variables(
        "cvr_update", lease_seconds=4, look_seconds=0.5
    )
    logs = [tmp_path / f"{place}.log" for place, _ in enumerate(SERVICES)]
    with contextlib.ExitStack() as stack:
        sandbox = stack.enter_context(register_sandbox(tmp_path, companies=3))
        told = [
            shared_environment(database_url=database_url, bus_url=rabbitmq_url, issuer=issuer)
            | sandbox.told() | own | key
            for _ in SERVICES
        ]  # fmt: skip
        running = [
            stack.enter_context(started(environment, log, program=program))
            for environment, log, program in zip(told, logs, SERVICES, strict=True)
        ]
        for (process, client), log in zip(running, logs, strict=True):
            until_ready(client, process, log, ("Healthy", "Degraded"))  # no OData is told, and nothing is on
            client.headers.update(token)
        (_, online), (_, subscription), *updating = running
        workers = {process.pid: process for process, _ in updating}
        async with listening(rabbitmq_url) as listener:
            yield Circle(sandbox, online, subscription, workers, listener, pool, told[0])
    bodies = " ".join(message.body.decode() for message in listener.messages)
    private = [
        COMPANY,
        UNIT,
        LOGIC_SECRET,
        CERTIFICATE_PASSWORD,
        token["Authorization"].removeprefix("Bearer "),
    ]
    for text in (bodies, *(log.read_text() for log in logs)):
        assert text
        assert not [each for each in private if each in text]


async def test_the_whole_circle_of_companies(circle: Circle) -> None:
    circle.switch("on", "CVR", "CVR Update")
    body = {"number": COMPANY, "with_units": True, "purpose": PURPOSE}
    made = circle.online.post("/units/imports", json=body)
    assert made.status_code == 201, made.text
    assert made.json()["production_units"]["counts"] == {"created": 1}
    contact_id = made.json()["contact_id"]
    began = time.monotonic()
    await circle.until_idle()
    assert time.monotonic() - began < SECONDS
    assert len(await circle.object_ids()) == 2
    assert circle.sandbox.subscribed() == await circle.object_ids()
    first, unit = await circle.company(), await circle.contact(UNIT, "V")
    before = circle.applied()

    lookups = circle.sandbox.calls()["by-cvr"]
    late = ("--at", "lookup", "--first-byte-seconds", "600", "--times", "1")
    circle.sandbox.do("logic", "fault", "set", *late)
    circle.sandbox.do("companies", "move", COMPANY, "--road", "Kredsvej", "--house", "7")
    assert circle.synchronise()["queued"] == 1
    working = await circle.worker_at_work(lookups)
    os.kill(working, signal.SIGKILL)
    circle.workers[working].wait()
    await circle.until_idle()
    moved = await circle.company()
    assert moved.version == first.version + 1
    assert [each.address1 for each in moved.addresses if each.address_type == "HA"] == ["Kredsvej 7"]
    await circle.until_applied([*before, (contact_id, moved.version)])
    circle.synchronise()  # its window overlaps: the same events once more
    await circle.until_idle()
    assert (await circle.company(), len(circle.applied())) == (moved, len(before) + 1)

    circle.sandbox.do("companies", "rename", COMPANY, NEW_NAME)
    circle.sandbox.do("companies", "cease", COMPANY)
    assert circle.synchronise()["queued"] == 1, "one update for everything that happened to a contact"
    await circle.until_idle()
    ceased = await circle.company()
    assert (ceased.name.name1, ceased.end_date, ceased.version) == (NEW_NAME, today(), moved.version + 1)
    assert ceased.addresses == moved.addresses
    assert (await circle.contact(UNIT, "V")).version == unit.version
    await circle.until_applied([*before, (contact_id, moved.version), (contact_id, ceased.version)])

    stored = await snapshot.store(circle.pool)
    circle.switch("off", "CVR Update")

    async def is_none_left() -> bool:
        return not await circle.pool.fetchval("select count(*) from cvrupdate_subscription")

    await until(is_none_left, seconds=SECONDS)
    assert circle.sandbox.subscribed() == set()
    assert await snapshot.store(circle.pool) == stored
    assert circle.subscription.post("/synchronisation").status_code == 409
