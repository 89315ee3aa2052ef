"""CPR Direkte by command and as a process: users, subscriptions, faults, settings, health."""

import asyncio
import contextlib
import datetime as dt
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from registerbro_sandbox.__main__ import app
from registerbro_sandbox.direct import BadCertificate, CprDirectServer, DirectWrong, Garbage
from registerbro_sandbox.direct.probe import announced, is_announced
from registerbro_sandbox.ftp import Authority, CprFileServer
from registerbro_sandbox.health import UNHEALTHY, check
from registerbro_sandbox.persons import Delivery, Population
from registerbro_sandbox.persons.chronicle import Chronicle
from registerbro_sandbox.settings import SandboxSection
from registerbro_sandbox.switchboard import Board
from registerbro_sandbox.watching import Watch
from typer.testing import CliRunner, Result

from tests.support.sandbox_direct import ACCOUNT, PASSWORD, DirectClient, logged_on, serving
from tests.support.waiting import until

FTP_PASSWORD = "kun-til-denne-test"
NEW = "Nyt-0rd!"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    directory = tmp_path / "home"
    Chronicle.begin(directory, Population(4, 40), Delivery(dt.date(2026, 3, 2)), subscribed=20)
    return directory


def run(home: Path, *arguments: object, typed: str | None = None) -> Result:
    words = [*(str(argument) for argument in arguments), "--into", str(home)]
    return CliRunner().invoke(app, ["direct", *words], input=typed)


