"""CVR Update as a service: woken by what is queued, told and steered over HTTP, honest in its readiness."""

from collections.abc import AsyncIterator

import httpx
import pytest
from prometheus_client import REGISTRY
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.database import Pool
from registerbro.features import Feature
from registerbro.registers.errors import TokenRefused
from registerbro.settings import Settings

from tests.support.cvr_provider import CvrProvider, cvr_number
from tests.support.cvr_updates import (
    app_of,
    companies,
    imported,
    left,
    names,
    provider_of_three,
    queued,
    switch_on,
    synchronised,
)
from tests.support.services import bearer, running
from tests.support.waiting import until

RENAMED = "Nordhavn Vaerft A/S"
LONG = 3600  # a look that no test waits for
REFUSED = TokenRefused("the token issuer answered 400. Reason: invalid_client", code="invalid_client")


@pytest.fixture
def provider() -> CvrProvider:
    return provider_of_three()


@pytest.fixture
async def client(
    pool: Pool, service_settings: Settings, issuer: DevelopmentIssuer, provider: CvrProvider
) -> AsyncIterator[httpx.AsyncClient]:
    """The service with both modules on; it looks by itself once an hour."""
    await switch_on(pool)
    async with running(app_of(service_settings, provider, look_seconds=LONG)) as client:
        client.headers.update(bearer(issuer.token(Scope.CVR_UPDATE_RUN, client="operator")))
        yield client


async def test_an_update_is_applied_within_seconds_of_being_queued_and_all_of_it_is_told(
    client: httpx.AsyncClient, pool: Pool, provider: CvrProvider
) -> None:
    ids = await imported(pool, companies(3))
    provider.add(*companies(3, name=RENAMED))
    await synchronised(pool, ids)

    async def is_done() -> bool:
        return not await left(pool)

    await until(is_done, seconds=5)
    assert set((await names(pool)).values()) == {RENAMED}
    current = (await client.get("/runs/current")).json()
    assert (current["done"], current["changed"], current["given_up"], current["remaining"]) == (3, 3, 0, 0)

    provider.faults[cvr_number(1)] = REFUSED
    del provider.units[cvr_number(2)]
    await queued(pool, *ids)

    async def have_failed() -> bool:
        return len((await client.get("/failures")).json()["items"]) == 2

    await until(have_failed, seconds=5)
    first, second = (await client.get("/failures")).json()["items"]
    assert (first["contact_id"], first["reason"], first["failure"]) == (
        ids[1],
        "register-token-refused",
        str(REFUSED),
    )
    assert (second["reason"], second["next_try"]) == ("unknown-to-register", None)
    shown = (await client.get("/queue", params={"state": "failed"})).json()
    assert [each["contact_id"] for each in shown["items"]] == [ids[2]]
    assert (shown["figures"]["failing"], shown["figures"]["given_up"]) == (1, 1)
    assert shown["failures"] == {"register-token-refused": 1, "unknown-to-register": 1}
    page = (await client.get("/queue", params={"limit": 1})).json()
    assert len((await client.get("/queue", params={"after": page["next"]})).json()["items"]) == 1
    entries = (await client.get("/readiness")).json()["entries"]
    assert (entries["queue"]["status"], entries["queue"]["data"]["given_up"]) == ("Degraded", 1)

    provider.faults.clear()
    assert (await client.post("/failures/retries", json={"contact_ids": ids[:2]})).json() == {
        "count": 1,
        "contact_ids": [ids[1]],
    }
    provider.add(*companies(3, name=RENAMED))
    assert (await client.post("/failures/retries", json={"all": True})).json()["count"] in (1, 2)
    await until(is_done, seconds=5)
    assert (await client.get("/failures")).json()["items"] == []
    update = (await client.get(f"/contacts/{ids[1]}/update")).json()
    assert (update["task"], update["last"]["failure"], update["later_days"]) == (None, None, [])
    unknown = await client.get("/contacts/4711/update")
    assert (unknown.status_code, unknown.json()["type"].rpartition("/")[2]) == (404, "contact-unknown")
    assert REGISTRY.get_sample_value("registerbro_cvr_updates_total", {"outcome": "changed"})


async def test_a_provider_that_is_down_shows_everywhere_and_is_tried_again_on_demand(
    client: httpx.AsyncClient, pool: Pool, provider: CvrProvider
) -> None:
    (contact_id,) = await imported(pool, companies(1))
    provider.fault = REFUSED
    await synchronised(pool, [contact_id])

    async def is_paused() -> bool:
        return bool((await client.get("/runs/current")).json()["stage"] == "paused")

    await until(is_paused, seconds=5)
    entry = (await client.get("/readiness")).json()["entries"]["provider"]
    assert entry["status"] == "Degraded"
    assert "invalid_client" in entry["description"]
    assert (await client.get("/failures")).json()["items"][0]["failure"] == str(REFUSED)
    provider.fault = None
    assert (await client.post("/runs")).status_code == 202

    async def is_done() -> bool:
        return not await left(pool)

    await until(is_done, seconds=5)
    assert (await client.get("/runs/current")).json()["pauses"] == 0


async def test_the_brake_is_let_go_by_a_person(client: httpx.AsyncClient, pool: Pool) -> None:
    refused = await client.post("/brake/releases")
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "brake-free")
    await pool.execute("update cvrupdate_state set held_at = now()")
    assert (await client.get("/runs/current")).json()["stage"] == "held"
    assert "brake" in (await client.get("/readiness")).json()["entries"]["queue"]["description"]
    told = (await client.post("/brake/releases")).json()
    assert (told["held_at"], told["let_pass_by"]) == (None, "operator")


async def test_while_a_module_is_off_updates_rest_and_readiness_says_why(
    pool: Pool, service_settings: Settings, issuer: DevelopmentIssuer, provider: CvrProvider
) -> None:
    (contact_id,) = await imported(pool, companies(1))
    await switch_on(pool, Feature.CVR_UPDATE)
    await synchronised(pool, [contact_id])
    async with running(app_of(service_settings, provider, look_seconds=0.1)) as client:
        client.headers.update(bearer(issuer.token(Scope.CVR_UPDATE_RUN)))
        entry = (await client.get("/readiness")).json()["entries"]["modules"]
        assert (entry["status"], entry["description"]) == ("Degraded", "Updates rest: switched off is CVR.")
        assert (await client.get("/runs/current")).json()["stage"] == "resting"
        refused = await client.post("/runs")
        assert refused.json()["type"].rpartition("/")[2] == "feature-disabled"
        assert await left(pool) == 1
        await switch_on(pool, Feature.CVR)

        async def is_done() -> bool:
            return not await left(pool)

        await until(is_done, seconds=10)
    assert (await client_of_another(issuer, service_settings, provider)).status_code == 403


async def client_of_another(
    issuer: DevelopmentIssuer, settings: Settings, provider: CvrProvider
) -> httpx.Response:
    async with running(app_of(settings, provider)) as client:
        return await client.get("/queue", headers=bearer(issuer.token(Scope.CONTACTS_READ)))
