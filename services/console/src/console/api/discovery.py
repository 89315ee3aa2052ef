"""What tells programs about the issuer (OpenID Connect Discovery, RFC 8414) and its keys (RFC 7517)."""

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from registerbro.auth import PUBLIC, Scope, Scopes
from registerbro.problems import NotReady, responses

from console.api.common import ELSEWHERE, CurrentIssuer, CurrentSettings
from console.api.token import TOKEN
from console.oauth2 import form
from console.oauth2.keys import ALGORITHM
from console.settings import JWKS_PATH, url_of

OPENID = "/.well-known/openid-configuration"
OAUTH = "/.well-known/oauth-authorization-server"
SCOPES: Scopes = {("GET", path): PUBLIC for path in (OPENID, OAUTH, JWKS_PATH)}
ANSWERS = responses(*ELSEWHERE, NotReady)
KEPT = {"Cache-Control": "public, max-age=300"}
router = APIRouter()


class Discovery(BaseModel):
    """The issuer, as its clients and the services need to know it."""

    issuer: str
    token_endpoint: str
    jwks_uri: str
    grant_types_supported: list[str] = [form.CLIENT_CREDENTIALS]
    response_types_supported: list[str] = Field(default=[], description="none: nobody logs in here")
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic", "client_secret_post"]
    scopes_supported: list[str] = list(map(str, Scope))
    subject_types_supported: list[str] = ["public"]
    id_token_signing_alg_values_supported: list[str] = Field(
        default=[ALGORITHM], description="demanded by OpenID Connect Discovery; no ID tokens are issued"
    )


class KeySet(BaseModel):
    """The keys that tokens are signed with, now or soon."""

    keys: list[dict[str, Any]] = Field(description="JWK, newest first")


@router.get(OPENID, responses=ANSWERS)
@router.get(OAUTH, responses=ANSWERS)
async def discovery(_: CurrentIssuer, settings: CurrentSettings, response: Response) -> Discovery:
    """Tells about the issuer."""
    response.headers.update(KEPT)
    url = url_of(settings.console, settings.auth)
    return Discovery(issuer=settings.auth.issuer, token_endpoint=url + TOKEN[1], jwks_uri=url + JWKS_PATH)


@router.get(JWKS_PATH, responses=ANSWERS)
async def key_set(issuer: CurrentIssuer, response: Response) -> KeySet:
    """Publishes the public keys."""
    response.headers.update(KEPT)
    return KeySet(keys=[key.jwk() for key in await issuer.keys.published()])
