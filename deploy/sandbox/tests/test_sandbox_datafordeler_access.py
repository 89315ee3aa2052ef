"""Who gets in at Datafordeleren of the sandbox: certificates in real handshakes, users, keys and tokens."""

import datetime as dt
from collections.abc import Iterator

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import pkcs12
from pydantic import SecretStr
from registerbro_sandbox.datafordeler import CLIENT_NAME, DatafordelerWrong, client_certificate
from registerbro_sandbox.direct import BadCertificate
from registerbro_sandbox.ftp import Authority

from tests.support.sandbox_datafordeler import TOKEN_PATH, Asker, Datafordeleren, datafordeleren, registered

LOOKUP = "/CVR/HentCVRData/1/rest/hentVirksomhedMedCVRNummer?pCVRNummer=26911745"
MESSAGES = "/system/EventMessages/1.0.0/custom?datefrom=2026-01-01&dateto=2026-01-02"
QUERY = {"query": "{ DAF_RegisterImportStatus { lastEventId } }"}
KEY = "apiKey=noegle-til-graphql"
SECRET = {
    "grant_type": "client_credentials",
    "client_id": "registerbro-test",
    "client_secret": "klientens-hemmelighed",
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datafordeleren]:
    with datafordeleren(tmp_path_factory.mktemp("access"), companies=2) as running:
        yield running


@pytest.fixture
def client(sandbox: Datafordeleren) -> Iterator[httpx.Client]:
    """Of the host that asks for no certificate."""
    with sandbox.client() as asking:
        yield asking


@pytest.fixture(scope="module")
def certified(sandbox: Datafordeleren) -> Iterator[httpx.Client]:
    with sandbox.client(registered(sandbox)) as asking:
        yield asking


def test_a_certificate_is_enough_for_lookups_and_messages(certified: httpx.Client) -> None:
    assert certified.get(LOOKUP).json()["virksomhedsnavn"]["vaerdi"] == "KMD A/S"
    assert certified.get(MESSAGES).json() == []


def test_a_certificate_of_nobody_known_is_refused(sandbox: Datafordeleren) -> None:
    with sandbox.client(client_certificate(sandbox.authority, name="En anden")) as client:
        assert client.get(LOOKUP).status_code == 401
        assert client.post(TOKEN_PATH, data=SECRET).status_code == 401


@pytest.mark.parametrize("kind", ["none", "expired", "not-yet", "foreign"])
def test_the_handshake_fails_without_a_good_certificate(sandbox: Datafordeleren, kind: str) -> None:
    context = sandbox.trusted()
    certificate = {
        "none": None,
        "expired": client_certificate(sandbox.authority, expired=True),
        "not-yet": client_certificate(sandbox.authority, begins_in=dt.timedelta(days=1)),
        "foreign": client_certificate(Authority()),
    }[kind]
    if certificate:
        context = sandbox.trusted(certificate)
    with (
        httpx.Client(base_url=sandbox.server.url, verify=context, timeout=10) as client,
        pytest.raises(httpx.TransportError),
    ):
        client.get(LOOKUP)


def test_a_p12_holds_what_the_pem_holds(sandbox: Datafordeleren) -> None:
    made = client_certificate(sandbox.authority, days=12)
    key, certificate, _ = pkcs12.load_key_and_certificates(
        made.p12(SecretStr("åben dig")), "åben dig".encode()
    )
    assert key
    assert certificate
    assert certificate.subject.rfc4514_string().startswith(f"CN={CLIENT_NAME}")
    left = certificate.not_valid_after_utc - dt.datetime.now(dt.UTC)
    assert dt.timedelta(days=11) < left < dt.timedelta(days=12)
    with pytest.raises(ValueError, match="password"):
        pkcs12.load_key_and_certificates(made.p12(SecretStr("åben dig")), b"noget andet")


@pytest.mark.parametrize(
    "user",
    [
        "",
        "&username=tjenestebruger",
        "&username=tjenestebruger&password=forkert",
        "&username=anden&password=rigtig-adgangskode",
    ],
)
@pytest.mark.parametrize("address", [LOOKUP, MESSAGES])
def test_who_is_not_known_by_user_and_password_is_refused(
    client: httpx.Client, address: str, user: str
) -> None:
    assert client.get(address + user).status_code == 401
    assert client.get(f"{address}&username=tjenestebruger&password=rigtig-adgangskode").status_code == 200


