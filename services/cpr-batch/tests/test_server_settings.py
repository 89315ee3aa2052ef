"""What the section of the file server takes, and what it refuses in one clear line."""

from pathlib import Path
from typing import Any

import asyncssh
import pytest
from cpr_batch.server_settings import FtpSettings, Protocol
from pydantic import SecretStr, ValidationError

KEY = asyncssh.generate_private_key("ssh-ed25519")
GIVEN: dict[str, Any] = {"host": "ftp.example", "user": "cpr"}
SFTP = GIVEN | {"protocol": "sftp", "host_key": KEY.get_fingerprint(), "password": "p"}


@pytest.mark.parametrize(
    ("protocol", "port"),
    [(Protocol.FTPS, 21), (Protocol.FTPS_IMPLICIT, 990), (Protocol.FTP, 21), (Protocol.SFTP, 22)],
)
def test_each_kind_has_its_port(protocol: Protocol, port: int) -> None:
    more: dict[str, Any] = {"host_key": KEY.get_fingerprint()} if protocol is Protocol.SFTP else {}
    made = FtpSettings(**GIVEN, protocol=protocol, password=SecretStr("p"), allow_plain=True, **more)
    assert made.port_number == port
    assert made.model_copy(update={"port": 2121}).port_number == 2121


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (GIVEN, "password is missing"),
        (GIVEN | {"password": "p", "protocol": "ftp"}, "not encrypted"),
        (GIVEN | {"password": "p\r\nDELE x"}, "control characters"),
        (GIVEN | {"password": "p", "directory": "x\r\nDELE x"}, "control characters"),
        (GIVEN | {"password": "p", "host_key": KEY.get_fingerprint()}, "sftp only"),
        (SFTP | {"host_key": None}, "needs host_key or known_hosts_file"),
        (SFTP | {"host_key": "any"}, "SHA256"),
        (SFTP | {"host_key": "SHA256:abc"}, "SHA256"),
        (SFTP | {"password": None}, "needs key_file or password"),
        (SFTP | {"mvs": True}, "for FTP only"),
        (SFTP | {"key_file": "/findes/ikke"}, "no usable key_file"),
        (SFTP | {"known_hosts_file": "/findes/ikke"}, "no usable known_hosts file"),
    ],
)
def test_what_cannot_work_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said) as refused:
        FtpSettings(**given)
    assert refused.value.error_count() == 1


def test_an_encrypted_key_needs_its_passphrase(tmp_path: Path) -> None:
    KEY.write_private_key(tmp_path / "key", passphrase="hemmelig")
    key = {"key_file": tmp_path / "key", "password": None}
    with pytest.raises(ValidationError, match="passphrase is needed"):
        FtpSettings(**SFTP | key)
    with pytest.raises(ValidationError, match="another passphrase"):
        FtpSettings(**SFTP | key, key_passphrase=SecretStr("forkert"))
    assert FtpSettings(**SFTP | key, key_passphrase=SecretStr("hemmelig")).is_encrypted


def test_a_line_and_its_fingerprint_are_the_same_key() -> None:
    from cpr_batch.servers.keys import HostKey  # noqa: PLC0415

    line = KEY.export_public_key().decode()
    assert HostKey.parse(line) == HostKey.parse(KEY.get_fingerprint())
