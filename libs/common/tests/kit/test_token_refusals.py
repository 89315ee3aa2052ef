"""Every way in which a bearer token can be wrong, over HTTP; tokens minted by a library that the services do not use."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fastapi import APIRouter
from registerbro.auth import ACTING_USER, CurrentCaller, DevelopmentIssuer, Scope
from registerbro.service import Parts, build

from tests.support.services import bearer, client_of, settings_for

router = APIRouter()


@router.post("/things")
async def things(caller: CurrentCaller, body: dict[str, str]) -> dict[str, Any]:
    """Says who called."""
    return {"client": caller.client, "user": caller.user, "scopes": sorted(caller.scopes), "body": body}


PARTS = Parts(routers=[router], scopes={("POST", "/things"): Scope.BATCH_RUN})


@pytest.fixture
async def client(issuer: DevelopmentIssuer) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service with one route that needs ``batch:run``; no store is needed to refuse."""
    settings = settings_for("postgresql://nowhere.invalid/store", issuer)
    async with client_of(build("demo", title="Demo", settings=settings, parts=PARTS)) as client:
        yield client


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def mint(issuer: DevelopmentIssuer, *, key: str = "", algorithm: str = "ES256", **changes: Any) -> str:
    """A token by PyJWT; a change to None leaves the claim out."""
    claims: dict[str, Any] = {
        "iss": issuer.issuer,
        "aud": issuer.audience,
        "sub": "case-system",
        "client_id": "case-system",
        "exp": int(time.time()) + 600,
        "scope": "batch:read batch:run",
    } | changes
    content = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(content, key or issuer.private_pem, algorithm=algorithm)


async def refusal(client: httpx.AsyncClient, headers: Mapping[str, str]) -> tuple[int, str, str, str]:
    answer = await client.post("/things", json={}, headers=dict(headers))
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    kind = problem["type"].rpartition("/")[2]
    return answer.status_code, kind, problem.get("reason", ""), answer.headers["www-authenticate"]


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic dXNlcjpwYXNzd29yZA==", "Token abc"])
async def test_no_token(client: httpx.AsyncClient, header: str | None) -> None:
    status, kind, _, challenge = await refusal(client, {} if header is None else {"Authorization": header})
    assert (status, kind, challenge) == (401, "token-missing", 'Bearer realm="registerbro"')


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"iss": "https://other.test"}, "wrong-issuer"),
        ({"iss": None}, "claim-missing"),
        ({"aud": "another-system"}, "wrong-audience"),
        ({"aud": ["a", "b"]}, "wrong-audience"),
        ({"aud": None}, "claim-missing"),
        ({"exp": int(time.time()) - 600}, "expired"),
        ({"exp": None}, "claim-missing"),
        ({"nbf": int(time.time()) + 86_400}, "not-yet-valid"),
        ({"iat": int(time.time()) + 86_400}, "not-yet-valid"),
        ({"client_id": None}, "claim-missing"),
    ],
)
async def test_wrong_claims(
    client: httpx.AsyncClient, issuer: DevelopmentIssuer, changes: dict[str, Any], reason: str
) -> None:
    status, kind, told, challenge = await refusal(client, bearer(mint(issuer, **changes)))
    assert (status, kind, told) == (401, "token-invalid", reason)
    assert 'error="invalid_token"' in challenge


async def test_key_of_somebody_else(client: httpx.AsyncClient, issuer: DevelopmentIssuer) -> None:
    token = mint(issuer, key=pem(ec.generate_private_key(ec.SECP256R1())))
    assert (await refusal(client, bearer(token)))[1:3] == ("token-invalid", "bad-signature")


async def test_algorithm_that_is_not_accepted(client: httpx.AsyncClient, issuer: DevelopmentIssuer) -> None:
    token = mint(issuer, key=pem(ec.generate_private_key(ec.SECP384R1())), algorithm="ES384")
    assert (await refusal(client, bearer(token)))[1:3] == ("token-invalid", "unaccepted-algorithm")


async def test_algorithm_that_does_not_fit_the_key(
    client: httpx.AsyncClient, issuer: DevelopmentIssuer
) -> None:
    token = mint(issuer, key=pem(rsa.generate_private_key(65537, 2048)), algorithm="RS256")
    assert (await refusal(client, bearer(token)))[1] == "token-invalid"


async def test_algorithm_none(client: httpx.AsyncClient, issuer: DevelopmentIssuer) -> None:
    signed = mint(issuer)
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).decode().rstrip("=")
    for signature in ("", signed.split(".")[2]):
        token = f"{header}.{signed.split('.')[1]}.{signature}"
        assert (await refusal(client, bearer(token)))[:2] == (401, "token-invalid")


async def test_public_key_taken_for_a_shared_secret(
    client: httpx.AsyncClient, issuer: DevelopmentIssuer
) -> None:
    """The attack that confuses algorithms: HS256 with the published key as its secret."""

    def part(content: Mapping[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    body = part(
        {
            "iss": issuer.issuer,
            "aud": issuer.audience,
            "client_id": "x",
            "exp": time.time() + 600,
            "scope": "batch:run",
        }
    )
    signed = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{body}"
    digest = hmac.digest(issuer.public_pem.encode(), signed.encode(), hashlib.sha256)
    token = f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"
    assert (await refusal(client, bearer(token)))[1:3] == ("token-invalid", "unaccepted-algorithm")


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "a.b",
        "a.b.c",
        "....",
        "é.è.ê",
        "0" * 5000,
        "e30.e30.e30",
        "bnVsbA.bnVsbA.bnVsbA",
    ],
)
async def test_garbage(client: httpx.AsyncClient, token: str) -> None:
    header = {"Authorization": f"Bearer {token}".encode()}
    answer = await client.post("/things", json={}, headers=header)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["reason"]) == (401, "malformed")
    assert token not in answer.text


