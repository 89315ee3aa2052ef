"""Answers before they are sent: a status and a JSON body, and how a fault spoils their sending."""

import asyncio
import contextlib
import dataclasses
from typing import Any, ClassVar

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from registerbro_sandbox.logic.faults import LogicWrong

_HTML = (
    b"<!DOCTYPE html><html><head><title>Service unavailable</title></head><body><h1>Sorry</h1></body></html>"
)
_BOM = b"\xef\xbb\xbf"
_JSON, _PAGE = "application/json; charset=utf-8", "text/html"


class _Nothing:
    """No body at all, which is not null."""


@dataclasses.dataclass(frozen=True, slots=True)
class Reply:
    """What a call is answered with."""

    NOTHING: ClassVar = _Nothing()

    status: int
    body: Any = NOTHING


def sent(reply: Reply) -> Response:
    """A reply as it should be."""
    content = b"" if reply.body is Reply.NOTHING else orjson.dumps(reply.body)
    return Response(content, reply.status, media_type=_JSON)


async def spoilt(reply: Reply, wrong: LogicWrong, request: Request) -> Response:
    """A reply as a fault has it; who is gone is not waited for."""
    if wrong.first_byte_seconds:
        await _pause(wrong.first_byte_seconds, request)
    status = wrong.status or reply.status
    if wrong.html:
        content, kind = _HTML, _PAGE
    else:
        body = orjson.dumps(wrong.shaped(reply.body)) if reply.body is not Reply.NOTHING else b""
        content, kind = (_BOM if wrong.bom else b"") + body, _JSON
    headers = {} if wrong.retry_after is None else {"Retry-After": str(wrong.retry_after)}
    if wrong.close_after is not None:
        return _CutOff(content, wrong.close_after, status, headers=headers, media_type=kind)
    return Response(content, status, headers=headers, media_type=kind)


async def _pause(seconds: float, request: Request) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await request.receive())["type"] != "http.disconnect":
                pass


class _CutOff(Response):
    """Announces all of its body, sends the beginning, and is gone."""

    def __init__(self, content: bytes, after: int, status: int, **more: Any) -> None:
        super().__init__(content, status, **more)
        self._after = min(after, max(len(content) - 1, 0))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body[: self._after], "more_body": True})
