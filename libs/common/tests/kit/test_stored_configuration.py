"""What operators store: it goes before the settings file and never before the environment; schedules count from then on."""

import asyncio
import datetime as dt
import functools
import json
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from registerbro.auth import Caller
from registerbro.configuration import features, history, schedules, settings
from registerbro.configuration.errors import SettingFixed
from registerbro.configuration.groups import RETENTION, fixed_settings
from registerbro.configuration.in_force import SettingsInForce, register_fixed
from registerbro.configuration.schedules import DEFAULT, Default
from registerbro.configuration.settings import Wish
from registerbro.database import Pool
from registerbro.features import Feature, Features
from registerbro.jobs import Job, Outcome, Scheduler, due, next_moment, run_daily
from registerbro.secrets import SecretStore
from registerbro.settings import FILE, SECRETS, EventSettings, Settings, load

from tests.support.waiting import until

ANNA = Caller("administration", "anna", frozenset())
AT_ONCE = dt.timedelta(0)
NOON = dt.datetime(2026, 11, 24, 11, 0, tzinfo=dt.UTC)  # 12:00 in Denmark
TODAY = dt.date(2026, 11, 24)
TWO = dt.time(2, 0)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def told(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings with one value of the environment and one of the settings file."""
    given = {
        "database": {"url": database_url},
        "bus": {"url": "in-process:"},
        "auth": {"issuer": "i", "jwks_url": "http://i.test"},
        "audit": {"key": "k" * 32},
        "events": {"dead_letter_days": 50},
    }
    (tmp_path / "settings.json").write_text(json.dumps(given))
    monkeypatch.setenv(FILE, str(tmp_path / "settings.json"))
    monkeypatch.setenv(SECRETS, str(tmp_path / "none"))
    monkeypatch.setenv("REGISTERBRO_EVENTS__OUTBOX_DAYS", "20")
    return load(Settings)


async def test_stored_values_stand_between_environment_and_settings_file(pool: Pool, told: Settings) -> None:
    in_force = SettingsInForce(pool, told, max_age=AT_ONCE)
    assert (await in_force.of(EventSettings)).dead_letter_days == 50
    async with pool.acquire() as connection:
        await register_fixed(connection, "some-service", told)
        wish = Wish({"events.dead_letter_days": 60, "events.inbox_days": 100})
        await settings.change(connection, told, RETENTION, wish, by=ANNA)
        with pytest.raises(SettingFixed) as refused:
            await settings.change(connection, told, RETENTION, Wish({"events.outbox_days": 30}), by=ANNA)
    assert refused.value.facts["fixed"] == [
        {
            "name": "events.outbox_days",
            "service": "some-service",
            "fixed_by": "the environment variable REGISTERBRO_EVENTS__OUTBOX_DAYS",
        }
    ]
    await pool.execute(
        "insert into stored_setting (section, name, value, changed_by) values ('events', 'outbox_days', '30', 'x')"
    )
    found = await in_force.of(EventSettings)
    assert (found.outbox_days, found.inbox_days, found.dead_letter_days) == (20, 100, 60)
    assert [each.name for each in fixed_settings(told)] == ["outbox_days"]


async def test_what_does_not_go_together_does_not_count(pool: Pool, told: Settings) -> None:
    """As where the environment was changed after the value was stored."""
    await pool.execute(
        "insert into stored_setting (section, name, value, changed_by) values ('events', 'inbox_days', '15', 'x')"
    )
    assert await SettingsInForce(pool, told).of(EventSettings) == told.events


async def test_a_value_is_at_most_so_old(pool: Pool, told: Settings) -> None:
    in_force = SettingsInForce(pool, told, max_age=dt.timedelta(hours=1))
    assert (await in_force.of(EventSettings)).inbox_days == 90
    async with pool.acquire() as connection:
        await settings.change(connection, told, RETENTION, Wish({"events.inbox_days": 100}), by=ANNA)
    assert (await in_force.of(EventSettings)).inbox_days == 90
    assert (await SettingsInForce(pool, told).of(EventSettings)).inbox_days == 100


class Scheduled:
    """A job with a time of its own, looked at hour by hour."""

    def __init__(self, pool: Pool, told: Settings) -> None:
        self.pool = pool
        self.told = told
        self.dates: list[dt.date] = []
        self.job = Job("some.job", TWO, self._work)

    async def _work(self, date: dt.date) -> None:
        self.dates.append(date)

    async def set(self, at: dt.time | Default | None, moment: dt.datetime) -> schedules.Schedule:
        """An operator sets its time."""
        async with self.pool.acquire() as connection:
            if not await self.pool.fetchval("select count(*) from scheduled_job"):
                await schedules.register(connection, "some-service", self.told, [self.job], None)
            return await schedules.change(connection, self.job.name, at, by=ANNA, now=moment)

    async def look(self, start: dt.datetime, end: dt.datetime) -> list[Outcome]:
        """What comes of it at each hour."""
        hours = range(int((end - start) / HOUR) + 1)
        return [
            await run_daily(self.pool, self.job, now=functools.partial(lambda at: at, start + hour * HOUR))
            for hour in hours
        ]


@pytest.fixture
def scheduled(pool: Pool, told: Settings) -> Scheduled:
    """A job that nobody has looked at yet."""
    return Scheduled(pool, told)


async def test_a_time_that_an_operator_sets_takes_the_place_of_the_jobs_own(scheduled: Scheduled) -> None:
    await scheduled.look(NOON, NOON)
    assert scheduled.dates == [TODAY]  # a new installation catches up
    shown = await scheduled.set(dt.time(15), NOON)
    tomorrow = TODAY + dt.timedelta(days=1)
    assert (shown.at, shown.default_at, shown.next_at) == (dt.time(15), TWO, due(tomorrow, dt.time(15)))
    await scheduled.look(NOON, due(tomorrow, dt.time(14)))
    assert scheduled.dates == [TODAY]
    await scheduled.look(due(tomorrow, dt.time(15)), NOON + 40 * HOUR)
    assert scheduled.dates == [TODAY, tomorrow]
    assert await next_moment(scheduled.pool, scheduled.job, NOON + 40 * HOUR) == due(
        tomorrow + dt.timedelta(days=1), dt.time(15)
    )


async def test_a_job_that_is_off_makes_up_for_nothing(scheduled: Scheduled) -> None:
    await scheduled.set(None, NOON)
    later = NOON + 50 * HOUR
    assert set(await scheduled.look(NOON, later)) == {Outcome.NOT_DUE}
    shown = await scheduled.set(DEFAULT, later)
    assert (shown.at, shown.is_set) == (TWO, False)
    back = TODAY + dt.timedelta(days=3)
    assert set(await scheduled.look(later, due(back, TWO) - HOUR)) == {Outcome.NOT_DUE}
    await scheduled.look(due(back, TWO), due(back, TWO))
    assert scheduled.dates == [back]


async def test_a_running_scheduler_looks_when_something_is_changed(pool: Pool) -> None:
    """Its own look is an hour away; the module of its job is off, which the service has only just read."""
    dates: list[dt.date] = []

    async def work(date: dt.date) -> None:
        dates.append(date)

    async def is_done() -> bool:
        return bool(dates)

    looked = asyncio.Event()
    switches = Features(pool)

    async def is_on() -> bool:
        found = await switches.is_enabled(Feature.CPR)
        looked.set()
        return found

    scheduler = Scheduler(pool, look_pause=HOUR, counter=functools.partial(history.counter, pool))
    scheduler.start((Job("some.job", TWO, work, is_on),))
    try:
        await asyncio.wait_for(looked.wait(), 20)
        assert not dates
        async with pool.acquire() as connection:
            await features.switch(connection, Feature.CPR, enabled=True, by=ANNA)
        await until(is_done, seconds=8)
    finally:
        await scheduler.stop()


async def test_rotation_takes_every_secret_whoever_stored_it(pool: Pool) -> None:
    """FTP and CPR passwords, signing keys, the CVR password: all stand in the one table, under their own names."""
    old, new = (SecretStr(Fernet.generate_key().decode()) for _ in range(2))
    names = ["CVR-J password", "cpr-batch ftp.password", "cpr-direct password", "signing key a"]
    for name in names:
        await SecretStore([old]).put(pool, name, SecretStr(f"value of {name}"))
    async with pool.acquire() as connection:
        assert await SecretStore([new, old]).rotate(connection) == names
    for name in names:
        assert await SecretStore([new]).get(pool, name) == SecretStr(f"value of {name}")