def told(home: Path, *arguments: object) -> Any:
    result = run(home, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def done(home: Path, *arguments: object, typed: str | None = None) -> None:
    result = run(home, *arguments, typed=typed)
    assert (result.exit_code, result.output) == (0, "")


def eventually(condition: Callable[[], bool]) -> None:
    async def is_met() -> bool:
        return condition()

    asyncio.run(until(is_met, seconds=10))


# Users


def test_users_come_and_go_while_it_runs(home: Path) -> None:
    with serving(home) as (_, client):
        client.user = "SECOND"
        assert client.log_on(NEW).error == 1
        done(home, "add-account", "SECOND", typed=f"{NEW}\n")
        assert client.log_on(NEW).error == 0
        done(home, "set-password", "SECOND", typed="Andet.1x")
        assert client.log_on("Andet.1x").error == 0
        done(home, "remove-account", "SECOND")
        assert client.log_on("Andet.1x").error == 1


def test_passwords_expire_and_accounts_are_unlocked_by_command(home: Path) -> None:
    with serving(home) as (_, client):
        done(home, "expire-password", "SANDBOX1")
        assert client.log_on(PASSWORD).error == 2
        assert told(home, "accounts")[0]["state"] == "expired"
        client.log_on(PASSWORD, NEW)
        for _ in range(3):
            client.log_on("falsk-1A")
        assert told(home, "accounts")[0] | {"expires": None} == {
            "customer": "4630",
            "user": "SANDBOX1",
            "state": "locked",
            "wrong_logons": 3,
            "expires": None,
        }
        done(home, "unlock", "SANDBOX1")
        assert client.log_on(NEW).error == 0


def test_access_is_taken_and_given_by_command(home: Path) -> None:
    with logged_on(home) as (_, client):
        number = Chronicle.read(home).world.person(0).number
        done(home, "refuse-access", "SANDBOX1", 18)
        assert client.ask(number).error == 18
        assert "refused with 18" in run(home, "accounts").output
        done(home, "grant-access", "SANDBOX1")
        assert client.ask(number).error == 0


def test_another_customers_user_expires_in_time(home: Path) -> None:
    done(home, "add-account", "FIRST", "--customer", "1111", "--expires-in-days", 30, typed=NEW)
    [about] = told(home, "accounts")
    assert (about["customer"], about["state"]) == ("1111", "active")
    expires = dt.datetime.fromisoformat(about["expires"]) - dt.datetime.now(dt.UTC)
    assert dt.timedelta(29) < expires <= dt.timedelta(30)
    assert "1111 FIRST: active, password expires" in run(home, "accounts").output


@pytest.mark.parametrize(
    ("arguments", "typed", "code", "reason"),
    [
        (["add-account", "SANDBOX1"], NEW, 1, "has a user SANDBOX1 already"),
        (["add-account", "SECOND"], "kort", 1, "eight characters"),
        (["add-account", "SECOND"], "", 1, "eight characters"),
        (["add-account", "ALTFORLANG"], NEW, 2, "one to eight"),
        (["set-password", "NOBODY"], NEW, 1, "no user NOBODY"),
        (["unlock", "SANDBOX1", "--customer", "9999"], None, 1, "customer 9999 has no"),
        (["unlock", "SANDBOX1", "--customer", "99"], None, 2, "four digits"),
        (["refuse-access", "SANDBOX1", "5"], None, 2, "one of 14, 18, 24, 28, 99"),
        (["fault", "set", "--garbage", "noise"], None, 2, "noise"),
        (["fault", "set", "--error", "100"], None, 2, "--error"),
    ],
    ids=range(10),
)
def test_says_what_is_wrong(
    home: Path, arguments: list[str], typed: str | None, code: int, reason: str
) -> None:
    with serving(home):
        result = run(home, *arguments, typed=typed)
    assert result.exit_code == code
    assert reason in " ".join(result.output.split())
    assert NEW not in result.output


def test_needs_a_directory_and_a_world(tmp_path: Path) -> None:
    for arguments in (["accounts"], ["fault", "clear"], ["unlock", "SANDBOX1"]):
        result = run(tmp_path / "none", *arguments)
        assert (result.exit_code, "no such directory" in result.output) == (1, True)
    assert "generate one first" in run(tmp_path, "subscriptions").output


# Subscriptions


def test_lists_subscriptions_with_numbers_masked(home: Path, tmp_path: Path) -> None:
    numbers = [person.number for person in Chronicle.read(home).world]
    with logged_on(home) as (_, client):
        client.ask(numbers[25], "10")
        client.ask(numbers[2], "30")
    about = told(home, "subscriptions", "--write-numbers", tmp_path / "numbers")
    assert (about["persons"], about["subscribed"], about["pending"]) == (40, 20, 2)
    assert about["told"] == [
        {"number": f"{numbers[25][:6]}-xxxx", "subscribed": True},
        {"number": f"{numbers[2][:6]}-xxxx", "subscribed": False},
    ]
    shown = run(home, "subscriptions").output
    assert "20 subscribed, of 40 persons" in shown
    assert not [number for number in numbers if number in shown]
    written = tmp_path / "numbers"
    assert written.read_text().split() == [*numbers[:2], *numbers[3:20], numbers[25]]
    assert written.stat().st_mode & 0o077 == 0
    assert run(home, "subscriptions", "--write-numbers", written).exit_code == 1


def test_a_replaced_number_is_no_subscription_of_its_own(home: Path) -> None:
    done_ = CliRunner().invoke(
        app, ["change", "--event", "changes-number", "--into", str(home), "--date", "2026-03-03"]
    )
    assert done_.exit_code == 0
    assert told(home, "subscriptions")["subscribed"] == 20


# Faults


def test_faults_reach_a_running_server(home: Path) -> None:
    with (
        CprFileServer(home, {"cpr": SecretStr(FTP_PASSWORD)}, None) as files,
        serving(home) as (server, client),
        Watch(files, Board(direct=DirectWrong(error=9, times=5)), server),
    ):
        assert server.faults.wrong == DirectWrong(error=9, times=5)
        set_ones = ["--close-after", 10, "--at", "request", "--times", 2]
        assert told(home, "fault", "set", *set_ones)["close_after"] == 10
        eventually(lambda: server.faults.wrong.close_after == 10)
        assert run(home, "fault", "show").output == "at: request\nclose_after: 10\ntimes: 2\n"
        client.log_on(PASSWORD)
        assert client.ask("0101604321").content == client.ask("0101604321").content
        assert server.faults.left == 0
        told(home, "fault", "set", *set_ones)  # the same again goes wrong anew
        eventually(lambda: server.faults.left == 2)
        told(home, "fault", "clear")
        eventually(lambda: server.faults.left is None)
        assert run(home, "fault", "show").output == "nothing goes wrong\n"


def test_every_option_reaches_the_switchboard(home: Path) -> None:
    everything = DirectWrong(
        refuse=True,
        certificate=BadCertificate.EXPIRED,
        error=4,
        pieces=3,
        piece_seconds=0.5,
        first_byte_seconds=1.5,
        stall_after=6,
        close_after=7,
        surplus=8,
        length_off=-9,
        garbage=Garbage.RECORD,
        times=10,
    )
    options = [
        part
        for name, value in everything.model_dump(mode="json", exclude_defaults=True).items()
        for part in (
            [f"--{name.replace('_', '-')}"] if value is True else [f"--{name.replace('_', '-')}", value]
        )
    ]
    told(home, "fault", "set", *options)
    board = Board.read(home)
    assert board
    assert board.direct == everything
    assert set(everything.model_dump(exclude_defaults=True)) | {"at"} == set(DirectWrong.model_fields)


def test_a_switchboard_from_before_there_was_cpr_direkte_is_read(home: Path) -> None:
    (home / ".sandbox").mkdir()
    (home / ".sandbox" / "switchboard.json").write_text('{"faults": {"times": 3}, "migrated": []}')
    board = Board.read(home)
    assert board
    assert (board.faults.times, board.direct) == (3, DirectWrong())


# Health


@pytest.fixture
def checked(home: Path) -> Iterator[tuple[SandboxSection, CprDirectServer, DirectClient]]:
    """Settings with which the health check looks at running servers."""
    login = {"user": "cpr", "password": FTP_PASSWORD}
    with (
        CprFileServer(home, {"cpr": SecretStr(FTP_PASSWORD)}, None) as files,
        serving(home) as (server, client),
    ):
        ftp = {**login, "directory": home, "port": files.port, "protocol": "ftp"}
        direct = {"password": PASSWORD, "port": server.port, "tls": False}
        yield SandboxSection.model_validate({"ftp": ftp, "direct": direct}), server, client


@pytest.mark.parametrize(
    "wrong",
    [DirectWrong(refuse=True, times=1), DirectWrong(error=4, times=1), DirectWrong(stall_after=0, times=1)],
)
def test_health_uses_no_fault_up_and_is_not_counted(
    checked: tuple[SandboxSection, CprDirectServer, DirectClient], wrong: DirectWrong
) -> None:
    settings, server, _ = checked
    server.faults.set(wrong)
    check(settings)
    assert server.faults.left == 1
    assert server.counts.connections == server.counts.all_logons == 0


def test_health_wears_no_account_out(
    checked: tuple[SandboxSection, CprDirectServer, DirectClient],
) -> None:
    settings, server, client = checked
    client.log_on(PASSWORD, NEW)
    for _ in range(5):
        check(settings)  # with a password that is not the account's any more
    assert client.log_on(NEW).error == 0
    for _ in range(3):
        client.log_on("falsk-1A")
    check(settings)
    account = server.accounts.find(ACCOUNT)
    assert account
    assert account.wrong == 3


def test_health_notices_accounts_that_cannot_be_read(
    checked: tuple[SandboxSection, CprDirectServer, DirectClient],
) -> None:
    settings, server, _ = checked
    (server.directory / ".sandbox" / "direct-accounts.json").write_text("{")
    with pytest.raises(UNHEALTHY):
        check(settings)
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        check(settings)


def test_a_port_announced_long_ago_is_anybodys(home: Path) -> None:
    with announced(home, 4711):
        assert is_announced(home, 4711)
        assert not is_announced(home, 4712)
        probe = home / ".sandbox" / "direct-probes" / "4711"
        os.utime(probe, (0, 0))
        assert not is_announced(home, 4711)
    assert not probe.exists()


# As a process


@contextlib.contextmanager
def process(tmp_path: Path, **settings: object) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """The sandbox, once CPR Direkte listens; and its environment, with which health can be asked."""
    environment = {name: text for name, text in os.environ.items() if not name.startswith("REGISTERBRO_")}
    environment |= {
        "REGISTERBRO_LOG__FORM": "json",
        "REGISTERBRO_SANDBOX__FTP__PASSWORD": FTP_PASSWORD,
        "REGISTERBRO_SANDBOX__FTP__PORT": str(free_port()),
        "REGISTERBRO_SANDBOX__FTP__DIRECTORY": str(tmp_path / "served"),
        "REGISTERBRO_SANDBOX__FTP__AUTHORITY_FILE": str(tmp_path / "ca.pem"),
        "REGISTERBRO_SANDBOX__EXTRACT__PERSONS": "32",
        "REGISTERBRO_SANDBOX__EXTRACT__SUBSCRIBED": "16",
        "REGISTERBRO_SANDBOX__DIRECT__PASSWORD": PASSWORD,
        "REGISTERBRO_SANDBOX__DIRECT__PORT": str(free_port()),
    }
    environment |= {f"REGISTERBRO_SANDBOX__{name.upper()}": str(text) for name, text in settings.items()}
    command = [sys.executable, "-m", "registerbro_sandbox", "serve"]
    with subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    ) as running:
        assert running.stderr is not None
        try:
            next(line for line in running.stderr if "direct server listens" in line)
            yield running, environment
        finally:
            if running.poll() is None:
                running.kill()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def health(environment: dict[str, str], **other: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "registerbro_sandbox", "health"]
    changed = environment | {f"REGISTERBRO_SANDBOX__{name.upper()}": text for name, text in other.items()}
    return subprocess.run(command, env=changed, capture_output=True, text=True, timeout=60, check=False)


