"""Subscriptions by CPR Direkte decide what the next change files hold."""

import datetime as dt
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from registerbro.cpr import reader
from registerbro_sandbox import json_lines
from registerbro_sandbox.__main__ import app
from registerbro_sandbox.direct import CprDirectServer
from registerbro_sandbox.persons import (
    CannotHappen,
    Change,
    Delivery,
    Layout,
    LifeEvent,
    Named,
    Population,
    World,
    online,
)
from registerbro_sandbox.persons.chronicle import FILE_NAME, Chronicle
from registerbro_sandbox.persons.subscriptions import Standing, Statement, Subscriptions
from typer.testing import CliRunner

from tests.support.sandbox_direct import DirectClient, logged_on

BEGUN = dt.date(2026, 3, 2)
PERSONS, SUBSCRIBED = 320, 160
INSIDE, OUTSIDE, OTHER = 2, 163, 180  # persons who can move, before and behind the border


@pytest.fixture
def home(tmp_path: Path) -> Path:
    Chronicle.begin(tmp_path, Population(4, PERSONS), Delivery(BEGUN), subscribed=SUBSCRIBED)
    return tmp_path


@pytest.fixture
def serving(home: Path) -> Iterator[tuple[CprDirectServer, DirectClient]]:
    with logged_on(home) as (server, client):
        yield server, client


@pytest.fixture
def client(serving: tuple[CprDirectServer, DirectClient]) -> DirectClient:
    return serving[1]


def number_of(home: Path, index: int) -> str:
    return Chronicle.read(home).world.person(index).number


def run(home: Path, *arguments: object) -> dict[str, Any]:
    result = CliRunner().invoke(app, [*map(str, arguments), "--into", str(home), "--json"])
    assert result.exit_code == 0, result.output
    parsed: dict[str, Any] = json.loads(result.stdout)
    return parsed


def change(home: Path, day: int, *events: str) -> dict[str, list[str]]:
    """Let something happen; gives the event codes of everybody in the change file."""
    named = [word for event in events for word in ("--event", event)]
    done = run(home, "change", *named, "--date", f"2026-03-{day:02}")
    return delivered(Path(done["path"]))


