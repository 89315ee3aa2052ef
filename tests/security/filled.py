"""Services on a store that holds protected persons, for the tests that look for them."""

import contextlib
import dataclasses
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.database import Pool, open_pool

from tests.security.filling import fill
from tests.security.protected_persons import first_delivery, online, second_delivery
from tests.security.services import Running, Surroundings, all_running, shared_settings
from tests.support import processes
from tests.support.direct_server import PASSWORD, DirectServer, settings_of
from tests.support.services import bearer

NOW = online(first_delivery()) | online(second_delivery())
ORDINARY = tuple(scope for scope in Scope if not scope.startswith("protected:"))


class Listener(logging.Handler):
    """Keeps what is logged, as text."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps a record."""
        self.heard.append(self.format(record))


@contextlib.contextmanager
def listening() -> Iterator[Listener]:
    """Hears every logger."""
    listener, root = Listener(), logging.getLogger()
    root.addHandler(listener)
    try:
        yield listener
    finally:
        root.removeHandler(listener)


@dataclasses.dataclass(frozen=True, slots=True)
class Filled:
    """Services on a store that holds protected persons, and what they have logged."""

    services: dict[str, Running]
    pool: Pool
    home: Path
    log: Listener
    told: Mapping[str, str]  # the same settings as variables, for commands


@contextlib.asynccontextmanager
async def filled_services(url: str, issuer: DevelopmentIssuer, home: Path) -> AsyncIterator[Filled]:
    """The services on an empty store, once it is filled."""
    with listening() as log:
        async with DirectServer(persons=NOW) as register, open_pool(url, maximum=2) as pool:
            around = Surroundings(shared_settings(url, issuer), home, settings_of(register))
            async with all_running(around) as services:
                await fill(services, pool, home, bearer(issuer.token(*ORDINARY)))
                yield Filled(services, pool, home, log, _variables(around))


def _variables(around: Surroundings) -> dict[str, str]:
    secrets = [key.get_secret_value() for key in around.shared["secrets"].keys]
    direct = around.direct
    return processes.variables(
        "cpr_direct",
        host=direct.host,
        port=direct.port,
        tls_by_local_proxy="true",
        customer_number=direct.customer_number,
        user_id=direct.user_id,
        password=PASSWORD,
    ) | {
        "REGISTERBRO_DATABASE__URL": around.shared["database"].url.get_secret_value(),
        "REGISTERBRO_AUDIT__KEY": around.shared["audit"].key.get_secret_value(),
        "REGISTERBRO_SECRETS__KEYS": ",".join(secrets),
    }
