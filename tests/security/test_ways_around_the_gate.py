"""Other spellings of a path and other methods lead past no gate: where the table has no row, nothing answers."""

import re
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.service import Parts, build

from tests.security.calling import filled, told
from tests.security.expected_scopes import EXPECTED_SCOPES, PUBLIC, SESSION
from tests.security.services import SERVICES, Running
from tests.support.services import bearer, settings_for

pytestmark = pytest.mark.xdist_group("all services")  # which start once

each_service = pytest.mark.parametrize("name", SERVICES)
OTHER_METHODS = ("HEAD", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "QUERY", "get", "Post", "*")
REFUSED = ("403 scope-missing", "404 not-found", "405 method-not-allowed")
BESIDE_THE_TABLE = (
    "/metrics",
    "/docs",
    "/redoc",
    "/openapi.yaml",
    "/.env",
    "/admin",
    "/nowhere",
    "/",
    "",
    "*",
)


def spellings(path: str) -> set[str]:
    """Ways to write a path that a proxy, a server or a router might take for the same."""
    inner = path.lstrip("/")
    return {
        f"//{inner}",
        f"/%2f{inner}",
        f"/.{path}",
        f"/%2e{path}",
        f"/liveness/..{path}",
        f"/liveness/%2e%2e{path}",
        f"/liveness%2f..%2f{inner}",
        f"{path}/",
        f"{path}%2f",
        f"{path}/.",
        f"{path}/../liveness",
        f"{path}%00",
        f"{path}%20",
        f"{path};x=1",
        f"{path}.json",
        f"{path}%3fx",
        f"{path}%23x",
        f"http://service.test{path}",
        path.upper(),
        path.replace("/", "\\"),
        path.replace("/", "%5c"),
        path.replace("/", "%252f"),
        inner,
    }


async def send(
    app: FastAPI, method: str, target: str, token: str | None = None, *, root_path: str = ""
) -> httpx.Response:
    """A call with method and path just as written, which an HTTP client would put in order first."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def keep(message: Any) -> None:
        sent.append(message)

    headers = [
        (key.lower().encode(), value.encode()) for key, value in (bearer(token) if token else {}).items()
    ]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(target),
        "raw_path": target.encode(),
        "root_path": root_path,
        "query_string": b"",
        "headers": headers,
        "client": ("192.0.2.1", 1),
        "server": ("service.test", 80),
    }
    await app(scope, receive, keep)
    body = b"".join(message.get("body", b"") for message in sent)
    return httpx.Response(sent[0]["status"], headers=sent[0]["headers"], content=body)


def one_of_each_shape(name: str) -> list[tuple[str, str]]:
    """Method and path of a route that needs a token, for each way in which such paths are put together."""
    rows = (row.split() for row, scope in EXPECTED_SCOPES[name].items() if scope not in (PUBLIC, SESSION))
    return list({re.sub(r"\w+", "x", path): (method, filled(path)) for method, path in rows}.values())


@each_service
@pytest.mark.asyncio(loop_scope="package")
async def test_a_path_spelt_otherwise_opens_nothing(
    services: dict[str, Running], issuer: DevelopmentIssuer, name: str
) -> None:
    app, without_scope = services[name].app, issuer.token()
    for method, path in one_of_each_shape(name):
        for spelling in spellings(path):
            assert told(await send(app, method, spelling)) == "401 token-missing", spelling
            found = told(await send(app, method, spelling, without_scope))
            assert found.startswith(REFUSED), (method, spelling, found)


@each_service
@pytest.mark.asyncio(loop_scope="package")
async def test_other_methods_need_a_token_and_do_nothing(
    services: dict[str, Running], issuer: DevelopmentIssuer, name: str
) -> None:
    app, everything = services[name].app, issuer.token(*Scope)
    for _, path in one_of_each_shape(name):
        for method in OTHER_METHODS:
            assert told(await send(app, method, path)) == "401 token-missing", (method, path)
            answer = await send(app, method, path, everything)
            assert told(answer) == "405 method-not-allowed", (method, path)
            assert not set(answer.headers["allow"].split(", ")) & set(OTHER_METHODS)


@each_service
@pytest.mark.asyncio(loop_scope="package")
async def test_what_is_in_no_table_is_told_to_nobody_without_a_token(
    services: dict[str, Running], issuer: DevelopmentIssuer, name: str
) -> None:
    app = services[name].app
    public = {row.split()[1] for row, scope in EXPECTED_SCOPES[name].items() if scope == PUBLIC}
    for path in set(BESIDE_THE_TABLE) - public:
        for method in ("GET", "POST", "OPTIONS"):
            assert told(await send(app, method, path)) == "401 token-missing", (method, path)
            assert told(await send(app, method, path, issuer.token(*Scope))) == "404 not-found"


@each_service
@pytest.mark.asyncio(loop_scope="package")
async def test_public_paths_take_their_method_only(services: dict[str, Running], name: str) -> None:
    paths = {row.split()[1] for row, scope in EXPECTED_SCOPES[name].items() if scope in (PUBLIC, SESSION)}
    for path in paths:
        allowed = {row.split()[0] for row in EXPECTED_SCOPES[name] if row.split()[1] == path}
        for method in {*OTHER_METHODS, "POST", "DELETE"} - allowed:
            answer = await send(services[name].app, method, path)
            assert told(answer) == "405 method-not-allowed", (method, path)
            assert set(answer.headers["allow"].split(", ")) == allowed


router = APIRouter()


@router.get("/contacts")
async def contacts() -> str:
    """Something that takes a scope."""
    return "contacts"


@pytest.fixture
def demo(issuer: DevelopmentIssuer) -> FastAPI:
    """A service with one route; no store is needed to refuse."""
    parts = Parts(routers=[router], scopes={("GET", "/contacts"): Scope.CONTACTS_READ})
    settings = settings_for("postgresql://nowhere.invalid/store", issuer)
    return build("demo", title="Demo", settings=settings, parts=parts)


async def test_below_a_path_of_the_proxy_the_gate_and_the_router_see_the_same(
    demo: FastAPI, issuer: DevelopmentIssuer
) -> None:
    """A root path is cut off before a slash only: ``/con`` is no part of ``/contacts``."""
    without_scope = issuer.token(Scope.BATCH_READ)
    assert told(await send(demo, "GET", "/c/contacts", without_scope, root_path="/c")) == "403 scope-missing"
    for root_path in ("/c", "/con", "/contact", "/contacts"):
        found = told(await send(demo, "GET", "/contacts", without_scope, root_path=root_path))
        assert found.startswith(REFUSED), root_path


async def test_a_route_that_the_gate_does_not_know_is_not_answered(
    demo: FastAPI, issuer: DevelopmentIssuer
) -> None:
    demo.add_api_route("/added-later", contacts)
    assert told(await send(demo, "GET", "/added-later", issuer.token(*Scope))) == "404 not-found"
