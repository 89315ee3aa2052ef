"""The sandbox's CPR Direkte, and a plain client of it in blocking sockets, without any of the services' code.

with serving(home) as (server, client):
    client.log_on(PASSWORD)
    assert client.ask(number).error == 0
"""

import contextlib
import dataclasses
import datetime as dt
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from registerbro.cpr.layouts import LAYOUTS
from registerbro_sandbox.direct import Certificates, CprDirectServer, Key

CUSTOMER, USER, PASSWORD = "4630", "SANDBOX1", "Abcd12!x"
ACCOUNT = Key(CUSTOMER, USER)
TODAY = dt.date(2026, 3, 9)
HEADER_LENGTH = 28
SECONDS = 20.0


@dataclasses.dataclass(frozen=True)
class Reply:
    """An answer cut apart at the header's positions."""

    content: bytes = dataclasses.field(repr=False)

    @property
    def text(self) -> str:
        """All of it."""
        return self.content.decode("iso-8859-1")

    @property
    def token(self) -> str:
        """Positions 7 to 14."""
        return self.text[6:14]

    @property
    def error(self) -> int:
        """Positions 23 and 24."""
        return int(self.text[22:24])

    @property
    def declared(self) -> int:
        """Positions 25 to 28."""
        return int(self.text[24:28])

    @property
    def body(self) -> str:
        """What follows the header."""
        return self.text[HEADER_LENGTH:]

    @property
    def records(self) -> list[str]:
        """The records of the body, each at its full length."""
        found, at = [], 0
        while at < len(self.body):
            length = LAYOUTS[self.body[at : at + 3]].length
            found.append(self.body[at : at + length])
            at += length
        return found

    def of_type(self, record_type: str) -> list[str]:
        """The records of one type."""
        return [record for record in self.records if record.startswith(record_type)]


@dataclasses.dataclass
class DirectClient:
    """Somebody at an address; ``context`` None: plain TCP."""

    port: int
    context: ssl.SSLContext | None = None
    user: str = USER
    customer: str = CUSTOMER
    transaction: str = "OFF4"
    token: str = dataclasses.field(default=" " * 8, repr=False)
    name: str = "127.0.0.1"

    @contextlib.contextmanager
    def connected(self) -> Iterator[socket.socket]:
        """A connection, TLS verified."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS) as plain:
            if self.context is None:
                yield plain
                return
            with self.context.wrap_socket(plain, server_hostname=self.name) as secure:
                yield secure

    def exchange(self, request: bytes) -> Reply:
        """Send a request whole and read to the end of the stream."""
        with self.connected() as connection:
            connection.sendall(request)
            return Reply(read_all(connection))

    def log_on(self, password: str, new: str = "", *, data_type: str = "0") -> Reply:
        """A logon, or a change of password; the token is kept."""
        start = f"{self.transaction},{self.customer}9{data_type}"
        reply = self.exchange(f"{start}{self.user:8}{password:8}{new:8}".encode("iso-8859-1"))
        if not reply.error:
            self.token = reply.token
        return reply

    def request(self, number: str, types: str = "06") -> bytes:
        """A request's 39 characters."""
        start = f"{self.transaction},{self.customer}{types}"
        return f"{start}{self.token:8}{self.user:8}00{number:10}".encode("iso-8859-1")

    def ask(self, number: str, types: str = "06") -> Reply:
        """A request about a number; ``types`` are subscription type and data type."""
        return self.exchange(self.request(number, types))


def read_all(connection: socket.socket) -> bytes:
    """Everything until the other side closes."""
    received = b""
    while more := connection.recv(65_536):
        received += more
    return received


@contextlib.contextmanager
def serving(
    home: Path, certificates: Certificates | None = None, **settings: Any
) -> Iterator[tuple[CprDirectServer, DirectClient]]:
    """A server over a world, with one account, and a client that has not logged on yet."""
    server = CprDirectServer(home, certificates, today=lambda: TODAY, **settings)
    if server.accounts.find(ACCOUNT) is None:
        server.accounts.add(ACCOUNT, SecretStr(PASSWORD))
    with server:
        yield server, DirectClient(server.port)


@contextlib.contextmanager
def logged_on(home: Path, **settings: Any) -> Iterator[tuple[CprDirectServer, DirectClient]]:
    """The same by plain TCP, the client logged on."""
    with serving(home, **settings) as (server, client):
        assert not client.log_on(PASSWORD).error
        yield server, client
