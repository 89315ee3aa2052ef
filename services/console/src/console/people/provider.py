"""The external issuer as OpenID Connect has it: what it says of itself, the code for tokens, the log-out.

Messages and the ID token's claims are Authlib's, signatures joserfc's, HTTP is httpx's. An issuer's answer is a stranger's
until it is checked: what is wrong with it is told by name, never repeated.
"""

import dataclasses
import datetime as dt
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import structlog
from authlib.common.urls import add_params_to_uri
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from registerbro import auth
from registerbro.settings import AuthSettings

from console.people.attempts import Attempt
from console.people.errors import IssuerUnreachable, LoginAnswerWrong
from console.people.settings import LOOPBACK, LoginSettings

KEPT = dt.timedelta(hours=1)
TIMEOUT = 10.0
BASIC, POST, NONE = "client_secret_basic", "client_secret_post", "none"
FORM = "application/x-www-form-urlencoded"
log = structlog.get_logger()


class Metadata(BaseModel):
    """What an issuer says of itself (OpenID Connect Discovery, 3), as far as it is used here."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None = None
    claims_parameter_supported: bool = False
    authorization_response_iss_parameter_supported: bool = False
    token_endpoint_auth_methods_supported: list[str] = [BASIC]


class Tokens(BaseModel):
    """What it gives for a code or a refresh token (RFC 6749, 5.1)."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    access_token: SecretStr
    token_type: str = Field(pattern="(?i)^bearer$")
    expires_in: int = Field(default=300, ge=0)
    refresh_token: SecretStr | None = None
    id_token: SecretStr | None = None


class GrantRefused(Exception):
    """The issuer gives nothing for this code or refresh token (any more)."""


@dataclasses.dataclass(frozen=True)
class _Known:
    metadata: Metadata
    keys: auth.Keys
    until: float


