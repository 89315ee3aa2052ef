"""FTP: over explicit TLS (RFC 4217), over implicit TLS, or plain; certificate verified, both channels alike, passive mode.

``ftplib`` in a worker thread: the data channel must resume the command channel's TLS session and may begin TLS only after
the server has answered the command, which vsftpd and proftpd both insist on.
"""

import asyncio
import contextlib
import ftplib
import re
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, ParamSpec, TypeVar

import structlog

from cpr_batch.errors import (
    ConnectionFailed,
    DirectoryRefused,
    LogonRefused,
    RemoteFileError,
    RemoteFileMigrated,
    RemoteFileRefused,
    RenameRefused,
    ServerError,
    ServerTimeout,
    TlsFailed,
    TransferBroken,
    UploadRefused,
)
from cpr_batch.remote import Naming, Place, RemoteFile
from cpr_batch.server_settings import FtpSettings, Protocol, TransferType
from cpr_batch.servers import listings
from cpr_batch.servers.channel import BLOCK, Channel
from cpr_batch.servers.faults import answer, named
from cpr_batch.servers.listings import Listing

TEMPORARY = ".tmp"
_UNKNOWN_COMMAND = ("500", "501", "502", "504")
_NOTHING = re.compile(
    r"[45]50.*\bno\s+(such file|data ?sets|members|files|entries)\b", re.IGNORECASE | re.DOTALL
)
_MIGRATED = re.compile(r"migrat|recall|mass storage|archived", re.IGNORECASE)

P = ParamSpec("P")
T = TypeVar("T")
log = structlog.get_logger()


class FtpFileServer:
    """A file server that is reached by FTP, encrypted or not."""

    def __init__(self, settings: FtpSettings) -> None:
        self._settings = settings

    @property
    def address(self) -> str:
        """Host and port, for messages."""
        return f"{self._settings.host}:{self._settings.port_number}"

    @property
    def naming(self) -> Naming:
        """How files are called there."""
        return Naming(is_mvs=self._settings.mvs)

    @contextlib.asynccontextmanager
    async def session(self, place: Place = Place.OUTPUT) -> AsyncIterator["FtpSession"]:
        """Connects, logs on once and enters the directory; says goodbye at the end of the block."""
        if not self._settings.is_encrypted:
            log.warning("connecting without encryption", server=self.address)
        channel = self._channel()
        session = FtpSession(channel, self.address, self._settings)
        try:
            await session.run(self._open, channel, self._directory(place))
            yield session
            await session.run(session.leave)
        finally:
            channel.close()

    def _channel(self) -> Channel:
        settings = self._settings
        return Channel(
            _tls_context(settings) if settings.is_encrypted else None,
            is_implicit=settings.protocol is Protocol.FTPS_IMPLICIT,
            encoding=settings.encoding,
            connect_seconds=settings.connect_seconds,
        )

    def _directory(self, place: Place) -> str:
        return self._settings.input_directory if place is Place.INPUT else self._settings.directory

    def _open(self, channel: Channel, directory: str) -> None:
        settings, address = self._settings, self.address
        password = settings.password.get_secret_value() if settings.password else ""
        with named(address):
            channel.greet(settings.host, settings.port_number)
        with named(address, {ftplib.Error: TlsFailed}):
            channel.secure()
        with named(address, {ftplib.error_perm: LogonRefused}):
            channel.log_on(settings.user, password)
        with named(address, {ftplib.Error: TlsFailed}):
            channel.protect_data()
        with named(address, {ftplib.Error: DirectoryRefused}):
            if directory:
                channel.cwd(directory)
        channel.wait_at_most(settings.timeout_seconds)


