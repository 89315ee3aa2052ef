"""What operators watch of subscriptions, as the database knows it; the same in every replica: take the maximum."""

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Iterable

import structlog
from prometheus_client import REGISTRY
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from registerbro.bus.tasks import stop

from cvr_subscription import following
from cvr_subscription.subscriber import Subscriber
from cvr_subscription.worker import rows_of

PAUSE = dt.timedelta(seconds=30)
MEANINGS = {
    "wanted": "Companies and production units that are to be subscribed",
    "subscribed": "Companies and production units that are subscribed",
    "ending": "Subscriptions that are to be cancelled",
    "failing": "Of those to be subscribed or cancelled, those whose last attempt failed",
    "unknown": "Of these, those that the register does not know",
    "elsewhere": "Subscriptions at providers or configurations of former times",
}
log = structlog.get_logger()


class Figures(Collector):
    """The figures last read, for Prometheus to collect; none before the first reading."""

    def __init__(self) -> None:
        self._families: tuple[Metric, ...] = ()

    def collect(self) -> Iterable[Metric]:
        """The figures last read."""
        return self._families

    async def read(self, subscriber: Subscriber) -> None:
        """Reads them anew."""
        self._families = tuple([family async for family in _families(subscriber)])

    def forget(self) -> None:
        """Shows nothing, until they are read again."""
        self._families = ()


async def _families(subscriber: Subscriber) -> AsyncIterator[Metric]:
    summary = await rows_of(subscriber).summary(subscriber.pool)
    for name, meaning in MEANINGS.items():
        yield GaugeMetricFamily(
            f"registerbro_cvr_subscriptions_{name}", meaning, value=getattr(summary, name)
        )
    read = (await following.read(subscriber.pool)).events_synchronised_at
    if read is not None:
        yield GaugeMetricFamily(
            "registerbro_cvr_events_synchronised_timestamp_seconds",
            "Until when events were read",
            value=read.timestamp(),
        )


FIGURES = Figures()
REGISTRY.register(FIGURES)


@contextlib.asynccontextmanager
async def shown(subscriber: Subscriber) -> AsyncIterator[None]:
    """Keeps the figures up to date for as long as the block lasts."""
    task = asyncio.create_task(_read_again_and_again(subscriber))
    try:
        yield
    finally:
        await stop([task])
        FIGURES.forget()


async def _read_again_and_again(subscriber: Subscriber) -> None:
    while True:
        try:
            await FIGURES.read(subscriber)
        except Exception as error:
            FIGURES.forget()  # old figures would look like good ones
            log.warning("figures not read", error=type(error).__name__)
        await asyncio.sleep(PAUSE.total_seconds())
