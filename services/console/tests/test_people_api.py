"""Local users over HTTP: added, changed, given one-time passwords, let in again, removed; and who did it."""

from typing import Any

import httpx
import pytest
from console.app import create_app
from console.people.roles import Role
from console.people.settings import LoginSettings
from registerbro.auth import Scope
from registerbro.database import Pool
from registerbro.settings import AuthSettings, StoredSecretsSettings

from tests.support import secrets_in_use
from tests.support.console_service import MakeConsole, issuer_of, registered, token_of
from tests.support.people import COOKIE, CSRF, PASSWORD, log_in, planted, slug, user
from tests.support.services import bearer, running

PEOPLE = "/people"
NEW = {"user_name": "anna.jensen", "display_name": "Anna Jensen", "roles": ["operator", "viewer"]}
WRONG = "wrong-wrong-wrong"


def one_time(answer: httpx.Response) -> str:
    return secrets_in_use.add(answer.json()["one_time_password"])


async def test_a_user_is_added_and_the_password_shown_once(admin: httpx.AsyncClient, pool: Pool) -> None:
    answer = await admin.post(PEOPLE, json=NEW)
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    password = one_time(answer)
    body = {name: value for name, value in answer.json().items() if name != "one_time_password"}
    assert (body["roles"], body["enabled"], body["must_change_password"]) == (
        ["viewer", "operator"],
        True,
        True,
    )
    assert (body["changed_by"], body["last_login_at"]) == ("ADMIN", None)
    assert (await admin.get(f"{PEOPLE}/anna.jensen")).json() == body
    assert (await admin.get(PEOPLE)).json() == {"items": [body], "next": None}
    again = await admin.post(PEOPLE, json=NEW)
    assert (again.status_code, slug(again)) == (409, "user-exists")
    rows = await pool.fetch(
        "select t::text as text from local_user t union all select c::text from configuration_change c"
    )
    assert not any(secrets_in_use.is_in(row["text"]) for row in rows)
    assert (await log_in(admin, "anna.jensen", password)).status_code == 201


async def test_what_is_done_to_a_user_is_written_down(admin: httpx.AsyncClient) -> None:
    first = one_time(await admin.post(PEOPLE, json=NEW))
    path = f"{PEOPLE}/anna.jensen"
    changed = await admin.patch(path, json={"roles": ["data-protection-officer"], "enabled": False})
    assert (changed.json()["roles"], changed.json()["enabled"]) == (["data-protection-officer"], False)
    await admin.patch(path, json={"enabled": False})  # stands so already
    await admin.patch(path, json={"enabled": True})
    second = one_time(await admin.post(f"{path}/password-reset"))
    assert slug(await log_in(admin, "anna.jensen", first)) == "login-failed"
    for _ in range(4):
        assert slug(await log_in(admin, "anna.jensen", WRONG)) == "login-failed"
    paused = await log_in(admin, "anna.jensen", second)
    assert (paused.status_code, slug(paused), paused.headers["retry-after"]) == (429, "login-paused", "60")
    assert (await admin.get(path)).json()["paused_until"] is not None
    unlocked = await admin.post(f"{path}/unlock")
    assert (unlocked.status_code, unlocked.json()["paused_until"]) == (200, None)
    assert (await log_in(admin, "anna.jensen", second)).status_code == 201
    secrets_in_use.add(admin.cookies[COOKIE])
    assert (await admin.delete(path)).status_code == 204
    assert slug(await admin.get(path)) == "user-unknown"
    items = (await admin.get(f"{path}/history")).json()["items"]
    assert [each["action"] for each in reversed(items)] == [
        "created", "changed", "changed", "password-changed", "unlocked", "removed",
    ]  # fmt: skip
    assert items[-2]["changes"] == {
        "roles": [["viewer", "operator"], ["data-protection-officer"]],
        "enabled": [True, False],
    }
    assert {(each["client"], each["acting_user"]) for each in items} == {("administration", "ADMIN")}


REFUSED: dict[str, dict[str, Any]] = {
    "space": {"user_name": "anna jensen"},
    "capitals": {"user_name": "Anna"},
    "slash": {"user_name": "a/b"},
    "like a number": {"user_name": "0101601234"},
    "a client's name": {"user_name": "console"},
    "a client's account": {"user_name": "service-account-x"},
    "name like a number": {"display_name": "010160-1234"},
    "role": {"roles": ["king"]},
    "more": {"password": PASSWORD},
}


