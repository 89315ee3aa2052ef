"""`cpr-batch show`, `codes` and `records`: what they tell, what they keep to themselves, and what is recorded of it."""

import asyncio
import getpass
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cpr_batch.cli import app
from registerbro import features, telemetry
from registerbro.cpr.layouts import LAYOUTS
from registerbro.cpr.layouts.field import Kind
from registerbro.cpr.sensitivity import is_personal
from registerbro.database import Connection, ensure_partitions, open_connection
from registerbro.features import Feature
from registerbro.privacy import is_suspect
from typer.testing import CliRunner, Result

from tests.support.cpr_files import ANNA, BENT, extract, record, simple_person

NAME = "d240517.l123401"
Run = Callable[..., Result]
PROTECTED = [*simple_person(BENT), record("004", BENT, protection_type="0001", start="2020-01-01")]
ALLOWED = {
    "REGISTERBRO_CPR_BATCH__SHOW__ALLOW_UNMASKED": "true",
    "REGISTERBRO_AUDIT__KEY": "an audit key that only the tests use",
}


@pytest.fixture
def content() -> bytes:
    return extract([*simple_person(ANNA), *PROTECTED])


@pytest.fixture
def run(interim_directory: Path, content: bytes, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command in this process; without more, there is no store."""
    (interim_directory / NAME).write_bytes(content)
    monkeypatch.setattr(telemetry, "configure_logging", lambda *_, **__: None)
    environment = {
        "REGISTERBRO_DATABASE__URL": "postgresql://nobody@127.0.0.1:9/none",
        "REGISTERBRO_CPR_BATCH__INTERIM_DIRECTORY": str(interim_directory),
    }

    def run(*arguments: str, typed: str | None = None, **changes: str) -> Result:
        return CliRunner().invoke(app, ["show", *arguments], env=environment | changes, input=typed)

    return run


@pytest.fixture
def store(database_url: str) -> dict[str, str]:
    async def prepare(connection: Connection) -> None:
        await ensure_partitions(connection)
        await features.switch(connection, Feature.CPR, enabled=True, by="test")

    on_store(database_url, prepare)
    return {"REGISTERBRO_DATABASE__URL": database_url}


def on_store(url: str, work: Callable[[Connection], object]) -> object:
    async def opened() -> object:
        async with open_connection(url) as connection:
            return await work(connection)  # type: ignore[misc]

    return asyncio.run(opened())


def trail(url: str) -> list[tuple[str, str, str, list[str]]]:
    async def read(connection: Connection) -> list[tuple[str, str, str, list[str]]]:
        rows = await connection.fetch("select stage, acting_user, purpose, fields from audit_log order by at")
        return [tuple(row) for row in rows]

    return on_store(url, read)  # type: ignore[return-value]


def field(result: Result, record_type: str, name: str) -> dict[str, object]:
    [found] = [
        each
        for entry in json.loads(result.stdout)["records"]
        for each in entry["fields"]
        if entry["record_type"] == record_type and each["name"] == name
    ]
    return dict(found)


def test_a_file_as_a_whole(run: Run) -> None:
    result = run(NAME, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["persons"], found["records"], found["task_number"]) == (2, 11, "123401")
    assert (found["is_whole"], found["problem_count"], found["counts"]["004"]) == (True, 0, 1)
    assert "123401" in run(NAME).stdout


def test_a_person_is_masked(run: Run) -> None:
    result = run(NAME, "--person", "1")
    assert result.exit_code == 0, result.output
    assert "Bopæl i dansk folkeregister / Registered with residence" in result.stdout
    assert "TILFLYDTO" in result.stdout
    assert "2020-03-01T12:30" in result.stdout
    for secret in (ANNA, "Anna", "Ål", "Møllevej", "2850", "1970-01-01"):
        assert secret not in result.stdout
    assert not is_suspect(result.stdout)


def test_what_began_on_the_day_of_birth_is_masked(run: Run, interim_directory: Path) -> None:
    name = record("008", first_names="Anna", last_name="Ål", name_start="197001011200")
    home = record("002", municipality_code="0101", moved_in="202003011230")
    (interim_directory / NAME).write_bytes(extract([simple_person()[0], home, name]))
    result = run(NAME, "--person", "1", "--json")
    assert field(result, "008", "name_start")["is_masked"]
    assert field(result, "002", "moved_in")["value"] == "2020-03-01T12:30"
    assert "1970" not in result.stdout


@pytest.mark.parametrize("typed", [f"{BENT}\n", f"{BENT[:6]}-{BENT[6:]}\n"])
def test_a_number_is_read_from_standard_input(run: Run, typed: str) -> None:
    result = run(NAME, "--person", "-", "--json", typed=typed)
    assert json.loads(result.stdout)["ordinal"] == 2
    assert BENT not in result.output


@pytest.mark.parametrize("number", [ANNA, f"{ANNA[:6]}-{ANNA[6:]}", f"{ANNA[:6]} {ANNA[6:]}"])
def test_a_number_on_the_command_line_is_refused(run: Run, number: str) -> None:
    result = run(NAME, "--person", number)
    assert result.exit_code == 2
    assert "must not stand on the command line" in result.stderr
    assert ANNA[6:] not in result.output


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([NAME, "--person", "3"], 1, "holds nothing of this person"),
        (["d000000.l000000"], 1, "there is no file"),
        ([NAME, "--person", "first"], 2, "a place in the file"),
        ([NAME, "--unmasked"], 2, "is for one person"),
        ([NAME, "--unmasked", "--person", "1"], 2, "needs --purpose"),
        ([NAME, "--protected", "--person", "1"], 2, "goes with --unmasked"),
    ],
)
def test_wrong_use(run: Run, arguments: list[str], code: int, said: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, said in result.stderr) == (code, True), result.output


def test_nobody_sees_names_unless_the_settings_allow_it(
    run: Run, store: dict[str, str], database_url: str
) -> None:
    result = run(NAME, "--person", "1", "--unmasked", "--purpose", "case 7", **store)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "allow_unmasked" in result.stderr
    assert trail(database_url) == []


def test_unmasked_is_recorded_before_it_is_shown(run: Run, store: dict[str, str], database_url: str) -> None:
    result = run(NAME, "--person", "1", "--unmasked", "--purpose", "case 7", "--json", **store, **ALLOWED)
    assert result.exit_code == 0, result.output
    assert field(result, "008", "first_names")["value"] == "Anna"
    assert field(result, "001", "pnr")["value"] == ANNA
    (asked, delivered) = trail(database_url)
    assert asked == ("asked", getpass.getuser(), "case 7", [])
    assert delivered[0] == "delivered"
    assert {"008.first_names", "001.pnr", "003.standard_address"} <= set(delivered[3])


def test_no_row_no_answer(run: Run, store: dict[str, str], database_url: str) -> None:
    on_store(database_url, lambda connection: connection.execute("drop table audit_log cascade"))
    result = run(NAME, "--person", "1", "--unmasked", "--purpose", "case 7", **store, **ALLOWED)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Anna" not in result.output


def test_a_protected_person_stays_masked(run: Run, store: dict[str, str]) -> None:
    arguments = (NAME, "--person", "2", "--unmasked", "--purpose", "case 7", "--json")
    shown = run(*arguments, **store, **ALLOWED)
    assert json.loads(shown.stdout)["is_protected"] is True
    assert field(shown, "008", "first_names")["is_masked"] is True
    refused = run(*arguments, "--protected", **store, **ALLOWED)
    assert (refused.exit_code, "allow_protected" in refused.stderr) == (2, True)
    allowed = run(*arguments, "--protected", **store, **ALLOWED,
                  REGISTERBRO_CPR_BATCH__SHOW__ALLOW_PROTECTED="true")  # fmt: skip
    assert field(allowed, "008", "first_names")["value"] == "Anna"


def test_a_contact_of_the_store(run: Run, store: dict[str, str], database_url: str) -> None:
    contact = on_store(
        database_url,
        lambda connection: connection.fetchval(
            "with made as (insert into contact (name_type, name_code) values ('C', $1) returning contact_id)"
            " insert into contact_number (name_type, number, contact_id, is_current) select 'C', $1, contact_id, true from made"
            " returning contact_id",
            BENT,
        ),
    )
    assert json.loads(run(NAME, "--contact", str(contact), "--json", **store).stdout)["ordinal"] == 2
    assert run(NAME, "--contact", "999", **store).exit_code == 1


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda content: content[:-40], "end record 999 is missing"),
        (lambda content: content[40:], "start record 000 is missing"),
        (lambda content: content.replace(b"\n", b"\n\x00\xff", 3), "control character"),
        (lambda content: b"", "empty"),
        (lambda content: content.replace(b"1970-01-01", b"1970-13-01"), "not a possible date"),
    ],
)
def test_a_damaged_file(
    run: Run, interim_directory: Path, content: bytes, damage: Callable[[bytes], bytes], said: str
) -> None:
    (interim_directory / NAME).write_bytes(damage(content))
    result = run(NAME, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    if "control" not in said:
        assert said in found["problems"][0]["reason"]
    else:
        assert found["problems"]
    for person in range(1, found["persons"] + 1):
        shown = run(NAME, "--person", str(person))
        assert shown.exit_code == 0, shown.output
        assert "Anna" not in shown.stdout


def test_a_bad_record_is_shown_with_what_is_wrong(run: Run, interim_directory: Path, content: bytes) -> None:
    (interim_directory / NAME).write_bytes(content.replace(b"1970-01-01", b"1970-13-01"))
    assert "wrong: birth_date: not a possible date" in run(NAME, "--person", "1").stdout


def test_every_field_that_tells_who_somebody_is_counts_as_personal() -> None:
    harmless = {
        field.name for layout in LAYOUTS.values() for field in layout.all_fields if not is_personal(field)
    }
    personal = {
        each.name
        for layout in LAYOUTS.values()
        for each in layout.all_fields
        if each.kind is Kind.NUMBER
        or each.name.endswith(("_names", "_name", "birth_date", "address", "_text"))
    }
    assert {
        "pnr",
        "first_names",
        "last_name",
        "standard_address",
        "birth_date",
        "spouse_birth_date",
    } <= personal
    assert personal.isdisjoint(harmless)
    assert {"status", "sex", "event", "moved_in", "civil_status"} <= harmless


def test_codes_and_records() -> None:
    runner = CliRunner()
    assert "90    Død" in runner.invoke(app, ["codes", "status"]).stdout
    assert "civil-status" in runner.invoke(app, ["codes"]).stdout
    rows = json.loads(runner.invoke(app, ["codes", "protection", "--json"]).stdout)
    assert rows[0] == {
        "list": "protection", "code": "0001", "danish": "navne- og adressebeskyttelse",
        "english": "name and address protection",
    }  # fmt: skip
    assert runner.invoke(app, ["codes", "nothing"]).exit_code == 2
    assert "FORNVN" in runner.invoke(app, ["records", "008"]).stdout
    assert runner.invoke(app, ["records"]).stdout.count("\n") == len(LAYOUTS) + 1
    assert runner.invoke(app, ["records", "777"]).exit_code == 2
