"""All of Registerbro in one directory and one process: database, the registers' stand-ins, settings for the services.

LocalError
└── PortTaken     another program, or another Registerbro, listens there
"""

import asyncio
import contextlib
import dataclasses
import json
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from cpr_batch.app import create_app
from cpr_batch.batch import Batch
from cpr_batch.settings import PORT, BatchSettings
from registerbro import features, serving, sources
from registerbro.auth import DevelopmentIssuer
from registerbro.bus.port import Consumer
from registerbro.database import Connection, Pool, ensure_partitions, migrate, open_pool
from registerbro.events import Event
from registerbro.features import Feature
from registerbro.settings import IN_PROCESS
from registerbro.sources import CprSource
from registerbro_sandbox.ftp_server import CprFileServer
from registerbro_sandbox.persons.delivery import CUSTOMER_TASK
from registerbro_sandbox.serving import file_server, first_board
from registerbro_sandbox.settings import SandboxSection
from registerbro_sandbox.watching import Watch

from registerbro_local.keys import Keys
from registerbro_local.postgres import embedded_server, ensure_database

FTP_USER = "registerbro"
LOCAL = "local mode"
POLL_SECONDS = 0.05
ANY_PORT = 0


class LocalError(Exception):
    """Why local mode cannot run, in a sentence for a person."""


class PortTaken(LocalError):
    """Something listens on the port already."""

    def __init__(self, port: int) -> None:
        super().__init__(f"Port {port} is taken by another program. Choose another one with --port.")


@dataclasses.dataclass(frozen=True)
class Installation:
    """What is open while local mode runs."""

    directory: Path
    database_url: str
    issuer: DevelopmentIssuer
    server: CprFileServer
    settings: BatchSettings
    pool: Pool

    @property
    def batch(self) -> Batch:
        """CPR Batch's actions on this installation."""
        return Batch(self.pool, self.settings.cpr_batch)

    @property
    def files(self) -> Path:
        """What the file server shows."""
        return self.server.directory

    @property
    def events_file(self) -> Path:
        """Where every event is written, one a line."""
        return self.directory / "events.jsonl"


@contextlib.asynccontextmanager
async def opened(directory: Path, *, port: int = PORT) -> AsyncIterator[Installation]:
    """Starts database and sandbox in ``directory``, brings the schema up to date and switches the modules on."""
    keys = Keys.kept_in(directory / "keys.json")
    with (
        embedded_server(directory / "postgres") as server_url,
        _file_server(directory, keys) as (server, sandbox),
    ):
        url = ensure_database(server_url)
        migrate(url)
        issuer = DevelopmentIssuer(keys.development_key)
        settings = _settings(directory, url, keys, issuer, sandbox, server.port, port)
        async with open_pool(url) as pool:
            async with pool.acquire() as connection:
                await ensure_partitions(connection)
                await features.switch(connection, Feature.CPR, enabled=True, by=LOCAL)
                await sources.save(connection, CprSource.parse("Subscription=1;ForceUpdate=J"), by=LOCAL)
            yield Installation(directory, url, issuer, server, settings, pool)


@contextlib.asynccontextmanager
async def service_running(installation: Installation) -> AsyncIterator[asyncio.Task[None]]:
    """The service with its HTTP API, its part of the bus and a consumer that writes every event to a file.

    Yields the task that serves; it ends by itself when the process is told to end.
    """
    _ensure_free(installation.settings.http.port or PORT)
    consumer = Consumer("local.events", ("#",), EventWriter(installation.events_file), prefetch=1)
    app = create_app(installation.settings, consumers=[consumer])
    server = serving.server(app, port=PORT)
    task = asyncio.create_task(server.serve())
    try:
        while not server.started and not task.done():  # noqa: ASYNC110 - a flag is all that uvicorn has
            await asyncio.sleep(POLL_SECONDS)
        yield task
    finally:
        server.should_exit = True
        await task


class EventWriter:
    """A handler that appends every event to a file, one JSON object a line."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def __call__(self, event: Event, _: Connection) -> None:
        with self._path.open("a") as file:
            file.write(f"{json.dumps(json.loads(event.to_cloudevent_json()))}\n")


@contextlib.contextmanager
def _file_server(directory: Path, keys: Keys) -> Iterator[tuple[CprFileServer, SandboxSection]]:
    sandbox = SandboxSection.model_validate(
        {
            "ftp": {
                "user": FTP_USER,
                "password": keys.ftp_password,
                "port": ANY_PORT,
                "directory": directory / "file-server",
                "host_names": ("localhost", "127.0.0.1"),
                "authority_file": directory / "sandbox-ca.pem",
            }
        }
    )
    with file_server(sandbox.ftp) as server, Watch(server, first_board(sandbox)):
        yield server, sandbox


def _settings(
    directory: Path,
    url: str,
    keys: Keys,
    issuer: DevelopmentIssuer,
    sandbox: SandboxSection,
    ftp_port: int,
    http_port: int,
) -> BatchSettings:
    interim = directory / "interim"
    interim.mkdir(exist_ok=True)
    return BatchSettings.model_validate(
        {
            "database": {"url": url},
            "bus": {"url": IN_PROCESS},
            "auth": issuer.settings().model_dump(),
            "audit": {"key": keys.audit_key},
            "secrets": {"keys": keys.stored_secrets_key},
            "http": {"port": http_port},
            "cpr_batch": {
                "interim_directory": interim,
                "ftp": {
                    "host": "localhost",
                    "port": ftp_port,
                    "user": sandbox.ftp.user,
                    "password": keys.ftp_password,
                    "input_directory": sandbox.ftp.input_directory,
                    "ca_file": sandbox.ftp.authority_file,
                },
                "orders": {"customer_number": CUSTOMER_TASK[:4], "task_number": CUSTOMER_TASK},
            },
        }
    )


def _ensure_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise PortTaken(port) from None
