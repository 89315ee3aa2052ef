"""The SFTP server itself, in a thread of its own."""

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import asyncssh
import structlog
from pydantic import SecretStr

from registerbro_sandbox.ftp.faults import Faults
from registerbro_sandbox.ftp.ledger import Command, Ledger
from registerbro_sandbox.sftp import companions
from registerbro_sandbox.sftp.host_key import host_key
from registerbro_sandbox.sftp.login import Login
from registerbro_sandbox.sftp.session import SftpSession

log = structlog.get_logger(__name__)
ANY_PORT = 0
PATIENCE = timedelta(seconds=10)
_TURN_SECONDS = 0.05


class CprSftpServer:
    """SFTP over ``directory`` for one user, by password, by public key (OpenSSH's form) or by either.

        with CprSftpServer(directory, "cpr", password=SecretStr("…")) as server:
            asyncssh.connect(server.host, server.port, known_hosts=server.known_hosts, …)

    ``writes_companions`` puts ``<name>.metadata`` beside each data file, as the service platform does. ``faults`` may be set
    at any time; ``commands`` has what clients did, by FTP's names: LIST, RETR, STOR, RNFR, RNTO, DELE.
    """

    def __init__(
        self,
        directory: Path,
        user: str,
        *,
        password: SecretStr | None = None,
        public_keys: Sequence[str] = (),
        host: str = "127.0.0.1",
        port: int = ANY_PORT,
        input_directory: str | None = None,
        writes_companions: bool = False,
        faults: Faults | None = None,
    ) -> None:
        if password is None and not public_keys:
            raise ValueError("a password or a public key is needed")
        self.directory = directory
        self.faults = faults or Faults()
        self._user, self._password = user, password
        self._keys = [asyncssh.import_public_key(key) for key in public_keys]
        self._address = (host, port)
        self._writes_companions = writes_companions
        self._ledger = Ledger()
        self._connections: set[asyncssh.SSHServerConnection] = set()
        self._key = host_key(directory)
        self._stopping = threading.Event()
        self._grace = timedelta(0)
        self._thread: threading.Thread | None = None
        if input_directory:
            (directory / input_directory).mkdir(parents=True, exist_ok=True)

    @property
    def host(self) -> str:
        """The address it listens on."""
        return self._address[0]

    @property
    def port(self) -> int:
        """The port it listens on; a free one is taken at the start if none was given."""
        return self._address[1]

    @property
    def fingerprint(self) -> str:
        """The host key's fingerprint, ``SHA256:…``."""
        return self._key.get_fingerprint()

    @property
    def known_hosts(self) -> str:
        """The host key as a line of a known_hosts file."""
        return f"[{self.host}]:{self.port} {self._key.export_public_key().decode().strip()}\n"

    @property
    def commands(self) -> tuple[Command, ...]:
        """Everything that clients did so far."""
        return self._ledger.commands

    def verbs(self) -> tuple[str, ...]:
        """What clients did, without the names."""
        return tuple(command.verb for command in self.commands)

    def wait_for(self, condition: Callable[[Sequence[Command]], bool], limit: timedelta = PATIENCE) -> bool:
        """Wait until what clients did fulfils a condition; False if it does not in time."""
        return self._ledger.wait_for(condition, limit)

    def start(self) -> None:
        """Listen, and serve until ``stop``; raises OSError if the port is taken."""
        listening: concurrent.futures.Future[int] = concurrent.futures.Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(listening)), name="cpr-sftp-server", daemon=True
        )
        self._thread.start()
        self._address = (self.host, listening.result())
        log.info("sftp server listens", host=self.host, port=self.port, fingerprint=self.fingerprint)

    def stop(self, grace: timedelta = timedelta(0)) -> None:
        """Accept nobody new, give those who are here ``grace`` to end, and close."""
        self._grace = grace
        self._stopping.set()
        if self._thread:
            self._thread.join()
            self._thread = None
            log.info("sftp server stopped")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def _serve(self, listening: concurrent.futures.Future[int]) -> None:
        try:
            acceptor = await asyncssh.listen(
                *self._address,
                server_factory=lambda: Login(
                    self._user, self._password, self._keys, self.faults, self._connections
                ),
                server_host_keys=[self._key],
                sftp_factory=self._session,
                allow_scp=False,
                process_factory=None,
                login_timeout=30,
            )
        except OSError as error:
            listening.set_exception(error)
            return
        listening.set_result(acceptor.get_port())
        await _until(self._stopping.is_set)
        acceptor.close()
        await _until(lambda: not self._connections, self._grace)
        for connection in tuple(self._connections):
            connection.abort()
        await acceptor.wait_closed()

    def _session(self, channel: "asyncssh.SSHServerChannel[bytes]") -> SftpSession:
        return SftpSession(channel, self.directory, self.faults, self._ledger, self._before_listing)

    def _before_listing(self) -> None:
        if self._writes_companions:
            companions.write_missing(self.directory, self._user)


async def _until(condition: Callable[[], bool], limit: timedelta | None = None) -> None:
    """Wait for something that another thread does; at most ``limit``."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + limit.total_seconds() if limit is not None else None
    while not condition() and (deadline is None or loop.time() < deadline):  # noqa: ASYNC110 (another thread's flag)
        await asyncio.sleep(_TURN_SECONDS)
