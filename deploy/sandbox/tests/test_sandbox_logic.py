"""KMD Logic of the sandbox, asked over HTTP."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import requests
from registerbro_sandbox.companies import (
    Cease,
    CvrUnit,
    Entity,
    Kind,
    Recode,
    World,
    happenings,
    numbers,
)
from registerbro_sandbox.companies.making import address_values
from registerbro_sandbox.direct.desk import danish_day
from registerbro_sandbox.ftp.faults import HEALTH_CHECK
from registerbro_sandbox.logic import At, LogicServer, LogicWrong, Operation

from tests.support.sandbox_logic import FIRST, SECOND, TERMS, LogicClient

KMD, BALLERUP = "26911745", "1003387453"
TODAY = danish_day()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LogicClient]:
    world = World.begin(tmp_path_factory.mktemp("logic"), seed=4, companies=30)
    with LogicServer(world, TERMS) as server, requests.Session() as http:
        client = LogicClient(server, http)
        client.log_on()
        yield client


@pytest.fixture
def logic(running: LogicClient) -> Iterator[LogicClient]:
    """The one server of this module, without faults; each test takes units of its own."""
    yield running
    running.server.faults.none()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[LogicClient]:
    """A server of the test's own, for what concerns everybody."""
    world = World.begin(tmp_path, companies=20)
    with LogicServer(world, TERMS) as server, requests.Session() as http:
        client = LogicClient(server, http)
        client.log_on()
        yield client


def company(client: LogicClient, index: int) -> CvrUnit:
    unit = client.server.world.company(numbers.cvr_number(index))
    assert unit is not None
    return unit


def sample(client: LogicClient) -> CvrUnit:
    unit = client.server.world.unit(BALLERUP)
    assert unit is not None
    return unit


def moves(client: LogicClient, unit: CvrUnit) -> None:
    client.server.world.change(happenings.moves(client.server.world, unit, TODAY))


# Tokens


def test_a_token_is_given(logic: LogicClient) -> None:
    answer = logic.log_on(client_id=TERMS.client_id.lower())
    assert answer.json().keys() == {"token_type", "expires_in", "access_token"}
    assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("Bearer", 3600)


