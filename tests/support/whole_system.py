"""All of Registerbro as a deployment has it: every service a process of its own, two replicas of the console, the sandbox's registers.

Over a migrated store and a real RabbitMQ. The console issues the tokens, and its replicas stand behind one address.
"""

import contextlib
import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
from cryptography.fernet import Fernet
from registerbro_sandbox.persons import Delivery, Population
from registerbro_sandbox.persons.chronicle import Chronicle
from registerbro_sandbox.serving import today

from tests.support import secrets_in_use
from tests.support.cvr_circle import (
    CERTIFICATE_PASSWORD,
    LOGIC,
    LOGIC_SECRET,
    OTHER_PASSWORD,
    WITH_CERTIFICATE,
    WITHOUT,
    RegisterSandbox,
)
from tests.support.forked import started
from tests.support.ftp import free_port
from tests.support.processes import inherited, sandbox, until_ready, variables
from tests.support.services import AUDIT_KEY

CONSOLES = ("console-1", "console-2")
SERVICES = ("cpr-direct", "cpr-batch", "cvr-online", "cvr-subscription", "cvr-update")
CONTROL = "control"
SERVERS = ("file", "direct", LOGIC, WITH_CERTIFICATE, WITHOUT, CONTROL)
DIRECT_PASSWORD = secrets_in_use.add("Hel-2026")
CVR_CLIENT = "cvr-subscription"
CVR_CLIENT_SECRET = secrets_in_use.add("kun-til-hele-systemet")
SEED, PERSONS, SUBSCRIBED, COMPANIES = 7, 176, 128, 12
ANSWERING = (
    "Healthy",
    "Degraded",
    "Unhealthy",
)  # CVR Subscription is well only once its client is registered


@dataclasses.dataclass(frozen=True)
class WholeSystem:
    """Everything that runs. ``url`` is where people reach the console, once something answers there for its replicas."""

    url: str
    database_url: str
    bus_url: str
    services: Mapping[str, httpx.Client]
    directory: Path
    chronicle: Chronicle

    @property
    def replicas(self) -> tuple[str, ...]:
        """The console's replicas."""
        return tuple(str(self.services[name].base_url) for name in CONSOLES)

    def number(self, person: int) -> str:
        """A person's number."""
        return self.chronicle.world.person(person).number


@contextlib.contextmanager
def whole_system(
    database_url: str, bus_url: str, directory: Path, *, looks_often: bool = True
) -> Iterator[WholeSystem]:
    """Starts everything in ``directory``, and returns when every service answers.

    ``looks_often``: services see within a second what they are to subscribe; otherwise as they do by default.
    """
    chronicle = world_in(directory)
    urls = {name: f"http://127.0.0.1:{free_port()}" for name in ("proxy", *CONSOLES, *SERVICES)}
    with (
        sandbox(inherited() | _of_sandbox(directory, urls), directory / "sandbox.log", SERVERS) as ports,
        contextlib.ExitStack() as stack,
    ):
        shared = inherited() | _shared(database_url, bus_url, urls)
        running = {
            name: stack.enter_context(
                started(shared | told, directory / f"{name}.log", module=name.rstrip("-12").replace("-", "_"))
            )
            for name, told in _told(
                directory, RegisterSandbox(directory, ports), urls, looks_often=looks_often
            ).items()
        }
        for name, (process, client) in running.items():
            until_ready(client, process, directory / f"{name}.log", ANSWERING)
        control = httpx.Client(base_url=_control(ports))
        clients = {name: client for name, (_, client) in running.items()}
        clients["sandbox"] = stack.enter_context(control)
        yield WholeSystem(urls["proxy"], database_url, bus_url, clients, directory, chronicle)


def world_in(directory: Path) -> Chronicle:
    """The persons whose first extract waits on the file server, as of the day before yesterday."""
    delivery = Delivery(today() - dt.timedelta(days=2))
    population = Population(SEED, PERSONS)
    chronicle, _ = Chronicle.begin(directory / "world", population, delivery, subscribed=SUBSCRIBED)
    return chronicle


def _control(ports: Mapping[str, int]) -> str:
    return f"http://127.0.0.1:{ports[CONTROL]}"


def _of_sandbox(directory: Path, urls: Mapping[str, str]) -> dict[str, str]:
    """What the sandbox is told: all its registers and their controls, on free ports."""
    return variables("log", form="json") | variables(
        "sandbox",
        ftp__password=OTHER_PASSWORD, ftp__port=0, ftp__directory=directory / "world",
        ftp__authority_file=directory / "ca.pem", ftp__host_names="localhost,127.0.0.1",
        direct__password=DIRECT_PASSWORD, direct__port=0,
        companies__count=COMPANIES,
        logic__client_secret=LOGIC_SECRET, logic__port=0,
        datafordeler__password=OTHER_PASSWORD, datafordeler__port=0, datafordeler__open_port=0,
        datafordeler__certificate_file=directory / "client.p12",
        datafordeler__certificate_password=CERTIFICATE_PASSWORD,
        control__port=0, control__auth__issuer=urls["proxy"], control__auth__jwks_url=_keys(urls),
    )  # fmt: skip


def _shared(database_url: str, bus_url: str, urls: Mapping[str, str]) -> dict[str, str]:
    """What every service is told."""
    return (
        variables("database", url=database_url)
        | variables("bus", url=bus_url)
        | variables("auth", issuer=urls["proxy"], jwks_url=_keys(urls))
        | variables("audit", key=AUDIT_KEY.get_secret_value())
        | variables("secrets", keys=secrets_in_use.add(Fernet.generate_key().decode()))
    )


def _keys(urls: Mapping[str, str]) -> str:
    """Where the keys of tokens are: at a replica itself, since what stands before both comes later."""
    return f"{urls[CONSOLES[0]]}/oauth2/jwks"


def _told(
    directory: Path, registers: RegisterSandbox, urls: Mapping[str, str], *, looks_often: bool
) -> dict[str, dict[str, str]]:
    """What each process is told of its own."""
    interim, ca_file, console = directory / "interim", directory / "ca.pem", urls[CONSOLES[0]]
    interim.mkdir()
    services = {f"services__{name.replace('-', '_')}": urls[name] for name in SERVICES}
    services["services__sandbox"] = _control(registers.ports)

    def looks(seconds: float) -> dict[str, float]:
        return {"subscribing__look_seconds": seconds} if looks_often else {}

    told = dict.fromkeys(CONSOLES, variables("console", issues_tokens=True, **services)) | {
        "cpr-direct": variables(
            "cpr_direct",
            host="localhost", port=registers.ports["direct"], ca_file=ca_file, customer_number="4630",
            user_id="SANDBOX1", password=DIRECT_PASSWORD, **looks(1),
        ),
        "cpr-batch": variables(
            "cpr_batch",
            interim_directory=interim, ftp__host="localhost", ftp__port=registers.ports["file"],
            ftp__user="registerbro", ftp__password=OTHER_PASSWORD, ftp__ca_file=ca_file,
        ),
        "cvr-online": registers.told(),
        "cvr-subscription": registers.told() | variables(
            "cvr_subscription",
            oauth2_server_url=console, odata_server_url=console, oauth2_client_id=CVR_CLIENT,
            oauth2_client_secret=CVR_CLIENT_SECRET, **looks(0.2),
        ),
        "cvr-update": registers.told(),
    }  # fmt: skip
    return {name: each | _at(urls[name]) for name, each in told.items()}


def _at(url: str) -> dict[str, str]:
    return variables("http", port=url.rpartition(":")[2], internal_port=free_port())
