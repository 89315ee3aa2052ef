"""Everything that CVR's circle is made of as processes of their own: the sandbox's registers, and what the CVR services are told."""

import contextlib
import dataclasses
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
from registerbro_sandbox.logic.server import CALLS_PATH, GATEWAY_PATH, TOKEN_PATH
from registerbro_sandbox.settings import LOGIC_CLIENT, LOGIC_CONFIGURATION, LOGIC_SUBSCRIPTION

from tests.support import secrets_in_use
from tests.support.processes import command, inherited, sandbox, variables

LOGIC, WITH_CERTIFICATE, WITHOUT = "kmd-logic", "datafordeler", "datafordeler-open"
LOGIC_SECRET = secrets_in_use.add("kun-til-virksomhedernes-kreds")
CERTIFICATE_PASSWORD = secrets_in_use.add("Certifikat-26")
OTHER_PASSWORD = secrets_in_use.add("tjenestebrugerens")
SCOPE = "https://logic.example/sandbox/.default"


@dataclasses.dataclass(frozen=True)
class RegisterSandbox:
    """The sandbox as a process over companies of its own, and its commands."""

    directory: Path
    ports: Mapping[str, int]

    @property
    def world(self) -> Path:
        """Where the companies are."""
        return self.directory / "world"

    @property
    def logic_url(self) -> str:
        """KMD Logic, both its services."""
        return f"http://127.0.0.1:{self.ports[LOGIC]}"

    def told(self) -> dict[str, str]:
        """What the CVR services are told: Datafordeleren for lookups, by certificate, KMD Logic for updates; no limits."""
        secured, open_ = (f"https://localhost:{self.ports[name]}" for name in (WITH_CERTIFICATE, WITHOUT))
        return variables(
            "cvr",
            ca_file=self.directory / "ca.pem",
            certificate__file=self.directory / "client.p12",
            certificate__password=CERTIFICATE_PASSWORD,
            datafordeler__graphql_url=f"{open_}/CVR/v2",
            datafordeler__token_url=f"{secured}/realms/distribution/protocol/openid-connect/token",
            datafordeler__client_id="registerbro",
            logic__url=f"{self.logic_url}{GATEWAY_PATH}",
            logic__token_url=f"{self.logic_url}{TOKEN_PATH}",
            logic__client_id=LOGIC_CLIENT,
            logic__client_secret=LOGIC_SECRET,
            logic__scope=SCOPE,
            logic__subscription_id=LOGIC_SUBSCRIPTION,
            logic__configuration_id=LOGIC_CONFIGURATION,
            limits__calls_per_second=1000,
        )

    def do(self, *words: str) -> str:
        """One of its commands about this world; what it says."""
        done = command(inherited(), *words, "--into", str(self.world), program="registerbro-sandbox")
        assert done.returncode == 0, done.stderr
        return done.stdout

    def subscribed(self) -> set[str]:
        """The object ids that KMD Logic has subscriptions of."""
        told = json.loads(self.do("logic", "subscriptions", "--list", "--json"))
        return set(told.get(str(LOGIC_CONFIGURATION), ()))

    def calls(self) -> dict[str, int]:
        """The calls that KMD Logic has had, by operation."""
        operations = httpx.get(f"{self.logic_url}{CALLS_PATH}").raise_for_status().json()["operations"]
        return {name: int(count) for name, count in operations.items()}


@contextlib.contextmanager
def register_sandbox(directory: Path, *, companies: int) -> Iterator[RegisterSandbox]:
    """Datafordeleren and KMD Logic over so many companies, until the block ends."""
    told = variables(
        "sandbox",
        ftp__password=OTHER_PASSWORD,
        ftp__port=0,
        ftp__directory=directory / "world",
        ftp__authority_file=directory / "ca.pem",
        ftp__host_names="localhost,127.0.0.1",
        companies__count=companies,
        logic__client_secret=LOGIC_SECRET,
        logic__port=0,
        datafordeler__password=OTHER_PASSWORD,
        datafordeler__certificate_file=directory / "client.p12",
        datafordeler__certificate_password=CERTIFICATE_PASSWORD,
        datafordeler__port=0,
        datafordeler__open_port=0,
    )
    environment = inherited() | told | {"REGISTERBRO_LOG__FORM": "json"}
    with sandbox(environment, directory / "sandbox.log", (LOGIC, WITH_CERTIFICATE, WITHOUT)) as ports:
        yield RegisterSandbox(directory, ports)
