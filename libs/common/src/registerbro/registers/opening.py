"""Opens a provider, for services and command lines alike: what is in the settings becomes a lookup and a feed.

Nothing is asked when it is opened. A provider whose settings are not complete opens, too, and says what is missing when it
is asked (``NotConfigured``), so that a service runs while its module is not in use.
"""

import contextlib
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import structlog

from registerbro.database import Pool
from registerbro.registers import metrics, watching
from registerbro.registers.access import Access, access_to
from registerbro.registers.calling import Caller
from registerbro.registers.certificates import CertificateKeeper, CertificateState
from registerbro.registers.datafordeler.graphql import GraphqlLookup
from registerbro.registers.datafordeler.graphql_events import GraphqlFeed
from registerbro.registers.datafordeler.pull import PullFeed
from registerbro.registers.datafordeler.rest import RestLookup
from registerbro.registers.logic import LogicLookup
from registerbro.registers.logic_feed import LogicFeed
from registerbro.registers.pacing import Pace, PaceLimits
from registerbro.registers.port import Feed, Lookup, Provider
from registerbro.registers.settings import CvrLimitSettings, CvrSettings
from registerbro.registers.steps import Step, Tested
from registerbro.registers.tls import Clients, Tls
from registerbro.registers.tokens import Tokens
from registerbro.registers.transport import HttpCaller, NoCaller
from registerbro.secrets import SecretsError, SecretStore
from registerbro.sources import CVR_PASSWORD, CvrSource

log = structlog.get_logger()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A provider that can be asked."""

    lookup: Lookup
    feed: Feed | None
    identity: str  # fingerprint of provider and account: object ids and positions of another one are void
    tested: Tested

    @property
    def certificate(self) -> CertificateState | None:
        """How our certificate stands now; None where none is used. Reads the file again where it has changed."""
        keeper = self.tested.keeper
        return keeper.state() if keeper else None

    def steps(self) -> AsyncIterator[Step]:
        """The connection test, step by step; ends with a real call."""
        return self.tested.steps()


@contextlib.asynccontextmanager
async def opened(
    pool: Pool, settings: CvrSettings, provider: Provider, *, source: CvrSource, secrets: SecretStore
) -> AsyncIterator[Opened]:
    """The provider, for as long as the block lasts."""
    access = access_to(provider, settings, await _with_password(pool, source, secrets))
    async with contextlib.AsyncExitStack() as stack:
        keeper = _keeper(access)
        tls = Tls(settings.ca_file, keeper)
        clients = Clients(tls, settings.limits)
        stack.push_async_callback(clients.close)
        tokens = _tokens(access, tls, settings.limits)
        if tokens:
            stack.push_async_callback(tokens.close)
        callers = [
            _caller(url, pool, access, clients, tokens, settings.limits)
            for url in (access.url, access.events_url)
        ]
        lookup, feed = _adapters(provider, settings, *callers)
        tested = Tested(
            access=access,
            lookup=lookup,
            tls=tls,
            keeper=keeper,
            tokens=tokens,
            connect_seconds=settings.limits.connect_seconds,
        )
        yield Opened(lookup=lookup, feed=feed, identity=access.identity, tested=tested)


async def _with_password(pool: Pool, source: CvrSource, secrets: SecretStore) -> CvrSource:
    """The source with its stored password; one that cannot be read counts as none, and the call tells what is missing."""
    if source.password is not None:
        return source
    with contextlib.suppress(SecretsError):
        return dataclasses.replace(source, password=await secrets.get(pool, CVR_PASSWORD))
    return source


def _keeper(access: Access) -> CertificateKeeper | None:
    if access.certificate is None:
        return None
    keeper = CertificateKeeper(access.certificate)
    metrics.show_expiry(access.provider, keeper)
    state = keeper.state()
    if not state.is_fine:
        log.warning("certificate needs attention", **watching.facts(state))
    return keeper


def _tokens(access: Access, tls: Tls, limits: CvrLimitSettings) -> Tokens | None:
    if access.grant is None or access.missing:
        return None
    return Tokens(
        access.grant,
        tls=tls,
        connect_seconds=limits.connect_seconds,
        answer_seconds=limits.answer_seconds,
        name=access.provider,
    )


def _caller(
    url: str, pool: Pool, access: Access, clients: Clients, tokens: Tokens | None, limits: CvrLimitSettings
) -> Caller:
    if access.missing:
        return NoCaller((*access.missing, *access.remarks))
    longest_wait = dt.timedelta(seconds=limits.longest_wait_seconds)
    pace = Pace(
        pool, f"{access.provider} {urlsplit(url).netloc}", PaceLimits(limits.calls_per_second, longest_wait)
    )
    return HttpCaller(
        access.provider, url, clients=clients, pace=pace, limits=limits, tokens=tokens, query=access.query
    )


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
