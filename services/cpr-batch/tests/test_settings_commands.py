"""The commands for settings, log and purge: what they print, what they refuse, and that passwords are no arguments."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cpr_batch.cli import app
from cryptography.fernet import Fernet
from registerbro import features, telemetry
from registerbro.database import ensure_partitions, open_connection
from registerbro.features import Feature
from registerbro.settings import SECRETS
from typer.testing import CliRunner, Result

from tests.support.cpr_files import ANNA, extract, simple_person

NAME = "d240517.l123401"
PASSWORD = "a word that nobody may see"
Run = Callable[..., Result]


@pytest.fixture
async def run(
    database_url: str, interim_directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Runs the command; the interim directory stands in the settings file, the prefix in the environment."""
    async with open_connection(database_url) as connection:
        await ensure_partitions(connection)
        await features.switch(connection, Feature.CPR, enabled=True, by="test")
    monkeypatch.setattr(telemetry, "configure_logging", lambda *_, **__: None)
    monkeypatch.chdir(tmp_path)
    section = {"interim_directory": str(interim_directory)}
    (tmp_path / "appsettings.json").write_text(json.dumps({"cpr_batch": section}))
    environment = {
        "REGISTERBRO_DATABASE__URL": database_url,
        "REGISTERBRO_SECRETS__KEYS": Fernet.generate_key().decode(),
        "REGISTERBRO_CPR_BATCH__RENAME_PREFIX": "x",
        SECRETS: str(tmp_path / "secrets"),
    }

    def run(*arguments: str, stdin: str = "") -> Result:
        return CliRunner().invoke(app, arguments, env=environment, input=stdin)

    return run


async def age(database_url: str) -> None:
    """Lets every import be two days ago."""
    async with open_connection(database_url) as connection:
        await connection.execute("update cpr_file set imported_at = now() - interval '2 days'")


def lines(result: Result) -> dict[str, str]:
    """What `settings` prints, by name."""
    assert result.exit_code == 0, result.output
    return {line.split()[0]: line for line in result.stdout.splitlines()}


def test_settings_are_stored_shown_and_forgotten(run: Run) -> None:
    given = ("ftp.host=ftp.example.dk", "ftp.user=somebody", "ftp.port=2121", "daily_at=03:30")
    stored = run("settings", "set", *given, "--password-stdin", stdin=f"{PASSWORD}\n")
    assert stored.exit_code == 0, stored.output
    shown = run("settings")
    table = lines(shown)
    assert table["ftp.host"].split() == ["ftp.host", "ftp.example.dk", "stored"]
    assert "(set)" in table["ftp.password"]
    assert "environment variable REGISTERBRO_CPR_BATCH__RENAME_PREFIX" in table["rename_prefix"]
    assert table["interim_directory"].split()[2] == "file"
    assert PASSWORD not in stored.output + shown.output
    assert run("settings", "unset", "ftp", "daily_at").exit_code == 0
    assert lines(run("settings"))["ftp.host"].split()[2] == "default"
    history = run("settings", "history")
    assert "(secret)" in history.stdout
    assert PASSWORD not in history.stdout
    assert [each["name"] for each in json.loads(run("settings", "history", "--json", "--limit", "1").stdout)]


def test_a_password_is_no_argument(run: Run) -> None:
    refused = run("settings", "set", f"ftp.password={PASSWORD}")
    assert refused.exit_code == 2
    assert "ftp.password=-" in refused.stderr
    assert PASSWORD not in refused.output


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        (
            "rename_prefix=y",
            "rename_prefix: is fixed by the environment variable REGISTERBRO_CPR_BATCH__RENAME_PREFIX",
        ),
        ("patern=d*", "patern: no such setting; did you mean pattern?"),
        ("chunk_persons=1", "chunk_persons: Input should be greater than or equal to 10"),
        ("ftp.host=h", "ftp.user: is missing"),
    ],
)
def test_a_refusal_is_one_line(run: Run, pair: str, reason: str) -> None:
    refused = run("settings", "set", pair)
    assert refused.exit_code == 2
    assert refused.stderr == f"cpr-batch: nothing was changed: {reason}\n"
    assert run("settings", "check", pair).exit_code == 2


def test_the_refusal_names_files_that_wait(run: Run, interim_directory: Path) -> None:
    (interim_directory / NAME).write_bytes(b"waits")
    refused = run("settings", "set", "pattern=e*")
    assert refused.exit_code == 1
    assert NAME in refused.stderr


def test_log_and_purge(run: Run, interim_directory: Path) -> None:
    (interim_directory / NAME).write_bytes(extract(simple_person(ANNA)))
    assert run("import", NAME, "--initial-load").exit_code == 0
    shown = run("log", "--file", NAME, "--action", "imported").stdout
    assert "A file was imported." in shown
    assert shown.strip() in (interim_directory / "cprbatch.log").read_text()
    [entry] = [json.loads(line) for line in run("log", "--action", "imported", "--json").stdout.splitlines()]
    assert (entry["file"], entry["by"], entry["facts"]["persons"]) == (NAME, "command line", 1)
    assert run("log", "--since", "2100-01-01").stdout == ""
    assert run("purge", "--older-than", "1", "--dry-run").stdout == "nothing\n"
    assert run("purge", "--older-than", "1", "--yes").stdout == "nothing\n"
    assert (interim_directory / f"x{NAME}").exists()


def test_purge_asks_and_deletes(run: Run, interim_directory: Path, database_url: str) -> None:
    (interim_directory / NAME).write_bytes(extract(simple_person(ANNA)))
    run("import", NAME, "--initial-load")
    asyncio.run(age(database_url))
    asked = run("purge", "--older-than", "1")
    assert (asked.exit_code, f"x{NAME}" in asked.stdout) == (2, True)
    assert (interim_directory / f"x{NAME}").exists()
    done = run("purge", "--older-than", "1", "--yes")
    assert (done.exit_code, f"x{NAME}" in done.stdout) == (0, True)
    assert not (interim_directory / f"x{NAME}").exists()
