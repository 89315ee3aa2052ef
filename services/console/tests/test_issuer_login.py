"""People log in at an OpenID Connect server that is not ours: there and back, out again, and every way that it goes wrong."""

import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from console.app import create_app
from console.oauth2.opening import utc_now
from console.people.provider import Tokens
from console.people.roles import SCOPES, Role
from console.people.settings import LoginSettings, RoleSettings
from console.people.vault import Vault
from console.settings import AppSettings
from pydantic import SecretStr
from registerbro.auth import Scope, Verifier, keys_of
from registerbro.database import Pool
from registerbro.secrets import SecretStore

from tests.support import secrets_in_use
from tests.support.console_service import URL, MakeConsole, claims_of
from tests.support.foreign_issuer import AFTER_LOGOUT, CALLBACK, CONSOLE, ForeignIssuer
from tests.support.ftp import free_port
from tests.support.people import COOKIE, CSRF, PASSWORD, planted, slug
from tests.support.services import running

ATTEMPT = "registerbro-login"


def login_settings(issuer: ForeignIssuer, **changes: Any) -> LoginSettings:
    secret = SecretStr(issuer.clients[CONSOLE].secret)
    return LoginSettings(issuer=issuer.url, client_id=CONSOLE, client_secret=secret, **changes)


@pytest.fixture
def settings(make_settings: MakeConsole, foreign_issuer: ForeignIssuer) -> AppSettings:
    """People log in at the issuer; tokens are ours."""
    return make_settings(own={"login": login_settings(foreign_issuer)})


@pytest.fixture
async def browser(settings: AppSettings, pool: Pool) -> AsyncIterator[httpx.AsyncClient]:
    async with running(create_app(settings)) as browser:
        yield browser


async def sent(browser: httpx.AsyncClient, **query: str) -> str:
    """Where the browser is sent to log in."""
    answer = await browser.get("/login", params=query)
    assert answer.status_code == 303, answer.text
    secrets_in_use.add(browser.cookies[ATTEMPT])
    return answer.headers["location"]


async def came_back(
    browser: httpx.AsyncClient, issuer: ForeignIssuer, user: str, **query: str
) -> httpx.Response:
    """The answer when the browser comes back from a log-in there."""
    answer = await browser.get(issuer.login(await sent(browser, **query), user))
    if COOKIE in browser.cookies:
        secrets_in_use.add(browser.cookies[COOKIE])
    return answer


def query_of(url: str) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}


async def test_there_and_back(browser: httpx.AsyncClient, foreign_issuer: ForeignIssuer, pool: Pool) -> None:
    asked = query_of(await sent(browser))
    assert asked["redirect_uri"] == CALLBACK
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert len(asked["state"]) >= 43
    assert len(asked["nonce"]) >= 43
    answer = await came_back(browser, foreign_issuer, "oscar", next="/oauth2/clients?limit=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/oauth2/clients?limit=1")
    assert ATTEMPT not in browser.cookies
    seen = (await browser.get("/session")).json()
    assert (seen["user_name"], seen["display_name"]) == ("oscar", "Oscar Operator")
    assert (seen["issuer"], seen["roles"]) == (foreign_issuer.url, ["operator"])
    assert (await browser.get("/oauth2/clients")).status_code == 200
    token = (await browser.post("/session/token", headers=CSRF)).json()["access_token"]
    claims = await claims_of(browser, secrets_in_use.add(token))
    assert (claims["sub"], claims["iss"]) == ("oscar", URL)
    assert set(claims["scope"].split()) == set(map(str, SCOPES[Role.OPERATOR]))
    kept = await pool.fetchval("select convert_from(tokens, 'utf8') from login_session")
    assert not secrets_in_use.is_in(kept)
    assert "eyJ" not in kept
    out = await browser.post("/logout")
    assert out.headers["location"].startswith(f"{foreign_issuer.url}/logout?")
    asked = query_of(out.headers["location"])
    secrets_in_use.add(asked["id_token_hint"])
    assert (asked["client_id"], asked["post_logout_redirect_uri"]) == (CONSOLE, AFTER_LOGOUT)
    assert (await browser.get("/session")).status_code == 401


async def test_another_replica_takes_the_browser_back(
    browser: httpx.AsyncClient, settings: AppSettings, foreign_issuer: ForeignIssuer
) -> None:
    back = foreign_issuer.login(await sent(browser), "vera")
    async with running(create_app(settings)) as replica:
        planted(replica, browser.cookies[ATTEMPT], ATTEMPT)
        assert (await replica.get(back)).status_code == 303
        planted(browser, secrets_in_use.add(replica.cookies[COOKIE]))
    assert (await browser.get("/session")).json()["roles"] == ["viewer"]


