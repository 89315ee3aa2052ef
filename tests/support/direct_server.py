"""A CPR Direkte of the tests' own: one user, one password, sessions, and whatever answer a test wants to see.

async with DirectServer(persons={ANNA: simple_person()}) as server:
    gateway = Gateway.open(settings_of(server), ...)
    server.forget_sessions()             # every token gets 07 from now on
    server.request_errors.append("08")   # for the next request
    server.answers.append(b"...")        # byte for byte, in place of the next answer
    server.hold()                        # nothing is answered any more, until server.flow()
"""

import asyncio
import collections
import contextlib
import datetime as dt
import io
import itertools
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeAlias

import trustme
from cpr_direct.settings import CprDirectSettings, LimitSettings
from registerbro.cpr.writer import Form, write_file

from tests.support import secrets_in_use
from tests.support.waiting import until

CUSTOMER, USER = "1234", "WUTEST01"
PASSWORD, NEW_PASSWORD = map(secrets_in_use.add, ("Gammel-1", "Nyere+22"))
PRODUCED = dt.date(2026, 1, 15)
LOGON_BYTES, REQUEST_BYTES = 35, 39
LOGS_ON = ord("9")

Send: TypeAlias = Callable[[asyncio.StreamWriter, bytes], Awaitable[None]]


def header(
    *,
    error: str = "00",
    token: str = "        ",
    length: str | int = "0028",
    subscription_type: str = "0",
    data_type: str = "0",
) -> bytes:
    """The 28 characters that an answer begins with."""
    shown = f"{length:04}" if isinstance(length, int) else length
    return f"{CUSTOMER}{subscription_type}{data_type}{token}{USER}{error}{shown}".encode("latin-1")


def data(records: Iterable[str]) -> bytes:
    """Records between a start and an end record, as an answer holds them."""
    target = io.BytesIO()
    write_file(
        target, records, task_number=f"{CUSTOMER}01", production_date=PRODUCED, form=Form.STREAM, trim=False
    )
    return target.getvalue()


def answer(records: Iterable[str], **fields: str) -> bytes:
    """A whole answer about a person."""
    body = data(records)
    return header(length=28 + len(body), data_type="6", **fields) + body


async def send_whole(writer: asyncio.StreamWriter, content: bytes) -> None:
    """Writes the answer, and closes as TLS wants it."""
    writer.write(content)
    await writer.drain()
    writer.close()


async def send_without_farewell(writer: asyncio.StreamWriter, content: bytes) -> None:
    """Writes the answer, and ends the TCP stream without a word of TLS."""
    writer.write(content)
    await writer.drain()
    writer.get_extra_info("socket").shutdown(socket.SHUT_WR)


async def send_and_stay(writer: asyncio.StreamWriter, content: bytes) -> None:
    """Writes the answer, and leaves the connection open."""
    writer.write(content)
    await writer.drain()


async def send_in_bytes(writer: asyncio.StreamWriter, content: bytes) -> None:
    """Writes the answer byte by byte, each for itself."""
    for byte in content:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0)
    writer.close()


class DirectServer:
    """Listens on a free port while its ``async with`` block lasts."""

    def __init__(
        self,
        *,
        persons: Mapping[str, Iterable[str]] | None = None,
        certificate: trustme.LeafCert | None = None,
        send: Send = send_whole,
    ) -> None:
        self.persons = dict(persons or {})
        self.password = PASSWORD
        self.is_expired = False
        self.send = send
        self.subscribed: set[str] = set()
        self.asked: list[str] = []  # subscription and data type of each request, in their order
        self.arrivals: list[float] = []  # of requests, by the loop's clock
        self.logons: list[str] = []  # the error number that each logon got
        self.logon_errors: collections.deque[str] = collections.deque()
        self.request_errors: collections.deque[str] = collections.deque()
        self.answers: collections.deque[bytes] = collections.deque()
        self.connections = self.open = self.most_open = 0
        self.host, self.port = "127.0.0.1", 0
        self._context = _context(certificate)
        self._tokens: set[str] = set()
        self._serials = itertools.count(1)
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server

    async def __aenter__(self) -> "DirectServer":
        self._server = await asyncio.start_server(self._accepted, self.host, 0, ssl=self._context)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.flow()
        for writer in list(self._writers):
            writer.transport.abort()
        await until(self._has_none_open)

    def forget_sessions(self) -> None:
        """Every token that was handed out gets 07."""
        self._tokens.clear()

    def hold(self) -> None:
        """Takes requests, and answers none."""
        self._flowing.clear()

    def flow(self) -> None:
        """Answers them all."""
        self._flowing.set()

    async def all_closed(self) -> None:
        """Waits until the client has closed every connection."""
        await until(self._has_none_open)

    async def _has_none_open(self) -> bool:
        return self.open == 0

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        self._writers.add(writer)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._serve(reader, writer)
                while await reader.read(1):  # until the client closes
                    pass
        finally:
            self._writers.discard(writer)
            writer.transport.abort()
            self.open -= 1

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        message = await reader.readexactly(LOGON_BYTES)
        if message[9] != LOGS_ON:
            message += await reader.readexactly(REQUEST_BYTES - LOGON_BYTES)
        self.arrivals.append(asyncio.get_running_loop().time())
        content = self._logged_on(message) if message[9] == LOGS_ON else self._answered(message)
        if self.answers:
            content = self.answers.popleft()
        await self._flowing.wait()
        await self.send(writer, content)

    def _logged_on(self, message: bytes) -> bytes:
        password, new = message[19:27].decode("latin-1"), message[27:35].decode("latin-1").strip()
        error = self.logon_errors.popleft() if self.logon_errors else self._verdict(password, new)
        self.logons.append(error)
        if error != "00":
            return header(error=error) + b"Wrong, he said"
        if new:
            self.password, self.is_expired = new, False
        token = secrets_in_use.add(f"T{next(self._serials):07}")
        self._tokens.add(token)
        return header(token=token)

    def _verdict(self, password: str, new: str) -> str:
        if password != self.password:
            return "01"
        return "02" if self.is_expired and not new else "00"

    def _answered(self, message: bytes) -> bytes:
        subscription_type, data_type = chr(message[9]), chr(message[10])
        token, number = message[11:19].decode("latin-1"), message[29:39].decode("latin-1")
        self.asked.append(subscription_type + data_type)
        if token not in self._tokens:
            return header(error="07")
        if self.request_errors:
            return header(error=self.request_errors.popleft())
        if number not in self.persons:
            return header(error="05")
        if subscription_type == "1":
            self.subscribed.add(number)
        elif subscription_type == "3":
            self.subscribed.discard(number)
        return answer(self.persons[number], token=token) if data_type == "6" else header(token=token)


def _context(certificate: trustme.LeafCert | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def settings_of(server: Any, *, limits: Mapping[str, Any] | None = None, **changes: Any) -> CprDirectSettings:
    """What CPR Direkte is told to use the server (or a proxy before it): plain TCP, unless ``ca_file`` is given."""
    settings: dict[str, Any] = {
        "host": server.host,
        "port": server.port,
        "tls_by_local_proxy": "ca_file" not in changes,
        "customer_number": CUSTOMER,
        "user_id": USER,
        "password": PASSWORD,
        "limits": LimitSettings(**(limits or {})),
    }
    return CprDirectSettings(**(settings | changes))
