"""An ASGI application served on a socket of its own, in a thread of its own: what the stand-ins for web services run on."""

import asyncio
import datetime as dt
import math
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from types import TracebackType
from typing import Any, Self, TypeAlias

import structlog
import uvicorn

log = structlog.get_logger(__name__)
ANY_PORT = 0
App: TypeAlias = Callable[
    [
        MutableMapping[str, Any],
        Callable[[], Awaitable[MutableMapping[str, Any]]],
        Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ],
    Awaitable[None],
]
MakeTls: TypeAlias = Callable[[], ssl.SSLContext]
_BACKLOG = 1024


class WebServer:
    """Serves an application until it is stopped; ``tls`` makes the context at the start, None: plain HTTP.

    ``protocol``: in place of uvicorn's for HTTP, for applications that want to know more of a connection.
    """

    def __init__(
        self,
        name: str,
        app: App,
        *,
        host: str = "127.0.0.1",
        port: int = ANY_PORT,
        tls: MakeTls | None = None,
        protocol: type[asyncio.Protocol] | None = None,
    ) -> None:
        self._name = name
        self._app = app
        self._address = (host, port)
        self._tls = tls
        self._protocol = protocol
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def host(self) -> str:
        """The address it listens on."""
        return self._address[0]

    @property
    def port(self) -> int:
        """The port it listens on; a free one is taken at the start if none was given."""
        return self._address[1]

    @property
    def url(self) -> str:
        """Its address for clients on this machine."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", ""} else self.host  # noqa: S104
        return f"{'https' if self._tls else 'http'}://{f'[{host}]' if ':' in host else host}:{self.port}"

    def start(self) -> None:
        """Listen, and serve until ``stop``; raises OSError if the port is taken."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        listener = socket.create_server(self._address, family=family, backlog=_BACKLOG)
        self._address = (self.host, listener.getsockname()[1])
        tls = self._tls
        config = uvicorn.Config(
            self._app,
            http=self._protocol or "auto",
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            ssl_context_factory=(lambda *_: tls()) if tls else None,
        )
        server = _Told(config)
        self._server = server
        self._thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, name=self._name, daemon=True
        )
        self._thread.start()
        server.is_ready.wait()
        log.info("web server listens", server=self._name, host=self.host, port=self.port, tls=bool(tls))

    def stop(self, grace: dt.timedelta = dt.timedelta(0)) -> None:
        """Accept nobody new, give requests under way ``grace`` to end, and close."""
        if self._server is None or self._thread is None:
            return
        self._server.config.timeout_graceful_shutdown = math.ceil(grace.total_seconds())
        self._server.should_exit = True
        self._thread.join()
        self._server = self._thread = None
        log.info("web server stopped", server=self._name)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Told(uvicorn.Server):
    """Tells when it listens, or has failed to."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_ready = threading.Event()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self.config.timeout_graceful_shutdown == 0:
            for connection in list(self.server_state.connections):
                connection.transport.abort()
            self.config.timeout_graceful_shutdown = 1
        await super().shutdown(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        finally:
            self.is_ready.set()
