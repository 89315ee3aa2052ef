"""The nightly run: what counts as done, what is tried again, and what replicas do with its files."""

import asyncio
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from cpr_batch import runs
from cpr_batch.batch import Batch, Batches
from cpr_batch.jobs import DAILY, daily
from registerbro.database import Pool
from registerbro.jobs import Outcome, latest_runs, run_daily

from tests.support.cpr_files import extract, simple_person
from tests.support.ftp import FtpServer
from tests.support.waiting import until

MakeBatch = Callable[..., Batch]
NAME = "d240517.l123401"
AT = dt.time(3, 0)
EVENING = dt.datetime(2026, 11, 21, 20, 0, tzinfo=ZoneInfo("Europe/Copenhagen"))  # a Saturday
SUNDAY = dt.date(2026, 11, 22)
PAUSE = dt.timedelta(minutes=15)


class Nights:
    """The job in one replica, with a clock that is set."""

    def __init__(self, batch: Batch) -> None:
        self.pool = batch.pool
        self.job = daily(Batches(batch.pool, batch.settings))

    async def at(self, moment: dt.datetime) -> Outcome:
        return await run_daily(self.pool, self.job, now=lambda: moment, retry_pause=PAUSE)


async def test_a_sunday_without_files_is_done(make_batch: MakeBatch, vsftpd: FtpServer, pool: Pool) -> None:
    nights = Nights(make_batch(vsftpd, daily_at=AT))
    assert await nights.at(EVENING) is Outcome.NOT_DUE
    assert await nights.at(EVENING + dt.timedelta(hours=7)) is Outcome.DONE
    [run] = await latest_runs(pool, DAILY, 5)
    assert (run.danish_date, run.outcome, run.details) == (SUNDAY, "done", {"transferred": 0, "imported": 0})


async def test_a_server_that_is_away_keeps_no_local_file_back_and_is_tried_again(
    make_batch: MakeBatch, vsftpd: FtpServer, interim_directory: Path, pool: Pool
) -> None:
    (interim_directory / NAME).write_bytes(extract(simple_person()))
    night = EVENING + dt.timedelta(hours=7)
    away = Nights(make_batch(vsftpd, daily_at=AT, changes={"port": 1}))
    assert await away.at(EVENING) is Outcome.NOT_DUE
    assert await away.at(night) is Outcome.FAILED
    assert await pool.fetchval("select state from cpr_file") == "imported"
    assert await pool.fetchval("select state from cpr_run where kind = 'batch'") == "failed"
    back = Nights(make_batch(vsftpd, daily_at=AT))
    assert await back.at(night + dt.timedelta(minutes=5)) is Outcome.ALREADY, "the pause is not over"
    assert await back.at(night + dt.timedelta(hours=1)) is Outcome.DONE
    [run] = await latest_runs(pool, DAILY, 5)
    assert (run.danish_date, run.attempts) == (SUNDAY, 2)


async def test_a_night_that_a_person_stops_is_not_tried_again(
    make_batch: MakeBatch, interim_directory: Path, vsftpd: FtpServer, pool: Pool
) -> None:
    (interim_directory / NAME).write_bytes(extract(simple_person()))
    nights = Nights(make_batch(vsftpd, daily_at=AT))
    night = EVENING + dt.timedelta(hours=7)
    await nights.at(EVENING)
    async with pool.acquire() as other:
        await other.execute("begin; lock table cpr_outcome in exclusive mode")
        task = asyncio.create_task(nights.at(night))

        async def imports() -> object:
            return await pool.fetchval("select 1 from cpr_run where kind = 'import' and state = 'running'")

        await until(imports)
        batch_run = await pool.fetchval("select run_id from cpr_run where kind = 'batch'")
        await runs.request_stop(pool, batch_run)
        assert await asyncio.wait_for(task, 20) is Outcome.DONE
        await other.execute("rollback")
    assert await nights.at(night + dt.timedelta(hours=1)) is Outcome.ALREADY
    assert {row[0] for row in await pool.fetch("select state from cpr_run where state <> 'finished'")} == {"stopped"}  # fmt: skip
    assert await pool.fetchval("select state from cpr_file") == "fetched"
