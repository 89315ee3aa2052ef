"""Our client certificate: read from PKCS #12 or PEM, told when it ends, taken up anew when its file changes.

OCES3 certificates and older FOCES ones are read alike. Python's ``ssl`` takes certificate and key from a file only: what it gets
is encrypted anew with a passphrase of the moment, in a file of this process that has no name where the system can do that,
and otherwise in one that nobody else may read and that is gone at once.
"""

import contextlib
import dataclasses
import datetime as dt
import enum
import os
import re
import secrets
import ssl
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import structlog
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import pkcs12

from registerbro.registers.errors import CertificateExpired, CertificateUnusable
from registerbro.registers.settings import CertificateSettings

NOTICE = dt.timedelta(days=30)
_KEY_BLOCK = re.compile(
    rb"-----BEGIN ((?:[A-Z]+ )?PRIVATE KEY)-----.+?-----END \1-----", re.DOTALL
)  # of any kind
_CERTIFICATE_MARK = b"-----BEGIN CERTIFICATE-----"
log = structlog.get_logger()


class CertificateStatus(enum.StrEnum):
    """How a certificate stands."""

    OK = "ok"
    EXPIRES_SOON = "expires-soon"  # within NOTICE
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    UNUSABLE = "unusable"  # it cannot be read


@dataclasses.dataclass(frozen=True, slots=True)
class CertificateState:
    """What an operator wants to know of our certificate; nothing in it is secret."""

    status: CertificateStatus
    subject: str = ""  # its common name
    issuer: str = ""  # the same of the authority
    serial: str = ""  # hexadecimal
    not_before: dt.datetime | None = None  # UTC
    not_after: dt.datetime | None = None  # UTC
    problem: str = ""  # why it, or the file that took its place, cannot be used

    @property
    def is_fine(self) -> bool:
        """Whether nobody need look into it."""
        return self.status is CertificateStatus.OK and not self.problem

    @property
    def text(self) -> str:
        """One line for readiness and connection test."""
        match self.status:
            case CertificateStatus.UNUSABLE:
                return self.problem
            case CertificateStatus.EXPIRED:
                line = f"our certificate expired on {self.not_after:%Y-%m-%d}"
            case CertificateStatus.NOT_YET_VALID:
                line = f"our certificate is valid from {self.not_before:%Y-%m-%d %H:%M} UTC on"
            case CertificateStatus.OK | CertificateStatus.EXPIRES_SOON:
                line = f"our certificate expires on {self.not_after:%Y-%m-%d}"
        return f"{line}; {self.problem}" if self.problem else line


@dataclasses.dataclass(frozen=True, slots=True)
class ClientCertificate:
    """A certificate with its key, and those of the authorities that came with it."""

    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    key: PrivateKeyTypes = dataclasses.field(repr=False)

    def state(self, now: dt.datetime, problem: str = "") -> CertificateState:
        """How it stands at a moment."""
        return CertificateState(
            status=self._status(now),
            subject=_common_name(self.certificate.subject),
            issuer=_common_name(self.certificate.issuer),
            serial=f"{self.certificate.serial_number:x}",
            not_before=self.certificate.not_valid_before_utc,
            not_after=self.certificate.not_valid_after_utc,
            problem=problem,
        )

    def _status(self, now: dt.datetime) -> CertificateStatus:
        if now < self.certificate.not_valid_before_utc:
            return CertificateStatus.NOT_YET_VALID
        left = self.certificate.not_valid_after_utc - now
        if left <= dt.timedelta(0):
            return CertificateStatus.EXPIRED
        return CertificateStatus.EXPIRES_SOON if left <= NOTICE else CertificateStatus.OK

    def load_into(self, context: ssl.SSLContext) -> None:
        """Lets connections of the context be made with it. Raises ``CertificateUnusable`` where TLS refuses its kind."""
        passphrase = secrets.token_bytes(32).hex()
        with _file_for_ssl(self._pem(passphrase.encode())) as path:
            try:
                context.load_cert_chain(path, password=passphrase)
            except ssl.SSLError as error:
                raise CertificateUnusable(
                    f"our certificate cannot be used with TLS: {error.reason}"
                ) from None

    def _pem(self, passphrase: bytes) -> bytes:
        key = self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(passphrase),
        )
        certificates = (self.certificate, *self.chain)
        return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates) + key


