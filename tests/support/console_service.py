"""The console as a service in the tests: its settings, replicas of it, clients that get tokens, and it on a real port."""

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, TypeAlias

import httpx
import jwt
import pytest
from console.app import create_app
from console.oauth2.clients import Profile
from console.oauth2.issuing import Issuer
from console.oauth2.opening import opened
from console.settings import AppSettings, ConsoleSettings, TokenSettings
from fastapi import FastAPI
from pydantic import SecretStr
from registerbro import serving
from registerbro.auth import Caller, Scope
from registerbro.database import Pool
from registerbro.secrets import SecretStore
from registerbro.settings import AuthSettings, HttpSettings, Settings

from tests.support import secrets_in_use
from tests.support.ftp import free_port
from tests.support.services import bearer, running
from tests.support.waiting import until

URL = "http://service.test"
AUDIENCE = "registerbro"
TOKEN_PATH = "/oauth2/connect/token"
TESTS = Caller("tests", "somebody", frozenset())
MakeConsole: TypeAlias = Callable[..., AppSettings]


@dataclasses.dataclass(frozen=True, slots=True)
class Registered:
    """A client that may get tokens."""

    client_id: str
    secret: str = dataclasses.field(repr=False)

    @property
    def auth(self) -> httpx.BasicAuth:
        """Its credentials as a header."""
        return httpx.BasicAuth(self.client_id, self.secret)

    @property
    def fields(self) -> dict[str, str]:
        """Its credentials as fields of the form."""
        return {"client_id": self.client_id, "client_secret": self.secret}


@pytest.fixture
def make_settings(service_settings: Settings) -> MakeConsole:
    """The console's settings; keywords change how tokens are issued, ``shared`` any section."""

    def make(
        *,
        url: str = URL,
        shared: Mapping[str, Any] | None = None,
        own: Mapping[str, Any] | None = None,
        **tokens: Any,
    ) -> AppSettings:
        auth = AuthSettings(issuer=url, audience=AUDIENCE, jwks_url=f"{url}/oauth2/jwks")
        console = ConsoleSettings(tokens=TokenSettings(**tokens), **(own or {}))
        return AppSettings(**{**dict(service_settings), "auth": auth, "console": console, **(shared or {})})

    return make


async def issuer_of(pool: Pool, settings: AppSettings) -> Issuer:
    """What issues tokens, as a replica of its own without HTTP."""
    return await opened(pool, settings, SecretStore(settings.secrets.keys))


async def registered(
    issuer: Issuer, client_id: str, *scopes: Scope, secret: str | None = None, **profile: Any
) -> Registered:
    """A client with these scopes."""
    said = Profile(name=client_id, scopes=frozenset(scopes), **profile)
    given = None if secret is None else SecretStr(secret)
    _, made = await issuer.clients.add(client_id, said, secret=given, by=TESTS)
    return Registered(client_id, secrets_in_use.add(made.get_secret_value()))


async def ask(
    client: httpx.AsyncClient, who: Registered, *scopes: str, url: str = "", **fields: str
) -> httpx.Response:
    """A request for a token."""
    form = {"grant_type": "client_credentials", **fields} | ({"scope": " ".join(scopes)} if scopes else {})
    return await client.post(f"{url}{TOKEN_PATH}", data=form, auth=who.auth)


async def token_of(client: httpx.AsyncClient, who: Registered, *scopes: str, url: str = "") -> str:
    """A token."""
    answer = await ask(client, who, *scopes, url=url)
    assert answer.status_code == 200, answer.text
    return secrets_in_use.add(answer.json()["access_token"])


async def claims_of(client: httpx.AsyncClient, token: str, *, issuer: str = URL) -> dict[str, Any]:
    """What a token says, checked by PyJWT with the published keys."""
    keys = jwt.PyJWKSet.from_dict((await client.get("/oauth2/jwks")).json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(token, key, algorithms=["ES256"], audience=AUDIENCE, issuer=issuer)
    return claims


@pytest.fixture
async def console(make_settings: MakeConsole) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running console, without a token."""
    async with running(create_app(make_settings())) as client:
        yield client


@pytest.fixture
async def admin(console: httpx.AsyncClient, make_settings: MakeConsole, pool: Pool) -> httpx.AsyncClient:
    """The same with a token of a client that may change the configuration."""
    who = await registered(
        await issuer_of(pool, make_settings()),
        "administration",
        Scope.CONFIG_READ,
        Scope.CONFIG_WRITE,
        acts_as="ADMIN",
    )
    console.headers.update(bearer(await token_of(console, who)))
    return console


@contextlib.asynccontextmanager
async def served(settings: AppSettings) -> AsyncIterator[FastAPI]:
    """The console on the port that its settings name."""
    app = create_app(settings)
    server = serving.server(app, port=0)
    task = asyncio.create_task(server.serve())

    async def listens() -> bool:
        assert not task.done(), "the server ended"
        return server.started

    try:
        await until(listens)
        yield app
    finally:
        server.should_exit = True
        await task


@contextlib.asynccontextmanager
async def served_somewhere(make_settings: MakeConsole, **tokens: Any) -> AsyncIterator[AppSettings]:
    """The console on a free port of this machine."""
    port = free_port()
    shared = {"http": HttpSettings(port=port)}
    settings = make_settings(url=f"http://127.0.0.1:{port}", shared=shared, **tokens)
    async with served(settings):
        yield settings
