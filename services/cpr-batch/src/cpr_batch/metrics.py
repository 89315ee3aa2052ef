"""What operators watch: files, persons and runs as the database knows them, those of the command line included.

The figures are the same in every replica: take the maximum over replicas, never the sum.
"""

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import aiosql
import structlog
from prometheus_client import REGISTRY
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from registerbro.bus.tasks import stop
from registerbro.database import Pool

from cpr_batch.files import FileState
from cpr_batch.orders.model import OrderState
from cpr_batch.runs import RunKind

SQL = aiosql.from_path(Path(__file__).parent / "sql" / "metrics.sql", "asyncpg")
PAUSE = dt.timedelta(seconds=15)
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
        states = {row["state"]: row["files"] async for row in SQL.files_by_state(pool)}
        files = GaugeMetricFamily(
            "registerbro_cpr_batch_files", "Files, by how far they are", labels=["state"]
        )
        for state in FileState:
            files.add_metric([state], states.get(state, 0))
        oldest = GaugeMetricFamily(
            "registerbro_cpr_batch_oldest_waiting_seconds",
            "Age of the oldest file that was fetched and is not imported; 0: none waits",
            value=await SQL.oldest_waiting_seconds(pool),
        )
        ends = GaugeMetricFamily(
            "registerbro_cpr_batch_last_run_timestamp_seconds",
            "When the latest run of its kind ended so",
            labels=["kind", "state"],
        )
        async for row in SQL.latest_ends(pool):
            ends.add_metric([RunKind(row["kind"]), row["state"]], row["ended"])
        outcomes = CounterMetricFamily(
            "registerbro_cpr_batch_persons", "Persons in imported files, by outcome", labels=["outcome"]
        )
        problems = CounterMetricFamily(
            "registerbro_cpr_batch_problems",
            "Rejected records and remarks in imported files",
            labels=["severity"],
        )
        async for row in SQL.totals(pool):
            family = problems if row["name"] in ("rejected", "remark") else outcomes
            family.add_metric([row["name"]], row["total"])
        orders = GaugeMetricFamily(
            "registerbro_cpr_batch_orders", "Orders to CPR, by how they stand", labels=["state"]
        )
        standing = {row["state"]: row["orders"] async for row in SQL.orders_by_state(pool)}
        for order_state in OrderState:
            orders.add_metric([order_state], standing.get(order_state, 0))
        overdue = GaugeMetricFamily(
            "registerbro_cpr_batch_orders_overdue",
            "Orders that CPR has not answered in the time that is set",
            value=await SQL.orders_overdue(pool),
        )
        gaps = GaugeMetricFamily(
            "registerbro_cpr_batch_gaps_open",
            "Deliveries that later files name and that were never imported",
            value=await SQL.gaps_open(pool),
        )
        approvals = GaugeMetricFamily(
            "registerbro_cpr_batch_approvals_asked",
            "Files that wait for an approval",
            value=await SQL.approvals_asked(pool),
        )
        self._families = (gaps, approvals, files, oldest, ends, outcomes, problems, orders, overdue)

    def forget(self) -> None:
        """Shows nothing, until they are read again."""
        self._families = ()


FIGURES = Figures()
REGISTRY.register(FIGURES)


@contextlib.asynccontextmanager
async def shown(pool: Pool, *, pause: dt.timedelta = PAUSE) -> AsyncIterator[None]:
    """Keeps the figures up to date for as long as the block lasts."""
    task = asyncio.create_task(_read_again_and_again(pool, pause))
    try:
        yield
    finally:
        await stop([task])
        FIGURES.forget()


async def _read_again_and_again(pool: Pool, pause: dt.timedelta) -> None:
    while True:
        try:
            await FIGURES.read(pool)
        except Exception as error:
            FIGURES.forget()  # old figures would look like good ones
            log.warning("figures not read", error=type(error).__name__)
        await asyncio.sleep(pause.total_seconds())
