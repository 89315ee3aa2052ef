"""Answers that end in time, also where a library reads them as a whole."""

import ssl
from collections.abc import AsyncIterator
from typing import cast

import httpx2

from registerbro.registers.errors import AnswerUnusable


class BoundedTransport(httpx2.AsyncHTTPTransport):
    """Connections for those who read an answer as a whole: one that is longer than the limit is ``AnswerUnusable``."""

    def __init__(self, context: ssl.SSLContext, longest: int, *, proxy: httpx2.Proxy | None = None) -> None:
        super().__init__(verify=context, trust_env=False, proxy=proxy)
        self._longest = longest

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer, whose body counts itself as it is read."""
        response = await super().handle_async_request(request)
        response.stream = _Bounded(cast("httpx2.AsyncByteStream", response.stream), self._longest)
        return response


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, longest: int) -> None:
        self._stream = stream
        self._longest = longest

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._stream:
            size += len(chunk)
            if size > self._longest:
                raise AnswerUnusable(f"the answer is longer than {self._longest} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
