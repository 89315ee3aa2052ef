"""The two adapters under one contract: each test that takes ``transport`` runs on RabbitMQ and in process."""

import pytest
from registerbro.database import Pool

from tests.support.bus import Transport


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