def test_the_token_path_counts_without_regard_to_case(logic: LogicClient) -> None:
    url = logic.server.token_url.replace("clientcredentials", "clientCredentials") + "?issuer=x&tenant=159"
    assert logic.http.post(url, data={}).json()["error"] == "unsupported_grant_type"


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_id": "nobody"}, 400, "unauthorized_client"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"scope": "wrong"}, 400, "invalid_scope"),
        ({"scope": ""}, 400, "invalid_scope"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_wrong_credentials_are_refused_as_by_azure(
    logic: LogicClient, changes: dict[str, str], status: int, error: str
) -> None:
    answer = logic.log_on(**changes)
    body = answer.json()
    assert (answer.status_code, body["error"]) == (status, error)
    assert body.keys() == {
        "error",
        "error_description",
        "error_codes",
        "timestamp",
        "trace_id",
        "correlation_id",
    }
    assert all(isinstance(code, int) for code in body["error_codes"])


def test_an_expired_token_is_refused_and_a_new_one_works(own: LogicClient) -> None:
    assert own.ask(f"by-cvr/{KMD}").status_code == HTTPStatus.OK
    own.server.expire_tokens()
    assert own.ask(f"by-cvr/{KMD}").status_code == HTTPStatus.UNAUTHORIZED
    own.log_on()
    assert own.ask(f"by-cvr/{KMD}").status_code == HTTPStatus.OK


def test_tokens_expire_by_themselves(tmp_path: Path) -> None:
    terms = dataclasses.replace(TERMS, token_life=dt.timedelta(0))
    world = World.begin(tmp_path, companies=1)
    with LogicServer(world, terms) as server, requests.Session() as http:
        client = LogicClient(server, http)
        client.log_on()
        assert client.ask(f"by-cvr/{KMD}").status_code == HTTPStatus.UNAUTHORIZED


def test_another_subscription_is_forbidden(logic: LogicClient) -> None:
    answer = logic.ask(f"by-cvr/{KMD}", subscription=uuid.UUID(int=77))
    assert answer.status_code == HTTPStatus.FORBIDDEN


# Lookups


def test_the_vendors_unit_is_found(logic: LogicClient) -> None:
    unit = logic.told(f"production-unit-detail/{BALLERUP}")
    assert (unit["pNumber"], unit["productionUnitName"]) == (BALLERUP, "KMD A/S - Ballerup")
    assert unit["cvrNumber"] == KMD
    assert unit["locationAddress"]["streetName"] == "Lautrupparken"
    assert unit["lineOfIndustries"]["mainBusiness"]["branchCode"] == "621000"
    assert logic.told(f"production-unit-detail-by-id/{unit['id']}") == unit


def test_a_company_is_found_with_its_units(logic: LogicClient) -> None:
    found = logic.told(f"by-cvr/{KMD}")
    assert (found["cvrNumber"], found["companyName"], found["businessTypeCode"]) == (KMD, "KMD A/S", "60")
    assert found["companyDetails"] == {
        "businessStartDate": "2002-11-28",
        "cessationDate": None,
        "registrationFrom": "2025-01-03T09:21:55+00:00",
        "registrationTo": None,
        "status": "aktiv",
    }
    assert logic.told(f"by-id/{found['id']}") == found
    units = logic.told(f"production-units/by-cvr/{KMD}")
    assert units == [{"pNumber": BALLERUP, "productionUnitName": "KMD A/S - Ballerup"}]


def test_what_the_register_knows_is_what_is_told(logic: LogicClient) -> None:
    world = logic.server.world
    for unit in filter(None, map(world.by_id, world.object_ids())):
        is_company = unit.kind is Kind.COMPANY
        told = logic.told(
            f"by-id/{unit.object_id}" if is_company else f"production-unit-detail/{unit.number}"
        )
        name, mail = ("companyName", "eMailAddress") if is_company else ("productionUnitName", "emailAddress")
        address = told["cvrAddress" if is_company else "locationAddress"]
        row = unit.last(Entity.ADDRESS, TODAY)[0].values
        assert told[name] == unit.name(TODAY)
        assert told.get(mail) == unit.value(Entity.EMAIL, TODAY)
        assert told.get("phoneNumber") == unit.value(Entity.PHONE, TODAY)
        assert address.get("postCode") == row["CVRAdresse_postnummer"]
        assert address.get("streetName") == row["CVRAdresse_vejnavn"] or row["CVRAdresse_adresseFritekst"]


def test_who_has_ceased_is_still_told_of(logic: LogicClient) -> None:
    unit = company(logic, 1)
    logic.server.world.change(Cease(object_id=unit.object_id, day=TODAY))
    details = logic.told(f"by-cvr/{unit.number}")["companyDetails"]
    assert (details["cessationDate"], details["status"]) == (TODAY.isoformat(), "inaktiv")


def test_an_address_abroad_has_no_post_code(logic: LogicClient) -> None:
    unit = company(logic, 2)
    fields: dict[str, Any] = {
        "CVRAdresse_adresseFritekst": "Havnegata 3, 0150 Oslo",
        "CVRAdresse_landekode": "NO",
    }
    values = dict(address_values("beliggenhedsadresse", **fields))
    step = happenings.moves(logic.server.world, unit, TODAY).model_copy(update={"rows": (values,)})
    logic.server.world.change(step)
    address = logic.told(f"by-cvr/{unit.number}")["cvrAddress"]
    told = {name: value for name, value in address.items() if value is not None}
    assert told == {"streetName": "Havnegata 3, 0150 Oslo", "countryCode": "NO"}


def test_what_was_cleared_is_told_as_null(logic: LogicClient) -> None:
    unit = company(logic, 5)
    logic.server.world.change(happenings.is_reached_at(unit, Entity.PHONE, "", TODAY))
    assert logic.told(f"by-cvr/{unit.number}")["phoneNumber"] is None


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("by-cvr/12345674", 404),
        ("by-cvr/1234567", 400),
        ("by-cvr/x2345678", 400),
        ("by-id/4000000000", 404),
        ("by-id/nothing", 404),
        ("production-units/by-cvr/12345674", 404),
        ("production-unit-detail/1999999999", 404),
        ("production-unit-detail/123", 400),
        ("production-unit-detail-by-id/4900000001", 404),
        ("configurations/00000000-0000-0000-0000-000000000077", 404),
    ],
)
def test_what_is_not_there_is_told_as_a_string(logic: LogicClient, path: str, status: int) -> None:
    answer = logic.ask(path)
    assert answer.status_code == status
    assert isinstance(answer.json(), str)


