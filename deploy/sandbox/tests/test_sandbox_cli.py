"""The command: worlds in a directory, and the file server as a process."""

import contextlib
import ftplib
import io
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from registerbro.cpr import reader
from registerbro_sandbox.__main__ import app
from registerbro_sandbox.ftp import Authority
from registerbro_sandbox.persons import Change, LifeEvent, Named
from registerbro_sandbox.persons.chronicle import FILE_NAME, Chronicle
from typer.testing import CliRunner, Result

PASSWORD = "kun-til-denne-test"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def answer(*arguments: object) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    parsed: dict[str, Any] = json.loads(result.stdout)
    return parsed


@pytest.fixture
def home(tmp_path: Path) -> Path:
    directory = tmp_path / "home"
    answer("generate", "--persons", 320, "--seed", 4, "--into", directory, "--date", "2026-03-02")
    return directory


def test_generates_a_world(home: Path) -> None:
    assert sorted(path.name for path in home.iterdir()) == [FILE_NAME, "d260302.l463003"]
    summary = reader.scan(home / "d260302.l463003")
    assert (summary.counts["001"], summary.task_number) == (320, "463003")


def test_two_changes_follow_each_other(home: Path) -> None:
    first = answer("change", "--into", home, "--event", "moves", "--event", "dies=20", "--date", "2026-03-03")
    assert [happened["event"] for happened in first["events"]] == ["moves", "dies"]
    assert first["events"][1]["person"] == 20
    second = answer("change", "--into", home, "--share", 0.1, "--date", "2026-03-09")
    assert (
        reader.scan(Path(second["path"])).previous_production_date
        == reader.scan(Path(first["path"])).production_date
    )
    world = Chronicle.read(home).world
    assert world.person(20).status == "90"
    assert world.past[0] == Change(
        world.past[0].day, tuple(Named(LifeEvent(e["event"]), e["person"]) for e in first["events"])
    )


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (["generate"], 1, "a world is there already"),
        (["generate", "--task", "12"], 2, "six digits"),
        (["change", "--event", "flies"], 2, "not an event"),
        (["change", "--event", "moves=x"], 2, "not an event"),
        (["change", "--event", "returns=5"], 1, "is not abroad"),
        (["change", "--event", "moves=320"], 1, "person 320 of 320"),
        (["change", "--share", "2"], 2, "--share"),
        (["change", "--date", "2026-03-02"], 1, "must be later"),
    ],
)
def test_says_what_is_wrong(home: Path, arguments: list[str], code: int, reason: str) -> None:
    before = sorted(path.name for path in home.iterdir())
    result = run(*arguments, "--into", home)
    assert result.exit_code == code
    assert reason in " ".join(result.output.split())
    assert sorted(path.name for path in home.iterdir()) == before


def test_needs_a_world_to_change(tmp_path: Path) -> None:
    result = run("change", "--into", tmp_path, "--event", "moves")
    assert result.exit_code == 1
    assert "generate one first" in result.output


def test_never_overwrites_a_file(tmp_path: Path) -> None:
    (tmp_path / "d260302.l463003").write_bytes(b"somebody else's")
    result = run("generate", "--into", tmp_path, "--date", "2026-03-02")
    assert result.exit_code == 1
    assert (tmp_path / "d260302.l463003").read_bytes() == b"somebody else's"


