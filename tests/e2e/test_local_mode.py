"""``make demo`` and ``make run`` as a newcomer calls them: the command alone, with nothing configured."""

import contextlib
import json
import os
import random
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
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import pytest
from registerbro_local.errors import PortTaken
from registerbro_local.keys import Keys, direct_password
from registerbro_local.ports import Place, ensure_free
from registerbro_local.postgres import embedded_server
from registerbro_sandbox.direct.passwords import follows_rules

from tests.support.processes import BIN
from tests.support.services import bearer

PATIENCE_SECONDS = 90.0
SECONDS = 10.0  # until running services go by what was changed
LAST_LINE = "something goes wrong"  # of what `run` says

SAMPLE_COMPANY, SAMPLE_UNIT = "26911745", "1003387453"  # KMD A/S, and its unit in Ballerup
STORE_PASSWORD = "PUT /password"
# Whether a change of settings is valid depends on the other settings, and on what the environment fixes. A made-up password
# would keep everybody else from CPR for the rest of a run, so it gets a run of its own; CPR's rules are in no schema. Nor is what
# makes a text a CVR number (its check digit), and what may not be searched for (what could be a person's number). In the sandbox it is
# the years that it lives in, and which names its faults know.
ODDITIES = """
[[operations]]
include-name = "PATCH /settings"
checks.positive_data_acceptance.expected-statuses = ["2xx", 401, 403, 404, 409, 412, 422]

[[operations]]
include-name = "PUT /password"
checks.positive_data_acceptance.expected-statuses = ["2xx", 401, 403, 422]

[[operations]]
include-path-regex = "^/units/"
checks.positive_data_acceptance.expected-statuses = ["2xx", 401, 403, 404, 409, 422, 501]

[[operations]]
include-path-regex = "^/(persons/changes|persons/answers|companies/happenings|faults/)"
checks.positive_data_acceptance.expected-statuses = ["2xx", 401, 403, 409, 422]
"""


@pytest.fixture
def base() -> int:
    """A base port above which the services' ports are free: below those that systems give to whoever asks for any."""
    while True:
        found = random.randrange(10_000, 30_000)
        with contextlib.suppress(PortTaken):
            ensure_free(found)
            return found


@contextlib.contextmanager
def running(directory: Path, base: int, output: Path) -> Iterator[subprocess.Popen[bytes]]:
    """``registerbro-local run`` until the block ends; it must end in order at Ctrl-C."""
    command = [
        str(BIN / "registerbro-local"),
        "run",
        "--directory",
        str(directory),
        "--port",
        str(base),
        "--persons",
        "60",
    ]
    with output.open("wb") as file, subprocess.Popen(command, stdout=file, stderr=file) as process:
        try:
            until(lambda: LAST_LINE in output.read_text() or process.poll() is not None)
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
    assert shown, said
    command = f"{BIN}/{shown[1]}"
    return subprocess.run(command, shell=True, capture_output=True, text=True, check=True).stdout.strip()


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def commands(said: str) -> dict[str, str]:
    """What ``run`` proposes to try, by what it is to show."""
    lines = re.findall(
        r"^  (\S.*?) {2,}(\S.*)$", said.partition("Try, in a second terminal")[2], re.MULTILINE
    )
    return dict(lines)


