"""One connection of CPR Direkte: TLS, one request, one answer, the end."""

import asyncio
import contextlib
import dataclasses
import datetime as dt
import socket
import ssl
from typing import NamedTuple

import structlog

from registerbro_sandbox.direct.answers import Answer
from registerbro_sandbox.direct.certificates import Certificates
from registerbro_sandbox.direct.desk import Desk
from registerbro_sandbox.direct.faults import Sending, Turn
from registerbro_sandbox.direct.ledger import DirectLedger
from registerbro_sandbox.direct.requests import LOGON, Logon, Lookup, Malformed, Request, Silent, receive

log = structlog.get_logger(__name__)
PATIENCE = dt.timedelta(seconds=30)  # for a client's request
_HANDSHAKE_SECONDS = 10.0
_CLOSING_SECONDS = 5.0


class Streams(NamedTuple):
    """What a client sends, and what it gets."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


@dataclasses.dataclass(frozen=True, slots=True)
class House:
    """What all connections share."""

    desk: Desk
    certificates: Certificates | None  # None: no TLS
    ledger: DirectLedger


@dataclasses.dataclass(frozen=True, slots=True)
class Conversation:
    """A client at an address; a health check is answered, and not counted."""

    house: House
    address: str
    turn: Turn
    is_health_check: bool

    async def hold(self, connected: socket.socket) -> None:
        """From the first byte to the last. It counts as open until the answer is out: then the client may open another."""
        with contextlib.nullcontext() if self.is_health_check else self.house.ledger.connection():
            if self.turn.happens(self.turn.wrong.refuse):
                return
            try:
                streams = await self._opened(connected)
                await self._exchange(streams)
            except (OSError, EOFError, Silent):
                self._note_failure()
                return
        await _closed(streams.writer)

    async def _opened(self, connected: socket.socket) -> Streams:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        context = self._context()
        transport, _ = await loop.connect_accepted_socket(
            lambda: protocol,
            connected,
            ssl=context,
            ssl_handshake_timeout=_HANDSHAKE_SECONDS if context else None,
            ssl_shutdown_timeout=_CLOSING_SECONDS if context else None,
        )
        return Streams(reader, asyncio.StreamWriter(transport, protocol, reader, loop))

    def _context(self) -> ssl.SSLContext | None:
        if self.house.certificates is None:
            return None
        bad = self.turn.wrong.certificate
        return self.house.certificates.context(bad if self.turn.happens(bad is not None) else None)

    async def _exchange(self, streams: Streams) -> None:
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                request = await receive(streams.reader)
            await self._send(streams, await self._answer(request))
        except Malformed as error:
            log.warning("direct request not understood", problem=error.problem)
            self.house.ledger.malformed()
        except BaseException:
            streams.writer.transport.abort()
            raise

    async def _answer(self, request: Request) -> Answer:
        if self.is_health_check:
            return self.house.desk.greet(request)
        wrong = self.turn.wrong
        concerned = wrong.error is not None and wrong.concerns(is_logon=isinstance(request, Logon))
        if self.turn.happens(concerned) and wrong.error:
            answer = self.house.desk.refuse(request, wrong.error)
        else:
            answer = await self.house.desk.answer(request, self.address)
        self._note(request, answer.error)
        return answer

    def _note(self, request: Request, error: int) -> None:
        match request:
            case Logon():
                self.house.ledger.logon(request.user, error, changes_password=request.changes_password)
            case Lookup():
                self.house.ledger.request(f"{request.subscription_type}{request.data_type}", error)

    def _note_failure(self) -> None:
        if not self.is_health_check:
            self.house.ledger.failed()

    async def _send(self, streams: Streams, answer: Answer) -> None:
        content, wrong = answer.encode(), self.turn.wrong
        concerned = wrong.concerns(is_logon=answer.subscription_type == LOGON)
        if self.turn.happens(concerned and wrong.spoils(has_data=answer.has_data)):
            await _send_wrongly(streams, Sending.of(content, wrong))
            return
        streams.writer.write(content)
        await streams.writer.drain()


async def _send_wrongly(streams: Streams, sending: Sending) -> None:
    await asyncio.sleep(sending.first_byte_seconds)
    for at in range(0, len(sending.content), sending.piece):
        streams.writer.write(sending.content[at : at + sending.piece])
        await streams.writer.drain()
        await asyncio.sleep(sending.piece_seconds)
    if sending.stalls:
        await _until_gone(streams)


async def _until_gone(streams: Streams) -> None:
    """Say nothing until the client has gone."""
    while await streams.reader.read(1):
        pass


async def _closed(writer: asyncio.StreamWriter) -> None:
    """Close once everything written has gone out; a client that does not let go is left."""
    writer.close()
    try:
        async with asyncio.timeout(_CLOSING_SECONDS):
            await writer.wait_closed()
    except OSError:  # gone already, or out of patience
        writer.transport.abort()
    except asyncio.CancelledError:
        writer.transport.abort()
        raise
