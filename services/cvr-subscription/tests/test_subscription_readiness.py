"""Liveness and readiness as the vendor's guide shows them, over the real provider's adapter, and a reader of that shape."""

import datetime as dt
import re
from collections.abc import AsyncIterator, Callable
from typing import Any, Literal, TypeAlias

import httpx
import pytest
from cvr_subscription.app import create_app
from cvr_subscription.settings import CvrSubscriptionSettings, SubscriptionServiceSettings
from pydantic import BaseModel, ConfigDict, SecretStr
from registerbro import health
from registerbro.database import Pool
from registerbro.registers.port import Provider
from registerbro.registers.settings import CvrSettings, LogicSettings
from registerbro.settings import Settings

from tests.support import secrets_in_use
from tests.support.cvr_subscriber import switch
from tests.support.register_server import Asked, Behaviour, RegisterServer, Reply, html, register_server, said
from tests.support.services import running
from tests.support.waiting import until

SECRET = SecretStr(secrets_in_use.add("the-secret-of-this-client"))
GUID = "5c5c5f0e-6c0a-4a34-9d8c-9f4dc0f0aa01"
PREFIX = f"/subscriptions/{GUID}/cvr"
LOGIC_TOKEN, SAMPLE = "/clientcredentials/token", f"{PREFIX}/production-unit-detail/1003387453"
ODATA_TOKEN, ODATA = "/oauth2/connect/token", "/odata/ServiceQueue"
TIME_SPAN = re.compile(r"(?:(\d+)\.)?(\d\d):(\d\d):(\d\d)(?:\.(\d{7}))?")
Told: TypeAlias = dict[str, Behaviour]


class EntryOfTheVendor(BaseModel):
    """An entry as readers of the vendor's health checks have it: description and exception only where it is faulty."""

    model_config = ConfigDict(extra="forbid", strict=True)

    data: dict[str, Any]
    duration: str
    status: Literal["Healthy", "Degraded", "Unhealthy"]
    tags: list[str]
    description: str | None = None
    exception: str | None = None

    @property
    def took(self) -> dt.timedelta:
        """As .NET's ``TimeSpan.Parse`` reads it."""
        found = TIME_SPAN.fullmatch(self.duration)
        assert found is not None, self.duration
        days, hours, minutes, seconds, ticks = (int(part or 0) for part in found.groups())
        return dt.timedelta(days, seconds, ticks / 10, 0, minutes, hours)


class ReportOfTheVendor(BaseModel):
    """The whole answer."""

    model_config = ConfigDict(extra="forbid", strict=True)

    status: Literal["Healthy", "Degraded", "Unhealthy"]
    totalDuration: str  # noqa: N815 (the vendor's name)
    entries: dict[str, EntryOfTheVendor]


def all_well() -> Told:
    token = said({"token_type": "Bearer", "expires_in": 3600, "access_token": "any"})
    unit = said({"id": "4003387453", "pNumber": "1003387453", "productionUnitName": "KMD A/S"})
    return {LOGIC_TOKEN: token, ODATA_TOKEN: token, SAMPLE: unit, ODATA: said({"value": []})}


@pytest.fixture
async def told() -> Told:
    """What the provider and the contact store answer, by path; changed while they run."""
    return all_well()


@pytest.fixture
async def others(told: Told) -> AsyncIterator[RegisterServer]:
    def answer(asked: Asked) -> Behaviour:
        return told.get(asked.path, Reply(404))

    async with register_server(answer) as server:
        yield server


Report: TypeAlias = Callable[..., Any]


def settings_of(shared: Settings, url: str) -> SubscriptionServiceSettings:
    logic = LogicSettings(
        url=url,
        token_url=url + LOGIC_TOKEN,
        client_id=GUID,
        client_secret=SECRET,
        scope="https://logic.example/.default",
        subscription_id=GUID,  # type: ignore[arg-type]
        configuration_id=GUID,  # type: ignore[arg-type]
    )
    own = CvrSubscriptionSettings(
        oauth2_server_url=url, oauth2_client_id="cvr", oauth2_client_secret=SECRET, odata_server_url=url
    )
    return SubscriptionServiceSettings(**dict(shared), cvr=CvrSettings(logic=logic), cvr_subscription=own)


