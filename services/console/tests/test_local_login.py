"""Local users log in with a password: what the session is then, how it ends, and what cannot be done with it."""

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from console.people.errors import SessionMissing
from console.people.roles import SCOPES, Role
from console.people.sessions import Person, Sessions
from console.people.settings import SessionSettings
from prometheus_client import REGISTRY
from pydantic import SecretStr
from registerbro.auth import Scope
from registerbro.database import Pool
from registerbro.settings import AuthSettings

from tests.support import secrets_in_use
from tests.support.console_service import (
    URL,
    MakeConsole,
    claims_of,
    issuer_of,
    registered,
    token_of,
)
from tests.support.people import (
    COOKIE,
    CSRF,
    PASSWORD,
    TESTS,
    console_running,
    log_in,
    planted,
    slug,
    user,
    users_in,
)
from tests.support.services import bearer

NEW = secrets_in_use.add("bro-vind-kaffe-7")
CLIENT = {"client_id": "journal", "name": "Journal"}


@pytest.fixture
async def anna(console: httpx.AsyncClient, pool: Pool) -> httpx.AsyncClient:
    """A browser in which an operator has logged in."""
    await user(pool, "anna", Role.OPERATOR)
    assert (await log_in(console, "anna")).status_code == 201
    return console


@pytest.fixture
async def other(console: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """Another browser at the same console."""
    async with httpx.AsyncClient(transport=console._transport, base_url=console.base_url) as browser:
        yield browser


async def test_a_session_says_who_it_is(console: httpx.AsyncClient, pool: Pool) -> None:
    assert slug(await console.get("/session")) == "session-missing"
    await user(pool, "anna", Role.VIEWER)
    answer = await log_in(console, " Anna")
    assert answer.status_code == 201, answer.text
    assert "HttpOnly; Path=/; SameSite=lax" in answer.headers["set-cookie"]
    assert answer.headers["cache-control"] == "no-store"
    seen = (await console.get("/session")).json()
    assert seen == answer.json() | {"idle_until": seen["idle_until"]}
    assert (seen["user_name"], seen["roles"], seen["issuer"]) == ("anna", ["viewer"], None)
    assert set(seen["scopes"]) == set(map(str, SCOPES[Role.VIEWER]))
    life = dt.datetime.fromisoformat(seen["expires_at"]) - dt.datetime.fromisoformat(seen["created_at"])
    assert life == dt.timedelta(hours=12)
    hashed = await pool.fetchval("select password_hash from local_user where last_login_at is not null")
    assert hashed.startswith("$argon2id$v=19$m=47104,t=1,p=1$")  # was hashed at little cost
    assert not secrets_in_use.is_in(await pool.fetchval("select login_session::text from login_session"))


async def test_refusals_look_alike(console: httpx.AsyncClient, pool: Pool) -> None:
    await user(pool, "anna", Role.VIEWER)
    await user(pool, "gone", Role.VIEWER)
    await users_in(pool).change("gone", {"enabled": False}, by=TESTS)
    before = REGISTRY.get_sample_value("registerbro_console_logins_total", {"outcome": "login-failed"}) or 0
    bodies = []
    for name, password in (
        ("anna", "wrong-wrong-wrong"),
        ("nobody", PASSWORD),
        ("gone", PASSWORD),
        ("Ø/", "x"),
    ):
        answer = await log_in(console, name, password)
        bodies.append((answer.status_code, answer.json(), "set-cookie" in answer.headers))
    assert slug(answer) == "login-failed"
    assert bodies == [(401, answer.json(), False)] * 4
    after = REGISTRY.get_sample_value("registerbro_console_logins_total", {"outcome": "login-failed"})
    assert after == before + 4


async def test_a_session_is_a_caller_of_the_console_s_routes(
    anna: httpx.AsyncClient, pool: Pool, make_settings: MakeConsole
) -> None:
    assert (await anna.get("/oauth2/clients")).status_code == 200
    refused = await anna.post("/oauth2/clients", json=CLIENT, headers=CSRF)
    assert (refused.status_code, slug(refused)) == (403, "scope-missing")
    machine = await registered(await issuer_of(pool, make_settings()), "machine", Scope.CONFIG_WRITE)
    token = bearer(await token_of(anna, machine))
    by_token = await anna.post("/oauth2/clients", json=CLIENT, headers=token)
    assert by_token.status_code == 201, "the token wins, and needs no other header"
    assert (await anna.get("/oauth2/clients", headers=token)).status_code == 403
    wrong = await anna.get("/oauth2/clients", headers={"Authorization": "Bearer nonsense"})
    assert (wrong.status_code, slug(wrong)) == (401, "token-invalid"), "a session makes no wrong token right"
    await users_in(pool).change("anna", {"roles": frozenset({Role.ADMINISTRATOR})}, by=TESTS)
    assert (await anna.get("/session")).status_code == 401, "other roles end the session"
    await log_in(anna, "anna")
    headers = CSRF | {"Registerbro-Acting-User": "somebody-else"}
    assert (await anna.delete("/oauth2/clients/journal", headers=headers)).status_code == 204
    history = (await anna.get("/oauth2/clients/journal/history")).json()["items"]
    assert (history[0]["client"], history[0]["acting_user"]) == ("console", "anna")


async def test_another_site_s_page_does_nothing_in_a_person_s_name(anna: httpx.AsyncClient) -> None:
    elsewhere = ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"})
    for headers in ({}, *(CSRF | each for each in elsewhere)):
        for path in ("/oauth2/clients", "/session/token", "/session/password"):
            answer = await anna.post(path, json={}, headers=headers)
            assert (answer.status_code, slug(answer)) == (403, "cross-site-request"), path
    for headers in elsewhere:
        assert slug(await anna.post("/logout", headers=headers)) == "cross-site-request"
        body = {"user_name": "evil", "password": PASSWORD}
        assert slug(await anna.post("/session", json=body, headers=headers)) == "cross-site-request"
        assert slug(await anna.post("/login", data=body, headers=headers)) == "cross-site-request"
    assert (await anna.get("/session")).status_code == 200


async def test_a_session_id_is_made_at_log_in_and_worth_nothing_after_log_out(
    anna: httpx.AsyncClient, other: httpx.AsyncClient
) -> None:
    first = anna.cookies[COOKIE]
    await log_in(anna, "anna")
    second = anna.cookies[COOKIE]
    planted(other, first)
    assert (await other.get("/session")).status_code == 401, "the id from before the log-in is none after it"
    planted(other, secrets_in_use.add("planted-by-somebody-else"))
    await log_in(other, "anna")
    assert other.cookies[COOKIE] != "planted-by-somebody-else"
    planted(other, second)
    assert (await other.get("/session")).status_code == 200
    gone = await anna.post("/logout")
    assert (gone.status_code, gone.headers["location"]) == (303, "/login")
    assert COOKIE not in anna.cookies
    for path in ("/session", "/oauth2/clients"):
        assert (await other.get(path)).status_code == 401
    assert (await anna.post("/logout")).status_code == 303


async def test_an_invented_cookie_is_no_session(console: httpx.AsyncClient) -> None:
    for cookie in ("", "x", "é" * 43, "A" * 43, "a" * 4000):
        headers = [(b"cookie", f"{COOKIE}={cookie}".encode())]
        for path in ("/session", "/oauth2/clients"):
            assert (await console.get(path, headers=headers)).status_code == 401


async def test_a_one_time_password_opens_nothing_but_its_change(
    console: httpx.AsyncClient, other: httpx.AsyncClient, pool: Pool
) -> None:
    await user(pool, "anna", Role.VIEWER)
    _, one_time = await users_in(pool).reset_password("anna", by=TESTS)
    password = secrets_in_use.add(one_time.get_secret_value())
    for browser in (console, other):
        answer = await log_in(browser, "anna", password)
        assert (answer.json()["must_change_password"], answer.json()["scopes"]) == (True, [])
    assert slug(await console.get("/oauth2/clients")) == "password-change-needed"
    assert slug(await console.post("/session/token", headers=CSRF)) == "password-change-needed"

    async def change(current: str, new: str) -> httpx.Response:
        body = {"current": current, "new": new}
        return await console.post("/session/password", json=body, headers=CSRF)

    assert slug(await change("wrong-wrong-wrong", NEW)) == "login-failed"
    for poor in (password, "passwordpassword"):
        assert slug(await change(password, poor)) == "password-refused"
    before = console.cookies[COOKIE]
    done = await change(password, NEW)
    assert (done.status_code, done.json()["must_change_password"]) == (200, False)
    secrets_in_use.add(console.cookies[COOKIE])
    assert console.cookies[COOKIE] != before
    assert (await console.get("/oauth2/clients")).status_code == 200
    assert (await other.get("/session")).status_code == 401, "the other sessions have ended"
    assert slug(await log_in(other, "anna", password)) == "login-failed"
    assert (await log_in(other, "anna", NEW)).status_code == 201


async def test_a_session_gets_a_short_token_for_the_services(anna: httpx.AsyncClient) -> None:
    answer = await anna.post("/session/token", headers=CSRF)
    assert answer.status_code == 201, answer.text
    token = secrets_in_use.add(answer.json()["access_token"])
    claims = await claims_of(anna, token)
    assert (claims["sub"], claims["client_id"]) == ("anna", "console")
    assert claims["exp"] - claims["iat"] == answer.json()["expires_in"] == 300
    assert set(claims["scope"].split()) == set(map(str, SCOPES[Role.OPERATOR]))
    anna.cookies.clear()
    assert (await anna.get("/oauth2/clients", headers=bearer(token))).status_code == 200


async def test_where_tokens_are_issued_elsewhere_a_local_user_has_none(
    make_settings: MakeConsole, pool: Pool
) -> None:
    await user(pool, "anna", Role.VIEWER)
    auth = AuthSettings(issuer="https://issuer.example", jwks_url="https://issuer.example/keys")
    async with console_running(make_settings(own={"public_url": URL}, shared={"auth": auth})) as browser:
        await log_in(browser, "anna")
        answer = await browser.post("/session/token", headers=CSRF)
        assert (answer.status_code, slug(answer)) == (409, "no-tokens")
        assert (await browser.get("/people")).status_code == 200


async def test_what_is_taken_from_a_user_ends_the_session(anna: httpx.AsyncClient, pool: Pool) -> None:
    users = users_in(pool)
    await users.change("anna", {"enabled": False}, by=TESTS)
    assert (await anna.get("/session")).status_code == 401
    assert slug(await log_in(anna, "anna")) == "login-failed"
    await users.change("anna", {"enabled": True, "display_name": "Anna J."}, by=TESTS)
    await log_in(anna, "anna")
    await users.change("anna", {"display_name": "Anna Jensen"}, by=TESTS)
    assert (await anna.get("/session")).status_code == 200
    await users.reset_password("anna", by=TESTS)
    assert (await anna.get("/session")).status_code == 401
    await users.change_password("anna", SecretStr(NEW), by=TESTS)
    await log_in(anna, "anna", NEW)
    await users.remove("anna", by=TESTS)
    assert (await anna.get("/session")).status_code == 401


async def test_a_session_ends_when_it_is_left_alone_and_after_hours_in_any_case(pool: Pool) -> None:
    now = dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC)
    sessions = Sessions(pool, SessionSettings(), None, now=lambda: now)

    async def begun() -> str:
        async with pool.acquire() as connection:
            person = Person("anna", "Anna", frozenset({Role.VIEWER}))
            return secrets_in_use.add(await sessions.begin(connection, person, instead_of=None))

    left_alone, used = await begun(), await begun()
    for _ in range(25):
        now += dt.timedelta(minutes=28)
        await sessions.find(used)
    with pytest.raises(SessionMissing):
        await sessions.find(left_alone)
    now += dt.timedelta(minutes=21)  # 12 hours and a minute
    with pytest.raises(SessionMissing):
        await sessions.find(used)
    elsewhere = Sessions(pool, SessionSettings(), "https://issuer.example", now=lambda: now)
    here = await begun()
    with pytest.raises(SessionMissing):  # people log in elsewhere by now
        await elsewhere.find(here)
    assert await sessions.forget() == 2
    await sessions.find(here)