async def test_an_answer_comes_back_once_and_to_the_browser_that_asked(
    browser: httpx.AsyncClient, foreign_issuer: ForeignIssuer, pool: Pool
) -> None:
    back = foreign_issuer.login(await sent(browser), "oscar")
    cookie = browser.cookies[ATTEMPT]
    browser.cookies.clear()
    assert slug(await browser.get(back)) == "login-interrupted", "another browser"
    planted(browser, cookie[:-1] + ("A" if cookie[-1] != "A" else "B"), ATTEMPT)
    assert slug(await browser.get(back)) == "login-interrupted", "a tampered cookie"
    browser.cookies.clear()
    planted(browser, cookie, ATTEMPT)
    assert (await browser.get(back)).status_code == 303
    browser.cookies.clear()
    planted(browser, cookie, ATTEMPT)
    assert slug(await browser.get(back)) == "login-interrupted", "once more"
    assert COOKIE not in browser.cookies
    back = foreign_issuer.login(await sent(browser), "oscar")
    await pool.execute("update login_attempt set expires_at = now() - interval '1 second'")
    assert slug(await browser.get(back)) == "login-interrupted", "too late"


WRONG: tuple[tuple[dict[str, str | None], str], ...] = (
    ({"state": "x" * 43}, "login-interrupted"),
    ({"state": None}, "login-interrupted"),
    ({"iss": "https://evil.example"}, "login-answer-wrong"),
    ({"code": None}, "login-answer-wrong"),
    ({"code": "invented"}, "login-answer-wrong"),
    ({"error": "access_denied", "code": None}, "login-denied"),
)


async def test_a_wrong_answer_begins_no_session(
    browser: httpx.AsyncClient, foreign_issuer: ForeignIssuer
) -> None:
    for changes, kind in WRONG:
        answer = query_of(foreign_issuer.login(await sent(browser), "oscar")) | changes
        said = {name: value for name, value in answer.items() if value is not None}
        told = await browser.get("/login/callback", params=said)
        assert slug(told) == kind, changes
        assert COOKIE not in browser.cookies
        assert "evil" not in told.text


async def test_who_has_no_role_is_not_let_in(
    browser: httpx.AsyncClient, foreign_issuer: ForeignIssuer
) -> None:
    answer = await came_back(browser, foreign_issuer, "nobody")
    assert (answer.status_code, slug(answer)) == (403, "no-role")
    assert COOKIE not in browser.cookies


async def test_there_are_no_local_users_beside_an_issuer(browser: httpx.AsyncClient, pool: Pool) -> None:
    body = {"user_name": "anna", "password": PASSWORD}
    for answer in (await browser.post("/session", json=body), await browser.post("/login", data=body)):
        assert (answer.status_code, slug(answer)) == (409, "login-elsewhere")
    for elsewhere in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        assert (await browser.get("/login", params={"next": elsewhere})).status_code == 422
    assert ATTEMPT not in browser.cookies


async def test_with_foreign_tokens_the_session_hands_out_the_issuer_s(
    make_settings: MakeConsole, foreign_issuer: ForeignIssuer, pool: Pool
) -> None:
    login = login_settings(foreign_issuer, scopes=("openid", "contacts:read", "config:read"))
    settings = make_settings(
        shared={"auth": foreign_issuer.settings()}, own={"login": login, "public_url": URL}
    )

    async def token(browser: httpx.AsyncClient) -> httpx.Response:
        answer = await browser.post("/session/token", headers=CSRF)
        if answer.status_code == 201:
            secrets_in_use.add(answer.json()["access_token"])
        return answer

    async with running(create_app(settings)) as browser:
        await came_back(browser, foreign_issuer, "vera")
        first = await token(browser)
        assert (first.status_code, first.json()["scope"]) == (201, "contacts:read config:read")
        caller = await Verifier(settings.auth, keys_of(settings.auth)).verify(first.json()["access_token"])
        assert (caller.client, caller.user) == (CONSOLE, "vera")
        assert caller.scopes == {Scope.CONTACTS_READ, Scope.CONFIG_READ}
        assert (await token(browser)).json()["access_token"] == first.json()["access_token"]
        await _expire(pool, settings)
        renewed = await token(browser)
        assert renewed.status_code == 201, renewed.text
        assert renewed.json()["access_token"] != first.json()["access_token"]
        await _expire(pool, settings, refresh_token="invented-refresh-token")
        assert slug(await token(browser)) == "session-missing"
        assert (await browser.get("/session")).status_code == 401, "who is out there is out here"
        browser.cookies.clear()
        await came_back(browser, foreign_issuer, "vera")
        await _expire(pool, settings, refresh_token="invented-refresh-token")
        page = await browser.get("/ui/cvr")
        assert (page.status_code, page.headers["location"]) == (303, "/login?next=/ui/cvr")


