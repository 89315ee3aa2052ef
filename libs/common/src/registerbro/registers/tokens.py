"""Tokens from an OAuth2 issuer by client credentials (RFC 6749 4.4): kept until shortly before they end, asked for once for all.

A refusal is remembered for a short while, so that a wrong secret does not hammer the issuer; somebody has to change something
before it helps to ask again.
"""

import asyncio
import contextlib
import dataclasses
import datetime as dt
import enum
import http
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx2
import structlog
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from pydantic import SecretStr

from registerbro.privacy import scrub
from registerbro.registers import metrics
from registerbro.registers.errors import (
    FieldUnusable,
    NotJson,
    RegisterError,
    ServerFailed,
    TokenRefused,
)
from registerbro.registers.failures import retry_after, throttled, told
from registerbro.registers.proxies import Proxy
from registerbro.registers.tls import BoundedTransport, Tls

MARGIN = dt.timedelta(seconds=60)  # a token is not used for so long before its end
REFUSAL_REMEMBERED = dt.timedelta(seconds=30)
LONGEST_ANSWER = 1 << 20  # bytes
LIFE_UNTOLD = dt.timedelta(minutes=5)  # of a token whose life the issuer does not tell
NO_CODE = "no_code"  # for a refusal without OAuth2's error code
log = structlog.get_logger()


class ClientAuthentication(enum.StrEnum):
    """How a client says who it is at the token end point."""

    POST = "client_secret_post"  # in the form
    BASIC = "client_secret_basic"  # in the header
    NONE = "none"  # client id alone: the TLS certificate says the rest


