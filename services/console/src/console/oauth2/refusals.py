"""What the token end point refuses, in the form that OAuth2 clients know (RFC 6749, 5.2).

    Refusal
    ├── InvalidRequest        400  the form lacks something, or says it twice
    ├── InvalidClient         401  unknown, or a wrong secret
    ├── UnauthorizedClient    400  disabled, or registered for another grant type
    ├── UnsupportedGrantType  400  only client_credentials is served
    ├── InvalidScope          400  unknown, or not the client's
    ├── Paused(retry_after)   429  too many wrong secrets a moment ago
    └── Busy                  503  too many requests wait

What comes before the grant (another issuer, a service that starts) is told as a problem, as everywhere.
"""

from typing import ClassVar

from fastapi import Request
from fastapi.responses import JSONResponse

BUSY_SECONDS = 5
NOT_STORED = {"Cache-Control": "no-store", "Pragma": "no-cache"}  # RFC 6749, 5.1


class Refusal(Exception):
    """Why there is no token; its text is one line and repeats nothing of the request."""

    error: ClassVar[str]
    status: ClassVar[int] = 400

    @property
    def headers(self) -> dict[str, str]:
        """The answer's headers."""
        return dict(NOT_STORED)

    def response(self) -> JSONResponse:
        """The answer that tells of it."""
        body = {"error": self.error, "error_description": str(self)}
        return JSONResponse(body, status_code=self.status, headers=self.headers)


class InvalidRequest(Refusal):
    """The form lacks something, or says it twice."""

    error = "invalid_request"


class InvalidClient(Refusal):
    """The client is unknown, or its secret wrong: which of them is not told."""

    error, status = "invalid_client", 401

    def __init__(self) -> None:
        super().__init__("client_id or client_secret is wrong")

    @property
    def headers(self) -> dict[str, str]:
        """Also how a client can authenticate itself."""
        return {**super().headers, "WWW-Authenticate": 'Basic realm="registerbro", charset="UTF-8"'}


class UnauthorizedClient(Refusal):
    """The client has proved who it is, and may not have a token."""

    error = "unauthorized_client"


class UnsupportedGrantType(Refusal):
    """The grant type is not served."""

    error = "unsupported_grant_type"

    def __init__(self) -> None:
        super().__init__("only the grant type client_credentials is served")


class InvalidScope(Refusal):
    """A scope is asked for that does not exist or is not the client's."""

    error = "invalid_scope"


class Paused(Refusal):
    """So many wrong secrets came a moment ago that none is looked at now."""

    error, status = "temporarily_unavailable", 429

    def __init__(self, retry_after: int) -> None:
        super().__init__("too many wrong secrets; try again later")
        self.retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        """Also when to come again."""
        return {**super().headers, "Retry-After": str(self.retry_after)}


class Busy(Refusal):
    """So many requests wait that another one would wait too long."""

    error, status = "temporarily_unavailable", 503

    def __init__(self) -> None:
        super().__init__("too many requests wait; try again later")

    @property
    def headers(self) -> dict[str, str]:
        """Also when to come again."""
        return {**super().headers, "Retry-After": str(BUSY_SECONDS)}


ALL = (InvalidRequest, InvalidClient, UnauthorizedClient, UnsupportedGrantType, InvalidScope, Paused)


async def answer(_: Request, error: Exception) -> JSONResponse:
    """For the application's exception handlers."""
    if not isinstance(error, Refusal):
        raise error
    return error.response()
