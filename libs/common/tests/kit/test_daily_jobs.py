"""Daily jobs: once per Danish date, whatever replicas, clock changes, crashes and outages do."""

import asyncio
import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from registerbro.database import Pool, open_pool
from registerbro.jobs import (
    MAX_ATTEMPTS,
    Job,
    Outcome,
    Scheduler,
    due,
    latest_due,
    latest_runs,
    next_due,
    next_moment,
    run_daily,
)

DENMARK = ZoneInfo("Europe/Copenhagen")
NOON = dt.datetime(2026, 11, 24, 11, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 24)
TWO = dt.time(2, 0)


def at(moment: dt.datetime) -> Callable[[], dt.datetime]:
    return lambda: moment


class Work:
    """Counts its runs; can be made to fail or to wait."""

    def __init__(self, failures: int = 0) -> None:
        self.dates: list[dt.date] = []
        self.started = asyncio.Event()
        self.may_end = asyncio.Event()
        self.may_end.set()
        self._failures = failures

    async def __call__(self, date: dt.date) -> dict[str, int]:
        self.started.set()
        await self.may_end.wait()
        self.dates.append(date)
        if len(self.dates) <= self._failures:
            raise ConnectionError("no answer for 250461-1234")
        return {"files": 2}


# Both clock changes: 29 March 2026 (02:00 -> 03:00) and 25 October 2026 (03:00 -> 02:00), and the days around them.
CHANGES = st.sampled_from(
    [dt.date(2026, 3, 29), dt.date(2026, 10, 25), dt.date(2027, 3, 28), dt.date(2027, 10, 31)]
)
DATES = st.builds(
    lambda day, offset: day + dt.timedelta(days=offset), CHANGES, st.integers(-2, 2)
) | st.dates(dt.date(2024, 1, 1), dt.date(2030, 1, 1))
TIMES = st.times().map(lambda time: time.replace(second=0, microsecond=0, fold=0)) | st.sampled_from(
    [dt.time(hour, minute) for hour in (1, 2, 3) for minute in (0, 30, 59)]
)


@given(DATES, TIMES)
def test_each_date_has_one_moment_on_that_date(date: dt.date, time: dt.time) -> None:
    moment = due(date, time)
    assert moment.astimezone(DENMARK).date() == date
    assert latest_due(time, moment) == date
    assert latest_due(time, moment - dt.timedelta(microseconds=1)) == date - dt.timedelta(days=1)
    assert next_due(time, moment) == due(date + dt.timedelta(days=1), time)


@pytest.mark.parametrize(
    ("date", "utc"),
    [
        (dt.date(2026, 3, 29), "2026-03-29T01:30"),  # 02:30 does not exist: 03:30 summer time
        (dt.date(2026, 10, 25), "2026-10-25T00:30"),  # 02:30 comes twice: the first
        (dt.date(2026, 1, 1), "2026-01-01T01:30"),
        (dt.date(2026, 7, 1), "2026-07-01T00:30"),
    ],
)
def test_half_past_two(date: dt.date, utc: str) -> None:
    assert due(date, dt.time(2, 30)).isoformat(timespec="minutes") == f"{utc}+00:00"


async def test_once_per_date_with_three_replicas(database_url: str, pool: Pool) -> None:
    work = Work()
    async with open_pool(database_url) as second, open_pool(database_url) as third:
        for moment in (NOON, NOON + dt.timedelta(hours=3), NOON + dt.timedelta(days=1)):
            await asyncio.gather(
                *(
                    run_daily(replica, Job("import", TWO, work), now=at(moment))
                    for replica in (pool, second, third)
                    for _ in range(4)
                )
            )
    assert work.dates == [TODAY, TODAY + dt.timedelta(days=1)]
    rows = await pool.fetch("select danish_date, outcome, attempts, details from job_run order by 1")
    assert [tuple(row) for row in rows] == [(date, "done", 1, {"files": 2}) for date in work.dates]


async def test_the_second_replica_waits_for_nobody(database_url: str, pool: Pool) -> None:
    work = Work()
    work.may_end.clear()
    job = Job("import", TWO, work)
    async with open_pool(database_url) as second:
        first = asyncio.create_task(run_daily(pool, job, now=at(NOON)))
        await work.started.wait()
        assert await run_daily(second, job, now=at(NOON)) is Outcome.TAKEN
        work.may_end.set()
        assert await first is Outcome.DONE
        assert await run_daily(second, job, now=at(NOON)) is Outcome.ALREADY
    assert work.dates == [TODAY]


