"""The services as one ASGI application for each host, with whatever goes wrong on request."""

import asyncio
import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

import orjson
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive, Scope, Send

from registerbro_sandbox.calls import CallLedger
from registerbro_sandbox.datafordeler.access import Caller
from registerbro_sandbox.datafordeler.answers import HTML, PROBLEM, TEXT, Answer, html, json_answer, problem
from registerbro_sandbox.datafordeler.faults import NOTHING, DatafordelerFaults, DatafordelerWrong
from registerbro_sandbox.datafordeler.services import Inquiry, Service

log = structlog.get_logger(__name__)
HEALTH_PATH = "/sandbox/health"
CALLS_PATH = "/sandbox/calls"
"""Both are answered whatever goes wrong, and not counted."""
NO_SERVICE = "none"
_RETRY_SECONDS = 1


@dataclasses.dataclass(frozen=True, slots=True)
class House:
    """What both hosts share."""

    services: tuple[Service, ...]
    faults: DatafordelerFaults
    ledger: CallLedger
    check: Callable[[], object]  # raises OSError or ValueError where the register cannot be read


class App:
    """One host. ``asks_certificates``: its connections say in their state whose certificate they came with."""

    def __init__(self, house: House, *, asks_certificates: bool) -> None:
        self._house = house
        self._asks_certificates = asks_certificates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        try:
            inquiry = await self._inquiry(Request(scope, receive))
        except ClientDisconnect:
            return
        if spared := {HEALTH_PATH: self._health, CALLS_PATH: self._calls}.get(inquiry.path):
            await _send(spared(), NOTHING, scope, receive, send)
            return
        service, operation = self._meant(inquiry)
        with self._house.ledger.call(operation):
            wrong = NOTHING
            answer = self._throttled(service, operation)
            if answer is None:
                wrong = self._house.faults.spoiling(service.group, operation) if service else NOTHING
                answer = self._answered(service, inquiry, wrong)
            self._house.ledger.answered(answer.status)
            await _send(answer, wrong, scope, receive, send)

    async def _inquiry(self, request: Request) -> Inquiry:
        name = request.scope["state"].get("certificate_name", "") if self._asks_certificates else None
        parameters = {key.lower(): value for key, value in request.query_params.items()}
        caller = Caller(name, parameters, request.headers.get("authorization", ""))
        path = request.url.path.lower().rstrip("/")
        accept = request.headers.get("accept", "")
        return Inquiry(request.method, path, caller, await request.body(), accept)

    def _meant(self, inquiry: Inquiry) -> tuple[Service | None, str]:
        for service in self._house.services:
            if operation := service.operation(inquiry):
                return service, operation
        return None, NO_SERVICE

    def _throttled(self, service: Service | None, operation: str) -> Answer | None:
        if service is None or not self._house.faults.is_too_much(service.group, operation):
            return None
        seconds = self._house.faults.wrong.retry_after
        headers = {"Retry-After": str(_RETRY_SECONDS if seconds is None else seconds)}
        return Answer(429, b"Too Many Requests", TEXT, headers)

    def _answered(self, service: Service | None, inquiry: Inquiry, wrong: DatafordelerWrong) -> Answer:
        if service is None:
            return html(404, "Not Found")
        if wrong.status:
            return _failed(service, wrong)
        try:
            rights = wrong.model_copy(update={"deny": self._house.faults.wrong.deny})
            answer = service.answer(inquiry, rights)
        except Exception:
            log.exception("datafordeler inquiry failed")
            return html(500, "Internal Server Error")
        return _changed(answer, wrong)

    def _health(self) -> Answer:
        try:
            self._house.check()
        except (OSError, ValueError) as error:
            log.warning("register of companies cannot be read", error=type(error).__name__)
            return Answer(503, b"the register cannot be read", TEXT)
        return Answer(200, b"ok", TEXT)

    def _calls(self) -> Answer:
        calls = self._house.ledger.calls
        statuses = {str(status): count for status, count in calls.statuses.items()}
        return json_answer(
            {"operations": dict(calls.operations), "statuses": statuses, "most_open": calls.most_open}
        )


def _failed(service: Service, wrong: DatafordelerWrong) -> Answer:
    status = wrong.status or 500
    headers = {} if wrong.retry_after is None else {"Retry-After": str(wrong.retry_after)}
    if service.group == "graphql" and status == 401:
        answer = problem(status, "DAF-AUTH-0005", "Access denied. No authentication method found.")
    else:
        answer = html(status, "Gateway Error")
    return dataclasses.replace(answer, headers={**answer.headers, **headers})


def _changed(answer: Answer, wrong: DatafordelerWrong) -> Answer:
    """An answer with fields that are missing or of another type, or a page in its place."""
    if wrong.html:
        return html(answer.status, "Service Maintenance")
    if not (wrong.missing or wrong.retyped) or answer.kind in {HTML, TEXT, PROBLEM}:
        return answer
    body = _without(orjson.loads(answer.content), frozenset(wrong.missing), frozenset(wrong.retyped))
    return dataclasses.replace(answer, content=orjson.dumps(body))


def _without(value: Any, missing: frozenset[str], retyped: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [_without(each, missing, retyped) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: [each] if name in retyped else _without(each, missing, retyped)
        for name, each in value.items()
        if name not in missing
    }


async def _send(answer: Answer, wrong: DatafordelerWrong, scope: Scope, receive: Receive, send: Send) -> None:
    """An answer on its way: late, in part, or as it should be."""
    if wrong.first_byte_seconds and await _is_gone(receive, wrong.first_byte_seconds):
        return
    headers = {"Content-Type": answer.kind, "Content-Length": str(len(answer.content)), **answer.headers}
    await send({"type": "http.response.start", "status": answer.status, "headers": list(_encoded(headers))})
    ends = [
        at for at in (wrong.stall_after, wrong.close_after) if at is not None and at < len(answer.content)
    ]
    if not ends:
        await send(_part(answer.content, more=False))
        return
    await send(_part(answer.content[: min(ends)], more=True))
    if wrong.stall_after != min(ends):
        scope["state"]["cut"]()
    await _is_gone(receive, None)


async def _is_gone(receive: Receive, seconds: float | None) -> bool:
    """Wait, unless the client goes away meanwhile; None: until it does."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


def _part(content: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": content, "more_body": more}


def _encoded(headers: dict[str, str]) -> Iterable[tuple[bytes, bytes]]:
    return ((name.lower().encode(), value.encode()) for name, value in headers.items())
