"""CPR Direkte's answers: header and records as on the real interface, and always the world's present state."""

import datetime as dt
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registerbro.cpr.checks import find_fault
from registerbro.cpr.layouts import LAYOUTS
from registerbro_sandbox.__main__ import app
from registerbro_sandbox.direct import CURRENT, Certificates, Terms
from registerbro_sandbox.direct.answers import LONGEST, Records
from registerbro_sandbox.direct.requests import Logon, Lookup, Malformed, read
from registerbro_sandbox.ftp import Authority
from registerbro_sandbox.persons import Delivery, LifeEvent, Population
from registerbro_sandbox.persons.cases import SHOW_FAMILIES
from registerbro_sandbox.persons.chronicle import Chronicle
from registerbro_sandbox.persons.numbers import SLOTS
from registerbro_sandbox.persons.render import records
from typer.testing import CliRunner

from tests.support.sandbox_direct import PASSWORD, TODAY, DirectClient, logged_on, serving

BEGUN = dt.date(2026, 3, 2)
SHOWN = SHOW_FAMILIES * SLOTS
SOMEBODY = "0101604321"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world that nobody changes."""
    directory = tmp_path_factory.mktemp("direct") / "home"
    Chronicle.begin(directory, Population(1, SHOWN), Delivery(BEGUN))
    return directory


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[DirectClient]:
    with logged_on(home) as (_, client):
        yield client


# Connection


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_speaks_tls_with_a_certificate_of_the_sandboxs_authority(home: Path, version: ssl.TLSVersion) -> None:
    authority = Authority.kept_in(home)
    with serving(home, Certificates(authority, "localhost", "127.0.0.1")) as (server, client):
        client.context = ssl.create_default_context(cadata=authority.certificate.decode())
        client.context.minimum_version = client.context.maximum_version = version
        assert client.log_on(PASSWORD).error == 0
        reply = client.ask(next(iter(Chronicle.read(home).world)).number)
        assert reply.declared == len(reply.content) > 500
        client.context = ssl.create_default_context(cadata=Authority().certificate.decode())
        with pytest.raises(ssl.SSLCertVerificationError):
            client.ask(SOMEBODY)
        assert server.wait_for(lambda counts: counts.failed == 1)


def test_an_authority_is_the_same_after_a_restart(home: Path, tmp_path: Path) -> None:
    assert Authority.kept_in(home).certificate == Authority.kept_in(home).certificate
    assert Authority.kept_in(tmp_path).certificate != Authority.kept_in(home).certificate
    assert (home / ".sandbox" / "authority.pem").stat().st_mode & 0o077 == 0


def test_refuses_an_older_tls() -> None:
    context = Authority().issue("127.0.0.1").server_context()
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_takes_a_request_in_any_pieces(client: DirectClient, home: Path) -> None:
    number = next(iter(Chronicle.read(home).world)).number
    with client.connected() as connection:
        for byte in client.request(number):
            connection.sendall(bytes([byte]))
        whole = b"".join(iter(lambda: connection.recv(1), b""))
    assert whole == client.ask(number).content


def test_who_stops_sending_gets_the_answer_all_the_same(client: DirectClient, home: Path) -> None:
    number = next(iter(Chronicle.read(home).world)).number
    with client.connected() as connection:
        connection.sendall(client.request(number))
        connection.shutdown(1)  # no more writing
        assert connection.makefile("rb").read() == client.ask(number).content


# What stands in an answer


def test_a_logon_is_answered_with_a_header_alone(client: DirectClient) -> None:
    reply = client.log_on(PASSWORD)
    assert reply.text == f"463090{reply.token}SANDBOX1000028"
    assert len(reply.token.strip()) == 8


def test_a_lookup_echoes_and_says_the_whole_length(client: DirectClient, home: Path) -> None:
    reply = client.ask(next(iter(Chronicle.read(home).world)).number)
    assert reply.text[:24] == f"463006{client.token}SANDBOX100"
    assert reply.declared == len(reply.content)


def test_everybody_is_answered_with_their_current_records(client: DirectClient, home: Path) -> None:
    for person in Chronicle.read(home).world:
        reply = client.ask(person.number)
        start, *own, end = reply.records
        assert start == f"000{'0' * 10}46300120260309{'0' * 8}"
        assert end == f"999{'9' * 10}{len(own):08}"
        assert own == [text for text in records(person) if text[:3] in CURRENT]
        assert own == sorted(own, key=lambda text: text[:3])
        assert not [text[:3] for text in reply.records if find_fault(text[:3], text)]
        assert all(len(text) == LAYOUTS[text[:3]].length for text in reply.records)


def test_all_kinds_of_current_records_come_and_no_others(client: DirectClient, home: Path) -> None:
    types = {text[:3] for person in Chronicle.read(home).world for text in client.ask(person.number).records}
    assert types == {"000", *CURRENT, "999"}


def test_answers_hold_what_the_agreement_names(home: Path) -> None:
    agreed = Terms(record_types=("026", "001", "022"))
    with logged_on(home, terms=agreed) as (_, client):
        persons = list(Chronicle.read(home).world)
        found = {text[:3] for person in persons for text in client.ask(person.number).records}
        assert found == {"000", "001", "022", "026", "999"}


def test_a_replaced_number_is_answered_itself_and_names_the_current_one(
    client: DirectClient, home: Path
) -> None:
    replaced = [
        p for p in Chronicle.read(home).world if p.status in {"50", "60"} and p.current("001")["current_pnr"]
    ]
    assert len(replaced) > 1
    for person in replaced:
        [first] = client.ask(person.number).of_type("001")
        assert first[3:13] == person.number
        assert first[13:23] == person.current("001")["current_pnr"] != person.number
        assert client.ask(first[13:23]).error == 0


def test_data_type_0_is_answered_with_a_header_alone(client: DirectClient, home: Path) -> None:
    reply = client.ask(next(iter(Chronicle.read(home).world)).number, "00")
    assert reply.text == f"463000{client.token}SANDBOX1000028"


def test_is_not_ahead_of_the_calendar_but_never_behind_the_world(tmp_path: Path) -> None:
    chronicle, _ = Chronicle.begin(tmp_path, Population(1, 20), Delivery(dt.date(2026, 4, 1)))
    with logged_on(tmp_path) as (_, client):
        assert client.ask(chronicle.world.person(0).number).records[0][19:27] == "20260401"


def test_an_answer_is_no_longer_than_its_header_can_say() -> None:
    made = Records.of(f"023{number:0>103}" for number in range(200))
    assert (made.count, len(made.content)) == (93, 93 * 106)
    assert LONGEST - 106 < 28 + len(made.framed("4630", TODAY)) <= LONGEST


# What was sent

LOGON = "OFF4,463090SANDBOX1Abcd12!x        "
LOOKUP = "OFF4,463016AbCd1234BRUGER  000101604321"


def test_reads_each_kind_of_request() -> None:
    assert read(LOGON) == Logon("OFF4", "4630", "0", "SANDBOX1", PASSWORD, "")
    assert read(LOGON[:27] + "Nyt-0rd!") == Logon("OFF4", "4630", "0", "SANDBOX1", PASSWORD, "Nyt-0rd!")
    assert read(LOOKUP) == Lookup("OFF4", "4630", "1", "6", "AbCd1234", "BRUGER", "0101604321")


@given(st.text("0123456789", min_size=10, max_size=10), st.sampled_from("013"), st.sampled_from("06"))
def test_never_shows_what_is_secret(number: str, subscription: str, data: str) -> None:
    request = read(f"OFF4,4630{subscription}{data}AbCd1234SANDBOX100{number}")
    assert isinstance(request, Lookup)
    assert (request.number, request.token) == (number, "AbCd1234")
    assert number not in repr(request)
    assert "AbCd1234" not in repr(request)
    assert PASSWORD not in repr(read(LOGON))


MALFORMED = [
    ("OFF4;" + LOOKUP[5:], "no comma"),
    ("OFF4,46A0" + LOOKUP[9:], "not four digits"),
    (LOOKUP[:19] + " RUGER  " + LOOKUP[27:], "does not begin"),
    (LOOKUP[:19] + " " * 8 + LOOKUP[27:], "does not begin"),
    (LOOKUP[:27] + "  " + LOOKUP[29:], "not 00"),
]


@pytest.mark.parametrize(("text", "problem"), MALFORMED, ids=range(len(MALFORMED)))
def test_says_what_is_wrong_with_a_request(text: str, problem: str) -> None:
    with pytest.raises(Malformed, match=problem):
        read(text)


@pytest.mark.parametrize(
    "text",
    [LOOKUP[:-1], LOGON[:20], "O", LOOKUP + "\n", LOGON + " ", MALFORMED[0][0]],
    ids=["a character short", "half a logon", "one character", "a line end", "a blank more", "no comma"],
)
def test_closes_without_an_answer_on_what_is_no_request(home: Path, text: str) -> None:
    with logged_on(home) as (server, client):
        with client.connected() as connection:
            connection.sendall(text.encode())
            connection.shutdown(1)
            assert connection.makefile("rb").read() == b""
        assert server.wait_for(lambda counts: counts.malformed == 1 and counts.open == 0)
        assert server.counts.all_requests == 0


def test_counts_who_says_nothing(home: Path) -> None:
    with logged_on(home) as (server, client):
        with client.connected():
            assert server.wait_for(lambda counts: counts.open == 1)
        assert server.wait_for(lambda counts: counts.failed == 1 and counts.open == 0)


def test_counts_what_is_asked_without_numbers(home: Path) -> None:
    with logged_on(home) as (server, client):
        number = Chronicle.read(home).world.person(3).number
        for types in ("06", "06", "00"):
            client.ask(number, types)
        client.ask(SOMEBODY)
        client.log_on("forkert!")
        counts = server.counts
        assert (counts.logons, counts.wrong_logons) == ({"SANDBOX1": 1}, {"SANDBOX1": 1})
        assert counts.requests == {"06": 3, "00": 1}
        assert counts.errors == {5: 1, 1: 1}
        assert (counts.connections, counts.most_open) == (6, 1)
        with client.connected(), client.connected():
            assert server.wait_for(lambda now: now.most_open == 2)
        assert number not in repr(server.counts)


# The world changes


def change(home: Path, event: str, index: int, day: int) -> None:
    arguments = ["change", "--into", str(home), "--event", f"{event}={index}", "--date", f"2026-03-{day:02}"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output


SHOWS: list[tuple[str, str, Callable[[str], bool]]] = [
    ("moves", "002", lambda text: "202603031120" in text),
    ("marries", "012", lambda text: text[13] == "G" and "202603031120" in text),
    ("dies", "001", lambda text: text[23:25] == "90"),
    ("gets-protection", "004", lambda text: text[13:17] == "0001"),
    ("emigrates", "005", lambda text: "202603031120" in text),
    ("changes-name", "008", lambda text: "202603031120" in text),
    ("is-born", "014", lambda text: True),
]


@pytest.mark.parametrize(("event", "record_type", "shows"), SHOWS, ids=[event for event, _, _ in SHOWS])
def test_answers_from_the_new_state_at_once(
    tmp_path: Path, event: str, record_type: str, shows: Callable[[str], bool]
) -> None:
    chronicle, _ = Chronicle.begin(tmp_path, Population(4, 320), Delivery(BEGUN))
    index = chronicle.world.first(LifeEvent(event), BEGUN + dt.timedelta(1))
    number = chronicle.world.person(index).number
    with logged_on(tmp_path) as (_, client):
        before = client.ask(number).of_type(record_type)
        change(tmp_path, event, index, 3)
        after = client.ask(number).of_type(record_type)
        assert [text for text in after if text not in before and shows(text)]
        assert not [text for text in after if find_fault(record_type, text)]


def test_a_guardian_shows_at_once_and_goes_again(tmp_path: Path) -> None:
    chronicle, _ = Chronicle.begin(tmp_path, Population(4, 320), Delivery(BEGUN))
    index = chronicle.world.first(LifeEvent("gets-guardian"), BEGUN + dt.timedelta(1))
    number = chronicle.world.person(index).number
    with logged_on(tmp_path) as (_, client):

        def guardians() -> int:
            reply = client.ask(number)
            return len(reply.of_type("017")) + len(reply.of_type("052"))

        found = [guardians()]
        for day, event in ((3, "gets-guardian"), (4, "loses-guardian")):
            change(tmp_path, event, index, day)
            found.append(guardians())
        assert found == [0, 1, 0]


def test_a_changed_number_shows_at_once_under_both(tmp_path: Path) -> None:
    chronicle, _ = Chronicle.begin(tmp_path, Population(4, 320), Delivery(BEGUN))
    index = chronicle.world.first(LifeEvent("changes-number"), BEGUN + dt.timedelta(1))
    old = chronicle.world.person(index).number
    with logged_on(tmp_path) as (_, client):
        assert client.ask(old).of_type("001")[0][13:23].isspace()
        change(tmp_path, "changes-number", index, 3)
        [first] = client.ask(old).of_type("001")
        assert first[23:25] == "60"
        [current] = client.ask(first[13:23]).of_type("001")
        assert current[3:13] == first[13:23] == Chronicle.read(tmp_path).world.person(index).number


def test_a_child_is_known_once_it_is_born(tmp_path: Path) -> None:
    chronicle, _ = Chronicle.begin(tmp_path, Population(4, 320), Delivery(BEGUN))
    index = chronicle.world.first(LifeEvent("is-born"), BEGUN + dt.timedelta(1))
    with logged_on(tmp_path) as (_, client):
        mother = chronicle.world.person(index).number
        before = client.ask(mother).of_type("014")
        change(tmp_path, "is-born", index, 3)
        [child] = [text[13:23] for text in client.ask(mother).of_type("014") if text not in before]
        assert client.ask(child).of_type("015")


def test_is_closed_until_there_is_a_world(tmp_path: Path) -> None:
    with logged_on(tmp_path) as (_, client):
        assert client.ask(SOMEBODY).error == 4
        chronicle, _ = Chronicle.begin(tmp_path, Population(4, 20), Delivery(BEGUN))
        assert client.ask(chronicle.world.person(2).number).error == 0
