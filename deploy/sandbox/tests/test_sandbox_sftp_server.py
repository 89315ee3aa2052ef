"""The SFTP server against clients that are not ours: asyncssh's, and OpenSSH's sftp."""

import asyncio
import contextlib
import shutil
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import asyncssh
import pytest
from pydantic import SecretStr
from registerbro_sandbox.ftp.faults import LOGIN_REFUSED, RENAME_REFUSED, Break, Faults
from registerbro_sandbox.sftp import CprSftpServer, host_key

USER, PASSWORD = "cpr-bruger", "hemmelig-æøå"
NAME = "d250303.l463003"
CONTENT = bytes(range(256)) * 2000


@pytest.fixture
def home(tmp_path: Path) -> Path:
    directory = tmp_path / "home"
    directory.mkdir()
    (directory / NAME).write_bytes(CONTENT)
    (directory / ".world.jsonl").write_bytes(b"the sandbox's own")
    (directory / ".d250304.l463003.part").write_bytes(b"not complete")
    return directory


def serving(home: Path, **settings: Any) -> CprSftpServer:
    return CprSftpServer(home, USER, password=SecretStr(PASSWORD), **settings)


def connecting(server: CprSftpServer, **login: Any) -> Any:
    known = asyncssh.import_known_hosts(server.known_hosts)
    settings = {"username": USER, "known_hosts": known, "config": None, "agent_path": None}
    return asyncssh.connect(
        server.host, server.port, **(settings | {"password": PASSWORD, "client_keys": None} | login)
    )


@contextlib.asynccontextmanager
async def client(server: CprSftpServer, **login: Any) -> AsyncIterator[asyncssh.SFTPClient]:
    async with connecting(server, **login) as connection, connection.start_sftp_client() as sftp:
        yield sftp


async def fetch(sftp: asyncssh.SFTPClient, name: str = NAME) -> bytes:
    async with sftp.open(name, "rb") as file:
        content = await file.read()
    assert isinstance(content, bytes)
    return content


async def test_shows_and_gives_the_files(home: Path) -> None:
    with serving(home, input_directory="ind") as server:
        async with client(server) as sftp:
            assert sorted(await sftp.listdir(".")) == [".", "..", NAME, "ind"]
            assert await fetch(sftp) == CONTENT
            assert await sftp.realpath(".") == "/"
        assert server.verbs() == ("LIST", "RETR")
        assert server.commands[1].user == USER


@pytest.mark.parametrize("path", [".world.jsonl", ".sandbox/ssh_host_ed25519", "../home/.world.jsonl"])
async def test_keeps_its_own_files_to_itself(home: Path, path: str) -> None:
    with serving(home) as server:
        async with client(server) as sftp:
            with pytest.raises(asyncssh.SFTPNoSuchFile):
                await fetch(sftp, path)


async def test_stays_within_the_directory(home: Path) -> None:
    (home.parent / "outside").write_bytes(b"x")
    with serving(home) as server:
        async with client(server) as sftp:
            with pytest.raises(asyncssh.SFTPNoSuchFile):
                await fetch(sftp, "../outside")


async def test_takes_and_renames_but_never_deletes(home: Path) -> None:
    with serving(home, input_directory="ind") as server:
        async with client(server) as sftp:
            async with sftp.open("ind/d261124.i463001", "wb") as file:
                await file.write(b"06")
            await sftp.rename("ind/d261124.i463001", "ind/d261125.i463001")
            for refused in (sftp.remove(NAME), sftp.rmdir("ind"), sftp.mkdir("x"), sftp.symlink(NAME, "y")):
                with pytest.raises(asyncssh.SFTPPermissionDenied):
                    await refused
            for rename in (sftp.rename, sftp.posix_rename):
                with pytest.raises(asyncssh.SFTPError, match="exists"):
                    await rename("ind/d261125.i463001", NAME)
        assert "DELE" in server.verbs()
    assert (home / "ind" / "d261125.i463001").read_bytes() == b"06"
    assert (home / NAME).read_bytes() == CONTENT


async def test_knows_its_user_by_password_or_key(home: Path) -> None:
    key, other = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    with serving(home, public_keys=[key.export_public_key().decode()]) as server:
        async with client(server) as sftp:
            assert await fetch(sftp) == CONTENT
        async with client(server, password=None, client_keys=[key]) as sftp:
            assert await fetch(sftp) == CONTENT
        for wrong in ({"password": "forkert"}, {"password": None, "client_keys": [other]}):
            with pytest.raises(asyncssh.PermissionDenied):
                async with client(server, **wrong):
                    pass


def test_needs_some_way_to_know_its_user(home: Path) -> None:
    with pytest.raises(ValueError, match="password or a public key"):
        CprSftpServer(home, USER)


def test_has_the_same_host_key_each_time(home: Path) -> None:
    with serving(home) as server:
        fingerprint = server.fingerprint
    assert fingerprint.startswith("SHA256:")
    assert serving(home).fingerprint == host_key(home).get_fingerprint() == fingerprint
    assert (home / ".sandbox" / "ssh_host_ed25519").stat().st_mode & 0o077 == 0


