"""Input files: how their lines are read, and what CPR answers in its next deliveries."""

import collections
import dataclasses
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registerbro.cpr import orders, reader
from registerbro.cpr.numbers import CprNumber
from registerbro_sandbox.__main__ import app
from registerbro_sandbox.orders import Kind, Order, Rejected, read_line
from registerbro_sandbox.persons.chronicle import Chronicle
from typer.testing import CliRunner

CUSTOMER, TASK = "4630", "463003"
SOMEBODY = "0101604321"
MOVER, OTHER = 2, 19  # persons of the world below who can move


def line_06(number: str, code: str = "OP", key: str = "MIN-NOEGLE", customer: str = CUSTOMER) -> str:
    return f"06{customer}00{code}{number}{key:<15}".ljust(80)


def line_07(number: str, key: str = "HENT", task: str = TASK, width: int = 80) -> str:
    return f"07{task}{number}{key:<15}".ljust(width)


def line_01(number: str, task: str = "463009") -> str:
    return f"01{task}{number}{'LISTE':<15}".ljust(80)


@pytest.mark.parametrize(
    ("line", "order"),
    [
        (line_06(SOMEBODY), Order(Kind.SUBSCRIBE, SOMEBODY, "MIN-NOEGLE")),
        (line_06(SOMEBODY, "SL", ""), Order(Kind.UNSUBSCRIBE, SOMEBODY, "")),
        (line_07(SOMEBODY), Order(Kind.REQUISITION, SOMEBODY, "HENT", TASK)),
        (line_07(SOMEBODY, width=33), Order(Kind.REQUISITION, SOMEBODY, "HENT", TASK)),
        (line_01(SOMEBODY), Order(Kind.STATUS, SOMEBODY, "LISTE", "463009")),
    ],
)
def test_reads_each_kind_of_line(line: str, order: Order) -> None:
    assert read_line(line, CUSTOMER) == order


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("99", "Ukendt nøgle"),
        ("", "Ukendt nøgle"),
        (line_06(SOMEBODY, customer="1111"), "Ukendt kundenummer"),
        (line_06(SOMEBODY, "XX"), "Ukendt funktion"),
        (line_06("01016O4321"), "Personnummer ikke gyldigt"),
        (line_06(SOMEBODY)[:-1], "80 tegn"),
        (line_06(SOMEBODY)[:-1] + "x", "blank"),
        (line_07(SOMEBODY, task="111103"), "Ukendt opgavenummer"),
        (line_07("0000000000"), "Personnummer ikke gyldigt"),
        (line_01(SOMEBODY, task="46300 "), "Ukendt opgavenummer"),
        (line_01(SOMEBODY)[:33], "80 tegn"),
    ],
)
def test_says_why_it_rejects_a_line(line: str, text: str) -> None:
    with pytest.raises(Rejected, match=text):
        read_line(line, CUSTOMER)


KINDS = {
    (orders.OrderKey.SUBSCRIPTION, "OP"): Kind.SUBSCRIBE,
    (orders.OrderKey.SUBSCRIPTION, "SL"): Kind.UNSUBSCRIBE,
    (orders.OrderKey.REQUISITION, ""): Kind.REQUISITION,
    (orders.OrderKey.STATUS_LIST, ""): Kind.STATUS,
}


@given(
    kind=st.sampled_from(sorted(KINDS)),
    number=st.from_regex(r"[0-9]{9}[1-9]", fullmatch=True),
    key_constant=st.from_regex(r"([!-~]([ -~]{0,13}[!-~])?)?", fullmatch=True),
)
def test_reads_what_customers_write_from_the_other_table(
    kind: tuple[orders.OrderKey, str], number: str, key_constant: str
) -> None:
    key, operation = kind
    line = orders.OrderLine(key, CprNumber(number), key_constant)
    if operation:
        line = dataclasses.replace(line, customer_number=CUSTOMER, operation=operation)
    else:
        line = dataclasses.replace(line, task_number=TASK)
    expected = Order(KINDS[kind], number, key_constant, None if operation else TASK)
    assert read_line(orders.write_line(line), CUSTOMER) == expected


@pytest.fixture
def home(tmp_path: Path) -> Path:
    directory = tmp_path / "home"
    run("generate", "--persons", 320, "--seed", 4, "--into", directory, "--date", "2026-03-02")
    return directory


def run(*arguments: object) -> dict[str, Any]:
    result = CliRunner().invoke(app, [*(str(argument) for argument in arguments), "--json"])
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def upload(home: Path, *lines: str, name: str = "d260303.i463001", end: str = "\r\n") -> None:
    (home / "ind").mkdir(exist_ok=True)
    (home / "ind" / name).write_bytes("".join(line + end for line in lines).encode("iso-8859-1"))


def numbers(home: Path) -> list[str]:
    return [person.number for person in Chronicle.read(home).world]


