"""Datafordeleren itself, as two hosts: one asks for a client certificate, one does not."""

import asyncio
import contextlib
import datetime as dt
import ssl
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

from uvicorn.protocols.http.h11_impl import H11Protocol

from registerbro_sandbox.calls import CallLedger, Calls
from registerbro_sandbox.datafordeler.access import Access, Users
from registerbro_sandbox.datafordeler.app import App, House
from registerbro_sandbox.datafordeler.certificates import asking
from registerbro_sandbox.datafordeler.faults import DatafordelerFaults
from registerbro_sandbox.datafordeler.graph import Graph
from registerbro_sandbox.datafordeler.messages import Messages
from registerbro_sandbox.datafordeler.register import Register
from registerbro_sandbox.datafordeler.rest import Rest
from registerbro_sandbox.datafordeler.services import GraphService, MessageService, RestService, TokenService
from registerbro_sandbox.datafordeler.shape import RestShape
from registerbro_sandbox.direct.certificates import Certificates
from registerbro_sandbox.ftp.certificates import Authority
from registerbro_sandbox.web_server import ANY_PORT, WebServer

PATIENCE = dt.timedelta(seconds=10)


class DatafordelerServer:
    """Datafordeleren over a register.

        with DatafordelerServer(register, authority, Certificates(authority, "127.0.0.1"), users=Users(...)) as server:
            httpx.get(f"{server.url}/CVR/HentCVRData/1/rest/...", ...)

    ``url`` asks for a certificate of the authority, ``open_url`` for none: user and password, or an API key. ``faults``,
    ``shape`` and ``access`` may be changed at any time; ``calls`` says what was asked how often.
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
        self._ledger = CallLedger()
        self._rest = Rest(register, shape or RestShape())
        self._certificates = certificates
        services = (
            RestService(self._rest, self.access),
            MessageService(Messages(register), self.access),
            GraphService(Graph(register), self.access),
            TokenService(self.access),
        )
        house = House(services, self.faults, self._ledger, register.status)
        self._authority = authority
        closed, open_ = App(house, asks_certificates=True), App(house, asks_certificates=False)
        self._closed = WebServer(
            "datafordeler", closed, host=host, port=port, tls=self._asking, protocol=_Protocol
        )
        self._open = WebServer(
            "datafordeler-open",
            open_,
            host=host,
            port=open_port,
            tls=self._context if open_tls else None,
            protocol=_Protocol,
        )

    @property
    def url(self) -> str:
        """The host that asks for a client certificate; its port is known once it has started."""
        return self._closed.url

    @property
    def open_url(self) -> str:
        """The host that asks for none."""
        return self._open.url

    @property
    def shape(self) -> RestShape:
        """How REST answers look."""
        return self._rest.shape

    @shape.setter
    def shape(self, shape: RestShape) -> None:
        self._rest.shape = shape

    @property
    def calls(self) -> Calls:
        """What was asked how often."""
        return self._ledger.calls

    def wait_for(self, condition: Callable[[Calls], bool], limit: dt.timedelta = PATIENCE) -> bool:
        """Wait until the counts fulfil a condition; False if they do not in time."""
        return self._ledger.wait_for(condition, limit)

    def start(self) -> None:
        """Listen, and serve until ``stop``; raises OSError if a port is taken."""
        with contextlib.ExitStack() as started:
            for server in (self._closed, self._open):
                server.start()
                started.callback(server.stop)
            started.pop_all()

    def stop(self, grace: dt.timedelta = dt.timedelta(0)) -> None:
        """Accept nobody new, give requests under way ``grace`` to end, and close."""
        for server in (self._open, self._closed):
            server.stop(grace)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _context(self) -> ssl.SSLContext:
        """The right certificate, and in each handshake the one that is set."""
        context = self._certificates.fresh()
        context.sni_callback = self._chosen
        return context

    def _chosen(self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        if bad := self.faults.wrong.certificate:
            connection.context = self._certificates.context(bad)

    def _asking(self) -> ssl.SSLContext:
        return asking(self._context(), self._authority)


class _Protocol(H11Protocol):
    """Tells the application whose certificate a connection came with, and how to cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        name = _common_name(transport.get_extra_info("peercert"))
        self.app_state = {**self.app_state, "certificate_name": name, "cut": transport.close}


def _common_name(certificate: Mapping[str, Any] | None) -> str:
    names = dict(pair for part in (certificate or {}).get("subject", ()) for pair in part)
    return str(names.get("commonName", ""))