async def test_a_browser_logs_in_by_the_plain_form(console: httpx.AsyncClient, pool: Pool) -> None:
    await user(pool, "anna", Role.VIEWER)
    page = await console.get("/login", params={"next": '/session?a="><b>'.replace('"><b>', "%22")})
    assert page.headers["content-type"].startswith("text/html")
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert 'value="/session?a=%22"' in page.text
    form: dict[str, Any] = {"user_name": "anna", "password": "wrong<b>", "next": "/session"}
    refused = await console.post("/login", data=form)
    assert (refused.status_code, COOKIE in console.cookies) == (401, False)
    assert "wrong<b>" not in refused.text
    assert 'role="alert"' in refused.text
    for elsewhere in ("https://evil.example", "//evil.example", "/\\evil.example"):
        bad = await console.post("/login", data=form | {"password": PASSWORD, "next": elsewhere})
        assert (bad.status_code, COOKIE in console.cookies) == (422, False)
        assert (await console.get("/login", params={"next": elsewhere})).status_code == 422
    done = await console.post("/login", data=form | {"password": PASSWORD})
    assert (done.status_code, done.headers["location"]) == (303, "/session")
    secrets_in_use.add(console.cookies[COOKIE])
    assert (await console.get("/session")).json()["user_name"] == "anna"
    assert slug(await console.get("/login/callback", params={"code": "x", "state": "y"})) == "login-here"


async def test_over_https_the_cookie_is_the_host_s_alone(make_settings: MakeConsole, pool: Pool) -> None:
    await user(pool, "anna", Role.VIEWER)
    async with console_running(make_settings(own={"public_url": "https://service.test"})) as browser:
        answer = await browser.post("/session", json={"user_name": "anna", "password": PASSWORD})
        said = answer.headers["set-cookie"]
        secrets_in_use.add(said.partition("=")[2].partition(";")[0])
        assert said.startswith("__Host-registerbro=")
        assert said.endswith("; HttpOnly; Path=/; SameSite=lax; Secure")
