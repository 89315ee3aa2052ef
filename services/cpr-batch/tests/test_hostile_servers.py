"""Servers that say what no server should: a plain FTP server that follows a script."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest
from cpr_batch import connect, errors
from cpr_batch.batch import Batch
from cpr_batch.server_settings import FtpSettings, Protocol
from cpr_batch.servers.opening import file_server
from cpr_batch.transfer import fetch, remote_files
from pydantic import SecretStr

MakeBatch = Callable[..., Batch]
NAME = "d110901.l431101"
LINE = f"-rw-r--r-- 1 ftp ftp 9 Sep  1 2011 {NAME}\r\n".encode()


class ScriptedServer:
    """Answers each command as told, and sends ``listing`` and ``content`` over its data channel."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes] = {}
        self.pasv_host = "127,0,0,1"
        self.listing = LINE
        self.content: bytes | None = b"the bytes"
        self.asked = asyncio.Event()  # for the file
        self.port = 0
        self._data: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
        self._data_port = 0
        self._writers: list[asyncio.StreamWriter] = []
        self._sessions: list[asyncio.Task[None]] = []

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["ScriptedServer"]:
        control = await asyncio.start_server(self._accepted, "127.0.0.1", 0)
        data = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port, self._data_port = (each.sockets[0].getsockname()[1] for each in (control, data))
        try:
            yield self
        finally:
            control.close()
            data.close()
            self.hang_up()
            for session in self._sessions:
                session.cancel()
            await asyncio.gather(*self._sessions, return_exceptions=True)

    def hang_up(self) -> None:
        """Ends every connection that is not ending by itself."""
        for writer in self._writers:
            if not writer.is_closing():  # one that was closed with bytes to send cannot be aborted afterwards
                writer.transport.abort()

    def _connected(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        self._data.put_nowait(writer)

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        self._sessions.append(asyncio.create_task(self._control(reader, writer)))

    async def _control(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 ready\r\n")
        with contextlib.suppress(OSError):
            while line := await reader.readline():
                verb = line.split()[0].decode().upper()
                writer.write(self.answers.get(verb) or self._usual(verb))
                await writer.drain()
                if verb in ("LIST", "RETR") and verb not in self.answers:
                    await self._send(verb, writer)
        writer.close()

    def _usual(self, verb: str) -> bytes:
        if verb == "PASV":
            high, low = divmod(self._data_port, 256)
            return f"227 here ({self.pasv_host},{high},{low})\r\n".encode()
        usual = {
            "USER": b"331 go on\r\n",
            "PASS": b"230 in\r\n",
            "FEAT": b"502 no\r\n",
            "LIST": b"150 so\r\n",
        }
        return usual.get(verb) or (b"150 so\r\n" if verb == "RETR" else b"200 yes\r\n")

    async def _send(self, verb: str, control: asyncio.StreamWriter) -> None:
        data = await self._data.get()
        content = self.listing if verb == "LIST" else self.content
        if verb == "RETR":
            self.asked.set()
        if content is None:
            return  # and never a byte
        data.write(content)
        with contextlib.suppress(OSError):
            await data.drain()
        data.close()
        control.write(b"226 done\r\n")


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with ScriptedServer().running() as running:
        yield running


def settings(server: ScriptedServer) -> FtpSettings:
    return FtpSettings(
        protocol=Protocol.FTP,
        allow_plain=True,
        host="127.0.0.1",
        port=server.port,
        user="cpr",
        password=SecretStr("hemmelig"),
        timeout_seconds=10,
    )


async def test_data_are_not_fetched_from_another_host(server: ScriptedServer, make_batch: MakeBatch) -> None:
    server.pasv_host = "192,0,2,1"
    assert [file.name for file in await remote_files(make_batch(ftp=settings(server)))] == [NAME]


async def test_names_that_lead_elsewhere_are_not_taken(server: ScriptedServer, make_batch: MakeBatch) -> None:
    start = b"-rw-r--r-- 1 ftp ftp 9 Sep  1 2011 "
    names = [
        b"../../etc/passwd",
        b"/etc/passwd",
        b"d110902\x1b[2J",
        b"d\x00",
        b"d11 \xff",
        b".d",
        b"d" * 5_000,
    ]
    server.listing = b"".join(start + name + b"\r\n" for name in names) + LINE
    batch = make_batch(ftp=settings(server), pattern="*")
    assert [file.name for file in await remote_files(batch)] == [NAME]


async def test_a_long_list_is_read_to_its_end(server: ScriptedServer, make_batch: MakeBatch) -> None:
    server.listing = b"".join(LINE.replace(b"d1", f"e{number}".encode()) for number in range(100_000)) + LINE
    assert [file.name for file in await remote_files(make_batch(ftp=settings(server)))] == [NAME]


@pytest.mark.parametrize("piece", [b"x", LINE], ids=["line", "list"])
async def test_a_list_without_an_end_is_none(
    piece: bytes, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cpr_batch.servers.channel.LONGEST_LISTING", 1_000_000)
    server.listing = piece * (3_000_000 // len(piece))
    async with file_server(settings(server)).session() as session:
        with pytest.raises(errors.ServerError, match="without an end"):
            await session.files()


@pytest.mark.parametrize(
    "answer", [b"200-more\r\n" * 5_000, b"2" * 100_000 + b"\r\n", b"what\r\n", b"\xff\r\n"]
)
async def test_an_answer_that_is_none(answer: bytes, server: ScriptedServer, make_batch: MakeBatch) -> None:
    server.answers["USER"] = answer
    with pytest.raises(errors.ServerError):
        await remote_files(make_batch(ftp=settings(server)))


async def test_a_transfer_that_is_stopped_ends_at_once_while_it_waits_for_the_first_byte(
    server: ScriptedServer, make_batch: MakeBatch
) -> None:
    server.content = None
    transfer = asyncio.create_task(fetch(make_batch(ftp=settings(server))))
    await asyncio.wait_for(server.asked.wait(), 10)
    transfer.cancel()
    done, _ = await asyncio.wait({transfer}, timeout=10)
    server_still_waits = not done
    server.hang_up()
    await asyncio.gather(transfer, return_exceptions=True)
    assert not server_still_waits
    assert transfer.cancelled()


async def test_the_connection_test_remarks_that_nothing_is_encrypted(
    server: ScriptedServer, make_batch: MakeBatch
) -> None:
    steps = {step.name: step for step in await connect.check(make_batch(ftp=settings(server)))}
    assert all(step.is_ok for step in steps.values())
    assert "not encrypted" in str(steps["encryption"].remark)
    assert "host-key" not in steps
