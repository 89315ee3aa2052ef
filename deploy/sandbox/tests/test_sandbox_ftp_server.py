"""The file server against a client that is not ours: Python's own FTP_TLS."""

import contextlib
import datetime as dt
import ftplib
import io
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from registerbro_sandbox.ftp import Authority, Break, CertificateUnusable, CprFileServer, Tls
from registerbro_sandbox.ftp.faults import DISK_FULL, LOGIN_REFUSED, QUOTA_EXCEEDED, RENAME_REFUSED

USER, PASSWORD = "cpr-bruger", "hemmelig-æøå"
NAME = "d250303.l463003"
CONTENT = bytes(range(256)) * 2000  # any bytes, not only text; several TLS records long


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    directory = tmp_path / "home"
    directory.mkdir()
    (directory / NAME).write_bytes(CONTENT)
    (directory / ".d250304.l463003.part").write_bytes(b"not complete")
    return directory


@pytest.fixture
def server(home: Path, authority: Authority) -> Iterator[CprFileServer]:
    with CprFileServer(home, {USER: SecretStr(PASSWORD)}, authority.issue("127.0.0.1")) as running:
        yield running


def trust(authority: Authority) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=authority.certificate.decode())


@contextlib.contextmanager
def client(
    server: CprFileServer, context: ssl.SSLContext, *, timeout: float = 10
) -> Iterator[ftplib.FTP_TLS]:
    ftp = ftplib.FTP_TLS(context=context, timeout=timeout, encoding="utf-8")
    try:
        ftp.connect(server.host, server.port)
        yield ftp
    finally:
        ftp.close()


@contextlib.contextmanager
def session(server: CprFileServer, authority: Authority, *, timeout: float = 10) -> Iterator[ftplib.FTP_TLS]:
    with client(server, trust(authority), timeout=timeout) as ftp:
        ftp.login(USER, PASSWORD)
        ftp.prot_p()
        ftp.voidcmd("TYPE I")
        yield ftp


def fetch(ftp: ftplib.FTP_TLS, into: io.BytesIO | None = None) -> bytes:
    buffer = into or io.BytesIO()
    ftp.retrbinary(f"RETR {NAME}", buffer.write)
    return buffer.getvalue()


def put_and_rename(ftp: ftplib.FTP_TLS) -> None:
    ftp.login(USER, PASSWORD)
    ftp.prot_p()
    ftp.storbinary("STOR d250305.i463001", io.BytesIO(b"06"))
    ftp.rename(NAME, f"hentet_{NAME}")


def test_gives_the_same_bytes_by_explicit_tls(server: CprFileServer, authority: Authority) -> None:
    with session(server, authority) as ftp:
        assert ftp.size(NAME) == len(CONTENT)
        assert ftp.nlst() == [NAME]  # what is not complete is not shown
        assert fetch(ftp) == CONTENT
        ftp.quit()


def test_renames_but_never_deletes(server: CprFileServer, authority: Authority, home: Path) -> None:
    with session(server, authority) as ftp:
        with pytest.raises(ftplib.error_perm):
            ftp.delete(NAME)
        ftp.rename(NAME, "hentet_" + NAME)
        assert ftp.nlst() == ["hentet_" + NAME]
    assert (home / f"hentet_{NAME}").read_bytes() == CONTENT


def test_notes_every_command_and_no_password(server: CprFileServer, authority: Authority) -> None:
    with session(server, authority) as ftp, pytest.raises(ftplib.error_perm):
        ftp.delete(NAME)
    verbs = server.verbs()
    assert verbs[:3] == ("AUTH", "USER", "PASS")
    assert "DELE" in verbs
    assert PASSWORD not in str(server.commands)
    assert {command.user for command in server.commands[3:]} == {USER}


def test_refuses_a_login_in_the_clear(server: CprFileServer, authority: Authority) -> None:
    plain = ftplib.FTP(timeout=10)
    plain.connect(server.host, server.port)
    with (
        contextlib.closing(plain),
        pytest.raises(ftplib.error_perm, match="TLS required on the control channel"),
    ):
        plain.login(USER, PASSWORD)


def test_refuses_data_in_the_clear(server: CprFileServer, authority: Authority) -> None:
    with client(server, trust(authority)) as ftp:
        ftp.login(USER, PASSWORD)
        with pytest.raises(ftplib.error_perm, match="TLS required on the data channel"):
            ftp.nlst()


def test_refuses_tls_older_than_1_2(server: CprFileServer, authority: Authority) -> None:
    context = trust(authority)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with client(server, context) as ftp, pytest.raises(ssl.SSLError):
        ftp.auth()


def test_refuses_a_wrong_password(server: CprFileServer, authority: Authority) -> None:
    with client(server, trust(authority)) as ftp, pytest.raises(ftplib.error_perm, match="530"):
        ftp.login(USER, "noget andet")


@pytest.mark.parametrize(
    ("hosts", "expires", "reason"),
    [
        (["ftp.example.org"], None, "IP address mismatch|not valid for '127.0.0.1'"),
        (["127.0.0.1"], dt.datetime(2020, 1, 1, tzinfo=dt.UTC), "certificate has expired"),
    ],
    ids=["another host's", "expired"],
)
def test_can_show_a_bad_certificate(
    home: Path, authority: Authority, hosts: list[str], expires: dt.datetime | None, reason: str
) -> None:
    tls = authority.issue(*hosts, expires=expires)
    with (
        CprFileServer(home, {USER: SecretStr(PASSWORD)}, tls) as server,
        client(server, trust(authority)) as ftp,
        pytest.raises(ssl.SSLCertVerificationError, match=reason),
    ):
        ftp.auth()


