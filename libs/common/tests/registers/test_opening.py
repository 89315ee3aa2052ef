"""A provider opened from the settings, asked, and tested step by step."""

import contextlib
import datetime as dt
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import structlog
import trustme
from cryptography.fernet import Fernet
from prometheus_client import REGISTRY
from pydantic import SecretStr
from registerbro import sources
from registerbro.cvr.numbers import CvrNumber, PNumber
from registerbro.database import Pool
from registerbro.health import Status
from registerbro.registers.certificates import CertificateStatus
from registerbro.registers.errors import (
    CertificateExpired,
    NotConfigured,
    Refused,
    RegisterError,
    ServerNotTrusted,
    Throttled,
    TokenRefused,
    Unreachable,
)
from registerbro.registers.opening import Opened, opened
from registerbro.registers.port import Provider
from registerbro.registers.settings import CvrSettings
from registerbro.registers.steps import StepName
from registerbro.registers.watching import certificate_finding, certificate_job
from registerbro.secrets import SecretStore
from registerbro.sources import CVR_PASSWORD, CvrSource

from tests.support.certificates import COMMON_NAME, PASSWORD, as_pkcs12, issued, server_context
from tests.support.register_server import Asked, Behaviour, Reply, html, register_server, said

GUID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
SAMPLE = {"pNumber": "1003387453", "productionUnitName": "KMD A/S - Ballerup", "cvrNumber": "26911745"}
DAY = dt.timedelta(days=1)


class Logic:
    """Identity service and gateway in one."""

    def __init__(self) -> None:
        self.token: Behaviour = said({"access_token": "a-token", "expires_in": 3600})
        self.unit: Behaviour = said(SAMPLE)

    def __call__(self, asked: Asked) -> Behaviour:
        return self.token if asked.path == "/token" else self.unit


def logic_settings(url: str, **more: Any) -> CvrSettings:
    logic = {
        "url": url,
        "token_url": f"{url}/token",
        "client_id": "client",
        "client_secret": "secret",
        "scope": "scope",
        "subscription_id": GUID,
        "configuration_id": GUID,
    }
    limits = {"connect_seconds": 2, "answer_seconds": 2, "tries": 1, "longest_wait_seconds": 1}
    return CvrSettings.model_validate({"logic": logic, "limits": limits} | more)


async def configure(pool: Pool, parameters: str) -> None:
    """The external source CVR-J, as an operator changes it."""
    async with pool.acquire() as connection:
        await sources.save(connection, CvrSource.parse(parameters), by="operator")


@contextlib.asynccontextmanager
async def open_logic(pool: Pool, settings: CvrSettings) -> AsyncIterator[Opened]:
    async with opened(pool, settings, Provider.KMD_LOGIC, secrets=SecretStore([])) as provider:
        yield provider


async def steps_of(provider: Opened) -> dict[StepName, tuple[bool | None, type[RegisterError] | None, str]]:
    return {
        step.name: (step.is_ok, type(step.failure) if step.failure else None, step.remark)
        async for step in provider.steps()
    }


async def test_a_provider_is_opened_from_the_settings_and_can_be_asked(pool: Pool) -> None:
    async with (
        register_server(Logic()) as server,
        open_logic(pool, logic_settings(server.url)) as provider,
    ):
        unit = await provider.lookup.find(PNumber("1003387453"))
        assert provider.feed is not None
        assert provider.feed.selects
        assert await provider.certificate() is None
    assert unit is not None
    assert unit.name == "KMD A/S - Ballerup"
    assert [asked.path for asked in server.asked] == [
        "/token",
        f"/subscriptions/{GUID}/cvr/production-unit-detail/1003387453",
    ]
    assert server.asked[1].headers["authorization"] == "Bearer a-token"
    assert server.asked[1].query == {"configurationId": GUID}


@pytest.mark.parametrize("provider", Provider)
async def test_a_provider_that_is_not_configured_says_so_when_it_is_asked(
    pool: Pool, provider: Provider
) -> None:
    async with opened(pool, CvrSettings(), provider, secrets=SecretStore([])) as found:
        with pytest.raises(NotConfigured, match="REGISTERBRO_CVR__"):
            await found.lookup.find(CvrNumber("99000007"))
        with pytest.raises(NotConfigured):
            await found.lookup.find_many([CvrNumber("99000007")])
        steps = await steps_of(found)
    assert steps[StepName.SETTINGS][:2] == (False, NotConfigured)
    assert {outcome for name, (outcome, _, _) in steps.items() if name is not StepName.SETTINGS} == {None}


