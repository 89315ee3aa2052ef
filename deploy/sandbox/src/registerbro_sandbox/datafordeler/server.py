"""Datafordeleren itself, two hosts in a thread of their own: one asks for a client certificate, one does not."""

import asyncio
import concurrent.futures
import datetime as dt
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

import structlog
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from registerbro_sandbox.datafordeler.access import Access, Users
from registerbro_sandbox.datafordeler.app import App, House
from registerbro_sandbox.datafordeler.certificates import asking
from registerbro_sandbox.datafordeler.faults import DatafordelerFaults
from registerbro_sandbox.datafordeler.graph import Graph
from registerbro_sandbox.datafordeler.ledger import DatafordelerCounts, DatafordelerLedger
from registerbro_sandbox.datafordeler.messages import Messages
from registerbro_sandbox.datafordeler.register import Register
from registerbro_sandbox.datafordeler.rest import Rest
from registerbro_sandbox.datafordeler.services import GraphService, MessageService, RestService, TokenService
from registerbro_sandbox.datafordeler.shape import RestShape
from registerbro_sandbox.direct.certificates import Certificates
from registerbro_sandbox.ftp.certificates import Authority

log = structlog.get_logger(__name__)
ANY_PORT = 0
PATIENCE = dt.timedelta(seconds=10)
_BACKLOG = 1024
_KEEP_ALIVE_SECONDS = 75
_TICK = 0.25  # uvicorn looks up every tenth of a second


class DatafordelerServer:
    """Datafordeleren over a register.

        with DatafordelerServer(register, authority, Certificates(authority, "127.0.0.1"), users=Users(...)) as server:
            httpx.get(f"{server.url}/CVR/HentCVRData/1/rest/...", ...)

    ``url`` asks for a certificate of the authority, ``open_url`` for none: user and password, or an API key. ``faults``,
    ``shape`` and ``access`` may be changed at any time; ``counts`` says what was asked how often.
    """

    def __init__(
        self,
        register: Register,
        authority: Authority,
        certificates: Certificates,
        *,
        users: Users | None = None,
        shape: RestShape | None = None,
        host: str = "127.0.0.1",
        port: int = ANY_PORT,
        open_port: int = ANY_PORT,
        open_tls: bool = True,
    ) -> None:
        self.access = Access(users or Users())
        self.faults = DatafordelerFaults()
        self._ledger = DatafordelerLedger()
        self._rest = Rest(register, shape or RestShape())
        self._certificates = certificates
        self._host = host
        self._ports = [port, open_port]
        self._open_tls = open_tls
        services = (
            RestService(self._rest, self.access),
            MessageService(Messages(register), self.access),
            GraphService(Graph(register), self.access),
            TokenService(self.access),
        )
        house = House(services, self.faults, self._ledger, register.status)
        self._servers = [
            _server(App(house, asks_certificates=True), asking(self._context(), authority)),
            _server(App(house, asks_certificates=False), self._context() if open_tls else None),
        ]
        self._grace = dt.timedelta(0)
        self._stop: Callable[[], object] | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The host that asks for a client certificate; its port is known once it has started."""
        return f"https://{self._shown_host}:{self._ports[0]}"

    @property
    def open_url(self) -> str:
        """The host that asks for none."""
        return f"{'https' if self._open_tls else 'http'}://{self._shown_host}:{self._ports[1]}"

    @property
    def shape(self) -> RestShape:
        """How REST answers look."""
        return self._rest.shape

    @shape.setter
    def shape(self, shape: RestShape) -> None:
        self._rest.shape = shape

    @property
    def counts(self) -> DatafordelerCounts:
        """What was asked how often."""
        return self._ledger.counts

    def wait_for(
        self, condition: Callable[[DatafordelerCounts], bool], limit: dt.timedelta = PATIENCE
    ) -> bool:
        """Wait until the counts fulfil a condition; False if they do not in time."""
        return self._ledger.wait_for(condition, limit)

    def start(self) -> None:
        """Listen, and serve until ``stop``; raises OSError if a port is taken."""
        sockets = self._listening()
        started: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(sockets, started)), name="datafordeler-server", daemon=True
        )
        self._thread.start()
        started.result()
        log.info("datafordeler server listens", url=self.url, open_url=self.open_url)

    def stop(self, grace: dt.timedelta = dt.timedelta(0)) -> None:
        """Accept nobody new, give those who are here ``grace`` to end, and close."""
        self._grace = grace
        if self._thread and self._stop:
            self._stop()
            self._thread.join()
            self._thread = None
            log.info("datafordeler server stopped")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _shown_host(self) -> str:
        return f"[{self._host}]" if ":" in self._host else self._host

    def _context(self) -> ssl.SSLContext:
        """The right certificate, and in each handshake the one that is set."""
        context = self._certificates.fresh()
        context.sni_callback = self._chosen
        return context

    def _chosen(self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        if bad := self.faults.wrong.certificate:
            connection.context = self._certificates.context(bad)

    def _listening(self) -> list[socket.socket]:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        sockets: list[socket.socket] = []
        try:
            for port in self._ports:
                sockets.append(socket.create_server((self._host, port), family=family, backlog=_BACKLOG))
        except OSError:
            for each in sockets:
                each.close()
            raise
        self._ports = [each.getsockname()[1] for each in sockets]
        return sockets

    async def _serve(
        self, sockets: list[socket.socket], started: concurrent.futures.Future[None]
    ) -> None:
        loop, stopping = asyncio.get_running_loop(), asyncio.Event()
        self._stop = lambda: loop.call_soon_threadsafe(stopping.set)
        serving = {
            loop.create_task(server.serve(sockets=[each]))
            for server, each in zip(self._servers, sockets, strict=True)
        }
        started.set_result(None)
        await stopping.wait()
        for server in self._servers:
            server.should_exit = True
        _, late = await asyncio.wait(serving, timeout=self._grace.total_seconds() + _TICK)
        while late:
            for server in self._servers:
                _cut(server)
            _, late = await asyncio.wait(late, timeout=_TICK)


class _Protocol(H11Protocol):
    """Tells the application whose certificate a connection came with, and how to cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        name = _common_name(transport.get_extra_info("peercert"))
        self.app_state = {**self.app_state, "certificate_name": name, "cut": transport.close}


def _server(app: App, context: ssl.SSLContext | None) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,  # addresses hold keys and passwords
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            ssl_context_factory=(lambda _config, _default: context) if context else None,
        )
    )


def _cut(server: uvicorn.Server) -> None:
    for connection in list(server.server_state.connections):
        connection.transport.abort()


def _common_name(certificate: Mapping[str, Any] | None) -> str:
    names = dict(pair for part in (certificate or {}).get("subject", ()) for pair in part)
    return str(names.get("commonName", ""))
