"""The whole system, started once for all tests of pages. Tests leave it as they found it, or use things of their own."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from console.people.roles import Role

from tests.support.web_stage import Browser, WebStage, web_stage


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WebStage]:
    """All services with their sandbox."""
    async with web_stage(tmp_path_factory.mktemp("web")) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="package")
async def administrator(stage: WebStage) -> AsyncIterator[Browser]:
    """A browser of an administrator."""
    async with stage.browser(Role.ADMINISTRATOR) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="package")
async def operator(stage: WebStage) -> AsyncIterator[Browser]:
    """A browser of an operator."""
    async with stage.browser(Role.OPERATOR) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="package")
async def viewer(stage: WebStage) -> AsyncIterator[Browser]:
    """A browser of a viewer."""
    async with stage.browser(Role.VIEWER) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="package")
async def officer(stage: WebStage) -> AsyncIterator[Browser]:
    """A browser of a data-protection officer."""
    async with stage.browser(Role.DATA_PROTECTION_OFFICER) as browser:
        yield browser
