"""Tokens are got by the client credentials grant, and checked with a library that the console does not use."""

import asyncio
import base64
import datetime as dt
import time
from typing import Any

import httpx
import jwt
import pytest
from console.app import create_app
from console.oauth2.guessing import Guesses, network_of
from console.oauth2.refusals import Paused
from registerbro.auth import Scope
from registerbro.database import Pool

from tests.support import secrets_in_use
from tests.support.console_service import (
    AUDIENCE,
    TESTS,
    TOKEN_PATH,
    URL,
    MakeConsole,
    Registered,
    ask,
    claims_of,
    issuer_of,
    registered,
    token_of,
)
from tests.support.services import running

SCOPES = (Scope.CONTACTS_READ, Scope.UNITS_LOOKUP)
FORM = {"grant_type": "client_credentials"}
FORM_TYPE = "application/x-www-form-urlencoded"


@pytest.fixture
async def journal(make_settings: MakeConsole, pool: Pool) -> Registered:
    return await registered(
        await issuer_of(pool, make_settings()), "journal", *SCOPES, acts_as="CVRBATCHUSER"
    )


@pytest.mark.parametrize("way", ["basic", "post"])
async def test_a_client_gets_a_token(console: httpx.AsyncClient, journal: Registered, way: str) -> None:
    if way == "basic":
        answer = await console.post(TOKEN_PATH, data=FORM, auth=journal.auth)
    else:
        answer = await console.post(TOKEN_PATH, data=FORM | journal.fields)
    assert answer.status_code == 200
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    body = answer.json()
    token = secrets_in_use.add(body.pop("access_token"))
    assert body == {"token_type": "Bearer", "expires_in": 3600, "scope": "contacts:read units:lookup"}
    header = jwt.get_unverified_header(token)
    assert (header["typ"], header["alg"]) == ("at+jwt", "ES256")
    claims = await claims_of(console, token)
    now = time.time()
    assert claims["exp"] - claims["iat"] == 3600
    assert now - 60 < claims["iat"] <= now
    assert claims["jti"]
    assert {name: claims[name] for name in ("iss", "aud", "sub", "client_id", "scope")} == {
        "iss": URL,
        "aud": AUDIENCE,
        "sub": "CVRBATCHUSER",
        "client_id": "journal",
        "scope": "contacts:read units:lookup",
    }


async def test_two_tokens_are_never_the_same(console: httpx.AsyncClient, journal: Registered) -> None:
    first, second = [await claims_of(console, await token_of(console, journal)) for _ in range(2)]
    assert first["jti"] != second["jti"]


async def test_a_client_that_acts_for_nobody_is_its_own_subject(
    console: httpx.AsyncClient, make_settings: MakeConsole, pool: Pool
) -> None:
    who = await registered(await issuer_of(pool, make_settings()), "web.site~1", *SCOPES)
    claims = await claims_of(console, await token_of(console, who))
    assert (claims["sub"], claims["client_id"]) == ("web.site~1", "web.site~1")


async def test_scopes_are_those_that_were_asked_for(console: httpx.AsyncClient, journal: Registered) -> None:
    answer = await ask(console, journal, "units:lookup")
    secrets_in_use.add(answer.json()["access_token"])
    assert answer.json()["scope"] == "units:lookup"
    assert (await claims_of(console, answer.json()["access_token"]))["scope"] == "units:lookup"