def test_the_configuration_must_be_known_and_said_where_there_are_several(logic: LogicClient) -> None:
    for params in ({}, {"configurationId": str(uuid.UUID(int=77))}):
        answer = logic.ask(f"by-cvr/{KMD}", params=params)
        assert (answer.status_code, type(answer.json())) == (400, str)
        ended = logic.ask("unsubscribe/4900000001", method="DELETE", params=params)
        assert (ended.status_code, ended.json().keys()) == (400, {"configurationId"})


def test_configurations_are_listed(logic: LogicClient) -> None:
    listed = logic.told("configurations")
    assert [each["id"] for each in listed] == [str(FIRST), str(SECOND)]
    assert logic.told(f"configurations/{SECOND}") == listed[1]


def test_another_configuration_has_other_object_ids(logic: LogicClient) -> None:
    params = {"configurationId": str(SECOND)}
    first, second = logic.told(f"by-cvr/{KMD}"), logic.told(f"by-cvr/{KMD}", params=params)
    assert first["id"] != second["id"]
    assert {**first, "id": ""} == {**second, "id": ""}
    assert logic.told(f"by-id/{second['id']}", params=params) == second
    assert logic.ask(f"by-id/{first['id']}", params=params).status_code == HTTPStatus.NOT_FOUND
    unit = company(logic, 3)
    shown = logic.told(f"by-cvr/{unit.number}", params=params)["id"]
    assert logic.subscribe(shown, SECOND).status_code == HTTPStatus.OK
    moves(logic, unit)
    assert {each["id"] for each in logic.page(configurationId=str(SECOND))["events"]} == {shown}
    assert unit.object_id not in {each["id"] for each in logic.page()["events"]}


# Subscriptions and events


def test_only_subscribed_units_events_are_left_but_all_are_counted(own: LogicClient) -> None:
    mine, other = company(own, 0), company(own, 1)
    assert own.subscribe(mine.object_id).json() == mine.object_id
    moves(own, other)
    moves(own, company(own, 2))
    moves(own, mine)
    pages = [own.page(number, 3) for number in range(1, 5)]
    assert [page["actualCount"] for page in pages] == [3, 3, 3, 0]
    assert [len(page["events"]) for page in pages] == [0, 0, 3, 0]
    event = pages[2]["events"][0]
    assert event.keys() == {"id", "objectType", "action", "actionDateTime"}
    assert (event["id"], event["objectType"], event["action"]) == (mine.object_id, "Adressering", "Aendret")
    assert len(own.page(call="events")) == 9


def test_events_begin_with_the_subscription_and_end_with_it(own: LogicClient) -> None:
    unit = company(own, 0)
    moves(own, unit)
    own.subscribe(unit.object_id)
    assert own.page()["events"] == []
    moves(own, unit)
    assert len(own.page()["events"]) == 2  # of the row that came today already nothing is kept
    own.subscribe(unit.object_id)
    assert len(own.page()["events"]) == 2
    assert own.unsubscribe(unit.object_id).content == b""
    assert own.page() == {"events": [], "actualCount": 5}


def test_subscriptions_survive_a_restart(own: LogicClient) -> None:
    own.subscribe(company(own, 0).object_id)
    own.subscribe(company(own, 1).object_id)
    own.unsubscribe(company(own, 0).object_id)
    with LogicServer(World.read(own.server.directory), TERMS) as second:
        assert set(second.subscriptions.of(str(FIRST))) == {company(own, 1).object_id}


