"""The sandbox's KMD Logic against the service's own published description: every answer has the shape that it gives."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from jsonschema import Draft4Validator
from registerbro_sandbox.companies import Kind, World, happenings
from registerbro_sandbox.direct.desk import danish_day
from registerbro_sandbox.logic import LogicServer

from tests.reference.data import TESTDATA
from tests.support.sandbox_logic import FIRST, TERMS, LogicClient

SWAGGER = TESTDATA / "cvr" / "kmd-logic" / "cvr.swagger.json"
EVENTS = {"CompanyEvent", "SubscribedCompanyEvents", "CvrProviderConfigurationModel"}  # never null
PREFIX = "/subscriptions/{subscriptionId}/cvr/"
pytestmark = pytest.mark.skipif(not SWAGGER.is_file(), reason=f"no description at {SWAGGER}")


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(SWAGGER.read_text("utf-8-sig"))
    for name, definition in document["definitions"].items():
        definition["additionalProperties"] = False
        if name not in EVENTS:
            definition["properties"] = {n: _nullable(each) for n, each in definition["properties"].items()}
    return document


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """A description of that time cannot say that a field may be null; its clients take every field for one that may."""
    return {"anyOf": [schema, {"type": "null"}]}


@pytest.fixture(scope="module")
def logic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LogicClient]:
    world = World.begin(tmp_path_factory.mktemp("logic"), seed=8, companies=40)
    with LogicServer(world, TERMS) as server, requests.Session() as http:
        client = LogicClient(server, http)
        client.log_on()
        yield client


def schema_of(described: dict[str, Any], method: str, path: str, status: int) -> Any:
    """What the description says of an answer; None: nothing, so there must be no body to misread."""
    for template, operations in described["paths"].items():
        pattern = re.sub(r"\{\w+\}", "[^/]+", template.removeprefix(PREFIX))
        if method.lower() in operations and re.fullmatch(pattern, path):
            return operations[method.lower()]["responses"][str(status)].get("schema")
    raise AssertionError(f"{method} {path} is not described")


def check(
    described: dict[str, Any], logic: LogicClient, path: str, *, method: str = "GET", **more: Any
) -> Any:
    answer = logic.ask(path, method=method, **more)
    schema = schema_of(described, method, path, answer.status_code)
    if schema is None:
        assert method == "DELETE" or path.startswith("configurations")
        return None
    body = answer.json()
    Draft4Validator({**schema, "definitions": described["definitions"]}).validate(body)
    return body


def test_every_lookup_answers_as_described(described: dict[str, Any], logic: LogicClient) -> None:
    seen: dict[str, set[str]] = {"company": set(), "unit": set()}
    world = logic.server.world
    for unit in list(filter(None, map(world.by_id, world.object_ids())))[:60]:
        if unit.kind is Kind.COMPANY:
            body = check(described, logic, f"by-cvr/{unit.number}")
            assert check(described, logic, f"by-id/{unit.object_id}") == body
            check(described, logic, f"production-units/by-cvr/{unit.number}")
        else:
            body = check(described, logic, f"production-unit-detail/{unit.number}")
            assert check(described, logic, f"production-unit-detail-by-id/{unit.object_id}") == body
        seen[unit.kind.value] |= body.keys()
    properties = described["definitions"]
    assert seen["company"] == properties["Company"]["properties"].keys()
    assert seen["unit"] == properties["ProductionUnitDetail"]["properties"].keys()


@pytest.mark.parametrize(
    "path",
    [
        "by-cvr/12345674",
        "by-cvr/1",
        "by-id/4000000000",
        "production-units/by-cvr/12345674",
        "production-units/by-cvr/1",
        "production-unit-detail/1999999999",
        "production-unit-detail/1",
        "production-unit-detail-by-id/4000000000",
        "events",
        "subscribed-events",
    ],
)
def test_errors_are_as_described(described: dict[str, Any], logic: LogicClient, path: str) -> None:
    assert isinstance(check(described, logic, path), str)


def test_subscriptions_and_events_are_as_described(described: dict[str, Any], logic: LogicClient) -> None:
    world = logic.server.world
    unit = world.company("35533729")
    assert unit is not None
    body = {"configurationId": str(FIRST)}
    Draft4Validator(described["definitions"]["CvrSubscriptionRequest"]).validate(body)
    check(described, logic, f"subscribe/{unit.object_id}", method="POST", json=body)
    world.change(happenings.moves(world, unit, danish_day()))
    window = {
        "dateFrom": "2026-01-01T00:00:00Z",
        "dateTo": "2100-01-01T00:00:00Z",
        "configurationId": str(FIRST),
    }
    page = check(described, logic, "subscribed-events", params=window)
    assert (len(page["events"]), page["actualCount"]) == (3, 3)
    assert check(described, logic, "events", params=window) == page["events"]
    check(described, logic, f"unsubscribe/{unit.object_id}", method="DELETE")
    assert isinstance(check(described, logic, "subscribe/4000000000", method="POST", json=body), dict)
    wrong = {"configurationId": "77"}
    assert isinstance(check(described, logic, "unsubscribe/4000000000", method="DELETE", params=wrong), dict)


def test_configurations_are_as_described(described: dict[str, Any], logic: LogicClient) -> None:
    assert check(described, logic, "configurations")
    assert check(described, logic, f"configurations/{FIRST}")
    check(described, logic, "configurations/77")
