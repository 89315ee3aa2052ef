"""Every page and form of the console: without a session, with each role, with a form that another site's page sent."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from console.people.roles import SCOPES, Role
from console.web.forms import token_of
from console.web.routes import NEEDS
from registerbro.auth import DevelopmentIssuer, Scope

from tests.security.calling import filled
from tests.security.expected_pages import EXPECTED_PAGES
from tests.security.services import Running
from tests.support.people import COOKIE, log_in, user
from tests.support.services import bearer

pytestmark = [
    pytest.mark.xdist_group("all services"),
    pytest.mark.asyncio(loop_scope="package"),
]
FORBIDDEN = "Your roles do not permit this page."


@pytest_asyncio.fixture(loop_scope="package", scope="module")
async def console(services: dict[str, Running]) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the console without a session, and a user for each role."""
    app = services["console"].app
    for role in Role:
        await user(app.state.service.pool, f"page-{role}", role)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://service.test") as client:
        yield client


async def test_the_table_has_each_page_as_the_code_has_it() -> None:
    present = {f"{method} {path}": frozenset(map(str, needs)) for (method, path), needs in NEEDS.items()}
    lines = [
        f'        "{row}": "{" ".join(sorted(needs))}",'
        for row, needs in sorted(present.items(), key=lambda each: tuple(reversed(each[0].split())))
        if EXPECTED_PAGES.get(row) != needs
    ]
    assert not lines, "\n".join(["write into expected_pages.py", *lines])
    assert sorted(EXPECTED_PAGES.keys() - present.keys()) == []


async def test_without_a_session_every_page_leads_to_the_log_in_even_with_a_token(
    console: httpx.AsyncClient, issuer: DevelopmentIssuer
) -> None:
    for headers in ({}, bearer(issuer.token(*Scope))):
        for row in EXPECTED_PAGES:
            method, _, path = row.partition(" ")
            answer = await console.request(method, filled(path), headers=headers)
            if method == "GET":
                assert answer.status_code == 303, row
                assert answer.headers["location"].split("?")[0] == "/login", row
            else:  # a form waits meanwhile
                assert answer.status_code == 401, row
                assert 'href="/login?' in answer.text, row


@pytest.mark.parametrize("role", Role)
async def test_a_role_is_refused_exactly_what_it_lacks(console: httpx.AsyncClient, role: Role) -> None:
    await log_in(console, f"page-{role}")
    token = token_of(console.cookies[COOKIE])
    for row, needs in EXPECTED_PAGES.items():
        if needs and not needs & {str(scope) for scope in SCOPES[role]}:
            method, _, path = row.partition(" ")
            sent = {"csrf": token, "confirmed": "yes"} if method == "POST" else None
            answer = await console.request(method, filled(path), data=sent)
            assert answer.status_code == 403, row
            assert FORBIDDEN in answer.text, row
    console.cookies.clear()


async def test_forms_that_no_page_of_the_session_sent_change_nothing(console: httpx.AsyncClient) -> None:
    await log_in(console, f"page-{Role.ADMINISTRATOR}")
    token = token_of(console.cookies[COOKIE])
    forms = [row.removeprefix("POST ") for row in EXPECTED_PAGES if row.startswith("POST ")]
    for path in forms:
        for sent, headers, status in (
            ({}, {}, 409),
            ({"csrf": "0" * 64}, {}, 409),
            ({"csrf": token}, {"Sec-Fetch-Site": "cross-site"}, 403),
            ({"csrf": token}, {"Origin": "https://elsewhere.test"}, 403),
        ):
            typed = {"confirmed": "yes", "evil": "typed elsewhere", **sent}
            answer = await console.post(filled(path), data=typed, headers=headers)
            assert answer.status_code == status, (path, headers)
            assert ("typed elsewhere" in answer.text) == (status == 409), (
                "nothing of another site's is offered again"
            )
    console.cookies.clear()


async def test_pages_say_to_browsers_what_they_may_do(console: httpx.AsyncClient) -> None:
    await log_in(console, f"page-{Role.ADMINISTRATOR}")
    answer = await console.get("/ui/preferences")
    policy = answer.headers["content-security-policy"]
    console.cookies.clear()
    assert "unsafe" not in policy
    assert "http" not in policy
    assert {part.split()[0]: part.split()[1:] for part in policy.split("; ")} == {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
    assert answer.headers["cache-control"] == "no-store"
    kept = await console.get(next(line for line in answer.text.split('"') if line.endswith(".css")))
    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
