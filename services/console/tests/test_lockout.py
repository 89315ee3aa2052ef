"""Guessing is slow for whoever guesses, wherever the guess arrives, and does not shut the user out."""

import asyncio
import datetime as dt

import pytest
from console.people.errors import LoginFailed, LoginPaused
from console.people.local_login import LocalLogin
from console.people.lockout import Lockout, unlock
from console.people.passwords import PasswordHasher
from console.people.roles import Role
from console.people.sessions import Sessions
from console.people.settings import PasswordSettings, SessionSettings
from pydantic import SecretStr
from registerbro.database import Pool

from tests.support.people import CHEAP, PASSWORD, user, users_in
from tests.support.services import AUDIT_KEY

HOME, AWAY, FAR = "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"
WRONG = "wrong-wrong-wrong"


class Clock:
    def __init__(self) -> None:
        self.now = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.now

    def passes(self, **time: float) -> None:
        self.now += dt.timedelta(**time)


def replica(pool: Pool, clock: Clock) -> LocalLogin:
    lockout = Lockout(pool, PasswordSettings(), AUDIT_KEY, now=clock)
    sessions = Sessions(pool, SessionSettings(), None, now=clock)
    return LocalLogin(pool, users_in(pool, now=clock), sessions, PasswordHasher(CHEAP), lockout, clock)


async def outcome(login: LocalLogin, name: str, password: str, network: str = AWAY) -> str | int:
    """Nothing wrong, or what it was; the seconds of a pause."""
    try:
        await login.log_in(name, SecretStr(password), network=network, instead_of=None)
    except LoginPaused as paused:
        return paused.retry_after
    except LoginFailed:
        return "failed"
    return "in"


async def test_wrong_passwords_pause_a_user_at_all_replicas_for_longer_and_longer(pool: Pool) -> None:
    await user(pool, "anna", Role.VIEWER)
    clock = Clock()
    one, two = replica(pool, clock), replica(pool, clock)
    for login in (one, two, one, two, one):
        assert await outcome(login, "anna", WRONG) == "failed"
    assert await outcome(two, "anna", PASSWORD) == 60
    clock.passes(seconds=20)
    assert await outcome(one, "anna", PASSWORD) == 40  # asking does not make it longer
    clock.passes(seconds=41)
    assert await outcome(one, "anna", WRONG) == "failed"
    assert await outcome(two, "anna", WRONG) == 120
    for expected in (240, 480, 900, 900):
        clock.passes(seconds=1000)
        assert await outcome(one, "anna", WRONG) == "failed"
        assert await outcome(two, "anna", PASSWORD) == expected
    clock.passes(seconds=1000)
    assert await outcome(two, "anna", PASSWORD) == "in"
    assert await outcome(one, "anna", WRONG) == "failed"
    assert await outcome(two, "anna", PASSWORD) == "in"


async def test_who_guesses_elsewhere_does_not_hinder_the_user(pool: Pool) -> None:
    await user(pool, "anna", Role.VIEWER)
    clock = Clock()
    login = replica(pool, clock)
    assert await outcome(login, "anna", PASSWORD, HOME) == "in"
    for _ in range(5):
        assert await outcome(login, "anna", WRONG, AWAY) == "failed"
    assert await outcome(login, "anna", PASSWORD, FAR) == 60
    assert await outcome(login, "anna", PASSWORD, HOME) == "in"
    clock.passes(days=31)
    assert await login.lockout.forget() == 2
    async with pool.acquire() as connection:
        assert await connection.fetchval("select count(*) from login_origin") == 0


async def test_an_administrator_ends_the_pause(pool: Pool) -> None:
    await user(pool, "anna", Role.VIEWER)
    login = replica(pool, Clock())
    for _ in range(5):
        await outcome(login, "anna", WRONG)
    assert (await login.users.get("anna")).paused_until is not None
    async with pool.acquire() as connection:
        await unlock(connection, "anna")
    assert await outcome(login, "anna", PASSWORD) == "in"


async def test_a_crowd_of_guesses_at_once_is_counted_before_it_is_compared(pool: Pool) -> None:
    await user(pool, "anna", Role.VIEWER)
    clock = Clock()
    logins = [replica(pool, clock) for _ in range(2)]
    found = await asyncio.gather(*(outcome(logins[n % 2], "anna", WRONG) for n in range(20)))
    assert sorted(map(str, found)) == ["60"] * 15 + ["failed"] * 5


async def test_a_name_that_is_nobody_s_is_treated_alike_and_not_kept(
    pool: Pool, caplog: pytest.LogCaptureFixture
) -> None:
    login = replica(pool, Clock())
    typed = "my-secret-typed-in-the-wrong-field"
    for _ in range(5):
        assert await outcome(login, typed, WRONG) == "failed"
    assert await outcome(login, typed, WRONG) == 60
    rows = await pool.fetch("select user_key from login_origin")
    assert len(rows) == 1
    assert len(rows[0]["user_key"]) == 5  # "?" and 16 bits
    assert "log-in failed" in caplog.text
    assert typed not in caplog.text


@pytest.mark.parametrize("what", ["disabled", "expired"])
async def test_a_right_password_that_may_not_be_used_looks_like_a_wrong_one(pool: Pool, what: str) -> None:
    await user(pool, "anna", Role.VIEWER)
    clock = Clock()
    login = replica(pool, clock)
    change = "enabled = false" if what == "disabled" else "password_until = $1"
    values = () if what == "disabled" else (clock.now,)
    await pool.execute(f"update local_user set {change}", *values)
    assert await outcome(login, "anna", PASSWORD) == "failed"
    assert await pool.fetchval("select count(*) from login_session") == 0
