"""Debian's own FTP servers for the tests: vsftpd and proftpd, in a temporary directory and on a free port.

Their packages exclude each other and start a server when installed, so they are not installed: the packages are
fetched and unpacked into a cache, and run from there, as root or as an ordinary user. Both ask for TLS on both channels
and, as they do by default, for the session of the command channel to be used again on the data channel.
"""

import contextlib
import dataclasses
import getpass
import grp
import itertools
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import trustme
from cpr_batch.server_settings import FtpSettings, Protocol

from tests.support import secrets_in_use

CACHE = Path(os.environ.get("REGISTERBRO_TEST_CACHE", Path.home() / ".cache" / "registerbro-tests"))
PACKAGES = {
    "vsftpd": ("vsftpd",),
    "proftpd": ("proftpd-core", "proftpd-mod-crypto"),
    "sshd": ("openssh-server",),
}
FTP_PROTOCOLS = (Protocol.FTPS, Protocol.FTPS_IMPLICIT, Protocol.FTP)
PASSWORD = secrets_in_use.add("kun-til-test")
CRYPTED = (
    "$6$registerbro$ikSOAy7VZcACT4uvE7i8cSifmP1X.wqXeITbL8re0TKDvCdzlRk4weWau8rLGyTC56Ah63KOXoXDnh3xft.6t."
)
FOLDER = "udtraek"  # what the servers show beside other things in the home directory
START_DEADLINE_SECONDS = 20.0


class ServerMissing(Exception):
    """A file server that the tests need is neither there nor to be had; the message says what to do."""


@dataclasses.dataclass(frozen=True)
class FtpServer:
    """A running server: where it listens, what it serves, and what it was told."""

    kind: str
    host: str
    port: int
    home: Path
    user: str
    password: str
    log: Path
    pid: int
    protocol: Protocol = Protocol.FTPS

    @property
    def folder(self) -> Path:
        """The directory on the server that holds CPR's files."""
        return self.home / FOLDER

    def commands(self) -> str:
        """Everything that clients asked of the server so far, as its log has it."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def kill_sessions(self) -> None:
        """Ends every session at once, without a word to the client."""
        for session in psutil.Process(self.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                session.kill()


def settings_of(server: FtpServer, ca_file: Path, **changes: Any) -> FtpSettings:
    """What CPR Batch is told to use the server."""
    settings: dict[str, Any] = {
        "protocol": server.protocol,
        "allow_plain": server.protocol is Protocol.FTP,
        "host": server.host,
        "port": server.port,
        "user": server.user,
        "password": server.password,
        "directory": server.folder.name,
        "ca_file": ca_file,
        "timeout_seconds": 20,
    }
    return FtpSettings(**(settings | changes))


@contextlib.contextmanager
def ftp_server(
    kind: str, directory: Path, certificate: trustme.LeafCert, protocol: Protocol = Protocol.FTPS
) -> Iterator[FtpServer]:
    """Starts ``vsftpd`` or ``proftpd`` in ``directory`` and stops it at the end of the block."""
    binary = installed(kind)
    home = directory / "home"
    (home / FOLDER).mkdir(parents=True, exist_ok=True)
    certificate.private_key_and_cert_chain_pem.write_to_path(str(directory / "server.pem"))
    (directory / "server.pem").chmod(0o600)
    port = free_port()
    user, command = _COMMANDS[kind](binary, directory, port, protocol)
    with (directory / "output").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
    try:
        greets = protocol is not Protocol.FTPS_IMPLICIT  # else TLS comes first
        wait_until_it_listens(process, port, directory / "output", b"220" if greets else b"")
        log = directory / "log"
        yield FtpServer(kind, "localhost", port, home, user, PASSWORD, log, process.pid, protocol)
    finally:
        process.terminate()
        process.wait(timeout=10)


def installed(kind: str) -> Path:
    """The server's binary: the machine's own, or one unpacked from Debian's package."""
    if found := shutil.which(kind, path=f"{os.environ.get('PATH', '')}:/usr/sbin"):
        return Path(found)
    unpacked = CACHE / kind
    if not unpacked.exists():
        _unpack(kind, unpacked)
    return unpacked / "usr" / "sbin" / kind


def _unpack(kind: str, target: Path) -> None:
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        raise ServerMissing(f"The tests need {kind}. Install it, or run them on Debian.")
    if os.geteuid() == 0:
        _apt("update")
        _apt("install", "-y", "--no-upgrade", "--no-install-recommends", *_libraries(PACKAGES[kind]))
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as work:
        _apt("download", *PACKAGES[kind], cwd=work)
        for package in Path(work).glob("*.deb"):
            subprocess.run(["dpkg", "-x", package, Path(work) / "root"], check=True)
        with contextlib.suppress(OSError):  # another process was first
            (Path(work) / "root").rename(target)


def _libraries(packages: tuple[str, ...]) -> list[str]:
    depends = subprocess.run(["apt-cache", "depends", *packages], check=True, capture_output=True, text=True)
    return sorted(set(re.findall(r"^  Depends: (lib[^ <>]+)$", depends.stdout, re.MULTILINE)))


def _apt(*arguments: str, cwd: str | None = None) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        ["apt-get", "-q", *arguments], cwd=cwd, capture_output=True, text=True, env=environment, check=False
    )
    if done.returncode:
        raise ServerMissing(
            f"The tests need Debian's vsftpd, proftpd-core and openssh-server. `apt-get {' '.join(arguments)}` failed; "
            f"run `apt-get update` as root and try again.\n{done.stderr}"
        )


