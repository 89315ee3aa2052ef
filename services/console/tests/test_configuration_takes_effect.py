"""What is changed at the console counts in other services that run, within seconds and without a restart."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cpr_batch.app import create_app as create_batch
from cpr_batch.settings import BatchSettings, CprBatchSettings
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.database import Pool
from registerbro.settings import Settings

from tests.support.cpr_files import ANNA, BENT
from tests.support.direct_service import ALL_SCOPES, PURPOSE, MakeApp
from tests.support.services import bearer, running
from tests.support.waiting import until

SECONDS = 8  # two services may be two seconds late, on a machine that is busy


@pytest.fixture
async def direct(make_direct_app: MakeApp, issuer: DevelopmentIssuer) -> AsyncIterator[httpx.AsyncClient]:
    """CPR Direkte as it is after the installation: its module is off."""
    async with running(make_direct_app()) as client:
        client.headers.update(bearer(issuer.token(*ALL_SCOPES, client="journal")))
        yield client


@pytest.fixture
async def batch(
    service_settings: Settings, tmp_path: Path, issuer: DevelopmentIssuer
) -> AsyncIterator[httpx.AsyncClient]:
    """CPR Batch without a file server."""
    section = CprBatchSettings(interim_directory=tmp_path)
    async with running(create_batch(BatchSettings(**dict(service_settings), cpr_batch=section))) as client:
        client.headers.update(bearer(issuer.token(Scope.CONFIG_READ, Scope.CONFIG_WRITE)))
        yield client


async def changed(console: httpx.AsyncClient, method: str, path: str, body: dict[str, Any]) -> Any:
    answer = await console.request(method, f"/configuration/{path}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_changes_reach_services_that_run(
    admin: httpx.AsyncClient, direct: httpx.AsyncClient, batch: httpx.AsyncClient, pool: Pool
) -> None:
    person = {"number": ANNA, "purpose": PURPOSE}

    async def is_served() -> bool:
        return (await direct.post("/persons/search", json=person)).status_code == 200

    assert not await is_served()
    await changed(admin, "PUT", "features/CPR", {"enabled": True})
    await until(is_served, seconds=SECONDS)

    for subscribes in (False, True):  # a source is read for each import
        await changed(admin, "PUT", "sources/CPR", {"fields": {"subscription": subscribes}})
        assert (await direct.post("/persons/imports", json=person)).is_success
        assert bool(await pool.fetchval("select subscribed from source_record")) is subscribes

    async def looked_at() -> str:
        at = await pool.fetchval("select at from job_schedule where job = 'cpr-direct.housekeeping'")
        return str(at)

    async def is_moved() -> bool:
        return await looked_at() == "23:17:00"

    await changed(admin, "PUT", "schedules/cpr-direct.housekeeping", {"at": "23:17"})
    await until(is_moved, seconds=SECONDS)

    policy = {"values": {"subscriptions.delay_days": 30, "subscriptions.policy_at": "23:18"}}
    await changed(admin, "PATCH", "policy", policy)

    async def goes_by_the_policy() -> bool:
        shown = (await direct.get("/policy")).json()
        return (shown["delay_days"], shown["at"]) == (30, "23:18:00")

    await until(goes_by_the_policy, seconds=SECONDS)

    async def has_no_way() -> bool:
        found = (await batch.get("/readiness")).json()["entries"]["subscriptions"]
        return "no orders are configured" in found.get("description", "")

    assert not await has_no_way()
    await changed(admin, "PATCH", "policy", {"values": {"subscriptions.told_by": "input-file"}})
    await until(has_no_way, seconds=SECONDS)

    await changed(admin, "PATCH", "retention", {"values": {"audit.harvest_persons": 1}})

    async def is_alerted() -> bool:
        for number in (ANNA, BENT):
            await direct.post("/persons/search", json=person | {"number": number})
        return bool(await pool.fetchval("select count(*) from access_alert where kind = 'harvesting'"))

    await until(is_alerted, seconds=SECONDS)


async def test_times_of_a_services_own_settings_are_shown_and_changed_there(
    admin: httpx.AsyncClient, batch: httpx.AsyncClient
) -> None:
    path = "/configuration/schedules/cpr-batch.daily"
    await changed(admin, "PUT", "features/CPR", {"enabled": True})
    refused = await admin.put(path, json={"at": "05:00"})
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("/schedule-changed-elsewhere")
    assert refused.json()["changed_in"] == "PATCH /settings of cpr-batch, daily_at"

    async def is_told() -> bool:
        answer = await batch.patch("/settings", json={"values": {"daily_at": "05:30"}})
        return answer.status_code == 200

    await until(is_told, seconds=SECONDS)

    async def is_shown() -> bool:
        return bool((await admin.get(path)).json()["at"] == "05:30")

    await until(is_shown, seconds=SECONDS)
    policy = await admin.put("/configuration/schedules/cpr.subscription-policy", json={"at": "05:00"})
    assert policy.json()["changed_in"] == "PATCH /configuration/policy, subscriptions.policy_at"
