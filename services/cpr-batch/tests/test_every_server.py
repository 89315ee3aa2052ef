"""The same files from every kind of server that is not ours, and files put there."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from cpr_batch import connect, errors
from cpr_batch.batch import Batch
from cpr_batch.errors import BatchError
from cpr_batch.remote import Place, RemoteServer
from cpr_batch.server_settings import FtpSettings, Protocol
from cpr_batch.servers.opening import file_server
from cpr_batch.transfer import TransferOutcome, fetch, remote_files
from pydantic import SecretStr
from registerbro_sandbox.sftp.server import CprSftpServer

from tests.support.ftp import FtpServer, settings_of
from tests.support.sftp import SshServer, sftp_settings

MakeBatch = Callable[..., Batch]
CONTENT = {
    "d101231.l431101": b"",
    "d110901.l431101": os.urandom(700_000),
    "D120901.L431101": b"000\r\n\xe6\xf8\xe5 \x00 999",
}


def fill(folder: Path) -> dict[str, int]:
    for name, content in CONTENT.items():
        (folder / name).write_bytes(content)
    (folder / "d120901.l431199").mkdir()
    return {name: (folder / name).stat().st_ino for name in CONTENT}


async def all_arrive(batch: Batch, folder: Path, interim_directory: Path) -> None:
    inodes = fill(folder)
    assert {file.name for file in await remote_files(batch)} == set(CONTENT)
    assert {(each.name, each.outcome) for each in await fetch(batch)} == {
        (name, TransferOutcome.FETCHED) for name in CONTENT
    }
    for name, content in CONTENT.items():
        assert (interim_directory / name).read_bytes() == content
        assert (folder / f"x{name}").stat().st_ino == inodes[name], "the file itself, renamed"
    assert len(list(folder.iterdir())) == len(CONTENT) + 1
    assert await remote_files(batch) == []


async def test_ftp_with_explicit_implicit_and_no_tls(
    any_ftp: FtpServer, make_batch: MakeBatch, interim_directory: Path
) -> None:
    await all_arrive(make_batch(any_ftp), any_ftp.folder, interim_directory)
    assert "RNTO" in any_ftp.commands()
    assert "DELE" not in any_ftp.commands()


async def test_openssh(openssh: SshServer, make_batch: MakeBatch, interim_directory: Path) -> None:
    await all_arrive(make_batch(ftp=sftp_settings(openssh)), openssh.folder, interim_directory)


async def stores(server: RemoteServer, folder: Path) -> None:
    content = os.urandom(300_000)
    (folder / "taken").write_bytes(b"old")
    async with server.session(Place.INPUT) as session:
        await session.store("d111111.i034567", content)
        assert await session.stored("d111111.i034567")
        assert not await session.stored("d111111.i034568")
        for name in ("taken", "d111111.i034567"):
            with pytest.raises(errors.UploadRefused, match="there already"):
                await session.store(name, b"new")
        await session.store("d111112.i034567", b"")
    assert (folder / "d111111.i034567").read_bytes() == content
    assert (folder / "taken").read_bytes() == b"old"
    assert sorted(path.name for path in folder.iterdir()) == ["d111111.i034567", "d111112.i034567", "taken"]


async def test_files_are_put_on_ftp_servers(debian_ftp: FtpServer, ca_file: Path) -> None:
    (debian_ftp.home / "ind").mkdir()
    await stores(
        file_server(settings_of(debian_ftp, ca_file, input_directory="ind")), debian_ftp.home / "ind"
    )
    assert "DELE" not in debian_ftp.commands()


async def test_files_are_put_on_openssh(openssh: SshServer) -> None:
    (openssh.folder / "ind").mkdir()
    (openssh.folder / "ind").chmod(0o777)
    settings = sftp_settings(openssh, input_directory=str(openssh.folder / "ind"))
    await stores(file_server(settings), openssh.folder / "ind")


async def test_an_upload_that_was_cut_off_leaves_no_file_and_does_not_stand_in_the_way(
    debian_ftp: FtpServer, ca_file: Path
) -> None:
    """What came of it keeps its temporary name, and the next attempt takes another one."""
    (debian_ftp.folder / "d111111.i034567.tmp").write_bytes(b"ha")
    async with file_server(settings_of(debian_ftp, ca_file)).session() as session:
        await session.store("d111111.i034567", b"all of it")
    assert (debian_ftp.folder / "d111111.i034567").read_bytes() == b"all of it"
    assert (debian_ftp.folder / "d111111.i034567.tmp").read_bytes() == b"ha"


async def test_a_server_gone_during_an_upload_is_a_broken_transfer(
    debian_ftp: FtpServer, ca_file: Path
) -> None:
    async with file_server(settings_of(debian_ftp, ca_file)).session() as session:
        debian_ftp.kill_sessions()
        with pytest.raises(errors.TransferBroken):
            await session.store("d111111.i034567", b"all of it")
    async with file_server(settings_of(debian_ftp, ca_file)).session() as session:
        assert not await session.stored("d111111.i034567")


STRANGER = asyncssh.generate_private_key("ssh-ed25519")


@pytest.mark.parametrize(
    ("changes", "expected", "step"),
    [
        ({"host_key": STRANGER.get_fingerprint()}, errors.HostKeyRejected, "host-key"),
        ({"user": "findes-ikke"}, errors.LogonRefused, "logon"),
        ({"directory": "/findes/ikke"}, errors.DirectoryRefused, "directory"),
        ({"host": "findes-ikke.invalid"}, errors.HostUnknown, "address"),
        ({"port": 1}, errors.ConnectionFailed, "connection"),
    ],
)
async def test_what_is_wrong_with_sftp_has_a_name_and_a_step(
    changes: dict[str, Any], expected: type[BatchError], step: str, openssh: SshServer, make_batch: MakeBatch
) -> None:
    steps = await connect.check(make_batch(ftp=sftp_settings(openssh, **changes)))
    [failed] = [each for each in steps if each.is_ok is False]
    assert (failed.name, type(failed.failure)) == (step, expected)


async def test_the_server_is_known_by_its_line_too_and_by_a_file_of_hosts(
    sftp_sandbox: CprSftpServer, tmp_path: Path
) -> None:
    (tmp_path / "hosts").write_text(sftp_sandbox.known_hosts)
    line = sftp_sandbox.known_hosts.split(" ", 1)[1]
    for trusted in ({"host_key": line}, {"known_hosts_file": tmp_path / "hosts"}):
        async with file_server(sandbox_settings(sftp_sandbox, **trusted)).session() as session:
            assert await session.files() == []
    (tmp_path / "hosts").write_text(
        f"[127.0.0.1]:{sftp_sandbox.port} {STRANGER.export_public_key().decode()}"
    )
    with pytest.raises(errors.HostKeyRejected):
        async with file_server(sandbox_settings(sftp_sandbox, known_hosts_file=tmp_path / "hosts")).session():
            pytest.fail("trusted")


async def test_a_wrong_password_for_sftp_is_tried_once(
    sftp_sandbox: CprSftpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from registerbro_sandbox.sftp.login import Login  # noqa: PLC0415

    tried: list[str] = []

    def refuse(self: Login, username: str, password: str) -> bool:
        tried.append(password)
        return False

    monkeypatch.setattr(Login, "validate_password", refuse)
    settings = sandbox_settings(
        sftp_sandbox, host_key=sftp_sandbox.fingerprint, password=SecretStr("forkert")
    )
    with pytest.raises(errors.LogonRefused) as refused:
        async with file_server(settings).session():
            pytest.fail("logged on")
    assert tried == ["forkert"]
    assert "forkert" not in str(refused.value)


async def test_no_server_is_asked_to_delete_by_sftp(
    sftp_sandbox: CprSftpServer, make_batch: MakeBatch
) -> None:
    (sftp_sandbox.directory / "d110901.l431101").write_bytes(b"her")
    settings = sandbox_settings(sftp_sandbox, host_key=sftp_sandbox.fingerprint)
    assert [each.renamed_to for each in await fetch(make_batch(ftp=settings))] == ["xd110901.l431101"]
    assert "RNTO" in sftp_sandbox.verbs()
    assert "DELE" not in sftp_sandbox.verbs()


@pytest.fixture
def sftp_sandbox(tmp_path: Path) -> Iterator[CprSftpServer]:
    (tmp_path / "server").mkdir()
    with CprSftpServer(tmp_path / "server", "cpr", password=SecretStr("hemmelig")) as server:
        yield server


def sandbox_settings(server: CprSftpServer, **changes: Any) -> FtpSettings:
    given: dict[str, Any] = {
        "protocol": Protocol.SFTP,
        "host": server.host,
        "port": server.port,
        "user": "cpr",
        "password": SecretStr("hemmelig"),
        "timeout_seconds": 10,
    }
    return FtpSettings(**(given | changes))
