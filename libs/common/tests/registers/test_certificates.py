"""Our client certificate: what is read, what is told of it, and how a new one takes its place."""

import datetime as dt
import os
import ssl
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr
from registerbro.registers.certificates import (
    CertificateKeeper,
    CertificateStatus,
    read,
)
from registerbro.registers.errors import CertificateExpired, CertificateUnusable
from registerbro.registers.settings import CertificateSettings

from tests.support.certificates import COMMON_NAME, PASSWORD, as_pem, as_pkcs12, issued

DAY = dt.timedelta(days=1)
NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def lasting(authority: trustme.CA, *, until: dt.datetime, since: dt.datetime = NOW - DAY) -> trustme.LeafCert:
    return issued(authority, not_before=since, not_after=until)


def kept(settings: CertificateSettings, now: dt.datetime = NOW) -> CertificateKeeper:
    return CertificateKeeper(settings, now=lambda: now)


def separate(tmp_path: Path, leaf: trustme.LeafCert, password: str | None = None) -> CertificateSettings:
    """Certificate and key in two PEM files, the key encrypted where there is a password."""
    both = read(as_pem(tmp_path, leaf))
    file, key_file = tmp_path / "cert.pem", tmp_path / "key.pem"
    file.write_bytes(both.certificate.public_bytes(serialization.Encoding.PEM))
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        encryption = serialization.BestAvailableEncryption(password.encode())
    key_file.write_bytes(
        both.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    )
    return CertificateSettings(
        file=file, key_file=key_file, password=SecretStr(password) if password else None
    )


