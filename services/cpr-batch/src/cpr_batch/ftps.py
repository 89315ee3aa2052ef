"""FTP over TLS, explicit (RFC 4217): certificate verified, both channels encrypted, passive mode.

``ftplib`` in a worker thread: the data channel must resume the command channel's TLS session and may begin TLS only after
the server has answered the command, which vsftpd and proftpd both insist on.
"""

import asyncio
import contextlib
import ftplib
import io
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from cpr_batch.errors import (
    CertificateExpired,
    CertificateForOtherHost,
    CertificateRejected,
    CertificateUntrusted,
    ConnectionFailed,
    DirectoryRefused,
    HostUnknown,
    LogonRefused,
    RemoteFileRefused,
    RenameRefused,
    ServerError,
    ServerTimeout,
    TlsFailed,
    TransferBroken,
    UploadRefused,
)
from cpr_batch.remote import Place, RemoteFile
from cpr_batch.settings import FtpSettings

BLOCK = 256 * 1024
TEMPORARY = ".tmp"
_EXPIRED = 10  # X509_V_ERR_CERT_HAS_EXPIRED
_OTHER_HOST = {62, 64}  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_UNTRUSTED = {2, 18, 19, 20, 21, 27}  # no issuer found, self-signed, chain incomplete or not trusted
_NOT_THERE = ("450", "550")


class FtpsServer:
    """A file server that is reached by explicit FTPS."""

    def __init__(self, settings: FtpSettings) -> None:
        self._settings = settings

    @property
    def address(self) -> str:
        """Host and port, for messages."""
        return f"{self._settings.host}:{self._settings.port}"

    @contextlib.asynccontextmanager
    async def session(self, place: Place = Place.OUTPUT) -> AsyncIterator["FtpsSession"]:
        """Connects, logs on once and enters the directory; says goodbye at the end of the block."""
        client = _Client(context=_tls_context(self._settings), timeout=self._settings.timeout_seconds)
        session = FtpsSession(client, self.address)
        try:
            await asyncio.to_thread(self._open, client, self._directory(place))
            yield session
            await asyncio.to_thread(session.leave)
        finally:
            client.close()

    def _directory(self, place: Place) -> str:
        return self._settings.input_directory if place is Place.INPUT else self._settings.directory

    def _open(self, client: "_Client", directory: str) -> None:
        settings, address = self._settings, self.address
        with _named(address):
            client.encoding = settings.encoding
            client.connect(settings.host, settings.port, timeout=settings.connect_seconds)
        with _named(address, {ftplib.Error: TlsFailed}):
            client.auth()
        with _named(address, {ftplib.error_perm: LogonRefused}):
            client.login(settings.user, settings.password.get_secret_value())
        with _named(address, {ftplib.Error: TlsFailed}):
            client.prot_p()
        with _named(address, {ftplib.Error: DirectoryRefused}):
            if directory:
                client.cwd(directory)
        if client.sock is not None:
            client.sock.settimeout(settings.timeout_seconds)


