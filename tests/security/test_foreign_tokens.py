"""Tokens and keys as Keycloak, Entra ID and others really write them, made by PyJWT: who calls, for whom, and what it permits.

Claims as of Keycloak 26 (service account, user) and Microsoft's "Access token claims reference" (versions 1.0 and 2.0).
"""

import json
import time
from collections.abc import Mapping
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from registerbro.auth import Caller, PublishedKeys, Scope, SingleKey, Verifier
from registerbro.problems import TokenInvalid
from registerbro.settings import AuthSettings

from tests.support import secrets_in_use

AUDIENCE = "registerbro"
KEYCLOAK = "https://login.example/realms/town"
ENTRA_1 = "https://sts.windows.net/5d471751-9675-428d-917b-70f44f9630b0/"
ENTRA_2 = "https://login.microsoftonline.com/5d471751-9675-428d-917b-70f44f9630b0/v2.0"
PERSON, CLIENT = "3f1c2b7e-0d4a-4f7e-9a55-27c5ae0f4b11", "9d2c8a4e-6f1b-4c3d-8e7f-aabbccddeeff"
SHORT = rsa.generate_private_key(public_exponent=65537, key_size=1024)
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ELLIPTIC = ec.generate_private_key(ec.SECP256R1())
READ, RUN = Scope.BATCH_READ, Scope.BATCH_RUN

KEYCLOAK_CLIENT = {
    "iss": KEYCLOAK,
    "aud": ["registerbro", "account"],
    "sub": PERSON,
    "typ": "Bearer",
    "azp": "journal",
    "acr": "1",
    "realm_access": {"roles": ["offline_access", "protected:read"]},
    "resource_access": {"registerbro": {"roles": ["protected:read"]}},
    "scope": "profile email batch:read",
    "clientHost": "10.0.0.7",
    "preferred_username": "service-account-journal",
    "client_id": "journal",
}
KEYCLOAK_USER = {
    **KEYCLOAK_CLIENT,
    "sid": "2b2c7f0e",
    "nonce": "of the login, until version 23",
    "scope": "openid profile batch:read",
    "preferred_username": "anna",
    "name": "Anna Andersen",
    "client_id": None,
}
ENTRA_CLIENT_1 = {
    "iss": ENTRA_1,
    "aud": AUDIENCE,
    "appid": CLIENT,
    "appidacr": "1",
    "oid": PERSON,
    "sub": PERSON,
    "roles": ["batch:read", "batch:run"],
    "ver": "1.0",
}
ENTRA_USER_1 = {
    "iss": ENTRA_1,
    "aud": AUDIENCE,
    "appid": CLIENT,
    "oid": PERSON,
    "sub": "pairwise",
    "scp": "batch:read user_impersonation",
    "upn": "anna@town.example",
    "unique_name": "anna@town.example",
    "ver": "1.0",
}
ENTRA_CLIENT_2 = {
    "iss": ENTRA_2,
    "aud": AUDIENCE,
    "azp": CLIENT,
    "azpacr": "1",
    "oid": PERSON,
    "sub": PERSON,
    "roles": ["batch:read", "Directory.Read"],
    "ver": "2.0",
}
ENTRA_USER_2 = {
    "iss": ENTRA_2,
    "aud": AUDIENCE,
    "azp": CLIENT,
    "oid": PERSON,
    "sub": "pairwise",
    "scp": "batch:read",
    "roles": ["batch:run"],
    "preferred_username": "anna@town.example",
    "ver": "2.0",
}
SHAPES: Mapping[str, tuple[Mapping[str, Any], Caller]] = {
    "Keycloak, client": (KEYCLOAK_CLIENT, Caller("journal", None, frozenset({READ}))),
    "Keycloak, user": (KEYCLOAK_USER, Caller("journal", "anna", frozenset({READ}))),
    "Entra ID 1.0, client": (ENTRA_CLIENT_1, Caller(CLIENT, None, frozenset({READ, RUN}))),
    "Entra ID 1.0, user": (ENTRA_USER_1, Caller(CLIENT, "anna@town.example", frozenset({READ}))),
    "Entra ID 2.0, client": (ENTRA_CLIENT_2, Caller(CLIENT, None, frozenset({READ}))),
    "Entra ID 2.0, client, told": (
        {**ENTRA_CLIENT_2, "sub": "another", "idtyp": "app"},
        Caller(CLIENT, None, frozenset({READ})),
    ),
    "Entra ID 2.0, user": (ENTRA_USER_2, Caller(CLIENT, "anna@town.example", frozenset({READ}))),
    "Entra ID 2.0, user by roles": (
        {**ENTRA_USER_2, "scp": "access_as_user"},
        Caller(CLIENT, "anna@town.example", frozenset({RUN})),
    ),
    "scopes as an array": (
        {**KEYCLOAK_CLIENT, "scope": None, "scp": ["batch:read", "openid", 7]},
        Caller("journal", None, frozenset({READ})),
    ),
}
ID_TOKEN = {"iss": ENTRA_2, "aud": AUDIENCE, "azp": CLIENT, "sub": "pairwise", "roles": ["batch:read"]}