class TestReading:
    """What files may hold."""

    def test_a_p12_gives_certificate_key_and_chain(self, authority: trustme.CA, tmp_path: Path) -> None:
        found = read(as_pkcs12(tmp_path, issued(authority), authority=authority))
        assert found.key.public_key() == found.certificate.public_key()
        assert [each.subject for each in found.chain] == [found.certificate.issuer]

    @pytest.mark.parametrize("password", [None, "of-the-key"])
    def test_certificate_and_key_may_stand_in_two_files(
        self, authority: trustme.CA, tmp_path: Path, password: str | None
    ) -> None:
        settings = separate(tmp_path, issued(authority), password)
        found = read(settings)
        assert found.key.public_key() == found.certificate.public_key()

    def test_a_password_that_nothing_needs_does_no_harm(self, authority: trustme.CA, tmp_path: Path) -> None:
        settings = as_pem(tmp_path, issued(authority))
        assert read(settings.model_copy(update={"password": SecretStr("idle")})).certificate

    def test_what_is_shown_of_it_holds_no_key(self, authority: trustme.CA, tmp_path: Path) -> None:
        assert "key" not in repr(read(as_pem(tmp_path, issued(authority))))

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"password": SecretStr("wrong-password")}, "its password is wrong"),
            ({"password": None}, "its password is wrong"),
            ({"file": Path("/nowhere/client.p12")}, "No such file"),
            ({"file": Path("/")}, "Is a directory"),
        ],
    )
    def test_a_p12_that_cannot_be_read_is_told(
        self, authority: trustme.CA, tmp_path: Path, change: dict[str, object], reason: str
    ) -> None:
        settings = as_pkcs12(tmp_path, issued(authority)).model_copy(update=change)
        with pytest.raises(CertificateUnusable, match=reason) as caught:
            read(settings)
        assert "wrong-password" not in str(caught.value)
        assert str(settings.file) in str(caught.value)

    def test_pem_that_cannot_be_used_is_told(self, authority: trustme.CA, tmp_path: Path) -> None:
        settings = separate(tmp_path, issued(authority), "of-the-key")
        key_file = settings.key_file
        assert key_file is not None
        for password, reason in [(None, "no password is set"), (SecretStr("wrong"), "password is wrong")]:
            with pytest.raises(CertificateUnusable, match=reason):
                read(settings.model_copy(update={"password": password}))
        with pytest.raises(CertificateUnusable, match="holds no key"):
            read(CertificateSettings(file=settings.file))
        key_file.write_bytes(_strange_key())
        with pytest.raises(CertificateUnusable, match="is not its key"):
            read(settings)
        settings.file.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        with pytest.raises(CertificateUnusable, match="PEM text is damaged"):
            read(settings)

    def test_the_key_leaves_no_file_behind(
        self, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where files of a process have no name, and where they have one: nobody else may read it, and it is encrypted."""
        found = read(as_pem(tmp_path, issued(authority)))
        folder = tmp_path / "temporary"
        folder.mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(folder))
        found.load_into(ssl.create_default_context())
        assert not list(folder.iterdir())
        monkeypatch.delattr(os, "memfd_create")
        seen: list[tuple[int, bytes]] = []
        context = _Watching(seen)
        found.load_into(context)
        assert not list(folder.iterdir())
        ((mode, content),) = seen
        assert mode & 0o077 == 0
        assert b"BEGIN ENCRYPTED PRIVATE KEY" in content
        assert b"BEGIN PRIVATE KEY" not in content


class _Watching(ssl.SSLContext):
    """Looks at the file that it is to load."""

    def __new__(cls, seen: list[tuple[int, bytes]]) -> "_Watching":
        context = super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)
        context.seen = seen
        return context

    seen: list[tuple[int, bytes]]

    def load_cert_chain(self, certfile: object, keyfile: object = None, password: object = None) -> None:
        path = Path(str(certfile))
        self.seen.append((path.stat().st_mode, path.read_bytes()))
        super().load_cert_chain(path, password=str(password))


def _strange_key() -> bytes:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


class TestState:
    """What an operator is told."""

    @pytest.mark.parametrize(
        ("left", "status", "text"),
        [
            (31 * DAY, CertificateStatus.OK, "our certificate expires on 2026-06-04"),
            (30 * DAY, CertificateStatus.EXPIRES_SOON, "our certificate expires on 2026-06-03"),
            (
                dt.timedelta(seconds=1),
                CertificateStatus.EXPIRES_SOON,
                "our certificate expires on 2026-05-04",
            ),
            (dt.timedelta(0), CertificateStatus.EXPIRED, "our certificate expired on 2026-05-04"),
        ],
    )
    def test_how_it_stands_follows_from_its_end(
        self,
        authority: trustme.CA,
        tmp_path: Path,
        left: dt.timedelta,
        status: CertificateStatus,
        text: str,
    ) -> None:
        state = kept(as_pem(tmp_path, lasting(authority, until=NOW + left))).state()
        assert (state.status, state.text) == (status, text)
        assert state.not_after == NOW + left
        assert state.subject == COMMON_NAME
        assert state.is_fine is (status is CertificateStatus.OK)

    def test_one_of_the_future_is_not_used(self, authority: trustme.CA, tmp_path: Path) -> None:
        keeper = kept(as_pem(tmp_path, lasting(authority, since=NOW + DAY, until=NOW + 100 * DAY)))
        assert keeper.state().status is CertificateStatus.NOT_YET_VALID
        with pytest.raises(CertificateExpired, match="valid from 2026-05-05 12:00 UTC"):
            keeper.current()

    def test_one_that_cannot_be_read_says_why(self, tmp_path: Path) -> None:
        state = kept(CertificateSettings(file=tmp_path / "client.p12")).state()
        assert state.status is CertificateStatus.UNUSABLE
        assert "client.p12: No such file" in state.text


class TestRenewal:
    """A file that changes under us."""

    def test_a_new_file_is_taken_up(self, authority: trustme.CA, tmp_path: Path) -> None:
        settings = as_pem(tmp_path, lasting(authority, until=NOW + DAY))
        keeper = kept(settings)
        before = keeper.current()
        assert keeper.current() is before
        as_pem(tmp_path, lasting(authority, until=NOW + 700 * DAY))
        assert keeper.current() is not before
        assert keeper.state().status is CertificateStatus.OK

    def test_one_that_is_not_finished_leaves_the_old_one_in_use(
        self, authority: trustme.CA, tmp_path: Path
    ) -> None:
        settings = as_pkcs12(tmp_path, lasting(authority, until=NOW + 700 * DAY))
        keeper = kept(settings)
        before = keeper.current()
        whole = settings.file.read_bytes()
        settings.file.write_bytes(whole[: len(whole) // 2])
        assert keeper.current() is before
        state = keeper.state()
        assert state.status is CertificateStatus.OK
        assert not state.is_fine
        assert "cannot be read" in state.text
        settings.file.write_bytes(whole)
        assert keeper.state().is_fine

    def test_one_that_comes_late_is_taken_up(self, authority: trustme.CA, tmp_path: Path) -> None:
        keeper = kept(CertificateSettings(file=tmp_path / "client.p12", password=SecretStr(PASSWORD)))
        with pytest.raises(CertificateUnusable):
            keeper.current()
        as_pkcs12(tmp_path, lasting(authority, until=NOW + 700 * DAY))
        assert keeper.current().certificate

    def test_a_key_that_is_copied_after_its_certificate(self, authority: trustme.CA, tmp_path: Path) -> None:
        settings = separate(tmp_path, lasting(authority, until=NOW + DAY))
        keeper = kept(settings)
        before = keeper.current()
        old_key = settings.key_file
        assert old_key is not None
        key_before = old_key.read_bytes()
        separate(tmp_path, lasting(authority, until=NOW + 700 * DAY))
        key_after = old_key.read_bytes()
        old_key.write_bytes(key_before)
        assert keeper.current() is before
        old_key.write_bytes(key_after)
        assert keeper.current() is not before
