"""The open way to a provider: TLS, clients, tokens and what calls are sent through; and another one once its access has changed.

Access comes from the settings and from the external source CVR-J, which operators change while we run. It is looked at with the
calls, so that no call goes by what is older than a moment. A call under way ends on the way that it began on.
"""

import asyncio
import contextlib
import dataclasses
import datetime as dt
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import structlog

from registerbro.bus.wakeup import DATABASE_ERRORS
from registerbro.database import Pool
from registerbro.registers import metrics, watching
from registerbro.registers.access import Access
from registerbro.registers.calling import Answer, Caller
from registerbro.registers.certificates import CertificateKeeper
from registerbro.registers.lending import Lending
from registerbro.registers.pacing import Pace, PaceLimits
from registerbro.registers.proxies import Proxy
from registerbro.registers.settings import CvrSettings
from registerbro.registers.tls import Clients, Tls
from registerbro.registers.tokens import Tokens
from registerbro.registers.transport import HttpCaller, NoCaller
from registerbro.sources import ParametersRefused

log = structlog.get_logger()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The way to one provider, open."""

    access: Access
    tls: Tls
    clients: Clients
    caller: Caller
    events: Caller  # of its feed
    keeper: CertificateKeeper | None = None
    tokens: Tokens | None = None
    proxy: Proxy | None = None

    async def close(self) -> None:
        """Closes what is open; calls under way break off."""
        try:
            if self.tokens:
                await self.tokens.close()
        finally:
            await self.clients.close()


def way_to(access: Access, pool: Pool, settings: CvrSettings) -> Way:
    """Opens the way; nothing is asked."""
    limits = settings.limits
    proxy = Proxy(settings.proxy_url) if settings.proxy_url else None
    keeper = _keeper(access)
    tls = Tls(settings.ca_file, keeper)
    clients = Clients(tls, limits, proxy)
    tokens = None
    if access.grant and not access.missing:
        tokens = Tokens(
            access.grant,
            tls=tls,
            connect_seconds=limits.connect_seconds,
            answer_seconds=limits.answer_seconds,
            name=access.provider,
            proxy=proxy,
        )

    def caller(url: str) -> Caller:
        if access.missing:
            return NoCaller((*access.missing, *access.remarks))
        longest_wait = dt.timedelta(seconds=limits.longest_wait_seconds)
        pace = Pace(
            pool,
            f"{access.provider} {urlsplit(url).netloc}",
            PaceLimits(limits.calls_per_second, longest_wait),
        )
        return HttpCaller(
            access.provider,
            url,
            clients=clients,
            pace=pace,
            limits=limits,
            tokens=tokens,
            query=access.query,
            proxy=proxy,
        )

    return Way(
        access=access,
        tls=tls,
        clients=clients,
        caller=caller(access.url),
        events=caller(access.events_url),
        keeper=keeper,
        tokens=tokens,
        proxy=proxy,
    )


def _keeper(access: Access) -> CertificateKeeper | None:
    keeper = CertificateKeeper(access.certificate) if access.certificate else None
    metrics.show_expiry(access.provider, keeper)
    if keeper is not None and not (state := keeper.state()).is_fine:
        log.warning("certificate needs attention", **watching.facts(state))
    return keeper


class Ways:
    """Lends the way of the present access. ``read`` says what that is, and is asked at most once in ``max_age``."""

    def __init__(
        self,
        read: Callable[[], Awaitable[Access]],
        make: Callable[[Access], Way],
        *,
        max_age: dt.timedelta,
    ) -> None:
        self._read = read
        self._make = make
        self._max_age = max_age.total_seconds()
        self._read_at = float("-inf")
        self._access: Access | None = None  # of the way that is lent
        self._lending = Lending(Way.close)
        self._looking = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def lend(self) -> AsyncIterator[Way]:
        """The way, for as long as the block lasts."""
        async with self._looking:
            if time.monotonic() - self._read_at > self._max_age:
                await self._look()
        async with self._lending.lend() as way:
            yield way

    async def close(self) -> None:
        """Closes the present way; calls under way break off."""
        await self._lending.close()

    async def _look(self) -> None:
        access = await self._present_access()
        self._read_at = time.monotonic()
        if access == self._access:
            return
        if self._access is not None:
            log.info("access to the provider changed", provider=str(access.provider))
        way = self._make(access)
        self._access = access
        await self._lending.put(way)

    async def _present_access(self) -> Access:
        """While it cannot be read, what was read last counts; at the beginning there is no such thing."""
        try:
            return await self._read()
        except (ParametersRefused, *DATABASE_ERRORS) as error:
            if self._access is None:
                raise
            log.warning("access to the provider not read", error=type(error).__name__)
            return self._access


class PresentCaller:
    """``calling.Caller`` on the way of the moment, one of its two callers."""

    def __init__(self, ways: Ways, of: Callable[[Way], Caller]) -> None:
        self._ways = ways
        self._of = of

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
    ) -> Answer:
        """The answer to a call, as ``calling.Caller`` has it."""
        async with self._ways.lend() as way:
            return await self._of(way).call(method, path, params=params, json=json)