def client_of(environment: dict[str, str], ca_file: Path | None) -> DirectClient:
    context = ssl.create_default_context(cafile=str(ca_file)) if ca_file else None
    port = int(environment["REGISTERBRO_SANDBOX__DIRECT__PORT"])
    return DirectClient(port, context, name="localhost")


def test_serves_by_tls_with_the_file_servers_authority(tmp_path: Path) -> None:
    with process(tmp_path) as (running, environment):
        client = client_of(environment, tmp_path / "ca.pem")
        assert client.log_on(PASSWORD).error == 0
        world = Chronicle.read(tmp_path / "served").world
        assert (tmp_path / "served").joinpath(".sandbox", "authority.pem").exists()
        assert client.ask(world.person(31).number, "16").error == 0
        assert told(tmp_path / "served", "subscriptions")["subscribed"] == 17
        done(tmp_path / "served", "expire-password", "SANDBOX1")
        assert client.log_on(PASSWORD).error == 2
        assert client.log_on(PASSWORD, NEW).error == 0
        told(tmp_path / "served", "fault", "set", "--refuse")
        assert health(environment).returncode == 0
        assert "CERTIFICATE_VERIFY_FAILED" in health(environment, ftp__authority_file=_other(tmp_path)).stderr
        running.send_signal(signal.SIGTERM)
        assert running.wait(20) == 0
        assert running.stderr
        log = running.stderr.read()
        assert not [word for word in (PASSWORD, NEW, client.token) if word in log]
        assert "direct server stopped" in log
    authority = (tmp_path / "ca.pem").read_bytes()
    with process(tmp_path) as (_, environment):  # the fault, the password and the authority are still there
        assert (tmp_path / "ca.pem").read_bytes() == authority
        told(tmp_path / "served", "fault", "clear")
        client = client_of(environment, tmp_path / "ca.pem")
        eventually(lambda: _logs_on(client))


