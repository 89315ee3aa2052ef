"""Recurring jobs: about every so often, once over all replicas, one catch-up after an outage; changed and asked for by operators."""

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from registerbro.auth.scopes import Caller
from registerbro.configuration import history, schedules
from registerbro.configuration.errors import ScheduleUnfit
from registerbro.configuration.schedules import DEFAULT
from registerbro.database import Pool
from registerbro.jobs import Job, Outcome, Scheduler
from registerbro.recurring import Recurring, ask, beat
from registerbro.settings import Settings

NOON = dt.datetime(2026, 11, 24, 11, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
ANNA = Caller("console", "anna", frozenset())
NAME = "some.sync"


def at(moment: dt.datetime) -> Callable[[], dt.datetime]:
    return lambda: moment


class Work:
    """Counts its runs; can be made to fail or to wait."""

    def __init__(self) -> None:
        self.moments: list[dt.datetime] = []
        self.fails = False
        self.started = asyncio.Event()
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def __call__(self, moment: dt.datetime) -> dict[str, Any]:
        self.started.set()
        await self.may_end.wait()
        self.moments.append(moment)
        if self.fails:
            raise ConnectionError("no answer for 250461-1234")
        return {"contacts": 2}


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def job(work: Work) -> Recurring:
    return Recurring(NAME, HOUR, work)


async def test_it_runs_once_in_an_interval_and_once_after_an_outage(
    pool: Pool, job: Recurring, work: Work
) -> None:
    moments = [NOON, NOON + 59 * MINUTE, NOON + HOUR, NOON + 100 * HOUR, NOON + 100 * HOUR + 59 * MINUTE]
    outcomes = [await job.run(pool, now=at(moment)) for moment in moments]
    assert outcomes == [Outcome.DONE, Outcome.NOT_DUE, Outcome.DONE, Outcome.DONE, Outcome.NOT_DUE]
    assert work.moments == [NOON, NOON + HOUR, NOON + 100 * HOUR]
    seen = await beat(pool, NAME)
    assert seen is not None
    assert (seen.outcome, seen.details, seen.done_at) == ("done", {"contacts": 2}, NOON + 100 * HOUR)


async def test_only_one_of_two_replicas_runs_it(pool: Pool, job: Recurring, work: Work) -> None:
    work.may_end.clear()
    first = asyncio.create_task(job.run(pool, now=at(NOON)))
    await work.started.wait()
    assert await job.run(pool, now=at(NOON + 2 * HOUR)) is Outcome.TAKEN
    assert await job.run_now(pool, now=at(NOON)) is Outcome.TAKEN
    work.may_end.set()
    assert await first is Outcome.DONE
    assert len(work.moments) == 1


async def test_a_run_that_broke_off_is_done_again_at_once(pool: Pool, job: Recurring, work: Work) -> None:
    work.may_end.clear()
    broken = asyncio.create_task(job.run(pool, now=at(NOON)))
    await work.started.wait()
    broken.cancel()
    with pytest.raises(asyncio.CancelledError):
        await broken
    work.may_end.set()
    assert await job.run(pool, now=at(NOON)) is Outcome.DONE


async def test_a_failed_run_is_tried_again_after_a_pause(pool: Pool, job: Recurring, work: Work) -> None:
    work.fails = True
    assert await job.run(pool, now=at(NOON), retry_pause=15 * MINUTE) is Outcome.FAILED
    seen = await beat(pool, NAME)
    assert seen is not None
    assert "250461-xxxx" in seen.details["error"]
    assert await job.run(pool, now=at(NOON + 14 * MINUTE), retry_pause=15 * MINUTE) is Outcome.NOT_DUE
    assert await job.run(pool, now=at(NOON + 15 * MINUTE), retry_pause=15 * MINUTE) is Outcome.FAILED
    assert await job.run(pool, now=at(NOON + 76 * MINUTE), retry_pause=2 * HOUR) is Outcome.FAILED


async def test_it_runs_on_demand_and_once_more_where_it_was_asked_for_meanwhile(
    pool: Pool, job: Recurring, work: Work
) -> None:
    await job.run(pool, now=at(NOON))
    assert await job.run_now(pool, now=at(NOON)) is Outcome.DONE
    work.may_end.clear()
    work.started.clear()
    running = asyncio.create_task(job.run_now(pool, now=at(NOON)))
    await work.started.wait()
    await ask(pool, NAME, NOON)
    work.may_end.set()
    await running
    assert [await job.run(pool, now=at(NOON)) for _ in range(2)] == [Outcome.DONE, Outcome.NOT_DUE]


async def test_it_rests_while_its_module_is_off(pool: Pool, work: Work) -> None:
    async def is_off() -> bool:
        return False

    job = Recurring(NAME, HOUR, work, is_on=is_off)
    assert await job.run(pool, now=at(NOON)) is Outcome.RESTED
    assert await job.run_now(pool, now=at(NOON)) is Outcome.RESTED


async def test_an_operator_changes_the_interval_switches_it_off_and_has_it_run(
    pool: Pool, job: Recurring, service_settings: Settings
) -> None:
    async def daily(_: dt.date) -> None:
        return None

    async with pool.acquire() as connection:
        jobs: list[Job | Recurring] = [job, Job("some.daily", dt.time(2), daily)]
        await schedules.register(connection, "some-service", service_settings, jobs, None)
        shown = await schedules.show(connection, NAME, NOON)
        assert (shown.is_recurring, shown.every, shown.at, shown.next_at) == (True, HOUR, None, NOON)
        await job.run(pool, now=at(NOON))
        shown = await schedules.change(connection, NAME, 5 * MINUTE, by=ANNA, now=NOON)
        assert (shown.every, shown.next_at, shown.changed_by) == (5 * MINUTE, NOON + 5 * MINUTE, "anna")
        assert [run.outcome for run in shown.runs] == ["done"]
        assert await job.run(pool, now=at(NOON + 5 * MINUTE)) is Outcome.DONE
        shown = await schedules.change(connection, NAME, None, by=ANNA, now=NOON)
        assert (shown.every, shown.next_at) == (None, None)
        assert await job.run(pool, now=at(NOON + 9 * HOUR)) is Outcome.NOT_DUE
        shown = await schedules.run_now(connection, NAME, NOON)
        assert shown.next_at == NOON
        assert await job.run(pool, now=at(NOON)) is Outcome.DONE
        shown = await schedules.change(connection, NAME, DEFAULT, by=ANNA, now=NOON)
        assert shown.every == HOUR
        for name, when in ((NAME, dt.time(3)), ("some.daily", HOUR)):
            with pytest.raises(ScheduleUnfit):
                await schedules.change(connection, name, when, by=ANNA, now=NOON)
        with pytest.raises(ScheduleUnfit):
            await schedules.run_now(connection, "some.daily", NOON)
        changes = await history.page(connection, "schedule", NAME, before=2**62, size=9)
        assert [each.changes for each in changes] == [
            {"every": [None, "default"]},
            {"every": ["300 s", None]},
            {"every": ["default", "300 s"]},
        ]


async def test_a_scheduler_takes_both_kinds(pool: Pool, job: Recurring, work: Work) -> None:
    dates: list[dt.date] = []

    async def daily(date: dt.date) -> None:
        dates.append(date)

    scheduler = Scheduler(pool, now=at(NOON))
    scheduler.start((job, Job("some.daily", dt.time(2), daily)))
    await work.started.wait()
    await asyncio.gather(*scheduler.look())
    await scheduler.stop()
    assert (len(work.moments), len(dates)) == (1, 1)
