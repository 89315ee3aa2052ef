"""The outermost middleware: a line in the log and a count for each call, and an answer when something unexpected happens.

What is logged is the route's own path (``/runs/{run_id}``), never what stood in the request's: that may be anything.
"""

import time
import uuid

import asyncpg
import structlog
from prometheus_client import Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from registerbro.auth import Caller
from registerbro.problems import InternalError, Problem, Unavailable

SECONDS = Histogram(
    "registerbro_http_request_seconds",
    "Time from a call to its answer",
    ["service", "method", "route", "status"],
)
STORE_AWAY = (
    ConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"})
log = structlog.get_logger()


class AccessLog:
    """Logs and counts calls; turns unexpected errors into problems."""

    def __init__(self, app: ASGIApp, *, service: str) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0
        started = time.perf_counter()

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        request_id = str(uuid.uuid4())
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, watch)
            except Exception as error:
                log.exception("request failed")
                if status:
                    raise
                await _problem(error, request_id).response()(scope, receive, watch)
            finally:
                self._record(scope, status, time.perf_counter() - started)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in METHODS else "other"
        route = scope.get("registerbro.route") or "unknown"
        SECONDS.labels(self._service, method, route, str(status)).observe(seconds)
        caller = scope.get("registerbro.caller")
        log.info(
            "request",
            method=method,
            route=route,
            status=status,
            duration_ms=round(1000 * seconds, 1),
            client=caller.client if isinstance(caller, Caller) else None,
        )


def _problem(error: Exception, request_id: str) -> Problem:
    instance = f"urn:uuid:{request_id}"
    if isinstance(error, STORE_AWAY):
        return Unavailable("The contact store cannot be reached.", instance=instance)
    return InternalError(instance=instance)