def _other(tmp_path: Path) -> str:
    Authority().write_to(tmp_path / "other.pem")
    return str(tmp_path / "other.pem")


def _logs_on(client: DirectClient) -> bool:
    try:
        return client.log_on(NEW).error == 0
    except OSError:
        return False


def test_serves_plain_tcp_and_what_was_set_beside_plain_ftp(tmp_path: Path) -> None:
    settings = {
        "direct__tls": "false",
        "direct__user": "BRUGER",
        "direct__customer_number": "0384",
        "direct__transaction_code": "PRV4",
        "direct__record_types": "001,008",
        "direct__wrong_logons": "1",
        "direct__error_texts": "false",
        "ftp__protocol": "ftp",
    }
    with process(tmp_path, **settings) as (_, environment):
        client = client_of(environment, None)
        client.user, client.customer, client.transaction = "BRUGER", "0384", "PRV4"
        assert client.log_on(PASSWORD).error == 0
        number = Chronicle.read(tmp_path / "served").world.person(0).number
        assert [text[:3] for text in client.ask(number).records] == ["000", "001", "008", "999"]
        assert health(environment).returncode == 0
        assert len(client.log_on("falsk-1A").content) == 28
        assert client.log_on(PASSWORD).error == 1
        assert health(environment).returncode == 0


