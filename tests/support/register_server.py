"""A register as far as HTTP goes: a server on this machine that answers what a test says, and misbehaves as it is told.

It speaks HTTP/1.1 itself, because what is tested is what others do wrong: answers that stall, break off or are cut.
"""

import asyncio
import contextlib
import dataclasses
import json
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

JSON = {"Content-Type": "application/json"}
HTML_PAGE = b"<!DOCTYPE html><html><body>Service is down</body></html>"


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """A request as it arrived; header names in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> Mapping[str, str]:
        """A form in the body."""
        return dict(parse_qsl(self.body.decode()))


@dataclasses.dataclass(frozen=True, slots=True)
class Reply:
    """An answer; ``promises`` is a length that is told and not kept."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    promises: int | None = None


class Stall:
    """No answer, ever."""


class Reset:
    """The connection is cut in place of an answer."""


Behaviour: TypeAlias = Reply | Stall | Reset
Answerer: TypeAlias = Callable[[Asked], Behaviour]


def said(content: Any, status: int = 200, **headers: str) -> Reply:
    """JSON."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps(content).encode(), {**JSON, **fields})


def html(status: int = 200) -> Reply:
    """What a gateway says in place of the service behind it."""
    return Reply(status, HTML_PAGE, {"Content-Type": "text/html"})


@dataclasses.dataclass(slots=True)
class RegisterServer:
    """The running server; ``answers`` may be changed while it runs."""

    url: str
    answers: Answerer
    asked: list[Asked] = dataclasses.field(default_factory=list)
    connections: int = 0

    @property
    def port(self) -> int:
        """Where it listens."""
        return urlsplit(self.url).port or 0


@contextlib.asynccontextmanager
async def register_server(
    answers: Answerer, *, context: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[RegisterServer]:
    """The server on a free port until the block ends; with a context it speaks TLS."""
    server = RegisterServer("", answers)
    tasks: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        server.connections += 1
        try:
            while await _exchange(server, reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            return  # cancelled only below, when the block ends
        finally:
            tasks.discard(task)
            writer.close()

    listening = await asyncio.start_server(serve, host, 0, ssl=context)
    port = listening.sockets[0].getsockname()[1]
    server.url = f"{'https' if context else 'http'}://{host}:{port}"
    try:
        yield server
    finally:
        listening.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await listening.wait_closed()


async def _exchange(
    server: RegisterServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    """One question and its answer; False when the connection is over."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = dict(_header(line) for line in head[1:] if line)
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    parts = urlsplit(target)
    asked = Asked(method, parts.path, dict(parse_qsl(parts.query)), headers, body)
    server.asked.append(asked)
    behaviour = server.answers(asked)
    match behaviour:
        case Stall():
            await asyncio.Event().wait()
        case Reset():
            writer.transport.abort()
        case Reply():
            length = len(behaviour.body) if behaviour.promises is None else behaviour.promises
            lines = [f"HTTP/1.1 {behaviour.status} Said", f"Content-Length: {length}"]
            lines += [f"{name}: {value}" for name, value in behaviour.headers.items()]
            writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + behaviour.body)
            await writer.drain()
            return length == len(behaviour.body)
    return False


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()
