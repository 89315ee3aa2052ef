"""CVR Online in the tests: an app on a database of the test's own, beside a register behind the port."""

import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeAlias

import httpx
import pytest
from cvr_online.app import create_app
from cvr_online.online import Online
from cvr_online.opening import opened
from cvr_online.settings import CvrOnlineSettings, OnlineSettings
from registerbro import features
from registerbro.audit import Auditor
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.database import Pool
from registerbro.features import Feature
from registerbro.registers import opening
from registerbro.registers.opening import Opened
from registerbro.secrets import SecretStore
from registerbro.settings import Settings

from tests.support.cvr_provider import opened_with
from tests.support.cvr_register import (
    COMPANY,
    SHOP,
    STORE,
    AskedProvider,
    OpenOnline,
    as_provider,
    unit,
)
from tests.support.services import AUDIT_KEY, bearer, running

MakeSettings: TypeAlias = Callable[..., OnlineSettings]


@pytest.fixture
def register() -> AskedProvider:
    """CVR, which knows one company and its two production units."""
    return AskedProvider({each: unit(each) for each in (COMPANY, SHOP, STORE)})


@pytest.fixture
def provider(register: AskedProvider, monkeypatch: pytest.MonkeyPatch) -> Opened:
    """Whatever the settings say, the register of the test is asked."""
    made = opened_with(register)
    monkeypatch.setattr(opening, "opened", lambda *_, **__: as_provider(made))
    return made


@pytest.fixture
def make_settings(service_settings: Settings) -> MakeSettings:
    """The service's settings; keywords change its own section."""

    def make(**changes: Any) -> OnlineSettings:
        return OnlineSettings(**dict(service_settings), cvr_online=CvrOnlineSettings(**changes))

    return make


@pytest.fixture
async def switched_on(pool: Pool) -> None:
    """The module CVR is on."""
    async with pool.acquire() as connection:
        await features.switch(connection, Feature.CVR, enabled=True, by="test")


@pytest.fixture
async def client(
    provider: Opened, make_settings: MakeSettings, switched_on: None, issuer: DevelopmentIssuer
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running service, with its scopes."""
    async with running(create_app(make_settings())) as client:
        scopes = (Scope.UNITS_LOOKUP, Scope.UNITS_IMPORT, Scope.CONFIG_READ)
        client.headers.update(bearer(issuer.token(*scopes, client="journal")))
        yield client


@pytest.fixture
def open_online(provider: Opened, pool: Pool, make_settings: MakeSettings) -> OpenOnline:
    """Opens what actions work with, as a replica of its own; keywords as of ``make_settings``."""

    @contextlib.asynccontextmanager
    async def make(**changes: Any) -> AsyncIterator[Online]:
        settings = make_settings(**changes)
        auditor = Auditor(pool, AUDIT_KEY, "cvr-online")
        async with opened(
            pool, settings, auditor=auditor, secrets=SecretStore(settings.secrets.keys)
        ) as online:
            yield online

    return make
