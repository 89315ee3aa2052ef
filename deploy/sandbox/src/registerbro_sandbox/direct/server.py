"""CPR Direkte itself, in a thread of its own."""

import asyncio
import concurrent.futures
import datetime as dt
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from registerbro_sandbox.direct.accounts import Accounts
from registerbro_sandbox.direct.certificates import Certificates
from registerbro_sandbox.direct.conversation import Conversation, House
from registerbro_sandbox.direct.desk import Desk, Terms, danish_day
from registerbro_sandbox.direct.faults import DirectFaults, Turn
from registerbro_sandbox.direct.ledger import Counts, DirectLedger
from registerbro_sandbox.direct.probe import is_announced
from registerbro_sandbox.direct.register import Register
from registerbro_sandbox.direct.tokens import Tokens

log = structlog.get_logger(__name__)
ANY_PORT = 0
PATIENCE = dt.timedelta(seconds=10)
_BACKLOG = 1024
_NO_DESCRIPTORS_SECONDS = 0.1


class CprDirectServer:
    """CPR Direkte over the world in ``directory``: TLS, unless there are no certificates.

        with CprDirectServer(directory, Certificates(authority, "127.0.0.1")) as server:
            server.accounts.add(Key("4630", "SANDBOX1"), SecretStr("…"))
            socket.create_connection((server.host, server.port))

    It answers from the world's present state, whichever process changed it. ``accounts`` may be changed and ``faults`` set at
    any time; ``counts`` says who logged on and what was asked how often.
    """

    def __init__(
        self,
        directory: Path,
        certificates: Certificates | None,
        *,
        host: str = "127.0.0.1",
        port: int = ANY_PORT,
        terms: Terms | None = None,
        today: Callable[[], dt.date] = danish_day,
    ) -> None:
        terms = terms or Terms()
        self.directory = directory
        self.accounts = Accounts(directory)
        self.faults = DirectFaults()
        self._tokens = Tokens(terms.token_life)
        self._ledger = DirectLedger()
        register = Register(directory, terms.record_types, today)
        desk = Desk(terms, self.accounts, self._tokens, register)
        self._house = House(desk, certificates, self._ledger)
        self._address = (host, port)
        self._connections: set[asyncio.Task[None]] = set()
        self._grace = dt.timedelta(0)
        self._stop: Callable[[], object] | None = None
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
    def counts(self) -> Counts:
        """Who logged on and what was asked how often."""
        return self._ledger.counts

    def wait_for(self, condition: Callable[[Counts], bool], limit: dt.timedelta = PATIENCE) -> bool:
        """Wait until the counts fulfil a condition; False if they do not in time."""
        return self._ledger.wait_for(condition, limit)

    def expire_tokens(self) -> None:
        """Every token given so far has come to its end."""
        self._tokens.forget()

    def start(self) -> None:
        """Listen, and serve until ``stop``; raises OSError if the port is taken."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        listener = socket.create_server(self._address, family=family, backlog=_BACKLOG)
        listener.setblocking(False)
        self._address = (self.host, listener.getsockname()[1])
        started: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(listener, started)), name="cpr-direct-server", daemon=True
        )
        self._thread.start()
        started.result()
        is_tls = self._house.certificates is not None
        log.info("direct server listens", host=self.host, port=self.port, tls=is_tls)

    def stop(self, grace: dt.timedelta = dt.timedelta(0)) -> None:
        """Accept nobody new, give those who are here ``grace`` to end, and close."""
        self._grace = grace
        if self._thread and self._stop:
            self._stop()
            self._thread.join()
            self._thread = None
            log.info("direct server stopped")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def _serve(self, listener: socket.socket, started: concurrent.futures.Future[None]) -> None:
        loop, stopping = asyncio.get_running_loop(), asyncio.Event()
        self._stop = lambda: loop.call_soon_threadsafe(stopping.set)
        accepting = asyncio.create_task(self._accept(listener))
        started.set_result(None)
        await stopping.wait()
        accepting.cancel()
        await asyncio.wait({accepting})
        listener.close()
        if self._connections:
            await asyncio.wait(self._connections, timeout=self._grace.total_seconds())
        await _cancelled(tuple(self._connections))

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connected, (address, port, *_) = await loop.sock_accept(listener)
            except OSError as error:
                log.warning("direct server cannot accept", error=type(error).__name__)
                await asyncio.sleep(_NO_DESCRIPTORS_SECONDS)
                continue
            task = loop.create_task(self._converse(connected, address, port))
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)

    async def _converse(self, connected: socket.socket, address: str, port: int) -> None:
        connected.setblocking(False)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            is_health_check = is_announced(self.directory, port)
            turn = Turn(None if is_health_check else self.faults)
            await Conversation(self._house, address, turn, is_health_check).hold(connected)
        except Exception:
            log.exception("direct request failed")
        finally:
            connected.close()


async def _cancelled(tasks: tuple[asyncio.Task[None], ...]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
