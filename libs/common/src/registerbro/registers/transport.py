"""Calls to one provider over HTTP: with its credentials, within its limits, again where that makes sense.

Secrets stand in some URLs (Datafordeleren's password and API key), and the numbers that were asked for in many: no URL is logged or
told, and what the HTTP library logs loses all of them but the host.
"""

import asyncio
import contextlib
import datetime as dt
import http
import logging
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx2
import tenacity
from opentelemetry import trace
from pydantic import SecretStr

from registerbro.registers import metrics
from registerbro.registers.calling import Answer
from registerbro.registers.errors import (
    AnswerUnusable,
    CallRefused,
    NotConfigured,
    Refused,
    ServerFailed,
    Throttled,
    Unreachable,
)
from registerbro.registers.failures import retry_after, throttled, told
from registerbro.registers.pacing import Paced
from registerbro.registers.port import Provider
from registerbro.registers.proxies import Proxy
from registerbro.registers.settings import CvrLimitSettings
from registerbro.registers.tls import Clients
from registerbro.registers.tokens import Tokens

PAUSE_UNTOLD = dt.timedelta(seconds=2)  # after a 429 that does not say how long
SPURIOUS = b"DAF-AUTH-0005"  # Datafordeleren refuses a good key now and then; the next call passes
_FIRST_PAUSE = 0.1  # seconds, before another try
_LONGEST_PAUSE = 3.0
_MEANINGFUL = frozenset({http.HTTPStatus.BAD_REQUEST, http.HTTPStatus.NOT_FOUND})
_BEHIND_HOST = re.compile(r"(?<=://)([^/?\s\"']+)[/?][^\s\"']*")
tracer = trace.get_tracer(__name__)


class _RefusedForNow(CallRefused):
    """Another try may pass: with a new token, or because the refusal was an error of the register."""


