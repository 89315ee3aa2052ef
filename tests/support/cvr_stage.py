"""The three CVR services, the console and the sandbox's registers in one process over one store: for tests of what goes wrong.

CVR Online asks Datafordeleren's GraphQL, the other two ask KMD Logic; all are told by the environment, and so are their commands.
"""

import asyncio
import contextlib
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import cvr_online.cli
import cvr_subscription.cli
import cvr_update.cli
import httpx
import pytest
import typer
from console.settings import AppSettings
from cryptography.fernet import Fernet
from cvr_online.app import create_app as online_app
from cvr_online.settings import OnlineSettings
from cvr_subscription.app import create_app as subscription_app
from cvr_subscription.settings import SubscriptionServiceSettings
from cvr_update.app import create_app as update_app
from cvr_update.settings import UpdateServiceSettings
from registerbro import health, telemetry
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.database import Pool, ensure_partitions, open_pool
from registerbro.registers import tokens
from registerbro.settings import load
from registerbro_sandbox.companies import CvrUnit, World, happenings
from registerbro_sandbox.logic import LogicServer
from registerbro_sandbox.serving import today
from typer.testing import CliRunner

from tests.support import secrets_in_use
from tests.support.console_service import Registered, issuer_of, registered, served
from tests.support.cvr_updates import queued, switch_on
from tests.support.ftp import free_port
from tests.support.processes import shared_environment, variables
from tests.support.sandbox_datafordeler import TOKEN_PATH, USERS, Datafordeleren, datafordeleren
from tests.support.sandbox_logic import FIRST, SECRET, TERMS
from tests.support.services import bearer, running
from tests.support.waiting import until

PURPOSE = "a supplier of ours"
BATCH_CLIENT = "cvr-batch"
ANSWER_SECONDS = 1.0  # after which a register is too late; the sandbox needs a hundredth of it
WORDS = ("--purpose", PURPOSE)
PROGRAMS: Mapping[str, typer.Typer] = {
    "cvr-online": cvr_online.cli.app,
    "cvr-subscription": cvr_subscription.cli.app,
    "cvr-update": cvr_update.cli.app,
}
STORED = """
select array[(select count(*) from contact), (select sum(version) from contact), (select count(*) from address),
             (select count(*) from contact_number), (select count(*) from outbox where routing_key like 'contact.%')]
"""
IDLE = """
select not exists (select from service_queue)
   and (select count(*) from contact) = (select count(*) from cvrupdate_subscription where state = 'subscribed')
"""


