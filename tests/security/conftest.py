"""All services, started once for all tests of this folder that do not need them otherwise."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from registerbro.auth import DevelopmentIssuer

from tests.security.filled import Filled, filled_services
from tests.security.services import Running, Surroundings, all_running, shared_settings, unreachable_direct
from tests.support.postgres import temporary_database
from tests.support.privacy_guard import PrivacyGuard


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def services(
    postgres_url: str,
    template_database: str,
    issuer: DevelopmentIssuer,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[dict[str, Running]]:
    """All services, on a store of their own, with the modules switched on."""
    home = tmp_path_factory.mktemp("interim")
    with temporary_database(postgres_url, template_database) as url:
        around = Surroundings(shared_settings(url, issuer), home, unreachable_direct())
        async with all_running(around) as found:
            yield found


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def filled(
    privacy_guard: PrivacyGuard,
    postgres_url: str,
    template_database: str,
    issuer: DevelopmentIssuer,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Filled]:
    """All services on another store, which holds protected persons."""
    with temporary_database(postgres_url, template_database) as url:
        async with filled_services(url, issuer, tmp_path_factory.mktemp("interim")) as found:
            yield found