def test_a_key_or_a_token_is_needed_for_graphql_and_not_both(client: httpx.Client) -> None:
    token = client.post(TOKEN_PATH, data=SECRET).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert client.post("/CVR/v2", params=KEY, json=QUERY).status_code == 200
    assert client.post("/CVR/v2", json=QUERY, headers=headers).status_code == 200
    for address, more, code in [
        (f"/CVR/v2?{KEY}", headers, "DAF-AUTH-0002"),
        ("/CVR/v2", {}, "DAF-AUTH-0005"),
        ("/CVR/v2?apiKey=forkert", {}, "DAF-AUTH-0005"),
        ("/CVR/v2", {"Authorization": "Bearer forkert"}, "DAF-AUTH-0005"),
        ("/CVR/v2", {"Authorization": f"Basic {token}"}, "DAF-AUTH-0005"),
    ]:
        refused = client.post(address, json=QUERY, headers=more)
        assert (refused.status_code, refused.json()["errorCode"]) == (401, code)


def test_tokens_come_to_an_end(client: httpx.Client, sandbox: Datafordeleren) -> None:
    given = client.post(TOKEN_PATH, data=SECRET).json()
    assert (given["token_type"], given["expires_in"]) == ("Bearer", 3600)
    headers = {"Authorization": f"Bearer {given['access_token']}"}
    sandbox.server.access.forget_tokens()
    assert client.post("/CVR/v2", json=QUERY, headers=headers).status_code == 401


def test_a_certificate_stands_in_for_the_secret(certified: httpx.Client) -> None:
    form = {"grant_type": "client_credentials", "client_id": "registerbro-test"}
    token = certified.post(TOKEN_PATH, data=form).json()["access_token"]
    answer = certified.post("/CVR/v2", json=QUERY, headers={"Authorization": f"Bearer {token}"})
    assert "errors" not in answer.json()


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"client_secret": "forkert"}, 401, "invalid_client"),
        ({"client_id": "en anden"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_token_is_refused_with_oauth2s_codes(
    client: httpx.Client, changed: dict[str, str], status: int, code: str
) -> None:
    refused = client.post(TOKEN_PATH, data={**SECRET, **changed})
    assert (refused.status_code, refused.json()["error"]) == (status, code)


def test_who_lacks_a_right_gets_500_by_rest_and_an_error_in_the_body_by_graphql(
    client: httpx.Client, sandbox: Datafordeleren
) -> None:
    asker = Asker(client)
    sandbox.server.faults.set(DatafordelerWrong(deny=("HentCVRData", "EventMessages", "CVR_Navn")))
    try:
        assert asker.rest("hentVirksomhedMedCVRNummer", pCVRNummer="26911745").status_code == 500
        assert asker.messages(datefrom="2026-01-01", dateto="2026-01-02").status_code == 500
        assert asker.rest("soegVirksomhedMedNavn", pNavn="KMD").status_code == 200
        told = asker.ask('{ CVR_Navn(where: {vaerdi: {eq: "KMD A/S"}}) { nodes { vaerdi } } }')
        assert told["data"] == {"CVR_Navn": None}
        assert told["errors"][0]["extensions"]["code"] == "DAF-AUTH-0001"
        assert asker.nodes('{ CVR_Branche(where: {CVREnhedsId: {eq: "4900000001"}}) { nodes { vaerdi } } }')
    finally:
        sandbox.server.faults.none()


@pytest.mark.parametrize("bad", list(BadCertificate))
def test_a_bad_certificate_is_shown_from_the_next_handshake_on(
    sandbox: Datafordeleren, bad: BadCertificate
) -> None:
    sandbox.server.faults.set(DatafordelerWrong(certificate=bad))
    try:
        for certificate in (None, registered(sandbox)):
            with (
                sandbox.client(certificate) as client,
                pytest.raises(httpx.ConnectError, match="CERTIFICATE"),
            ):
                client.get(LOOKUP)
    finally:
        sandbox.server.faults.none()