async def test_the_stored_password_opens_the_sources_certificate(pool: Pool, tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    as_pkcs12(tmp_path, issued(authority, not_after=dt.datetime.now(dt.UTC) + 20 * DAY))
    secrets = SecretStore([SecretStr(Fernet.generate_key().decode())])
    await secrets.put(pool, CVR_PASSWORD, SecretStr(PASSWORD))
    context = server_context(authority, clients_of=authority)
    async with register_server(lambda _: Reply(404), context=context) as server:
        settings = CvrSettings.model_validate(
            {
                "ca_file": tmp_path / "ca.pem",
                "certificate_folder": tmp_path,
                "datafordeler": {"rest_url": server.url},
                "limits": {"tries": 1},
            }
        )
        await configure(pool, r"Level=1;Certificatefilename=C:\old\client.p12")
        async with opened(pool, settings, Provider.DATAFORDELER_REST, secrets=secrets) as provider:
            assert await provider.lookup.find(PNumber("1099900012")) is None
            steps = await steps_of(provider)
            state = await provider.certificate()
            expiry = REGISTRY.get_sample_value(
                "registerbro_register_certificate_expiry_timestamp_seconds", {"provider": "datafordeler-rest"}
            )
    assert {outcome for outcome, _, _ in steps.values()} == {True, None}
    assert "our certificate expires on" in steps[StepName.ENCRYPTION][2]
    assert steps[StepName.AUTHORISATION][0] is None
    assert state is not None
    assert (state.status, state.subject) == (CertificateStatus.EXPIRES_SOON, COMMON_NAME)
    assert state.not_after is not None
    assert expiry == state.not_after.timestamp()
    finding = certificate_finding(state)
    assert (finding.status, finding.description) == (Status.DEGRADED, f"{state.text}.")
    job = certificate_job("cvr-online", provider.certificate)
    with structlog.testing.capture_logs() as logs:
        assert await job.work(dt.date(2026, 5, 4)) == finding.data
    assert [(entry["log_level"], entry["status"]) for entry in logs] == [("warning", "expires-soon")]


def test_without_a_certificate_there_is_nothing_to_see() -> None:
    assert certificate_finding(None).status is Status.HEALTHY


async def test_an_expired_certificate_is_told_by_every_side(pool: Pool, tmp_path: Path) -> None:
    authority = trustme.CA()
    ended = dt.datetime.now(dt.UTC) - DAY
    certificate = as_pkcs12(tmp_path, issued(authority, not_before=ended - DAY, not_after=ended))
    context = server_context(authority)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    async with register_server(lambda _: Reply(404), context=context) as server:
        settings = CvrSettings(certificate=certificate, ca_file=tmp_path / "ca.pem").model_copy(
            update={"datafordeler": CvrSettings().datafordeler.model_copy(update={"rest_url": server.url})}
        )
        with structlog.testing.capture_logs() as logs:
            async with opened(
                pool, settings, Provider.DATAFORDELER_REST, secrets=SecretStore([])
            ) as provider:
                with pytest.raises(CertificateExpired):
                    await provider.lookup.find(CvrNumber("99000007"))
                steps = await steps_of(provider)
                assert certificate_finding(await provider.certificate()).status is Status.DEGRADED
    assert [entry["status"] for entry in logs if entry["log_level"] == "warning"] == ["expired"]
    assert steps[StepName.CONNECTION][0] is True
    assert steps[StepName.ENCRYPTION][:2] == (False, CertificateExpired)
    assert steps[StepName.SAMPLE_CALL][0] is None


class TestSteps:
    """The connection test names the first thing that stands in the way."""

    async def test_how_the_sample_call_ends_is_told(self, pool: Pool) -> None:
        logic = Logic()
        outcomes: list[tuple[Behaviour, tuple[bool, type[RegisterError] | None, str]]] = [
            (said(SAMPLE), (True, None, "P-number 1003387453: KMD A/S - Ballerup")),
            (html(404), (True, None, "P-number 1003387453 is not known there")),
            (said("no such configuration", 400), (False, Refused, "")),
            (Reply(429, headers={"Retry-After": "60"}), (False, Throttled, "")),
        ]
        async with (
            register_server(logic) as server,
            open_logic(pool, logic_settings(server.url)) as provider,
        ):
            for behaviour, outcome in outcomes:
                logic.unit = behaviour
                steps = await steps_of(provider)
                assert list(steps) == list(StepName)
                assert steps[StepName.ENCRYPTION] == (None, None, "http: nothing is encrypted")
                assert steps[StepName.AUTHORISATION] == (True, None, "a token was given")
                assert steps[StepName.SAMPLE_CALL] == outcome

    async def test_a_refused_token(self, pool: Pool) -> None:
        logic = Logic()
        logic.token = said({"error": "unauthorized_client"}, 400)
        async with (
            register_server(logic) as server,
            open_logic(pool, logic_settings(server.url)) as provider,
        ):
            steps = await steps_of(provider)
        assert steps[StepName.AUTHORISATION][:2] == (False, TokenRefused)
        assert steps[StepName.SAMPLE_CALL] == (None, None, "")

    async def test_a_name_without_address(self, pool: Pool) -> None:
        async with open_logic(pool, logic_settings("http://nowhere.invalid")) as provider:
            steps = await steps_of(provider)
        assert steps[StepName.ADDRESS][:2] == (False, Unreachable)
        assert steps[StepName.CONNECTION] == (None, None, "")

    async def test_a_port_where_nobody_listens(self, pool: Pool) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{taken.getsockname()[1]}"
            async with open_logic(pool, logic_settings(url)) as provider:
                steps = await steps_of(provider)
        assert steps[StepName.CONNECTION][:2] == (False, Unreachable)

    async def test_a_server_that_is_not_trusted(self, pool: Pool) -> None:
        context = server_context(trustme.CA())
        async with (
            register_server(Logic(), context=context) as server,
            open_logic(pool, logic_settings(server.url)) as provider,
        ):
            steps = await steps_of(provider)
        assert steps[StepName.ENCRYPTION][:2] == (False, ServerNotTrusted)


async def test_a_pause_is_kept_by_every_replica(pool: Pool) -> None:
    logic = Logic()
    logic.unit = Reply(429, headers={"Retry-After": "60"})
    async with register_server(logic) as server:
        settings = logic_settings(server.url)
        async with open_logic(pool, settings) as first, open_logic(pool, settings) as second:
            for provider in (first, second):
                with pytest.raises(Throttled):
                    await provider.lookup.find(CvrNumber("99000007"))
    assert sum(asked.path != "/token" for asked in server.asked) == 1