def called(words: str, token: str) -> dict[str, Any]:
    """The answer to one of the calls that ``run`` proposes."""
    done = subprocess.run(
        f"{words} --silent --show-error", shell=True, capture_output=True, text=True, check=True,
        env={**os.environ, "TOKEN": token},
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_demo_shows_five_changes_and_both_circles_and_ends_well() -> None:
    done = subprocess.run([BIN / "registerbro-local", "demo"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for event in ("moves", "marries", "dies", "changes-number", "gets-guardian"):
        assert event in done.stdout
    assert "All five changes are in the store" in done.stdout
    _, circle, companies = re.split("The circle", done.stdout)
    for step in ("looked up online", "imported online", "moves", "no longer subscribed", "moves again"):
        assert re.search(rf"│ {step}\s", circle), circle
    assert "Who was imported is kept up to date" in circle
    for step in ("searched", "its company imported", "moves", "gets another name", "ceases"):
        assert re.search(rf"│ .*{step}\s", companies), companies
    assert "Nobody asked for the changes" in companies
    assert set(re.findall(r"\b\d{10}\b", done.stdout)) == {SAMPLE_UNIT}


def test_a_first_start_imports_and_a_second_one_finds_everything_as_it_was(tmp_path: Path, base: int) -> None:
    directory, output = tmp_path / "installation", tmp_path / "output"
    with running(directory, base, output):
        said = output.read_text()
        assert re.search(r"imported\s*│ 60 ", said), said
        events = directory / "events.jsonl"
        until(lambda: events.exists() and events.read_text().count("contact.imported") == imported(said))
        with client(base + 2, token_of(said)) as batch:
            assert batch.get("/readiness").json()["status"] == "Healthy"
            assert [file["state"] for file in batch.get("/files").json()["items"]] == ["imported"]
        with client(base + 1, token_of(said)) as direct:
            assert direct.get("/readiness").json()["status"] == "Healthy"
            assert direct.get("/subscriptions/waiting").json()["items"] == []
        assert httpx.get(f"http://127.0.0.1:{base}/readiness").json()["status"] == "Healthy"
        for port, path in (
            (base, "/oauth2/clients"),
            (base + 1, "/subscriptions/waiting"),
            (base + 2, "/files"),
        ):
            assert httpx.get(f"http://127.0.0.1:{port}{path}").status_code == 401
    assert "Registerbro has ended." in output.read_text()
    assert (directory / "keys.json").stat().st_mode & 0o077 == 0

    with running(directory, base, output):
        assert "No new file on the server" in output.read_text()


def client(port: int, token: str) -> httpx.Client:
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=bearer(token))


@pytest.mark.timeout(300)
def test_what_run_proposes_goes_the_whole_circle(tmp_path: Path, base: int) -> None:
    directory, output = tmp_path / "installation", tmp_path / "output"
    with running(directory, base, output):
        said = output.read_text()
        token, proposed = token_of(said), commands(said)
        person = json.loads((directory / "person.json").read_text())
        assert (directory / "person.json").stat().st_mode & 0o077 == 0
        assert person["number"] not in said
        assert called(proposed["as clients get one"], token)["token_type"] == "Bearer"
        token = called(proposed["as clients get one"], token)["access_token"]
        assert called(proposed["look somebody up"], token)["contact_id"] is None
        contact = called(proposed["import them"], token)
        assert contact["outcome"] == "created"
        moved = proposed["let them move"].replace(".venv/bin", str(BIN))
        subprocess.run(moved, shell=True, capture_output=True, check=True)
        called(proposed["fetch and import"], token)
        event = f'"contact_id": {contact["contact_id"]}, "version": 2'
        until(lambda: event in (directory / "events.jsonl").read_text())
        assert len(called(proposed["what came of it"], token)["items"]) == 2
        read = called(proposed["read contacts"], token)["value"]
        assert len(read) == 3
        assert any(address["Address1"] for each in read for address in each["Addresses"])
        tested = called(proposed["test the way to CPR"], token)
        assert (tested["is_ok"], tested["message"]) == (True, "Forbindelse og login er OK")
        assert called(proposed["what CPR must hear"], token)["items"] == []
        assert called(proposed["plan of the policy"], token)["items"] == []
        a_company_goes_its_circle(directory, token, proposed)
    with running(directory, base, output):
        assert json.loads((directory / "person.json").read_text())["number"] != person["number"]


def a_company_goes_its_circle(directory: Path, token: str, proposed: dict[str, str]) -> None:
    """What ``run`` proposes for companies: found, imported, subscribed; a move that is read and applied."""
    [found] = called(proposed["find a company"], token)["items"]
    assert (found["number"], found["contact_id"]) == (SAMPLE_COMPANY, None)
    contact_id = called(proposed["import it"], token)["contact_id"]
    until(lambda: called(proposed["it gets subscribed"], token)["subscribed"] == 1)
    until(lambda: called(proposed["what was updated"], token)["remaining"] == 0)
    moved = proposed["let the company move"].replace(".venv/bin", str(BIN))
    subprocess.run(moved, shell=True, capture_output=True, check=True)
    assert called(proposed["read the changes now"], token)["queued"] == 1
    until(lambda: applied(directory / "events.jsonl") == [contact_id])
    assert called(proposed["what was updated"], token)["changed"] >= 1


def applied(events: Path) -> list[int]:
    """Contacts that an update has changed, by what was told of them."""
    told = [json.loads(line) for line in events.read_text().splitlines()]
    return [each["data"]["contact_id"] for each in told if each["type"].endswith(".cvr.update.applied.v1")]


def test_changed_configuration_counts_in_running_services_within_seconds(tmp_path: Path, base: int) -> None:
    """What CPR's source says of subscriptions, and the module's switch, changed at the console."""
    output = tmp_path / "output"
    with running(tmp_path / "installation", base, output):
        said = output.read_text()
        token = token_of(said)
        with client(base, token) as console, client(base + 1, token) as direct:
            source = {"fields": {"subscription": False}}
            assert console.put("/configuration/sources/CPR", json=source).status_code == 200
            contact = called(commands(said)["import them"], token)["contact_id"]
            console.headers["Registerbro-Purpose"] = "a test of the source"
            records = console.get(f"/odata/Contacts({contact})/SourceRecords").json()["value"]
            assert [(each["SrcSubscribed"], each["Subscribed"]) for each in records] == [(False, None)]
            assert direct.get("/policy/plan").status_code == 200
            switch = "/configuration/features/CPR"
            assert console.put(switch, json={"enabled": False}).json()["enabled"] is False
            began = time.monotonic()
            until(lambda: direct.get("/policy/plan").status_code == 409)
            assert time.monotonic() - began < SECONDS
            assert direct.get("/policy/plan").json()["feature"] == "CPR"
            assert console.put(switch, json={"enabled": True}).json()["enabled"] is True
            until(lambda: direct.get("/policy/plan").status_code == 200)


EXAMPLES = {
    Place.CPR_DIRECT: 10,
    Place.CPR_BATCH: 10,
    Place.CVR_ONLINE: 3,
    Place.CVR_SUBSCRIPTION: 3,
    Place.CVR_UPDATE: 3,
    Place.SANDBOX: 1,
}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("has_token", [True, False])
def test_the_apis_keep_to_their_descriptions(tmp_path: Path, base: int, *, has_token: bool) -> None:
    output = tmp_path / "output"
    with running(tmp_path / "installation", base, output):
        token = token_of(output.read_text()) if has_token else None
        for place, examples in EXAMPLES.items():
            count = examples if has_token else 1  # all that is seen without one is that it is refused
            said = schemathesis(tmp_path, base + place, token, count, "--exclude-name", STORE_PASSWORD)
            assert ("Authentication failed" in said) is not has_token, place
        schemathesis(tmp_path, base + Place.CPR_DIRECT, token, 10, "--include-name", STORE_PASSWORD)


def schemathesis(directory: Path, port: int, token: str | None, examples: int, *words: str) -> str:
    """One run against a service; what it says."""
    (directory / "schemathesis.toml").write_text(ODDITIES)
    header = ["--header", f"Authorization: Bearer {token}"] if token else []
    done = subprocess.run(
        [BIN / "schemathesis", "run", f"http://127.0.0.1:{port}/openapi.json", f"--max-examples={examples}", "--seed=1",
         "--no-color", *header, *words],
        cwd=directory, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("place", [Place.CONSOLE, Place.CVR_UPDATE], ids=lambda place: place.name.lower())
def test_a_taken_port_is_named_before_anything_starts(tmp_path: Path, base: int, place: Place) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", base + place))
        other.listen()
        with running(tmp_path / "installation", base, tmp_path / "output") as process:
            assert process.wait() == 1
    assert f"Port {base + place} is taken" in (tmp_path / "output").read_text()
    assert not (tmp_path / "installation").exists()


def test_keys_of_an_earlier_version_stay_and_get_what_they_lack(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    Keys.kept_in(file)
    earlier = {name: key for name, key in json.loads(file.read_text()).items() if name != "direct_password"}
    file.write_text(json.dumps(earlier))
    keys = Keys.kept_in(file)
    assert {name: getattr(keys, name) for name in earlier} == earlier
    assert follows_rules(keys.direct_password)
    assert Keys.kept_in(file) == keys
    assert file.stat().st_mode & 0o077 == 0


def test_generated_passwords_follow_cprs_rules() -> None:
    made = [direct_password() for _ in range(500)]
    assert all(map(follows_rules, made))
    assert len(set(made)) == len(made)


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
