"""The token end point."""

from typing import Any

import fastapi
from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from registerbro.auth import PUBLIC, Scopes
from registerbro.problems import NotReady, RequestTooLarge, responses

from console import metrics
from console.api.common import ELSEWHERE, CurrentIssuer
from console.oauth2 import form, refusals
from console.oauth2.guessing import network_of
from console.oauth2.refusals import NOT_STORED

TOKEN = ("POST", "/oauth2/connect/token")
SCOPES: Scopes = {TOKEN: PUBLIC}
BODIES = {TOKEN: 16_384}
router = APIRouter()


class TokenOut(BaseModel):
    """An access token (RFC 6749, 5.1)."""

    access_token: str = Field(description="a JWT (RFC 9068), for the header `Authorization: Bearer …`")
    token_type: str = "Bearer"  # noqa: S105 (the kind of token)
    expires_in: int = Field(description="seconds")
    scope: str = Field(description="what it permits, separated by spaces")


class TokenError(BaseModel):
    """Why there is none (RFC 6749, 5.2)."""

    error: str
    error_description: str


def _refusals() -> dict[int | str, dict[str, Any]]:
    found: dict[int | str, dict[str, Any]] = {}
    for kind in refusals.ALL:
        entry = found.setdefault(kind.status, {"model": TokenError, "description": ""})
        entry["description"] = "; ".join(filter(None, (entry["description"], f"`{kind.error}`")))
    return found


REQUEST: dict[str, Any] = {
    "required": True,
    "content": {
        form.MEDIA_TYPE: {
            "schema": {
                "type": "object",
                "required": ["grant_type"],
                "properties": {
                    "grant_type": {"type": "string", "const": form.CLIENT_CREDENTIALS},
                    "scope": {
                        "type": "string",
                        "description": "scopes, separated by spaces; none: all that the client has",
                    },
                    "client_id": {"type": "string"},
                    "client_secret": {
                        "type": "string",
                        "format": "password",
                        "description": "here with `client_id`, or both by HTTP Basic",
                    },
                },
            }
        }
    },
}


@router.post(
    TOKEN[1],
    responses={**responses(*ELSEWHERE, NotReady, RequestTooLarge), **_refusals()},
    openapi_extra={"requestBody": REQUEST},
)
async def token(request: fastapi.Request, response: Response, issuer: CurrentIssuer) -> TokenOut:
    """Issues an access token to a client that proves who it is (client credentials grant).

    The client's id and secret come by HTTP Basic or in the form. Errors have the form of RFC 6749.
    """
    with metrics.counted():
        asked = form.parse(
            request.headers.get("content-type", ""),
            await request.body(),
            request.headers.get("authorization"),
        )
        network = network_of(request.client.host if request.client else None)
        granted = await issuer.grant(asked, network=network)
    response.headers.update(NOT_STORED)
    return TokenOut(
        access_token=granted.token,
        expires_in=round(granted.life.total_seconds()),
        scope=" ".join(granted.scopes),
    )
