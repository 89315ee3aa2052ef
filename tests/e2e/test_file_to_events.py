"""The main job, end to end: a file on an FTPS server becomes contacts in Postgres and events on RabbitMQ."""

import asyncio
import datetime as dt
import json
from pathlib import Path

import aio_pika
import httpx
import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from registerbro.auth import DevelopmentIssuer
from registerbro.database import Pool
from registerbro.features import Feature, switch
from registerbro_sandbox.persons import (
    Change,
    Delivery,
    LifeEvent,
    Named,
    Population,
    World,
    write_changes,
    write_extract,
)

from tests.support.ftp import FtpServer
from tests.support.processes import BIN, command, environment, service
from tests.support.services import bearer
from tests.support.subscriber import Listener, listening
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("rabbitmq")

SIZE = 150
FIRST, SECOND = dt.date(2026, 3, 2), dt.date(2026, 3, 3)


async def run_to_its_end(url: httpx.URL, token: str, *, initial_load: bool) -> dict[str, object]:
    async with httpx.AsyncClient(base_url=url, headers=bearer(token)) as client:
        return await _run(client, initial_load=initial_load)


async def _run(client: httpx.AsyncClient, *, initial_load: bool) -> dict[str, object]:
    started = await client.post("/runs", json={"initial_load": initial_load})
    assert started.status_code == 202, started.text
    found: dict[str, object] = {}

    async def is_over() -> bool:
        found.update((await client.get(started.headers["location"])).json())
        return found["state"] != "running"

    await until(is_over, seconds=60)
    return found


@pytest.fixture
def interim(tmp_path: Path) -> Path:
    directory = tmp_path / "interim"
    directory.mkdir()
    return directory


@pytest.fixture
def told(
    database_url: str, rabbitmq_url: str, issuer: DevelopmentIssuer, vsftpd: FtpServer, ca_file: Path, interim: Path
) -> dict[str, str]:  # fmt: skip
    """The environment of the service."""
    return environment(
        database_url=database_url, bus_url=rabbitmq_url, issuer=issuer, interim=interim, server=vsftpd, ca_file=ca_file,
    )  # fmt: skip


async def test_a_file_becomes_contacts_and_events(
    told: dict[str, str], pool: Pool, issuer: DevelopmentIssuer, vsftpd: FtpServer, tmp_path: Path
) -> None:
    world = World(Population(seed=11, size=SIZE))
    async with pool.acquire() as connection:
        await switch(connection, Feature.CPR, enabled=True, by="test")
    with service(told, tmp_path / "service.log") as client:
        async with listening(told["REGISTERBRO_BUS__URL"]) as listener:
            write_extract(vsftpd.folder, world.population, Delivery(FIRST))
            token = issuer.token("batch:run", "batch:read")
            run = await run_to_its_end(client.base_url, token, initial_load=True)
            assert run["state"] == "finished", run
            imported = await pool.fetchval("select count(*) from source_record")
            await until(lambda: _count(listener, "dk.registerbro.contact.imported.v1", imported))

            moving = world.first(LifeEvent.MOVES, SECOND)
            change = Change(SECOND, named=(Named(LifeEvent.MOVES, moving),))
            write_changes(vsftpd.folder, world, change, Delivery(SECOND, FIRST))
            by_command = command(told, "run")
            assert by_command.returncode == 0, by_command.stderr
            await until(lambda: _count(listener, "dk.registerbro.contact.updated.v1", 1))
            await until(lambda: _count(listener, "dk.registerbro.cpr.file.imported.v1", 2))

    assert listener.types().count("dk.registerbro.cpr.file.transferred.v1") == 2
    numbers = [row["number"] for row in await pool.fetch("select number from contact_number")]
    names = [row["name2"] for row in await pool.fetch("select name2 from contact where length(name2) > 4")]
    for message in listener.messages:
        assert message.delivery_mode == aio_pika.DeliveryMode.PERSISTENT
        event = JSONFormat().read(CloudEvent, message.body)
        assert event.get_type() == message.type
        assert f"dk.registerbro.{message.routing_key}.v1" == event.get_type()
        said = f"{message.body.decode()} {message.headers} {message.routing_key}"
        assert not [number for number in numbers if number in said]
        assert not [name for name in names if name in said]
    log = (tmp_path / "service.log").read_text()
    assert not [number for number in numbers if number in log]
    assert await pool.fetchval("select count(*) from outbox where published_at is null") == 0


async def _count(listener: Listener, event_type: str, expected: int) -> bool:
    return listener.types().count(event_type) == expected


async def test_passing_events_can_be_watched_by_command(
    told: dict[str, str], pool: Pool, tmp_path: Path
) -> None:
    with service(told, tmp_path / "service.log"):
        watching = await asyncio.create_subprocess_exec(
            BIN / "registerbro",
            "events",
            "feature.*",
            "--count",
            "1",
            env=told,
            stdout=asyncio.subprocess.PIPE,
        )
        shown = asyncio.create_task(watching.communicate())
        is_on = True

        async def is_seen() -> bool:
            nonlocal is_on
            async with pool.acquire() as connection:
                await switch(connection, Feature.CVR, enabled=is_on, by="test")
            is_on = not is_on
            return shown.done()

        await until(is_seen)
    event = json.loads((await shown)[0])
    assert event["type"] == "dk.registerbro.feature.changed.v1"
    assert watching.returncode == 0
