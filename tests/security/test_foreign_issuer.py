"""All services with the tokens of an OpenID Connect server that is not ours: its clients' and its users', and what is no access token."""

import base64
import hashlib
import secrets
from collections.abc import AsyncIterator, Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
import pytest_asyncio
from registerbro.auth import Caller, DevelopmentIssuer, Scope, Verifier, keys_of
from registerbro.problems import TokenInvalid

from tests.security.calling import call, told
from tests.security.services import (
    SERVICES,
    Running,
    Surroundings,
    all_running,
    shared_settings,
    unreachable_direct,
)
from tests.support import secrets_in_use
from tests.support.foreign_issuer import (
    CALLBACK,
    CONSOLE,
    ForeignClient,
    ForeignIssuer,
    foreign_issuer_running,
)
from tests.support.postgres import temporary_database

OPENS = {  # a route of each service that reads, and the scope that opens it
    "console": ("GET /oauth2/keys", Scope.CONFIG_READ),
    "cpr-batch": ("GET /runs", Scope.BATCH_READ),
    "cvr-online": ("GET /certificate", Scope.CONFIG_READ),
    "cvr-subscription": ("GET /synchronisation", Scope.CVR_UPDATE_RUN),
    "cvr-update": ("GET /queue", Scope.CVR_UPDATE_RUN),
    "cpr-direct": ("GET /alerts", Scope.AUDIT_READ),
}
each_service = pytest.mark.parametrize("name", SERVICES)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def elsewhere(
    postgres_url: str,
    template_database: str,
    issuer: DevelopmentIssuer,
    foreign_issuer: ForeignIssuer,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[dict[str, Running]]:
    """All services, told of the foreign issuer and of nothing else."""
    with temporary_database(postgres_url, template_database) as url:
        shared = shared_settings(url, issuer, auth=foreign_issuer.settings())
        around = Surroundings(shared, tmp_path_factory.mktemp("interim"), unreachable_direct())
        async with all_running(around) as found:
            yield found


def logged_in(issuer: ForeignIssuer, user: str, *scopes: str) -> dict[str, str]:
    """The tokens that a client gets for a person who logs in there (authorisation code with PKCE)."""
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    asked = {
        "response_type": "code",
        "client_id": CONSOLE,
        "redirect_uri": CALLBACK,
        "scope": " ".join(("openid", "offline_access", *scopes)),
        "nonce": secrets.token_urlsafe(),
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    sent_back = issuer.login(f"{issuer.url}/authorize?{urlencode(asked)}", user)
    [code] = parse_qs(urlsplit(sent_back).query)["code"]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": verifier,
    }
    client = issuer.clients[CONSOLE]
    answer = httpx.post(f"{issuer.url}/token", data=form, auth=(client.client_id, client.secret)).json()
    return {kind: secrets_in_use.add(answer[kind]) for kind in ("access_token", "id_token", "refresh_token")}


@each_service
@pytest.mark.asyncio(loop_scope="module")
async def test_a_client_s_token_opens_what_its_scope_opens(
    elsewhere: dict[str, Running], foreign_issuer: ForeignIssuer, name: str
) -> None:
    row, scope = OPENS[name]
    client = elsewhere[name].client
    answer = told(await call(client, row, foreign_issuer.client_token("journal", scope)))
    assert answer == ("404 tokens-issued-elsewhere" if name == "console" else "200")
    other = foreign_issuer.client_token("journal", *(set(Scope) - {scope}))
    assert told(await call(client, row, other)) == "403 scope-missing"


@each_service
@pytest.mark.asyncio(loop_scope="module")
async def test_tokens_of_anybody_else_are_refused(
    elsewhere: dict[str, Running], foreign_issuer: ForeignIssuer, issuer: DevelopmentIssuer, name: str
) -> None:
    row, scope = OPENS[name]
    refused = {
        "ours": issuer.token(*Scope),
        "ours in its name": issuer.token(*Scope, claims={"iss": foreign_issuer.url}),
        "for another audience": foreign_issuer.minted(scope=scope, aud=["account", "another-system"]),
        "from another realm": foreign_issuer.minted(scope=scope, iss=f"{foreign_issuer.url}/other"),
        "expired": foreign_issuer.minted(scope=scope, exp=1_700_000_000),
    }
    for kind, token in refused.items():
        assert told(await call(elsewhere[name].client, row, token)) == "401 token-invalid", kind


@pytest.mark.asyncio(loop_scope="module")
async def test_of_a_person_s_tokens_only_the_access_token_counts(
    elsewhere: dict[str, Running], foreign_issuer: ForeignIssuer
) -> None:
    row, scope = OPENS["cpr-batch"]
    tokens = logged_in(foreign_issuer, "oscar", scope)
    client = elsewhere["cpr-batch"].client
    assert told(await call(client, row, tokens["access_token"])) == "200"
    for kind in ("id_token", "refresh_token"):
        assert told(await call(client, row, tokens[kind])) == "401 token-invalid"


async def test_who_calls_is_the_person_by_the_client(foreign_issuer: ForeignIssuer) -> None:
    settings = foreign_issuer.settings()
    verifier = Verifier(settings, keys_of(settings))
    tokens = logged_in(foreign_issuer, "oscar", "batch:read")
    assert await verifier.verify(tokens["access_token"]) == Caller(
        CONSOLE, "oscar", frozenset({Scope.BATCH_READ})
    )
    with pytest.raises(TokenInvalid) as refused:  # its audience is ours, and it names scopes
        await verifier.verify(tokens["refresh_token"])
    assert refused.value.facts["reason"] == "not-access-token"


@pytest.fixture
def changing_issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForeignIssuer]:
    """A server that makes its own keys, and changes them on demand."""
    clients = [ForeignClient("journal", secrets_in_use.add("the-journal-elsewhere"), ("batch:read",))]
    directory = tmp_path_factory.mktemp("changing")
    with foreign_issuer_running(directory, clients=clients, users={}, keys_of_its_own=True) as issuer:
        yield issuer


async def test_a_change_of_its_keys_is_noticed(changing_issuer: ForeignIssuer) -> None:
    settings = changing_issuer.settings().model_copy(update={"jwks_pause_seconds": 0})
    verifier = Verifier(settings, keys_of(settings))
    before = changing_issuer.client_token("journal")
    assert (await verifier.verify(before)).may(Scope.BATCH_READ)
    changing_issuer.change_keys()
    after = changing_issuer.client_token("journal")
    for token in (after, before):
        assert (await verifier.verify(token)).may(Scope.BATCH_READ)
