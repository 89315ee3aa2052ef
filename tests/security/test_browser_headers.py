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

POLICY = ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'")
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


def is_guarded(answer: httpx.Response) -> bool:
    """Whether the headers are there; a page may have a policy of its own, as long as nobody else's runs or frames it."""
    headers = answer.headers
    return (
        headers["x-content-type-options"] == "nosniff"
        and headers["referrer-policy"] in ("no-referrer", "same-origin")
        and all(part in headers["content-security-policy"] for part in POLICY)
    )


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
                assert is_guarded(answer), row
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
        assert all(map(is_guarded, answers.values()))
        assert answers["/kept"].headers["cache-control"] == "public, max-age=300"
        assert answers["/broken"].headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in answers["/kept"].headers
        secure = await client.get("https://service.test/kept")
        assert secure.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
