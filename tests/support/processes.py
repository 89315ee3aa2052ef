"""The service and its command as processes of their own, told everything by the environment as in production."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

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
    """What the service and its command are told."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REGISTERBRO_")}
    port, internal_port = _free_ports(2)
    return inherited | {
        "REGISTERBRO_DATABASE__URL": database_url,
        "REGISTERBRO_BUS__URL": bus_url,
        "REGISTERBRO_AUTH__ISSUER": issuer.issuer,
        "REGISTERBRO_AUTH__PUBLIC_KEY": issuer.public_pem,
        "REGISTERBRO_AUDIT__KEY": "an audit key that only the tests use",
        "REGISTERBRO_HTTP__PORT": str(port),
        "REGISTERBRO_HTTP__INTERNAL_PORT": str(internal_port),
        "REGISTERBRO_CPR_BATCH__INTERIM_DIRECTORY": str(interim),
        "REGISTERBRO_CPR_BATCH__FTP__HOST": "localhost",
        "REGISTERBRO_CPR_BATCH__FTP__PORT": str(server.port),
        "REGISTERBRO_CPR_BATCH__FTP__USER": server.user,
        "REGISTERBRO_CPR_BATCH__FTP__PASSWORD": server.password,
        "REGISTERBRO_CPR_BATCH__FTP__DIRECTORY": server.folder.name,
        "REGISTERBRO_CPR_BATCH__FTP__CA_FILE": str(ca_file),
    }


def command(environment: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """One call of ``cpr-batch``, to its end."""
    return subprocess.run(
        [BIN / "cpr-batch", *words], env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@contextlib.contextmanager
def service(environment: Mapping[str, str], log: Path) -> Iterator[httpx.Client]:
    """``cpr-batch serve`` until the block ends, and a client of it; it must end in order when it is told to."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [BIN / "cpr-batch", "serve"], env=environment, stderr=output, stdout=output
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{environment['REGISTERBRO_HTTP__PORT']}") as client:
            _wait_until_ready(client, process, log)
            yield client
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, log.read_text()
        assert "Application shutdown complete" in log.read_text()
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def replica(
    environment: Mapping[str, str], log: Path
) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    """``cpr-batch serve`` and a client of it; the test may kill it."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [BIN / "cpr-batch", "serve"], env=environment, stderr=output, stdout=output
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{environment['REGISTERBRO_HTTP__PORT']}") as client:
            _wait_until_ready(client, process, log)
            yield process, client
    finally:
        process.kill()
        process.wait()


def _wait_until_ready(client: httpx.Client, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            if client.get("/readiness").json()["status"] == "Healthy":
                return
        time.sleep(0.05)
    raise AssertionError(f"the service is not ready: {log.read_text()}")


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