class FtpSession:
    """A session that is logged on; one call at a time."""

    def __init__(self, channel: Channel, address: str, settings: FtpSettings) -> None:
        self._channel = channel
        self._address = address
        self._settings = settings
        self._naming = Naming(is_mvs=settings.mvs)
        self._type = "A" if settings.transfer_type is TransferType.TEXT else "I"
        self._is_broken = False
        self.is_list_cut = False

    async def files(self) -> list[RemoteFile]:
        """MLSD where the server offers it, else LIST, else NLST, which tells names alone; of a mainframe never MLSD."""
        return await self.run(self._files)

    async def fetch(self, name: str, write: Callable[[bytes], None]) -> None:
        """The file's bytes, in order; a connection that ends without the server's word is ``TransferBroken``."""
        await self.run(self._fetch, name, write)

    async def rename(self, name: str, new_name: str) -> None:
        """RNFR and RNTO."""
        await self.run(self._rename, name, new_name)

    async def store(self, name: str, content: bytes) -> None:
        """STOR under a temporary name that is free, RNFR and RNTO, and a look at the list."""
        await self.run(self._store, name, content)

    async def stored(self, name: str) -> bool:
        """Whether the list has this name."""
        return await self.run(self._is_listed, name)

    async def run(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """Works in a thread; a call that is cancelled closes the sockets, so that the thread ends at once."""
        task = asyncio.ensure_future(asyncio.to_thread(work, *given, **named))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            self._channel.hang_up()
            task.add_done_callback(_forget)
            if (
                self._channel.sock is not None
            ):  # else it is still connecting, which ends by its own time limit
                await asyncio.wait({task})
            raise

    def leave(self) -> None:
        """QUIT; a server that is gone already is no fault, and one that broke off a transfer is not waited for."""
        if not self._is_broken:
            with contextlib.suppress(*ftplib.all_errors, ValueError):
                self._channel.quit()

    def _files(self) -> list[RemoteFile]:
        with named(self._address, {ftplib.Error: DirectoryRefused}):
            listing = self._listing()
        self.is_list_cut = listing.is_cut
        if listing.is_cut:
            log.warning("list of files cut off", server=self._address, entries=listings.MOST_ENTRIES)
        return list(listing.files)

    def _listing(self) -> Listing:
        if not self._settings.mvs and self._offers_mlsd():
            try:
                return listings.mlsd(self._channel.lines("MLSD"))
            except ftplib.error_perm as error:
                if str(error)[:3] not in _UNKNOWN_COMMAND:
                    raise
        return self._by_list() or listings.names(self._lines("NLST"))

    def _by_list(self) -> Listing | None:
        """None where the server does not do LIST, or in a form that is not known."""
        try:
            lines = self._channel.lines("LIST")
        except (ftplib.error_perm, ftplib.error_temp):
            return None
        found = listings.mvs(lines, self._prefix()) if self._settings.mvs else listings.unix(lines)
        return found if found.is_understood or not lines else None

    def _lines(self, command: str) -> list[str]:
        try:
            return self._channel.lines(command)
        except (ftplib.error_temp, ftplib.error_perm) as error:
            if _NOTHING.match(str(error)):
                return []
            raise

    def _prefix(self) -> str:
        with contextlib.suppress(ftplib.Error):
            return self._channel.pwd()
        return ""

    def _offers_mlsd(self) -> bool:
        try:
            features = self._channel.sendcmd("FEAT")
        except ftplib.error_perm:
            return False
        return any(line.strip().upper().startswith("MLST") for line in features.splitlines())

    def _fetch(self, name: str, write: Callable[[bytes], None]) -> None:
        received = 0
        try:
            with named(self._address):
                self._channel.wait_at_most(self._settings.first_byte_seconds)
                with self._begun(name) as data:
                    while piece := data.recv(BLOCK):
                        data.settimeout(self._settings.timeout_seconds)
                        received += len(piece)
                        write(piece)
                    self._channel.wait_at_most(self._settings.timeout_seconds)
        except RemoteFileRefused:
            self._channel.wait_at_most(self._settings.timeout_seconds)
            raise
        except ServerError as error:
            raise self._broken(name, f"{error.detail}, after {received} bytes") from error

    @contextlib.contextmanager
    def _begun(self, name: str) -> Iterator[socket.socket]:
        """The data of a file that the server agrees to send; what it says afterwards is no refusal."""
        with contextlib.ExitStack() as stack:
            try:
                data = stack.enter_context(self._channel.data(f"RETR {name}", self._type))
            except (ftplib.error_perm, ftplib.error_temp) as error:
                kind = RemoteFileMigrated if _MIGRATED.search(str(error)) else RemoteFileRefused
                raise kind(self._address, name, answer(error)) from error
            yield data

    def _store(self, name: str, content: bytes) -> None:
        try:
            with named(self._address, {ftplib.Error: UploadRefused}):
                temporary = self._naming.free(name + TEMPORARY, self._taken_besides(name))
                self._send(temporary, content)
                self._taken_besides(name)  # a server may rename over what is there
                self._channel.rename(temporary, name)
            if not self._is_listed(name):
                raise UploadRefused(self._address, f"{name} is not listed after it was taken")
        except (UploadRefused, DirectoryRefused):
            raise
        except ServerError as error:
            raise self._broken(name, error.detail) from error

    def _taken_besides(self, name: str) -> set[str]:
        taken = self._taken()
        if self._naming.key(name) in taken:
            raise UploadRefused(self._address, f"{name} is there already")
        return taken

    def _send(self, name: str, content: bytes) -> None:
        with self._channel.data(f"STOR {name}", self._type) as data:
            data.settimeout(self._settings.timeout_seconds)
            for start in range(0, len(content), BLOCK):
                data.sendall(content[start : start + BLOCK])

    def _taken(self) -> set[str]:
        return {self._naming.key(file.name) for file in self._files()}

    def _is_listed(self, name: str) -> bool:
        return self._naming.key(name) in self._taken()

    def _rename(self, name: str, new_name: str) -> None:
        try:
            with named(self._address):
                self._channel.rename(name, new_name)
        except (ConnectionFailed, ServerTimeout) as error:
            raise self._broken(name, error.detail) from error
        except ServerError as error:
            raise RenameRefused(self._address, name, error.detail) from error

    def _broken(self, name: str, detail: str) -> RemoteFileError:
        self._is_broken = True
        return TransferBroken(self._address, name, detail)


def _tls_context(settings: FtpSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=settings.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _forget(task: asyncio.Future[Any]) -> None:
    """What a thread says that was told to stop interests nobody."""
    if not task.cancelled():
        task.exception()
