"""What CPR Direkte does wrong on request, seen by a client that reads byte by byte."""

import contextlib
import datetime as dt
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError
from registerbro.cpr.checks import find_fault
from registerbro_sandbox.direct import (
    At,
    BadCertificate,
    Certificates,
    CprDirectServer,
    DirectFaults,
    DirectWrong,
    Garbage,
)
from registerbro_sandbox.direct.faults import Sending, Turn, spoilt
from registerbro_sandbox.ftp import Authority
from registerbro_sandbox.persons import Delivery, Population
from registerbro_sandbox.persons.chronicle import Chronicle

from tests.support.sandbox_direct import PASSWORD, DirectClient, Reply, logged_on, serving

HEADER_LENGTH = 28


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("faults") / "home"
    Chronicle.begin(directory, Population(1, 20), Delivery(dt.date(2026, 3, 2)))
    return directory


@pytest.fixture(scope="module")
def number(home: Path) -> str:
    return Chronicle.read(home).world.person(0).number


@pytest.fixture
def connected(home: Path) -> Iterator[tuple[CprDirectServer, DirectClient]]:
    with logged_on(home) as (server, client):
        yield server, client


@pytest.fixture
def server(connected: tuple[CprDirectServer, DirectClient]) -> CprDirectServer:
    return connected[0]


@pytest.fixture
def client(connected: tuple[CprDirectServer, DirectClient]) -> DirectClient:
    return connected[1]


def pieces_of(client: DirectClient, request: bytes) -> list[bytes]:
    """What each read brings, until the end."""
    with client.connected() as connection:
        connection.sendall(request)
        return list(iter(lambda: connection.recv(65_536), b""))


