"""An HTTP proxy as networks have one on their edge: it tunnels, forwards what is not encrypted, and may want a user and password.

async with connect_proxy(user="user:password") as proxy:
    client = connect(proxy.url)
    proxy.asked    # request lines, as they came
    proxy.answer   # set: said to everybody in place of a connection
"""

import asyncio
import base64
import contextlib
import dataclasses
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

CHUNK_BYTES = 65536


@dataclasses.dataclass(slots=True)
class ConnectProxy:
    """The running proxy."""

    user: str  # user:password that it wants; empty: it lets everybody pass
    host: str = "localhost"
    port: int = 0
    asked: list[str] = dataclasses.field(default_factory=list)
    answer: bytes = b""

    @property
    def url(self) -> str:
        """For clients, with the user that it wants."""
        return (
            f"http://{self.user}@{self.host}:{self.port}" if self.user else f"http://{self.host}:{self.port}"
        )

    def refusal(self, head: str) -> bytes:
        """What is said in place of a connection; nothing where there is to be one."""
        wanted = f"proxy-authorization: basic {base64.b64encode(self.user.encode()).decode()}".lower()
        if self.user and wanted not in head.lower():
            return b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
        return self.answer


@contextlib.asynccontextmanager
async def connect_proxy(*, user: str = "") -> AsyncIterator[ConnectProxy]:
    """The proxy on a free port, until the block ends."""
    proxy = ConnectProxy(user)
    tasks: set[asyncio.Task[None]] = set()

    async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await _serve(proxy, reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            return  # cancelled only below, when the block ends
        finally:
            tasks.discard(task)
            writer.close()

    listening = await asyncio.start_server(accepted, proxy.host, 0)
    proxy.port = listening.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        listening.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await listening.wait_closed()


async def _serve(proxy: ConnectProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    proxy.asked.append(head.partition("\r\n")[0])
    if refusal := proxy.refusal(head):
        writer.write(refusal)
        return
    method, target, _ = head.split(" ", 2)
    place = urlsplit(f"//{target}" if method == "CONNECT" else target)
    others = await asyncio.open_connection(place.hostname, place.port)
    if method == "CONNECT":
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    else:
        others[1].write(head.replace(target, target[target.index("/", 8) :], 1).encode("latin-1"))
    try:
        await asyncio.gather(_pump(reader, others[1]), _pump(others[0], writer))
    finally:
        others[1].close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
        writer.close()