async def _expire(pool: Pool, settings: AppSettings, *, refresh_token: str | None = None) -> None:
    """As if the access token were about to expire; the refresh token is the issuer's, or invented."""
    vault = Vault(SecretStore(settings.secrets.keys), now=utc_now)
    kept = vault.open(await pool.fetchval("select tokens from login_session"))
    assert kept is not None
    assert kept.refresh_token is not None
    secrets_in_use.add(kept.refresh_token.get_secret_value())
    refresh = SecretStr(refresh_token) if refresh_token else kept.refresh_token
    expiring = Tokens(
        access_token=kept.access_token, token_type="Bearer", expires_in=30, refresh_token=refresh
    )
    await pool.execute("update login_session set tokens = $1", vault.seal(expiring))


def test_roles_and_claims_are_named_by_settings() -> None:
    roles = RoleSettings(operator="group-1, group-2")  # type: ignore[arg-type]
    assert roles.operator == ("group-1", "group-2")
    with pytest.raises(ValueError, match="https"):
        LoginSettings(issuer="http://issuer.example", client_id="console")
    with pytest.raises(ValueError, match="openid"):
        LoginSettings(issuer="https://issuer.example", client_id="console", scopes=("profile",))


HTML = {"Accept": "text/html,application/xhtml+xml", "Accept-Language": "en"}


async def test_a_browser_is_told_by_a_page_why_nobody_is_logged_in(
    browser: httpx.AsyncClient, foreign_issuer: ForeignIssuer
) -> None:
    browser.headers.update(HTML)
    told = await came_back(browser, foreign_issuer, "nobody")
    assert told.status_code == 403
    assert "Your account has no role in Registerbro." in told.text
    for changes, text in (
        ({"state": "x" * 43}, "The log-in was not begun in this browser"),
        ({"iss": "https://evil.example"}, "The answer of the external issuer cannot be accepted."),
        ({"error": "access_denied"}, "The external issuer did not let you in."),
    ):
        answer = query_of(foreign_issuer.login(await sent(browser), "oscar")) | changes
        told = await browser.get("/login/callback", params=answer)
        assert told.headers["content-type"].startswith("text/html")
        assert text in told.text
        assert 'href="/login"' in told.text
        assert "evil" not in told.text


async def test_while_the_issuer_is_away_a_browser_is_told_by_a_page(
    make_settings: MakeConsole, pool: Pool
) -> None:
    nowhere = LoginSettings(issuer=f"http://127.0.0.1:{free_port()}", client_id=CONSOLE)
    async with running(create_app(make_settings(own={"login": nowhere}))) as browser:
        told = await browser.get("/login", headers=HTML | {"Accept-Language": "da"})
        assert (told.status_code, told.headers["retry-after"]) == (503, "5")
        assert "svarer ikke" in told.text
        assert slug(await browser.get("/login")) == "issuer-unreachable"


async def test_pages_let_forms_lead_to_the_issuer_s_log_out_and_nowhere_else(
    browser: httpx.AsyncClient, foreign_issuer: ForeignIssuer
) -> None:
    await came_back(browser, foreign_issuer, "vera")
    page = await browser.get("/ui/preferences")
    policy = page.headers["content-security-policy"]
    assert f"form-action 'self' {foreign_issuer.url};" in policy
    assert "/ui/password" not in page.text
    assert foreign_issuer.url in (await browser.get("/ui/password")).text
    page = await browser.get("/ui/people")
    assert f"{foreign_issuer.url}" in page.text
    assert 'action="/ui/people/sessions"' not in page.text, "a viewer ends nobody's sessions"


async def test_sessions_of_people_from_the_issuer_are_ended_by_an_administrator(
    browser: httpx.AsyncClient, foreign_issuer: ForeignIssuer, settings: AppSettings
) -> None:
    assert settings.console.login is not None
    roles = RoleSettings(administrator=("printing",))
    login = settings.console.login.model_copy(update={"roles": roles})
    console = settings.console.model_copy(update={"login": login})
    await came_back(browser, foreign_issuer, "vera")
    async with running(create_app(settings.model_copy(update={"console": console}))) as administrator:
        await came_back(administrator, foreign_issuer, "nobody")
        page = await administrator.get("/ui/people")
        [csrf] = set(re.findall('name="csrf" value="([0-9a-f]+)"', page.text))
        form = {"csrf": csrf, "name": "vera"}
        asked = await administrator.post("/ui/people/sessions", data=form)
        assert "End every session of vera?" in asked.text
        assert (await browser.get("/session")).status_code == 200
        done = await administrator.post("/ui/people/sessions", data=form | {"confirmed": "yes"})
        assert done.status_code == 303
    assert (await browser.get("/session")).status_code == 401
