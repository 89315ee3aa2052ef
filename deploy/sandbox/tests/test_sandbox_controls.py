"""Controls: what the command line sets reaches a running server."""

import asyncio
import contextlib
import ftplib
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from registerbro_sandbox.__main__ import app
from registerbro_sandbox.ftp import Break, CprFileServer
from registerbro_sandbox.ftp.faults import LOGIN_REFUSED
from registerbro_sandbox.health import check
from registerbro_sandbox.settings import SandboxSection
from registerbro_sandbox.sftp import CprSftpServer
from registerbro_sandbox.switchboard import Board, Wrong
from registerbro_sandbox.watching import Watch
from typer.testing import CliRunner, Result

from tests.support.waiting import until

USER, PASSWORD = "cpr-bruger", "hemmeligt"
NAME = "d250303.l463003"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    directory = tmp_path / "home"
    directory.mkdir()
    (directory / NAME).write_bytes(b"indhold" * 1000)
    return directory


@pytest.fixture
def server(home: Path) -> Iterator[CprFileServer]:
    server = CprFileServer(home, {USER: SecretStr(PASSWORD)}, None, mvs=True)
    with server, Watch(server, Board(faults=Wrong(times=7))):
        yield server


def run(home: Path, *arguments: object) -> Result:
    return CliRunner().invoke(app, [*(str(argument) for argument in arguments), "--into", str(home)])


def told(home: Path, *arguments: object) -> dict[str, Any]:
    result = run(home, *arguments, "--json")
    assert result.exit_code == 0, result.output
    board: dict[str, Any] = json.loads(result.stdout)
    return board


def eventually(condition: Callable[[], bool]) -> None:
    async def is_met() -> bool:
        return condition()

    asyncio.run(until(is_met, seconds=10))


def test_sets_shows_and_clears_faults(home: Path, server: CprFileServer) -> None:
    assert server.faults.times == 7
    told(home, "fault", "set", "--transfer", "abort", "--after-bytes", 100, "--refuse", "login", "--times", 2)
    eventually(lambda: server.faults.transfer is Break.ABORT)
    assert (server.faults.after_bytes, server.faults.times) == (100, 2)
    assert server.faults.refuse == {"PASS": "530 Login incorrect."}
    shown = run(home, "fault", "show").output
    assert "transfer: abort" in shown
    assert told(home, "fault", "show")["faults"]["refuse"] == ["login"]
    told(home, "fault", "clear")
    eventually(lambda: server.faults.transfer is None)
    assert run(home, "fault", "show").output == "nothing goes wrong\n"


def test_moves_files_to_mass_storage_and_back(home: Path, server: CprFileServer) -> None:
    assert told(home, "migrate", NAME)["migrated"] == [NAME.upper()]
    eventually(lambda: server.migrated == {NAME.upper()})
    assert "fetching one is refused" in run(home, "fault", "show").output
    told(home, "recall", NAME)
    eventually(lambda: server.migrated == set())


def test_remembers_what_a_client_has_recalled(home: Path, server: CprFileServer) -> None:
    told(home, "migrate", NAME, "--recall-seconds", 0.1)
    eventually(lambda: server.recall_seconds == 0.1 and bool(server.migrated))
    with contextlib.closing(ftplib.FTP(timeout=10)) as ftp:
        ftp.connect(server.host, server.port)
        ftp.login(USER, PASSWORD)
        got = io.BytesIO()
        ftp.retrbinary(f"RETR {NAME}", got.write)
    assert got.getvalue() == (home / NAME).read_bytes()
    eventually(lambda: told(home, "fault", "show")["migrated"] == [])


def test_keeps_a_limit_on_times_when_something_else_is_set(home: Path, server: CprFileServer) -> None:
    told(home, "fault", "set", "--refuse", "rename", "--times", 3)
    eventually(lambda: server.faults.times == 3)
    server.faults.use()
    told(home, "migrate", NAME)
    eventually(lambda: bool(server.migrated))
    assert server.faults.times == 2


def test_a_health_check_uses_no_fault_up(home: Path) -> None:
    password = SecretStr(PASSWORD)
    server = CprFileServer(home, {USER: password}, None)
    with server, CprSftpServer(home, USER, password=password, faults=server.faults) as sftp:
        login = {"user": USER, "password": password}
        ftp = {**login, "directory": home, "port": server.port, "protocol": "ftp"}
        settings = SandboxSection.model_validate({"ftp": ftp, "sftp": {**login, "port": sftp.port}})
        server.faults.refuse, server.faults.times = LOGIN_REFUSED, 1
        check(settings)
        assert server.faults.times == 1
        with contextlib.closing(ftplib.FTP(timeout=10)) as client:
            client.connect(server.host, server.port)
            with pytest.raises(ftplib.error_perm, match="530"):
                client.login(USER, PASSWORD)


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (["migrate", "d999999.l1"], 1, "not in"),
        (["recall", NAME], 1, "not on mass storage"),
        (["fault", "set", "--refuse", "everything"], 2, "can be login"),
        (["fault", "set", "--transfer", "explode"], 2, "explode"),
        (["fault", "set", "--times", "0"], 2, "--times"),
    ],
)
def test_says_what_is_wrong(home: Path, arguments: list[str], code: int, reason: str) -> None:
    result = run(home, *arguments)
    assert result.exit_code == code
    assert reason in " ".join(result.output.split())


def test_needs_a_directory(tmp_path: Path) -> None:
    result = run(tmp_path / "none", "fault", "clear")
    assert (result.exit_code, "no such directory" in result.output) == (1, True)
