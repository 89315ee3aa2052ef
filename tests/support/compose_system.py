"""All of Registerbro as ``docker compose up`` has it, with nginx before two replicas of the console; needs Docker.

A project of its own beside whatever else runs under the name ``registerbro``, but with its ports. It is brought up with
``tests/browser/compose.yml`` on top, and gone with all that it stored when the block ends; what its containers logged stays
in ``test-artefacts/compose.log``.
"""

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.support import secrets_in_use
from tests.support.processes import inherited
from tests.support.whole_system import COMPANIES, CONSOLES, PERSONS, WholeSystem, world_in

ROOT = Path(__file__).parents[2]
COMPOSE = ("docker", "compose", "--project-name", "registerbro-tests", "-f", "docker-compose.yml", "-f", "tests/browser/compose.yml")  # fmt: skip
LOG = Path("test-artefacts/compose.log")
URL = "http://127.0.0.1:8000"
PORTS: Mapping[str, int] = {
    "console-1": 8009,
    "console-2": 8010,
    "cpr-direct": 8001,
    "cpr-batch": 8002,
    "cvr-online": 8003,
    "cvr-subscription": 8004,
    "cvr-update": 8005,
    "sandbox": 8104,
}
CONTAINERS: Mapping[str, str] = {"console-1": "console", "console-2": "console-2"}
COUNTERS: Mapping[str, int] = {"console-1": 9009, "console-2": 9010}
DATABASE, BUS = "127.0.0.1:15432", "127.0.0.1:15673"
COUNTED = "registerbro_http_request_seconds_count"


class Containers:
    """The deployment's containers; its commands fail with what they said."""

    def __init__(self, directory: Path) -> None:
        told = {"DIRECTORY": directory, "USER": f"{os.getuid()}:{os.getgid()}", "COMPANIES": COMPANIES}
        self._environment = inherited() | {
            f"REGISTERBRO_TEST_{name}": str(each) for name, each in told.items()
        }

    def do(self, *words: str) -> str:
        """One of compose's commands, to its end; what it says."""
        done = subprocess.run(
            [*COMPOSE, *words], cwd=ROOT, env=self._environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"docker compose {words[0]}: {done.stderr[-4000:]}"
        return done.stdout

    def secret(self, container: str, name: str) -> str:
        """One of the secrets that were made at the first start."""
        return self.do("exec", "-T", container, "cat", f"/run/secrets/{name}").strip()

    def remove(self) -> None:
        """Ends everything, with all that is stored."""
        self.do("down", "--volumes", "--remove-orphans")

    def logged(self) -> str:
        """All that the containers have said, which is kept for people to look at, too."""
        said = self.do("logs", "--no-color", "--timestamps")
        LOG.parent.mkdir(parents=True, exist_ok=True)
        LOG.write_text(said)
        return said


class FrontDoor:
    """The deployment's own proxy, before replicas that are stopped and started."""

    def __init__(self, containers: Containers, replicas: Sequence[str]) -> None:
        self.url = URL
        self.replicas = tuple(replicas)
        self._containers = containers
        self._names = dict(zip(self.replicas, CONSOLES, strict=True))
        self._stopped: set[str] = set()

    async def __aenter__(self) -> "FrontDoor":
        return self

    async def __aexit__(self, *_: object) -> None:
        """The proxy goes with the deployment."""

    async def only(self, replica: str) -> None:
        """Stops every other replica."""
        await self._start(replica)
        for other in set(self.replicas) - {replica} - self._stopped:
            await asyncio.to_thread(self._containers.do, "stop", CONTAINERS[self._names[other]])
            self._stopped.add(other)

    async def all(self) -> None:
        """Starts those that are stopped."""
        for replica in tuple(self._stopped):
            await self._start(replica)

    async def served(self) -> dict[str, int]:
        """How many requests for pages each replica has answered since it started."""
        async with httpx.AsyncClient() as client:
            told = {name: await client.get(f"http://127.0.0.1:{COUNTERS[name]}/metrics") for name in CONSOLES}
        return {replica: _pages(told[name].text) for replica, name in self._names.items()}

    async def _start(self, replica: str) -> None:
        if replica in self._stopped:
            name = CONTAINERS[self._names[replica]]
            await asyncio.to_thread(self._containers.do, "up", "--wait", "--no-deps", "--no-recreate", name)
            self._stopped.remove(replica)


@contextlib.contextmanager
def compose_system(directory: Path) -> Iterator[tuple[WholeSystem, Containers]]:
    """Builds the images and starts everything; returns when all that runs is healthy. Fails where a person's number was logged."""
    chronicle = world_in(directory)
    for name in ("interim", "authority"):
        (directory / name).mkdir()
    containers = Containers(directory)
    containers.remove()  # what a run that was broken off has left
    try:
        containers.do("up", "--build", "--wait", "--quiet-pull")
        with contextlib.ExitStack() as stack:
            clients = {
                name: stack.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{port}"))
                for name, port in PORTS.items()
            }
            yield (
                WholeSystem(URL, _database(containers), _bus(containers), clients, directory, chronicle),
                containers,
            )
    finally:
        said = containers.logged()
        containers.remove()
    numbers = (chronicle.world.person(person).number for person in range(PERSONS))
    assert not any(number in said for number in numbers), f"a person's number stands in {LOG}"


def _database(containers: Containers) -> str:
    password = secrets_in_use.add(containers.secret("postgres", "password"))
    return f"postgresql://registerbro:{password}@{DATABASE}/registerbro"


def _bus(containers: Containers) -> str:
    url = httpx.URL(containers.secret("console", "registerbro_bus__url"))
    return f"amqp://registerbro:{secrets_in_use.add(url.password)}@{BUS}/"


def _pages(metrics: str) -> int:
    samples = (each for family in text_string_to_metric_families(metrics) for each in family.samples)
    return sum(
        int(each.value)
        for each in samples
        if each.name == COUNTED and each.labels["route"].startswith("/ui/")
    )
