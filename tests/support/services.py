"""What tests of a built service need: an issuer of tokens, settings, and a client while the service runs."""

import contextlib
from collections.abc import AsyncIterator

import httpx
import pytest
from cryptography.fernet import Fernet
from fastapi import FastAPI
from pydantic import SecretStr
from registerbro.auth import DevelopmentIssuer
from registerbro.settings import (
    AuditSettings,
    BusSettings,
    DatabaseSettings,
    SecretUrl,
    Settings,
    StoredSecretsSettings,
)

from tests.support import secrets_in_use

AUDIT_KEY = SecretStr(secrets_in_use.add("an audit key that only the tests use"))


@pytest.fixture(scope="session")
def issuer() -> DevelopmentIssuer:
    """Mints tokens that ``service_settings`` accept."""
    return DevelopmentIssuer.generate()


def settings_for(database_url: str, issuer: DevelopmentIssuer) -> Settings:
    """Settings of a service with the in-process bus."""
    return Settings(
        database=DatabaseSettings(url=SecretUrl(database_url)),
        bus=BusSettings(url=SecretUrl("in-process:")),
        auth=issuer.settings(),
        audit=AuditSettings(key=AUDIT_KEY),
        secrets=StoredSecretsSettings(keys=(SecretStr(Fernet.generate_key().decode()),)),
    )


@pytest.fixture
def service_settings(database_url: str, issuer: DevelopmentIssuer) -> Settings:
    """Settings of a service on a database of the test's own."""
    return settings_for(database_url, issuer)


def client_of(app: FastAPI) -> httpx.AsyncClient:
    """A client of the service, which is not started. Errors in the service become answers, as over the network."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://service.test")


@contextlib.asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service while it runs."""
    async with app.router.lifespan_context(app), client_of(app) as client:
        yield client


def bearer(token: str) -> dict[str, str]:
    """The header that bears a token."""
    return {"Authorization": f"Bearer {secrets_in_use.add(token)}"}
