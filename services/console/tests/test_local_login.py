"""Local users log in with a password: what the session is then, and what it is not."""

import httpx
import pytest
from console.people.roles import SCOPES, Role
from registerbro.auth import Scope
from registerbro.database import Pool

from tests.support.people import COOKIE, CSRF, PASSWORD, log_in, slug, user


async def test_a_session_says_who_it_is(console: httpx.AsyncClient, pool: Pool) -> None:
    assert (await console.get("/session")).status_code == 401
    await user(pool, "anna", Role.VIEWER)
    answer = await log_in(console, "Anna ")
    assert answer.status_code == 201, answer.text
    said = answer.headers["set-cookie"]
    assert "HttpOnly; Path=/; SameSite=lax" in said
    seen = (await console.get("/session")).json()
    assert (seen["user_name"], seen["roles"], seen["issuer"]) == ("anna", ["viewer"], None)
    assert set(seen["scopes"]) == set(map(str, SCOPES[Role.VIEWER]))
    row = await pool.fetchrow("select * from local_user")
    assert row["password_hash"].startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert row["last_login_at"] is not None


@pytest.mark.parametrize(("name", "password"), [("anna", "wrong-wrong-wrong"), ("nobody", PASSWORD)])
async def test_refusals_look_alike(console: httpx.AsyncClient, pool: Pool, name: str, password: str) -> None:
    await user(pool, "anna", Role.VIEWER)
    answer = await log_in(console, name, password)
    assert (answer.status_code, slug(answer)) == (401, "login-failed")
    assert "set-cookie" not in answer.headers
    assert name not in answer.text


async def test_a_session_is_a_caller_of_the_console_s_routes(console: httpx.AsyncClient, pool: Pool) -> None:
    await user(pool, "anna", Role.VIEWER)
    await user(pool, "boss", Role.ADMINISTRATOR)
    await log_in(console, "anna")
    assert (await console.get("/oauth2/clients")).status_code == 200
    body = {"client_id": "journal", "name": "Journal"}
    refused = await console.post("/oauth2/clients", json=body, headers=CSRF)
    assert (refused.status_code, slug(refused)) == (403, "scope-missing")
    console.cookies.clear()
    await log_in(console, "boss")
    assert (await console.post("/oauth2/clients", json=body, headers=CSRF)).status_code == 201
    history = (await console.get("/oauth2/clients/journal/history")).json()["items"]
    assert (history[0]["client"], history[0]["acting_user"]) == ("console", "boss")
    assert COOKIE in console.cookies
    assert Scope.CONFIG_WRITE in SCOPES[Role.ADMINISTRATOR]
