"""The kinds of file server: a mainframe, TLS from the first byte, none at all; slow ones and mass storage."""

import contextlib
import datetime as dt
import ftplib
import io
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from registerbro_sandbox.ftp import Authority, Break, CprFileServer
from registerbro_sandbox.ftp.faults import LISTING_REFUSED, Faults
from registerbro_sandbox.ftp.mvs import HEADER, is_data_set_name, new_prefix, row

USER, PASSWORD = "cpr-bruger", "hemmelig-æøå"
NAME, OTHER = "d250303.l463003", "d250304.l463003"
MVS_NAME, MVS_OTHER = NAME.upper(), OTHER.upper()
CONTENT = bytes(range(256)) * 2000


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    directory = tmp_path / "home"
    directory.mkdir()
    (directory / NAME).write_bytes(CONTENT)
    (directory / OTHER).write_bytes(b"")
    (directory / "hentet_d250301.l463003").write_bytes(b"no data set can be called that")
    (directory / ".sandbox").mkdir()
    (directory / ".sandbox" / "secret").write_bytes(b"the sandbox's own")
    return directory


@contextlib.contextmanager
def plain(home: Path, **kind: Any) -> Iterator[tuple[CprFileServer, ftplib.FTP]]:
    """A server without TLS, and somebody logged on to it."""
    with CprFileServer(home, {USER: SecretStr(PASSWORD)}, None, **kind) as server:
        ftp = ftplib.FTP(timeout=10, encoding="utf-8")
        with contextlib.closing(ftp):
            ftp.connect(server.host, server.port)
            ftp.login(USER, PASSWORD)
            yield server, ftp


def fetch(ftp: ftplib.FTP, name: str) -> bytes:
    got = io.BytesIO()
    ftp.retrbinary(f"RETR {name}", got.write)
    return got.getvalue()


def listing(ftp: ftplib.FTP, pattern: str = "") -> list[str]:
    lines: list[str] = []
    ftp.retrlines(f"LIST {pattern}".strip(), lines.append)
    return lines


def test_without_tls_nothing_is_asked_for(home: Path) -> None:
    with plain(home) as (_, ftp):
        assert "AUTH" not in ftp.sendcmd("FEAT")
        with pytest.raises(ftplib.error_perm, match="500"):
            ftp.sendcmd("AUTH TLS")
        assert fetch(ftp, NAME) == CONTENT


@pytest.mark.skipif(not shutil.which("curl"), reason="curl speaks implicit TLS, Python's client does not")
@pytest.mark.parametrize("is_mainframe", [False, True])
def test_begins_with_tls(home: Path, authority: Authority, tmp_path: Path, is_mainframe: bool) -> None:
    ca = tmp_path / "ca.pem"
    authority.write_to(ca)
    users, tls = {USER: SecretStr(PASSWORD)}, authority.issue("127.0.0.1")
    with CprFileServer(home, users, tls, implicit=True, mvs=is_mainframe) as server:
        url = f"ftps://127.0.0.1:{server.port}/{NAME}"
        login = tmp_path / "login"
        login.write_text(f'user = "{USER}:{PASSWORD}"\n')
        command = ["curl", "-sS", "--max-time", "10", "--ssl-reqd", "--cacert", str(ca)]
        got = subprocess.run([*command, "-K", str(login), url], capture_output=True, check=False)
        assert got.stdout == CONTENT, got.stderr
        assert "AUTH" not in server.verbs()


def test_implicit_tls_needs_a_certificate(home: Path) -> None:
    with pytest.raises(ValueError, match="certificate"):
        CprFileServer(home, {}, None, implicit=True)


def test_keeps_its_own_files_to_itself(home: Path) -> None:
    with plain(home, input_directory="ind") as (_, ftp):
        assert sorted(ftp.nlst()) == [NAME, OTHER, "hentet_d250301.l463003", "ind"]
        with pytest.raises(ftplib.error_perm, match="550"):
            fetch(ftp, ".sandbox/secret")