class FtpsSession:
    """A session that is logged on; one call at a time."""

    def __init__(self, client: "_Client", address: str) -> None:
        self._client = client
        self._address = address
        self._is_broken = False

    async def files(self) -> list[RemoteFile]:
        """The directory by MLSD where the server offers it, otherwise by NLST, which tells no sizes."""
        return await asyncio.to_thread(self._files)

    async def fetch(self, name: str, write: Callable[[bytes], None]) -> None:
        """The file's bytes, in order; a connection that ends without the server's word is ``TransferBroken``."""
        await asyncio.to_thread(self._fetch, name, write)

    async def rename(self, name: str, new_name: str) -> None:
        """RNFR and RNTO."""
        await asyncio.to_thread(self._rename, name, new_name)

    async def store(self, name: str, content: bytes) -> None:
        """STOR under a temporary name, then RNFR and RNTO."""
        await asyncio.to_thread(self._store, name, content)

    def leave(self) -> None:
        """QUIT; a server that is gone already is no fault, and one that broke off a transfer is not waited for."""
        if self._is_broken:
            return
        with contextlib.suppress(*ftplib.all_errors):
            self._client.quit()

    def _files(self) -> list[RemoteFile]:
        with _named(self._address, {ftplib.error_perm: DirectoryRefused}):
            if self._offers_mlsd():
                listed = [(name, facts) for name, facts in self._client.mlsd() if facts.get("type") == "file"]
                return [RemoteFile(name, _number(facts.get("size"))) for name, facts in listed]
            return [RemoteFile(name) for name in self._names()]

    def _offers_mlsd(self) -> bool:
        try:
            features = self._client.sendcmd("FEAT")
        except ftplib.error_perm:
            return False
        return any(line.strip().upper().startswith("MLST") for line in features.splitlines())

    def _names(self) -> list[str]:
        try:
            return self._client.nlst()
        except (ftplib.error_temp, ftplib.error_perm) as error:
            if str(error)[:3] in _NOT_THERE and "no " in str(error).lower():  # an empty directory
                return []
            raise

    def _fetch(self, name: str, write: Callable[[bytes], None]) -> None:
        received = 0
        try:
            with _named(self._address), self._begin(name) as data:
                while piece := data.recv(BLOCK):
                    received += len(piece)
                    write(piece)
                _end_tls(data)
            with _named(self._address):
                self._client.voidresp()
        except (ServerError, EOFError) as error:
            if isinstance(error, RemoteFileRefused):
                raise
            self._is_broken = True
            detail = getattr(error, "detail", "") or "connection closed"
            raise TransferBroken(self._address, name, f"{detail}, after {received} bytes") from error

    def _begin(self, name: str) -> socket.socket:
        try:
            self._client.voidcmd("TYPE I")
            return self._client.transfercmd(f"RETR {name}")
        except (ftplib.error_perm, ftplib.error_temp) as error:
            raise RemoteFileRefused(self._address, name, _answer(error)) from error

    def _store(self, name: str, content: bytes) -> None:
        temporary = f"{name}{TEMPORARY}"
        with _named(self._address, {ftplib.Error: UploadRefused}):
            self._client.storbinary(f"STOR {temporary}", io.BytesIO(content))
        self._rename(temporary, name)

    def _rename(self, name: str, new_name: str) -> None:
        try:
            with _named(self._address):
                self._client.rename(name, new_name)
        except ServerError as error:
            raise RenameRefused(self._address, name, error.detail) from error


class _Client(ftplib.FTP_TLS):
    """Resumes the command channel's TLS session on each data channel."""

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        connection, size = super(ftplib.FTP_TLS, self).ntransfercmd(cmd, rest)
        try:
            session = getattr(self.sock, "session", None)
            return self.context.wrap_socket(connection, server_hostname=self.host, session=session), size
        except BaseException:
            connection.close()
            raise


def _tls_context(settings: FtpSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=settings.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _end_tls(data: socket.socket) -> None:
    """Answers the server's end of TLS. A server that just closes is judged by its reply on the command channel."""
    if isinstance(data, ssl.SSLSocket):
        with contextlib.suppress(OSError):
            data.unwrap()


@contextlib.contextmanager
def _named(address: str, answers: dict[type[Exception], Any] | None = None) -> Iterator[None]:
    """Gives the library's errors their names; ``answers`` says what a server's own refusal means here."""
    try:
        yield
    except ftplib.Error as error:
        for kind, named in (answers or {}).items():
            if isinstance(error, kind):
                raise named(address, _answer(error)) from error
        raise ServerError(address, _answer(error)) from error
    except ssl.SSLCertVerificationError as error:
        raise _certificate_error(error)(address, error.verify_message) from error
    except ssl.SSLError as error:
        raise TlsFailed(address, error.reason or "handshake failed") from error
    except socket.gaierror as error:
        raise HostUnknown(address, str(error.strerror)) from error
    except TimeoutError as error:
        raise ServerTimeout(address, "timed out") from error
    except EOFError as error:
        raise ConnectionFailed(address, "connection closed by the server") from error
    except UnicodeError as error:
        raise ServerError(address, "a name that is not in the configured encoding") from error
    except OSError as error:
        raise ConnectionFailed(address, error.strerror or str(error)) from error


def _certificate_error(error: ssl.SSLCertVerificationError) -> type[CertificateRejected]:
    if error.verify_code == _EXPIRED:
        return CertificateExpired
    if error.verify_code in _OTHER_HOST:
        return CertificateForOtherHost
    return CertificateUntrusted if error.verify_code in _UNTRUSTED else CertificateRejected


def _answer(error: Exception) -> str:
    """The server's own words, on one line."""
    return " ".join(str(error).split())[:200]


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None