class HttpCaller:
    """``calling.Caller`` over HTTP."""

    def __init__(
        self,
        provider: Provider,
        url: str,
        *,
        clients: Clients,
        pace: Paced,
        limits: CvrLimitSettings,
        tokens: Tokens | None = None,
        query: Mapping[str, SecretStr] | None = None,
        proxy: Proxy | None = None,
    ) -> None:
        self._provider = provider
        self._url = url.rstrip("/")
        self._host = urlsplit(url).hostname or ""
        self._clients = clients
        self._pace = pace
        self._limits = limits
        self._tokens = tokens
        self._query = query or {}
        self._proxy = proxy
        self._turns = asyncio.Semaphore(limits.at_once)

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
    ) -> Answer:
        """The answer to a call, as ``calling.Caller`` has it."""
        request = {"params": {**self._secrets(), **(params or {})}, "json": json}
        with metrics.counted(self._provider), self._span(method):
            try:
                return await self._tried(method, path, request)
            except _RefusedForNow:
                return await self._tried(method, path, request)

    async def _tried(self, method: str, path: str, request: Mapping[str, Any]) -> Answer:
        async for attempt in tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(self._limits.tries),
            wait=tenacity.wait_random_exponential(_FIRST_PAUSE, max=_LONGEST_PAUSE),
            retry=tenacity.retry_if_exception(self._is_worth_another_try),
            reraise=True,
        ):
            with attempt:
                return await self._once(method, path, request)
        raise AssertionError("tenacity ends with an answer or an error")

    def _is_worth_another_try(self, error: BaseException) -> bool:
        """A time-out is not: it has cost its time already. All calls may be made twice."""
        if isinstance(error, Throttled | ServerFailed):
            wait = error.retry_after
            return wait is None or wait.total_seconds() <= self._limits.longest_wait_seconds
        return isinstance(error, Unreachable)

    async def _once(self, method: str, path: str, request: Mapping[str, Any]) -> Answer:
        token = await self._tokens.token() if self._tokens else None
        async with self._place(), self._clients.lend() as client:
            await self._pace.turn()
            answer = await self._sent(client, method, path, request, token)
        await self._judge(answer, token)
        return answer

    @contextlib.asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """One of the calls that may be under way at once; given up after the time that one of them may take."""
        seconds = self._limits.answer_seconds
        try:
            async with asyncio.timeout(seconds):
                await self._turns.acquire()
        except TimeoutError:
            text = f"too many calls to {self._host} are under way here"
            raise Throttled(text, retry_after=dt.timedelta(seconds=seconds)) from None
        try:
            yield
        finally:
            self._turns.release()

    async def _sent(
        self,
        client: httpx2.AsyncClient,
        method: str,
        path: str,
        request: Mapping[str, Any],
        token: str | None,
    ) -> Answer:
        headers = {"Authorization": f"Bearer {token}"} if token else None
        metrics.REQUESTS.labels(self._provider).inc()
        with told(self._host, self._proxy):
            async with (
                asyncio.timeout(self._limits.connect_seconds + self._limits.answer_seconds),
                client.stream(method, self._url + path, headers=headers, **request) as response,
            ):
                return Answer(response.status_code, await self._body(response), response.headers)

    async def _body(self, response: httpx2.Response) -> bytes:
        content = bytearray()
        async for chunk in response.aiter_bytes():
            content += chunk
            if len(content) > self._limits.answer_bytes:
                raise AnswerUnusable(
                    f"the answer of {self._host} is longer than {self._limits.answer_bytes} bytes"
                )
        return bytes(content)

    async def _judge(self, answer: Answer, token: str | None) -> None:
        """Raises the error that a status stands for; 2xx, 400 and 404 are the adapter's."""
        status = answer.status
        if http.HTTPStatus.OK <= status < http.HTTPStatus.MULTIPLE_CHOICES or status in _MEANINGFUL:
            return
        wait = retry_after(answer.headers, dt.datetime.now(dt.UTC))
        match status:
            case http.HTTPStatus.UNAUTHORIZED | http.HTTPStatus.FORBIDDEN:
                raise self._refusal(answer, token)
            case http.HTTPStatus.TOO_MANY_REQUESTS:
                await self._pace.pause(PAUSE_UNTOLD if wait is None else wait)
                raise throttled(self._host, wait)
            case http.HTTPStatus.SERVICE_UNAVAILABLE if wait is not None:
                await self._pace.pause(wait)
                raise throttled(self._host, wait)
        if status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
            raise ServerFailed(f"{self._host} failed: it answered {status}", status=status)
        what = "a redirect, which is not followed" if status < http.HTTPStatus.BAD_REQUEST else "an error"
        raise Refused(f"{self._host} answered {status}, {what}", code=str(status), status=status)

    def _refusal(self, answer: Answer, token: str | None) -> CallRefused:
        text = f"{self._host} refused the call: it answered {answer.status}"
        is_unauthorized = answer.status == http.HTTPStatus.UNAUTHORIZED
        if is_unauthorized and token is not None and self._tokens is not None:
            self._tokens.forget(token)
            return _RefusedForNow(text, status=answer.status)
        kind = _RefusedForNow if is_unauthorized and SPURIOUS in answer.content else CallRefused
        return kind(text, status=answer.status)

    def _secrets(self) -> dict[str, str]:
        return {name: value.get_secret_value() for name, value in self._query.items()}

    def _span(self, method: str) -> Any:
        attributes = {
            "registerbro.provider": str(self._provider),
            "http.request.method": method,
            "server.address": self._host,
        }
        return tracer.start_as_current_span(
            "register call", kind=trace.SpanKind.CLIENT, attributes=attributes
        )


class NoCaller:
    """``calling.Caller`` of a provider whose settings are not complete: says so at every call."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        self._reasons = reasons

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
    ) -> Answer:
        """Raises ``NotConfigured``."""
        del method, path, params, json
        raise NotConfigured(self._reasons)


def _with_hosts_alone(record: logging.LogRecord) -> bool:
    record.msg, record.args = _BEHIND_HOST.sub(r"\1/…", record.getMessage()), ()
    return True


logging.getLogger("httpx2").addFilter(_with_hosts_alone)
