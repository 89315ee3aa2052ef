"""Paid calls are counted by client and Danish day, and refused where the client's budget is spent."""

import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import aiosql
from registerbro.database import Pool
from registerbro.jobs import DENMARK, due

from cpr_direct.errors import BudgetSpent, Busy, DirectError, LogonError, Resting
from cpr_direct.settings import BudgetSettings

SQL: Any = aiosql.from_path(Path(__file__).parent / "sql" / "budget.sql", "asyncpg")
KEPT = dt.timedelta(days=366)


def _is_free(error: DirectError) -> bool:
    """Whether nobody was looked up, so that the call costs nothing."""
    is_unasked = error.is_outage or isinstance(error, Busy | Resting | LogonError)
    return is_unasked and not error.may_have_reached


class Usage(NamedTuple):
    """Calls of a client on a Danish day; ``most`` is what it may have on one, None without limit."""

    danish_day: dt.date
    client: str
    calls: int
    most: int | None


class Budget:
    """Counts over all replicas."""

    def __init__(self, pool: Pool, settings: BudgetSettings) -> None:
        self._pool = pool
        self._settings = settings

    def most(self, client: str) -> int | None:
        """How many calls the client may cause on one day; None: any number."""
        return self._settings.clients.get(client, self._settings.calls)

    @contextlib.asynccontextmanager
    async def spending(self, client: str, now: dt.datetime) -> AsyncIterator[None]:
        """For a call of the client's: counts it, and gives it back where CPR was not asked or was closed.

        Raises ``BudgetSpent`` if the client may have no more today.
        """
        await self.spend(client, now)
        try:
            yield
        except DirectError as error:
            if _is_free(error):
                day = now.astimezone(DENMARK).date()
                await SQL.spend(self._pool, danish_day=day, client=client, calls=-1, most=None)
            raise

    async def spend(self, client: str, now: dt.datetime) -> None:
        """Counts a call that is about to be made; ``BudgetSpent`` if the client may have no more today."""
        day = now.astimezone(DENMARK).date()
        most = self.most(client)
        if await SQL.spend(self._pool, danish_day=day, client=client, calls=1, most=most) is None:
            midnight = due(day + dt.timedelta(days=1), dt.time(0))
            raise BudgetSpent(most or 0, retry_after=midnight - now)

    async def count(self, client: str, now: dt.datetime) -> None:
        """Counts a call that follows from one already begun, or that nobody asked for: never refused."""
        day = now.astimezone(DENMARK).date()
        await SQL.spend(self._pool, danish_day=day, client=client, calls=1, most=None)

    async def usage(self, first: dt.date, last: dt.date) -> list[Usage]:
        """The calls of some days, newest day first."""
        rows = SQL.calls_of(self._pool, first=first, last=last)
        return [Usage(**row, most=self.most(row["client"])) async for row in rows]

    async def forget(self, today: dt.date) -> int:
        """Deletes what is older than a year; how many counts there were."""
        return int(await SQL.forget_before(self._pool, danish_day=today - KEPT))
