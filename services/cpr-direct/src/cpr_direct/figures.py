"""What operators watch of subscriptions and alerts, as the database knows it; the same in every replica: take the maximum."""

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Iterable

import structlog
from prometheus_client import REGISTRY
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from registerbro.bus.tasks import stop
from registerbro.database import Pool

from cpr_direct.attempts import SQL
from cpr_direct.direct import Direct
from cpr_direct.views.subscriptions import FiguresOut

PAUSE = dt.timedelta(seconds=15)
MEANINGS = {
    "subscribed": "Persons whom CPR subscribes for us",
    "waiting": "Persons whose wish is another than what CPR has",
    "failing": "Of these, those whose last attempt failed",
    "open_calls": "Calls kept until what came of them is stored",
}
log = structlog.get_logger()


class Figures(Collector):
    """The figures last read, for Prometheus to collect; none before the first reading."""

    def __init__(self) -> None:
        self._families: tuple[Metric, ...] = ()

    def collect(self) -> Iterable[Metric]:
        """The figures last read."""
        return self._families

    async def read(self, pool: Pool) -> None:
        """Reads them anew."""
        row = await SQL.figures(pool)
        self._families = tuple(
            GaugeMetricFamily(f"registerbro_cpr_subscriptions_{name}", meaning, value=row[name])
            for name, meaning in MEANINGS.items()
        )

    def forget(self) -> None:
        """Shows nothing, until they are read again."""
        self._families = ()


FIGURES = Figures()
REGISTRY.register(FIGURES)


async def counted(direct: Direct) -> FiguresOut:
    """The figures as they are now."""
    row = await SQL.figures(direct.pool)
    return FiguresOut(**row, told_by=(await direct.subscriptions()).told_by)


@contextlib.asynccontextmanager
async def shown(pool: Pool) -> AsyncIterator[None]:
    """Keeps the figures up to date for as long as the block lasts."""
    task = asyncio.create_task(_read_again_and_again(pool))
    try:
        yield
    finally:
        await stop([task])
        FIGURES.forget()


async def _read_again_and_again(pool: Pool) -> None:
    while True:
        try:
            await FIGURES.read(pool)
        except Exception as error:
            FIGURES.forget()  # old figures would look like good ones
            log.warning("figures not read", error=type(error).__name__)
        await asyncio.sleep(PAUSE.total_seconds())