@pytest.mark.parametrize("size", [1, 27, 28, 29, 400])
def test_answers_come_in_pieces(
    server: CprDirectServer, client: DirectClient, number: str, size: int
) -> None:
    whole = client.ask(number).content
    pause = 0.02 if size > 1 else 0.0
    server.faults.set(DirectWrong(pieces=size, piece_seconds=pause))
    pieces = pieces_of(client, client.request(number))
    assert b"".join(pieces) == whole
    if pause:
        assert [len(piece) for piece in pieces[:-1]] == [size] * (len(whole) // size)


def test_a_piece_at_a_time_is_sent_by_itself_over_tls(home: Path, number: str) -> None:
    authority = Authority()
    with serving(home, Certificates(authority, "127.0.0.1")) as (server, client):
        client.context = ssl.create_default_context(cadata=authority.certificate.decode())
        client.log_on(PASSWORD)
        whole = client.ask(number).content
        server.faults.set(DirectWrong(pieces=1))
        pieces = pieces_of(client, client.request(number))
        assert [len(piece) for piece in pieces] == [1] * len(whole)
        assert b"".join(pieces) == whole


@pytest.mark.parametrize("after", [0, 10, 28, 300])
def test_stalls_and_lets_go_when_the_client_does(
    server: CprDirectServer, client: DirectClient, number: str, after: int
) -> None:
    server.faults.set(DirectWrong(stall_after=after))
    with client.connected() as connection:
        connection.sendall(client.request(number))
        received = b""
        while len(received) < after:
            received += connection.recv(after)
        connection.settimeout(0.1)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        assert server.counts.open == 1
    assert server.wait_for(lambda counts: counts.open == 0)


def test_a_stalled_client_does_not_keep_the_server_from_stopping(home: Path, number: str) -> None:
    with contextlib.ExitStack() as stack, logged_on(home) as (server, client):
        server.faults.set(DirectWrong(stall_after=5))
        connection = stack.enter_context(client.connected())
        connection.sendall(client.request(number))
        assert connection.recv(5)
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 3
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(1) == b""


def test_an_answer_under_way_may_end_when_it_stops(home: Path, number: str) -> None:
    with logged_on(home) as (server, client):
        whole = client.ask(number).content
        server.faults.set(DirectWrong(first_byte_seconds=0.3))
        with client.connected() as connection:
            connection.sendall(client.request(number))
            assert server.wait_for(lambda counts: counts.all_requests == 2)
            server.stop(dt.timedelta(seconds=10))
            assert connection.makefile("rb").read() == whole
        with pytest.raises(ConnectionRefusedError):
            client.ask(number)


@pytest.mark.parametrize("after", [0, 1, 27, 28, 29, 500])
def test_closes_early(server: CprDirectServer, client: DirectClient, number: str, after: int) -> None:
    whole = client.ask(number).content
    server.faults.set(DirectWrong(close_after=after))
    assert client.ask(number).content == whole[:after]


@pytest.mark.parametrize("surplus", [1, 100])
def test_sends_too_much(server: CprDirectServer, client: DirectClient, number: str, surplus: int) -> None:
    whole = client.ask(number).content
    server.faults.set(DirectWrong(surplus=surplus))
    more = client.ask(number).content
    assert (more[: len(whole)], len(more)) == (whole, len(whole) + surplus)


@pytest.mark.parametrize("off", [-9999, -1, 1, 9999])
def test_declares_a_wrong_length(
    server: CprDirectServer, client: DirectClient, number: str, off: int
) -> None:
    whole = client.ask(number)
    server.faults.set(DirectWrong(length_off=off))
    wrong = client.ask(number)
    assert wrong.declared == min(max(whole.declared + off, 0), 9999)
    assert wrong.content[:24] + wrong.content[28:] == whole.content[:24] + whole.content[28:]


def test_sends_something_that_is_no_header(
    server: CprDirectServer, client: DirectClient, number: str
) -> None:
    server.faults.set(DirectWrong(garbage=Garbage.HEADER))
    content = client.ask(number).content
    assert len(content) > HEADER_LENGTH
    assert not content[:HEADER_LENGTH].replace(b" ", b"").isalnum()


def test_sends_a_record_of_an_unknown_type(
    server: CprDirectServer, client: DirectClient, number: str
) -> None:
    whole = client.ask(number)
    server.faults.set(DirectWrong(garbage=Garbage.RECORD_TYPE))
    wrong = client.ask(number)
    begins = HEADER_LENGTH + len(whole.records[0])
    assert wrong.text[begins : begins + 3] == "888"
    assert wrong.text[begins + 3 :] == whole.text[begins + 3 :]
    assert find_fault("888", wrong.text[begins:]) is not None


def test_sends_a_record_that_violates_its_layout(
    server: CprDirectServer, client: DirectClient, number: str
) -> None:
    server.faults.set(DirectWrong(garbage=Garbage.RECORD))
    faults = [fault for text in client.ask(number).records if (fault := find_fault(text[:3], text))]
    assert [fault.field for fault in faults] == ["birth_date"]


def test_the_first_byte_comes_late(server: CprDirectServer, client: DirectClient, number: str) -> None:
    server.faults.set(DirectWrong(first_byte_seconds=0.3))
    began = time.monotonic()
    assert client.ask(number).error == 0
    assert 0.3 <= time.monotonic() - began < 5


def test_refuses_connections(server: CprDirectServer, client: DirectClient, number: str) -> None:
    server.faults.set(DirectWrong(refuse=True))
    with client.connected() as connection, contextlib.suppress(ConnectionResetError):
        assert connection.recv(1) == b""
    server.faults.none()
    assert client.ask(number).error == 0
    assert server.counts.all_requests == 1


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (BadCertificate.EXPIRED, "expired"),
        (BadCertificate.OTHER_HOST, "not valid for|mismatch"),
        (BadCertificate.UNTRUSTED, "unable to get local issuer|self-signed"),
    ],
)
def test_shows_a_certificate_that_nobody_should_accept(home: Path, bad: BadCertificate, reason: str) -> None:
    authority = Authority()
    with serving(home, Certificates(authority, "127.0.0.1")) as (server, client):
        client.context = ssl.create_default_context(cadata=authority.certificate.decode())
        server.faults.set(DirectWrong(certificate=bad, times=1))
        with pytest.raises(ssl.SSLCertVerificationError, match=reason):
            client.log_on(PASSWORD)
        assert client.log_on(PASSWORD).error == 0


