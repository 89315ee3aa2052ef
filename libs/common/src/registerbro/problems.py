"""What goes wrong over HTTP, and how it is told: RFC 9457 ``application/problem+json`` with a stable ``type``.

A route raises; the handlers here answer. Texts say what happened and never repeat what the caller sent.

    Problem
    ├── InvalidRequest          422  errors name the place, not the value
    ├── TokenMissing            401
    ├── TokenInvalid            401  reason
    ├── ScopeMissing            403  scope
    ├── NotFound                404
    ├── MethodNotAllowed        405
    ├── Conflict                409  base of what a service finds at odds with its state
    │   └── FeatureDisabled     409  feature
    ├── VersionMismatch         412
    ├── RequestTooLarge         413
    ├── UnsupportedMediaType    415
    ├── InternalError           500
    └── Unavailable             503  retry_after
        ├── NotReady            503  the service is starting or stopping
        └── AuditUnavailable    503  no row, no answer
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request

from registerbro import privacy

BASE = "https://registerbro.dk/problems/"
MEDIA_TYPE = "application/problem+json"
log = structlog.get_logger()


class FieldError(BaseModel):
    """One thing wrong with a request."""

    pointer: str = Field(description="where: body, query, path or header, then names, as in body/number")
    detail: str
    code: str


class ProblemDetails(BaseModel):
    """The body of every error answer (RFC 9457). A problem may have further members of its own."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "type": f"{BASE}invalid-request",
                    "title": "Invalid request",
                    "status": 422,
                    "errors": [
                        {
                            "pointer": "query/limit",
                            "detail": "Input should be less than or equal to 1000",
                            "code": "less_than_equal",
                        }
                    ],
                }
            ]
        },
    )

    type: str = Field(description="identifies the kind of problem, for programs")
    title: str = Field(description="the kind of problem, for people")
    status: int
    detail: str = Field(default="", description="what happened this time")
    errors: list[FieldError] = Field(
        default=[], description="for an invalid request: each thing wrong with it"
    )


class Problem(Exception):
    """Base of everything that a caller is told of. Facts given by keyword become members of the answer."""

    status: ClassVar[int] = HTTPStatus.INTERNAL_SERVER_ERROR
    slug: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Internal error"

    def __init__(self, detail: str = "", *, headers: Mapping[str, str] | None = None, **facts: Any) -> None:
        super().__init__(privacy.mask(detail) or self.title)
        self.detail = privacy.mask(detail)
        self.headers = dict(headers or {})
        self.facts = {name: privacy.mask_value(fact, name) for name, fact in facts.items()}

    @classmethod
    def uri(cls) -> str:
        """The stable ``type``."""
        return BASE + cls.slug

    def response(self) -> JSONResponse:
        """The answer that tells of it."""
        body: dict[str, Any] = {"type": self.uri(), "title": self.title, "status": int(self.status)}
        if self.detail:
            body["detail"] = self.detail
        return JSONResponse(
            body | self.facts, status_code=int(self.status), headers=self.headers, media_type=MEDIA_TYPE
        )


class InvalidRequest(Problem):
    """The request does not have the form that is asked for."""

    status, slug, title = HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", "Invalid request"


class TokenMissing(Problem):
    """The call bears no bearer token."""

    status, slug, title = HTTPStatus.UNAUTHORIZED, "token-missing", "A bearer token is needed"


class TokenInvalid(Problem):
    """The token is not accepted."""

    status, slug, title = HTTPStatus.UNAUTHORIZED, "token-invalid", "The bearer token is not accepted"


class ScopeMissing(Problem):
    """The token lacks the scope that the route needs."""

    status, slug, title = HTTPStatus.FORBIDDEN, "scope-missing", "The token lacks a scope"


class NotFound(Problem):
    """There is no such thing."""

    status, slug, title = HTTPStatus.NOT_FOUND, "not-found", "Not found"


class MethodNotAllowed(Problem):
    """The path does not take this method."""

    status, slug, title = HTTPStatus.METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed"


class Conflict(Problem):
    """The call is at odds with the present state."""

    status, slug, title = HTTPStatus.CONFLICT, "conflict", "Conflict"


class FeatureDisabled(Conflict):
    """The module is switched off."""

    slug, title = "feature-disabled", "The module is switched off"


class VersionMismatch(Problem):
    """The thing has changed since the caller read it."""

    status, slug, title = HTTPStatus.PRECONDITION_FAILED, "version-mismatch", "Changed in the meantime"


class RequestTooLarge(Problem):
    """The body is larger than accepted."""

    status, slug, title = HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "request-too-large", "Request too large"


class UnsupportedMediaType(Problem):
    """The body is not JSON."""

    status, slug, title = (
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "unsupported-media-type",
        "Unsupported media type",
    )


class InternalError(Problem):
    """Our mistake; the log has the reason."""


class Unavailable(Problem):
    """Something that the call needs cannot be reached; trying again later makes sense."""

    status, slug, title = HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", "Unavailable"

    def __init__(self, detail: str = "", *, retry_after: int = 5, **facts: Any) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)}, **facts)


class NotReady(Unavailable):
    """The service is starting or stopping."""

    slug, title = "not-ready", "The service is not ready"


class AuditUnavailable(Unavailable):
    """The audit row could not be written, so nothing is answered."""

    slug, title = "audit-unavailable", "The access could not be recorded"


_BY_STATUS: dict[int, type[Problem]] = {
    int(kind.status): kind
    for kind in (
        TokenMissing,
        ScopeMissing,
        NotFound,
        MethodNotAllowed,
        RequestTooLarge,
        UnsupportedMediaType,
    )
}


def responses(*kinds: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI entries for the problems that a route may answer with, for its ``responses``."""
    entries: dict[int | str, dict[str, Any]] = {}
    document(entries, *kinds)
    return entries


def document(entries: dict[Any, dict[str, Any]], *kinds: type[Problem]) -> None:
    """Adds problems to the ``responses`` of an OpenAPI operation, beside what stands there already."""
    for kind in kinds:
        entry = entries.setdefault(str(int(kind.status)), {"description": ""})
        if kind.uri() not in entry["description"]:
            entry["description"] = "\n\n".join(
                filter(None, [entry["description"], f"{kind.title}: `{kind.uri()}`"])
            )
        entry["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}


def problem_schemas() -> dict[str, Any]:
    """The OpenAPI schemas that ``responses`` refers to."""
    schema = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs"), "ProblemDetails": schema}


def validation_errors(errors: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """What pydantic found wrong, without the values that were sent."""
    return [
        {
            "pointer": privacy.mask("/".join(str(part) for part in error["loc"])),
            "detail": privacy.mask(error["msg"].removeprefix("Value error, ")),
            "code": error["type"],
        }
        for error in errors
    ]


def install(app: FastAPI) -> None:
    """Lets the application answer every error as a problem."""
    app.exception_handlers |= {
        Problem: _on_problem,
        RequestValidationError: _on_invalid_request,
        HTTPException: _on_http_exception,
    }


async def _on_problem(_: Request, error: Problem) -> JSONResponse:
    return error.response()


async def _on_invalid_request(_: Request, error: RequestValidationError) -> JSONResponse:
    return InvalidRequest(errors=validation_errors(error.errors())).response()


async def _on_http_exception(_: Request, error: HTTPException) -> JSONResponse:
    kind = _BY_STATUS.get(error.status_code, InvalidRequest if error.status_code < 500 else InternalError)
    return kind(headers=error.headers).response()
