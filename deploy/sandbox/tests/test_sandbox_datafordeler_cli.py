"""Datafordeleren by command and as a process: settings, certificates, faults, status, health."""

import contextlib
import datetime as dt
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from registerbro.settings import load_or_exit
from registerbro_sandbox.__main__ import app
from registerbro_sandbox.datafordeler import DatafordelerWrong
from registerbro_sandbox.direct import BadCertificate
from registerbro_sandbox.ftp import Authority, CprFileServer
from registerbro_sandbox.health import UNHEALTHY, check
from registerbro_sandbox.settings import SandboxSection, SandboxSettings
from registerbro_sandbox.switchboard import Board
from registerbro_sandbox.watching import Watch
from typer.testing import CliRunner, Result

from tests.support.sandbox_datafordeler import Asker, datafordeleren

FTP_PASSWORD, PASSWORD, KEY = "kun-til-denne-test", "rigtig-adgangskode", "noegle-til-graphql"
P12_PASSWORD = "åben-dig"


def run(*arguments: object, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, ["datafordeler", *(str(each) for each in arguments)], input=typed)


def test_faults_are_set_shown_and_cleared_and_reach_a_running_server(tmp_path: Path) -> None:
    with datafordeleren(tmp_path, companies=2) as sandbox:
        home = sandbox.world.directory
        watched = CprFileServer(home, {}, None)
        switches = {"datafordeler": sandbox.server.faults}
        with Watch(watched, Board(), switches=switches) as watch:
            options = ["--at", "rest", "--at", "CVR_Navn", "--status", 503, "--retry-after", 3, "--times", 2]
            shown = run("fault", "set", *options, "--deny", "CVR_Branche", "--into", home)
            assert shown.exit_code == 0, shown.output
            assert shown.stdout.splitlines()[:2] == ["at: ['rest', 'CVR_Navn']", "status: 503"]
            watch.look()
            assert sandbox.server.faults.wrong == DatafordelerWrong(
                at=("rest", "CVR_Navn"), status=503, retry_after=3, times=2, deny=("CVR_Branche",)
            )
            told = json.loads(run("fault", "show", "--json", "--into", home).stdout)
            assert told["retry_after"] == 3
            assert run("fault", "clear", "--into", home).stdout == "nothing goes wrong\n"
            watch.look()
            assert sandbox.server.faults.wrong == DatafordelerWrong()
    assert run("fault", "set", "--code", "nej tak", "--into", home).exit_code == 2


@pytest.mark.parametrize(
    ("options", "days"), [(["--days", 10], 10), (["--days", 10, "--expired"], -1), (["--foreign"], 365)]
)
def test_certificates_are_written_with_a_password(tmp_path: Path, options: list[object], days: int) -> None:
    file = tmp_path / "client.p12"
    made = run("certificate", file, *options, "--into", tmp_path, typed=f"{P12_PASSWORD}\n")
    assert (made.exit_code, made.output) == (0, "")
    key, certificate, _ = pkcs12.load_key_and_certificates(file.read_bytes(), P12_PASSWORD.encode())
    assert key
    assert certificate
    left = certificate.not_valid_after_utc - dt.datetime.now(dt.UTC)
    assert abs(left - dt.timedelta(days=days)) < dt.timedelta(hours=2)
    known = x509.load_pem_x509_certificate(Authority.kept_in(tmp_path).certificate)
    assert (certificate.issuer == known.subject) == ("--foreign" not in options)


def test_a_certificate_as_pem_takes_no_password(tmp_path: Path) -> None:
    assert run("certificate", tmp_path / "client.pem", "--pem", "--into", tmp_path).exit_code == 0
    ssl.create_default_context().load_cert_chain(tmp_path / "client.pem")
    assert (tmp_path / "client.pem").stat().st_mode & 0o777 == 0o600
    refused = run("certificate", tmp_path / "client.p12", "--into", tmp_path, typed="\n")
    assert (refused.exit_code, "a password is needed" in refused.output) == (1, True)


def test_status_says_that_nobody_answers(tmp_path: Path) -> None:
    shown = run("status", "--url", f"https://127.0.0.1:{free_port()}", "--into", tmp_path)
    assert (shown.exit_code, shown.output) == (1, "Datafordeleren does not answer: ConnectError\n")


# As a process


