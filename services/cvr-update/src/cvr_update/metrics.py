"""What operators watch of updates: counted in this process, and figures of the queue as the database knows it (take the maximum)."""

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Iterable

import structlog
from prometheus_client import REGISTRY, Counter
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from registerbro import service_queue
from registerbro.bus.tasks import stop
from registerbro.database import Pool
from registerbro.service_queue import Figures

from cvr_update import state
from cvr_update.state import State
from cvr_update.updates import utc_now

APPLIED = Counter(
    "registerbro_cvr_updates_total",
    "Contacts that were brought up to date, by whether anything had changed",
    ["outcome"],
)
FAILED = Counter(
    "registerbro_cvr_update_failures_total", "Attempts to update a contact that failed, by reason", ["reason"]
)
PAUSE = dt.timedelta(seconds=15)
MEANINGS = {
    "waiting": "Updates that wait",
    "due": "Of these, those whose time has come",
    "failing": "Of those that wait, those that failed and are tried again",
    "running": "Updates that a worker has in hand",
    "given_up": "Updates that are not tried again by themselves",
    "on_later_days": "Days to come on which a contact is updated",
}
log = structlog.get_logger()


class Gauges(Collector):
    """The figures last read, for Prometheus to collect; none before the first reading."""

    def __init__(self) -> None:
        self._families: tuple[Metric, ...] = ()

    def collect(self) -> Iterable[Metric]:
        """The figures last read."""
        return self._families

    async def read(self, pool: Pool) -> None:
        """Reads them anew."""
        now = utc_now()
        self._families = tuple(_families(await service_queue.figures(pool, now), await state.read(pool), now))

    def forget(self) -> None:
        """Shows nothing, until they are read again."""
        self._families = ()


def _families(figures: Figures, standing: State, now: dt.datetime) -> Iterable[Metric]:
    for name, meaning in MEANINGS.items():
        yield GaugeMetricFamily(f"registerbro_cvr_queue_{name}", meaning, value=getattr(figures, name))
    age = (now - figures.oldest_due_at).total_seconds() if figures.oldest_due_at else 0.0
    yield GaugeMetricFamily(
        "registerbro_cvr_queue_age_seconds", "How long the longest due update has been due", value=age
    )
    yield GaugeMetricFamily(
        "registerbro_cvr_updates_held", "1: the brake holds updates", value=standing.held_at is not None
    )
    yield GaugeMetricFamily(
        "registerbro_cvr_updates_paused", "1: the provider is left alone", value=standing.rests(now)
    )


GAUGES = Gauges()
REGISTRY.register(GAUGES)


@contextlib.asynccontextmanager
async def shown(pool: Pool) -> AsyncIterator[None]:
    """Keeps the figures up to date for as long as the block lasts."""
    task = asyncio.create_task(_read_again_and_again(pool))
    try:
        yield
    finally:
        await stop([task])
        GAUGES.forget()


async def _read_again_and_again(pool: Pool) -> None:
    while True:
        try:
            await GAUGES.read(pool)
        except Exception as error:
            GAUGES.forget()  # old figures would look like good ones
            log.warning("figures not read", error=type(error).__name__)
        await asyncio.sleep(PAUSE.total_seconds())
