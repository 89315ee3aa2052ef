"""A built service: health, readiness shapes, refusals at start, errors as problems, its description, an orderly end."""

import asyncio
import dataclasses
import datetime as dt
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import APIRouter
from prometheus_client import REGISTRY, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import BaseModel, Field
from registerbro import features
from registerbro.auth import PUBLIC, DevelopmentIssuer, Scope
from registerbro.database import Pool
from registerbro.features import Feature
from registerbro.gatekeeper import ScopeTableWrong
from registerbro.health import Check, Finding, Status
from registerbro.problems import Conflict, responses
from registerbro.service import CurrentService, Parts, Service, build
from registerbro.settings import DatabaseSettings, SecretUrl, Settings

from tests.support.privacy_guard import Place, PrivacyGuard
from tests.support.services import bearer, running

router = APIRouter()


class Question(BaseModel):
    """A body with something that may not be repeated."""

    number: str = Field(pattern=r"^\d{10}$")
    purpose: str


class FilesWait(Conflict):
    """A problem of the service's own."""

    slug, title = "files-wait", "Files wait for their import"


@router.post("/persons/lookup", responses=responses(FilesWait))
async def lookup(question: Question, service: CurrentService) -> dict[str, Any]:
    """Fails in the way that the purpose names."""
    match question.purpose:
        case "conflict":
            raise FilesWait("Two files wait for person 0101601234.", files=["010160-1234.txt"])
        case "bug":
            raise RuntimeError(f"no such person {question.number}")
        case "query":
            await service.pool.execute("select 1 / 0")
    return {"now": await service.pool.fetchval("select 1")}


SCOPES = {("POST", "/persons/lookup"): Scope.PERSONS_LOOKUP}
PARTS = Parts(routers=[router], scopes=SCOPES)
TIME_SPAN = re.compile(r"(\d+\.)?\d\d:\d\d:\d\d(\.\d{7})?")


def demo(settings: Settings, **changes: Any) -> Any:
    return build("demo", title="Demo", settings=settings, parts=dataclasses.replace(PARTS, **changes))


@pytest.fixture
def headers(issuer: DevelopmentIssuer) -> dict[str, str]:
    return bearer(issuer.token(Scope.PERSONS_LOOKUP))


async def test_liveness_and_readiness_as_the_vendor_writes_them(service_settings: Settings) -> None:
    async with running(demo(service_settings, health_prefixes=("", "/CvrSubscriptionService"))) as client:
        for prefix in ("", "/CvrSubscriptionService"):
            alive = await client.get(f"{prefix}/liveness")
            assert (alive.status_code, alive.text) == (200, "Healthy")
            ready = await client.get(f"{prefix}/readiness")
            report = ready.json()
            assert (ready.status_code, report["status"]) == (200, "Healthy")
            assert TIME_SPAN.fullmatch(report["totalDuration"])
            assert list(report["entries"]) == ["self", "store", "bus"]
            entry = report["entries"]["self"]
            assert TIME_SPAN.fullmatch(entry.pop("duration"))
            assert entry == {"data": {}, "status": "Healthy", "tags": ["liveness", "readiness"]}


async def test_readiness_says_what_is_wrong_without_secrets(service_settings: Settings) -> None:
    async def broken() -> None:
        raise ConnectionError("postgresql://user:pw-word@host refused 010160-1234")

    async def slow() -> None:
        await asyncio.Event().wait()

    async def limping() -> Finding:
        return Finding(Status.DEGRADED, "The certificate expires in 3 days.", {"days": 3})

    checks = [
        Check("OData", broken),
        Check("Logic", slow, time_limit=dt.timedelta(milliseconds=20), failure=Status.DEGRADED),
        Check("certificate", limping),
    ]
    async with running(demo(service_settings, checks=lambda _: checks)) as client:
        answer = await client.get("/readiness")
    assert answer.status_code == 503
    report = answer.json()
    assert report["status"] == "Unhealthy"
    for name, status, cause in (
        ("OData", "Unhealthy", "ConnectionError: postgresql://user:***@host refused 010160-xxxx"),
        ("Logic", "Degraded", "No answer within 0.02 seconds."),
        ("certificate", "Degraded", "The certificate expires in 3 days."),
    ):
        entry = report["entries"][name]
        assert (entry["status"], entry["description"], entry["exception"]) == (status, cause, cause)
    assert report["entries"]["certificate"]["data"] == {"days": 3}