def test_a_fault_can_be_for_logons_or_for_requests_alone(
    server: CprDirectServer, client: DirectClient, number: str
) -> None:
    server.faults.set(DirectWrong(error=4, at=At.LOGON))
    assert (client.log_on(PASSWORD).error, client.ask(number).error) == (4, 0)
    server.faults.set(DirectWrong(error=9, at=At.REQUEST))
    assert (client.log_on(PASSWORD).error, client.ask(number).error) == (0, 9)
    server.faults.set(DirectWrong(close_after=0, at=At.REQUEST))
    assert (len(client.log_on(PASSWORD).content), len(client.ask(number).content)) == (28, 0)


def test_a_forced_error_wears_no_account_out(server: CprDirectServer, client: DirectClient) -> None:
    server.faults.set(DirectWrong(error=1))
    for _ in range(5):
        assert client.log_on("falsk-1A").error == 1
    server.faults.none()
    assert client.log_on(PASSWORD).error == 0


def test_goes_wrong_so_many_times_and_then_works(
    server: CprDirectServer, client: DirectClient, number: str
) -> None:
    server.faults.set(DirectWrong(error=8, times=2))
    assert [client.ask(number).error for _ in range(4)] == [8, 8, 0, 0]
    assert server.faults.left == 0


def test_one_connection_counts_once_and_only_where_something_went_wrong(
    server: CprDirectServer, client: DirectClient, number: str
) -> None:
    whole = client.ask(number).content
    server.faults.set(DirectWrong(garbage=Garbage.RECORD, pieces=None, surplus=3, times=1))
    assert len(client.ask(number).content) == len(whole) + 3
    assert client.ask(number).content == whole
    server.faults.set(DirectWrong(garbage=Garbage.RECORD, times=1))
    assert client.ask(number, "00").error == 0  # no record that could be garbled
    assert server.faults.left == 1
    assert client.ask(number).content != whole
    assert server.faults.left == 0


def test_a_subscription_is_made_although_its_answer_is_lost(
    tmp_path: Path,
) -> None:
    Chronicle.begin(tmp_path, Population(1, 20), Delivery(dt.date(2026, 3, 2)), subscribed=0)
    with logged_on(tmp_path) as (server, client):
        chronicle = Chronicle.read(tmp_path)
        server.faults.set(DirectWrong(close_after=0, times=1))
        assert client.ask(chronicle.world.person(3).number, "10").content == b""
        assert len(chronicle.said_online().statements) == 1
        server.faults.set(DirectWrong(error=4, times=1))
        assert client.ask(chronicle.world.person(4).number, "10").error == 4
        assert len(chronicle.said_online().statements) == 1


def test_faults_that_were_replaced_are_not_used_up() -> None:
    faults = DirectFaults(DirectWrong(surplus=1, times=1))
    turn = Turn(faults)
    faults.set(DirectWrong(surplus=2, times=1))
    assert not turn.happens(applies=True)
    assert faults.left == 1


def test_what_comes_first_ends_an_answer() -> None:
    answer = b"463006AbCd1234SANDBOX1000028"
    sending = Sending.of(answer, DirectWrong(stall_after=5, close_after=9))
    assert (sending.content, sending.stalls) == (answer[:5], True)
    sending = Sending.of(answer, DirectWrong(stall_after=9, close_after=5))
    assert (sending.content, sending.stalls) == (answer[:5], False)
    assert Reply(spoilt(answer, DirectWrong(length_off=-30))).declared == 0


def test_refuses_faults_that_make_no_sense() -> None:
    for wrong in ({"error": 0}, {"error": 100}, {"pieces": 0}, {"times": 0}, {"garbage": "noise"}, {"x": 1}):
        with pytest.raises(ValidationError):
            DirectWrong.model_validate(wrong)


def test_a_port_that_is_taken_is_said_at_once(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        server = CprDirectServer(home, None, port=other.getsockname()[1])
        with pytest.raises(OSError, match="in use"):
            server.start()