def read(settings: CertificateSettings) -> ClientCertificate:
    """The certificate in the configured file. Raises ``CertificateUnusable``, whose text says what is wrong with which file."""
    content = _content(settings.file)
    secret = settings.password and settings.password.get_secret_value().encode()
    if _CERTIFICATE_MARK in content:
        key_file = settings.key_file or settings.file
        return _from_pem(content, _content(key_file), secret or None, key_file)
    return _from_pkcs12(content, secret or None, settings.file)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise CertificateUnusable(f"our certificate cannot be read: {file}: {error.strerror}") from None


def _from_pkcs12(content: bytes, password: bytes | None, file: Path) -> ClientCertificate:
    try:
        found = pkcs12.load_pkcs12(content, password)
    except ValueError:
        reason = "its password is wrong, or it is neither PKCS #12 nor PEM"
        raise CertificateUnusable(f"our certificate cannot be read: {file}: {reason}") from None
    if found.key is None or found.cert is None:
        raise CertificateUnusable(f"our certificate cannot be used: {file} holds no certificate with its key")
    chain = tuple(each.certificate for each in found.additional_certs)
    return ClientCertificate(found.cert.certificate, chain, found.key)


def _from_pem(
    content: bytes, key_content: bytes, password: bytes | None, key_file: Path
) -> ClientCertificate:
    try:
        certificates = x509.load_pem_x509_certificates(content)
    except ValueError:
        raise CertificateUnusable("our certificate cannot be read: its PEM text is damaged") from None
    key = _pem_key(key_content, password, key_file)
    public = key.public_key()
    own = next((each for each in certificates if each.public_key() == public), None)
    if own is None:
        raise CertificateUnusable(f"our certificate cannot be used: the key in {key_file} is not its key")
    return ClientCertificate(own, tuple(each for each in certificates if each is not own), key)


def _pem_key(content: bytes, password: bytes | None, file: Path) -> PrivateKeyTypes:
    block = _KEY_BLOCK.search(content)
    if block is None:
        raise CertificateUnusable(f"our certificate cannot be used: {file} holds no key")
    try:
        return serialization.load_pem_private_key(block[0], password if _is_encrypted(block[0]) else None)
    except TypeError:
        reason = "its key is encrypted, and no password is set"
    except ValueError:
        reason = "its password is wrong, or its key is damaged"
    raise CertificateUnusable(f"our certificate cannot be read: {file}: {reason}")


def _is_encrypted(block: bytes) -> bool:
    return b"ENCRYPTED" in block


def _common_name(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(found[0].value) if found else name.rfc4514_string()


@contextlib.contextmanager
def _file_for_ssl(content: bytes) -> Iterator[str]:
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("certificate", os.MFD_CLOEXEC)
        with open(descriptor, "wb") as file:  # noqa: PTH123 (a descriptor has no path)
            file.write(content)
            file.flush()
            yield f"/proc/self/fd/{descriptor}"
    else:
        with tempfile.NamedTemporaryFile() as named:
            named.write(content)
            named.flush()
            yield named.name


class CertificateKeeper:
    """The certificate as its file has it now. A file that is replaced by one that cannot be used leaves the old one in use."""

    def __init__(
        self,
        settings: CertificateSettings,
        *,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._settings = settings
        self._now = now
        self._seen: object = None
        self._certificate: ClientCertificate | None = None
        self._problem = ""

    def current(self) -> ClientCertificate:
        """The certificate to use. Raises ``CertificateUnusable`` and ``CertificateExpired``."""
        self._look()
        if self._certificate is None:
            raise CertificateUnusable(self._problem)
        state = self._certificate.state(self._now(), self._problem)
        if state.status in {CertificateStatus.EXPIRED, CertificateStatus.NOT_YET_VALID}:
            raise CertificateExpired(
                state.text, expired_on=self._certificate.certificate.not_valid_after_utc.date()
            )
        return self._certificate

    def state(self) -> CertificateState:
        """How it stands now."""
        self._look()
        if self._certificate is None:
            return CertificateState(CertificateStatus.UNUSABLE, problem=self._problem)
        return self._certificate.state(self._now(), self._problem)

    def _look(self) -> None:
        files = [self._settings.file, *filter(None, [self._settings.key_file])]
        seen = stamps(files)
        if seen == self._seen:
            return
        self._seen = seen
        try:
            self._certificate, self._problem = read(self._settings), ""
        except CertificateUnusable as error:
            self._problem = str(error)
            log.warning("certificate not read", reason=self._problem, keeps_old=self._certificate is not None)
        else:
            log.info("certificate read", expires_at=self._certificate.certificate.not_valid_after_utc)


def stamps(files: Sequence[Path]) -> tuple[object, ...]:
    """What tells that a file was changed or replaced; None for one that is not there."""
    return tuple(map(_stamp, files))


def _stamp(file: Path) -> object:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
