"""``ftplib`` with what it lacks: implicit TLS, the session of the command channel on the data channel, limits on what a
server may say, a wait for the first byte of its own, and an end from another thread.
"""

import contextlib
import ftplib
import socket
import ssl
from collections.abc import Iterator

LONGEST_REPLY = 500  # lines
LONGEST_LISTING = 64 * 1024 * 1024  # bytes
BLOCK = 256 * 1024


class Endless(Exception):
    """The server goes on and on: a reply or a list of files without an end."""


class Aborted(Exception):
    """Another thread has ended the session."""


class Channel(ftplib.FTP_TLS):
    """A command channel, and one data channel at a time."""

    trust_server_pasv_ipv4_address = False  # data come from the host that we connected to, or not at all

    def __init__(
        self, context: ssl.SSLContext | None, *, is_implicit: bool, encoding: str, connect_seconds: float
    ) -> None:
        super().__init__(
            context=context or ssl.create_default_context(), timeout=connect_seconds, encoding=encoding
        )
        self._is_encrypted = context is not None
        self._is_implicit = is_implicit
        self._lines = 0
        self._data: socket.socket | None = None
        self.is_aborted = False

    def greet(self, host: str, port: int) -> None:
        """Connects, with TLS if that comes first, and reads the greeting."""
        self.host, self.port = host, port
        plain = socket.create_connection((host, port), self.timeout)
        try:
            self._stop_if_aborted()
            self.sock, self.af = plain, plain.family
            if self._is_encrypted and self._is_implicit:
                self.sock = self.context.wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise
        self.file = self.sock.makefile("r", encoding=self.encoding)
        self.welcome = self.getresp()

    def secure(self) -> None:
        """AUTH TLS, where TLS is wanted and not there yet."""
        if self._is_encrypted and not self._is_implicit:
            self.auth()

    def log_on(self, user: str, password: str) -> None:
        """USER and PASS, once."""
        super(ftplib.FTP_TLS, self).login(user, password)

    def protect_data(self) -> None:
        """TLS on the data channel, too, where there is any."""
        if self._is_encrypted:
            self.prot_p()

    def wait_at_most(self, seconds: float) -> None:
        """Sets how long the server may be silent on the command channel."""
        if self.sock is not None:
            self.sock.settimeout(seconds)

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        """Opens the data channel; TLS begins once the server has answered the command."""
        connection, size = super(ftplib.FTP_TLS, self).ntransfercmd(cmd, rest)
        self._data = connection
        try:
            self._stop_if_aborted()
            connection.settimeout(self.sock.gettimeout() if self.sock else None)
            if self._is_encrypted:
                session = getattr(self.sock, "session", None)
                connection = self.context.wrap_socket(connection, server_hostname=self.host, session=session)
                self._data = connection
        except BaseException:
            connection.close()
            raise
        return connection, size

    def getmultiline(self) -> str:
        """A reply; one that never ends is none."""
        self._lines = 0
        return super().getmultiline()

    def getline(self) -> str:
        """A line of a reply."""
        self._lines += 1
        if self._lines > LONGEST_REPLY:
            raise Endless("a reply")
        return super().getline()

    @contextlib.contextmanager
    def data(self, command: str, transfer_type: str) -> Iterator[socket.socket]:
        """The data channel for one command; the server's last word on it is awaited at the end of the block."""
        self.voidcmd(f"TYPE {transfer_type}")
        with self.transfercmd(command) as data:
            yield data
            end_tls(data)
        self.voidresp()

    def lines(self, command: str) -> list[str]:
        """What a listing command sends, cut into lines; bytes that are no text in the encoding are replaced."""
        received = bytearray()
        with self.data(command, "A") as data:
            while piece := data.recv(BLOCK):
                received += piece
                if len(received) > LONGEST_LISTING:
                    raise Endless("a list of files")
        text = received.decode(self.encoding, "replace")
        return [line.removesuffix("\r") for line in text.split("\n") if line.strip()]

    def hang_up(self) -> None:
        """Ends the session at once, from any thread: what waits for the server wakes up."""
        self.is_aborted = True
        for each in (self._data, self.sock):
            if each is not None:
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(
                        each, socket.SHUT_RDWR
                    )  # not TLS's own, which waits for its thread

    def _stop_if_aborted(self) -> None:
        if self.is_aborted:
            raise Aborted


def end_tls(data: socket.socket) -> None:
    """Answers the server's end of TLS. A server that just closes is judged by its reply on the command channel."""
    if isinstance(data, ssl.SSLSocket):
        with contextlib.suppress(OSError, ValueError):
            data.unwrap()
