"""An OpenID Connect server that is not ours (nanoidp, a process of its own): people log in there, clients get tokens.

It is strict where real ones are: exact redirect URIs, PKCE, one use of a code, scopes that a client may have. Tokens that it
would never issue are minted here with its own key, so that a service can tell them by nothing but what is wrong with them.
"""

import contextlib
import dataclasses
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from registerbro.auth import Scope
from registerbro.settings import AuthSettings

from tests.support import secrets_in_use
from tests.support.ftp import free_port

AUDIENCE = "registerbro"
CONSOLE = "registerbro-console"  # the client by which people log in
CALLBACK = "http://service.test/login/callback"
AFTER_LOGOUT = "http://service.test/"
KID = "foreign-1"
STARTS_WITHIN = 30.0
OPENID = ("openid", "profile", "email", "offline_access")


@dataclasses.dataclass(frozen=True, slots=True)
class ForeignClient:
    """A client that is registered at the server."""

    client_id: str
    secret: str = dataclasses.field(repr=False)
    scopes: Sequence[str] = ()
    redirect_uris: Sequence[str] = ()
    method: str = "client_secret_basic"  # how it says who it is, the only one that is taken

    def entry(self) -> dict[str, Any]:
        """As the server's settings have it."""
        return {
            "client_id": self.client_id,
            "client_secret": self.secret,
            "allowed_scopes": list(self.scopes),
            "redirect_uris": list(self.redirect_uris),
            "token_endpoint_auth_method": self.method,
        }


@dataclasses.dataclass(frozen=True, slots=True)
class ForeignIssuer:
    """The running server."""

    url: str
    clients: Mapping[str, ForeignClient]
    private_pem: str = dataclasses.field(repr=False)

    @property
    def jwks_url(self) -> str:
        """Where it publishes its keys."""
        return f"{self.url}/.well-known/jwks.json"

    def settings(self) -> AuthSettings:
        """Settings of a service that accepts its tokens."""
        return AuthSettings(issuer=self.url, audience=AUDIENCE, jwks_url=self.jwks_url)

    def client_token(self, client_id: str, *scopes: str) -> str:
        """A token that the server issues to a client (client credentials); without scopes, with all that it may have."""
        client = self.clients[client_id]
        form = {"grant_type": "client_credentials"} | ({"scope": " ".join(scopes)} if scopes else {})
        answer = httpx.post(f"{self.url}/token", data=form, auth=(client.client_id, client.secret))
        assert answer.status_code == 200, answer.text
        return secrets_in_use.add(answer.json()["access_token"])

    def minted(self, **claims: Any) -> str:
        """A token by the server's key with any claims; None leaves one out that is there otherwise."""
        now = int(time.time())
        usual = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "somebody",
            "client_id": "journal",
            "iat": now,
            "exp": now + 600,
            "jti": str(uuid.uuid4()),
        }
        content = {name: value for name, value in (usual | claims).items() if value is not None}
        return secrets_in_use.add(jwt.encode(content, self.private_pem, "RS256", {"kid": KID}))

    def change_keys(self) -> None:
        """It signs with another key from now on, and publishes the one before, too."""
        assert httpx.post(f"{self.url}/api/keys/rotate").status_code == 200

    def login(self, authorization_url: str, user: str) -> str:
        """What a person's browser is sent back to after choosing an account there."""
        answer = httpx.post(authorization_url, data={"username": user})
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]


@contextlib.contextmanager
def foreign_issuer_running(
    directory: Path,
    *,
    clients: Sequence[ForeignClient],
    users: Mapping[str, Mapping[str, Any]],
    keys_of_its_own: bool = False,
) -> Iterator[ForeignIssuer]:
    """The server on a free port until the block ends. ``users`` have roles, groups and attributes, by name.

    With ``keys_of_its_own`` it can be told to change them, but no token can be minted here.
    """
    url = f"http://127.0.0.1:{free_port()}"
    private_pem = _write_keys(directory)
    _write(
        directory / "users.yaml",
        {"config_version": 1, "users": {name: dict(user) for name, user in users.items()}},
    )
    settings = _settings(url, directory, clients)
    if keys_of_its_own:
        del settings["jwt"]["external_keys"]
    _write(directory / "settings.yaml", settings)
    log = directory / "log"
    with log.open("wb") as output:
        command = [sys.executable, "-m", "nanoidp", "--strict-config", "--config", str(directory)]
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        _wait(url, process, log)
        yield ForeignIssuer(url, {each.client_id: each for each in clients}, private_pem)
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="session")
def foreign_issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForeignIssuer]:
    """A server with the console's client, one that may have every scope, and a person for each role."""
    every = tuple(map(str, Scope))
    clients = (
        ForeignClient(
            CONSOLE, secrets_in_use.add("the-console-at-the-issuer"), (*OPENID, *every), (CALLBACK,)
        ),
        ForeignClient("journal", secrets_in_use.add("the-journal-at-the-issuer"), every),
        ForeignClient(
            "by-form", secrets_in_use.add("one-that-sends-a-form"), every, method="client_secret_post"
        ),
    )
    users = {
        "vera": {"roles": ["registerbro-viewer"], "attributes": {"name": "Vera Viewer"}},
        "oscar": {"roles": ["registerbro-operator", "printing"], "attributes": {"name": "Oscar Operator"}},
        "nobody": {"roles": ["printing"], "attributes": {"name": "No Role"}},
    }
    with foreign_issuer_running(tmp_path_factory.mktemp("issuer"), clients=clients, users=users) as issuer:
        yield issuer


def _settings(url: str, directory: Path, clients: Sequence[ForeignClient]) -> dict[str, Any]:
    keys = {
        "private_key": str(directory / "private.pem"),
        "public_key": str(directory / "public.pem"),
        "kid": KID,
    }
    return {
        "config_version": 1,
        "server": {"host": "127.0.0.1", "port": int(url.rpartition(":")[2])},
        "oauth": {
            "issuer": url,
            "audience": AUDIENCE,
            "require_pkce": True,
            "scopes_supported": sorted({scope for client in clients for scope in client.scopes}),
            "clients": [client.entry() for client in clients],
        },
        "jwt": {"keys_dir": str(directory / "keys"), "external_keys": keys},
        "login": {"mode": "persona"},  # choose an account; its password is not what is tested
        "session": {"secret_key": uuid.uuid4().hex},
    }


def _write(file: Path, content: Mapping[str, Any]) -> None:
    file.write_text(yaml.safe_dump(dict(content), allow_unicode=True), encoding="utf-8")


def _write_keys(directory: Path) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (directory / "private.pem").write_bytes(private)
    (directory / "public.pem").write_bytes(public)
    return private.decode()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{url}/.well-known/openid-configuration").status_code == 200:
                return
        time.sleep(0.05)
    raise AssertionError(f"the OpenID Connect server does not start: {log.read_text()}")
