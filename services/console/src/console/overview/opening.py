"""Opens what asks the other services how they stand."""

import contextlib
from collections.abc import AsyncIterator

import httpx
from registerbro.service import Service

from console.overview.standing import TIME_LIMIT, Watch
from console.web.addresses import ServiceAddresses


@contextlib.asynccontextmanager
async def watching(running: Service, addresses: ServiceAddresses) -> AsyncIterator[None]:
    """``Watch`` for as long as the block lasts."""
    async with httpx.AsyncClient(timeout=TIME_LIMIT.total_seconds()) as client:
        with running.providing(Watch(client, addresses)):
            yield
