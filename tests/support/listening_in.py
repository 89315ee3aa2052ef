"""Where the privacy guard stands: at the functions through which all that leaves the process has to pass."""

import contextlib
import contextvars
import functools
import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Protocol
from unittest import mock

import httpx
import httpx2
from fastapi.responses import JSONResponse
from prometheus_client.metrics import MetricWrapperBase
from registerbro.access_log import AccessLog
from registerbro.events import Event
from registerbro.problems import Problem
from registerbro.registers.calling import Answer
from registerbro.registers.transport import HttpCaller
from starlette.types import Receive, Scope, Send

_ASKS_REGISTER = contextvars.ContextVar("a call that the registers' transport sends", default=False)


class Guard(Protocol):
    """Who looks."""

    def log(self, record: logging.LogRecord) -> None:
        """At a log record."""

    def labels(self, metric: str, labels: Any) -> None:
        """At a metric's labels."""

    def event(self, body: str) -> None:
        """At an event."""

    def url(self, direction: str, url: str) -> None:
        """At a URL."""

    def error_answer(self, body: bytes) -> None:
        """At an error's answer."""


@contextlib.contextmanager
def listening_in(guard: Guard) -> Iterator[None]:
    """Shows the guard what passes while the block lasts. What the functions do stays as it is."""
    places: tuple[tuple[type, str, Callable[[Guard, Any], Any]], ...] = (
        (logging.Handler, "handle", _records),
        (MetricWrapperBase, "labels", _labels),
        (Event, "to_cloudevent_json", _events),
        (httpx.AsyncClient, "send", _calls),
        (httpx.Client, "send", _calls),
        (httpx2.AsyncClient, "send", _calls),
        (httpx2.Client, "send", _calls),
        (HttpCaller, "_sent", _register_calls),
        (AccessLog, "__call__", _requests),
        (Problem, "response", _errors),
    )
    with contextlib.ExitStack() as stack:
        for kind, name, watched in places:
            stack.enter_context(mock.patch.object(kind, name, watched(guard, getattr(kind, name))))
        yield


def _records(guard: Guard, handle: Callable[..., bool]) -> Callable[..., bool]:
    @functools.wraps(handle)
    def watched(handler: logging.Handler, record: logging.LogRecord) -> bool:
        guard.log(record)
        return handle(handler, record)

    return watched


def _labels(guard: Guard, labels: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(labels)
    def watched(metric: MetricWrapperBase, *values: object, **named: object) -> Any:
        guard.labels(metric._name, (*values, *named.values()))
        return labels(metric, *values, **named)

    return watched


def _events(guard: Guard, to_json: Callable[[Event], str]) -> Callable[[Event], str]:
    @functools.wraps(to_json)
    def watched(event: Event) -> str:
        body = to_json(event)
        guard.event(body)
        return body

    return watched


def _calls(guard: Guard, send: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(send)
    def watched(client: object, request: httpx.Request, **options: Any) -> Any:
        if not _ASKS_REGISTER.get():
            guard.url("called", str(request.url))
        return send(client, request, **options)

    return watched


def _register_calls(guard: Guard, sent: Callable[..., Awaitable[Answer]]) -> Callable[..., Awaitable[Answer]]:
    """CVR's providers want numbers, and some of them secrets, in their URLs; nothing else that a call leaves behind is let pass."""
    del guard

    @functools.wraps(sent)
    async def watched(*call: object) -> Answer:
        mark = _ASKS_REGISTER.set(True)
        try:
            return await sent(*call)
        finally:
            _ASKS_REGISTER.reset(mark)

    return watched


def _requests(guard: Guard, call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(call)
    async def watched(app: AccessLog, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            guard.url("received", f"{scope['path']}?{scope.get('query_string', b'').decode('latin-1')}")
        await call(app, scope, receive, send)

    return watched


def _errors(guard: Guard, response: Callable[[Problem], JSONResponse]) -> Callable[[Problem], JSONResponse]:
    @functools.wraps(response)
    def watched(problem: Problem) -> JSONResponse:
        answer = response(problem)
        guard.error_answer(bytes(answer.body))
        return answer

    return watched
