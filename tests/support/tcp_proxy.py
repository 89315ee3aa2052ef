"""A TCP proxy between a client and a server under test that cuts, stalls, corrupts and splits what passes.

async with TcpProxy("127.0.0.1", port) as proxy:
    client = connect(proxy.host, proxy.port)
    proxy.cut()            # resets every connection; new ones are let through
    proxy.refuse()         # closes new connections at once, until proxy.accept()
    proxy.stall()          # nothing passes any more, in either direction, until proxy.flow()
    proxy.corrupt(100)     # flips the bits of the 100th byte from now that the server sends
    proxy.cut_after(100)   # resets every connection once the server has sent so many bytes more
    proxy.stall_after(100) # stalls once the server has sent so many bytes more
    proxy.segment(1)       # passes on what the server sends in pieces of so many bytes
"""

import asyncio
import contextlib
import socket
import struct

CHUNK_BYTES = 65536
LINGER_ZERO = struct.pack("ii", 1, 0)  # close() sends RST


class TcpProxy:
    """Passes connections on to one server, while its ``async with`` block lasts."""

    def __init__(self, target_host: str, target_port: int) -> None:
        self._target = (target_host, target_port)
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._is_refusing = False
        self._bytes_until_corruption: int | None = None
        self._bytes_until_cut: int | None = None
        self._bytes_until_stall: int | None = None
        self._segment = CHUNK_BYTES
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server
        self.host = "127.0.0.1"
        self.port = 0
        self.connections = 0  # accepted so far

    async def __aenter__(self) -> "TcpProxy":
        self._server = await asyncio.start_server(self._accepted, self.host, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Resets every connection."""
        for writer in list(self._writers):
            _reset(writer)

    def refuse(self) -> None:
        """Cuts, and closes every new connection at once."""
        self._is_refusing = True
        self.cut()

    def accept(self) -> None:
        """Lets new connections through again."""
        self._is_refusing = False

    def stall(self) -> None:
        """Holds everything back, without closing anything: a network gone silent."""
        self._flowing.clear()

    def flow(self) -> None:
        """Passes on what was held back, and everything after."""
        self._flowing.set()

    def corrupt(self, after_bytes: int = 0) -> None:
        """Flips the bits of one byte that the server sends, after so many others."""
        self._bytes_until_corruption = after_bytes

    def cut_after(self, more_bytes: int | None) -> None:
        """Cuts once the server has sent so many bytes more, over all connections; None: not any more."""
        self._bytes_until_cut = more_bytes

    def stall_after(self, more_bytes: int | None) -> None:
        """Stalls once the server has sent so many bytes more, over all connections; None: not any more."""
        self._bytes_until_stall = more_bytes

    def segment(self, size: int) -> None:
        """Passes on what the server sends in pieces of at most so many bytes."""
        self._segment = size

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.connections += 1
        if self._is_refusing:
            _reset(writer)
            return
        try:
            server_reader, server_writer = await asyncio.open_connection(*self._target)
        except OSError:
            _reset(writer)
            return
        self._writers |= {writer, server_writer}
        try:
            await asyncio.gather(
                self._pump(reader, server_writer, is_from_server=False),
                self._pump(server_reader, writer, is_from_server=True),
            )
        finally:
            for each in (writer, server_writer):
                self._writers.discard(each)
                each.close()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_from_server: bool
    ) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(CHUNK_BYTES):
                await self._flowing.wait()
                chunk, is_last = self._until_cut(chunk) if is_from_server else (chunk, False)
                chunk, held = self._until_stall(chunk) if is_from_server else (chunk, None)
                pieces = self._pieces(chunk) if is_from_server else [chunk]
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                if held is not None:
                    await self._flowing.wait()
                    writer.write(held)
                if is_last:
                    self.cut()
            if writer.can_write_eof():
                writer.write_eof()

    def _until_cut(self, chunk: bytes) -> tuple[bytes, bool]:
        if self._bytes_until_cut is None:
            return chunk, False
        passed = chunk[: self._bytes_until_cut]
        self._bytes_until_cut -= len(passed)
        if self._bytes_until_cut:
            return passed, False
        self._bytes_until_cut = None
        return passed, True

    def _until_stall(self, chunk: bytes) -> tuple[bytes, bytes | None]:
        """What passes, and what is held back once nothing passes any more."""
        if self._bytes_until_stall is None:
            return chunk, None
        passed = chunk[: self._bytes_until_stall]
        self._bytes_until_stall -= len(passed)
        if self._bytes_until_stall:
            return passed, None
        self._bytes_until_stall = None
        self.stall()
        return passed, chunk[len(passed) :]

    def _pieces(self, chunk: bytes) -> list[bytes]:
        if self._bytes_until_corruption is not None:
            position, self._bytes_until_corruption = self._bytes_until_corruption, None
            if position < len(chunk):
                chunk = chunk[:position] + bytes([chunk[position] ^ 0xFF]) + chunk[position + 1 :]
            else:
                self._bytes_until_corruption = position - len(chunk)
        return [chunk[start : start + self._segment] for start in range(0, len(chunk), self._segment)]


def _reset(writer: asyncio.StreamWriter) -> None:
    plain = writer.get_extra_info("socket")
    if plain is not None and plain.fileno() >= 0:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
    writer.transport.abort()
