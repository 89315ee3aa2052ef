"""Client certificates by the sandbox's authority: PKCS #12 with a password, and PEM."""

import dataclasses
import datetime as dt
import ssl
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, load_pem_private_key, pkcs12
from cryptography.x509 import load_pem_x509_certificates
from pydantic import SecretStr

from registerbro_sandbox.datafordeler.access import CLIENT_NAME
from registerbro_sandbox.ftp.certificates import Authority


@dataclasses.dataclass(frozen=True, slots=True)
class ClientCertificate:
    """A certificate with its chain and private key, PEM in one."""

    pem: bytes = dataclasses.field(repr=False)

    def p12(self, password: SecretStr) -> bytes:
        """The same as PKCS #12, encrypted."""
        certificate, *chain = load_pem_x509_certificates(self.pem)
        key = load_pem_private_key(self.pem, None)
        if not isinstance(key, EllipticCurvePrivateKey):
            raise TypeError("the authority's keys are on elliptic curves")
        return pkcs12.serialize_key_and_certificates(
            CLIENT_NAME.encode(),
            key,
            certificate,
            chain or None,
            BestAvailableEncryption(password.get_secret_value().encode()),
        )

    def write(self, path: Path, password: SecretStr | None = None) -> None:
        """Write PKCS #12 where there is a password, else PEM for this user alone; it appears complete or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.part")
        partial.touch()
        partial.chmod(0o600 if password is None else 0o644)
        partial.write_bytes(self.pem if password is None else self.p12(password))
        partial.replace(path)


def client_certificate(
    authority: Authority,
    *,
    name: str = CLIENT_NAME,
    days: int = 365,
    expired: bool = False,
    begins_in: dt.timedelta = -dt.timedelta(hours=1),
) -> ClientCertificate:
    """A client's certificate, good for ``days``; one that is ``expired`` was so until yesterday."""
    life = dt.timedelta(days=days)
    begins = dt.datetime.now(dt.UTC) + begins_in - (life if expired else dt.timedelta(0))
    begins -= dt.timedelta(days=1) if expired else dt.timedelta(0)
    return ClientCertificate(authority.issue_client(name, begins, begins + life))


def asking(context: ssl.SSLContext, authority: Authority) -> ssl.SSLContext:
    """A server's context that takes only clients with a certificate of this authority."""
    context.load_verify_locations(cadata=authority.certificate.decode("ascii"))
    context.verify_mode = ssl.CERT_REQUIRED
    return context
