"""Whose keys sign: the store's, the development key, or another issuer's, which switches ours off."""

from typing import Any

import jwt
import pytest
from console.app import create_app
from console.settings import AppSettings, ConsoleSettings, Signing, signing
from pydantic import SecretStr, ValidationError
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.database import Pool
from registerbro.settings import AuthSettings, Settings, StoredSecretsSettings

from tests.support.console_service import (
    TOKEN_PATH,
    issuer_of,
    registered,
    token_of,
)
from tests.support.services import bearer, running

KEYCLOAK = "https://login.example/realms/town"
CERTS = f"{KEYCLOAK}/protocol/openid-connect/certs"
ANSWERED_BY_OURS = (
    ("POST", TOKEN_PATH),
    ("GET", "/oauth2/jwks"),
    ("GET", "/.well-known/openid-configuration"),
    ("GET", "/.well-known/oauth-authorization-server"),
)


def told(service_settings: Settings, own: dict[str, Any] | None = None, **changes: Any) -> AppSettings:
    return AppSettings(**{**dict(service_settings), "console": ConsoleSettings(**(own or {})), **changes})


CASES: dict[str, tuple[dict[str, Any], dict[str, Any], Signing]] = {
    "our key set": (
        {"issuer": "https://r.example", "jwks_url": "https://r.example/oauth2/jwks"},
        {},
        Signing.OURS,
    ),
    "a slash at the end": (
        {"issuer": "https://r.example/", "jwks_url": "https://r.example/oauth2/jwks"},
        {},
        Signing.OURS,
    ),
    "by its public URL": (
        {"issuer": "registerbro", "jwks_url": "https://r.example/oauth2/jwks"},
        {"public_url": "https://r.example"},
        Signing.OURS,
    ),
    "another key set": ({"issuer": KEYCLOAK, "jwks_url": CERTS}, {}, Signing.FOREIGN),
    "inside, on demand": (
        {"issuer": "https://r.example", "jwks_url": "http://console:8000/oauth2/jwks"},
        {"issues_tokens": True},
        Signing.OURS,
    ),
    "inside, not said": (
        {"issuer": "https://r.example", "jwks_url": "http://console:8000/oauth2/jwks"},
        {},
        Signing.FOREIGN,
    ),
    "switched off": (
        {"issuer": "https://r.example", "jwks_url": "https://r.example/oauth2/jwks"},
        {"issues_tokens": False},
        Signing.FOREIGN,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_settings_say_whose_keys_sign(name: str) -> None:
    auth, own, expected = CASES[name]
    assert signing(ConsoleSettings(**own), AuthSettings(audience="registerbro", **auth)) is expected


def test_a_key_in_the_settings_decides(issuer: DevelopmentIssuer) -> None:
    private = AuthSettings(issuer=issuer.issuer, audience="a", development_key=SecretStr(issuer.private_pem))
    assert signing(ConsoleSettings(), issuer.settings()) is Signing.FOREIGN
    assert signing(ConsoleSettings(), private) is Signing.DEVELOPMENT


def test_settings_that_cannot_work_are_refused(service_settings: Settings) -> None:
    ours = AuthSettings(issuer="https://r.example", audience="a", jwks_url="https://r.example/oauth2/jwks")
    nameless = AuthSettings(issuer="registerbro", audience="a", jwks_url="http://console:8000/oauth2/jwks")
    with pytest.raises(ValidationError, match="REGISTERBRO_SECRETS__KEYS"):
        told(service_settings, auth=ours, secrets=StoredSecretsSettings())
    with pytest.raises(ValidationError, match="REGISTERBRO_CONSOLE__PUBLIC_URL"):
        told(service_settings, {"issues_tokens": True}, auth=nameless)
    with pytest.raises(ValidationError, match="REGISTERBRO_AUTH__PUBLIC_KEY"):
        told(service_settings, {"issues_tokens": True})


async def test_with_another_issuer_ours_is_off_and_says_so(
    service_settings: Settings, issuer: DevelopmentIssuer, pool: Pool
) -> None:
    async with running(create_app(told(service_settings))) as client:
        answers = [await client.request(method, path) for method, path in ANSWERED_BY_OURS]
        headers = bearer(issuer.token("config:read", "config:write"))
        answers.append(await client.get("/oauth2/clients", headers=headers))
        answers.append(await client.get("/oauth2/clients/any/history", headers=headers))
        answers.append(await client.post("/oauth2/keys", headers=headers))
        for answer in answers:
            assert answer.status_code == 404
            assert answer.json()["type"].endswith("/tokens-issued-elsewhere")
            assert answer.json()["issuer"] == issuer.issuer
        assert (await client.get("/readiness")).status_code == 200
    assert await pool.fetchval("select count(*) from oauth2_key") == 0


async def test_the_development_key_signs_what_all_services_accept_already(
    service_settings: Settings, issuer: DevelopmentIssuer, pool: Pool
) -> None:
    auth = AuthSettings(
        issuer=issuer.issuer, audience=issuer.audience, development_key=SecretStr(issuer.private_pem)
    )
    settings = told(service_settings, {"public_url": "http://service.test/"}, auth=auth)
    made = await issuer_of(pool, settings)
    who = await registered(made, "developer", Scope.CONFIG_READ, acts_as="SOMEBODY")
    async with running(create_app(settings)) as client:
        token = await token_of(client, who)
        claims = jwt.decode(
            token, issuer.public_pem, algorithms=["ES256"], audience=issuer.audience, issuer=issuer.issuer
        )
        assert claims["sub"] == "SOMEBODY"
        for each in (token, issuer.token("config:read")):
            assert (await client.get("/oauth2/keys", headers=bearer(each))).status_code == 200
        keys = (await client.get("/oauth2/jwks")).json()["keys"]
        assert [key["kid"] for key in keys] == [jwt.get_unverified_header(token)["kid"]]
        assert "d" not in keys[0]
        rotated = await client.post("/oauth2/keys", headers=bearer(issuer.token("config:write")))
        assert (rotated.status_code, rotated.json()["type"].rsplit("/", 1)[-1]) == (409, "key-fixed")
        found = (await client.get("/.well-known/openid-configuration")).json()
        assert (found["issuer"], found["token_endpoint"]) == (
            issuer.issuer,
            f"http://service.test{TOKEN_PATH}",
        )
