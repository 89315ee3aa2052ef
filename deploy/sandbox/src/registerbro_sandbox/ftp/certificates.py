"""Certificates for the servers: made on the spot by an authority of their own, or read from a pair of files."""

import dataclasses
import datetime as dt
import ssl
from pathlib import Path
from typing import Self

import trustme
from OpenSSL import SSL

from registerbro_sandbox import hidden

_FILE = "authority.pem"
_KEYS = trustme.KeyType.ECDSA


class Authority:
    """A certificate authority that nobody else knows; clients verify by its certificate."""

    def __init__(self, authority: trustme.CA | None = None) -> None:
        self._authority = authority or trustme.CA(organization_name="Registerbro sandbox")

    @classmethod
    def kept_in(cls, directory: Path) -> Self:
        """A world's authority, made the first time: clients that trust it still do after a restart."""
        path = hidden.own_directory(directory) / _FILE
        if not path.exists():
            made = trustme.CA(organization_name="Registerbro sandbox")
            partial = path.with_name(f"{path.name}.part")
            partial.touch(0o600)
            partial.write_bytes(made.private_key_pem.bytes() + made.cert_pem.bytes())
            partial.replace(path)
        pem = path.read_bytes()
        return cls(trustme.CA.from_pem(cert_bytes=pem, private_key_bytes=pem))

    @property
    def certificate(self) -> bytes:
        """The authority's own certificate, PEM: what clients trust."""
        return self._authority.cert_pem.bytes()

    def write_to(self, path: Path) -> None:
        """Write the authority's certificate where clients can read it; it appears complete or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.part")
        partial.write_bytes(self.certificate)
        partial.chmod(0o644)
        partial.replace(path)

    def issue(self, *hosts: str, expires: dt.datetime | None = None) -> "Tls":
        """A server's certificate for host names and addresses; one that ``expires`` in the past is expired from the start."""
        begins = expires - dt.timedelta(days=30) if expires else None
        leaf = self._authority.issue_cert(*hosts, not_before=begins, not_after=expires, key_type=_KEYS)
        return Tls(leaf.private_key_and_cert_chain_pem.bytes())

    def issue_client(self, name: str, begins: dt.datetime, ends: dt.datetime) -> bytes:
        """A client's certificate with its chain and key, PEM in one; ``name`` is its common name."""
        leaf = self._authority.issue_cert(
            "registerbro@example.org", common_name=name, not_before=begins, not_after=ends, key_type=_KEYS
        )
        return leaf.private_key_and_cert_chain_pem.bytes()


class CertificateUnusable(Exception):
    """The server's certificate or private key cannot be used."""


@dataclasses.dataclass(frozen=True, slots=True)
class Tls:
    """A server's certificate with its chain and private key, PEM in one."""

    pem: bytes = dataclasses.field(repr=False)

    @classmethod
    def from_files(cls, certificate: Path, key: Path) -> "Tls":
        """From a file with the certificate and its chain, and one with the private key."""
        return cls(key.read_bytes() + b"\n" + certificate.read_bytes())

    def server_context(self) -> ssl.SSLContext:
        """The same as ``context`` for the standard library's TLS."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        with trustme.Blob(self.pem).tempfile() as path:
            try:
                context.load_cert_chain(path)
            except ssl.SSLError:
                raise CertificateUnusable("no certificate with its private key, PEM") from None
        return context

    def context(self) -> SSL.Context:
        """What a server needs to speak TLS 1.2 or newer."""
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.set_min_proto_version(SSL.TLS1_2_VERSION)
        with trustme.Blob(self.pem).tempfile() as path:
            try:
                context.use_certificate_chain_file(path)
                context.use_privatekey_file(path)
                context.check_privatekey()
            except SSL.Error:
                raise CertificateUnusable("no certificate with its private key, PEM") from None
        return context
