"""KMD Logic itself, identity service and gateway on one port, in a thread of its own."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias
from urllib.parse import parse_qsl

import orjson
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from registerbro_sandbox.calls import CallLedger, Calls
from registerbro_sandbox.companies import World
from registerbro_sandbox.ftp.faults import HEALTH_CHECK
from registerbro_sandbox.logic import identity
from registerbro_sandbox.logic.faults import NOTHING, LogicWrong, Operation
from registerbro_sandbox.logic.gateway import Gateway, Refused
from registerbro_sandbox.logic.replies import Reply, sent, spoilt
from registerbro_sandbox.logic.subscriptions import Subscriptions
from registerbro_sandbox.logic.terms import House, Terms
from registerbro_sandbox.logic.tokens import Tokens
from registerbro_sandbox.switch import Switch
from registerbro_sandbox.web_server import ANY_PORT, WebServer

log = structlog.get_logger(__name__)
PATIENCE = dt.timedelta(seconds=10)
TOKEN_PATH = "/clientcredentials/token"  # noqa: S105
GATEWAY_PATH = "/cvr/v1"
CALLS_PATH = "/sandbox/calls"
_PREFIX = GATEWAY_PATH + "/subscriptions/{subscription}/cvr"
_LARGEST_BODY = 65_536
Work: TypeAlias = Callable[[Request, LogicWrong, bytes], Reply]


class LogicServer:
    """KMD Logic over the companies of a directory.

        with LogicServer(World.read(directory), terms) as server:
            httpx.post(server.token_url, data={...})
            httpx.get(f"{server.gateway_url}/subscriptions/…/cvr/by-cvr/26911745", headers=…)

    ``faults`` may be set at any time; ``calls`` says what was asked how often, ``subscriptions`` what is subscribed.
    """

    def __init__(self, world: World, terms: Terms, *, host: str = "127.0.0.1", port: int = ANY_PORT) -> None:
        self.world = world
        self.terms = terms
        self.faults: Switch[LogicWrong] = Switch(NOTHING)
        self.subscriptions = Subscriptions(world.directory)
        self._tokens = Tokens(terms.token_life)
        self._ledger = CallLedger()
        self._gateway = Gateway(House(terms, world, self.subscriptions))
        self._web = WebServer("kmd-logic", _lowercase(self._app()), host=host, port=port)

    @property
    def host(self) -> str:
        """The address it listens on."""
        return self._web.host

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._web.port

    @property
    def token_url(self) -> str:
        """Where tokens are given."""
        return self._web.url + TOKEN_PATH

    @property
    def gateway_url(self) -> str:
        """The base of the gateway's paths."""
        return self._web.url + GATEWAY_PATH

    @property
    def directory(self) -> Path:
        """The world's."""
        return self.world.directory

    @property
    def calls(self) -> Calls:
        """What was asked how often."""
        return self._ledger.calls

    def wait_for(self, condition: Callable[[Calls], bool], limit: dt.timedelta = PATIENCE) -> bool:
        """Wait until the counts fulfil a condition; False if they do not in time."""
        return self._ledger.wait_for(condition, limit)

    def expire_tokens(self) -> None:
        """Every token given so far has come to its end: the next call gets 401."""
        self._tokens.expire()

    def start(self) -> None:
        """Listen, and serve until ``stop``; raises OSError if the port is taken."""
        self._web.start()

    def stop(self, grace: dt.timedelta = dt.timedelta(0)) -> None:
        """Accept nobody new, give requests under way ``grace`` to end, and close."""
        self._web.stop(grace)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _app(self) -> Starlette:
        gateway = self._gateway

        def lookup(path: str, operation: Operation, look: Callable[[str, str], Reply]) -> Route:
            def work(request: Request, _wrong: LogicWrong, _body: bytes) -> Reply:
                configuration = self._configuration(request.query_params.get("configurationId"))
                return look(configuration, request.path_params["key"])

            return self._route(path, operation, work)

        def events(path: str, operation: Operation, look: Callable[..., Reply]) -> Route:
            def work(request: Request, wrong: LogicWrong, _body: bytes) -> Reply:
                configuration = self._configuration(request.query_params.get("configurationId"))
                return look(configuration, request.query_params, wrong)

            return self._route(path, operation, work)

        return Starlette(
            routes=[
                Route(TOKEN_PATH, self._token, methods=["POST"]),
                lookup("/by-cvr/{key}", Operation.BY_CVR, gateway.by_cvr),
                lookup("/by-id/{key}", Operation.BY_ID, gateway.by_id),
                lookup("/production-units/by-cvr/{key}", Operation.UNITS_BY_CVR, gateway.units_by_cvr),
                lookup("/production-unit-detail/{key}", Operation.UNIT, gateway.unit),
                lookup("/production-unit-detail-by-id/{key}", Operation.UNIT_BY_ID, gateway.unit_by_id),
                events("/subscribed-events", Operation.SUBSCRIBED_EVENTS, gateway.subscribed_events),
                events("/events", Operation.EVENTS, gateway.events),
                self._route("/subscribe/{key}", Operation.SUBSCRIBE, self._subscribe, "POST"),
                self._route("/unsubscribe/{key}", Operation.UNSUBSCRIBE, self._unsubscribe, "DELETE"),
                self._route("/configurations", Operation.CONFIGURATIONS, lambda *_: gateway.configurations()),
                self._route(
                    "/configurations/{key}",
                    Operation.CONFIGURATION,
                    lambda request, *_: gateway.configuration(request.path_params["key"]),
                ),
                Route(CALLS_PATH, self._tell_calls),
            ]
        )

    def _route(self, path: str, operation: Operation, work: Work, method: str = "GET") -> Route:
        async def endpoint(request: Request) -> Response:
            return await self._answered(
                operation, request, lambda wrong, body: self._worked(request, work, wrong, body)
            )

        return Route(_PREFIX + path, endpoint, methods=[method])

    async def _token(self, request: Request) -> Response:
        def work(wrong: LogicWrong, body: bytes) -> Reply:
            if wrong.token_error:
                return identity.refusal(wrong.token_error)
            form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
            return identity.answer(form, self.terms, self._tokens)

        return await self._answered(Operation.TOKEN, request, work)

    async def _answered(
        self, operation: Operation, request: Request, work: Callable[[LogicWrong, bytes], Reply]
    ) -> Response:
        """The answer to a call, counted, and spoilt where something goes wrong; health checks are spared both."""
        body = await _body(request)
        if request.headers.get("user-agent") == HEALTH_CHECK:
            return sent(work(NOTHING, body))
        with self._ledger.call(operation.value):
            wrong = self.faults.wrong
            if not (wrong.concerns(operation) and self.faults.use(wrong)):
                wrong = NOTHING
            reply = _fault(operation, wrong.status) if wrong.status else work(wrong, body)
            response = sent(reply) if wrong is NOTHING else await spoilt(reply, wrong, request)
            self._ledger.answered(response.status_code)
            return response

    def _worked(self, request: Request, work: Work, wrong: LogicWrong, body: bytes) -> Reply:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not self._tokens.is_good(token):
            return Reply(401, {"statusCode": 401, "message": "Unauthorized"})
        if request.path_params["subscription"] != str(self.terms.subscription_id):
            return Reply(403, {"statusCode": 403, "message": "Forbidden"})
        try:
            return work(request, wrong, body)
        except Refused as refused:
            return refused.reply

    def _configuration(self, given: str | None) -> str:
        configuration = self._gateway.configuration_of(given)
        if configuration is None:
            raise Refused(400, "The configuration is unknown")
        return configuration

    def _subscribe(self, request: Request, _wrong: LogicWrong, body: bytes) -> Reply:
        return self._gateway.subscribe(self._told(_given(body)), request.path_params["key"])

    def _unsubscribe(self, request: Request, _wrong: LogicWrong, _body: bytes) -> Reply:
        configuration = self._told(request.query_params.get("configurationId"))
        return self._gateway.unsubscribe(configuration, request.path_params["key"])

    def _told(self, given: str | None) -> str:
        """As ``_configuration``, with the other shape of error."""
        configuration = self._gateway.configuration_of(given)
        if configuration is None:
            raise Refused(400, {"configurationId": "The configuration is unknown"})
        return configuration

    async def _tell_calls(self, _request: Request) -> Response:
        calls = self.calls
        return sent(
            Reply(
                200,
                {
                    "operations": dict(calls.operations),
                    "statuses": {str(status): count for status, count in calls.statuses.items()},
                    "most_open": calls.most_open,
                },
            )
        )


def _fault(operation: Operation, status: int) -> Reply:
    """An error in the shape that the operation has for it."""
    match operation:
        case Operation.TOKEN:
            return Reply(status, identity.refusal("temporarily_unavailable").body)
        case Operation.SUBSCRIBE | Operation.UNSUBSCRIBE:
            return Reply(status, {"objectId": "The request cannot be served"})
        case _:
            return Reply(status, "The request cannot be served")


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _LARGEST_BODY:
            return b""
    return bytes(body)


def _given(body: bytes) -> str | None:
    try:
        told: Any = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError:
        raise Refused(400, {"": "The body is no JSON"}) from None
    given = told.get("configurationId") if isinstance(told, dict) else None
    if given is not None and not isinstance(given, str):
        raise Refused(400, {"configurationId": "must be a text"})
    return given


def _lowercase(app: ASGIApp) -> ASGIApp:
    """Paths count without regard to case."""

    async def lowered(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "path": scope["path"].lower()}, receive, send)

    return lowered
