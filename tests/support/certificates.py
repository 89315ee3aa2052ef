"""Certificates for tests: authorities, servers, and clients in the files that registers' users have."""

import contextlib
import datetime as dt
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from pydantic import SecretStr
from registerbro.registers.certificates import ClientCertificate, read
from registerbro.registers.settings import CertificateSettings

PASSWORD = "the-password-of-a-p12"
COMMON_NAME = "Registerbro test - Kontaktlager"


def issued(
    authority: trustme.CA,
    *,
    not_before: dt.datetime | None = None,
    not_after: dt.datetime | None = None,
    common_name: str = COMMON_NAME,
) -> trustme.LeafCert:
    """A client's certificate."""
    return authority.issue_cert(
        "client@registerbro.test", common_name=common_name, not_before=not_before, not_after=not_after
    )


def as_pem(folder: Path, leaf: trustme.LeafCert) -> CertificateSettings:
    """Certificate and key in one PEM file."""
    file = folder / "client.pem"
    leaf.private_key_and_cert_chain_pem.write_to_path(file)
    return CertificateSettings(file=file)


def as_pkcs12(
    folder: Path, leaf: trustme.LeafCert, *, authority: trustme.CA | None = None, is_old: bool = False
) -> CertificateSettings:
    """A ``.p12`` with a password, as they are issued; ``is_old``: encrypted as those of FOCES were."""
    found = read(as_pem(folder, leaf))
    chain = [x509.load_pem_x509_certificate(authority.cert_pem.bytes())] if authority else []
    file = folder / "client.p12"
    file.write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"client", _key(found), found.certificate, chain, _encryption(is_old=is_old)
        )
    )
    return CertificateSettings(file=file, password=SecretStr(PASSWORD))


def _key(found: ClientCertificate) -> pkcs12.PKCS12PrivateKeyTypes:
    key: pkcs12.PKCS12PrivateKeyTypes = found.key  # type: ignore[assignment]
    return key


def _encryption(*, is_old: bool) -> serialization.KeySerializationEncryption:
    if not is_old:
        return serialization.BestAvailableEncryption(PASSWORD.encode())
    return (
        serialization.PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(2048)
        .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .hmac_hash(hashes.SHA1())
        .build(PASSWORD.encode())
    )


def server_context(
    authority: trustme.CA, *names: str, clients_of: trustme.CA | None = None
) -> ssl.SSLContext:
    """For a server with a name; with ``clients_of`` it asks for a certificate of that authority."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*(names or ("127.0.0.1",))).configure_cert(context)
    if clients_of is not None:
        clients_of.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


@contextlib.contextmanager
def alerting_server(context: ssl.SSLContext) -> Iterator[str]:
    """A server that lets nobody in and says so as TLS has it, with an alert: asyncio's servers cut the connection in its place."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_alert, args=(listening, context))
        thread.start()
        try:
            yield f"https://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def _alert(listening: socket.socket, context: ssl.SSLContext) -> None:
    with contextlib.suppress(OSError):
        while True:
            plain, _ = listening.accept()
            with plain:
                encrypted = context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
                with contextlib.suppress(ssl.SSLError):
                    encrypted.do_handshake()
                with socket.socket(fileno=encrypted.detach()) as bare:
                    bare.shutdown(socket.SHUT_WR)
                    while bare.recv(4096):
                        pass
