"""One exchange: connect, write one request, read until the server closes, close. CPR wants a connection for each."""

import asyncio
import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple, TypeAlias

from cpr_direct.errors import AnswerCut, ConnectionFailed, NoAnswer, Phase, ServerError, TransportError
from cpr_direct.faults import named, words
from cpr_direct.route import Route
from cpr_direct.wire import Answer, AnswerParser

CHUNK_BYTES = 16384  # an answer of any length fits
CLOSING_SECONDS = (
    2.0  # an answer that is clear is taken when the server has not closed the connection until then
)

Address: TypeAlias = tuple[socket.AddressFamily, Any]


class Opened(NamedTuple):
    """A connection; ``certificate_expires`` is known where it is encrypted."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    certificate_expires: dt.datetime | None


@contextlib.asynccontextmanager
async def opened(route: Route) -> AsyncIterator[Opened]:
    """A connection, closed with its block whatever happens in it.

    Raises ``HostUnknown``, ``ConnectionFailed``, ``TlsFailed``, ``CertificateRejected`` or ``NoAnswer``.
    """
    reader, writer = await _connect(route)
    try:
        yield Opened(reader, writer, _expiry(writer))
    finally:
        writer.transport.abort()  # never waits, also not for a peer that is silent


async def exchange(route: Route, connection: Opened, message: bytes, parser: AnswerParser) -> Answer:
    """Writes the request and reads the answer to its end.

    Raises CPR's error as soon as its header is there, whatever becomes of the rest; else ``AnswerBroken`` or ``NoAnswer``.
    Every error says by ``may_have_reached`` whether CPR may have done it.
    """
    with _sending():
        connection.writer.write(message)
        await _read(route, connection, parser)
    return parser.finish()


@contextlib.contextmanager
def _sending() -> Iterator[None]:
    """From here on CPR may have the request: what fails says so."""
    try:
        yield
    except TransportError as error:
        error.may_have_reached = True
        raise


async def _read(route: Route, connection: Opened, parser: AnswerParser) -> None:
    """Feeds the parser until the end of the stream, or until the answer is clear and the server does not close."""
    limits = route.limits
    phase, seconds = Phase.FIRST_BYTE, min(limits.first_byte_seconds, limits.answer_seconds)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    try:
        async with asyncio.timeout_at(begun + seconds) as limit:
            while data := await _chunk(connection.reader, parser):
                parser.feed(data)
                if phase is Phase.FIRST_BYTE:
                    phase, seconds = Phase.ANSWER, limits.answer_seconds
                    limit.reschedule(begun + seconds)
                if parser.is_decided:
                    limit.reschedule(min(begun + seconds, loop.time() + CLOSING_SECONDS))
    except TimeoutError as error:
        if not parser.is_decided:
            raise NoAnswer(route.address, phase, seconds) from error


async def _chunk(reader: asyncio.StreamReader, parser: AnswerParser) -> bytes:
    """The next bytes; none at the end of the stream, however it came about, once the answer is clear."""
    try:
        return await reader.read(CHUNK_BYTES)
    except OSError as error:  # reset, or what TLS calls it
        if parser.is_decided:
            return b""
        raise AnswerCut(parser.received, words(error)) from error


async def _connect(route: Route) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Address, TCP and TLS, one by one, so that each is to blame for itself; within one time limit."""
    phase, seconds = Phase.ADDRESS, route.limits.connect_seconds
    try:
        async with asyncio.timeout(seconds):
            with named(route.address):
                addresses = await _addresses(route)
                phase = Phase.CONNECTION
                plain = await _tcp(route, addresses, seconds / len(addresses))
                phase = Phase.ENCRYPTION
                return await _streams(route, plain)
    except TimeoutError as error:
        raise NoAnswer(route.address, phase, seconds) from error
    except ServerError as error:
        error.phase = phase
        raise


async def _addresses(route: Route) -> list[Address]:
    if literal := _literal(route):
        return [literal]
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(route.host, route.port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))


def _literal(route: Route) -> Address | None:
    """The address, where the host is given as one: no thread has to ask for it."""
    try:
        version = ipaddress.ip_address(route.host).version
    except ValueError:
        return None
    return (socket.AF_INET if version == 4 else socket.AF_INET6), (route.host, route.port)


async def _tcp(route: Route, addresses: list[Address], seconds: float) -> socket.socket:
    """A connection to the first address that takes one; each has its share of the time."""
    failure: Exception = ConnectionFailed(route.address)
    for address in addresses:
        try:
            async with asyncio.timeout(seconds):
                return await _tcp_to(address)
        except OSError as error:  # a time limit is one, too
            failure = error
    raise failure


async def _tcp_to(address: Address) -> socket.socket:
    plain = socket.socket(address[0], socket.SOCK_STREAM)
    try:
        plain.setblocking(False)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(plain, address[1])
    except BaseException:
        plain.close()
        raise
    return plain


async def _streams(route: Route, plain: socket.socket) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """The socket belongs to the transport from here on, which closes it when this fails."""
    if route.context is None:
        return await asyncio.open_connection(sock=plain)
    return await asyncio.open_connection(
        sock=plain,
        ssl=route.context,
        server_hostname=route.server_name,
        ssl_handshake_timeout=route.limits.connect_seconds,
        ssl_shutdown_timeout=CLOSING_SECONDS,
    )


def _expiry(writer: asyncio.StreamWriter) -> dt.datetime | None:
    certificate = writer.get_extra_info("peercert") or {}
    if "notAfter" not in certificate:
        return None
    return dt.datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), dt.UTC)