@contextlib.contextmanager
def serving(
    tmp_path: Path, *, inherit: str = "REGISTERBRO_NOTHING", **settings: object
) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """The process, and what it logged when it began to listen."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("REGISTERBRO_") or name.startswith(inherit)
    }
    environment |= {
        "REGISTERBRO_LOG__FORM": "json",
        "REGISTERBRO_SANDBOX__FTP__PASSWORD": PASSWORD,
        "REGISTERBRO_SANDBOX__FTP__PORT": "0",
        "REGISTERBRO_SANDBOX__FTP__DIRECTORY": str(tmp_path / "served"),
        "REGISTERBRO_SANDBOX__FTP__AUTHORITY_FILE": str(tmp_path / "public" / "ca.pem"),
        "REGISTERBRO_SANDBOX__EXTRACT__PERSONS": "32",
    }
    environment |= {
        f"REGISTERBRO_SANDBOX__FTP__{name.upper()}": str(value) for name, value in settings.items()
    }
    command = [sys.executable, "-m", "registerbro_sandbox", "serve"]
    with subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    ) as process:
        assert process.stderr is not None
        try:
            lines = (json.loads(line) for line in process.stderr)
            yield process, next(line for line in lines if line["event"] == "file server listens")
        finally:
            if process.poll() is None:
                process.kill()


def test_serves_a_first_extract_until_told_to_stop(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, listening):
        context = ssl.create_default_context(cafile=str(tmp_path / "public" / "ca.pem"))
        with ftplib.FTP_TLS(context=context, timeout=10, encoding="utf-8") as ftp:
            ftp.connect("localhost", listening["port"])
            ftp.login("registerbro", PASSWORD)
            ftp.prot_p()
            name, inbox = sorted(ftp.nlst())
            assert inbox == "ind"
            got = io.BytesIO()
            ftp.retrbinary(f"RETR {name}", got.write)
        assert got.getvalue() == (tmp_path / "served" / name).read_bytes()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stderr is not None
        log = process.stderr.read()
        assert PASSWORD not in log
        assert '"command": "RETR"' in log
        assert "file server stopped" in log
        assert PASSWORD not in " ".join(process.args if isinstance(process.args, list) else [])


def test_its_health_is_a_logon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(tmp_path, host_names="sandbox") as (_, listening):
        monkeypatch.setenv("REGISTERBRO_SANDBOX__FTP__PASSWORD", PASSWORD)
        monkeypatch.setenv("REGISTERBRO_SANDBOX__FTP__PORT", str(listening["port"]))
        monkeypatch.setenv("REGISTERBRO_SANDBOX__FTP__AUTHORITY_FILE", str(tmp_path / "public" / "ca.pem"))
        assert run("health").exit_code == 0
        monkeypatch.setenv("REGISTERBRO_SANDBOX__FTP__PASSWORD", "et helt andet")
        refused = run("health")
        assert (refused.exit_code, "530" in refused.output) == (1, True)
        Authority().write_to(tmp_path / "public" / "ca.pem")
        assert "CERTIFICATE_VERIFY_FAILED" in run("health").output
    assert run("health").exit_code == 1


@pytest.mark.parametrize(
    "kind",
    [{}, {"implicit": "true", "mvs": "true"}, {"protocol": "ftp"}],
    ids=["explicit", "implicit", "plain"],
)
def test_serves_and_checks_every_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: dict[str, str]
) -> None:
    sftp = {"PASSWORD": PASSWORD, "PORT": str(free_port()), "FINGERPRINT_FILE": str(tmp_path / "fingerprint")}
    for name, value in sftp.items():
        monkeypatch.setenv(f"REGISTERBRO_SANDBOX__SFTP__{name}", value)
    with serving(tmp_path, inherit="REGISTERBRO_SANDBOX__SFTP__", **kind) as (_, listening):
        shared = {"port": listening["port"], "password": PASSWORD, "directory": tmp_path / "served"}
        for name, value in {**shared, **kind, "authority_file": tmp_path / "public" / "ca.pem"}.items():
            monkeypatch.setenv(f"REGISTERBRO_SANDBOX__FTP__{name.upper()}", str(value))
        assert wait_for_health().exit_code == 0
        assert (tmp_path / "fingerprint").read_text().startswith("SHA256:")
        monkeypatch.setenv("REGISTERBRO_SANDBOX__SFTP__PASSWORD", "et helt andet")
        assert "ermission denied" in run("health").output


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def wait_for_health() -> Result:
    """The SFTP server listens a moment after the file server."""
    deadline = time.monotonic() + 10
    while (result := run("health")).exit_code and time.monotonic() < deadline:
        pass
    return result


def test_keeps_the_world_that_is_there(tmp_path: Path) -> None:
    run("generate", "--persons", 20, "--into", tmp_path / "served", "--date", "2026-03-02")
    with serving(tmp_path):
        assert [path.name for path in (tmp_path / "served").glob("d*")] == ["d260302.l463003"]


def test_stops_at_once_when_it_cannot_listen(tmp_path: Path) -> None:
    with serving(tmp_path) as (_, listening):
        environment = {**os.environ, "REGISTERBRO_SANDBOX__FTP__PASSWORD": PASSWORD}
        environment["REGISTERBRO_SANDBOX__FTP__PORT"] = str(listening["port"])
        command = [sys.executable, "-m", "registerbro_sandbox", "serve"]
        result = subprocess.run(
            command, env=environment, capture_output=True, text=True, cwd=tmp_path, timeout=30, check=False
        )
    assert result.returncode == 1
    assert "cannot start" in result.stderr


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("PASSWORD", "kort", "PASSWORD: Value should have at least 8"),
        ("PASSIVE_PORTS", "40-30", "PASSIVE_PORTS: must be two port numbers"),
        ("KEY_FILE", "key.pem", "certificate_file and key_file together"),
        ("DIRECTROY", "x", "did you mean"),
        ("PROTOCOL", "gopher", "PROTOCOL"),
        ("INPUT_DIRECTORY", "../x", "INPUT_DIRECTORY"),
    ],
)
def test_names_wrong_settings(monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str) -> None:
    monkeypatch.setenv("REGISTERBRO_SANDBOX__FTP__PASSWORD", PASSWORD)
    monkeypatch.setenv(f"REGISTERBRO_SANDBOX__FTP__{name}", value)
    result = run("config")
    assert result.exit_code == 2
    assert reason in result.output


def test_shows_the_settings_without_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTERBRO_SANDBOX__FTP__PASSWORD", PASSWORD)
    monkeypatch.setenv("REGISTERBRO_SANDBOX__FTP__PASSIVE_PORTS", "30000-30009")
    result = run("config")
    assert "REGISTERBRO_SANDBOX__FTP__PASSIVE_PORTS=30000-30009" in result.output
    assert PASSWORD not in result.output
