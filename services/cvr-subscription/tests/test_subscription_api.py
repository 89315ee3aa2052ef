"""The HTTP API: what is subscribed, what is tried again, synchronisation and comparison on demand."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from cvr_subscription.app import create_app
from cvr_subscription.settings import (
    CvrSubscriptionSettings,
    SubscriptionServiceSettings,
)
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.problems import BASE
from registerbro.registers import errors
from registerbro.settings import JobSettings, Settings

from tests.support.cvr_provider import OpenedProvider, object_id_of, unit
from tests.support.cvr_subscriber import QUICK, World, add_contacts, numbers_of, switch
from tests.support.services import bearer, running
from tests.support.waiting import until


@pytest.fixture
async def client(
    service_settings: Settings, world: World, issuer: DevelopmentIssuer
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service over ten contacts and one whose number the register does not know."""
    await add_contacts(world.pool, numbers_of(11)[10:])
    shared = dict(service_settings) | {"jobs": JobSettings(enabled=False)}
    settings = SubscriptionServiceSettings(
        **shared, cvr_subscription=CvrSubscriptionSettings(subscribing=QUICK)
    )
    async with running(create_app(settings, opener=OpenedProvider(world.provider).open)) as client:
        client.headers.update(bearer(issuer.token(Scope.CVR_UPDATE_RUN, client="scheduler")))
        await until(lambda: _has(world, {"subscribed": 10, "wanted": 1}))
        yield client


async def _has(world: World, states: dict[str, int]) -> bool:
    return await world.states() == states


async def told(client: httpx.AsyncClient, method: str, path: str, **given: Any) -> Any:
    answer = await client.request(method, path, **given)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_subscriptions_are_listed_counted_and_tried_again(
    client: httpx.AsyncClient, world: World
) -> None:
    first = await told(client, "GET", "/subscriptions", params={"limit": 4})
    assert [each["contact_id"] for each in first["items"]] == world.contact_ids[:4]
    assert first["items"][0]["object_id"] == object_id_of(world.numbers[0])
    rest = await told(client, "GET", "/subscriptions", params={"limit": 100, "after": first["next"]})
    assert len(rest["items"]) == 7
    assert rest["next"] is None
    [failing] = (await told(client, "GET", "/subscriptions", params={"failing": "true"}))["items"]
    assert (failing["state"], failing["failure"], failing["attempts"]) == (
        "wanted",
        "unknown-to-the-register",
        1,
    )
    summary = await told(client, "GET", "/subscriptions/summary")
    assert summary == {
        "mode": "follows",
        "wanted": 1,
        "subscribed": 10,
        "ending": 0,
        "failing": 1,
        "unknown": 1,
        "elsewhere": 0,
        "failures": {"unknown-to-the-register": 1},
    }
    world.provider.add(unit(numbers_of(11)[10]))
    assert await told(client, "POST", "/subscriptions/retries", json={}) == {"retried": 1}
    await until(lambda: _has(world, {"subscribed": 11}))


async def test_a_synchronisation_on_demand_queues_what_changed(
    client: httpx.AsyncClient, world: World
) -> None:
    await world.clear_queue()
    world.provider.happen(object_id_of(world.numbers[2]))
    made = await told(client, "POST", "/synchronisation", json={})
    assert (made["kind"], made["reason"], made["outcome"], made["queued"]) == (
        "incremental",
        "asked",
        "done",
        1,
    )
    assert await world.queue() == {world.contact_ids[2]}
    before = await told(client, "GET", "/synchronisation")
    assert before["position"] == "memory:1"
    assert [each["reason"] for each in before["latest"]][-1] == "switched-on"
    assert before["is_under_way"] is False
    made = await told(client, "POST", "/synchronisation", json={"full": True})
    assert (made["kind"], made["queued"]) == ("full", 10)
    after = await told(client, "GET", "/synchronisation")
    assert after["token"] != before["token"]
    world.provider.fault = errors.Throttled("wait a while")
    refused = await client.post("/synchronisation", json={})
    assert (refused.status_code, refused.json()["type"]) == (503, f"{BASE}register-throttled")


