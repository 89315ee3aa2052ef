"""What Datafordeleren of the sandbox does wrong on request, and what it counts."""

import socket
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import httpx
import pytest
from pydantic import ValidationError
from registerbro_sandbox.datafordeler import DatafordelerFaults, DatafordelerWrong

from tests.support.sandbox_datafordeler import SECONDS, Asker, Datafordeleren, datafordeleren

BY_NUMBER = "hentVirksomhedMedCVRNummer"
KMD = "26911745"
NAME = '{ CVR_Navn(where: {CVREnhedsId: {eq: "4900000001"}}) { nodes { vaerdi } } }'
FORM = '{ CVR_Virksomhedsform(where: {CVREnhedsId: {eq: "4900000001"}}) { nodes { vaerdi } } }'


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datafordeleren]:
    with datafordeleren(tmp_path_factory.mktemp("faults"), companies=2) as running:
        yield running


@pytest.fixture
def faults(sandbox: Datafordeleren) -> Iterator[DatafordelerFaults]:
    yield sandbox.server.faults
    sandbox.server.faults.none()


@pytest.fixture
def asker(sandbox: Datafordeleren) -> Iterator[Asker]:
    with sandbox.client() as client:
        yield Asker(client)


@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_a_status_comes_so_many_times_and_then_it_works(
    asker: Asker, faults: DatafordelerFaults, status: int
) -> None:
    faults.set(DatafordelerWrong(status=status, retry_after=7, times=2))
    for answer in (asker.rest(BY_NUMBER, pCVRNummer=KMD), asker.post(NAME)):
        assert answer.status_code == status
        assert answer.headers["Retry-After"] == "7"
    assert faults.left == 0
    assert asker.rest(BY_NUMBER, pCVRNummer=KMD).status_code == 200


def test_429_may_come_without_a_time_to_try_again(asker: Asker, faults: DatafordelerFaults) -> None:
    faults.set(DatafordelerWrong(status=429))
    assert "Retry-After" not in asker.post(NAME).headers


def test_a_spurious_401_of_graphql_is_the_gateways(asker: Asker, faults: DatafordelerFaults) -> None:
    faults.set(DatafordelerWrong(status=401, at=("graphql",), times=1))
    assert asker.rest(BY_NUMBER, pCVRNummer=KMD).status_code == 200
    assert asker.post(NAME).json()["errorCode"] == "DAF-AUTH-0005"
    assert asker.nodes(NAME) == [{"vaerdi": "KMD A/S"}]


def test_one_entity_fails_and_the_others_do_not(asker: Asker, faults: DatafordelerFaults) -> None:
    faults.set(DatafordelerWrong(code="HC0001", at=("CVR_Navn",)))
    told = asker.ask(NAME)
    assert told["data"] == {"CVR_Navn": None}
    assert told["errors"][0]["extensions"]["code"] == "HC0001"
    assert asker.nodes(FORM) == [{"vaerdi": "60"}]


def test_a_fault_is_for_the_operations_that_it_names(asker: Asker, faults: DatafordelerFaults) -> None:
    faults.set(DatafordelerWrong(status=503, at=("hentvirksomhedmedcvrnummer", "events")))
    assert asker.rest(BY_NUMBER, pCVRNummer=KMD).status_code == 503
    assert asker.messages(datefrom="2026-01-01", dateto="2026-01-02").status_code == 503
    assert asker.rest("hentVirksomhedMedCVREnhedsid", pId="4900000001").status_code == 200


def test_a_page_comes_in_place_of_json(asker: Asker, faults: DatafordelerFaults) -> None:
    faults.set(DatafordelerWrong(html=True))
    for answer in (asker.rest(BY_NUMBER, pCVRNummer=KMD), asker.post(NAME)):
        assert answer.status_code == 200
        assert answer.text.startswith("<!DOCTYPE html>")


def test_fields_are_missing_or_of_another_type(asker: Asker, faults: DatafordelerFaults) -> None:
    faults.set(DatafordelerWrong(missing=("virksomhedsnavn",), retyped=("CVRNummer", "vaerdi")))
    told = asker.rest(BY_NUMBER, pCVRNummer=KMD).json()
    assert "virksomhedsnavn" not in told
    assert told["virksomhed"]["CVRNummer"] == [KMD]
    assert asker.nodes(NAME) == [{"vaerdi": ["KMD A/S"]}]


