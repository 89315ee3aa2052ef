"""The middleware before every route: the token is checked before anything of the request is read.

The table of scopes decides by method and path. A route without a row, or a row without a route, stops the service at start.
"""

import dataclasses
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias

from fastapi import FastAPI
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.datastructures import Headers
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import HTTPConnection
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as AsgiScope

from registerbro import auth
from registerbro.problems import MethodNotAllowed, Problem, RequestTooLarge

Switch: TypeAlias = Callable[
    [str, str], Awaitable[None]
]  # raises FeatureDisabled for a route whose module is off
HEALTH = ("/liveness", "/readiness")
METHODS_NOT_LISTED = frozenset({"HEAD"})


class ScopeTableWrong(Exception):
    """The table of scopes and the routes differ."""


class Gate:
    """One route's row: which calls it covers and what they need."""

    def __init__(self, method: str, path: str, scope: auth.Scope | None) -> None:
        self.method = method
        self.path = path
        self.scope = scope
        self._matches = compile_path(path)[0].match

    def leads_to(self, path: str) -> bool:
        """Whether calls of this path go to this route, if they have its method."""
        return self._matches(path) is not None


@dataclasses.dataclass(frozen=True, slots=True)
class BodyLimits:
    """How many bytes bodies may have: as a rule, and on routes that take more or fewer."""

    usual: int
    by_route: Mapping[tuple[str, str], int] = dataclasses.field(default_factory=dict)

    def of(self, gate: Gate | None) -> int:
        """Of a call that goes to this route."""
        return self.usual if gate is None else self.by_route.get((gate.method, gate.path), self.usual)

    def all(self) -> set[int]:
        """Every limit that there is."""
        return {self.usual, *self.by_route.values()}


class Gatekeeper:
    """Lets a call through with its caller known, or answers the refusal."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        gates: Sequence[Gate],
        verifier: auth.Verifier,
        alternative: auth.Alternative | None,
        switch: Switch,
        limits: BodyLimits,
    ) -> None:
        self._app = app
        self._limited = {  # counts what has no stated length
            limit: RequestBodyLimitMiddleware(app, max_body_size=limit) for limit in limits.all()
        }
        self._gates = gates
        self._verifier = verifier
        self._alternative = alternative
        self._switch = switch
        self._limits = limits

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        app = self._app
        if scope["type"] == "http":
            try:
                app = self._limited[await self._admit(scope)]
            except Problem as problem:
                await problem.response()(scope, receive, send)
                return
        await app(scope, receive, send)

    async def _admit(self, scope: AsgiScope) -> int:
        """Lets the call through, or raises the refusal; returns how many bytes its body may have."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        gates = [gate for gate in self._gates if gate.leads_to(path)]
        gate = next((gate for gate in gates if gate.method == scope["method"]), None)
        scope["registerbro.route"] = gate.path if gate else None
        asked_for = [gate] if gate else gates
        if not asked_for or any(each.scope is not auth.PUBLIC for each in asked_for):
            caller = await self._caller(HTTPConnection(scope))
            if gate is not None and gate.scope is not None:
                auth.authorise(caller, gate.scope)
            scope["registerbro.caller"] = caller
            if gate is not None:
                await self._switch(gate.method, gate.path)
        if gate is None and gates:
            raise MethodNotAllowed(headers={"Allow": ", ".join(sorted({each.method for each in gates}))})
        limit = self._limits.of(gate)
        length = Headers(scope=scope).get("content-length", "0")
        if length.isdigit() and int(length) > limit:
            raise RequestTooLarge(f"The body may have {limit} bytes at most.")
        return limit

    async def _caller(self, call: HTTPConnection) -> auth.Caller:
        authorization = call.headers.get("authorization")
        if authorization is None and self._alternative is not None:
            caller = await self._alternative.authenticate(call)
            if caller is not None:
                return caller
        return await auth.authenticate(self._verifier, authorization, call.headers.get(auth.ACTING_USER))


def install(
    app: FastAPI,
    scopes: auth.Scopes,
    verifier: auth.Verifier,
    switch: Switch,
    limits: BodyLimits,
    alternative: auth.Alternative | None = None,
) -> list[Gate]:
    """Puts the gatekeeper before the application; returns what it checks, in the order in which it looks."""
    gates = _gates(app, scopes)
    app.add_middleware(
        Gatekeeper, gates=gates, verifier=verifier, alternative=alternative, switch=switch, limits=limits
    )
    return gates


def _gates(app: FastAPI, scopes: auth.Scopes) -> list[Gate]:
    gates = [gate for context in iter_route_contexts(app.routes) for gate in _gates_of(context, scopes)]
    present = {(gate.method, gate.path) for gate in gates}
    if stale := sorted(row for row in scopes if row not in present):
        raise ScopeTableWrong(f"rows without a route: {stale}")
    return gates


def _gates_of(route: RouteContext, scopes: auth.Scopes) -> list[Gate]:
    path, methods = route.path, route.methods
    if path is None or not methods:
        raise ScopeTableWrong(f"{path}: neither mounted applications nor WebSockets can stand in the table")
    return [
        Gate(method, path, _scope(method, path, scopes)) for method in sorted(methods - METHODS_NOT_LISTED)
    ]


def _scope(method: str, path: str, scopes: auth.Scopes) -> auth.Scope | None:
    if path == "/openapi.json" or path.endswith(HEALTH):
        return auth.PUBLIC
    if (method, path) not in scopes:
        raise ScopeTableWrong(f"the route {method} {path} has no row")
    return scopes[method, path]
