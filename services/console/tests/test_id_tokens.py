"""ID tokens as an issuer would not, or should not, send them; and an issuer that answers badly."""

import time
from typing import Any

import httpx
import jwt
import pytest
from console.people import id_tokens
from console.people.attempts import Attempt
from console.people.errors import IssuerUnreachable, LoginAnswerWrong
from console.people.provider import GrantRefused, Provider
from console.people.roles import Role
from console.people.settings import LoginSettings, RoleSettings
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import SecretStr
from registerbro.auth import SingleKey

ISSUER, CLIENT, NONCE = "https://issuer.example", "console", "the-nonce"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
SETTINGS = LoginSettings(issuer=ISSUER, client_id=CLIENT)


def id_token(key: Any = KEY, algorithm: str = "RS256", **claims: Any) -> SecretStr:
    now = int(time.time())
    usual = {"iss": ISSUER, "aud": CLIENT, "sub": "anna", "iat": now, "exp": now + 300, "nonce": NONCE}
    content = {name: value for name, value in (usual | claims).items() if value is not None}
    return SecretStr(jwt.encode(content, key, algorithm))


async def checked(token: SecretStr | None) -> Any:
    return await id_tokens.claims_of(
        token, SETTINGS, SingleKey(PUBLIC), nonce=NONCE, access_token=SecretStr("the-access-token")
    )


async def test_a_sound_one_is_read() -> None:
    assert (await checked(id_token()))["sub"] == "anna"
    assert (await checked(id_token(aud=[CLIENT, "other"], azp=CLIENT)))["sub"] == "anna"


PAST = int(time.time()) - 3600
WRONG: dict[str, SecretStr | None] = {
    "none": None,
    "no token": SecretStr("nonsense"),
    "replayed: nonce": id_token(nonce="another"),
    "no nonce": id_token(nonce=None),
    "issuer": id_token(iss="https://evil.example"),
    "audience": id_token(aud="other"),
    "other's, though asked for by us": id_token(aud="other", azp=CLIENT),
    "other's, with azp": id_token(aud=[CLIENT, "other"], azp="other"),
    "several audiences": id_token(aud=[CLIENT, "other"]),
    "azp": id_token(azp="other"),
    "expired": id_token(exp=PAST, iat=PAST - 60),
    "no expiry": id_token(exp=None),
    "not yet": id_token(nbf=int(time.time()) + 3600),
    "no subject": id_token(sub=None),
    "access token's hash": id_token(at_hash="x" * 22),
    "another's signature": id_token(STRANGER),
    "unsigned": SecretStr(jwt.encode({"iss": ISSUER, "aud": CLIENT}, "", "none")),
    "signed with the client's secret": id_token("s" * 64, "HS256"),
    "an algorithm that is not accepted": id_token(KEY, "RS512"),
}


@pytest.mark.parametrize("what", WRONG)
async def test_a_wrong_one_is_refused(what: str) -> None:
    with pytest.raises(LoginAnswerWrong) as refused:
        await checked(WRONG[what])
    assert "evil" not in str(refused.value)


@pytest.mark.parametrize(
    ("path", "claims", "roles"),
    [
        ("roles", {"roles": ["one", "x"]}, {Role.OPERATOR}),
        ("roles", {"roles": "one"}, {Role.OPERATOR}),
        ("groups", {"groups": ["two", "dpo"]}, {Role.OPERATOR, Role.DATA_PROTECTION_OFFICER}),
        ("realm_access.roles", {"realm_access": {"roles": ["dpo"]}}, {Role.DATA_PROTECTION_OFFICER}),
        ("https://a.example/roles", {"https://a.example/roles": ["one"]}, {Role.OPERATOR}),
        ("roles", {}, set()),
        ("roles", {"roles": [1, None, {"one": "one"}]}, set()),
        ("roles", {"roles": {"one": "one"}}, set()),
        ("roles", {"roles": 7}, set()),
        ("roles.deep", {"roles": ["one"]}, set()),
    ],
)
def test_roles_are_read_from_the_named_claim(path: str, claims: dict[str, Any], roles: set[Role]) -> None:
    named = RoleSettings(operator=("one", "two"), data_protection_officer=("dpo",))
    settings = LoginSettings(issuer=ISSUER, client_id=CLIENT, roles_claim=path, roles=named)
    assert id_tokens.person_of({"sub": "anna"} | claims, settings).roles == roles