class Done(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclasses.dataclass
class Stage:
    """Everything that runs. Faults are set at ``logic`` and ``register``; ``heal`` takes them all back."""

    sandbox: Datafordeleren
    logic: LogicServer
    environment: dict[str, str]
    online: httpx.AsyncClient
    subscription: httpx.AsyncClient
    update: httpx.AsyncClient
    pool: Pool
    batch_client: Registered

    @property
    def world(self) -> World:
        """The companies of both registers."""
        return self.sandbox.world

    async def ask(self, path: str, **body: Any) -> httpx.Response:
        """A call of CVR Online."""
        return await self.online.post(path, json={"purpose": PURPOSE, **body})

    async def command(self, program: str, *words: str, **changes: str) -> Done:
        """One call of a command in this process; keywords change its environment."""
        told = self.environment | {f"REGISTERBRO_{name.upper()}": value for name, value in changes.items()}
        done = await asyncio.to_thread(CliRunner().invoke, PROGRAMS[program], words, env=told)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
        assert not secrets_in_use.is_in(done.output)
        return Done(done.exit_code, done.stdout, done.stderr)

    async def entry(self, client: httpx.AsyncClient, name: str) -> dict[str, Any]:
        """What a service's readiness says of one side."""
        found: dict[str, Any] = (await client.get("/readiness")).json()["entries"][name]
        return found

    async def stored(self) -> list[int]:
        """How much there is in the store, and how often it was changed."""
        found: list[int] = await self.pool.fetchval(STORED)
        return found

    async def contact_id(self, number: str) -> int:
        """The contact of a unit."""
        found: int = await self.pool.fetchval(
            "select contact_id from contact_number where number = $1", number
        )
        return found

    async def name(self, number: str) -> str:
        """The contact's name."""
        found: str = await self.pool.fetchval(
            "select name1 from contact join contact_number using (contact_id) where number = $1", number
        )
        return found

    async def rename(self, *units: CvrUnit, name: str) -> list[int]:
        """The register has another name for them, and their contacts are queued."""
        self.world.change(*(happenings.is_renamed(unit, name, today()) for unit in units))
        ids = [await self.contact_id(unit.number) for unit in units]
        await queued(self.pool, *ids)
        return ids

    async def updates(self) -> dict[int, dict[str, Any]]:
        """Contacts whose last update failed."""
        return {each["contact_id"]: each for each in (await self.update.get("/failures")).json()["items"]}

    async def until_idle(self) -> None:
        """Waits until everybody is subscribed, and nothing waits."""

        async def is_idle() -> bool:
            return bool(await self.pool.fetchval(IDLE))

        await until(is_idle, seconds=10)

    async def heal(self) -> None:
        """Takes all faults and pauses back, as if the time that a register asked for had passed."""
        self.logic.faults.none()
        self.logic.terms = TERMS
        self.sandbox.server.faults.none()
        self.sandbox.server.access.users = USERS
        await self.pool.execute("delete from register_pace")

    async def catch_up(self) -> None:
        """Has everything that failed done anew at once, as an operator does."""

        async def is_idle() -> bool:
            if await self.pool.fetchval(IDLE):
                return True
            for client, path, body in (
                (self.subscription, "/subscriptions/retries", {}),
                (self.update, "/failures/retries", {"all": True}),
                (self.update, "/runs", None),
            ):
                assert (await client.post(path, json=body)).is_success
            return False

        await until(is_idle, seconds=10)


@contextlib.contextmanager
def told(environment: Mapping[str, str]) -> Iterator[None]:
    """This process has these variables."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        yield


@contextlib.contextmanager
def impatient(folder: Path) -> Iterator[None]:
    """Readiness looks anew each time, refused tokens are asked for anew, and commands leave the logging alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(health.Readiness.__init__, "__kwdefaults__", {"max_age": dt.timedelta(0)})
        patch.setattr(tokens, "REFUSAL_REMEMBERED", dt.timedelta(0))
        patch.setattr(telemetry, "configure_logging", lambda *_, **__: None)
        patch.chdir(folder)
        yield


def environment(
    url: str, issuer: DevelopmentIssuer, sandbox: Datafordeleren, logic: LogicServer, folder: Path
) -> dict[str, str]:
    """What the three services and their commands are told."""
    server, ca_file = sandbox.server, folder / "ca.pem"
    ca_file.write_bytes(sandbox.authority.certificate)
    assert USERS.client_secret is not None
    asked = variables(
        "cvr",
        ca_file=ca_file,
        datafordeler__graphql_url=f"{server.open_url}/CVR/v2",
        datafordeler__token_url=server.open_url + TOKEN_PATH,
        datafordeler__client_id=USERS.client_id,
        datafordeler__client_secret=secrets_in_use.add(USERS.client_secret.get_secret_value()),
        datafordeler__rest_url=server.url,
        logic__url=logic.gateway_url,
        logic__token_url=logic.token_url,
        logic__client_id=TERMS.client_id,
        logic__client_secret=secrets_in_use.add(SECRET),
        logic__scope=TERMS.scope,
        logic__subscription_id=TERMS.subscription_id,
        logic__configuration_id=FIRST,
        logic__page_size=20,
        limits__calls_per_second=10_000,
        limits__tries=1,
        limits__answer_seconds=ANSWER_SECONDS,
        limits__longest_wait_seconds=0.5,
    )
    own = variables("cvr_online", cache_seconds=0) | variables(
        "cvr_subscription",
        subscribing__look_seconds=0.1,
        subscribing__scan_seconds=0.2,
        synchronise_every="P7D",
        drift__at="",
    ) | variables("cvr_update", work_every="P7D")  # fmt: skip
    keys = {
        "REGISTERBRO_SECRETS__KEYS": secrets_in_use.add(Fernet.generate_key().decode()),
        "REGISTERBRO_SECRETS_DIRECTORY": str(folder / "none"),
    }
    shared = shared_environment(database_url=url, bus_url="in-process:", issuer=issuer)
    return shared | keys | asked | own


@contextlib.asynccontextmanager
async def odata(pool: Pool, told_all: Mapping[str, str]) -> AsyncIterator[tuple[dict[str, str], Registered]]:
    """The console with its token service and OData: what CVR Subscription is told of it, and its client."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    own = {name: value for name, value in told_all.items() if not name.startswith("REGISTERBRO_AUTH")} | {
        "REGISTERBRO_HTTP__PORT": str(port),
        "REGISTERBRO_AUTH__ISSUER": url,
        "REGISTERBRO_AUTH__JWKS_URL": f"{url}/oauth2/jwks",
    }
    with told(own):
        settings = load(AppSettings)
    async with served(settings):
        client = await registered(
            await issuer_of(pool, settings), BATCH_CLIENT, Scope.CVR_UPDATE_RUN, acts_as="CVRBATCHUSER"
        )
        yield (
            variables(
                "cvr_subscription",
                oauth2_server_url=url,
                odata_server_url=url,
                oauth2_client_id=client.client_id,
                oauth2_client_secret=client.secret,
            ),
            client,
        )


@contextlib.asynccontextmanager
async def services(
    told_all: Mapping[str, str], issuer: DevelopmentIssuer
) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient, httpx.AsyncClient]]:
    """Clients of CVR Online, CVR Subscription and CVR Update, with their scopes."""
    with told(told_all):
        apps = (
            online_app(load(OnlineSettings)),
            subscription_app(load(SubscriptionServiceSettings)),
            update_app(load(UpdateServiceSettings)),
        )
    header = bearer(
        issuer.token(Scope.UNITS_LOOKUP, Scope.UNITS_IMPORT, Scope.CONFIG_READ, Scope.CVR_UPDATE_RUN)
    )
    async with contextlib.AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(running(app)) for app in apps]
        for client in clients:
            client.headers.update(header)
        yield clients[0], clients[1], clients[2]


@contextlib.asynccontextmanager
async def stage(url: str, issuer: DevelopmentIssuer, folder: Path) -> AsyncIterator[Stage]:
    """All of it, with both modules on, over a migrated store."""
    with datafordeleren(folder) as sandbox, LogicServer(sandbox.world, TERMS) as logic, impatient(folder):
        base = environment(url, issuer, sandbox, logic, folder)
        async with open_pool(url, maximum=4) as pool:
            async with pool.acquire() as connection:
                await ensure_partitions(connection)
            await switch_on(pool)
            async with odata(pool, base) as (of_odata, client), services(base | of_odata, issuer) as clients:
                yield Stage(sandbox, logic, base | of_odata, *clients, pool, client)