async def test_says_that_its_port_is_taken(home: Path) -> None:
    with serving(home) as server, pytest.raises(OSError, match="in use"):
        serving(home, port=server.port).start()


async def test_writes_a_companion_for_each_data_file(home: Path) -> None:
    (home / "hentet_d250301.l463003").write_bytes(b"renamed: gets none")
    with serving(home, writes_companions=True) as server:
        async with client(server) as sftp:
            names = sorted(await sftp.listdir("."))
            about = ET.fromstring(await fetch(sftp, f"{NAME}.metadata"))
    assert [name for name in names if name.endswith(".metadata")] == [f"{NAME}.metadata"]
    found = {element.tag: element.text for element in about.iter()}
    assert found["FileName"] == NAME
    assert (found["SizeInBytes"], found["Recipients"]) == (str(len(CONTENT)), USER)


async def test_sends_slowly(home: Path) -> None:
    (home / NAME).write_bytes(CONTENT[:5_000])
    with serving(home) as server:
        async with client(server) as sftp:
            server.faults.take(Faults(first_byte_seconds=0.2, bytes_per_second=10_000, times=1))
            began = time.monotonic()
            assert await fetch(sftp) == CONTENT[:5_000]
            assert time.monotonic() - began >= 0.6
            began = time.monotonic()
            assert await fetch(sftp) == CONTENT[:5_000]
            assert time.monotonic() - began < 0.5


async def test_aborts_a_transfer_and_serves_the_next(home: Path) -> None:
    with serving(home) as server:
        async with client(server) as sftp:
            server.faults.take(Faults(transfer=Break.ABORT, after_bytes=100_000, times=1))
            with pytest.raises(asyncssh.SFTPFailure, match="aborted"):
                await fetch(sftp)
            server.faults.none()
            assert await fetch(sftp) == CONTENT


async def test_vanishes_in_the_middle_of_a_transfer(home: Path) -> None:
    with serving(home) as server:
        server.faults.take(Faults(transfer=Break.VANISH, after_bytes=100_000))
        with pytest.raises((asyncssh.Error, OSError)):
            async with client(server) as sftp:
                await fetch(sftp)
        server.faults.none()
        async with client(server) as sftp:
            assert await fetch(sftp) == CONTENT


async def test_stalls_without_closing(home: Path) -> None:
    with serving(home) as server:
        connection = await connecting(server)
        sftp = await connection.start_sftp_client()
        server.faults.take(Faults(transfer=Break.STALL, after_bytes=100_000))
        file = await sftp.open(NAME, "rb")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(file.read(), 0.3)
        connection.abort()
        await connection.wait_closed()
        server.faults.none()
        async with client(server) as again:
            assert await fetch(again) == CONTENT


async def test_refuses_what_it_is_told_to(home: Path) -> None:
    with serving(home) as server:
        server.faults.refuse = RENAME_REFUSED
        async with client(server) as sftp:
            with pytest.raises(asyncssh.SFTPFailure, match="Rename not allowed"):
                await sftp.rename(NAME, "x")
            server.faults.vanish_at = frozenset({"LIST"})
            with pytest.raises((asyncssh.Error, OSError)):
                await sftp.listdir(".")
        server.faults.take(Faults(refuse=LOGIN_REFUSED))
        with pytest.raises(asyncssh.PermissionDenied):
            async with client(server):
                pass


@pytest.mark.skipif(not shutil.which("sftp"), reason="OpenSSH's client is not installed")
async def test_serves_openssh(home: Path, tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    identity, known, script = tmp_path / "id", tmp_path / "known_hosts", tmp_path / "batch"
    identity.touch(mode=0o600)
    identity.write_bytes(key.export_private_key())
    (tmp_path / "up").write_bytes(b"06")
    got = tmp_path / "got"
    script.write_text(
        f"ls -la\nget {NAME} {got}\nput {tmp_path / 'up'} ind/d261124.i463001\nrename {NAME} x.{NAME}\n"
    )
    keys = [key.export_public_key().decode()]
    with CprSftpServer(home, USER, public_keys=keys, input_directory="ind") as server:
        known.write_text(server.known_hosts)
        options = ["StrictHostKeyChecking=yes", f"UserKnownHostsFile={known}", f"IdentityFile={identity}"]
        settings = [part for option in options for part in ("-o", option)]
        command = ["sftp", "-q", "-F", "none", *settings, "-P", str(server.port), "-b", str(script)]
        done = await asyncio.to_thread(
            subprocess.run, [*command, f"{USER}@{server.host}"], capture_output=True, text=True, timeout=20
        )
        assert done.returncode == 0, done.stderr
        assert ".world" not in done.stdout
        assert "DELE" not in server.verbs()
    assert got.read_bytes() == CONTENT
    assert (home / "ind" / "d261124.i463001").read_bytes() == b"06"
    assert (home / f"x.{NAME}").exists()