async def test_what_is_wrong_is_refused_by_its_place(admin: httpx.AsyncClient) -> None:
    for what, changes in REFUSED.items():
        answer = await admin.post(PEOPLE, json=NEW | changes)
        assert (answer.status_code, slug(answer)) == (422, "invalid-request"), what
        assert f"body/{next(iter(changes))}" in answer.json()["errors"][0]["pointer"]
    for body in ({"roles": None}, {"enabled": "yes, please"}, {"user_name": "b"}):
        assert (await admin.patch(f"{PEOPLE}/nobody", json=body)).status_code == 422
    for method, path in (
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/unlock"),
        ("POST", "/password-reset"),
    ):
        answer = await admin.request(method, f"{PEOPLE}/nobody{path}", json={} if method == "PATCH" else None)
        assert (answer.status_code, slug(answer)) == (404, "user-unknown")


async def test_an_administrator_works_with_a_session(console: httpx.AsyncClient, pool: Pool) -> None:
    await user(pool, "boss", Role.ADMINISTRATOR)
    await user(pool, "olga", Role.OPERATOR)
    await log_in(console, "olga")
    olga = console.cookies[COOKIE]
    assert (await console.get(PEOPLE)).status_code == 200
    assert (
        slug(await console.patch(f"{PEOPLE}/olga", json={"roles": ["administrator"]}, headers=CSRF))
        == "scope-missing"
    )
    batch = {
        "requests": [
            {"id": "1", "method": "get", "url": "Runs?$top=1"},
            {"id": "2", "method": "get", "url": "AuditLog"},
        ]
    }
    done = (await console.post("/odata/$batch", json=batch, headers=CSRF)).json()["responses"]
    assert [each["status"] for each in done] == [200, 403]
    await log_in(console, "boss")
    assert slug(await console.post(PEOPLE, json=NEW)) == "cross-site-request"
    one_time(await console.post(PEOPLE, json=NEW, headers=CSRF))
    items = (await console.get(f"{PEOPLE}/anna.jensen/history")).json()["items"]
    assert [(each["client"], each["acting_user"]) for each in items] == [("console", "boss")]
    planted(console, olga)
    await log_in(console, "olga")
    olga = console.cookies[COOKIE]
    console.cookies.clear()
    await log_in(console, "boss")
    assert (await console.delete(f"{PEOPLE}/olga/sessions", headers=CSRF)).json() == {"ended": 1}
    planted(console, olga)
    assert (await console.get("/session")).status_code == 401


async def test_the_list_is_cut_into_pages(admin: httpx.AsyncClient, pool: Pool) -> None:
    for name in ("b", "c", "a"):
        await user(pool, name, Role.VIEWER)
    first = (await admin.get(PEOPLE, params={"limit": 2})).json()
    rest = (await admin.get(PEOPLE, params={"limit": 2, "after": first["next"]})).json()
    assert [each["user_name"] for each in (*first["items"], *rest["items"])] == ["a", "b", "c"]
    assert rest["next"] is None


async def test_with_an_external_issuer_people_are_kept_there(make_settings: MakeConsole, pool: Pool) -> None:
    login = LoginSettings(issuer="https://issuer.example", client_id="console")
    settings = make_settings(own={"login": login})
    who = await registered(
        await issuer_of(pool, settings), "administration", Scope.CONFIG_READ, Scope.CONFIG_WRITE
    )
    async with running(create_app(settings)) as client:
        client.headers.update(bearer(await token_of(client, who)))
        for answer in (await client.get(PEOPLE), await client.post(PEOPLE, json=NEW)):
            assert (answer.status_code, slug(answer)) == (409, "login-elsewhere")
            assert answer.json()["issuer"] == "https://issuer.example"
        ended = await client.delete(f"{PEOPLE}/Anna@Example/sessions")
        assert (ended.status_code, ended.json()) == (200, {"ended": 0})
        items = (await client.get(f"{PEOPLE}/Anna@Example/history")).json()["items"]
        assert [each["action"] for each in items] == ["sessions-ended"]


def test_settings_that_cannot_work_are_refused(make_settings: MakeConsole) -> None:
    login = LoginSettings(issuer="https://issuer.example", client_id="console")
    keys = "https://issuer.example/keys"
    none = StoredSecretsSettings()
    foreign = {"auth": AuthSettings(issuer="https://issuer.example", jwks_url=keys), "secrets": none}
    with pytest.raises(ValueError, match="SECRETS__KEYS"):
        make_settings(own={"login": login, "public_url": "https://own.example"}, shared=foreign)
    nameless = {"auth": AuthSettings(issuer="no address", jwks_url=keys)}
    with pytest.raises(ValueError, match="PUBLIC_URL"):
        make_settings(own={"login": login}, shared=nameless)
