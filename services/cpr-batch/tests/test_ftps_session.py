"""FTP over TLS against servers that are not ours: Debian's vsftpd and proftpd."""

import contextlib
import datetime as dt
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from cpr_batch import errors
from cpr_batch.servers.ftp import FtpFileServer

from tests.support.ftp import FtpServer, ftp_server, settings_of

CONTENT = os.urandom(3_000_000)


def server_of(server: FtpServer, ca_file: Path, **changes: Any) -> FtpFileServer:
    return FtpFileServer(settings_of(server, ca_file, **changes))


async def fetched(server: FtpFileServer, name: str) -> bytes:
    received = bytearray()
    async with server.session() as session:
        await session.fetch(name, received.extend)
    return bytes(received)


async def test_a_file_arrives_byte_for_byte_and_gets_its_new_name(
    debian_ftp: FtpServer, ca_file: Path
) -> None:
    (debian_ftp.folder / "d110901.l431101").write_bytes(CONTENT)
    received = bytearray()
    async with server_of(debian_ftp, ca_file).session() as session:
        assert [file.name for file in await session.files()] == ["d110901.l431101"]
        await session.fetch("d110901.l431101", received.extend)
        await session.rename("d110901.l431101", "xd110901.l431101")
        assert [file.name for file in await session.files()] == ["xd110901.l431101"]
    assert received == CONTENT
    assert (debian_ftp.folder / "xd110901.l431101").read_bytes() == CONTENT
    assert "DELE" not in debian_ftp.commands()
    assert "RNTO" in debian_ftp.commands()


async def test_an_empty_directory_lists_nothing(debian_ftp: FtpServer, ca_file: Path) -> None:
    async with server_of(debian_ftp, ca_file).session() as session:
        assert await session.files() == []


async def test_an_empty_file_is_a_file(debian_ftp: FtpServer, ca_file: Path) -> None:
    (debian_ftp.folder / "d110901.l431101").touch()
    assert await fetched(server_of(debian_ftp, ca_file), "d110901.l431101") == b""


async def test_a_listing_with_sizes_where_the_server_tells_them(debian_ftp: FtpServer, ca_file: Path) -> None:
    (debian_ftp.folder / "d110901.l431101").write_bytes(b"1234567")
    async with server_of(debian_ftp, ca_file).session() as session:
        [file] = await session.files()
    assert (file.name, file.size, file.is_migrated) == ("d110901.l431101", 7, False)
    assert file.changed is not None


async def test_a_server_gone_half_way_is_a_broken_transfer(debian_ftp: FtpServer, ca_file: Path) -> None:
    """All bytes that come are handed on, and still nobody takes them for the file."""
    (debian_ftp.folder / "d110901.l431101").write_bytes(CONTENT * 10)
    received = bytearray()

    def kill_after_the_first_piece(piece: bytes) -> None:
        if not received:
            debian_ftp.kill_sessions()
        received.extend(piece)

    with pytest.raises(errors.TransferBroken) as broken:
        async with server_of(debian_ftp, ca_file).session() as session:
            await session.fetch("d110901.l431101", kill_after_the_first_piece)
    assert 0 < len(received) < len(CONTENT) * 10
    assert f"after {len(received)} bytes" in str(broken.value)


async def test_a_wrong_password_is_tried_once(debian_ftp: FtpServer, ca_file: Path) -> None:
    with pytest.raises(errors.LogonRefused) as refused:
        async with server_of(debian_ftp, ca_file, password="forkert").session():
            pytest.fail("logged on")
    assert debian_ftp.commands().count("PASS") == 1
    assert "forkert" not in str(refused.value)
    assert "530" in str(refused.value)


async def test_a_missing_directory_is_named(debian_ftp: FtpServer, ca_file: Path) -> None:
    with pytest.raises(errors.DirectoryRefused):
        async with server_of(debian_ftp, ca_file, directory="ingen").session():
            pytest.fail("entered")


async def test_a_file_that_is_gone_is_named_and_the_session_goes_on(
    debian_ftp: FtpServer, ca_file: Path
) -> None:
    (debian_ftp.folder / "d110902.l431101").write_bytes(b"her")
    received = bytearray()
    async with server_of(debian_ftp, ca_file).session() as session:
        with pytest.raises(errors.RemoteFileRefused):
            await session.fetch("d110901.l431101", received.extend)
        await session.fetch("d110902.l431101", received.extend)
    assert received == b"her"


async def test_a_rename_that_is_refused_is_named(debian_ftp: FtpServer, ca_file: Path) -> None:
    async with server_of(debian_ftp, ca_file).session() as session:
        with pytest.raises(errors.RenameRefused):
            await session.rename("d110901.l431101", "xd110901.l431101")


async def test_a_certificate_of_an_unknown_authority_is_refused(vsftpd: FtpServer, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.pem"
    trustme.CA().cert_pem.write_to_path(str(stranger))
    with pytest.raises(errors.CertificateUntrusted):
        async with server_of(vsftpd, stranger).session():
            pytest.fail("trusted")


async def test_a_certificate_for_another_host_is_refused(vsftpd: FtpServer, ca_file: Path) -> None:
    with pytest.raises(errors.CertificateForOtherHost):
        async with server_of(vsftpd, ca_file, host="127.0.0.1").session():
            pytest.fail("trusted")


async def test_an_expired_certificate_is_refused(
    tmp_path: Path, certificate_authority: trustme.CA, ca_file: Path
) -> None:
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    expired = certificate_authority.issue_cert("localhost", not_after=yesterday)
    with ftp_server("vsftpd", tmp_path, expired) as server, pytest.raises(errors.CertificateExpired):
        async with server_of(server, ca_file).session():
            pytest.fail("trusted")


async def test_a_port_where_nobody_listens(vsftpd: FtpServer, ca_file: Path) -> None:
    with silent_port() as (port, listener):
        listener.close()
        with pytest.raises(errors.ConnectionFailed):
            async with server_of(vsftpd, ca_file, host="127.0.0.1", port=port).session():
                pytest.fail("connected")


async def test_a_server_that_says_nothing(vsftpd: FtpServer, ca_file: Path) -> None:
    with silent_port() as (port, _), pytest.raises(errors.ServerTimeout):
        async with server_of(vsftpd, ca_file, host="127.0.0.1", port=port, connect_seconds=0.3).session():
            pytest.fail("connected")


async def test_a_name_without_an_address(vsftpd: FtpServer, ca_file: Path) -> None:
    with pytest.raises(errors.HostUnknown):
        async with server_of(vsftpd, ca_file, host="findes-ikke.invalid").session():
            pytest.fail("connected")


@contextlib.contextmanager
def silent_port() -> Iterator[tuple[int, socket.socket]]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1], listener