def delivered(path: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in path.read_text("iso-8859-1").splitlines():
        if line[:3] == "001":
            found.setdefault(line[3:13], [])
        if line[:3] == "099":
            found.setdefault(line[3:13], []).append(line[25:28])
    return found


# The first extract


def test_a_first_extract_may_hold_a_part_of_the_population(home: Path) -> None:
    world = Chronicle.read(home).world
    found = delivered(home / "d260302.l463003")
    assert list(found) == [world.person(index).number for index in range(SUBSCRIBED)]
    assert reader.scan(home / "d260302.l463003").counts["001"] == SUBSCRIBED


def test_everybody_can_be_asked_for(client: DirectClient, home: Path) -> None:
    errors = {client.ask(number_of(home, index)).error for index in (0, SUBSCRIBED, PERSONS - 1)}
    assert errors == {0}


def test_what_happens_to_the_others_happens_unseen(client: DirectClient, home: Path) -> None:
    before = client.ask(number_of(home, OUTSIDE)).of_type("002")
    found = change(home, 3, f"moves={INSIDE}", f"moves={OUTSIDE}")
    assert list(found) == [number_of(home, INSIDE)]
    assert client.ask(number_of(home, OUTSIDE)).of_type("002") != before


def test_a_share_of_everybody_is_drawn_the_same_whoever_is_subscribed(tmp_path: Path) -> None:
    files = []
    for name, subscribed in (("part", 100), ("all", None)):
        home = tmp_path / name
        chronicle, _ = Chronicle.begin(home, Population(4, PERSONS), Delivery(BEGUN), subscribed=subscribed)
        written = chronicle.deliver(Change(dt.date(2026, 3, 3), share=0.3), Layout())
        files.append(delivered(written.path))
    part, whole = files
    first = {Population(4, PERSONS).person(index).number for index in range(100)}
    assert part == {number: events for number, events in whole.items() if number in part}
    assert {number for number in whole if number in first} <= set(part)
    assert 10 < len(part) < len(whole)


@pytest.mark.parametrize("subscribed", [0, PERSONS])
def test_nobody_or_everybody_may_be_subscribed(tmp_path: Path, subscribed: int) -> None:
    _, written = Chronicle.begin(tmp_path, Population(4, PERSONS), Delivery(BEGUN), subscribed=subscribed)
    assert written.persons == subscribed


def test_refuses_more_than_there_are(tmp_path: Path) -> None:
    arguments = ["generate", "--persons", "10", "--subscribed", "11", "--into", str(tmp_path / "home")]
    result = CliRunner().invoke(app, arguments)
    assert (result.exit_code, "0 to 10" in result.output) == (1, True)
    assert not (tmp_path / "home").exists()


def test_generates_a_part_by_command(tmp_path: Path) -> None:
    done = run(tmp_path, "generate", "--persons", 40, "--subscribed", 7)
    assert done["persons"] == 7
    assert Chronicle.read(tmp_path).subscriptions.first == 7


# Words by CPR Direkte


@pytest.mark.parametrize("types", ["10", "16"])
def test_who_is_subscribed_comes_in_the_next_file_and_with_every_change(
    client: DirectClient, home: Path, types: str
) -> None:
    number = number_of(home, OUTSIDE)
    reply = client.ask(number, types)
    assert (reply.error, bool(reply.body), reply.text[4:6]) == (0, types == "16", types)
    assert change(home, 3, f"moves={INSIDE}")[number] == ["A45"]
    assert number not in change(home, 4, f"moves={INSIDE}")
    assert change(home, 5, f"moves={OUTSIDE}") == {number: ["A01"]}


def test_who_is_subscribed_on_the_day_comes_once_with_all_events(client: DirectClient, home: Path) -> None:
    number = number_of(home, OUTSIDE)
    client.ask(number, "10")
    assert change(home, 3, f"moves={OUTSIDE}") == {number: ["A01", "A45"]}


def test_who_is_unsubscribed_comes_no_more(client: DirectClient, home: Path) -> None:
    number = number_of(home, INSIDE)
    assert client.ask(number, "30").text == f"463030{client.token}SANDBOX1000028"
    assert change(home, 3, f"moves={INSIDE}") == {}
    assert change(home, 4, f"moves={INSIDE}") == {}
    client.ask(number, "10")
    assert change(home, 5) == {number: ["A45"]}
    assert change(home, 6, f"moves={INSIDE}") == {number: ["A01"]}


def test_the_last_word_before_a_file_counts(client: DirectClient, home: Path) -> None:
    inside, outside = number_of(home, INSIDE), number_of(home, OUTSIDE)
    for number, types in ((outside, "10"), (outside, "30"), (inside, "30"), (inside, "10")):
        client.ask(number, types)
    assert change(home, 3, f"moves={OUTSIDE}") == {inside: ["A45"]}


def test_saying_what_is_so_already_is_accepted_and_changes_nothing(client: DirectClient, home: Path) -> None:
    inside, outside = number_of(home, INSIDE), number_of(home, OUTSIDE)
    for number, types in ((inside, "10"), (inside, "16"), (outside, "30"), (outside, "30")):
        assert client.ask(number, types).error == 0
    assert Chronicle.read(home).said_online().statements == ()
    client.ask(outside, "10")
    client.ask(outside, "10")
    assert len(Chronicle.read(home).said_online().statements) == 1
    change(home, 3)
    client.ask(outside, "10")
    assert change(home, 4) == {}


def test_a_plain_lookup_leaves_subscriptions_alone(client: DirectClient, home: Path) -> None:
    client.ask(number_of(home, OUTSIDE), "06")
    assert Chronicle.read(home).said_online().statements == ()


def test_a_word_outlives_a_restart(home: Path) -> None:
    number = number_of(home, OUTSIDE)
    with logged_on(home) as (_, client):
        client.ask(number, "10")
    with logged_on(home) as (_, client):
        client.ask(number, "10")
    assert len(Chronicle.read(home).said_online().statements) == 1
    assert change(home, 3) == {number: ["A45"]}


def test_an_input_file_run_in_the_night_has_the_last_word(client: DirectClient, home: Path) -> None:
    number = number_of(home, OUTSIDE)
    client.ask(number, "10")
    (home / "ind").mkdir()
    (home / "ind" / "d260303.i463001").write_text(f"06463000SL{number}{'NØGLE':<15}".ljust(80), "latin-1")
    assert change(home, 3, f"moves={OUTSIDE}") == {}
    assert change(home, 4, f"moves={OUTSIDE}") == {}
    client.ask(number, "10")  # it is news again
    assert change(home, 5) == {number: ["A45"]}


def test_an_order_and_a_word_come_together(client: DirectClient, home: Path) -> None:
    number = number_of(home, OUTSIDE)
    client.ask(number, "10")
    (home / "ind").mkdir()
    (home / "ind" / "d260303.i463001").write_text(f"07463003{number}{'HENT':<15}".ljust(80), "latin-1")
    assert change(home, 3) == {number: ["A45", "A74"]}


def test_answers_alone_deliver_what_was_said(client: DirectClient, home: Path) -> None:
    none = CliRunner().invoke(app, ["answer", "--into", str(home), "--date", "2026-03-03"])
    assert (none.exit_code, "nothing was said" in none.output) == (1, True)
    number = number_of(home, OUTSIDE)
    client.ask(number, "10")
    done = run(home, "answer", "--date", "2026-03-03")
    assert delivered(Path(done["path"])) == {number: ["A45"]}
    assert done["online"] == {"subscribed": 1, "unsubscribed": 0}


def test_a_lost_file_is_lost_with_who_was_subscribed(client: DirectClient, home: Path) -> None:
    number = number_of(home, OUTSIDE)
    client.ask(number, "10")
    run(home, "change", "--lose", "--date", "2026-03-03")
    assert change(home, 4, f"moves={OUTSIDE}") == {number: ["A01"]}


def test_what_is_said_while_a_file_is_written_waits_for_the_next(client: DirectClient, home: Path) -> None:
    number, chronicle = number_of(home, OUTSIDE), Chronicle.read(home)
    for types in ("10", "06"):
        client.ask(number, types)
    chronicle.remember(Change(dt.date(2026, 3, 3)))  # by a command that began before
    client.ask(number, "10")
    assert len(Chronicle.read(home).said_online().statements) == 1
    assert change(home, 4) == {number: ["A45"]}


def test_a_delivery_without_the_command_takes_up_what_was_said(client: DirectClient, home: Path) -> None:
    inside, outside = number_of(home, INSIDE), number_of(home, OUTSIDE)
    client.ask(outside, "10")
    client.ask(inside, "30")
    both = Change(dt.date(2026, 3, 3), (Named(LifeEvent.MOVES, INSIDE), Named(LifeEvent.MOVES, OTHER)))
    written = Chronicle.read(home).deliver(both, Layout())
    assert delivered(written.path) == {outside: ["A45"]}
    assert Chronicle.read(home).said_online().statements == ()
    assert change(home, 4, f"moves={INSIDE}") == {}


# Persons whose number changes, and children


def test_a_subscription_goes_with_the_person_to_a_new_number(client: DirectClient, home: Path) -> None:
    day = dt.date(2026, 3, 3)
    world = Chronicle.read(home).world
    index = next(i for i in range(SUBSCRIBED, PERSONS) if _can(world, LifeEvent.CHANGES_NUMBER, i, day))
    old = number_of(home, index)
    client.ask(old, "10")
    found = change(home, 3, f"changes-number={index}")
    new = number_of(home, index)
    assert set(found) >= {old, new}
    assert found[old] == ["P03", "A45"]
    assert change(home, 4, f"moves={index}") == {new: ["A01"]}
    client.ask(new, "30")
    assert change(home, 5, f"moves={index}") == {}


def test_a_changed_number_of_the_first_extract_is_delivered_under_both(home: Path) -> None:
    world = Chronicle.read(home).world
    index = world.first(LifeEvent.CHANGES_NUMBER, dt.date(2026, 3, 3))
    assert index < SUBSCRIBED
    old = number_of(home, index)
    assert change(home, 3, f"changes-number={index}").keys() >= {old, number_of(home, index)}


def test_ending_it_for_a_former_number_leaves_what_was_said_of_the_new_one(
    client: DirectClient, home: Path
) -> None:
    world = Chronicle.read(home).world
    day = dt.date(2026, 3, 3)
    index = next(i for i in range(SUBSCRIBED, PERSONS) if _can(world, LifeEvent.CHANGES_NUMBER, i, day))
    old = number_of(home, index)
    assert change(home, 3, f"changes-number={index}").keys().isdisjoint({old, number_of(home, index)})
    new = number_of(home, index)
    client.ask(new, "10")
    client.ask(old, "30")
    assert change(home, 4, f"moves={index}") == {new: ["A01", "A45"]}


def _can(world: World, event: LifeEvent, index: int, day: dt.date) -> bool:
    try:
        world._happen(world.family(index // 16), Named(event, index), day)
    except CannotHappen:
        return False
    return True


@pytest.mark.parametrize("subscribed", [None, SUBSCRIBED])
def test_a_child_is_delivered_where_all_are(tmp_path: Path, subscribed: int | None) -> None:
    chronicle, _ = Chronicle.begin(tmp_path, Population(4, PERSONS), Delivery(BEGUN), subscribed=subscribed)
    mother = chronicle.world.first(LifeEvent.IS_BORN, dt.date(2026, 3, 3))
    assert mother < SUBSCRIBED
    found = change(tmp_path, 3, f"is-born={mother}")
    child = next(p for p in Chronicle.read(tmp_path).world.family(mother // 16) if p.slot >= 16)
    assert number_of(tmp_path, mother) in found
    assert (child.number in found) is (subscribed is None)
    with logged_on(tmp_path) as (_, client):
        client.ask(child.number, "10")
    assert (child.number in change(tmp_path, 4)) is (subscribed is not None)


# What is kept


def test_reads_a_chronicle_from_before_there_were_subscriptions(home: Path) -> None:
    gone = number_of(home, INSIDE)
    old = [
        {"seed": 4, "persons": PERSONS, "task": "463003", "produced": "2026-03-02"},
        {"day": "2026-03-03", "share": 0.0, "named": [["moves", 19]]},
        {"day": "2026-03-04", "share": 0.0, "named": [], "unsubscribed": [gone]},
    ]
    (home / FILE_NAME).write_text("".join(f"{json.dumps(line)}\n" for line in old))
    chronicle = Chronicle.read(home)
    assert (chronicle.subscriptions.first, chronicle.online) == (None, 0)
    assert chronicle.subscriptions.told == {gone: False}
    assert chronicle.produced == dt.date(2026, 3, 4)
    assert set(change(home, 5, f"moves={OUTSIDE}")) == {number_of(home, OUTSIDE)}


def test_a_new_world_does_not_hear_what_was_said_in_an_old_one(client: DirectClient, home: Path) -> None:
    client.ask(number_of(home, OUTSIDE), "10")
    for path in (home / FILE_NAME, home / "d260302.l463003"):
        path.unlink()
    chronicle, _ = Chronicle.begin(home, Population(4, PERSONS), Delivery(BEGUN), subscribed=SUBSCRIBED)
    assert chronicle.said_online().statements == ()
    assert client.ask(number_of(home, OUTSIDE), "10").error == 0
    assert len(chronicle.said_online().statements) == 1


def test_many_can_say_something_at_once(serving: tuple[CprDirectServer, DirectClient], home: Path) -> None:
    _, client = serving
    numbers = [number_of(home, index) for index in range(SUBSCRIBED, SUBSCRIBED + 40)]
    threads = [threading.Thread(target=client.ask, args=(number, "10")) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {said.number for said in Chronicle.read(home).said_online().statements} == set(numbers)


def test_numbers_are_shown_nowhere_by_themselves(home: Path) -> None:
    online.say(home, Statement("0101604321", is_subscribed=True))
    chronicle = Chronicle.read(home)
    now = chronicle.subscriptions.after(chronicle.said_online().statements)
    for shown in (repr(chronicle.said_online()), repr(now), repr(Standing(("0101604321",), None))):
        assert "0101604321" not in shown


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans())))
def test_of_two_words_the_later_one_counts(said: list[tuple[int, bool]]) -> None:
    subscriptions = Subscriptions(3).after(Statement(str(number), is_so) for number, is_so in said)
    for number in range(6):
        words = [is_so for other, is_so in said if other == number]
        expected = words[-1] if words else number < 3
        assert subscriptions.hold(Standing((str(number),), number)) is expected


@settings(max_examples=30)
@given(cut=st.integers(1, 40))
def test_a_line_that_was_cut_short_is_passed_over_and_taken_away(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    path = tmp_path_factory.mktemp("lines") / "lines"
    json_lines.append(path, {"number": 1})
    whole = path.stat().st_size
    line = json.dumps({"number": 2, "text": "x" * 40}).encode()
    with path.open("ab") as file:
        file.write(line[:cut])
    assert json_lines.read(path) == ([{"number": 1}], whole)
    json_lines.append(path, {"number": 3})
    assert json_lines.read(path).objects == [{"number": 1}, {"number": 3}]
    assert json_lines.read(path, whole).objects == [{"number": 3}]


def test_a_last_line_without_its_end_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_text('{"number": 1}')
    assert json_lines.read(path).objects == [{"number": 1}]
    json_lines.append(path, {"number": 2})
    assert path.read_text() == '{"number": 1}\n{"number": 2}\n'