def test_what_cannot_be_subscribed_is_told_as_an_object(logic: LogicClient) -> None:
    answer = logic.subscribe("4000000000")
    assert (answer.status_code, answer.json().keys()) == (400, {"objectId"})
    for content in (b"{", b"[]", b'{"configurationId": 3}'):
        answer = logic.ask("subscribe/4900000001", method="POST", data=content)
        assert answer.status_code == HTTPStatus.BAD_REQUEST
        assert isinstance(answer.json(), dict)


def test_repeats_are_refused_where_the_service_is_strict(tmp_path: Path) -> None:
    terms = dataclasses.replace(TERMS, refuses_repeats=True, configuration_ids=(FIRST,))
    with LogicServer(World.begin(tmp_path, companies=1), terms) as server, requests.Session() as http:
        client = LogicClient(server, http)
        client.log_on()
        unit = sample(client)
        answers = [client.unsubscribe(unit.object_id), client.subscribe(unit.object_id)]
        answers += [client.subscribe(unit.object_id), client.unsubscribe(unit.object_id)]
        assert [answer.status_code for answer in answers] == [400, 200, 400, 200]
        assert client.ask(f"by-cvr/{KMD}", params={}).status_code == HTTPStatus.OK


@pytest.mark.parametrize(
    "params",
    [
        {"dateTo": "2026-01-01"},
        {"dateFrom": "yesterday", "dateTo": "2026-01-01"},
        {"dateFrom": "2026-01-01T00:00:00 01:00", "dateTo": "2026-01-01"},
        {"dateFrom": "2026-01-01", "dateTo": "2026-01-02", "pageNo": "0"},
        {"dateFrom": "2026-01-01", "dateTo": "2026-01-02", "pageSize": "-1"},
        {"dateFrom": "2026-01-01", "dateTo": "2026-01-02", "pageSize": "1001"},
        {"dateFrom": "2026-01-01", "dateTo": "2026-01-02", "pageNo": "99999999999999999999"},
    ],
)
def test_windows_and_pages_must_make_sense(logic: LogicClient, params: dict[str, str]) -> None:
    answer = logic.ask("subscribed-events", params={"configurationId": str(FIRST), **params})
    assert (answer.status_code, type(answer.json())) == (400, str)


def test_the_last_conceivable_moment_is_no_trouble(logic: LogicClient) -> None:
    logic.server.faults.set(LogicWrong(rewind_seconds=3600))
    assert logic.page(dateFrom="0001-01-01", dateTo="9999-12-31T23:59:59+00:00")["actualCount"] >= 0