def test_tls_works_beside_plain_ftp(tmp_path: Path) -> None:
    with process(tmp_path, ftp__protocol="ftp", direct__faults__error="4") as (_, environment):
        client = client_of(environment, tmp_path / "ca.pem")
        assert client.log_on(PASSWORD).error == 4
        assert health(environment).returncode == 0


def test_stops_at_once_when_it_cannot_listen(tmp_path: Path) -> None:
    with process(tmp_path) as (_, environment):
        other = environment | {
            "REGISTERBRO_SANDBOX__FTP__PORT": "0",
            "REGISTERBRO_SANDBOX__FTP__DIRECTORY": str(tmp_path / "other"),
        }
        command = [sys.executable, "-m", "registerbro_sandbox", "serve"]
        result = subprocess.run(
            command, env=other, capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False
        )
    assert result.returncode == 1
    assert "cannot start" in result.stderr


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("DIRECT__PASSWORD", "kort", "PASSWORD: Value should have at least 8"),
        ("DIRECT__CUSTOMER_NUMBER", "463", "CUSTOMER_NUMBER"),
        ("DIRECT__RECORD_TYPES", "001,099", "099: no record about a person"),
        ("DIRECT__RECORD_TYPES", "002", "001 is always delivered"),
        ("DIRECT__TOKEN_MINUTES", "0", "TOKEN_MINUTES"),
        ("DIRECT__FAULTS__ERROR", "100", "ERROR"),
        ("EXTRACT__SUBSCRIBED", "5", "cannot be more than persons"),
    ],
    ids=range(7),
)
def test_names_wrong_settings(monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str) -> None:
    monkeypatch.setenv("REGISTERBRO_SANDBOX__FTP__PASSWORD", FTP_PASSWORD)
    monkeypatch.setenv("REGISTERBRO_SANDBOX__DIRECT__PASSWORD", PASSWORD)
    monkeypatch.setenv(f"REGISTERBRO_SANDBOX__{name}", value)
    result = CliRunner().invoke(app, ["config"])
    assert result.exit_code == 2
    assert reason in result.output


def test_shows_the_settings_without_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTERBRO_SANDBOX__FTP__PASSWORD", FTP_PASSWORD)
    monkeypatch.setenv("REGISTERBRO_SANDBOX__DIRECT__PASSWORD", PASSWORD)
    result = CliRunner().invoke(app, ["config"])
    assert "REGISTERBRO_SANDBOX__DIRECT__USER=SANDBOX1" in result.output
    assert PASSWORD not in result.output


def test_a_persons_number_is_printed_as_it_is_now(home: Path) -> None:
    person = Chronicle.read(home).world.person(30)
    shown = run(home, "number", 30)
    assert (shown.exit_code, shown.stdout) == (0, f"{person.number}\n")
    missing = run(home, "number", 4000)
    assert (missing.exit_code, "person 4000 of 40" in missing.output) == (1, True)
