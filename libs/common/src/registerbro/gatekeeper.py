"""The middleware before every route: the token is checked before anything of the request is read.

The table of scopes decides by method and path. A route without a row, or a row without a route, stops the service at start.
"""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.datastructures import Headers
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as AsgiScope

from registerbro import auth
from registerbro.problems import Problem, RequestTooLarge, problem_schemas
from registerbro.settings import AuthSettings, Settings

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

    def covers(self, method: str, path: str) -> bool:
        """Whether the call goes to this route."""
        return method == self.method and self._matches(path) is not None


class Gatekeeper:
    """Lets a call through with its caller known, or answers the refusal."""

    def __init__(
        self, app: ASGIApp, *, gates: Sequence[Gate], verifier: auth.Verifier, body_limit: int
    ) -> None:
        self._app = app
        self._gates = gates
        self._verifier = verifier
        self._body_limit = body_limit

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                await self._admit(scope)
            except Problem as problem:
                await problem.response()(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _admit(self, scope: AsgiScope) -> None:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        gate = next((gate for gate in self._gates if gate.covers(scope["method"], path)), None)
        scope["registerbro.route"] = gate.path if gate else None
        if gate is None or gate.scope is not auth.PUBLIC:
            headers = Headers(scope=scope)
            caller = await auth.authenticate(
                self._verifier, headers.get("authorization"), headers.get(auth.ACTING_USER)
            )
            if gate is not None and gate.scope is not None:
                auth.authorise(caller, gate.scope)
            scope["registerbro.caller"] = caller
        length = Headers(scope=scope).get("content-length", "0")
        if length.isdigit() and int(length) > self._body_limit:
            raise RequestTooLarge(f"The body may have {self._body_limit} bytes at most.")


def install(app: FastAPI, scopes: auth.Scopes, settings: Settings) -> None:
    """Puts the gatekeeper before the application, and the scopes into its OpenAPI description."""
    gates = _gates(app, scopes)
    app.add_middleware(
        Gatekeeper,
        gates=gates,
        verifier=auth.Verifier(settings.auth, keys(settings.auth)),
        body_limit=settings.http.body_limit_bytes,
    )
    describe = app.openapi
    app.openapi = lambda: _with_security(describe(), gates)  # type: ignore[method-assign]


def keys(settings: AuthSettings) -> auth.Keys:
    """The source of keys that the settings name."""
    private = settings.development_key.get_secret_value() if settings.development_key else None
    return auth.SingleKey(settings.public_key or private or "")


def _gates(app: FastAPI, scopes: auth.Scopes) -> list[Gate]:
    gates = [
        Gate(method, context.path, _scope(method, context.path, scopes))
        for context in iter_route_contexts(app.routes)
        if context.path is not None
        for method in sorted((context.methods or set()) - METHODS_NOT_LISTED)
    ]
    present = {(gate.method, gate.path) for gate in gates}
    if stale := sorted(row for row in scopes if row not in present):
        raise ScopeTableWrong(f"rows without a route: {stale}")
    return gates


def _scope(method: str, path: str, scopes: auth.Scopes) -> auth.Scope | None:
    if path == "/openapi.json" or path.endswith(HEALTH):
        return auth.PUBLIC
    if (method, path) not in scopes:
        raise ScopeTableWrong(f"the route {method} {path} has no row")
    return scopes[method, path]


def _with_security(document: dict[str, Any], gates: Sequence[Gate]) -> dict[str, Any]:
    components = document.setdefault("components", {})
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    components.setdefault("schemas", {}).update(problem_schemas())
    for gate in gates:
        operation = document["paths"].get(gate.path, {}).get(gate.method.lower())
        if operation is not None and gate.scope is not auth.PUBLIC:
            operation["security"] = [{"bearer": [gate.scope]}]
    return document
