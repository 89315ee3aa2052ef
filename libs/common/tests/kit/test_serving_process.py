"""A service in a process of its own: it serves, shows its metrics, and ends in order when told to."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families
from registerbro.auth import DevelopmentIssuer
from registerbro.settings.sections import INTERNAL_PORT_OFFSET

from tests.support.waiting import until

SERVICE = '''
import asyncio
from fastapi import APIRouter
from registerbro.auth import Scope
from registerbro.service import Parts, build
from registerbro.serving import run
from registerbro.settings import Settings, load_or_exit

router = APIRouter()

@router.get("/slow")
async def slow() -> str:
    """Takes its time."""
    print("working", flush=True)
    await asyncio.sleep(0.5)
    return "done"

parts = Parts(routers=[router], scopes={("GET", "/slow"): Scope.BATCH_READ})
run(build("demo", title="Demo", settings=load_or_exit(Settings), parts=parts), port=8099)
'''


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def free_port_with_one_above() -> int:
    """A free port below the ones that the system hands out, with a free one where the metrics go by default."""
    for port in range(21000, 30000):
        with contextlib.suppress(OSError), socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", port))
            other.bind(("127.0.0.1", port + INTERNAL_PORT_OFFSET))
            return port
    raise AssertionError("no two free ports")


@asynccontextmanager
async def process(
    directory: Path, database_url: str, issuer: DevelopmentIssuer, **more: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str, str]]:
    """A running service, its URL, and the URL of its internal port."""
    ports = int(more.get("HTTP__PORT", free_port())), free_port()
    settings = {
        "DATABASE__URL": database_url,
        "BUS__URL": "in-process:",
        "AUTH__ISSUER": issuer.issuer,
        "AUTH__PUBLIC_KEY": issuer.public_pem,
        "AUDIT__KEY": "k" * 32,
        "HTTP__PORT": str(ports[0]),
        "HTTP__INTERNAL_PORT": str(ports[1]),
    } | more
    environment = os.environ | {f"REGISTERBRO_{name}": value for name, value in settings.items()}
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVICE, env=environment, cwd=directory,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        urls = [f"http://127.0.0.1:{port}" for port in ports]
        await until_ready(started, urls[0])
        yield started, urls[0], urls[1]
    finally:
        if started.returncode is None:
            started.kill()
        await started.communicate()


async def until_ready(started: asyncio.subprocess.Process, url: str) -> None:
    """Reads the log until the server listens, then asks it."""
    assert started.stderr is not None
    async for line in started.stderr:
        if "running on" in json.loads(line)["event"]:
            break
    async with httpx.AsyncClient(base_url=url) as client:
        assert (await client.get("/readiness")).status_code == 200


async def test_ends_in_order(database_url: str, tmp_path: Path, issuer: DevelopmentIssuer) -> None:
    headers = {"Authorization": f"Bearer {issuer.token('batch:read')}"}
    async with (
        process(tmp_path, database_url, issuer) as (started, url, _),
        httpx.AsyncClient(base_url=url, headers=headers) as client,
    ):
        under_way = asyncio.create_task(client.get("/slow"))
        assert started.stdout is not None
        assert await started.stdout.readline() == b"working\n"
        started.send_signal(signal.SIGTERM)
        assert (await under_way).json() == "done", "what was under way is finished"
        _, log = await started.communicate()
        assert started.returncode == 0
        events = [json.loads(line)["event"] for line in log.splitlines()]
        assert "service ends" in events
        assert not [event for event in events if "rror" in event]


async def test_not_ready_for_a_while_before_it_ends(
    database_url: str, tmp_path: Path, issuer: DevelopmentIssuer
) -> None:
    async with (
        process(tmp_path, database_url, issuer, HTTP__NOTICE_SECONDS="60") as (started, url, _),
        httpx.AsyncClient(base_url=url) as client,
    ):
        started.send_signal(signal.SIGTERM)

        async def is_withdrawn() -> bool:
            return (await client.get("/readiness")).status_code == 503

        await until(is_withdrawn)
        assert (await client.get("/liveness")).text == "Healthy"
        started.send_signal(signal.SIGTERM)
        await started.communicate()
        assert started.returncode == 0


async def test_metrics_on_the_internal_port_only(
    database_url: str, tmp_path: Path, issuer: DevelopmentIssuer
) -> None:
    async with (
        process(tmp_path, database_url, issuer) as (_, url, internal_url),
        httpx.AsyncClient() as client,
    ):
        assert (await client.get(f"{url}/metrics")).status_code == 401
        answer = await client.get(f"{internal_url}/metrics")
    families = {family.name for family in text_string_to_metric_families(answer.text)}
    assert {"registerbro_http_request_seconds", "registerbro_outbox_waiting"} <= families


async def test_the_internal_port_follows_the_port(
    database_url: str, tmp_path: Path, issuer: DevelopmentIssuer
) -> None:
    port = free_port_with_one_above()
    more = {"HTTP__PORT": str(port), "HTTP__INTERNAL_PORT": ""}
    async with (
        process(tmp_path, database_url, issuer, **more),
        httpx.AsyncClient() as client,
    ):
        answer = await client.get(f"http://127.0.0.1:{port + INTERNAL_PORT_OFFSET}/metrics")
    assert answer.status_code == 200


async def test_wrong_settings_end_it_with_exit_code_2(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REGISTERBRO_")}
    ended = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVICE, env=environment, cwd=tmp_path, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await ended.communicate()
    assert ended.returncode == 2
    assert errors.decode().splitlines() == [
        "settings: REGISTERBRO_DATABASE__URL: is missing",
        "settings: REGISTERBRO_BUS__URL: is missing",
        "settings: REGISTERBRO_AUTH__ISSUER: is missing",
        "settings: REGISTERBRO_AUDIT__KEY: is missing",
    ]