class Wording(enum.StrEnum):
    """How a refusal is told. OAuth2's code comes after it, but for ``PLAIN``, which the vendor's readers know word for word."""

    LOGIC = "Unable to access the token issuer, request returned {status}."  # as KMD's own client says it
    TOLD = "Failed to get the access token from {url}. Status code: {status}."
    PLAIN = (
        "Failed to get the access token from {url}. Status code: {status}"  # as the vendor's readiness has it
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Grant:
    """What tokens are asked for with. A query in ``token_url`` is sent as it is."""

    token_url: str
    client_id: str
    client_secret: SecretStr | None = None
    scope: str | None = None
    authentication: ClientAuthentication = ClientAuthentication.POST
    wording: Wording = Wording.PLAIN

    @property
    def method(self) -> ClientAuthentication:
        """How the client says who it is; without a secret by the certificate."""
        return self.authentication if self.client_secret else ClientAuthentication.NONE


@dataclasses.dataclass(frozen=True, slots=True)
class _Kept:
    token: str = dataclasses.field(repr=False)
    until: float  # of the monotonic clock


class Tokens:
    """The tokens of one client at one issuer."""

    def __init__(
        self,
        grant: Grant,
        *,
        tls: Tls | None = None,
        connect_seconds: float = 10,
        answer_seconds: float = 30,
        name: str = "oauth2",
        proxy: Proxy | None = None,
    ) -> None:
        self._grant = grant
        self._tls = tls or Tls()
        self._timeout = httpx2.Timeout(answer_seconds, connect=connect_seconds)
        self._answer_seconds = answer_seconds
        self._name = name
        self._proxy = proxy
        self._host = urlsplit(grant.token_url).hostname or ""
        self._kept: _Kept | None = None
        self._refusal: tuple[TokenRefused, float] | None = None
        self._asking: asyncio.Task[str] | None = None

    async def token(self) -> str:
        """A token that holds for a while yet. Raises ``TokenRefused``, ``RegisterUnavailable`` and others of ``RegisterError``."""
        now = time.monotonic()
        if self._kept is not None and now < self._kept.until:
            return self._kept.token
        if self._refusal is not None and now < self._refusal[1]:
            raise self._refusal[0].with_traceback(None)
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
            self._asking.add_done_callback(self._asked)
        return await asyncio.shield(self._asking)

    def forget(self, token: str) -> None:
        """Uses a token no more, because a server refused it; one that has taken its place stays."""
        if self._kept is not None and self._kept.token == token:
            self._kept = None

    async def close(self) -> None:
        """Ends a question that is under way."""
        if self._asking is not None:
            self._asking.cancel()
            with contextlib.suppress(asyncio.CancelledError, RegisterError):
                await self._asking

    def _asked(self, task: asyncio.Task[str]) -> None:
        self._asking = None
        if not task.cancelled():
            task.exception()  # whoever waits has it; nobody may be left

    async def _ask(self) -> str:
        with metrics.counted_token(self._name):
            try:
                kept = await self._fetched()
            except TokenRefused as refused:
                self._refusal = (refused, time.monotonic() + REFUSAL_REMEMBERED.total_seconds())
                log.warning("token refused", issuer=self._host, code=refused.code)
                raise
        self._kept, self._refusal = kept, None
        return kept.token

    async def _fetched(self) -> _Kept:
        answers: list[httpx2.Response] = []
        grant = self._grant
        secret = grant.client_secret.get_secret_value() if grant.client_secret else None
        with told(self._host, self._proxy):
            async with AsyncOAuth2Client(
                client_id=grant.client_id,
                client_secret=secret,
                scope=grant.scope,
                token_endpoint_auth_method=str(grant.method),
                transport=BoundedTransport(self._tls.context(), LONGEST_ANSWER, self._proxy),
                timeout=self._timeout,
                trust_env=False,
                follow_redirects=False,
            ) as client:
                client.register_compliance_hook("access_token_response", _keeping(answers))
                try:
                    async with asyncio.timeout(self._answer_seconds):
                        found = await client.fetch_token(grant.token_url, grant_type="client_credentials")
                except (OAuthError, httpx2.HTTPStatusError, ValueError, TypeError):
                    raise self._refused(answers[-1]) from None
        return self._kept_from(found, answers[-1])

    def _kept_from(self, found: Mapping[str, Any], answer: httpx2.Response) -> _Kept:
        token = found.get("access_token")
        if not answer.is_success:
            raise self._refused(answer)
        if not isinstance(token, str) or not token:
            raise FieldUnusable("access_token", "is missing from the token issuer's answer")
        return _Kept(token, time.monotonic() + _used_for(found.get("expires_in")).total_seconds())

    def _refused(self, answer: httpx2.Response) -> RegisterError:
        status = _dotnet_name(answer.status_code)
        text = self._grant.wording.format(url=self._grant.token_url.partition("?")[0], status=status)
        if answer.is_success and not _error_code(answer):
            return _unusable(answer, self._host)
        if answer.status_code == http.HTTPStatus.TOO_MANY_REQUESTS:
            return throttled(self._host, retry_after(answer.headers, dt.datetime.now(dt.UTC)))
        if answer.is_server_error:
            wait = retry_after(answer.headers, dt.datetime.now(dt.UTC))
            return ServerFailed(text, status=answer.status_code, retry_after=wait)
        code = _error_code(answer)
        if code and self._grant.wording is not Wording.PLAIN:
            text = f"{text} Reason: {code}."
        return TokenRefused(text, code=code or NO_CODE)


def _keeping(answers: list[httpx2.Response]) -> Any:
    def keep(answer: httpx2.Response) -> httpx2.Response:
        answers.append(answer)
        return answer

    return keep


def _error_code(answer: httpx2.Response) -> str:
    """OAuth2's error code; empty where there is none, as on a gateway's page."""
    try:
        content = answer.json()
    except ValueError:
        return ""
    code = content.get("error") if isinstance(content, dict) else None
    return scrub(code[:100]) if isinstance(code, str) else ""


def _unusable(answer: httpx2.Response, host: str) -> RegisterError:
    """Why a token could not be read: no object, or a life that is no number."""
    try:
        is_object = isinstance(answer.json(), dict)
    except ValueError:
        is_object = False
    if is_object:
        return FieldUnusable("expires_in", "of the token issuer's answer is no number of seconds")
    return NotJson(f"the token issuer {host} answered with something that is no JSON object")


def _used_for(expires_in: Any) -> dt.timedelta:
    """How long a token is used: until a margin before its end, or for half its life where that is short.

    Authlib has refused a life that is no number.
    """
    life = dt.timedelta(seconds=min(int(expires_in), 10**8)) if expires_in else LIFE_UNTOLD
    return max(life - MARGIN, life / 2)


def _dotnet_name(status: int) -> str:
    """A status as .NET names it, which the vendor's texts show: ``BadRequest``."""
    try:
        return http.HTTPStatus(status).phrase.replace(" ", "").replace("-", "")
    except ValueError:
        return str(status)
