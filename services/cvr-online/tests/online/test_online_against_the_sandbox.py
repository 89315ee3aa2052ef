"""CVR Online before a server that speaks KMD Logic's protocol: tokens, lookups and faults over HTTP, with nothing of ours between."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cvr_online.app import create_app
from cvr_online.settings import OnlineSettings
from pydantic import SecretStr
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.database import Pool
from registerbro.registers.port import Provider
from registerbro.registers.settings import CvrLimitSettings, CvrSettings, LogicSettings
from registerbro.settings import Settings
from registerbro_sandbox.companies import World
from registerbro_sandbox.logic import LogicServer, LogicWrong

from tests.support import secrets_in_use
from tests.support.sandbox_logic import FIRST, SECRET, TERMS
from tests.support.services import bearer, running

KMD, BALLERUP = "26911745", "1003387453"
PURPOSE = "a supplier of ours"


@pytest.fixture
def logic(tmp_path: Path) -> Iterator[LogicServer]:
    """KMD Logic over a small world of companies, the public sample ones among them."""
    with LogicServer(World.begin(tmp_path, companies=20), TERMS) as server:
        yield server


@pytest.fixture
async def client(
    logic: LogicServer, service_settings: Settings, switched_on: None, issuer: DevelopmentIssuer
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service, which asks KMD Logic."""
    account = LogicSettings(
        url=logic.gateway_url,
        token_url=logic.token_url,
        client_id=TERMS.client_id,
        client_secret=SecretStr(secrets_in_use.add(SECRET)),
        scope=TERMS.scope,
        subscription_id=TERMS.subscription_id,
        configuration_id=FIRST,
    )
    limits = CvrLimitSettings(calls_per_second=None, answer_seconds=2, tries=1)
    cvr = CvrSettings(lookups=Provider.KMD_LOGIC, logic=account, limits=limits)
    async with running(create_app(OnlineSettings(**dict(service_settings), cvr=cvr))) as client:
        scopes = (Scope.UNITS_LOOKUP, Scope.UNITS_IMPORT, Scope.CONFIG_READ)
        client.headers.update(bearer(issuer.token(*scopes, client="journal")))
        yield client


async def call(client: httpx.AsyncClient, path: str, **body: Any) -> httpx.Response:
    return await client.post(path, json={"purpose": PURPOSE, **body})


def slug(answer: httpx.Response) -> str:
    return str(answer.json()["type"].rsplit("/", 1)[1])


async def test_the_vendors_sample_is_found_imported_and_kept_through_faults(
    client: httpx.AsyncClient, logic: LogicServer, pool: Pool
) -> None:
    found = (await call(client, "/units/search", number=BALLERUP)).json()
    assert [each["name"] for each in found["items"]] == ["KMD A/S - Ballerup"]
    made = await call(client, "/units/imports", number=KMD, with_units=True)
    assert made.status_code == 201, made.text
    assert made.json()["production_units"]["counts"]["created"] >= 1
    types = {
        row["name_code"]: row["name_type"]
        for row in await pool.fetch("select name_code, name_type from contact")
    }
    assert (types[KMD], types[BALLERUP]) == ("J", "V")
    by_name = await call(client, "/units/search", name="KMD")
    assert (by_name.status_code, slug(by_name)) == (501, "search-not-supported")
    whole = await pool.fetch("select * from contact order by contact_id")
    expected = {
        "register-throttled": LogicWrong(status=429, retry_after=3, times=1),
        "register-failed": LogicWrong(status=500),
        "register-answer-not-json": LogicWrong(html=True),
        "register-timed-out": LogicWrong(first_byte_seconds=3600, times=1),
    }
    for wanted, wrong in expected.items():
        await pool.execute("delete from register_pace")
        logic.faults.set(wrong)
        failed = await call(client, "/units/imports", number=KMD)
        assert slug(failed) == wanted
        assert KMD not in failed.text
        logic.faults.none()
    assert await pool.fetch("select * from contact order by contact_id") == whole


async def test_the_connection_test_reaches_a_real_call(client: httpx.AsyncClient) -> None:
    tried = (await client.post("/connection/test")).json()
    steps = {step["name"]: step for step in tried["steps"]}
    assert tried["is_ok"], tried
    assert "KMD A/S - Ballerup" in steps["sample-call"]["remark"]


async def test_a_refused_token_is_seen_in_the_connection_test_in_answers_and_in_readiness(
    client: httpx.AsyncClient, logic: LogicServer
) -> None:
    logic.faults.set(LogicWrong(token_error="invalid_client"))
    steps = {step["name"]: step for step in (await client.post("/connection/test")).json()["steps"]}
    refused = steps["authorisation"]["failure"]
    assert refused["type"].endswith("/register-token-refused")
    assert "invalid_client" in refused["detail"]
    answer = await call(client, "/units/lookup", number=BALLERUP)
    assert (answer.status_code, slug(answer)) == (503, "register-token-refused")
    report = await client.get("/readiness")
    entry = report.json()["entries"]["CVR"]
    assert (report.status_code, entry["status"], "invalid_client" in entry["description"]) == (
        200,
        "Degraded",
        True,
    )
    assert SECRET not in str(steps) + answer.text + report.text
