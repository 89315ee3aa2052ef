"""Datafordeleren of the sandbox with everything a client needs to ask it: for tests of either side."""

import contextlib
import dataclasses
import datetime as dt
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from registerbro_sandbox.companies import World
from registerbro_sandbox.datafordeler import (
    ClientCertificate,
    CompanyRegister,
    DatafordelerServer,
    Users,
    client_certificate,
)
from registerbro_sandbox.direct import Certificates
from registerbro_sandbox.ftp import Authority

SECONDS = 10
USERS = Users(
    user="tjenestebruger",
    password=SecretStr("rigtig-adgangskode"),
    api_key=SecretStr("noegle-til-graphql"),
    client_id="registerbro-test",
    client_secret=SecretStr("klientens-hemmelighed"),
)
TOKEN_PATH = "/realms/distribution/protocol/openid-connect/token"


@dataclasses.dataclass(frozen=True)
class Datafordeleren:
    """A running server, its companies, and clients that trust it."""

    server: DatafordelerServer
    world: World
    authority: Authority
    directory: Path

    def trusted(self, certificate: ClientCertificate | None = None) -> ssl.SSLContext:
        """What a client needs: the server's authority, and its own certificate."""
        context = ssl.create_default_context(cadata=self.authority.certificate.decode())
        if certificate:
            path = self.directory / "client.pem"
            certificate.write(path)
            context.load_cert_chain(path)
        return context

    @contextlib.contextmanager
    def client(self, certificate: ClientCertificate | None = None) -> Iterator[httpx.Client]:
        """A client of the host that asks for a certificate, if it has one; else of the other."""
        url = self.server.url if certificate else self.server.open_url
        with httpx.Client(base_url=url, verify=self.trusted(certificate), timeout=SECONDS) as client:
            yield client


@dataclasses.dataclass(frozen=True)
class Asker:
    """Somebody who asks over and over again: by user and password, or API key."""

    client: httpx.Client

    def rest(self, method: str, **parameters: str) -> httpx.Response:
        """A REST call."""
        service = "SoegCVRData" if method.startswith("soeg") else "HentCVRData"
        return self.client.get(f"/CVR/{service}/1/rest/{method}", params=_with_user(parameters))

    def messages(self, **parameters: str) -> httpx.Response:
        """Pull messages."""
        return self.client.get(
            "/system/EventMessages/1.0.0/custom", params=_with_user({"format": "json", **parameters})
        )

    def post(self, query: str, **variables: Any) -> httpx.Response:
        """A GraphQL call."""
        key = _secret(USERS.api_key)
        body = {"query": query, "variables": variables}
        return self.client.post("/CVR/v2", params={"apiKey": key}, json=body)

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """What a GraphQL call is answered with."""
        answer = self.post(query, **variables)
        assert answer.status_code == 200
        told: dict[str, Any] = answer.json()
        return told

    def nodes(self, query: str, **variables: Any) -> list[dict[str, Any]]:
        """The rows that a query without errors gives."""
        told = self.ask(query, **variables)
        assert "errors" not in told, told["errors"]
        [connection] = told["data"].values()
        return list(connection["nodes"])

    def code(self, query: str, **variables: Any) -> str:
        """The code of the one error that a query gives."""
        [error] = self.ask(query, **variables)["errors"]
        return str(error["extensions"]["code"])


@contextlib.contextmanager
def datafordeleren(directory: Path, companies: int = 80) -> Iterator[Datafordeleren]:
    """A server over new companies: enough of them that one has hundreds of production units."""
    authority = Authority()
    world = World.begin(directory / "world", seed=1, companies=companies)
    certificates = Certificates(authority, "127.0.0.1")
    with DatafordelerServer(CompanyRegister(world), authority, certificates, users=USERS) as server:
        yield Datafordeleren(server, world, authority, directory)


def registered(sandbox: Datafordeleren) -> ClientCertificate:
    """The service user's certificate."""
    return client_certificate(sandbox.authority)


def moment(days: int = 0) -> str:
    """Now, or some days from now, as ``virkningstid`` takes it."""
    return (dt.datetime.now(dt.UTC) + dt.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _with_user(parameters: dict[str, str]) -> dict[str, str]:
    return {"username": USERS.user, "password": _secret(USERS.password), **parameters}


def _secret(value: SecretStr | None) -> str:
    assert value is not None
    return value.get_secret_value()