def records(path: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = collections.defaultdict(list)
    for line in Path(path).read_text("iso-8859-1").splitlines():
        found[line[:3]].append(line)
    return found


def test_answers_every_kind_of_line_in_one_delivery(home: Path) -> None:
    new, gone, wanted, listed = numbers(home)[40:44]
    unknown = line_06("3112991234")
    upload(
        home, line_06(new), line_06(gone, "SL", "SLUT"), line_07(wanted), line_01(listed), unknown, "XX noget"
    )
    done = run("change", "--event", f"moves={MOVER}", "--into", home, "--date", "2026-03-03")
    assert done["answered"] == {"files": ["d260303.i463001"], "lines": 6, "rejected": 2}
    subscription, status = (records(written["path"]) for written in done["files"])
    events = {(line[3:13], line[25:28], line[30:45].rstrip()) for line in subscription["099"]}
    assert {(new, "A45", "MIN-NOEGLE"), (wanted, "A74", "HENT")} <= events
    assert {new, wanted} <= {line[3:13] for line in subscription["001"]}
    assert gone not in {line[3:13] for line in subscription["001"]}
    [receipt] = subscription["997"]
    assert (receipt[3:13], receipt[28:43].rstrip()) == (gone, "SLUT")
    assert [(line[13:88].rstrip(), line[88:92]) for line in subscription["910"]] == [
        (unknown[:75].rstrip(), "0008"),
        ("XX noget", "0001"),
    ]
    assert done["files"][1]["path"].endswith("d260303.l463009")
    assert [line[3:13] for line in status["001"]] == [listed]
    assert not status["099"]
    for written in done["files"]:
        summary = reader.scan(Path(written["path"]))
        assert summary.records == summary.declared


def test_a_person_comes_once_with_all_their_events(home: Path) -> None:
    number = numbers(home)[MOVER]
    upload(home, line_06(number), line_07(number))
    done = run("change", "--event", f"moves={MOVER}", "--into", home, "--date", "2026-03-03")
    found = records(done["path"])
    assert [line[3:13] for line in found["001"]].count(number) == 1
    assert {"A01", "A45", "A74"} <= {line[25:28] for line in found["099"] if line[3:13] == number}


def test_who_is_unsubscribed_comes_no_more_until_subscribed_again(home: Path) -> None:
    number = numbers(home)[MOVER]
    upload(home, line_06(number, "SL"))
    run("answer", "--into", home, "--date", "2026-03-03")
    moved = records(
        run("change", "--event", f"moves={MOVER}", "--into", home, "--date", "2026-03-04")["path"]
    )
    assert number not in {line[3:13] for line in moved["001"]}
    upload(home, line_06(number), name="d260305.i463001")
    run("answer", "--into", home, "--date", "2026-03-05")
    moved = records(
        run("change", "--event", f"moves={MOVER}", "--into", home, "--date", "2026-03-06")["path"]
    )
    assert number in {line[3:13] for line in moved["001"]}


def test_answers_a_file_once_and_not_before_its_day(home: Path) -> None:
    number = numbers(home)[5]
    upload(home, line_07(number), name="D260305.I463001", end="\n")
    early = run("change", "--event", f"moves={MOVER}", "--into", home, "--date", "2026-03-04")
    assert early["answered"]["files"] == []
    assert run("answer", "--into", home, "--date", "2026-03-05")["answered"]["lines"] == 1
    again = CliRunner().invoke(app, ["answer", "--into", str(home), "--date", "2026-03-06"])
    assert (again.exit_code, "no input file waits" in again.output) == (1, True)


def test_ignores_what_is_no_input_file(home: Path) -> None:
    for name in ("d260303.i463001.part", ".d260303.i463001", "d269903.i463001", "notes.txt"):
        upload(home, line_07(SOMEBODY), name=name)
    assert CliRunner().invoke(app, ["answer", "--into", str(home), "--date", "2026-03-03"]).exit_code == 1


def test_every_task_has_a_chain_of_its_own(home: Path) -> None:
    listed = numbers(home)[5]
    for day in (3, 5):
        upload(home, line_01(listed), name=f"d26030{day}.i463001")
        run("answer", "--into", home, "--date", f"2026-03-0{day}")
    run("change", "--event", f"moves={MOVER}", "--into", home, "--date", "2026-03-06")

    def previous(name: str) -> dt.date | None:
        return reader.scan(home / name).previous_production_date

    assert previous("d260303.l463009") is None
    assert previous("d260305.l463009") == dt.date(2026, 3, 3)
    assert previous("d260305.l463003") == dt.date(2026, 3, 3)
    assert previous("d260306.l463003") == dt.date(2026, 3, 5)


def test_a_lost_delivery_shows_as_a_gap(home: Path) -> None:
    lost = run("change", "--event", f"moves={MOVER}", "--lose", "--into", home, "--date", "2026-03-03")
    assert lost["lost"] is True
    assert not (home / "d260303.l463003").exists()
    run("change", "--event", f"moves={OTHER}", "--into", home, "--date", "2026-03-04")
    assert reader.scan(home / "d260304.l463003").previous_production_date == dt.date(2026, 3, 3)


def test_spreads_a_delivery_over_several_files(home: Path) -> None:
    done = run("change", "--share", 0.2, "--files", 3, "--into", home, "--date", "2026-03-03")
    summaries = [reader.scan(Path(written["path"])) for written in done["files"]]
    assert [summary.production_date for summary in summaries] == [dt.date(2026, 3, day) for day in (3, 4, 5)]
    assert [summary.previous_production_date for summary in summaries] == [
        dt.date(2026, 3, day) for day in (2, 3, 4)
    ]
    found = [line[3:13] for written in done["files"] for line in records(written["path"])["001"]]
    assert len(found) == len(set(found)) > 20
    run("change", "--event", f"moves={OTHER}", "--into", home, "--date", "2026-03-06")
    assert reader.scan(home / "d260306.l463003").previous_production_date == dt.date(2026, 3, 5)