async def test_tampered_claims(client: httpx.AsyncClient, issuer: DevelopmentIssuer) -> None:
    head, body, signature = mint(issuer, scope="batch:read").split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    claims["scope"] = "batch:run"
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    token = f"{head}.{forged}.{signature}"
    assert (await refusal(client, bearer(token)))[1:3] == ("token-invalid", "bad-signature")


async def test_missing_scope(client: httpx.AsyncClient, issuer: DevelopmentIssuer) -> None:
    status, kind, _, challenge = await refusal(client, bearer(mint(issuer, scope="batch:read batch:runs")))
    assert (status, kind) == (403, "scope-missing")
    assert challenge == 'Bearer realm="registerbro", error="insufficient_scope", scope="batch:run"'


async def test_who_was_refused_is_logged(
    client: httpx.AsyncClient, issuer: DevelopmentIssuer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        await refusal(client, bearer(mint(issuer, scope="batch:read")))
        await refusal(client, {})
    lines = [each.msg for each in caplog.records if isinstance(each.msg, dict)]
    told = [(line["status"], line["route"], line["client"]) for line in lines if line["event"] == "request"]
    assert told == [(403, "/things", "case-system"), (401, "/things", None)]


async def test_the_token_is_checked_before_the_body_is_read(client: httpx.AsyncClient) -> None:
    answer = await client.post("/things", content=b"{broken", headers={"Content-Type": "application/json"})
    assert answer.status_code == 401


async def test_unknown_paths_are_not_told_to_strangers(
    client: httpx.AsyncClient, issuer: DevelopmentIssuer
) -> None:
    assert (await client.get("/nowhere")).status_code == 401
    known = await client.get("/nowhere", headers=bearer(mint(issuer)))
    assert (known.status_code, known.json()["type"].rpartition("/")[2]) == (404, "not-found")


async def test_health_and_description_need_no_token(client: httpx.AsyncClient) -> None:
    for path, status in (("/liveness", 200), ("/readiness", 503), ("/openapi.json", 200)):
        assert (await client.get(path)).status_code == status


@pytest.mark.parametrize(
    ("changes", "user", "scopes"),
    [
        ({}, None, ["batch:read", "batch:run"]),
        ({"sub": "user-17"}, "user-17", ["batch:read", "batch:run"]),
        ({"sub": "x", "preferred_username": "service-account-case-system"}, None, ["batch:read", "batch:run"]),
        ({"sub": "x", "preferred_username": "anna"}, "anna", ["batch:read", "batch:run"]),
        ({"client_id": None, "azp": "case-system", "sub": "oid", "idtyp": "app", "scope": None, "roles": ["batch:run", "x"]}, None, ["batch:run"]),
        ({"client_id": None, "appid": "case-system", "scope": None, "scp": "batch:run openid"}, None, ["batch:run"]),
        ({"aud": ["account", "registerbro"]}, None, ["batch:read", "batch:run"]),
    ],
)  # fmt: skip
async def test_accepted_tokens_of_several_issuers_kinds(
    client: httpx.AsyncClient,
    issuer: DevelopmentIssuer,
    changes: dict[str, Any],
    user: str | None,
    scopes: list[str],
) -> None:
    answer = await client.post("/things", json={}, headers=bearer(mint(issuer, **changes)))
    assert answer.json() == {"client": "case-system", "user": user, "scopes": scopes, "body": {}}


async def test_our_own_tokens_are_read_by_another_library(issuer: DevelopmentIssuer) -> None:
    token = issuer.token("batch:run", client="c", user="u")
    claims = jwt.decode(
        token, issuer.public_pem, algorithms=["ES256"], audience="registerbro", issuer=issuer.issuer
    )
    assert (claims["client_id"], claims["sub"], claims["scope"]) == ("c", "u", "batch:run")


async def test_the_client_names_the_user_it_acts_for(
    client: httpx.AsyncClient, issuer: DevelopmentIssuer
) -> None:
    headers = bearer(mint(issuer)) | {ACTING_USER: "az12345"}
    assert (await client.post("/things", json={}, headers=headers)).json()["user"] == "az12345"
    headers = bearer(mint(issuer, sub="anna")) | {ACTING_USER: "az12345"}
    assert (await client.post("/things", json={}, headers=headers)).json()["user"] == "anna"


@pytest.mark.parametrize("user", ["x" * 101, "010160-1234", "a\tb"])
async def test_acting_user_is_an_account_name(
    client: httpx.AsyncClient, issuer: DevelopmentIssuer, user: str
) -> None:
    answer = await client.post("/things", json={}, headers=bearer(mint(issuer)) | {ACTING_USER: user})
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (422, "invalid-request")
    assert user not in answer.text
