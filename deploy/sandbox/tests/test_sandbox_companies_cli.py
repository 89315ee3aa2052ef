"""Companies and KMD Logic by command, and as part of the sandbox's process: settings, switchboard, health."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from registerbro_sandbox.__main__ import app
from registerbro_sandbox.companies import Entity, World, numbers
from registerbro_sandbox.direct.desk import danish_day
from registerbro_sandbox.ftp import CprFileServer
from registerbro_sandbox.health import UNHEALTHY, check_logic
from registerbro_sandbox.hidden import is_private
from registerbro_sandbox.logic import At, LogicServer, LogicWrong
from registerbro_sandbox.serving import companies, first_board, logic_server
from registerbro_sandbox.settings import LogicSettings, SandboxSection
from registerbro_sandbox.switchboard import Board
from registerbro_sandbox.watching import Watch
from typer.testing import CliRunner, Result

from tests.support.sandbox_logic import FIRST, TERMS

TODAY = danish_day()
KMD, BALLERUP = "26911745", "1003387453"
SECRET = "kun-til-denne-test"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    World.begin(tmp_path / "home", companies=70)
    return tmp_path / "home"


def run(home: Path, *arguments: object) -> Result:
    return CliRunner().invoke(app, [*(str(argument) for argument in arguments), "--into", str(home)])


def told(home: Path, *arguments: object) -> Any:
    result = run(home, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def value(home: Path, number: str, entity: Entity, name: str = "vaerdi") -> Any:
    unit = World.read(home).by_number(number)
    assert unit is not None
    return unit.value(entity, TODAY, name)


def section(home: Path, **logic: Any) -> SandboxSection:
    ftp = {"password": SECRET, "directory": home}
    return SandboxSection.model_validate(
        {"ftp": ftp, "companies": {"count": 5}, "logic": {"client_secret": SECRET, "port": 0, **logic}}
    )


def test_a_register_is_made_once(tmp_path: Path) -> None:
    made = told(tmp_path, "companies", "begin", "--count", 64, "--seed", 2)
    assert made == {"companies": 64, "units": 384}
    again = run(tmp_path, "companies", "begin")
    assert (again.exit_code, "there already" in again.output) == (1, True)


def test_units_are_listed_found_and_shown(home: Path) -> None:
    listed = told(home, "companies", "list", "--limit", 3, "--skip", 6)
    assert [each["number"] for each in listed] == [numbers.cvr_number(index) for index in range(3)]
    found = told(home, "companies", "list", "--name", "kmd")
    assert {each["number"] for each in found} == {KMD, BALLERUP}
    shown = told(home, "companies", "show", KMD)
    assert shown["units"] == [BALLERUP]
    assert {"entity": "Navn", "vaerdi": "KMD A/S", "sekvens": "0"} in shown["rows"]
    assert "KMD A/S" in run(home, "companies", "show", KMD).stdout


def test_companies_move_and_change_by_command(home: Path) -> None:
    moved = told(home, "companies", "move", KMD, BALLERUP, "--road", "Nyvej", "--house", "7B")
    assert (moved["events"], [each["number"] for each in moved["units"]]) == (6, [KMD, BALLERUP])
    assert value(home, BALLERUP, Entity.ADDRESS, "CVRAdresse_vejnavn") == "Nyvej"
    told(home, "companies", "rename", KMD, "Nyt navn A/S")
    assert value(home, KMD, Entity.NAME) == "Nyt navn A/S"
    told(home, "companies", "rename", KMD, "Senere A/S", "--date", "2099-01-01")
    assert value(home, KMD, Entity.NAME) == "Nyt navn A/S"
    told(home, "companies", "industry", KMD, "691000", "123456")
    assert value(home, KMD, Entity.INDUSTRY) == "691000"
    told(home, "companies", "contact", KMD, "--phone", "", "--email", "ny@firma.example", "--fax", "44440000")
    assert value(home, KMD, Entity.PHONE) is None
    assert value(home, KMD, Entity.EMAIL) == "ny@firma.example"
    told(home, "companies", "protect", KMD, "--off")
    assert value(home, KMD, Entity.ADVERTISING_PROTECTION) is False
    told(home, "companies", "bankrupt", KMD)
    assert value(home, KMD, Entity.CREDIT, "kreditoplysningstekst") == "Konkurs"


def test_companies_come_and_go_by_command(home: Path) -> None:
    ceased = told(home, "companies", "cease", KMD, "--with-units")
    assert {each["number"]: each["ended"] for each in ceased["units"]} == dict.fromkeys(
        (KMD, BALLERUP), TODAY.isoformat()
    )
    assert told(home, "companies", "reopen", KMD)["units"][0]["ended"] is None
    new = told(home, "companies", "found", "Helt ny ApS")["units"][0]
    unit = told(home, "companies", "open", new["number"])["units"][0]
    assert (new["name"], unit["company"]) == ("Helt ny ApS", new["number"])
    assert told(home, "companies", "sell", unit["number"], KMD)["units"][0]["company"] == KMD


def test_the_registers_own_ways_by_command(home: Path) -> None:
    assert told(home, "companies", "correct", BALLERUP)["events"] == 20
    every = len(list(World.read(home).object_ids()))
    assert told(home, "companies", "recode")["events"] == 2 * every
    assert told(home, "companies", "repeat")["events"] == 2 * every
    told(home, "companies", "hold")
    told(home, "companies", "move", BALLERUP)
    held = told(home, "companies", "events", "--after", 20 + 4 * every)
    assert held["last_event_id"] == 20 + 4 * every
    assert [each["id"] for each in held["events"]] == [held["last_event_id"] + n for n in (1, 2, 3)]
    told(home, "companies", "release")
    assert told(home, "companies", "events")["last_event_id"] == held["events"][-1]["id"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("companies", "move", "12345674"), 1),
        (("companies", "reopen", KMD), 1),
        (("companies", "sell", KMD, KMD), 1),
        (("companies", "open", "12345674"), 1),
        (("companies", "repeat"), 1),
        (("companies", "cease", KMD, "--date", "2099-01-01"), 2),
        (("companies", "industry", KMD, "62.01"), 2),
        (("companies", "contact", KMD), 2),
        (("logic", "fault", "set", "--status", "200"), 2),
        (("logic", "fault", "set", "--token-error", "Not An Error"), 2),
    ],
)
def test_what_cannot_be_done_is_said(home: Path, arguments: tuple[str, ...], code: int) -> None:
    result = run(home, *arguments)
    assert result.exit_code == code
    assert result.output.strip()
    assert "12345674" not in result.output
    assert World.read(home).events() == []


def test_without_companies_nothing_is_changed(tmp_path: Path) -> None:
    result = run(tmp_path, "companies", "list")
    assert (result.exit_code, "no companies are there" in result.output) == (1, True)


def test_faults_reach_a_running_logic_and_stay(home: Path) -> None:
    files = CprFileServer(home, {"x": SecretStr(SECRET)}, None)
    server = LogicServer(World.read(home), TERMS)
    first = Board(logic=LogicWrong(status=500, times=5))
    with Watch(files, first, switches={"logic": server.faults}) as watch:
        assert (server.faults.wrong.status, server.faults.left) == (500, 5)
        shown = told(home, "logic", "fault", "set", "--at", "events", "--missing", "id", "--shuffled")
        assert (shown["at"], shown["missing"], shown["shuffled"]) == ("events", ["id"], True)
        watch.look()
        assert server.faults.wrong.at is At.EVENTS
    assert told(home, "logic", "fault", "show") == shown
    assert run(home, "logic", "fault", "clear").stdout == "nothing goes wrong\n"
    assert Board.read(home) == Board(logic_set=2)


@pytest.fixture
def serving(home: Path) -> Iterator[LogicServer]:
    server = logic_server(section(home))
    assert server is not None
    with server:
        yield server


def test_the_process_serves_the_register_and_says_so(home: Path, serving: LogicServer) -> None:
    settings = section(home, port=serving.port).logic
    assert settings is not None
    check_logic(settings)
    assert serving.calls.all == 0
    with pytest.raises(UNHEALTHY):
        check_logic(settings.model_copy(update={"client_secret": SecretStr("another-secret")}))
    status = CliRunner().invoke(
        app, ["logic", "status", "--json", "--url", f"http://127.0.0.1:{serving.port}"]
    )
    assert json.loads(status.stdout) == {"operations": {}, "statuses": {}, "most_open": 0}
    serving.subscriptions.say(str(FIRST), "4900000001", is_on=True)
    assert told(home, "logic", "subscriptions") == {str(FIRST): 1}
    assert "4900000001 since" in run(home, "logic", "subscriptions", "--list").stdout


def test_a_server_that_is_not_there_is_told(home: Path) -> None:
    result = CliRunner().invoke(app, ["logic", "status", "--url", "http://127.0.0.1:1"])
    assert (result.exit_code, "does not answer" in result.output) == (1, True)


def test_settings_make_the_companies_and_the_service(tmp_path: Path) -> None:
    settings = section(tmp_path / "new")
    assert companies(settings).companies == 5
    assert companies(settings.model_copy(update={"companies": settings.companies})).companies == 5
    assert first_board(section(tmp_path, faults={"status": 503})).logic.status == 503
    assert logic_server(settings.model_copy(update={"logic": None})) is None
    assert SECRET not in repr(settings)


@pytest.mark.parametrize(
    "wrong", [{"client_secret": "short"}, {"configuration_ids": ["none"]}, {"port": 70_000}]
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        LogicSettings.model_validate({"client_secret": SECRET, **wrong})


def test_clients_of_the_file_server_cannot_fetch_the_register() -> None:
    assert is_private(Path("a/.companies.jsonl"))