def _vsftpd(binary: Path, directory: Path, port: int, protocol: Protocol) -> tuple[str, list[str]]:
    (directory / "passwords").write_text(f"{PASSWORD}\n")
    options = {
        "listen": "YES",
        "listen_address": "127.0.0.1",
        "listen_port": port,
        "background": "NO",
        "run_as_launching_user": "YES",
        "seccomp_sandbox": "NO",
        "isolate": "NO",
        "isolate_network": "NO",
        "anonymous_enable": "YES",  # the one kind of user that needs neither PAM nor a system account
        "local_enable": "NO",
        "ftp_username": getpass.getuser(),
        "secure_email_list_enable": "YES",
        "email_password_file": directory / "passwords",
        "anon_root": directory / "home",
        "anon_world_readable_only": "NO",
        "write_enable": "YES",
        "anon_upload_enable": "YES",
        "anon_other_write_enable": "YES",
        "ssl_enable": "NO" if protocol is Protocol.FTP else "YES",
        "implicit_ssl": "YES" if protocol is Protocol.FTPS_IMPLICIT else "NO",
        "allow_anon_ssl": "YES",
        "force_anon_data_ssl": "YES",
        "force_anon_logins_ssl": "YES",
        "require_ssl_reuse": "YES",
        "ssl_ciphers": "HIGH",
        "rsa_cert_file": directory / "server.pem",
        "delay_failed_login": 0,
        "log_ftp_protocol": "YES",
        "xferlog_enable": "YES",
        "vsftpd_log_file": directory / "log",
    }
    configuration = directory / "vsftpd.conf"
    configuration.write_text("".join(f"{name}={value}\n" for name, value in options.items()))
    return "anonymous", [str(binary), str(configuration)]


def _proftpd(binary: Path, directory: Path, port: int, protocol: Protocol) -> tuple[str, list[str]]:
    passwords = directory / "passwords"
    passwords.write_text(f"cpr:{CRYPTED}:{os.getuid()}:{os.getgid()}::{directory / 'home'}:/bin/sh\n")
    passwords.chmod(0o600)
    modules = binary.parents[1] / "lib" / "proftpd"
    engine = "off" if protocol is Protocol.FTP else "on"
    options = "TLSOptions UseImplicitSSL" if protocol is Protocol.FTPS_IMPLICIT else ""
    configuration = directory / "proftpd.conf"
    configuration.write_text(f"""
ModulePath {modules}
LoadModule mod_tls.c
ServerType standalone
ServerName test
DefaultAddress 127.0.0.1
Port {port}
UseIPv6 off
UseReverseDNS off
User {getpass.getuser()}
Group {grp.getgrgid(os.getgid()).gr_name}
PidFile {directory}/pid
ScoreboardFile {directory}/scoreboard
DelayEngine off
WtmpLog off
AuthOrder mod_auth_file.c
AuthUserFile {passwords}
RequireValidShell off
RootLogin on
MaxLoginAttempts 3
SystemLog {directory}/system.log
LogFormat asked "%m %f %s"
ExtendedLog {directory}/log ALL asked
TLSEngine {engine}
TLSRequired {engine}
{options}
TLSECCertificateFile {directory}/server.pem
TLSECCertificateKeyFile {directory}/server.pem
TLSLog {directory}/tls.log
TLSVerifyClient off
""")
    return "cpr", [str(binary), "-n", "-q", "-c", str(configuration)]


_COMMANDS = {"vsftpd": _vsftpd, "proftpd": _proftpd}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_it_listens(
    process: subprocess.Popen[bytes], port: int, output: Path, greeting_begins: bytes
) -> None:
    """Returns when the server greets, or takes a connection if it greets with nothing."""
    deadline = time.monotonic() + START_DEADLINE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port), timeout=1) as greeting,
        ):
            if not greeting_begins or greeting.recv(len(greeting_begins)) == greeting_begins:
                return
    raise ServerMissing(f"{process.args!r} does not answer: {output.read_text(errors='replace')}")


@pytest.fixture(scope="session")
def certificate_authority() -> trustme.CA:
    """A certificate authority of the test run's own."""
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(certificate_authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The authority's certificate, as a client is given it."""
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    certificate_authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(params=list(itertools.product(("vsftpd", "proftpd"), FTP_PROTOCOLS)), ids="-".join)
def any_ftp(
    request: pytest.FixtureRequest, tmp_path: Path, certificate_authority: trustme.CA
) -> Iterator[FtpServer]:
    """Each of Debian's servers in turn, with explicit TLS, with implicit TLS, and without any."""
    kind, protocol = request.param
    certificate = certificate_authority.issue_cert("localhost")
    (tmp_path / "server").mkdir()
    with ftp_server(kind, tmp_path / "server", certificate, protocol) as server:
        yield server


@pytest.fixture(params=["vsftpd", "proftpd"])
def debian_ftp(
    request: pytest.FixtureRequest, tmp_path: Path, certificate_authority: trustme.CA
) -> Iterator[FtpServer]:
    """Each of Debian's servers in turn."""
    directory = tmp_path / str(request.param)
    directory.mkdir()
    with ftp_server(request.param, directory, certificate_authority.issue_cert("localhost")) as server:
        yield server


@pytest.fixture
def vsftpd(tmp_path: Path, certificate_authority: trustme.CA) -> Iterator[FtpServer]:
    """One server that is not ours, where one is enough."""
    directory = tmp_path / "vsftpd"
    directory.mkdir()
    with ftp_server("vsftpd", directory, certificate_authority.issue_cert("localhost")) as server:
        yield server
