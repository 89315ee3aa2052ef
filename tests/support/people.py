"""People in the tests: local users, browsers that log in and keep cookies, and what their pages send along."""

import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Callable

import argon2
import httpx
from console.app import create_app
from console.oauth2.opening import utc_now
from console.people.passwords import PasswordHasher
from console.people.roles import Role
from console.people.users import Profile, Users
from console.settings import AppSettings
from pydantic import SecretStr
from registerbro.auth import Caller
from registerbro.database import Pool

from tests.support import secrets_in_use
from tests.support.services import running

CSRF = {"Registerbro-Csrf": "1"}
PASSWORD = secrets_in_use.add("hest-tog-lampe-42")
TESTS = Caller("tests", "somebody", frozenset())
COOKIE = "registerbro"
CHEAP = argon2.Parameters(
    type=argon2.Type.ID, version=19, salt_len=16, hash_len=32, time_cost=1, memory_cost=64, parallelism=1
)


def users_in(pool: Pool, *, now: Callable[[], dt.datetime] = utc_now) -> Users:
    """The local users, as a replica of its own; hashed at little cost, so that a log-in hashes anew."""
    return Users(pool, PasswordHasher(CHEAP), now=now)


async def user(pool: Pool, user_name: str, *roles: Role, password: str = PASSWORD) -> str:
    """A local user with a password of one's own; returns the name."""
    profile = Profile(user_name.title(), frozenset(roles))
    await users_in(pool).add(user_name, profile, password=SecretStr(password), by=TESTS)
    return user_name


async def log_in(browser: httpx.AsyncClient, user_name: str, password: str = PASSWORD) -> httpx.Response:
    """A log-in by password; the browser keeps the cookie."""
    answer = await browser.post("/session", json={"user_name": user_name, "password": password})
    if answer.status_code == 201:
        secrets_in_use.add(browser.cookies[COOKIE])
    return answer


def planted(browser: httpx.AsyncClient, value: str, name: str = COOKIE) -> None:
    """A cookie in the place of the one that the console gave."""
    browser.cookies.set(name, value, domain="service.test", path="/")


@contextlib.asynccontextmanager
async def console_running(settings: AppSettings) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at a replica of the console."""
    async with running(create_app(settings)) as browser:
        yield browser


def slug(answer: httpx.Response) -> str:
    """The kind of problem."""
    return str(answer.json()["type"]).rsplit("/", 1)[-1]