def test_takes_a_certificate_from_files(home: Path, authority: Authority, tmp_path: Path) -> None:
    leaf = authority.issue("127.0.0.1")
    (tmp_path / "server.pem").write_bytes(leaf.pem)
    tls = Tls.from_files(tmp_path / "server.pem", tmp_path / "server.pem")
    with CprFileServer(home, {USER: SecretStr(PASSWORD)}, tls) as server, session(server, authority) as ftp:
        assert fetch(ftp) == CONTENT


def test_refuses_a_certificate_that_is_none(home: Path) -> None:
    with pytest.raises(CertificateUnusable):
        CprFileServer(home, {USER: SecretStr(PASSWORD)}, Tls(b"nothing of the kind"))
    assert "nothing" not in repr(Tls(b"nothing of the kind"))


def test_is_not_trusted_by_who_knows_another_authority(server: CprFileServer) -> None:
    with client(server, trust(Authority())) as ftp, pytest.raises(ssl.SSLCertVerificationError):
        ftp.login(USER, PASSWORD)


def test_aborts_a_transfer_and_serves_the_next(server: CprFileServer, authority: Authority) -> None:
    server.faults.transfer, server.faults.after_bytes, server.faults.times = Break.ABORT, 100_000, 1
    got = io.BytesIO()
    with session(server, authority) as ftp, pytest.raises((ftplib.error_temp, OSError)):
        fetch(ftp, got)
    assert got.getvalue() == CONTENT[:100_000]
    with session(server, authority) as ftp:
        assert fetch(ftp) == CONTENT


def test_vanishes_in_the_middle_of_a_transfer(server: CprFileServer, authority: Authority) -> None:
    server.faults.transfer, server.faults.after_bytes = Break.VANISH, 70_000
    got = io.BytesIO()
    with session(server, authority) as ftp, pytest.raises((EOFError, OSError)):
        fetch(ftp, got)
    assert len(got.getvalue()) <= 70_000


def test_stalls_without_closing(server: CprFileServer, authority: Authority) -> None:
    server.faults.transfer, server.faults.after_bytes = Break.STALL, 70_000
    got = io.BytesIO()
    with session(server, authority, timeout=0.5) as ftp, pytest.raises(TimeoutError):
        fetch(ftp, got)
    assert len(got.getvalue()) <= 70_000


@pytest.mark.parametrize(
    ("refused", "reply"),
    [(LOGIN_REFUSED, "530"), (RENAME_REFUSED, "553"), (DISK_FULL, "452"), (QUOTA_EXCEEDED, "552")],
    ids=["login", "rename", "disk full", "quota"],
)
def test_refuses_what_it_is_told_to(
    server: CprFileServer, authority: Authority, refused: dict[str, str], reply: str
) -> None:
    server.faults.refuse = refused
    with client(server, trust(authority)) as ftp, pytest.raises(ftplib.Error, match=reply):
        put_and_rename(ftp)
    server.faults.none()
    with client(server, trust(authority)) as ftp:
        put_and_rename(ftp)


def test_is_gone_at_a_command(server: CprFileServer, authority: Authority) -> None:
    server.faults.vanish_at = frozenset({"NLST"})
    with session(server, authority) as ftp, pytest.raises((EOFError, OSError)):
        ftp.nlst()


def test_never_answers_a_command(server: CprFileServer, authority: Authority) -> None:
    server.faults.ignore = frozenset({"RNFR"})
    with session(server, authority, timeout=0.5) as ftp, pytest.raises(TimeoutError):
        ftp.rename(NAME, "x")
    assert server.wait_for(lambda commands: any(command.verb == "RNFR" for command in commands))


def test_uses_only_the_passive_ports_given(home: Path, authority: Authority) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    users = {USER: SecretStr(PASSWORD)}
    with (
        CprFileServer(
            home, users, authority.issue("127.0.0.1"), passive_ports=[port], public_address="127.0.0.1"
        ) as server,
        session(server, authority) as ftp,
    ):
        assert ftp.makepasv() == ("127.0.0.1", port)


def test_gives_a_transfer_time_to_end(server: CprFileServer, authority: Authority) -> None:
    with session(server, authority) as ftp:
        connection = ftp.transfercmd(f"RETR {NAME}")
        assert connection.recv(10) == CONTENT[:10]
        server.stop(dt.timedelta(seconds=0.2))
        with contextlib.closing(connection):
            assert len(connection.recv(100)) > 0
    with pytest.raises(ConnectionRefusedError):
        ftplib.FTP_TLS(timeout=5).connect(server.host, server.port)


def test_serves_several_clients_at_once(server: CprFileServer, authority: Authority) -> None:
    with session(server, authority) as first, session(server, authority) as second:
        slow = first.transfercmd(f"RETR {NAME}")
        assert fetch(second) == CONTENT
        with contextlib.closing(slow):
            received = b"".join(iter(lambda: slow.recv(65_536), b""))
        assert received == CONTENT
