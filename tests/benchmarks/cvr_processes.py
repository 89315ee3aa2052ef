"""Processes that the benchmark of CVR's updates measures: the registers' stand-ins, and workers on the queue."""

import asyncio
import contextlib
import dataclasses
import logging
import multiprocessing
import signal
import tempfile
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import structlog
from cvr_update.settings import CvrUpdateSettings
from cvr_update.updates import Updates
from cvr_update.worker import Worker
from registerbro.database import open_pool
from registerbro.number_hash import NumberHasher
from registerbro.registers import opening
from registerbro.registers.port import Provider
from registerbro.registers.settings import CvrLimitSettings, CvrSettings, DatafordelerSettings, LogicSettings
from registerbro.secrets import SecretStore
from registerbro_sandbox.companies import World
from registerbro_sandbox.datafordeler import CompanyRegister, DatafordelerServer
from registerbro_sandbox.datafordeler.app import CALLS_PATH
from registerbro_sandbox.datafordeler.services import GRAPH_PATH
from registerbro_sandbox.direct import Certificates
from registerbro_sandbox.ftp import Authority
from registerbro_sandbox.logic import LogicServer
from registerbro_sandbox.logic.server import GATEWAY_PATH, TOKEN_PATH

from tests.support.sandbox_datafordeler import USERS
from tests.support.sandbox_logic import FIRST, TERMS
from tests.support.services import AUDIT_KEY

SPAWN = multiprocessing.get_context("spawn")
NO_SECRETS = SecretStore([])
Work: TypeAlias = Callable[..., None]


@dataclasses.dataclass(frozen=True)
class Registers:
    """The running stand-ins: their addresses, and the directory of their world."""

    directory: Path
    addresses: dict[Provider, str]

    def settings(self, provider: Provider) -> CvrSettings:
        """What the services are told, without a limit of calls."""
        logic = LogicSettings(
            url=self.addresses[Provider.KMD_LOGIC] + GATEWAY_PATH,
            token_url=self.addresses[Provider.KMD_LOGIC] + TOKEN_PATH,
            client_id=TERMS.client_id,
            client_secret=TERMS.client_secret,
            scope=TERMS.scope,
            subscription_id=TERMS.subscription_id,
            configuration_id=FIRST,
        )
        graphql = self.addresses[Provider.DATAFORDELER_GRAPHQL] + GRAPH_PATH
        return CvrSettings(
            updates=provider,
            logic=logic,
            datafordeler=DatafordelerSettings(graphql_url=graphql, api_key=USERS.api_key),
            limits=CvrLimitSettings(calls_per_second=None),
        )

    def calls(self, provider: Provider) -> int:
        """Calls so far, tokens included."""
        told = httpx.get(self.addresses[provider] + CALLS_PATH).raise_for_status().json()
        return sum(told["operations"].values())


@contextlib.contextmanager
def registers(companies: int) -> Iterator[Registers]:
    """The stand-ins over so many new companies, in one process of their own."""
    with tempfile.TemporaryDirectory() as directory:
        World.begin(Path(directory), companies=companies)
        with _process(_serve, directory) as addresses:
            yield Registers(Path(directory), addresses)


@contextlib.contextmanager
def worker(url: str, settings: CvrSettings) -> Iterator[None]:
    """A worker on the queue, woken as that of the service, until the block ends."""
    with _process(_work, url, settings):
        yield


@contextlib.contextmanager
def _process(target: Work, *told: Any) -> Iterator[Any]:
    """What the process says when it is ready."""
    here, there = SPAWN.Pipe()
    process = SPAWN.Process(target=target, args=(there, *told))
    process.start()
    there.close()
    try:
        yield here.recv()
    finally:
        process.terminate()
        process.join()


def quiet() -> None:
    """Logs only what is wrong."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


def _serve(ready: Connection, directory: str) -> None:
    quiet()
    world, authority = World.read(Path(directory)), Authority()
    certificates = Certificates(authority, "127.0.0.1")
    with (
        LogicServer(world, TERMS) as logic,
        DatafordelerServer(
            CompanyRegister(world), authority, certificates, users=USERS, open_tls=False
        ) as datafordeler,
    ):
        ready.send(
            {
                Provider.KMD_LOGIC: logic.token_url.removesuffix(TOKEN_PATH),
                Provider.DATAFORDELER_GRAPHQL: datafordeler.open_url,
            }
        )
        signal.pause()


def _work(ready: Connection, url: str, settings: CvrSettings) -> None:
    quiet()
    asyncio.run(_worked(ready, url, settings))


async def _worked(ready: Connection, url: str, settings: CvrSettings) -> None:
    async with (
        open_pool(url, maximum=4) as pool,
        opening.opened(pool, settings, settings.updates, secrets=NO_SECRETS) as provider,
    ):
        updates = Updates(pool, provider.lookup, CvrUpdateSettings(), settings, NumberHasher(AUDIT_KEY))
        async with Worker.open(updates):
            ready.send(None)
            await asyncio.Event().wait()