@pytest.fixture
async def client(
    service_settings: Settings, pool: Pool, others: RegisterServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service; every look at its readiness is a fresh one."""
    monkeypatch.setattr(health.Readiness.__init__, "__kwdefaults__", {"max_age": dt.timedelta(0)})
    async with running(create_app(settings_of(service_settings, others.url))) as client:
        yield client


async def report(client: httpx.AsyncClient, path: str = "/readiness") -> ReportOfTheVendor:
    answer = await client.get(path)
    made = ReportOfTheVendor.model_validate_json(answer.content)
    assert answer.status_code == (503 if made.status == "Unhealthy" else 200)
    assert SECRET.get_secret_value() not in answer.text
    return made


async def test_what_the_vendors_readers_see_while_all_is_well(
    client: httpx.AsyncClient, others: RegisterServer, pool: Pool
) -> None:
    for prefix in ("", "/CvrSubscriptionService"):
        alive = await client.get(f"{prefix}/liveness")
        assert (alive.status_code, alive.text) == (200, "Healthy")
        made = await report(client, f"{prefix}/readiness")
        assert made.status == "Healthy"
        assert list(made.entries) == ["self", "OData", "Logic"]
        assert {entry.status for entry in made.entries.values()} == {"Healthy"}
        assert made.entries["self"].tags == ["liveness", "readiness"]
        assert made.entries["Logic"].tags == ["readiness"]
        assert made.entries["self"].data == made.entries["OData"].data == {}
        assert all(entry.took > dt.timedelta() for entry in made.entries.values())
        assert all(entry.description is entry.exception is None for entry in made.entries.values())
    read = next(asked for asked in others.asked if asked.path == ODATA)
    assert read.headers["authorization"] == "Bearer any"
    assert read.headers["registerbro-purpose"]
    assert made.entries["Logic"].data["modules"] == {"CVR": False, "CVR Update": False}


async def test_refused_tokens_are_told_in_the_vendors_words(
    client: httpx.AsyncClient, told: Told, others: RegisterServer
) -> None:
    told[LOGIC_TOKEN] = said({"error": "unauthorized_client", "error_description": "AADB2C90057"}, status=400)
    told[ODATA_TOKEN] = said({"error": "invalid_client"}, status=400)
    made = await report(client)
    assert made.status == "Unhealthy"
    logic, odata = made.entries["Logic"], made.entries["OData"]
    assert logic.description == (
        "Unable to access the token issuer, request returned BadRequest. Reason: unauthorized_client."
    )
    assert logic.exception == logic.description
    assert odata.description == (
        f"Failed to get the access token from {others.url}/oauth2/connect/token. Status code: BadRequest"
    )
    assert odata.exception == odata.description
    assert made.entries["self"].status == "Healthy"


FAULTS: tuple[tuple[str, Behaviour, str, str], ...] = (
    (ODATA, Reply(403), "OData", "403"),
    (ODATA, html(), "OData", "an HTML page in place of JSON"),
    (ODATA, Reply(502), "OData", "502"),
    (SAMPLE, html(500), "Logic", "500"),
    (SAMPLE, html(), "Logic", "an HTML page in place of JSON"),
    (SAMPLE, said({}, status=401), "Logic", "401"),
)


async def test_each_side_says_what_is_wrong_with_it(
    client: httpx.AsyncClient, told: Told, pool: Pool
) -> None:
    for path, answer, entry, words in FAULTS:
        told |= all_well() | {path: answer}
        made = await report(client)
        assert words in (made.entries[entry].description or "")
        assert {name for name, each in made.entries.items() if each.status != "Healthy"} == {entry}
    told |= all_well()
    await switch(pool, cvr=False, update=True)
    made = await report(client)
    assert made.status == "Degraded"
    assert "the module CVR is switched off" in (made.entries["Logic"].description or "")


async def test_events_that_were_not_read_for_long_are_told(client: httpx.AsyncClient, pool: Pool) -> None:
    await switch(pool)
    await until(lambda: pool.fetchval("select agent_active_tasks_token is not null from cvrupdate_setting"))
    await pool.execute("update cvrupdate_setting set events_synchronised_at = now() - interval '4 hours'")
    made = await report(client)
    assert (made.status, made.entries["Logic"].status) == ("Degraded", "Degraded")
    assert "Events were read last at" in (made.entries["Logic"].description or "")
    await pool.execute(
        """insert into job_override (job, every, changed_by)
           values ('cvr-subscription.synchronise', interval '1 day', 'an operator')"""
    )
    assert (await report(client)).status == "Healthy"


async def test_a_service_that_was_never_set_up_runs_and_says_what_is_missing(
    service_settings: Settings, pool: Pool
) -> None:
    await pool.execute("update cvrupdate_setting set provider = 'what was in use before'")
    async with running(create_app(SubscriptionServiceSettings(**dict(service_settings)))) as client:
        made = await report(client)
        kept = await pool.fetchval("select provider from cvrupdate_setting")
        assert kept == "what was in use before", "settings that are missing give up no subscription"
        assert made.status == "Degraded"
        assert "REGISTERBRO_CVR_SUBSCRIPTION__OAUTH2_SERVER_URL" in (made.entries["OData"].description or "")
        assert "REGISTERBRO_CVR__LOGIC__CLIENT_ID" in (made.entries["Logic"].description or "")


async def test_a_store_that_is_away_is_the_services_own_fault(
    service_settings: Settings, others: RegisterServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(settings_of(service_settings, others.url))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://service.test") as client:
        made = await report(client)  # nothing is opened
    assert made.status == "Unhealthy"
    assert list(made.entries) == ["self", "OData", "Logic"]
    assert "store: NotReady" in (made.entries["self"].description or "")


async def test_the_entry_tells_whom_it_asked_where_that_is_not_the_vendor(
    service_settings: Settings, pool: Pool, others: RegisterServer, told: Told
) -> None:
    settings = settings_of(service_settings, others.url)
    elsewhere = settings.cvr.datafordeler.model_copy(update={"graphql_url": others.url, "api_key": SECRET})
    cvr = settings.cvr.model_copy(
        update={"updates": Provider.DATAFORDELER_GRAPHQL, "datafordeler": elsewhere}
    )
    async with running(create_app(settings.model_copy(update={"cvr": cvr}))) as client:
        entry = (await report(client)).entries["Logic"]
    assert entry.status == "Unhealthy"
    assert (entry.description or "").startswith("datafordeler-graphql: ")
    assert entry.data["provider"] == "datafordeler-graphql"
