"""The command line: what it prints, how it ends, and that errors are one line."""

import asyncio
import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from cpr_batch.cli import app
from registerbro import features, telemetry
from registerbro.database import Connection, ensure_partitions, open_connection
from registerbro.features import Feature
from registerbro_sandbox.persons import Delivery, Population, write_extract
from typer.testing import CliRunner, Result

from tests.support.cpr_files import ANNA, extract, record, simple_person
from tests.support.ftp import FtpServer

T = TypeVar("T")
NAME = "d240517.l123401"
Run = Callable[..., Result]


@pytest.fixture
def environment(
    database_url: str, interim_directory: Path, vsftpd: FtpServer, ca_file: Path
) -> dict[str, str]:
    """The settings, as variables."""
    section = "REGISTERBRO_CPR_BATCH__"
    return {
        "REGISTERBRO_DATABASE__URL": database_url,
        f"{section}INTERIM_DIRECTORY": str(interim_directory),
        f"{section}FTP__HOST": vsftpd.host,
        f"{section}FTP__PORT": str(vsftpd.port),
        f"{section}FTP__USER": vsftpd.user,
        f"{section}FTP__PASSWORD": vsftpd.password,
        f"{section}FTP__DIRECTORY": vsftpd.folder.name,
        f"{section}FTP__CA_FILE": str(ca_file),
    }


def on_store(database_url: str, work: Callable[[Connection], Awaitable[T]]) -> T:
    async def opened() -> T:
        async with open_connection(database_url) as connection:
            return await work(connection)

    return asyncio.run(opened())


