"""A service may know another way than a bearer token to say who calls; the token comes first, the scopes count all the same."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from registerbro.auth import Alternative, Caller, CurrentCaller, DevelopmentIssuer, Scope
from registerbro.problems import Conflict
from registerbro.service import Parts, build
from starlette.requests import HTTPConnection

from tests.support.services import bearer, client_of, settings_for

router = APIRouter()


@router.get("/things")
async def things(caller: CurrentCaller) -> list[str | None]:
    """Says who called."""
    return [caller.client, caller.user]


async def by_badge(call: HTTPConnection) -> Caller | None:
    badge = call.headers.get("badge")
    if badge == "forged":
        raise Conflict
    scopes = frozenset({Scope.BATCH_READ} if badge == "reader" else ())
    return None if badge is None else Caller("door", badge, scopes)


SCHEME = {"type": "apiKey", "in": "header", "name": "badge"}
PARTS = Parts(
    routers=[router],
    scopes={("GET", "/things"): Scope.BATCH_READ},
    alternative=lambda _: Alternative("badge", SCHEME, by_badge, (Conflict,)),
)


@pytest.fixture
async def client(issuer: DevelopmentIssuer) -> AsyncIterator[httpx.AsyncClient]:
    settings = settings_for("postgresql://nowhere.invalid/store", issuer)
    async with client_of(build("demo", title="Demo", settings=settings, parts=PARTS)) as client:
        yield client


async def test_who_calls_is_known_by_either(client: httpx.AsyncClient, issuer: DevelopmentIssuer) -> None:
    token = bearer(issuer.token("batch:read", client="machine"))
    for headers, caller in (
        ({"badge": "reader"}, ["door", "reader"]),
        ({"badge": "reader", "Registerbro-Acting-User": "somebody-else"}, ["door", "reader"]),
        (token, ["machine", None]),
        (token | {"badge": "reader"}, ["machine", None]),
        (token | {"badge": "forged"}, ["machine", None]),
    ):
        answer = await client.get("/things", headers=headers)
        assert (answer.status_code, answer.json()) == (200, caller)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"badge": "visitor"}, 403),
        ({"badge": "forged"}, 409),
        ({"badge": "reader", "Authorization": "Bearer nonsense"}, 401),
        ({"badge": "reader", "Authorization": ""}, 401),
    ],
)
async def test_neither_makes_up_for_the_other(
    client: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    assert (await client.get("/things", headers=headers)).status_code == status
    assert (await client.get("/nowhere")).status_code == 401


async def test_the_description_names_both(client: httpx.AsyncClient) -> None:
    described: dict[str, Any] = (await client.get("/openapi.json")).json()
    operation = described["paths"]["/things"]["get"]
    assert operation["security"] == [{"bearer": ["batch:read"]}, {"badge": ["batch:read"]}]
    assert described["components"]["securitySchemes"]["badge"] == SCHEME
    assert "conflict" in operation["responses"]["409"]["description"]
