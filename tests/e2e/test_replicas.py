"""Two replicas over RabbitMQ and Postgres share the files of one run; one that is killed is made good by the other."""

import dataclasses
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from registerbro.auth import DevelopmentIssuer
from registerbro.database import Pool
from registerbro.features import Feature, switch

from tests.support import snapshot
from tests.support.cpr_files import extract, simple_person
from tests.support.ftp import FtpServer
from tests.support.processes import environment, replica
from tests.support.services import bearer
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("rabbitmq")

FILES, PERSONS = 6, 150
SECTION = "REGISTERBRO_CPR_BATCH__"
SETTINGS = {
    f"{SECTION}CHUNK_PERSONS": "10",
    f"{SECTION}RUNS__PATIENCE_SECONDS": "3",
    f"{SECTION}RUNS__LOOK_SECONDS": "0.5",
    "REGISTERBRO_LOG__LEVEL": "info",
}


@dataclasses.dataclass(frozen=True)
class Replica:
    process: subprocess.Popen[bytes]
    client: httpx.Client
    log: Path

    def count(self, message: str) -> int:
        """How often it has logged this."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return sum(line.get("event") == message for line in lines)

    @property
    def is_importing(self) -> bool:
        return self.count("import started") > self.count("file imported")


@pytest.fixture
async def switched_on(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await switch(connection, Feature.CPR, enabled=True, by="test")


@pytest.fixture
def replicas(
    switched_on: None, database_url: str, rabbitmq_url: str, issuer: DevelopmentIssuer, vsftpd: FtpServer, ca_file: Path, tmp_path: Path
) -> Iterator[list[Replica]]:  # fmt: skip
    interim = tmp_path / "interim"
    interim.mkdir()
    told = [
        environment(
            database_url=database_url, bus_url=rabbitmq_url, issuer=issuer, interim=interim, server=vsftpd, ca_file=ca_file,
        ) | SETTINGS
        for _ in range(2)
    ]  # fmt: skip
    logs = [tmp_path / name for name in ("first.log", "second.log")]
    with replica(told[0], logs[0]) as first, replica(told[1], logs[1]) as second:
        yield [Replica(*each, log) for each, log in zip((first, second), logs, strict=True)]


def put_files(interim: Path) -> None:
    for each in interim.iterdir():
        each.unlink()
    for number in range(FILES):
        persons = [f"{1 + i % 28:02}{1 + i // 28:02}7{number}1{i:03}" for i in range(PERSONS)]
        lines = [line for person in persons for line in simple_person(person)]
        (interim / f"d24051{number}.l123401").write_bytes(extract(lines))


async def left(pool: Pool) -> dict[str, Any]:
    events = await snapshot.events(pool)
    return {
        "store": await snapshot.store(pool),
        "contact events": {text: count for text, count in events.items() if "registerbro.contact." in text},
    }


async def test_files_are_shared_and_survive_the_replica_that_asked_for_them(
    replicas: list[Replica], pool: Pool, issuer: DevelopmentIssuer, tmp_path: Path
) -> None:
    interim = tmp_path / "interim"
    token = bearer(issuer.token("batch:run", "batch:read"))
    first, second = replicas

    put_files(interim)
    run_id = first.client.post("/runs", json={"initial_load": True}, headers=token).json()["run_id"]
    found: dict[str, Any] = {}

    async def is_over() -> bool:
        found.update(second.client.get(f"/runs/{run_id}", headers=token).json())
        return found["state"] not in ("waiting", "running")

    await until(is_over, seconds=60)
    assert (found["state"], found["counts"]) == ("finished", {"imported": FILES}), found
    assert first.count("file imported") + second.count("file imported") == FILES
    assert min(first.count("file imported"), second.count("file imported")) >= 1
    assert await pool.fetchval("select count(*) from source_record") == FILES * PERSONS
    undisturbed = await left(pool)
    assert set(undisturbed["contact events"].values()) == {1}
    assert len(undisturbed["contact events"]) == FILES * PERSONS
    assert not await pool.fetchval("select count(*) from dead_letter")

    await pool.execute("truncate contact, contact_number, source_record, cpr_file, cpr_run, outbox cascade")
    put_files(interim)
    run_id = first.client.post("/runs", json={"initial_load": True}, headers=token).json()["run_id"]

    async def both_import() -> bool:
        return first.is_importing and second.is_importing

    await until(both_import)
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait()

    async def is_done() -> bool:
        done = await pool.fetchval("select count(*) from cpr_file where state = 'imported'")
        return int(done) == FILES and await is_over()

    await until(is_done, seconds=60)
    assert found["state"] == "abandoned"
    assert await left(pool) == undisturbed
    imported = "select file_id from cpr_run where kind = 'import' and state = 'finished' group by 1"
    assert len(await pool.fetch(imported)) == FILES
    assert await pool.fetchval("select count(*) from cpr_run where state in ('waiting', 'running')") == 0