async def test_degraded_still_answers_200_and_checks_run_once_for_many(service_settings: Settings) -> None:
    runs = 0

    async def check() -> Finding:
        nonlocal runs
        runs += 1
        await asyncio.sleep(0)
        return Finding(Status.DEGRADED, "slow today")

    async with running(demo(service_settings, checks=lambda _: [Check("side", check)])) as client:
        answers = await asyncio.gather(*(client.get("/readiness") for _ in range(10)))
    assert {(answer.status_code, answer.json()["status"]) for answer in answers} == {(200, "Degraded")}
    assert runs == 1


async def test_without_its_store_a_service_lives_but_is_not_ready(
    service_settings: Settings, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registerbro.lifecycle.PATIENCE", dt.timedelta(milliseconds=50))
    nowhere = DatabaseSettings(url=SecretUrl("postgresql://user:pw-word@127.0.0.1:1/store"))
    async with running(demo(service_settings.model_copy(update={"database": nowhere}))) as client:
        assert (await client.get("/liveness")).status_code == 200
        ready = await client.get("/readiness")
        assert (ready.status_code, ready.json()["entries"]["self"]["status"]) == (503, "Unhealthy")
        assert "pw-word" not in ready.text
        answer = await client.post(
            "/persons/lookup", headers=headers, json={"number": "1" * 10, "purpose": "x"}
        )
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (503, "not-ready")
        assert answer.headers["retry-after"] == "5"


async def test_becomes_ready_when_a_part_can_be_opened_at_last(service_settings: Settings) -> None:
    attempts = 0

    @asynccontextmanager
    async def stubborn(service: Service) -> AsyncIterator[None]:
        nonlocal attempts
        attempts += 1
        if attempts < 3:
            raise ConnectionRefusedError
        with service.providing(attempts):
            yield

    app = demo(service_settings, resources=[stubborn])
    async with running(app) as client:
        service: Service = app.state.service
        await service.lifecycle.ready(dt.timedelta(seconds=20))
        assert service.get(int) == 3
        assert (await client.get("/readiness")).status_code == 200


async def test_closes_in_reverse_and_is_not_ready_while_it_does(service_settings: Settings) -> None:
    story: list[str] = []

    def resource(name: str) -> Any:
        @asynccontextmanager
        async def open_(service: Service) -> AsyncIterator[None]:
            story.append(f"{name} opened")
            await service.pool.fetchval("select 1")
            yield
            await service.pool.fetchval("select 1")
            story.append(f"{name} closed while {service.lifecycle.phase}")

        return open_

    async with running(demo(service_settings, resources=[resource("first"), resource("second")])):
        assert story == ["first opened", "second opened"]
    assert story[2:] == ["second closed while stopping", "first closed while stopping"]


@pytest.mark.parametrize(
    ("scopes", "reason"),
    [
        ({}, "the route POST /persons/lookup has no row"),
        ({**SCOPES, ("GET", "/old"): PUBLIC}, r"rows without a route: \[\('GET', '/old'\)\]"),
    ],
)
def test_a_route_without_a_scope_stops_the_service_at_start(
    service_settings: Settings, scopes: Any, reason: str
) -> None:
    with pytest.raises(ScopeTableWrong, match=reason):
        demo(service_settings, scopes=scopes)


async def test_mistakes_are_told_without_repeating_what_was_sent(
    service_settings: Settings, headers: dict[str, str]
) -> None:
    async with running(demo(service_settings)) as client:
        answer = await client.post(
            "/persons/lookup", headers=headers, json={"number": "010160-1234", "0101601234": "x"}
        )
        broken = await client.post(
            "/persons/lookup",
            headers=headers | {"Content-Type": "application/json"},
            content=b'{"number": 0101601234',
        )
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert {(error["pointer"], error["code"]) for error in answer.json()["errors"]} == {
        ("body/number", "string_pattern_mismatch"),
        ("body/purpose", "missing"),
    }
    assert broken.status_code == 422
    assert "1234" not in answer.text + broken.text


async def test_expected_and_unexpected_errors(service_settings: Settings, headers: dict[str, str]) -> None:
    async with running(demo(service_settings)) as client:

        async def ask(purpose: str) -> dict[str, Any]:
            body = {"number": "0101601234", "purpose": purpose}
            answer = await client.post("/persons/lookup", headers=headers, json=body)
            assert answer.headers["content-type"] == "application/problem+json"
            assert "1234" not in answer.text.partition("urn:uuid")[0]
            return dict(answer.json())

        conflict = await ask("conflict")
        assert conflict == {
            "type": "https://registerbro.dk/problems/files-wait",
            "title": "Files wait for their import",
            "status": 409,
            "detail": "Two files wait for person 010160-xxxx.",
            "files": ["010160-xxxx.txt"],
        }
        for purpose in ("bug", "query"):
            problem = await ask(purpose)
            assert problem.pop("instance").startswith("urn:uuid:")
            assert problem == {
                "type": "https://registerbro.dk/problems/internal-error",
                "title": "Internal error",
                "status": 500,
            }


@pytest.mark.parametrize("chunked", [False, True])
async def test_bodies_that_are_too_large(
    service_settings: Settings, headers: dict[str, str], chunked: bool
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(1100):
            yield b"x" * 1024

    async with running(demo(service_settings)) as client:
        content = chunks() if chunked else b"x" * 1_100_000
        answer = await client.post(
            "/persons/lookup", headers=headers | {"Content-Type": "application/json"}, content=content
        )
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (413, "request-too-large")


async def test_a_method_that_a_path_does_not_take(
    service_settings: Settings, headers: dict[str, str]
) -> None:
    reads = APIRouter()
    reads.get("/persons/lookup")(lambda: None)
    parts = Parts(routers=[router, reads], scopes=SCOPES | {("GET", "/persons/lookup"): Scope.PERSONS_LOOKUP})
    async with running(build("demo", title="Demo", settings=service_settings, parts=parts)) as client:
        wrong = await client.delete("/persons/lookup", headers=headers)
        unknown = await client.delete("/persons/lookup")
        public = await client.post("/readiness")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, POST")
    assert wrong.json()["type"].endswith("method-not-allowed")
    assert unknown.status_code == 401
    assert (public.status_code, public.headers["allow"]) == (405, "GET")


async def test_a_module_that_is_switched_off(
    service_settings: Settings, pool: Pool, headers: dict[str, str]
) -> None:
    body = {"number": "0" * 10, "purpose": "x"}
    async with running(demo(service_settings, feature=Feature.CPR)) as client:
        off = await client.post("/persons/lookup", headers=headers, json=body)
        assert (off.status_code, off.json()["type"].rpartition("/")[2]) == (409, "feature-disabled")
        assert off.json()["feature"] == "CPR"
        assert (await client.get("/readiness")).status_code == 200
    async with pool.acquire() as connection:
        await features.switch(connection, Feature.CPR, enabled=True, by="test")
    async with running(demo(service_settings, feature=Feature.CPR)) as client:
        assert (await client.post("/persons/lookup", headers=headers, json=body)).status_code == 200


async def test_the_description_is_complete(service_settings: Settings) -> None:
    description = demo(service_settings, feature=Feature.CPR).openapi()
    operation = description["paths"]["/persons/lookup"]["post"]
    assert operation["security"] == [{"bearer": ["persons:lookup"]}]
    assert sorted(operation["responses"]) == ["200", "401", "403", "409", "413", "422", "500", "503"]
    for status, entry in operation["responses"].items():
        if status != "200":
            schema = entry["content"]["application/problem+json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/ProblemDetails"}
    assert "files-wait" in operation["responses"]["409"]["description"]
    assert "feature-disabled" in operation["responses"]["409"]["description"]
    assert "security" not in description["paths"]["/readiness"]["get"]
    referred = set(re.findall(r"#/components/schemas/(\w+)", str(description)))
    assert referred == set(description["components"]["schemas"])


async def test_calls_are_counted_by_route_never_by_path(
    service_settings: Settings, headers: dict[str, str], privacy_guard: PrivacyGuard
) -> None:
    async with running(demo(service_settings)) as client:
        with privacy_guard.expecting(Place.URL, Place.TRACE):
            await client.get("/persons/0101601234", headers=headers)
        await client.post("/persons/lookup", headers=headers, json={})
    labels = [
        sample.labels
        for family in REGISTRY.collect()
        if family.name == "registerbro_http_request_seconds"
        for sample in family.samples
        if sample.name.endswith("_count")
    ]
    assert {"service": "demo", "method": "GET", "route": "unknown", "status": "404"} in labels
    assert {"service": "demo", "method": "POST", "route": "/persons/lookup", "status": "422"} in labels
    assert "1234" not in str(labels)


def test_metrics_can_be_read_by_prometheus() -> None:
    families = list(text_string_to_metric_families(generate_latest(REGISTRY).decode()))
    assert "registerbro_http_request_seconds" in {family.name for family in families}
