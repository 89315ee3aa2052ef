"""Completes the OpenAPI description: the scope of every operation, and every error that any operation may answer with."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI

from registerbro import auth
from registerbro.gatekeeper import Gate
from registerbro.problems import (
    FeatureDisabled,
    InternalError,
    InvalidRequest,
    NotReady,
    Problem,
    RequestTooLarge,
    ScopeMissing,
    TokenInvalid,
    TokenMissing,
    document,
    problem_schemas,
)

SECURITY = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "An access token of the configured issuer; the operation names the scope it must have.",
}
HEADERS = {
    "401": {"WWW-Authenticate": "what kind of token is needed, and what is wrong with the one that was sent"},
    "503": {"Retry-After": "seconds after which trying again makes sense"},
}
FASTAPI_SCHEMAS = ("HTTPValidationError", "ValidationError")


def install(
    app: FastAPI, gates: Sequence[Gate], *, has_feature: bool, alternative: auth.Alternative | None = None
) -> None:
    """Lets the application describe itself completely."""
    describe = app.openapi
    app.openapi = lambda: _complete(  # type: ignore[method-assign]
        describe(), gates, has_feature=has_feature, alternative=alternative
    )


def described(headers: Mapping[str, str]) -> dict[str, Any]:
    """The headers of an answer as OpenAPI describes them."""
    return {name: {"description": meaning, "schema": {"type": "string"}} for name, meaning in headers.items()}


def _complete(
    description: dict[str, Any],
    gates: Sequence[Gate],
    *,
    has_feature: bool,
    alternative: auth.Alternative | None,
) -> dict[str, Any]:
    components = description.setdefault("components", {})
    other = {} if alternative is None else {alternative.name: dict(alternative.scheme)}
    components["securitySchemes"] = {"bearer": SECURITY, **other}
    schemas = components.setdefault("schemas", {})
    schemas.update(problem_schemas())
    for name in FASTAPI_SCHEMAS:
        schemas.pop(name, None)
    for gate in gates:
        operation = description["paths"].get(gate.path, {}).get(gate.method.lower())
        if operation is not None and gate.scope is not auth.PUBLIC:
            operation["security"] = [{"bearer": [gate.scope]}, *({name: [gate.scope]} for name in other)]
            document(operation["responses"], *_problems(operation, has_feature=has_feature))
            document(operation["responses"], *(alternative.problems if alternative else ()))
            for status, headers in HEADERS.items():
                operation["responses"][status]["headers"] = described(headers)
    return description


def _problems(operation: dict[str, Any], *, has_feature: bool) -> list[type[Problem]]:
    kinds = [TokenMissing, TokenInvalid, ScopeMissing, InternalError, NotReady]
    if "requestBody" in operation or "422" in operation["responses"]:
        operation["responses"].setdefault("422", {})["description"] = ""
        kinds.append(InvalidRequest)
    if "requestBody" in operation:
        kinds.append(RequestTooLarge)
    if has_feature:
        kinds.append(FeatureDisabled)
    return kinds
