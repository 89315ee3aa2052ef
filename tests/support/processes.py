"""Services, their commands and the sandbox as processes of their own, told everything by the environment as in production."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import httpx
from registerbro.auth import DevelopmentIssuer

from tests.support.ftp import FtpServer

BIN = Path(sys.executable).parent
READY_SECONDS = 60.0


def environment(
    *,
    database_url: str,
    bus_url: str,
    issuer: DevelopmentIssuer,
    interim: Path,
    server: FtpServer,
    ca_file: Path,
) -> dict[str, str]:
    """What ``cpr-batch`` and its command are told."""
    told = variables(
        "cpr_batch",
        interim_directory=interim,
        ftp__host="localhost",
        ftp__port=server.port,
        ftp__user=server.user,
        ftp__password=server.password,
        ftp__directory=server.folder.name,
        ftp__ca_file=ca_file,
    )
    return shared_environment(database_url=database_url, bus_url=bus_url, issuer=issuer) | told


def shared_environment(*, database_url: str, bus_url: str, issuer: DevelopmentIssuer) -> dict[str, str]:
    """What every service is told, with free ports of its own; ``variables`` of its section come on top."""
    port, internal_port = _free_ports(2)
    return inherited() | {
        "REGISTERBRO_DATABASE__URL": database_url,
        "REGISTERBRO_BUS__URL": bus_url,
        "REGISTERBRO_AUTH__ISSUER": issuer.issuer,
        "REGISTERBRO_AUTH__PUBLIC_KEY": issuer.public_pem,
        "REGISTERBRO_AUDIT__KEY": "an audit key that only the tests use",
        "REGISTERBRO_HTTP__PORT": str(port),
        "REGISTERBRO_HTTP__INTERNAL_PORT": str(internal_port),
    }


def inherited() -> dict[str, str]:
    """This process's environment without settings of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("REGISTERBRO_")}


def variables(section: str, **values: object) -> dict[str, str]:
    """Settings of one section as environment variables: ``variables("sandbox", ftp__port=0)``."""
    return {f"REGISTERBRO_{section}__{name}".upper(): str(value) for name, value in values.items()}


def command(
    environment: Mapping[str, str], *words: str, program: str = "cpr-batch"
) -> subprocess.CompletedProcess[str]:
    """One call of a command, to its end."""
    return subprocess.run(
        [BIN / program, *words], env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@contextlib.contextmanager
def service(
    environment: Mapping[str, str], log: Path, *, program: str = "cpr-batch"
) -> Iterator[httpx.Client]:
    """A service until the block ends, and a client of it; it must end in order when it is told to."""
    with replica(environment, log, program=program) as (process, client):
        yield client
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, log.read_text()
        assert "Application shutdown complete" in log.read_text()


@contextlib.contextmanager
def replica(
    environment: Mapping[str, str], log: Path, *, program: str = "cpr-batch"
) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    """A service and a client of it, once it is healthy; the test may kill it."""
    with started(environment, log, program=program) as (process, client):
        until_ready(client, process, log)
        yield process, client


@contextlib.contextmanager
def started(
    environment: Mapping[str, str], log: Path, *, program: str
) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    """As ``replica``, without waiting: several start at once, and ``until_ready`` waits for each."""
    with log.open("ab") as output:
        process = subprocess.Popen([BIN / program, "serve"], env=environment, stderr=output, stdout=output)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{environment['REGISTERBRO_HTTP__PORT']}") as client:
            yield process, client
    finally:
        process.kill()
        process.wait()


class Ending(Protocol):
    """A process that can be asked whether it has ended."""

    def poll(self) -> int | None:
        """The exit code; None while it runs."""


def until_ready(
    client: httpx.Client,
    process: Ending,
    log: Path,
    statuses: Sequence[str] = ("Healthy",),
) -> None:
    """Returns once the service's readiness is one of these."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            if client.get("/readiness").json()["status"] in statuses:
                return
        time.sleep(0.05)
    raise AssertionError(f"the service is not ready: {log.read_text()}")


@contextlib.contextmanager
def sandbox(
    environment: Mapping[str, str], log: Path, servers: Sequence[str] = ("file", "direct")
) -> Iterator[dict[str, int]]:
    """The sandbox until the block ends: the ports of its servers, by what they log when they listen."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [BIN / "registerbro-sandbox", "serve"], env=environment, stderr=output, stdout=output
        )
    try:
        yield {server: _wait_until_it_listens(process, log, server) for server in servers}
    finally:
        process.terminate()
        process.wait(30)


def _wait_until_it_listens(process: subprocess.Popen[bytes], log: Path, server: str) -> int:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        for line in log.read_text().splitlines(keepends=True):
            if line.endswith("\n") and "server listens" in line:
                told = json.loads(line)
                if server == told.get("server", told["event"].removesuffix(" server listens")):
                    return int(told["port"])
        time.sleep(0.05)
    raise AssertionError(f"the {server} server does not listen: {log.read_text()}")


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