@pytest.fixture
def run(environment: dict[str, str], database_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command in this process; the module CPR is on."""

    async def prepare(connection: Connection) -> None:
        await ensure_partitions(connection)
        await features.switch(connection, Feature.CPR, enabled=True, by="test")

    on_store(database_url, prepare)
    monkeypatch.setattr(telemetry, "configure_logging", lambda *_, **__: None)

    def run(*arguments: str, **changes: str) -> Result:
        return CliRunner().invoke(app, arguments, env=environment | changes)

    return run


def only_line(result: Result) -> str:
    [line] = result.stderr.splitlines()
    return str(line)


def test_connect_list_fetch_import_and_look(run: Run, vsftpd: FtpServer, interim_directory: Path) -> None:
    written = write_extract(vsftpd.folder, Population(seed=2, size=30), Delivery(dt.date(2025, 6, 1)))
    name = written.path.name
    tested = run("connect")
    assert (tested.exit_code, tested.stdout.count(" ok")) == (0, 7)
    assert name in run("list").stdout
    fetched = run("fetch", "--all", "--json")
    assert fetched.exit_code == 0
    assert [each["renamed_to"] for each in json.loads(fetched.stdout)] == [f"x{name}"]
    assert name in run("local").stdout
    imported = run("import", name, "--initial-load", "--json")
    assert imported.exit_code == 0, imported.output
    [result] = json.loads(imported.stdout)
    assert (result["outcome"], result["counts"]["persons"]) == ("imported", 30)
    assert run("local").stdout == "nothing\n"
    kinds = [each["kind"] for each in json.loads(run("status", "--json").stdout)]
    assert kinds == ["import", "transfer"]
    assert run("problems", name).stdout == "nothing\n"


def test_run_does_it_all(run: Run, vsftpd: FtpServer, interim_directory: Path) -> None:
    write_extract(vsftpd.folder, Population(seed=2, size=30), Delivery(dt.date(2025, 6, 1)))
    done = run("run", "--initial-load")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "persons 30" in done.stdout
    assert "batch" in run("status").stdout


def test_rejected_records_are_exit_code_3_and_listed(run: Run, interim_directory: Path) -> None:
    (interim_directory / NAME).write_bytes(extract([*simple_person(), record("008", ANNA) + "x" * 300]))
    done = run("import", NAME, "--initial-load")
    assert done.exit_code == 3
    assert f"err{NAME}" in done.stdout
    listed = run("problems", NAME)
    assert "008" in listed.stdout
    assert ANNA not in listed.stdout
    [problem] = json.loads(run("problems", NAME, "--json").stdout)
    assert problem["severity"] == "rejected"


def test_a_refused_file_is_one_clear_line(run: Run, interim_directory: Path) -> None:
    (interim_directory / NAME).write_bytes(extract(simple_person())[:-60])
    done = run("import", NAME)
    assert done.exit_code == 1
    assert only_line(done).startswith(f"cpr-batch: {NAME} is refused: the end record 999 is missing")
    (interim_directory / "d240518.l123401").write_bytes(extract(simple_person()))
    everything = run("import", "--all")
    assert everything.exit_code == 3
    assert "not-imported 1" in everything.stdout


@pytest.mark.parametrize(
    ("arguments", "changes", "code", "said"),
    [
        (("list",), {"FTP__PASSWORD": "forkert"}, 1, "refuses the logon: 530"),
        (("list",), {"FTP__HOST": "127.0.0.1"}, 1, "belongs to another host"),
        (("list",), {"FTP__CA_FILE": ""}, 1, "signed by an unknown authority"),
        (("list",), {"FTP__DIRECTORY": "ingen"}, 1, "refuses the directory: 550"),
        (("list",), {"FTP__HOST": "findes-ikke.invalid"}, 1, "has no address"),
        (("fetch", "d990101.l123401"), {}, 1, "lists no file d990101.l123401"),
        (("import", "d990101.l123401"), {}, 1, "there is no file d990101.l123401"),
        (("problems", "d990101.l123401"), {}, 1, "there is no file d990101.l123401"),
        (("local",), {"INTERIM_DIRECTORY": "/findes/ikke"}, 1, "does not exist"),
    ],
)
def test_each_failure_is_one_clear_line(
    arguments: tuple[str, ...], changes: dict[str, str], code: int, said: str, run: Run
) -> None:
    done = run(*arguments, **{f"REGISTERBRO_CPR_BATCH__{name}": value for name, value in changes.items()})
    assert done.exit_code == code, done.output
    assert said in only_line(done)
    assert "forkert" not in done.output


@pytest.mark.parametrize("arguments", [("fetch",), ("import",), ("import", NAME, "--all"), ("nonsense",)])
def test_wrong_use_is_exit_code_2(arguments: tuple[str, ...], run: Run) -> None:
    assert run(*arguments).exit_code == 2


def test_wrong_settings_are_exit_code_2_with_a_line_each(run: Run) -> None:
    done = run("list", REGISTERBRO_CPR_BATCH__FTP__PORT="0", REGISTERBRO_CPR_BATCH__RENAME_PREFIX="/")
    assert done.exit_code == 2
    assert [line.split(":")[1].strip() for line in done.stderr.splitlines()] == [
        "REGISTERBRO_CPR_BATCH__FTP__PORT",
        "REGISTERBRO_CPR_BATCH__RENAME_PREFIX",
    ]


def test_config_shows_the_settings_without_secrets(run: Run, vsftpd: FtpServer) -> None:
    shown = run("config").stdout
    assert "REGISTERBRO_CPR_BATCH__PATTERN=d??????.l??????" in shown
    assert vsftpd.password not in shown


def test_switched_off_it_says_so(run: Run, database_url: str) -> None:
    async def off(connection: Connection) -> bool:
        return await features.switch(connection, Feature.CPR, enabled=False, by="test")

    on_store(database_url, off)
    done = run("local")
    assert done.exit_code == 1
    assert "switched off" in only_line(done)


def test_without_a_store_it_says_so(run: Run) -> None:
    done = run("local", REGISTERBRO_DATABASE__URL="postgresql://nobody@127.0.0.1:1/none")
    assert done.exit_code == 1
    assert "contact store cannot be used" in only_line(done)


def test_the_help_tells_the_exit_codes() -> None:
    shown = CliRunner().invoke(app, ["--help"]).stdout
    assert "Exit codes" in shown
    for command in (
        "serve",
        "connect",
        "list",
        "fetch",
        "local",
        "import",
        "run",
        "status",
        "problems",
        "config",
    ):
        assert command in shown


def test_a_run_logs_what_it_does_as_json(run: Run, environment: dict[str, str], vsftpd: FtpServer) -> None:
    """In a process of its own, as a scheduler starts it: log lines and the last line on standard error."""
    (vsftpd.folder / NAME).write_bytes(extract(simple_person())[:-60])
    done = cpr_batch(environment, "run")
    assert done.returncode == 3, done.stderr
    events = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert {"file fetched", "transfer finished", "import started", "file refused"} <= {
        event["event"] for event in events
    }
    refused = next(event for event in events if event["event"] == "file refused")
    assert "end record 999 is missing" in refused["reason"]


@pytest.mark.parametrize("mode", [0o000, 0o500])
def test_a_directory_without_permission_is_one_clear_line(
    mode: int, run: Run, environment: dict[str, str], vsftpd: FtpServer, interim_directory: Path
) -> None:
    """As a user without privileges: to root every directory is open."""
    (vsftpd.folder / NAME).write_bytes(extract(simple_person()))
    interim_directory.chmod(mode)
    try:
        done = cpr_batch(environment, "fetch", "--all", is_unprivileged=True)
    finally:
        interim_directory.chmod(0o700)
    assert done.returncode == 1, done.stderr
    assert done.stderr.splitlines()[-1].startswith("cpr-batch: no permission for ")
    assert (vsftpd.folder / NAME).exists()


def test_a_file_without_permission_keeps_no_other_back(
    run: Run, environment: dict[str, str], interim_directory: Path
) -> None:
    for name in (NAME, "d240518.l123401"):
        (interim_directory / name).write_bytes(extract(simple_person()))
    (interim_directory / NAME).chmod(0)
    (interim_directory / "d240518.l123401").write_bytes(extract(simple_person(), line_end="\r\n"))
    done = cpr_batch(environment, "import", "--all", "--json", is_unprivileged=True)
    assert done.returncode == 3, done.stderr
    outcomes = {each["name"]: each["outcome"] for each in json.loads(done.stdout)}
    assert outcomes == {NAME: "failed", "d240518.l123401": "imported"}


# Root without capabilities is an ordinary user to the permission checks of files. They are dropped once the store is open,
# whose socket may belong to somebody else.
WITHOUT_PRIVILEGES = """
import contextlib, ctypes, os
from cpr_batch.cli import app, common
opened = common.open_pool

@contextlib.asynccontextmanager
async def drop_privileges(url, **_):
    async with opened(url, minimum=10) as pool:
        if os.geteuid() == 0:
            version_3, nothing = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
            assert ctypes.CDLL(None, use_errno=True).capset(version_3, nothing) == 0
        yield pool

common.open_pool = drop_privileges
app(prog_name="cpr-batch")
"""


def cpr_batch(
    environment: dict[str, str], *arguments: str, is_unprivileged: bool = False
) -> "subprocess.CompletedProcess[str]":
    entry = ("-c", WITHOUT_PRIVILEGES) if is_unprivileged else ("-m", "cpr_batch")
    return subprocess.run(
        [sys.executable, *entry, *arguments],
        env={"PATH": os.environ["PATH"], **environment},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