BASIC = "Basic " + base64.b64encode(b"nobody:some secret of nobody").decode()
WRONG: dict[str, tuple[dict[str, Any], int, str]] = {
    "no body": ({"content": b"", "headers": {"content-type": FORM_TYPE}}, 400, "invalid_request"),
    "JSON": ({"json": FORM}, 400, "invalid_request"),
    "not a form": ({"content": b"a;b", "headers": {"content-type": FORM_TYPE}}, 400, "invalid_request"),
    "bytes": (
        {"content": b"grant_type=\xff", "headers": {"content-type": FORM_TYPE}},
        400,
        "invalid_request",
    ),
    "broken escape": (
        {"content": b"grant_type=%ED%A0%80", "headers": {"content-type": FORM_TYPE}},
        400,
        "invalid_request",
    ),
    "many fields": ({"data": {str(count): "1" for count in range(60)}}, 400, "invalid_request"),
    "twice": (
        {"content": b"grant_type=client_credentials&scope=a&scope=b", "headers": {"content-type": FORM_TYPE}},
        400,
        "invalid_request",
    ),
    "no grant type": ({"data": {"scope": "contacts:read"}}, 400, "invalid_request"),
    "empty grant type": ({"data": {"grant_type": ""}}, 400, "invalid_request"),
    "another grant type": ({"data": {"grant_type": "password"}}, 400, "unsupported_grant_type"),
    "no credentials": ({"data": FORM}, 401, "invalid_client"),
    "no secret": ({"data": FORM | {"client_id": "journal"}}, 401, "invalid_client"),
    "unknown": ({"data": FORM | {"client_id": "nobody", "client_secret": "anything"}}, 401, "invalid_client"),
    "wrong": ({"data": FORM | {"client_id": "journal", "client_secret": "anything"}}, 401, "invalid_client"),
    "NUL": ({"data": FORM | {"client_id": "a\0b", "client_secret": "a\0b"}}, 401, "invalid_client"),
    "bearer": ({"data": FORM, "headers": {"Authorization": "Bearer abc"}}, 401, "invalid_client"),
    "not base64": ({"data": FORM, "headers": {"Authorization": "Basic ?"}}, 401, "invalid_client"),
    "no colon": ({"data": FORM, "headers": {"Authorization": "Basic YWJj"}}, 401, "invalid_client"),
    "two ways": (
        {"data": FORM | {"client_id": "nobody", "client_secret": "x"}, "headers": {"Authorization": BASIC}},
        400,
        "invalid_request",
    ),
    "two names": (
        {"data": FORM | {"client_id": "journal"}, "headers": {"Authorization": BASIC}},
        400,
        "invalid_request",
    ),
}


async def test_what_is_wrong_is_told_as_the_rfc_has_it(
    console: httpx.AsyncClient, journal: Registered
) -> None:
    for name, (call, status, error) in WRONG.items():
        answer = await console.post(TOKEN_PATH, **call)
        assert (answer.status_code, answer.json()["error"]) == (status, error), name
        assert set(answer.json()) == {"error", "error_description"}
        assert answer.headers["cache-control"] == "no-store"
        assert ("www-authenticate" in answer.headers) == (status == 401)


async def test_scopes_that_the_client_does_not_have_are_refused(
    console: httpx.AsyncClient, make_settings: MakeConsole, pool: Pool, journal: Registered
) -> None:
    without = await registered(await issuer_of(pool, make_settings()), "without")
    for who, scopes in (
        (journal, ("contacts:read", "protected:read")),
        (journal, ("contacts:read", "everything")),
        (without, ()),
        (without, ("contacts:read",)),
    ):
        answer = await ask(console, who, *scopes)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


async def test_disabled_clients_and_those_of_other_grants_get_none(
    console: httpx.AsyncClient, make_settings: MakeConsole, pool: Pool, journal: Registered
) -> None:
    issuer = await issuer_of(pool, make_settings())
    await token_of(console, journal)
    for change in ({"enabled": False}, {"enabled": True, "grant_type": "authorization_code"}):
        await issuer.clients.change("journal", change, by=TESTS)
        answer = await ask(console, journal)
        assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")
        wrong = await ask(console, Registered("journal", "a wrong secret"))
        assert wrong.json()["error"] == "invalid_client"
    await issuer.clients.remove("journal", by=TESTS)
    assert (await ask(console, journal)).json()["error"] == "invalid_client"


async def test_a_secret_may_hold_what_a_header_must_escape(
    console: httpx.AsyncClient, make_settings: MakeConsole, pool: Pool
) -> None:
    secret = "p+ss%word:with&all=of/it"
    who = await registered(await issuer_of(pool, make_settings()), "odd", *SCOPES, secret=secret)
    form = await console.post(TOKEN_PATH, data=FORM | who.fields)
    assert form.status_code == 200
    encoded = Registered("odd", "p%2Bss%25word%3Awith%26all%3Dof%2Fit")
    assert (await ask(console, encoded)).status_code == 200


