"""A reverse proxy before several replicas that gives each request to the next one, as a deployment's load balancer may.

async with RoundRobin(url, replicas) as proxy:
    await proxy.only(replicas[1])   # everything goes to this one, until proxy.all()
    await proxy.all()

Every request passes this process, so that the privacy guard sees its URL.
"""

import asyncio
import contextlib
import http.cookiejar
from collections.abc import Sequence

import httpx
import uvicorn
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from tests.support.waiting import until

SECONDS = 60.0
OF_ONE_CONNECTION = frozenset({b"connection", b"keep-alive", b"transfer-encoding"})  # RFC 9110, 7.6.1
NO_COOKIES = http.cookiejar.DefaultCookiePolicy(allowed_domains=())  # they are the browsers' own


class RoundRobin:
    """Answers at a URL of this machine while its ``async with`` block lasts; ``served`` tells how many requests each replica got."""

    def __init__(self, url: str, replicas: Sequence[str]) -> None:
        self.url = url
        self.replicas = tuple(replicas)
        self._served = dict.fromkeys(replicas, 0)
        self._used = self.replicas
        config = uvicorn.Config(
            self._answer,
            port=httpx.URL(url).port or 80,
            interface="asgi3",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)

    async def __aenter__(self) -> "RoundRobin":
        self._client = httpx.AsyncClient(timeout=SECONDS, trust_env=False)
        self._client.cookies.jar.set_policy(NO_COOKIES)
        self._task = asyncio.create_task(self._server.serve())

        async def listens() -> bool:
            assert not self._task.done(), "the proxy ended"
            return self._server.started

        await until(listens)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.should_exit = True
        await self._task
        await self._client.aclose()

    async def only(self, replica: str) -> None:
        """Gives all that comes to one replica."""
        self._used = (replica,)

    async def all(self) -> None:
        """Uses all replicas in turn again."""
        self._used = self.replicas

    async def served(self) -> dict[str, int]:
        """How many requests each replica was given."""
        return dict(self._served)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        replica = self._used[sum(self._served.values()) % len(self._used)]
        self._served[replica] += 1
        request = Request(scope, receive)
        asked = self._client.build_request(
            request.method,
            f"{replica}{request.url.path}?{request.url.query}".rstrip("?"),
            headers=_passed_on(request.headers.raw),
            content=await request.body(),
        )
        told = await self._client.send(asked, stream=True)
        try:
            answer = StreamingResponse(told.aiter_raw(), told.status_code)
            answer.raw_headers = _passed_on(told.headers.raw)
            with contextlib.suppress(
                httpx.TransportError
            ):  # a replica that ends cuts its answers off, here as there
                await answer(scope, receive, send)
        finally:
            await told.aclose()


def _passed_on(headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [(name.lower(), value) for name, value in headers if name.lower() not in OF_ONE_CONNECTION]
