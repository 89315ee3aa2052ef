"""Opens a provider, for services and command lines alike: what is in the settings becomes a lookup and a feed.

Nothing is asked when it is opened. A provider whose settings are not complete opens, too, and says what is missing when it
is asked (``NotConfigured``), so that a service runs while its module is not in use. What operators change of the external source
CVR-J counts from the next call on, at most ``MAX_AGE`` later.
"""

import contextlib
import dataclasses
import datetime as dt
import functools
from collections.abc import AsyncGenerator, AsyncIterator

from registerbro import sources
from registerbro.database import Pool
from registerbro.features import MAX_AGE
from registerbro.registers.access import Access, access_to
from registerbro.registers.calling import Caller
from registerbro.registers.certificates import CertificateState
from registerbro.registers.datafordeler.graphql import GraphqlLookup
from registerbro.registers.datafordeler.graphql_events import GraphqlFeed
from registerbro.registers.datafordeler.pull import PullFeed
from registerbro.registers.datafordeler.rest import RestLookup
from registerbro.registers.logic import LogicLookup
from registerbro.registers.logic_feed import LogicFeed
from registerbro.registers.port import Feed, Lookup, Provider
from registerbro.registers.settings import CvrSettings
from registerbro.registers.steps import Step, Tested
from registerbro.registers.ways import PresentCaller, Ways, way_to
from registerbro.secrets import SecretsError, SecretStore
from registerbro.sources import CVR_PASSWORD, CvrSource


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A provider that can be asked."""

    lookup: Lookup
    feed: Feed | None
    identity: str  # fingerprint of provider and account: object ids and positions of another one are void
    ways: Ways
    connect_seconds: float = 10

    async def certificate(self) -> CertificateState | None:
        """How our certificate stands now; None where none is used. Reads the file again where it has changed."""
        async with self.ways.lend() as way:
            return way.keeper.state() if way.keeper else None

    async def steps(self) -> AsyncGenerator[Step, None]:
        """The connection test, step by step; ends with a real call."""
        async with self.ways.lend() as way:
            async for step in Tested(way, self.lookup, self.connect_seconds).steps():
                yield step


@contextlib.asynccontextmanager
async def opened(
    pool: Pool,
    settings: CvrSettings,
    provider: Provider,
    *,
    secrets: SecretStore,
    max_age: dt.timedelta = MAX_AGE,
) -> AsyncIterator[Opened]:
    """The provider, for as long as the block lasts."""

    async def access() -> Access:
        return access_to(provider, settings, await _source(pool, secrets))

    ways = Ways(access, functools.partial(way_to, pool=pool, settings=settings), max_age=max_age)
    try:
        async with ways.lend() as way:
            identity = way.access.identity  # comes from the settings alone: a source says who we are
        callers = PresentCaller(ways, lambda way: way.caller), PresentCaller(ways, lambda way: way.events)
        lookup, feed = _adapters(provider, settings, *callers)
        yield Opened(
            lookup=lookup,
            feed=feed,
            identity=identity,
            ways=ways,
            connect_seconds=settings.limits.connect_seconds,
        )
    finally:
        await ways.close()


async def _source(pool: Pool, secrets: SecretStore) -> CvrSource:
    """The source with its stored password; one that cannot be read counts as none, and the call tells what is missing."""
    source = await sources.load(pool, "CVR-J")
    if source.password is not None:
        return source
    with contextlib.suppress(SecretsError):
        return dataclasses.replace(source, password=await secrets.get(pool, CVR_PASSWORD))
    return source


def _adapters(
    provider: Provider, settings: CvrSettings, caller: Caller, events: Caller
) -> tuple[Lookup, Feed | None]:
    at_once = settings.limits.at_once
    match provider:
        case Provider.KMD_LOGIC:
            return LogicLookup(caller, settings.logic, at_once=at_once), LogicFeed(events, settings.logic)
        case Provider.DATAFORDELER_REST:
            return RestLookup(caller, at_once=at_once), PullFeed(events)
        case Provider.DATAFORDELER_GRAPHQL:
            return GraphqlLookup(caller, at_once=at_once), GraphqlFeed(events)
