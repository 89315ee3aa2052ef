"""All services, started once for the tests of a module."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from registerbro.auth import DevelopmentIssuer

from tests.security.services import Running, all_running, told
from tests.support.postgres import temporary_database


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def services(
    postgres_url: str,
    template_database: str,
    issuer: DevelopmentIssuer,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[dict[str, Running]]:
    """All services, on a store of the module's own, with the modules switched on."""
    home = tmp_path_factory.mktemp("interim")
    with temporary_database(postgres_url, template_database) as url:
        async with all_running(told(url, issuer), home) as found:
            yield found
