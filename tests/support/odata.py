"""OData over the console in the tests: a client with tokens of any scope, and queries with a stated purpose."""

import contextlib
import dataclasses
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest
from console.app import create_app
from console.settings import AppSettings
from pydantic import SecretStr
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.settings import AuthSettings, Settings

from tests.support.services import bearer, running

READER = (Scope.CONTACTS_READ,)
TRUSTED = (Scope.CONTACTS_READ, Scope.PROTECTED_READ)
WHY = {"Registerbro-Purpose": "a test of queries"}


@dataclasses.dataclass(frozen=True, slots=True)
class OdataClient:
    """Asks as a client with these scopes."""

    http: httpx.AsyncClient
    issuer: DevelopmentIssuer

    async def get(
        self, path: str, *scopes: Scope, headers: Mapping[str, str | bytes] | None = None, **options: Any
    ) -> httpx.Response:
        """An answer; options are named without their dollar sign."""
        said: dict[str, Any] = {**WHY, **bearer(self.issuer.token(*(scopes or READER))), **(headers or {})}
        parameters = {f"${name}": str(value) for name, value in options.items()}
        return await self.http.get(f"/odata/{path}", headers=said, params=parameters or None)

    async def json(self, path: str, *scopes: Scope, **options: Any) -> Any:
        """The body of an answer that is given."""
        answer = await self.get(path, *scopes, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def values(self, path: str, *scopes: Scope, **options: Any) -> list[Any]:
        """The entities of a whole collection, page by page."""
        body = await self.json(path, *scopes, **options)
        found = list(body["value"])
        while link := body.get("@odata.nextLink"):
            body = await self.json(link.partition("/odata/")[2], *scopes)
            found += body["value"]
        return found

    async def ids(self, filter_: str, *scopes: Scope, **options: Any) -> list[int]:
        """The ids of the contacts that a filter finds."""
        found = await self.values("Contacts", *scopes, filter=filter_, select="ContactId", **options)
        return [each["ContactId"] for each in found]


@contextlib.asynccontextmanager
async def odata_client(settings: Settings, issuer: DevelopmentIssuer) -> AsyncIterator[OdataClient]:
    """A client of a console on a store, which accepts the issuer's tokens."""
    auth = AuthSettings(
        issuer=issuer.issuer, audience=issuer.audience, development_key=SecretStr(issuer.private_pem)
    )
    async with running(create_app(AppSettings(**{**dict(settings), "auth": auth}))) as http:
        yield OdataClient(http, issuer)


@pytest.fixture
async def odata(service_settings: Settings, issuer: DevelopmentIssuer) -> AsyncIterator[OdataClient]:
    """A client of a console on a store of the test's own."""
    async with odata_client(service_settings, issuer) as client:
        yield client
