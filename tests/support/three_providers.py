"""One world of the sandbox's companies behind all providers, and what of its units each brings into a store."""

import contextlib
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

from registerbro.contacts import units
from registerbro.contacts.model import Result
from registerbro.cvr.mapping import ALL_FIELDS
from registerbro.cvr.numbers import UnitNumber
from registerbro.cvr.units import Unit
from registerbro.database import Pool
from registerbro.registers.opening import Opened, opened
from registerbro.registers.port import Provider
from registerbro.registers.settings import (
    CvrLimitSettings,
    CvrSettings,
    DatafordelerSettings,
)
from registerbro.secrets import SecretStore
from registerbro.sources import CvrSource
from registerbro_sandbox.companies import World
from registerbro_sandbox.datafordeler import DatafordelerServer
from registerbro_sandbox.logic import LogicServer

from tests.support.sandbox_datafordeler import USERS, datafordeleren
from tests.support.sandbox_logic import TERMS, settings_of

SOURCE = CvrSource()


@dataclasses.dataclass(frozen=True)
class Providers:
    """Datafordeleren, by REST and GraphQL, and KMD Logic: they know the same companies."""

    world: World
    settings: CvrSettings

    @contextlib.asynccontextmanager
    async def open(self, pool: Pool, provider: Provider) -> AsyncIterator[Opened]:
        """One of them, as a service opens it."""
        async with opened(pool, self.settings, provider, secrets=SecretStore([])) as one:
            yield one

    async def told(self, pool: Pool, provider: Provider, numbers: Sequence[UnitNumber]) -> list[Unit]:
        """What one of them says of units, all of which it knows."""
        async with self.open(pool, provider) as one:
            found = await one.lookup.find_many(numbers)
        problems = {number: each for number, each in found.items() if not isinstance(each, Unit)}
        assert not problems
        return [each for each in found.values() if isinstance(each, Unit)]


async def store(pool: Pool, told: Sequence[Unit]) -> list[Result]:
    """Imports what was told."""
    policy = units.import_policy(SOURCE)
    now = dt.datetime.now(dt.UTC)
    return await units.store(pool, told, policy, source=SOURCE, fields=ALL_FIELDS, now=now, hasher=None)


@contextlib.contextmanager
def three_providers(directory: Path, companies: int) -> Iterator[Providers]:
    """Their servers, over companies of their own."""
    with (
        datafordeleren(directory, companies) as running,
        LogicServer(running.world, TERMS) as logic,
    ):
        ca_file = directory / "authority.pem"
        ca_file.write_bytes(running.authority.certificate)
        yield Providers(
            running.world,
            CvrSettings(
                ca_file=ca_file,
                datafordeler=_datafordeler(running.server),
                logic=settings_of(logic),
                limits=CvrLimitSettings(calls_per_second=None),
            ),
        )


def _datafordeler(server: DatafordelerServer) -> DatafordelerSettings:
    return DatafordelerSettings(
        rest_url=server.open_url,
        graphql_url=f"{server.open_url}/CVR/v2",
        events_url=f"{server.open_url}/system/EventMessages/1.0.0/custom",
        user=USERS.user,
        password=USERS.password,
        api_key=USERS.api_key,
    )