def test_an_answer_comes_late(asker: Asker, faults: DatafordelerFaults) -> None:
    faults.set(DatafordelerWrong(first_byte_seconds=0.2))
    begun = time.monotonic()
    assert asker.nodes(NAME)
    assert time.monotonic() - begun >= 0.2


def test_an_answer_is_cut_off(asker: Asker, faults: DatafordelerFaults, sandbox: Datafordeleren) -> None:
    faults.set(DatafordelerWrong(close_after=10))
    with pytest.raises(httpx.RemoteProtocolError):
        asker.post(NAME)
    faults.none()
    assert asker.nodes(NAME)
    assert sandbox.server.wait_for(lambda calls: calls.open == 0)


def test_an_answer_stalls_until_the_client_goes_away(
    asker: Asker, faults: DatafordelerFaults, sandbox: Datafordeleren
) -> None:
    faults.set(DatafordelerWrong(stall_after=10))
    with pytest.raises(httpx.ReadTimeout):
        asker.client.post("/CVR/v2", params="apiKey=noegle-til-graphql", json={"query": NAME}, timeout=0.2)
    assert sandbox.server.wait_for(lambda calls: calls.open == 0)


def test_a_slow_client_that_goes_away_is_not_waited_for(
    asker: Asker, faults: DatafordelerFaults, sandbox: Datafordeleren
) -> None:
    faults.set(DatafordelerWrong(first_byte_seconds=3600))
    with pytest.raises(httpx.ReadTimeout):
        asker.client.get("/CVR/v2/schema", timeout=0.2)
    assert sandbox.server.wait_for(lambda calls: calls.open == 0)


def test_more_calls_than_allowed_in_a_second_are_throttled(asker: Asker, faults: DatafordelerFaults) -> None:
    faults.set(DatafordelerWrong(per_second=3, retry_after=2, at=("graphql",)))
    answers = [asker.post(NAME) for _ in range(8)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert [answer.status_code for answer in answers[:3]] == [200] * 3
    assert refused
    assert {answer.headers["Retry-After"] for answer in refused} == {"2"}
    assert asker.rest(BY_NUMBER, pCVRNummer=KMD).status_code == 200


def test_calls_are_counted_by_operation_and_health_checks_are_not(
    asker: Asker, sandbox: Datafordeleren, faults: DatafordelerFaults
) -> None:
    before = sandbox.server.calls
    faults.set(DatafordelerWrong(status=503))
    assert asker.client.get("/sandbox/health").text == "ok"
    asker.post(NAME)
    faults.none()
    asker.rest(BY_NUMBER, pCVRNummer=KMD)
    asker.rest("hentAlt")
    asker.post("{ Ukendt { id } }")
    assert sandbox.server.wait_for(lambda calls: calls.all == before.all + 4)
    after = sandbox.server.calls
    assert after["CVR_Navn"] == before["CVR_Navn"] + 1
    assert after[BY_NUMBER] == before[BY_NUMBER] + 1
    assert after["unreadable"] == before["unreadable"] + 1
    assert after.statuses[503] == before.statuses.get(503, 0) + 1
    told = asker.client.get("/sandbox/calls").json()
    assert told["operations"]["CVR_Navn"] == after["CVR_Navn"]


def test_a_client_that_goes_away_while_it_asks_is_no_error(
    sandbox: Datafordeleren, asker: Asker, caplog: pytest.LogCaptureFixture
) -> None:
    address = asker.client.base_url.host, asker.client.base_url.port or 0
    with (
        socket.create_connection(address) as plain,
        sandbox.trusted().wrap_socket(plain, server_hostname="127.0.0.1") as connection,
    ):
        connection.sendall(b"POST /CVR/v2 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{")
    assert asker.nodes(NAME)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_answers_say_when_they_were_made(asker: Asker) -> None:
    assert parsedate_to_datetime(asker.post(NAME).headers["Date"])


@pytest.mark.parametrize(
    "wrong", [{"status": 200}, {"per_second": 0}, {"code": "nej tak"}, {"at": ("",)}, {"noget": 1}]
)
def test_what_cannot_go_wrong_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        DatafordelerWrong.model_validate(wrong)


def test_a_server_stops_at_once_although_a_client_waits(tmp_path_factory: pytest.TempPathFactory) -> None:
    with datafordeleren(tmp_path_factory.mktemp("stop"), companies=2) as running, running.client() as client:
        assert client.get("/sandbox/health").text == "ok"
        begun = time.monotonic()
        running.server.stop()
        assert time.monotonic() - begun < SECONDS / 2