def test_a_storm_comes_page_by_page(own: LogicClient) -> None:
    mine = company(own, 7)
    own.subscribe(mine.object_id)
    own.server.world.change(Recode(since=TODAY))
    every = 2 * len(list(own.server.world.object_ids()))
    pages = [own.page(number, 50) for number in range(1, every // 50 + 3)]
    assert sum(page["actualCount"] for page in pages) == every
    assert pages[-1]["actualCount"] == 0
    shown = [event for page in pages for event in page["events"]]
    assert [(event["id"], event["objectType"]) for event in shown] == [(mine.object_id, "Branche")] * 2


# Faults


@pytest.mark.parametrize(
    ("at", "path", "shape"),
    [
        (At.LOOKUP, f"by-cvr/{KMD}", str),
        (At.EVENTS, "events", str),
        (At.ALL, "configurations", str),
        (At.SUBSCRIPTION, "unsubscribe/4900000001", dict),
    ],
)
def test_a_status_comes_where_and_as_often_as_it_should(
    logic: LogicClient, at: At, path: str, shape: type
) -> None:
    method = "DELETE" if path.startswith("unsub") else "GET"
    logic.server.faults.set(LogicWrong(at=at, status=429, retry_after=7, times=1))
    if at is not At.ALL:
        assert logic.log_on().status_code == HTTPStatus.OK
    answer = logic.ask(path, method=method)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert isinstance(answer.json(), shape)
    assert "Retry-After" not in logic.ask(path, method=method).headers
    assert logic.server.faults.left == 0


def test_tokens_are_refused_with_any_error(logic: LogicClient) -> None:
    logic.server.faults.set(LogicWrong(token_error="unauthorized_client"))
    assert logic.ask(f"by-cvr/{KMD}").status_code == HTTPStatus.OK
    assert (logic.log_on().status_code, logic.log_on().json()["error"]) == (400, "unauthorized_client")
    logic.server.faults.set(LogicWrong(at=At.TOKEN, status=503))
    assert logic.log_on().status_code == HTTPStatus.SERVICE_UNAVAILABLE


def test_an_html_page_comes(logic: LogicClient) -> None:
    logic.server.faults.set(LogicWrong(html=True))
    answer = logic.ask(f"by-cvr/{KMD}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    with pytest.raises(ValueError, match="Expecting value"):
        answer.json()


def test_an_answer_is_cut_off(logic: LogicClient) -> None:
    logic.server.faults.set(LogicWrong(close_after=20, times=1))
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        logic.ask(f"by-cvr/{KMD}")
    assert logic.ask(f"by-cvr/{KMD}").status_code == HTTPStatus.OK


def test_an_answer_comes_late(logic: LogicClient) -> None:
    logic.server.faults.set(LogicWrong(first_byte_seconds=3600, times=1))
    with pytest.raises(requests.ReadTimeout):
        logic.ask(f"by-cvr/{KMD}", timeout=0.05)
    assert logic.ask(f"by-cvr/{KMD}").status_code == HTTPStatus.OK


def test_fields_are_missing_or_of_another_type(logic: LogicClient) -> None:
    logic.server.faults.set(
        LogicWrong(missing=("companyName", "actualCount"), retyped=("cvrNumber", "events"))
    )
    found = logic.told(f"by-cvr/{KMD}")
    assert "companyName" not in found
    assert found["cvrNumber"] == [KMD]
    page = logic.page()
    assert "actualCount" not in page
    assert isinstance(page["events"], str)


def test_keys_vary_and_a_mark_stands_before_the_json(logic: LogicClient) -> None:
    logic.server.faults.set(LogicWrong(pascal_keys=True, bom=True))
    answer = logic.ask(f"production-units/by-cvr/{KMD}")
    assert answer.content.startswith(b"\xef\xbb\xbf[")
    logic.server.faults.set(LogicWrong(pascal_keys=True))
    units = logic.told(f"production-units/by-cvr/{KMD}")
    assert units == [{"PNumber": int(BALLERUP), "ProductionUnitName": "KMD A/S - Ballerup"}]


def test_events_come_twice_backwards_late_or_again(own: LogicClient) -> None:
    unit, faults = company(own, 0), own.server.faults
    own.subscribe(unit.object_id)
    moves(own, unit)
    own.server.world.change(happenings.is_renamed(unit, "Nyt", TODAY))
    plain = own.page()["events"]
    assert len(plain) == 6
    faults.set(LogicWrong(shuffled=True, duplicates=True))
    page = own.page()
    assert page["events"] == [event for event in reversed(plain) for _ in range(2)]
    assert page["actualCount"] == 6
    faults.set(LogicWrong(late_seconds=3600))
    assert own.page() == {"events": [], "actualCount": 0}
    faults.set(LogicWrong(rewind_seconds=86_400))
    ahead = (dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)).isoformat()
    assert own.page(dateFrom=ahead)["events"] == plain
    faults.none()
    assert own.page(dateFrom=ahead)["events"] == []


def test_calls_are_counted_by_operation_but_not_health_checks(own: LogicClient) -> None:
    own.ask(f"by-cvr/{KMD}")
    own.ask("by-cvr/12345674")
    own.server.faults.set(LogicWrong(status=500, times=1))
    own.http.post(own.server.token_url, headers={"User-Agent": HEALTH_CHECK})
    calls = own.server.calls
    assert (calls[Operation.TOKEN], calls[Operation.BY_CVR], calls.all) == (1, 2, 3)
    assert calls.statuses == {200: 2, 404: 1}
    assert own.server.faults.left == 1
    told = own.http.get(own.server.token_url.replace("/clientcredentials/token", "/sandbox/calls")).json()
    assert told["operations"] == {"token": 1, "by-cvr": 2}
    assert own.server.wait_for(lambda calls: calls[Operation.BY_CVR] == 2)
