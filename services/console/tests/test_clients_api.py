"""Clients over HTTP: registered, changed, given new secrets, removed; what was done and by whom; and who may do it."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from console.app import create_app
from console.settings import AppSettings
from pydantic import SecretStr
from registerbro.auth import DevelopmentIssuer
from registerbro.database import Pool
from registerbro.settings import AuthSettings, Settings

from tests.support import secrets_in_use
from tests.support.console_service import MakeConsole, Registered, ask, issuer_of, token_of
from tests.support.services import running

CLIENTS = "/oauth2/clients"
NEW = {
    "client_id": "cvr-update",
    "name": "CVR Update",
    "scopes": ["contacts:read", "cvr-update:run"],
    "acts_as": "CVRBATCHUSER",
}


async def added(client: httpx.AsyncClient, **changes: Any) -> Registered:
    answer = await client.post(CLIENTS, json=NEW | changes)
    assert answer.status_code == 201, answer.text
    return Registered(answer.json()["client_id"], secrets_in_use.add(answer.json()["client_secret"]))


def slug(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).rsplit("/", 1)[-1]


async def test_a_client_is_registered_and_its_secret_shown_once(admin: httpx.AsyncClient, pool: Pool) -> None:
    answer = await admin.post(CLIENTS, json=NEW)
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    secret = secrets_in_use.add(body.pop("client_secret"))
    assert len(secret) >= 43
    assert {name: body[name] for name in NEW} == NEW
    assert (body["enabled"], body["grant_type"], body["changed_by"]) == (True, "client_credentials", "ADMIN")
    assert (body["allows_browser"], body["allows_offline"], body["requires_pkce"]) == (False, False, True)
    for path in ("", "/cvr-update", "/cvr-update/history"):
        assert not secrets_in_use.is_in((await admin.get(CLIENTS + path)).text)
    assert (await admin.get(f"{CLIENTS}/cvr-update")).json() == body
    rows = await pool.fetch("select oauth2_client::text as text from oauth2_client")
    assert not any(secrets_in_use.is_in(row["text"]) for row in rows)
    await token_of(admin, Registered("cvr-update", secret))
    assert (await admin.get(f"{CLIENTS}/cvr-update")).json()["last_token_at"] is not None


async def test_the_list_is_cut_into_pages(admin: httpx.AsyncClient) -> None:
    for name in ("b", "c", "a"):
        await added(admin, client_id=name)
    first = (await admin.get(CLIENTS, params={"limit": 3})).json()
    assert [each["client_id"] for each in first["items"]] == ["a", "administration", "b"]
    rest = (await admin.get(CLIENTS, params={"limit": 3, "after": first["next"]})).json()
    assert ([each["client_id"] for each in rest["items"]], rest["next"]) == (["c"], None)


async def test_an_id_is_given_once(admin: httpx.AsyncClient) -> None:
    await added(admin)
    again = await admin.post(CLIENTS, json=NEW)
    assert (again.status_code, slug(again)) == (409, "client-exists")


REFUSED: dict[str, dict[str, Any]] = {
    "space": {"client_id": "cvr update"},
    "slash": {"client_id": "cvr/update"},
    "empty id": {"client_id": ""},
    "like a number": {"client_id": "client-010160-1234"},
    "the name of people's calls": {"client_id": "console"},
    "name like a number": {"name": "0101601234"},
    "control characters": {"name": "a\nb"},
    "scope": {"scopes": ["everything"]},
    "grant type": {"grant_type": "password"},
    "short": {"client_secret": "short-1"},
    "space in it": {"client_secret": "a secret with spaces in it"},
    "too simple": {"client_secret": "ab" * 20},
    "unknown field": {"secret": "x" * 20},
}


async def test_what_cannot_be_used_is_refused_and_not_repeated(admin: httpx.AsyncClient) -> None:
    for name, wrong in REFUSED.items():
        answer = await admin.post(CLIENTS, json=NEW | wrong)
        assert answer.status_code == 422, name
        given = [value for value in wrong.values() if isinstance(value, str) and value]
        assert not any(value in answer.text for value in given), name
    assert (await admin.get(f"{CLIENTS}/cvr-update")).status_code == 404


async def test_a_client_is_changed_field_by_field(admin: httpx.AsyncClient) -> None:
    who = await added(admin)
    answer = await admin.patch(f"{CLIENTS}/cvr-update", json={"scopes": ["contacts:read"], "acts_as": None})
    assert (answer.status_code, answer.json()["scopes"], answer.json()["acts_as"]) == (
        200,
        ["contacts:read"],
        None,
    )
    assert answer.json()["name"] == "CVR Update"
    assert (await ask(admin, who, "cvr-update:run")).json()["error"] == "invalid_scope"
    off = await admin.patch(f"{CLIENTS}/cvr-update", json={"enabled": False})
    assert not off.json()["enabled"]
    assert (await ask(admin, who)).json()["error"] == "unauthorized_client"
    assert (await admin.patch(f"{CLIENTS}/cvr-update", json={"enabled": None})).status_code == 422
    assert (await admin.patch(f"{CLIENTS}/nobody", json={})).status_code == 404


async def test_a_new_secret_takes_the_place_of_the_old_one(admin: httpx.AsyncClient) -> None:
    old = await added(admin)
    answer = await admin.post(f"{CLIENTS}/cvr-update/secrets")
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    new = Registered("cvr-update", secrets_in_use.add(answer.json()["client_secret"]))
    assert answer.json()["previous_secret_until"] is None
    assert (await ask(admin, old)).status_code == 401
    assert (await ask(admin, new)).status_code == 200


async def test_both_secrets_are_accepted_during_an_overlap(
    admin: httpx.AsyncClient, pool: Pool, make_settings: MakeConsole
) -> None:
    old = await added(admin)
    given = secrets_in_use.add("a-secret-of-the-administrator")
    answer = await admin.post(
        f"{CLIENTS}/cvr-update/secrets", json={"client_secret": given, "overlap_hours": 24}
    )
    assert answer.json()["previous_secret_until"] is not None
    new = Registered("cvr-update", given)
    for who in (old, new):
        assert (await ask(admin, who)).status_code == 200
    await pool.execute(
        "update oauth2_client set previous_secret_until = now() where client_id = 'cvr-update'"
    )
    assert (await ask(admin, old)).status_code == 401
    assert (await ask(admin, new)).status_code == 200
    issuer = await issuer_of(pool, make_settings())
    assert await issuer.clients.forget_previous_secrets() == 1
    assert await pool.fetchval("select count(previous_secret_hash) from oauth2_client") == 0
    assert (await ask(admin, new)).status_code == 200


async def test_a_removed_client_gets_nothing_and_its_history_stays(admin: httpx.AsyncClient) -> None:
    who = await added(admin)
    await token_of(admin, who)
    await admin.patch(f"{CLIENTS}/cvr-update", json={"name": "Other"})
    await admin.patch(f"{CLIENTS}/cvr-update", json={"name": "Other"})
    assert (await admin.post(f"{CLIENTS}/cvr-update/secrets")).status_code == 201
    assert (await admin.delete(f"{CLIENTS}/cvr-update")).status_code == 204
    gone = await admin.delete(f"{CLIENTS}/cvr-update")
    assert (gone.status_code, slug(gone)) == (404, "client-unknown")
    assert (await ask(admin, who)).status_code == 401
    told = (await admin.get(f"{CLIENTS}/cvr-update/history")).json()["items"]
    assert [each["action"] for each in told] == ["removed", "secret-changed", "changed", "created"]
    assert {(each["client"], each["acting_user"]) for each in told} == {("administration", "ADMIN")}
    assert told[2]["changes"] == {"name": ["CVR Update", "Other"]}
    assert told[3]["changes"]["scopes"] == [None, ["contacts:read", "cvr-update:run"]]
    page = (await admin.get(f"{CLIENTS}/cvr-update/history", params={"limit": 1})).json()
    after = {"limit": 1, "after": page["next"]}
    following = (await admin.get(f"{CLIENTS}/cvr-update/history", params=after)).json()
    assert following["items"] == told[1:2]


@pytest.fixture
async def development(
    service_settings: Settings, issuer: DevelopmentIssuer, pool: Pool
) -> AsyncIterator[httpx.AsyncClient]:
    """The console with the development issuer's key, for tokens of any scope."""
    auth = AuthSettings(
        issuer=issuer.issuer, audience=issuer.audience, development_key=SecretStr(issuer.private_pem)
    )
    async with running(create_app(AppSettings(**{**dict(service_settings), "auth": auth}))) as client:
        yield client


async def test_the_description_names_form_scopes_and_errors(development: httpx.AsyncClient) -> None:
    described = (await development.get("/openapi.json")).json()
    token = described["paths"]["/oauth2/connect/token"]["post"]
    assert list(token["requestBody"]["content"]) == ["application/x-www-form-urlencoded"]
    assert {"200", "400", "401", "404", "413", "429", "503"} <= set(token["responses"])
    assert "security" not in token
    add = described["paths"][CLIENTS]["post"]
    assert add["security"] == [{"bearer": ["config:write"]}, {"session": ["config:write"]}]
    assert "client-exists" in add["responses"]["409"]["description"]