def test_takes_input_files_in_a_directory(home: Path) -> None:
    with plain(home, input_directory="ind") as (_, ftp):
        ftp.cwd("ind")
        ftp.storbinary("STOR d261124.i463001", io.BytesIO(b"06"))
    assert (home / "ind" / "d261124.i463001").read_bytes() == b"06"


def test_a_mainframe_says_what_it_is(home: Path) -> None:
    with plain(home, mvs=True) as (_, ftp):
        assert ftp.sendcmd("SYST").startswith("215 MVS")
        assert ftp.pwd() == "'CPR.UD.'"
        assert "MLST" not in ftp.sendcmd("FEAT")
        for refused in ("SIZE x", "MDTM x", "MLSD", "MLST", "REST 10"):
            with pytest.raises(ftplib.error_perm, match=r"50[014]"):
                ftp.sendcmd(refused)


def test_a_mainframe_lists_data_sets(home: Path) -> None:
    with plain(home, mvs=True, input_directory="ind") as (server, ftp):
        server.migrated = {NAME}
        header, migrated, empty = listing(ftp)
        assert header == HEADER
        assert migrated == f"Migrated                                                {MVS_NAME}"
        assert (empty.split()[2], empty.split()[-1]) == ("**NONE**", MVS_OTHER)
        assert ftp.nlst() == [MVS_NAME, MVS_OTHER]
        assert [line.split()[-1] for line in listing(ftp, "D*04.*")[1:]] == [MVS_OTHER]
        assert ftp.nlst("'CPR.UD.*04.*'") == [f"'CPR.UD.{MVS_OTHER}'"]
        ftp.cwd("IND")
        assert ftp.pwd() == "'CPR.UD.IND.'"
        with pytest.raises(ftplib.error_perm, match="550 No data sets found"):
            listing(ftp)


def test_a_mainframe_finds_a_data_set_by_each_of_its_names(home: Path) -> None:
    with plain(home, mvs=True) as (_, ftp):
        assert fetch(ftp, NAME) == fetch(ftp, MVS_NAME) == fetch(ftp, f"'CPR.UD.{MVS_NAME}'") == CONTENT
        ftp.cwd("'OTHER.PLACE'")
        assert fetch(ftp, f"'cpr.ud.{NAME}'") == CONTENT
        with pytest.raises(ftplib.error_perm, match=r"550 Data set .* not found"):
            fetch(ftp, NAME)
        ftp.cwd("'CPR.UD.'")
        assert fetch(ftp, NAME) == CONTENT
        with pytest.raises(ftplib.error_perm, match="550"):
            ftp.cwd("/")


def test_a_mainframe_stores_and_renames_data_sets(home: Path) -> None:
    with plain(home, mvs=True, input_directory="ind") as (_, ftp):
        ftp.storbinary("STOR IND.D261124.I463001", io.BytesIO(b"06"))
        ftp.storbinary("STOR X261124.I463001", io.BytesIO(b"07"))
        ftp.rename("X261124.I463001", "ind.d261125.i463001")
        assert sorted(path.name for path in (home / "ind").iterdir()) == [
            "D261124.I463001",
            "d261125.i463001".upper(),
        ]
        with pytest.raises(ftplib.error_perm, match="already exists"):
            ftp.rename(NAME, OTHER)
        for bad in ("hentet_d250303.l463003", "1D250303.L463003", "LONGQUALI.L463003"):
            with pytest.raises(ftplib.error_perm, match="501 Invalid data set name"):
                ftp.rename(NAME, bad)
        with pytest.raises(ftplib.error_perm, match="501"):
            ftp.storbinary("STOR hentet_d.l", io.BytesIO(b""))
    assert (home / NAME).read_bytes() == CONTENT


