"""Every service of ours, for the tests that go over all of them. A new service is a line in ``SERVICES``."""

import contextlib
import dataclasses
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias, cast

import httpx
from console.app import create_app as console
from console.settings import AppSettings
from cpr_batch.app import create_app as cpr_batch
from cpr_batch.settings import BatchSettings, CprBatchSettings
from cpr_direct.app import create_app as cpr_direct
from cpr_direct.settings import CprDirectSettings, DirectSettings
from cvr_online.app import create_app as cvr_online
from cvr_online.settings import OnlineSettings
from cvr_subscription.app import create_app as cvr_subscription
from cvr_subscription.settings import SubscriptionServiceSettings
from cvr_update.app import create_app as cvr_update
from cvr_update.settings import CvrUpdateSettings, UpdateServiceSettings
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from pydantic import SecretStr
from registerbro import features
from registerbro.auth import DevelopmentIssuer
from registerbro.database import ensure_partitions, open_pool
from registerbro.features import Feature
from registerbro.gatekeeper import METHODS_NOT_LISTED, Gate
from registerbro.settings import AuthSettings, JobSettings

from tests.security.expected_scopes import PUBLIC, SESSION
from tests.support.ftp import free_port
from tests.support.services import running, settings_for

PAGES = "/ui/"
Shared: TypeAlias = Mapping[str, Any]  # the sections of the settings that all services have


@dataclasses.dataclass(frozen=True, slots=True)
class Surroundings:
    """What services are told of, beside what they share."""

    shared: Shared
    interim_directory: Path
    direct: CprDirectSettings


SERVICES: Mapping[str, Callable[[Surroundings], FastAPI]] = {
    "console": lambda around: console(AppSettings(**around.shared)),
    "cpr-batch": lambda around: cpr_batch(
        BatchSettings(**around.shared, cpr_batch=CprBatchSettings(interim_directory=around.interim_directory))
    ),
    "cpr-direct": lambda around: cpr_direct(DirectSettings(**around.shared, cpr_direct=around.direct)),
    "cvr-online": lambda around: cvr_online(OnlineSettings(**around.shared)),
    "cvr-subscription": lambda around: cvr_subscription(SubscriptionServiceSettings(**around.shared)),
    "cvr-update": lambda around: cvr_update(
        UpdateServiceSettings(**around.shared, cvr_update=CvrUpdateSettings(look_seconds=3600))
    ),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Running:
    """A service that runs, with a client that has no token."""

    app: FastAPI
    client: httpx.AsyncClient

    @property
    def scopes(self) -> dict[str, str]:
        """The scope of each of its routes, as the gate before them has it."""
        guarded = {(gate.method, gate.path): gate.scope or self._without(gate) for gate in self._gates()}
        rows = {
            f"{method} {path}": guarded.get((method, path), "no gate")
            for method, path in self._routes()
            if not path.startswith(PAGES)  # which have a table of their own
        }
        return dict(sorted(rows.items(), key=lambda row: tuple(reversed(row[0].split()))))

    def _without(self, gate: Gate) -> str:
        """What a route that needs no token needs in its place."""
        described = self.app.openapi()["paths"].get(gate.path, {}).get(gate.method.lower(), {})
        return SESSION if described.get("security") else PUBLIC

    def _gates(self) -> list[Gate]:
        [options] = [each.kwargs for each in self.app.user_middleware if "gates" in each.kwargs]
        return list(cast("Sequence[Gate]", options["gates"]))

    def _routes(self) -> Iterator[tuple[str, str]]:
        """All that the application itself would answer, whatever stands in a table."""
        for route in iter_route_contexts(self.app.routes):
            for method in (route.methods or {"?"}) - METHODS_NOT_LISTED:
                yield method, str(route.path)


def shared_settings(database_url: str, issuer: DevelopmentIssuer, **changes: Any) -> Shared:
    """Settings with which all services take the issuer's tokens, the console's own included."""
    auth = AuthSettings(
        issuer=issuer.issuer, audience=issuer.audience, development_key=SecretStr(issuer.private_pem)
    )
    usual = dict(settings_for(database_url, issuer)) | {"auth": auth, "jobs": JobSettings(enabled=False)}
    return usual | changes


def unreachable_direct() -> CprDirectSettings:
    """Of a CPR Direkte where nobody listens."""
    return CprDirectSettings(
        host="127.0.0.1",
        port=free_port(),
        tls_by_local_proxy=True,
        customer_number="1234",
        user_id="WUTEST01",
        password=SecretStr("Gammel-1"),
    )


@contextlib.asynccontextmanager
async def all_running(around: Surroundings) -> AsyncIterator[dict[str, Running]]:
    """All services on one store, their modules switched on."""
    url = around.shared["database"].url.get_secret_value()
    async with open_pool(url, maximum=2) as pool, pool.acquire() as connection:
        await ensure_partitions(connection)
        for feature in Feature:
            await features.switch(connection, feature, enabled=True, by="tests")
    async with contextlib.AsyncExitStack() as stack:
        found = {}
        for name, make in SERVICES.items():
            app = make(around)
            found[name] = Running(app, await stack.enter_async_context(running(app)))
        yield found