async def test_large_bodies_are_not_read(console: httpx.AsyncClient) -> None:
    answer = await console.post(TOKEN_PATH, data=FORM | {"scope": "x" * 20_000})
    assert answer.status_code == 413


async def test_many_replicas_of_a_client_may_start_at_once(
    console: httpx.AsyncClient, journal: Registered
) -> None:
    answers = await asyncio.gather(*(ask(console, journal) for _ in range(24)))
    assert [answer.status_code for answer in answers] == [200] * 24


async def test_guessing_is_slow_and_does_not_hinder_the_client(
    make_settings: MakeConsole, pool: Pool, journal: Registered
) -> None:
    app = create_app(make_settings(wrong_secrets=3, wrong_secrets_seconds=3600))

    def caller(address: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app, client=(address, 1))
        return httpx.AsyncClient(transport=transport, base_url=URL)

    wrong = Registered("journal", "a guess, and a wrong one")
    async with running(app), caller("192.0.2.7") as home, caller("198.51.100.1") as stranger:
        await token_of(home, journal)
        refused = [await ask(stranger, wrong) for _ in range(4)]
        assert [answer.status_code for answer in refused] == [401, 401, 401, 429]
        assert refused[-1].json()["error"] == "temporarily_unavailable"
        assert 0 < int(refused[-1].headers["retry-after"]) <= 3600
        assert (await ask(stranger, journal)).status_code == 429  # right or wrong: it is not looked at
        async with caller("203.0.113.9") as elsewhere, caller("192.0.2.200") as neighbour:
            assert (await ask(elsewhere, wrong)).status_code == 429  # another address does not help
            assert (await ask(neighbour, journal)).status_code == 200
        assert (await ask(home, journal)).status_code == 200


async def test_the_pause_ends(make_settings: MakeConsole, pool: Pool, journal: Registered) -> None:
    now = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
    tokens = make_settings(wrong_secrets=3, wrong_secrets_seconds=60).console.tokens
    guesses = Guesses(pool, tokens, now=lambda: now)
    for _ in range(3):
        await guesses.count("journal", "")
    with pytest.raises(Paused) as caught:
        await guesses.count("journal", "")
    assert caught.value.retry_after == 60
    now += dt.timedelta(seconds=60)
    for _ in range(3):
        await guesses.count("journal", "")
    await guesses.was_right("journal", "192.0.2.0/24", "")
    await guesses.count("journal", "")
    assert await guesses.is_known("journal", "192.0.2.0/24")
    now += dt.timedelta(days=30)
    assert not await guesses.is_known("journal", "192.0.2.0/24")
    assert await guesses.forget() == 1


def test_addresses_of_a_site_are_one_network() -> None:
    assert network_of("192.0.2.7") == network_of("::ffff:192.0.2.200") == "192.0.2.0/24"
    assert network_of("2001:db8:0:1::5") == network_of("2001:db8:0:1:ffff::1") == "2001:db8:0:1::/64"
    assert network_of("192.0.3.7") != network_of("192.0.2.7")
    assert network_of("unix") == network_of(None) == ""


async def test_discovery_leads_to_tokens_and_keys(console: httpx.AsyncClient, journal: Registered) -> None:
    openid = (await console.get("/.well-known/openid-configuration")).json()
    assert openid == (await console.get("/.well-known/oauth-authorization-server")).json()
    assert openid["issuer"] == URL
    assert openid["grant_types_supported"] == ["client_credentials"]
    assert set(openid["scopes_supported"]) == set(Scope)
    answer = await console.post(openid["token_endpoint"], data=FORM | journal.fields)
    assert answer.status_code == 200
    keys = (await console.get(openid["jwks_uri"])).json()["keys"]
    assert [(key["kty"], key["crv"], key["use"], key["alg"]) for key in keys] == [
        ("EC", "P-256", "sig", "ES256")
    ]
    assert "d" not in keys[0]