def test_columns_of_a_listing_stand_where_the_mainframe_has_them() -> None:
    line = row("D110901.L431101", 4079 * 56_664, dt.date(2017, 8, 4))
    assert line[7:] == "3390   2017/08/04  1 4080  VB    1024 27998  PS  D110901.L431101"
    assert "  213876  VB" in row("X", 13_875 * 56_664, dt.date(2017, 8, 4))


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("CPR.UD.D110901.L431101", True),
        ("CPR.UD.XD110901.L431101", True),
        ("CPR.UD.XYD110901.L4", False),
        ("CPR..L4", False),
        ("CPR." + ".".join(["QUALIFIE"] * 5), False),
        ("CPR.9D", False),
    ],
)
def test_knows_the_rules_for_names(name: str, is_one: bool) -> None:
    assert is_data_set_name(name) is is_one


def test_changes_the_prefix_as_directories() -> None:
    assert new_prefix("..", "CPR.UD.IND.") == "CPR.UD."
    assert new_prefix("..", "CPR.") == ""
    assert new_prefix("'A.B'", "CPR.") == "A.B."


@pytest.mark.parametrize("is_mainframe", [False, True])
def test_a_migrated_file_is_refused_until_it_is_recalled(home: Path, is_mainframe: bool) -> None:
    with plain(home, mvs=is_mainframe) as (server, ftp):
        server.migrated = {NAME}
        with pytest.raises(ftplib.error_perm, match=r"550 .*migrated"):
            fetch(ftp, NAME)
        server.migrated = set()
        assert fetch(ftp, NAME) == CONTENT


def test_a_recall_takes_its_time_once(home: Path) -> None:
    with plain(home, mvs=True, recall_seconds=0.3) as (server, ftp):
        server.migrated = {NAME}
        began = time.monotonic()
        assert fetch(ftp, NAME) == CONTENT
        assert time.monotonic() - began >= 0.3
        assert server.migrated == set()


@pytest.mark.parametrize("with_tls", [False, True])
def test_sends_slowly(home: Path, authority: Authority, with_tls: bool) -> None:
    (home / NAME).write_bytes(CONTENT[:5_000])
    users = {USER: SecretStr(PASSWORD)}
    tls = authority.issue("127.0.0.1") if with_tls else None
    with CprFileServer(home, users, tls) as server:
        context = ssl.create_default_context(cadata=authority.certificate.decode())
        ftp = (
            ftplib.FTP_TLS(context=context, timeout=10, encoding="utf-8")
            if with_tls
            else ftplib.FTP(encoding="utf-8")
        )
        with contextlib.closing(ftp):
            ftp.connect(server.host, server.port)
            ftp.login(USER, PASSWORD)
            if isinstance(ftp, ftplib.FTP_TLS):
                ftp.prot_p()
            server.faults.first_byte_seconds, server.faults.bytes_per_second = 0.2, 10_000
            server.faults.times = 1
            began = time.monotonic()
            assert fetch(ftp, NAME) == CONTENT[:5_000]
            slow = time.monotonic() - began
            began = time.monotonic()
            assert fetch(ftp, NAME) == CONTENT[:5_000]
            assert slow >= 0.5 > time.monotonic() - began


def test_a_slow_transfer_may_break_as_well(home: Path) -> None:
    with plain(home) as (server, ftp):
        server.faults.take(Faults(bytes_per_second=100_000, transfer=Break.ABORT, after_bytes=1_000, times=1))
        got = io.BytesIO()
        with pytest.raises((ftplib.error_temp, OSError)):
            ftp.retrbinary(f"RETR {NAME}", got.write)
        assert got.getvalue() == CONTENT[:1_000]
        server.faults.none()
        assert fetch(ftp, NAME) == CONTENT


def test_names_can_be_had_where_listings_cannot(home: Path) -> None:
    with plain(home) as (server, ftp):
        server.faults.refuse = LISTING_REFUSED
        for verb in ("LIST", "MLSD"):
            with pytest.raises(ftplib.error_perm, match="502"):
                ftp.retrlines(verb)
        assert NAME in ftp.nlst()
