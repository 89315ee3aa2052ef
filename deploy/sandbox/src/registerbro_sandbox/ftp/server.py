"""The file server itself, in a thread of its own."""

import contextlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog
from pydantic import SecretStr
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import DTPHandler, FTPHandler
from pyftpdlib.ioloop import IOLoop
from pyftpdlib.servers import FTPServer

from registerbro_sandbox.ftp.certificates import Tls
from registerbro_sandbox.ftp.faults import Faults
from registerbro_sandbox.ftp.ledger import Command, Ledger
from registerbro_sandbox.ftp.mvs_session import MvsSession
from registerbro_sandbox.ftp.session import Session
from registerbro_sandbox.ftp.storage import MassStorage

log = structlog.get_logger(__name__)
_TURN_SECONDS = 0.05
_PERMISSIONS = "elrfw"  # look, list, read, rename, store; never delete
ANY_PORT = 0
PATIENCE = timedelta(seconds=10)


class CprFileServer:
    """CPR's file server over ``directory``: explicit FTPS, TLS demanded on both channels, unless told otherwise.

        with CprFileServer(directory, {"cpr": SecretStr("…")}, authority.issue("127.0.0.1")) as server:
            ftp.connect(server.host, server.port)

    ``tls`` None makes it plain FTP, ``implicit`` begins with TLS, ``mvs`` shows the directory as z/OS does.
    ``input_directory`` is a sub directory for what clients upload. ``passive_ports`` limits the ports of data connections,
    ``public_address`` is what clients are told to connect to. ``faults``, ``migrated`` and ``recall_seconds`` may be set
    at any time; ``commands`` has everything that clients sent.
    """

    def __init__(
        self,
        directory: Path,
        users: Mapping[str, SecretStr],
        tls: Tls | None,
        *,
        host: str = "127.0.0.1",
        port: int = ANY_PORT,
        passive_ports: Sequence[int] | None = None,
        public_address: str | None = None,
        mvs: bool = False,
        implicit: bool = False,
        recall_seconds: float | None = None,
        input_directory: str | None = None,
    ) -> None:
        self.directory = directory
        self.faults = Faults()
        self._storage = MassStorage(recall_seconds)
        self._ledger = Ledger()
        self._authorizer = DummyAuthorizer()
        for name, password in users.items():
            self._authorizer.add_user(name, password.get_secret_value(), str(directory), perm=_PERMISSIONS)
        self._address = (host, port)
        if input_directory:
            (directory / input_directory).mkdir(parents=True, exist_ok=True)
        self._handler = type(
            "CprSession",
            (MvsSession if mvs else Session,),
            {
                "faults": self.faults,
                "ledger": self._ledger,
                "storage": self._storage,
                "authorizer": self._authorizer,
                "is_implicit": implicit,
                "passive_ports": passive_ports,
                "masquerade_address": public_address,
                **_transport(tls, implicit=implicit),
            },
        )
        self._stopping = threading.Event()
        self._grace = timedelta(0)
        self._server: FTPServer | None = None
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
    def migrated(self) -> set[str]:
        """Names of the files on mass storage, in capitals; assign a set to change them."""
        return self._storage.names

    @migrated.setter
    def migrated(self, names: set[str]) -> None:
        self._storage.names = names

    @property
    def recall_seconds(self) -> float | None:
        """How long it takes to bring a migrated file back; None: reading it is refused."""
        return self._storage.recall_seconds

    @recall_seconds.setter
    def recall_seconds(self, seconds: float | None) -> None:
        self._storage.recall_seconds = seconds

    @property
    def commands(self) -> tuple[Command, ...]:
        """Everything that clients sent so far."""
        return self._ledger.commands

    def verbs(self) -> tuple[str, ...]:
        """The commands without their arguments, in order."""
        return tuple(command.verb for command in self.commands)

    def wait_for(self, condition: Callable[[Sequence[Command]], bool], limit: timedelta = PATIENCE) -> bool:
        """Wait until the commands received fulfil a condition; False if they do not in time."""
        return self._ledger.wait_for(condition, limit)

    def start(self) -> None:
        """Listen, and serve until ``stop``."""
        loop = IOLoop()
        self._server = FTPServer(self._address, self._handler, ioloop=loop)
        self._address = self._server.address
        self._thread = threading.Thread(
            target=self._serve, args=(self._server, loop), name="cpr-file-server", daemon=True
        )
        self._thread.start()
        log.info("file server listens", host=self.host, port=self.port)

    def stop(self, grace: timedelta = timedelta(0)) -> None:
        """Accept nobody new, give transfers under way ``grace`` to end, and close."""
        self._grace = grace
        self._stopping.set()
        if self._thread:
            self._thread.join()
            self._thread = None
            log.info("file server stopped")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _serve(self, server: FTPServer, loop: IOLoop) -> None:
        while not self._stopping.is_set():
            loop.loop(_TURN_SECONDS, blocking=False)
        server.close()
        deadline = time.monotonic() + self._grace.total_seconds()
        while time.monotonic() < deadline and _is_transferring(loop):
            loop.loop(_TURN_SECONDS, blocking=False)
        with contextlib.suppress(OSError):
            loop.close()


def _is_transferring(loop: IOLoop) -> bool:
    return any(isinstance(channel, DTPHandler) for channel in list(loop.socket_map.values()))


def _transport(tls: Tls | None, *, implicit: bool) -> dict[str, object]:
    """What a session class has for TLS, or for its absence."""
    if tls:
        return {"ssl_context": tls.context()}
    if implicit:
        raise ValueError("implicit TLS needs a certificate")
    return {"tls_control_required": False, "tls_data_required": False, "proto_cmds": FTPHandler.proto_cmds}
