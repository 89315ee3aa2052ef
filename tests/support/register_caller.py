"""A caller for tests of the registers' adapters: short time limits, one try, and nobody else's pace."""

import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

from registerbro.registers.port import Provider
from registerbro.registers.settings import CvrLimitSettings
from registerbro.registers.tls import Clients, Tls
from registerbro.registers.tokens import Tokens
from registerbro.registers.transport import HttpCaller

LIMITS = CvrLimitSettings(connect_seconds=2, answer_seconds=0.3, tries=1, calls_per_second=None)


class Unpaced:
    """In place of the pace that replicas share: remembers the pauses that were asked for."""

    def __init__(self) -> None:
        self.pauses: list[dt.timedelta] = []

    async def turn(self) -> None:
        """At once."""

    async def pause(self, length: dt.timedelta) -> None:
        """Noted."""
        self.pauses.append(length)


@contextlib.asynccontextmanager
async def calling(
    url: str,
    provider: Provider = Provider.KMD_LOGIC,
    *,
    limits: CvrLimitSettings = LIMITS,
    tls: Tls | None = None,
    tokens: Tokens | None = None,
    pace: Unpaced | None = None,
    **more: Any,
) -> AsyncIterator[HttpCaller]:
    """The caller, closed with its block."""
    clients = Clients(tls or Tls(), limits)
    try:
        yield HttpCaller(
            provider, url, clients=clients, pace=pace or Unpaced(), limits=limits, tokens=tokens, **more
        )
    finally:
        await clients.close()