async def test_both_runs_of_an_ambiguous_hour_are_one(pool: Pool) -> None:
    work = Work()
    job = Job("import", dt.time(2, 30), work)
    moments = [
        dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC),
        dt.datetime(2026, 10, 25, 1, 30, tzinfo=dt.UTC),
    ]
    outcomes = [await run_daily(pool, job, now=at(moment)) for moment in moments]
    assert outcomes == [Outcome.DONE, Outcome.ALREADY]
    assert work.dates == [dt.date(2026, 10, 25)]


async def test_after_downtime_the_latest_date_is_caught_up(pool: Pool) -> None:
    work = Work()
    job = Job("import", TWO, work)
    await run_daily(pool, job, now=at(NOON))
    await run_daily(pool, job, now=at(NOON + dt.timedelta(days=5, hours=-12)))
    assert work.dates == [TODAY, TODAY + dt.timedelta(days=4)]


async def test_a_failure_is_tried_again_and_then_left(pool: Pool) -> None:
    work = Work(failures=2)
    job = Job("import", TWO, work)
    outcomes = [await run_daily(pool, job, now=at(NOON)) for _ in range(4)]
    assert outcomes == [Outcome.FAILED, Outcome.FAILED, Outcome.DONE, Outcome.ALREADY]
    hopeless = Work(failures=99)
    job = Job("hopeless", TWO, hopeless)
    outcomes = [await run_daily(pool, job, now=at(NOON)) for _ in range(MAX_ATTEMPTS + 2)]
    assert outcomes == [Outcome.FAILED] * MAX_ATTEMPTS + [Outcome.ALREADY] * 2
    details = await pool.fetchval("select details from job_run where job = 'hopeless'")
    assert details == {"error": "ConnectionError: no answer for 250461-xxxx"}


async def test_a_crashed_replicas_run_is_taken_over(database_url: str, pool: Pool) -> None:
    """The crashed one's connection is cut, as the server sees it when a process dies."""
    crashed, successor = Work(), Work()
    crashed.may_end.clear()
    async with open_pool(database_url, maximum=1) as doomed:
        first = asyncio.create_task(run_daily(doomed, Job("import", TWO, crashed), now=at(NOON)))
        await crashed.started.wait()
        assert await pool.fetchval(
            "select count(pg_terminate_backend(pid)) from pg_locks where locktype = 'advisory'"
        )
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await first
        doomed.terminate()
    assert crashed.dates == [], "the work was cancelled when its lock was lost"
    assert await run_daily(pool, Job("import", TWO, successor), now=at(NOON)) is Outcome.DONE
    assert successor.dates == [TODAY]
    assert await pool.fetchval("select attempts from job_run") == 2


async def test_rests_while_its_module_is_off(pool: Pool) -> None:
    is_on = False

    async def switch() -> bool:
        return is_on

    work = Work()
    job = Job("import", TWO, work, is_on=switch)
    assert await run_daily(pool, job, now=at(NOON)) is Outcome.RESTED
    is_on = True
    assert await run_daily(pool, job, now=at(NOON)) is Outcome.DONE


async def test_the_scheduler_catches_up_tries_again_and_stops(pool: Pool) -> None:
    work = Work(failures=1)
    succeeded = asyncio.Event()

    async def until_it_works(date: dt.date) -> None:
        await work(date)
        succeeded.set()

    soon = dt.timedelta(milliseconds=10)
    scheduler = Scheduler(pool, retry_pause=soon, look_pause=soon)
    scheduler.start((Job("import", TWO, until_it_works),))
    await asyncio.wait_for(succeeded.wait(), 20)
    await scheduler.stop()
    assert len(work.dates) == 2


async def test_stopping_cancels_what_runs_and_leaves_it_to_others(pool: Pool) -> None:
    work = Work()
    work.may_end.clear()
    job = Job("import", TWO, work)
    scheduler = Scheduler(pool)
    scheduler.start((job,))
    await work.started.wait()
    await scheduler.stop()
    work.may_end.set()
    assert work.dates == []
    assert await run_daily(pool, job, now=lambda: dt.datetime.now(dt.UTC)) is Outcome.DONE


class Clock:
    """The time of every replica."""

    def __init__(self, moment: dt.datetime) -> None:
        self.moment = moment

    def __call__(self) -> dt.datetime:
        return self.moment


