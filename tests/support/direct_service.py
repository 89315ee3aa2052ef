"""CPR Direkte as a service in the tests: an app on a database of the test's own, beside a server of CPR's that is not the sandbox."""

import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeAlias

import httpx
import pytest
from cpr_direct.app import create_app
from cpr_direct.direct import Direct
from cpr_direct.opening import opened
from cpr_direct.settings import DirectSettings
from fastapi import FastAPI
from registerbro import features, sources
from registerbro.audit import Auditor
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.database import Pool
from registerbro.features import Feature
from registerbro.secrets import SecretStore
from registerbro.settings import Settings, SubscriptionSettings
from registerbro.sources import CprSource

from tests.support.cpr_files import ANNA, simple_person
from tests.support.direct_server import DirectServer, settings_of
from tests.support.services import AUDIT_KEY, bearer, running

PURPOSE = "testing what a caller gets"
OpenDirect: TypeAlias = Callable[..., contextlib.AbstractAsyncContextManager[Direct]]
MakeApp: TypeAlias = Callable[..., FastAPI]
ALL_SCOPES = (
    Scope.PERSONS_LOOKUP,
    Scope.PERSONS_IMPORT,
    Scope.SUBSCRIPTIONS_MANAGE,
    Scope.CONFIG_READ,
    Scope.CONFIG_WRITE,
    Scope.AUDIT_READ,
)


def online(number: str = ANNA, records: list[str] | None = None) -> list[str]:
    """The records of a person as an online answer has them: without events."""
    return [each for each in records or simple_person(number) if not each.startswith("099")]


async def subscribes(pool: Pool, *, by_import: bool) -> None:
    """Whether an import subscribes, as the source is configured."""
    async with pool.acquire() as connection:
        text = f"Subscription={int(by_import)};ForceUpdate=J"
        await sources.save(connection, CprSource.parse(text), by="test")


async def switch_on(pool: Pool) -> None:
    """The module CPR is on, and an import subscribes."""
    async with pool.acquire() as connection:
        await features.switch(connection, Feature.CPR, enabled=True, by="test")
    await subscribes(pool, by_import=True)


@pytest.fixture
async def register() -> AsyncIterator[DirectServer]:
    """CPR, which knows one person."""
    async with DirectServer(persons={ANNA: online()}) as server:
        yield server


@pytest.fixture
def make_direct_app(service_settings: Settings, register: DirectServer) -> MakeApp:
    """Makes the service; keywords change its own settings, ``subscriptions`` the policy's, ``shared`` any other section."""

    def make(
        *, subscriptions: dict[str, Any] | None = None, shared: dict[str, Any] | None = None, **changes: Any
    ) -> FastAPI:
        told = {**dict(service_settings), "subscriptions": SubscriptionSettings(**(subscriptions or {}))}
        own = settings_of(register, **changes)
        return create_app(DirectSettings(**(told | (shared or {})), cpr_direct=own))

    return make


@pytest.fixture
async def direct_client(
    make_direct_app: MakeApp, pool: Pool, issuer: DevelopmentIssuer
) -> AsyncIterator[httpx.AsyncClient]:
    """A client with every scope but those that open protected data."""
    await switch_on(pool)
    async with running(make_direct_app()) as client:
        client.headers.update(bearer(issuer.token(*ALL_SCOPES, client="journal")))
        yield client


@pytest.fixture
def open_direct(pool: Pool, service_settings: Settings, register: DirectServer) -> OpenDirect:
    """Opens what actions work with, as a replica of its own; keywords as of ``make_direct_app``."""

    @contextlib.asynccontextmanager
    async def make(*, subscriptions: dict[str, Any] | None = None, **changes: Any) -> AsyncIterator[Direct]:
        told = {**dict(service_settings), "subscriptions": SubscriptionSettings(**(subscriptions or {}))}
        settings = DirectSettings(**told, cpr_direct=settings_of(register, **changes))
        auditor = Auditor(pool, AUDIT_KEY, "cpr-direct")
        secrets = SecretStore(settings.secrets.keys)
        async with opened(pool, settings, auditor=auditor, secrets=secrets) as direct:
            yield direct

    return make
