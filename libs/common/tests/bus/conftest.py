"""The two adapters under one contract: each test that takes ``transport`` runs on RabbitMQ and in process."""

from collections.abc import AsyncIterator

import pytest
from registerbro.database import Pool
from yarl import URL

from tests.support.bus import Transport
from tests.support.tcp_proxy import TcpProxy


@pytest.fixture(
    params=[pytest.param("rabbitmq", marks=pytest.mark.xdist_group("rabbitmq")), pytest.param("in-process")]
)
def transport(request: pytest.FixtureRequest) -> Transport:
    """Each adapter in turn."""
    if request.param == "rabbitmq":
        return Transport("rabbitmq", request.getfixturevalue("rabbitmq_url"))
    return Transport(request.param)


@pytest.fixture
async def store(pool: Pool) -> Pool:
    """A pool on a store with a table that the handlers leave their effects in."""
    await pool.execute("create table effect (consumer text not null, event_id uuid not null)")
    return pool


@pytest.fixture
async def proxy(rabbitmq_url: str) -> AsyncIterator[TcpProxy]:
    """A proxy before the broker."""
    url = URL(rabbitmq_url)
    async with TcpProxy(url.host or "127.0.0.1", url.port or 5672) as proxy:
        yield proxy