class Replicas:
    """Schedulers on one store, with one clock and a time of day that can be changed."""

    def __init__(self, pools: list[Pool], clock: Clock, work: Work, at: dt.time | None) -> None:
        self.clock = clock
        self.at = at
        self.job = Job("nightly", self._asked, work)
        self._pools = pools
        self._schedulers: list[Scheduler] = []
        self.restart()

    def restart(self) -> None:
        """All processes anew; none looks by itself."""
        self._schedulers = [Scheduler(pool, now=self.clock) for pool in self._pools]
        for scheduler in self._schedulers:
            scheduler._jobs = (self.job,)

    async def _asked(self) -> dt.time | None:
        return self.at

    async def look_until(self, end: dt.datetime, step: dt.timedelta) -> None:
        """Everybody looks, again and again, until then."""
        while self.clock.moment <= end:
            await asyncio.gather(*(task for each in self._schedulers for task in each.look()))
            self.clock.moment += step


@pytest.mark.parametrize("change", [dt.date(2026, 3, 29), dt.date(2026, 10, 25)])
@pytest.mark.parametrize("time", [dt.time(2, 30), dt.time(0, 0)])
async def test_three_replicas_run_once_for_each_date_over_a_clock_change(
    change: dt.date, time: dt.time, database_url: str, pool: Pool
) -> None:
    work = Work()
    start = dt.datetime.combine(change - dt.timedelta(days=2), dt.time(12), DENMARK).astimezone(dt.UTC)
    async with open_pool(database_url) as second, open_pool(database_url) as third:
        replicas = Replicas([pool, second, third], Clock(start), work, time)
        await replicas.look_until(start + dt.timedelta(days=3), dt.timedelta(minutes=30))
    assert work.dates == [change + dt.timedelta(days=offset) for offset in (-1, 0, 1)]
    runs = await latest_runs(pool, "nightly", 10)
    assert [run.danish_date for run in runs] == work.dates[::-1]
    assert [run.started_at for run in runs] == [due(date, time) for date in work.dates[::-1]]


async def test_a_time_that_is_set_counts_from_then_on(pool: Pool) -> None:
    work = Work()
    replicas = Replicas([pool], Clock(NOON), work, None)
    minute = dt.timedelta(minutes=1)
    await replicas.look_until(NOON, minute)
    replicas.at = dt.time(2, 30)  # it is noon: today's moment is over
    await replicas.look_until(NOON + dt.timedelta(hours=1), minute * 10)
    replicas.restart()
    await replicas.look_until(NOON + dt.timedelta(hours=2), minute * 10)
    assert work.dates == []
    assert await next_moment(pool, replicas.job, replicas.clock()) == due(
        TODAY + dt.timedelta(days=1), dt.time(2, 30)
    )
    replicas.at = dt.time(16, 0)  # two hours from now, in Denmark
    await replicas.look_until(NOON + dt.timedelta(hours=5), minute * 10)
    assert work.dates == [TODAY]
    replicas.at = dt.time(17, 30)  # today is done
    await replicas.look_until(NOON + dt.timedelta(hours=8), minute * 10)
    assert work.dates == [TODAY]
    replicas.at = None
    await replicas.look_until(NOON + dt.timedelta(days=2), minute * 60)
    assert work.dates == [TODAY]
    assert await next_moment(pool, replicas.job, replicas.clock()) is None


@pytest.mark.parametrize("later", [dt.time(2, 30), dt.time(3, 15), dt.time(1, 0)])
async def test_what_was_missed_while_everything_was_down_is_caught_up(later: dt.time, pool: Pool) -> None:
    """Also where the time was changed in the meantime."""
    work = Work()
    clock = Clock(NOON)
    replicas = Replicas([pool], clock, work, dt.time(2, 30))
    await replicas.look_until(NOON, dt.timedelta(minutes=1))
    clock.moment = NOON + dt.timedelta(days=3)
    replicas.at = later
    replicas.restart()
    assert await next_moment(pool, replicas.job, clock()) == clock()
    await replicas.look_until(clock() + dt.timedelta(hours=1), dt.timedelta(minutes=10))
    assert work.dates == [TODAY + dt.timedelta(days=3)]


async def test_a_failure_is_tried_again_after_a_pause_whoever_looks(database_url: str, pool: Pool) -> None:
    work = Work(failures=99)
    clock = Clock(NOON)
    async with open_pool(database_url) as second, open_pool(database_url) as third:
        replicas = Replicas([pool, second, third], clock, work, dt.time(12, 30))  # 11:30 UTC
        await replicas.look_until(NOON + dt.timedelta(minutes=44), dt.timedelta(minutes=1))
        assert len(work.dates) == 1
        await replicas.look_until(NOON + dt.timedelta(hours=4), dt.timedelta(minutes=1))
    assert work.dates == [TODAY] * MAX_ATTEMPTS
    [run] = await latest_runs(pool, "nightly", 10)
    assert (run.outcome, run.attempts) == ("failed", MAX_ATTEMPTS)