def signed(claims: Mapping[str, Any], *, typ: str | None = "JWT", key: Any = RSA, alg: str = "RS256") -> str:
    """By PyJWT; a claim that is None is left out."""
    now = int(time.time())
    content = {"iat": now, "nbf": now, "exp": now + 600} | dict(claims)
    said = {name: value for name, value in content.items() if value is not None}
    return secrets_in_use.add(jwt.encode(said, key, alg, {"kid": alg, "typ": typ}))


def published() -> dict[str, Any]:
    """A key set with what such sets hold beside signature keys: a key to encrypt with, certificates, members of their own."""
    to_sign = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(RSA.public_key()))
    short = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(SHORT.public_key()))
    elliptic = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(ELLIPTIC.public_key()))
    return {
        "keys": [
            {**to_sign, "kid": "encrypts", "use": "enc", "alg": "RSA-OAEP"},
            {**to_sign, "kid": "RS256", "use": "sig", "x5t": "abc", "issuer": ENTRA_2, "key_ops": ["verify"]},
            {**elliptic, "kid": "ES256", "alg": "ES256"},
            {**short, "kid": "short", "use": "sig"},
            {"kty": "future", "kid": "unknown"},
        ]
    }


def verifier(issuer: str) -> Verifier:
    """Of a service that is told of the issuer."""
    settings = AuthSettings(issuer=issuer, audience=AUDIENCE, jwks_url="https://issuer.test/keys")
    site = httpx.MockTransport(lambda _: httpx.Response(200, json=published()))
    return Verifier(settings, PublishedKeys(settings, transport=site))


async def refused(claims: Mapping[str, Any], **how: Any) -> str:
    """Why a token is refused."""
    with pytest.raises(TokenInvalid) as caught:
        await verifier(claims["iss"]).verify(signed(claims, **how))
    return str(caught.value.facts["reason"])


@pytest.mark.parametrize("shape", SHAPES)
async def test_who_calls_and_what_it_permits(shape: str) -> None:
    claims, caller = SHAPES[shape]
    assert await verifier(claims["iss"]).verify(signed(claims)) == caller


@pytest.mark.parametrize("typ", ["JWT", "at+jwt", "AT+JWT", "application/at+jwt"])
async def test_the_headers_that_access_tokens_have(typ: str) -> None:
    token = signed(KEYCLOAK_CLIENT, typ=typ, key=ELLIPTIC, alg="ES256")
    assert (await verifier(KEYCLOAK).verify(token)).client == "journal"


@pytest.mark.parametrize("typ", ["logout+jwt", "dpop+jwt", "secevent+jwt", "application/JOSE"])
async def test_signed_statements_of_another_kind_are_no_access_tokens(typ: str) -> None:
    assert await refused(KEYCLOAK_CLIENT, typ=typ) == "not-access-token"


@pytest.mark.parametrize(
    "claims",
    [
        {**KEYCLOAK_USER, "typ": "ID"},
        {**KEYCLOAK_USER, "typ": "Refresh"},
        {**KEYCLOAK_USER, "typ": ["Bearer"]},
        {**KEYCLOAK_USER, "token_use": "id"},
        {**ID_TOKEN, "nonce": "of the login"},
        {**ID_TOKEN, "at_hash": "abc"},
        {**ID_TOKEN, "c_hash": "abc"},
    ],
)
async def test_id_and_refresh_tokens_for_our_audience_are_refused(claims: Mapping[str, Any]) -> None:
    assert await refused(claims) == "not-access-token"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"aud": "account"}, "wrong-audience"),
        ({"aud": ["account", "Registerbro"]}, "wrong-audience"),
        ({"aud": {"registerbro": 1}}, "wrong-audience"),
        ({"iss": f"{KEYCLOAK}/"}, "wrong-issuer"),
        ({"exp": "tomorrow"}, "malformed"),
        ({"azp": None, "client_id": ""}, "claim-missing"),
    ],
)
async def test_claims_that_are_not_as_they_must_be(changes: Mapping[str, Any], reason: str) -> None:
    with pytest.raises(TokenInvalid) as caught:
        await verifier(KEYCLOAK).verify(signed({**KEYCLOAK_CLIENT, **changes}))
    assert caught.value.facts["reason"] == reason


@pytest.mark.parametrize(
    "scope", [7, True, {"batch:read": True}, [["batch:read"]], "BATCH:READ", "batch:read,batch:run"]
)
async def test_scopes_in_no_known_form_permit_nothing(scope: object) -> None:
    for name in ("scope", "scp", "roles"):
        claims = {**KEYCLOAK_CLIENT, "scope": None, name: scope}
        assert (await verifier(KEYCLOAK).verify(signed(claims))).scopes == frozenset()


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize(("key", "kid"), [(RSA, "encrypts"), (SHORT, "short")])
async def test_keys_to_encrypt_with_and_short_keys_verify_nothing(key: rsa.RSAPrivateKey, kid: str) -> None:
    token = jwt.encode(dict(KEYCLOAK_CLIENT) | {"exp": int(time.time()) + 600}, key, "RS256", {"kid": kid})
    with pytest.raises(TokenInvalid) as caught:
        await verifier(KEYCLOAK).verify(token)
    assert caught.value.facts["reason"] == "unknown-key"


def test_a_short_key_in_the_settings_is_refused() -> None:
    pem = SHORT.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    with pytest.raises(ValueError, match="less than 2048 bits"):
        SingleKey(pem)