def test_a_person_is_recorded_under_a_name() -> None:
    person = id_tokens.person_of({"sub": "1f", "preferred_username": "anna", "name": "Anna J."}, SETTINGS)
    assert (person.user_name, person.display_name) == ("anna", "Anna J.")
    assert id_tokens.person_of({"sub": "1f"}, SETTINGS).user_name == "1f"
    assert id_tokens.person_of({"sub": "anna", "name": "010160-1234"}, SETTINGS).display_name == "anna"


@pytest.mark.parametrize("name", ["0101601234", "a\nb", "x" * 201, "", "console", "service-account-x"])
def test_a_name_that_nothing_can_be_recorded_under_is_refused(name: str) -> None:
    with pytest.raises(LoginAnswerWrong) as refused:
        id_tokens.person_of({"sub": name}, SETTINGS)
    assert not name or name not in str(refused.value)


METADATA = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/keys",
}
TOKENS = {"access_token": "x", "token_type": "Bearer", "expires_in": 60}


def provider(metadata: Any = METADATA, tokens: Any = TOKENS, status: int = 200, **changes: Any) -> Provider:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json=metadata)
        return httpx.Response(status, json=tokens)

    settings = LoginSettings(issuer=ISSUER, client_id=CLIENT, **changes)
    return Provider(settings, callback="https://own.example/cb", transport=httpx.MockTransport(answer))


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        "nonsense",
        METADATA | {"issuer": "https://evil.example"},
        METADATA | {"issuer": f"{ISSUER}/"},
        METADATA | {"token_endpoint": "http://issuer.example/token"},
        METADATA | {"end_session_endpoint": "javascript:alert(1)"},
    ],
)
async def test_an_issuer_that_describes_itself_wrongly_is_not_believed(metadata: Any) -> None:
    with pytest.raises(LoginAnswerWrong):
        await provider(metadata).authorization_url(Attempt.to("/"))


@pytest.mark.parametrize(
    ("tokens", "status", "error"),
    [
        ({}, 200, LoginAnswerWrong),
        (TOKENS | {"token_type": "mac"}, 200, LoginAnswerWrong),
        (TOKENS, 500, LoginAnswerWrong),
        ({"error": "invalid_grant"}, 400, GrantRefused),
    ],
)
async def test_a_bad_answer_to_the_code_is_told(tokens: Any, status: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        await provider(tokens=tokens, status=status).exchange("code", Attempt.to("/"))


async def test_an_issuer_that_does_not_answer_is_told() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    lonely = Provider(SETTINGS, callback="https://own.example/cb", transport=httpx.MockTransport(answer))
    with pytest.raises(IssuerUnreachable):
        await lonely.authorization_url(Attempt.to("/"))


@pytest.mark.parametrize(
    ("methods", "secret", "how"),
    [
        (None, "a-client-secret", "basic"),
        (["client_secret_post"], "a-client-secret", "post"),
        (["client_secret_post", "client_secret_basic"], "a-client-secret", "basic"),
        (None, None, "public"),
    ],
)
async def test_the_client_proves_itself_as_the_issuer_wants(
    methods: list[str] | None, secret: str | None, how: str
) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        named = {"token_endpoint_auth_methods_supported": methods} if methods else {}
        return httpx.Response(200, json=METADATA | named if request.method == "GET" else TOKENS)

    given = None if secret is None else SecretStr(secret)
    settings = LoginSettings(issuer=ISSUER, client_id=CLIENT, client_secret=given)
    attempt = Attempt.to("/")
    transport = httpx.MockTransport(answer)
    await Provider(settings, callback="https://own.example/cb", transport=transport).exchange("c0de", attempt)
    form = dict(pair.split("=") for pair in seen[-1].content.decode().split("&"))
    assert (form["grant_type"], form["code"]) == ("authorization_code", "c0de")
    assert form["code_verifier"] == attempt.code_verifier
    assert form["redirect_uri"] == "https%3A%2F%2Fown.example%2Fcb"
    assert ("Authorization" in seen[-1].headers) == (how == "basic")
    assert form.get("client_secret") == (secret if how == "post" else None)
    assert ("client_id" in form) == (how != "basic")
