"""OpenSSH's server for the tests, in a temporary directory and on a free port, for SFTP with a key and nothing else.

As root it runs as Debian's user without rights: as root it would need a system account that this machine may not have. What would
delete a file is refused to everybody who asks.
"""

import contextlib
import dataclasses
import getpass
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import psutil
import pytest
from cpr_batch.server_settings import FtpSettings, Protocol

from tests.support.ftp import FOLDER, free_port, installed, wait_until_it_listens


@dataclasses.dataclass(frozen=True)
class SshServer:
    """A running server: where it listens, what it serves, how it and its user are recognised."""

    host: str
    port: int
    home: Path
    user: str
    host_key: str
    key_file: Path
    pid: int

    @property
    def folder(self) -> Path:
        """The directory on the server that holds CPR's files."""
        return self.home / FOLDER

    def kill_sessions(self) -> None:
        """Ends every session at once, without a word to the client."""
        for session in psutil.Process(self.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                session.kill()


def sftp_settings(server: SshServer, **changes: Any) -> FtpSettings:
    """What CPR Batch is told to use the server."""
    settings: dict[str, Any] = {
        "protocol": Protocol.SFTP,
        "host": server.host,
        "port": server.port,
        "user": server.user,
        "directory": str(server.folder),
        "host_key": server.host_key,
        "key_file": server.key_file,
        "timeout_seconds": 20,
    }
    return FtpSettings(**(settings | changes))


@contextlib.contextmanager
def ssh_server(directory: Path) -> Iterator[SshServer]:
    """Starts ``sshd`` in ``directory`` and stops it at the end of the block."""
    binary, port = directory / "sshd", free_port()
    shutil.copy(installed("sshd"), binary)  # the cache may be where its user may not look
    user = "nobody" if os.geteuid() == 0 else getpass.getuser()
    home = directory / "home"
    (home / FOLDER).mkdir(parents=True)
    host_key, own_key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    host_key.write_private_key(directory / "host_key")
    own_key.write_private_key(directory / "own_key")
    own_key.write_public_key(directory / "authorized_keys")
    (directory / "sshd_config").write_text(_configuration(directory, port))
    _hand_over(directory, user)
    (directory / "host_key").chmod(0o600)
    command = [str(binary), "-D", "-e", "-f", str(directory / "sshd_config")]
    with (directory / "output").open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, **_identity(user)
        )
    try:
        wait_until_it_listens(process, port, directory / "output", b"SSH-2.0")
        fingerprint = host_key.get_fingerprint()
        yield SshServer("localhost", port, home, user, fingerprint, directory / "own_key", process.pid)
    finally:
        process.terminate()
        process.wait(timeout=10)


def _configuration(directory: Path, port: int) -> str:
    return f"""
ListenAddress 127.0.0.1:{port}
HostKey {directory}/host_key
AuthorizedKeysFile {directory}/authorized_keys
PidFile none
StrictModes no
UsePAM yes
UseDNS no
PasswordAuthentication no
KbdInteractiveAuthentication no
MaxStartups 100
Subsystem sftp internal-sftp -P remove,rmdir
ForceCommand internal-sftp -P remove,rmdir
"""


def _identity(user: str) -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam(user)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _hand_over(directory: Path, user: str) -> None:
    if os.geteuid() == 0:
        for path in (directory, *directory.rglob("*")):
            shutil.chown(path, user)


@pytest.fixture
def openssh() -> Iterator[SshServer]:
    """OpenSSH's server, in a directory that a user without rights can reach."""
    with tempfile.TemporaryDirectory(prefix="registerbro-sshd-") as directory:
        Path(directory).chmod(0o755)
        with ssh_server(Path(directory)) as server:
            yield server
