"""Every answer of every service tells browsers and caches to keep, guess, embed and run nothing."""

import httpx
import pytest
from fastapi import APIRouter, Response
from registerbro.auth import PUBLIC, DevelopmentIssuer, Scope
from registerbro.service import Parts, build

from tests.security.calling import call, told
from tests.security.expected_scopes import EXPECTED_SCOPES
from tests.security.services import SERVICES, Running
from tests.support.services import client_of, settings_for

SAID = {
    "content-security-policy": "default-src 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
router = APIRouter()


@router.get("/kept")
async def kept(response: Response) -> str:
    """An answer that says itself how long it may be kept."""
    response.headers["Cache-Control"] = "public, max-age=300"
    return "kept"


@router.get("/broken")
async def broken() -> str:
    """A mistake of ours."""
    raise ZeroDivisionError


def lacking(answer: httpx.Response) -> dict[str, str | None]:
    """The headers that are not as they must be."""
    return {
        name: answer.headers.get(name) for name, value in SAID.items() if answer.headers.get(name) != value
    }


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.asyncio(loop_scope="package")
async def test_each_route_says_them(
    services: dict[str, Running], issuer: DevelopmentIssuer, name: str
) -> None:
    client, everything = services[name].client, issuer.token(*Scope)
    for row, scope in EXPECTED_SCOPES[name].items():
        if row.startswith("GET "):
            for token in (everything, None):
                answer = await call(client, row, token)
                assert lacking(answer) == {}, row
                assert scope not in set(Scope) or answer.headers["cache-control"] == "no-store", row


async def test_refusals_and_mistakes_say_them_and_what_an_answer_says_itself_stays(
    issuer: DevelopmentIssuer,
) -> None:
    settings = settings_for("postgresql://nowhere.invalid/store", issuer)
    parts = Parts(routers=[router], scopes={("GET", "/kept"): PUBLIC, ("GET", "/broken"): PUBLIC})
    async with client_of(build("demo", title="Demo", settings=settings, parts=parts)) as client:
        answers = {path: await client.get(path) for path in ("/kept", "/broken", "/nowhere")}
        assert {path: told(answer)[:3] for path, answer in answers.items()} == {
            "/kept": "200",
            "/broken": "500",
            "/nowhere": "401",
        }
        assert all(lacking(answer) == {} for answer in answers.values())
        assert answers["/kept"].headers["cache-control"] == "public, max-age=300"
        assert answers["/broken"].headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in answers["/kept"].headers
        secure = await client.get("https://service.test/kept")
        assert secure.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
