"""The whole system, a browser and its visitors for the tests of the web console; they start once and end with the package."""

import os
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import TypeAlias

import pytest
import pytest_asyncio
from console.people.roles import Role
from playwright.async_api import Browser, StorageState
from registerbro.database import open_pool

from tests.browser.guard import Guard
from tests.browser.proxies import Proxy
from tests.browser.scene import Scene, set_up
from tests.browser.visitors import Visitors, remembered
from tests.support import chromium
from tests.support.compose_system import FrontDoor, compose_system
from tests.support.postgres import temporary_database
from tests.support.round_robin import RoundRobin
from tests.support.whole_system import WholeSystem, whole_system

Deployment: TypeAlias = tuple[WholeSystem, Proxy]
Remembered: TypeAlias = Mapping[Role, StorageState]


@pytest.fixture(scope="package")
def deployment(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    """Everything that runs, as processes, or in containers where ``REGISTERBRO_TEST_DEPLOYMENT`` is ``compose``."""
    directory = tmp_path_factory.mktemp("system")
    if os.environ.get("REGISTERBRO_TEST_DEPLOYMENT") == "compose":
        with compose_system(directory) as (running, containers):
            yield running, FrontDoor(containers, running.replicas)
        return
    postgres_url, template = (request.getfixturevalue(name) for name in ("postgres_url", "template_database"))
    with (
        temporary_database(postgres_url, template) as database_url,
        request.getfixturevalue("rabbitmq").virtual_host() as bus_url,
        whole_system(database_url, bus_url, directory) as running,
    ):
        yield running, RoundRobin(running.url, running.replicas)


@pytest.fixture(scope="package")
def system(deployment: Deployment) -> WholeSystem:
    """Every service."""
    return deployment[0]


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def proxy(deployment: Deployment) -> AsyncIterator[Proxy]:
    """What people reach the console by."""
    async with deployment[1] as running:
        yield running


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def scene(system: WholeSystem, proxy: Proxy) -> AsyncIterator[Scene]:
    """The system with everything that pages show; its calls go through the proxy, since replicas may be away."""
    assert proxy.url == system.url
    async with open_pool(system.database_url, maximum=4) as pool:
        yield await set_up(system, pool)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def browser() -> AsyncIterator[Browser]:
    """A browser that knows no other host."""
    async with chromium.launched() as running:
        yield running


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def people_remembered(browser: Browser, proxy: Proxy, scene: Scene) -> Remembered:
    """What browsers keep of people who have logged in and said why they read contacts."""
    return {role: await remembered(browser, proxy.url, session) for role, session in scene.sessions.items()}


@pytest.fixture(scope="package")
def everybody(browser: Browser, proxy: Proxy, people_remembered: Remembered) -> Visitors:
    """Whoever opens pages."""
    return Visitors(browser, proxy.url, people_remembered, Guard(proxy.url))


@pytest_asyncio.fixture(loop_scope="package")
async def visitors(everybody: Visitors, proxy: Proxy) -> AsyncIterator[Visitors]:
    """Opens pages for people; at the end the guard says whether any did what it must not."""
    yield everybody
    await everybody.leave()
    await proxy.all()
    everybody.guard.give_verdict()
