"""``make demo`` and ``make run`` as a newcomer calls them: the command alone, with nothing configured."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import pytest
from registerbro_local.postgres import embedded_server

from tests.support.processes import BIN

PATIENCE_SECONDS = 90.0

# Whether a change of settings is valid depends on the other settings, and on what the environment fixes.
SETTINGS_DEPEND_ON_EACH_OTHER = """
[[operations]]
include-name = "PATCH /settings"
checks.positive_data_acceptance.expected-statuses = ["2xx", 401, 403, 404, 409, 412, 422]
"""


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found


@contextlib.contextmanager
def running(directory: Path, port: int, output: Path) -> Iterator[subprocess.Popen[bytes]]:
    """``registerbro-local run`` until the block ends; it must end in order at Ctrl-C."""
    command = [
        str(BIN / "registerbro-local"),
        "run",
        "--directory",
        str(directory),
        "--port",
        str(port),
        "--persons",
        "60",
    ]
    with output.open("wb") as file, subprocess.Popen(command, stdout=file, stderr=file) as process:
        try:
            until(lambda: "Registerbro runs." in output.read_text() or process.poll() is not None)
            yield process
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            process.wait(PATIENCE_SECONDS)
        finally:
            process.kill()


def imported(said: str) -> int:
    """How many contacts the first import made, as it says."""
    found = re.search(r"(\d+) created", said)
    assert found
    return int(found[1])


def token_of(said: str) -> str:
    """A token, by the command that ``run`` prints."""
    shown = re.search(r"TOKEN=\$\(.venv/bin/(registerbro-local token .*)\)$", said, re.MULTILINE)
    assert shown
    command = f"{BIN}/{shown[1]}"
    return subprocess.run(command, shell=True, capture_output=True, text=True, check=True).stdout.strip()


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_demo_shows_five_changes_and_ends_well() -> None:
    done = subprocess.run([BIN / "registerbro-local", "demo"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for event in ("moves", "marries", "dies", "changes-number", "gets-guardian"):
        assert event in done.stdout
    assert "All five changes are in the store" in done.stdout
    assert not re.search(r"\b\d{10}\b", done.stdout)


def test_a_first_start_imports_and_a_second_one_finds_everything_as_it_was(tmp_path: Path, port: int) -> None:
    directory, output = tmp_path / "installation", tmp_path / "output"
    with running(directory, port, output):
        said = output.read_text()
        assert re.search(r"imported\s*│ 60 ", said), said
        events = directory / "events.jsonl"
        until(lambda: events.exists() and events.read_text().count("contact.imported") == imported(said))
        token = token_of(said)
        api = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {token}"})
        with api:
            assert api.get("/readiness").json()["status"] == "Healthy"
            assert [file["state"] for file in api.get("/files").json()["items"]] == ["imported"]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as stranger:
            assert stranger.get("/files").status_code == 401
    assert "Registerbro has ended." in output.read_text()
    assert (directory / "keys.json").stat().st_mode & 0o077 == 0

    with running(directory, port, output):
        assert "No new file on the server" in output.read_text()


@pytest.mark.parametrize("has_token", [True, False])
def test_the_api_keeps_to_its_description(tmp_path: Path, port: int, *, has_token: bool) -> None:
    output = tmp_path / "output"
    (tmp_path / "schemathesis.toml").write_text(SETTINGS_DEPEND_ON_EACH_OTHER)
    with running(tmp_path / "installation", port, output):
        header = ["--header", f"Authorization: Bearer {token_of(output.read_text())}"] if has_token else []
        done = subprocess.run(
            [
                BIN / "schemathesis",
                "run",
                f"http://127.0.0.1:{port}/openapi.json",
                "--max-examples=10",
                "--seed=1",
                "--no-color",
                *header,
            ],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert ("Authentication failed" in done.stdout) is not has_token


def test_a_taken_port_is_named(tmp_path: Path, port: int) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with running(tmp_path / "installation", port, tmp_path / "output") as process:
            assert process.wait() == 1
    assert f"Port {port} is taken" in (tmp_path / "output").read_text()


def test_postgres_starts_where_an_earlier_start_left_its_runtime_directory_open(tmp_path: Path) -> None:
    """As root the wheel opens that directory for the user it runs the server as; warnings are errors here."""
    left = tmp_path / f"registerbro-{os.getuid()}"
    left.mkdir(mode=0o755)
    script = (
        "import sys, pathlib, registerbro_local.postgres as p\n"
        "with p.embedded_server(pathlib.Path(sys.argv[1])) as url: print(p.ensure_database(url))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, tmp_path / "postgres"],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "/registerbro?" in done.stdout


def test_postgres_waits_for_one_that_has_just_ended_and_still_holds_its_socket(tmp_path: Path) -> None:
    """The lock of the socket names a living process of the server's user at first, then none any more."""
    with embedded_server(tmp_path / "postgres") as url:
        folder = Path(parse_qs(urlsplit(url).query)["host"][0])
        held = (folder / ".s.PGSQL.5432.lock").read_text().splitlines()
        owner = (folder / ".s.PGSQL.5432.lock").owner()
    with subprocess.Popen(["sleep", "2"], user=owner if os.getuid() == 0 else None) as ending:
        lock = folder / ".s.PGSQL.5432.lock"
        lock.write_text("\n".join([str(ending.pid), *held[1:]]) + "\n")
        shutil.chown(lock, owner)
        reaping = threading.Thread(target=ending.wait)
        reaping.start()
        with embedded_server(tmp_path / "postgres") as url, psycopg.connect(url) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
        reaping.join()