class Provider:
    """One issuer, for as long as the service runs."""

    def __init__(
        self,
        settings: LoginSettings,
        *,
        callback: str,
        transport: httpx.AsyncBaseTransport | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self.callback = callback
        self._transport = transport
        self._now = now
        self._known: _Known | None = None

    async def metadata(self) -> Metadata:
        """What it says of itself. ``IssuerUnreachable``, ``LoginAnswerWrong``."""
        return (await self._current()).metadata

    async def keys(self) -> auth.Keys:
        """What its ID tokens are checked with."""
        return (await self._current()).keys

    async def authorization_url(self, attempt: Attempt) -> str:
        """Where a browser is sent to log in (RFC 6749, 4.1.1; RFC 7636; OpenID Connect Core, 3.1.2.1 and 5.5)."""
        metadata = await self.metadata()
        url: str = prepare_grant_uri(
            metadata.authorization_endpoint,
            self.settings.client_id,
            "code",
            redirect_uri=self.callback,
            scope=list(self.settings.scopes),
            state=attempt.state,
            nonce=attempt.nonce,
            code_challenge=create_s256_code_challenge(attempt.code_verifier),
            code_challenge_method="S256",
            claims=self._claims() if metadata.claims_parameter_supported else None,
        )
        return url

    async def exchange(self, code: str, attempt: Attempt) -> Tokens:
        """The tokens for a code. ``GrantRefused``, ``IssuerUnreachable``, ``LoginAnswerWrong``."""
        return await self._ask(
            "authorization_code",
            code=code,
            redirect_uri=self.callback,
            code_verifier=attempt.code_verifier,
        )

    async def refresh(self, refresh_token: SecretStr) -> Tokens:
        """New tokens; the refresh token stays if no new one comes. ``GrantRefused``, as above."""
        made = await self._ask("refresh_token", refresh_token=refresh_token.get_secret_value())
        return made if made.refresh_token else made.model_copy(update={"refresh_token": refresh_token})

    async def logout_url(self, *, id_token: SecretStr | None, back_to: str) -> str | None:
        """Where a browser is sent to log out there too (RP-Initiated Logout, 2); None if the issuer has no such place."""
        endpoint = (await self.metadata()).end_session_endpoint
        if endpoint is None:
            return None
        hint = [("id_token_hint", id_token.get_secret_value())] if id_token else []
        params = [("client_id", self.settings.client_id), ("post_logout_redirect_uri", back_to), *hint]
        url: str = add_params_to_uri(endpoint, params)
        return url

    @property
    def origins(self) -> list[str]:
        """Where browsers are sent; the issuer's own origin for as long as it has not been asked."""
        if self._known is None:
            return [_origin(self.settings.issuer)]
        metadata = self._known.metadata
        named = (metadata.authorization_endpoint, metadata.end_session_endpoint)
        return sorted({_origin(url) for url in named if url is not None})

    def _claims(self) -> str:
        wanted = (self.settings.roles_claim.partition(".")[0], self.settings.user_claim, "name")
        return json.dumps({"id_token": dict.fromkeys(wanted)})

    async def _current(self) -> _Known:
        if self._known is None or self._known.until < self._now():
            metadata = await self._fetch()
            until = self._now() + KEPT.total_seconds()
            if self._known is not None and self._known.metadata == metadata:
                self._known = dataclasses.replace(self._known, until=until)
            else:
                self._known = _Known(metadata, self._keys(metadata), until)
        return self._known

    def _keys(self, metadata: Metadata) -> auth.Keys:
        settings = AuthSettings(issuer=metadata.issuer, jwks_url=metadata.jwks_uri)
        return auth.PublishedKeys(settings, transport=self._transport)

    async def _fetch(self) -> Metadata:
        answer = await self._call("GET", self.settings.metadata_url)
        try:
            answer.raise_for_status()
            metadata = Metadata.model_validate_json(answer.content)
        except (httpx.HTTPStatusError, ValidationError):
            raise _wrong("the issuer does not describe itself") from None
        if metadata.issuer != self.settings.issuer:
            raise _wrong("the issuer calls itself by another name")
        if not all(map(_is_safe, _endpoints(metadata))):
            raise _wrong("the issuer names an address without https")
        return metadata

    async def _ask(self, grant_type: str, **parameters: str) -> Tokens:
        metadata = await self.metadata()
        body = prepare_token_request(grant_type, **parameters)
        url, headers, body = self._authentication(metadata).prepare(
            "POST", metadata.token_endpoint, {"Content-Type": FORM, "Accept": "application/json"}, body
        )
        answer = await self._call("POST", url, headers=headers, content=body)
        if answer.is_client_error:
            log.warning("issuer refuses a grant", status=answer.status_code, grant_type=grant_type)
            raise GrantRefused
        try:
            answer.raise_for_status()
            return Tokens.model_validate_json(answer.content)
        except (httpx.HTTPStatusError, ValidationError):
            raise _wrong("it is no token response") from None

    def _authentication(self, metadata: Metadata) -> Any:
        secret = self.settings.client_secret
        if secret is None:
            return ClientAuth(self.settings.client_id, None, NONE)
        offered = metadata.token_endpoint_auth_methods_supported
        method = POST if BASIC not in offered and POST in offered else BASIC
        return ClientAuth(self.settings.client_id, secret.get_secret_value(), method)

    async def _call(self, method: str, url: str, **request: Any) -> httpx.Response:
        try:
            async with httpx.AsyncClient(transport=self._transport, timeout=TIMEOUT) as client:
                return await client.request(method, url, **request)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            log.warning("issuer unreachable", error=type(error).__name__)
            raise IssuerUnreachable from None


def _endpoints(metadata: Metadata) -> list[str]:
    named = (
        metadata.authorization_endpoint,
        metadata.token_endpoint,
        metadata.jwks_uri,
        metadata.end_session_endpoint,
    )
    return [url for url in named if url is not None]


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _is_safe(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _wrong(reason: str) -> LoginAnswerWrong:
    log.warning("issuer's answer not accepted", reason=reason)
    return LoginAnswerWrong(reason)
