"""A real read of the contact store's OData, as its other clients make one: a token, then a set that names nobody."""

import contextlib
import http
from collections.abc import AsyncIterator
from typing import Self
from urllib.parse import urlsplit

import httpx2
from registerbro.registers.calling import Answer
from registerbro.registers.errors import CallRefused, NotConfigured, ServerFailed
from registerbro.registers.failures import told
from registerbro.registers.tls import Tls
from registerbro.registers.tokens import Grant, Tokens
from registerbro.settings import variable

from cvr_subscription.settings import CvrSubscriptionSettings

TOKEN_PATH = "/oauth2/connect/token"  # noqa: S105 (a path)
PATH = "/odata/ServiceQueue"
PURPOSE = "readiness of CVR Subscription"
SECONDS = 30.0  # of one call; the vendor's own example takes 24
SETTINGS = ("oauth2_server_url", "oauth2_client_id", "oauth2_client_secret", "odata_server_url")


class Odata:
    """The contact store's OData and the issuer of its tokens; None of both where the settings do not tell them."""

    def __init__(self, tokens: Tokens | None, client: httpx2.AsyncClient | None) -> None:
        self._tokens = tokens
        self._client = client

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, settings: CvrSubscriptionSettings) -> AsyncIterator[Self]:
        """For as long as the block lasts; nothing is asked yet."""
        if settings.oauth2_server_url is None or settings.odata_server_url is None:
            yield cls(None, None)
            return
        grant = Grant(
            token_url=settings.oauth2_server_url.rstrip("/") + TOKEN_PATH,
            client_id=settings.oauth2_client_id,
            client_secret=settings.oauth2_client_secret,
        )
        tls = Tls()
        tokens = Tokens(grant, tls=tls, answer_seconds=SECONDS, name="odata")
        base = settings.odata_server_url.rstrip("/").removesuffix("/odata")
        try:
            async with httpx2.AsyncClient(
                base_url=base, verify=tls.context(), timeout=SECONDS, trust_env=False
            ) as client:
                yield cls(tokens, client)
        finally:
            await tokens.close()

    async def read(self) -> None:
        """Reads; raises ``RegisterError`` with what is wrong."""
        if self._tokens is None or self._client is None:
            raise NotConfigured(
                tuple(f"{variable(('cvr_subscription', name))}: is missing" for name in SETTINGS)
            )
        token = await self._tokens.token()
        host = urlsplit(str(self._client.base_url)).netloc
        headers = {"Authorization": f"Bearer {token}", "Registerbro-Purpose": PURPOSE}
        with told(host):
            response = await self._client.get(
                PATH, params={"$top": "1", "$select": "TaskId"}, headers=headers
            )
        status = response.status_code
        if status == http.HTTPStatus.UNAUTHORIZED:
            self._tokens.forget(token)
        if status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
            raise ServerFailed(_text(host, status), status=status)
        if status != http.HTTPStatus.OK:
            raise CallRefused(_text(host, status), status=status)
        Answer(status, response.content, response.headers).json()


def _text(host: str, status: int) -> str:
    return f"Failed to read {PATH} of {host}. Status code: {status}"