async def test_contacts_are_compared_with_the_register_and_those_that_differ_are_updated(
    client: httpx.AsyncClient, world: World
) -> None:
    await world.clear_queue()
    made = await told(client, "POST", "/drift", json={"everything": True, "is_queueing": False})
    assert (made["compared"], made["differing"], made["missed"], made["queued"]) == (10, 10, 10, 0)
    assert made["groups"]["name"] == made["groups"]["addresses"] == 10
    assert await world.queue() == set()
    await told(client, "POST", "/drift", json={"sample": 3})
    assert len(await world.queue()) == 3
    world.provider.faults = {world.numbers[0]: errors.FieldUnusable("navn", "is missing")}
    del world.provider.units[world.numbers[1]]
    made = await told(client, "POST", "/drift", json={"everything": True})
    assert (made["compared"], made["failed"], made["unknown"]) == (8, 1, 1)
    assert made["failures"] == {"register-field-unusable": 1}
    assert made["missed"] < made["differing"]
    latest = await told(client, "GET", "/drift")
    assert [each["is_complete"] for each in latest["latest"]] == [True, False, True]


async def test_what_takes_longer_than_the_caller_waits_goes_on(
    client: httpx.AsyncClient, world: World
) -> None:
    let_go = asyncio.Event()

    @contextlib.asynccontextmanager
    async def held(_: str) -> AsyncIterator[None]:
        await let_go.wait()
        yield

    world.provider.pause = held
    for path, sent in (("/drift", {"everything": True}), ("/synchronisation", {"full": True})):
        answer = await client.post(path, json={**sent, "wait_seconds": 1})
        assert answer.status_code == 202, answer.text
        begun = answer.json()
        assert begun["is_under_way"] is True
        assert begun["latest"][0]["finished_at"] is None
        assert (await client.post(path, json={})).json()["type"].endswith("-under-way")
    let_go.set()
    await until(lambda: _is_over(client, "/drift"))
    await until(lambda: _is_over(client, "/synchronisation"))
    assert (await told(client, "GET", "/drift"))["latest"][0]["compared"] == 10
    assert (await told(client, "GET", "/synchronisation"))["latest"][0]["outcome"] == "done"
    made = await told(client, "POST", "/drift", json={"sample": 3, "wait_seconds": 60})
    assert made["compared"] == 3


async def _is_over(client: httpx.AsyncClient, path: str) -> bool:
    return (await told(client, "GET", path))["is_under_way"] is False


async def test_the_way_to_the_provider_is_tried_while_the_modules_are_off(
    client: httpx.AsyncClient, world: World, issuer: DevelopmentIssuer
) -> None:
    await switch(world.pool, update=False)
    client.headers.update(bearer(issuer.token(Scope.CONFIG_READ)))
    tried = await told(client, "POST", "/connection/test")
    assert tried["is_ok"] is True
    assert tried["steps"][-1]["name"] == "sample-call"
    world.provider.fault = errors.TokenRefused("no such client", code="invalid_client")
    tried = await told(client, "POST", "/connection/test")
    assert tried["is_ok"] is False
    assert f"{BASE}register-token-refused" in {step["failure"] for step in tried["steps"]}


async def test_switched_off_it_shows_and_does_nothing(
    client: httpx.AsyncClient, world: World, issuer: DevelopmentIssuer
) -> None:
    await switch(world.pool, cvr=False)
    refused = await client.post("/synchronisation", json={})
    assert (refused.status_code, refused.json()["type"]) == (409, f"{BASE}not-following")
    await switch(world.pool, update=False)
    await until(lambda: _has(world, {}))
    assert (await told(client, "GET", "/subscriptions/summary"))["mode"] == "ends"
    await until(lambda: _is_disabled(client))
    client.headers.update(bearer(issuer.token(Scope.UNITS_LOOKUP)))
    refused = await client.get("/subscriptions")
    assert (refused.status_code, refused.json()["type"]) == (403, f"{BASE}scope-missing")


async def _is_disabled(client: httpx.AsyncClient) -> bool:
    refused = await client.post("/drift", json={})
    return bool(refused.json()["type"] == f"{BASE}feature-disabled")