@contextlib.contextmanager
def process(tmp_path: Path, **settings: object) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """The sandbox, once Datafordeleren listens; and its environment."""
    environment = {name: text for name, text in os.environ.items() if not name.startswith("REGISTERBRO_")}
    told: dict[str, object] = {
        "ftp__password": FTP_PASSWORD,
        "ftp__port": free_port(),
        "ftp__directory": tmp_path / "served",
        "ftp__authority_file": tmp_path / "ca.pem",
        "companies__count": 4,
        "datafordeler__password": PASSWORD,
        "datafordeler__api_key": KEY,
        "datafordeler__port": free_port(),
        "datafordeler__open_port": free_port(),
        "datafordeler__certificate_file": tmp_path / "client.p12",
        "datafordeler__certificate_password": P12_PASSWORD,
        **settings,
    }
    environment |= {f"REGISTERBRO_SANDBOX__{name.upper()}": str(value) for name, value in told.items()}
    command = [sys.executable, "-m", "registerbro_sandbox", "serve"]
    with subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    ) as running:
        assert running.stderr is not None
        try:
            next(
                line
                for line in running.stderr
                if "web server listens" in line and "datafordeler-open" in line
            )
            yield running, environment
        finally:
            if running.poll() is None:
                running.kill()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _settings(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> SandboxSection:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return load_or_exit(SandboxSettings).sandbox


def _certified(tmp_path: Path) -> ssl.SSLContext:
    """What a client needs that was given the .p12 and its password."""
    key, certificate, _ = pkcs12.load_key_and_certificates(
        (tmp_path / "client.p12").read_bytes(), P12_PASSWORD.encode()
    )
    assert key
    assert certificate
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "own.pem").write_bytes(pem + certificate.public_bytes(Encoding.PEM))
    context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    context.load_cert_chain(tmp_path / "own.pem")
    return context


def test_serves_both_hosts_from_one_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with process(tmp_path) as (running, environment):
        its = _settings(monkeypatch, environment)
        assert its.datafordeler
        home = tmp_path / "served"
        context = _certified(tmp_path)
        with httpx.Client(base_url=f"https://localhost:{its.datafordeler.port}", verify=context) as client:
            found = client.get("/CVR/HentCVRData/1/rest/hentEnhedMedCVREnhedsid?pId=4900000001")
            assert found.json()["virksomhedsnavn"]["vaerdi"] == "KMD A/S"
        url = f"https://localhost:{its.datafordeler.open_port}"
        with httpx.Client(base_url=url, verify=context) as client:
            asker = Asker(client)
            name = '{ CVR_Navn(where: {CVREnhedsId: {eq: "4900000001"}}) { nodes { vaerdi } } }'
            assert asker.nodes(name) == [{"vaerdi": "KMD A/S"}]
        run("fault", "set", "--status", 500, "--into", home)
        check(its)
        told: Any = json.loads(run("status", "--url", url, "--into", home, "--json").stdout)
        assert told["operations"] == {"hentEnhedMedCVREnhedsid": 1, "CVR_Navn": 1}
        assert "answered 200: 2" in run("status", "--url", url, "--into", home).output
        run("fault", "set", "--certificate", BadCertificate.EXPIRED.value, "--into", home)
        running.send_signal(signal.SIGTERM)
        assert running.wait(20) == 0
        assert running.stderr
        log = running.stderr.read()
        assert not [word for word in (PASSWORD, KEY, P12_PASSWORD) if word in log]
        assert "web server stopped" in log
        with pytest.raises(UNHEALTHY):
            check(its)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("PASSWORD", "kort", "PASSWORD: Value should have at least 8"),
        ("REST__NUMBERS", "float", "NUMBERS"),
        ("FAULTS__STATUS", "200", "STATUS"),
        ("CERTIFICATE_DAYS", "0", "CERTIFICATE_DAYS"),
    ],
)
def test_names_wrong_settings(monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str) -> None:
    monkeypatch.setenv("REGISTERBRO_SANDBOX__FTP__PASSWORD", FTP_PASSWORD)
    monkeypatch.setenv("REGISTERBRO_SANDBOX__DATAFORDELER__PASSWORD", PASSWORD)
    monkeypatch.setenv(f"REGISTERBRO_SANDBOX__DATAFORDELER__{name}", value)
    result = CliRunner().invoke(app, ["config"])
    assert result.exit_code == 2
    assert reason in result.output
