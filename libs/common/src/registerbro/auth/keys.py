"""Where the public keys come from that tokens are checked with."""

from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey


class Keys(Protocol):
    """The public keys of an issuer."""

    async def find(self, kid: str | None) -> Key | None:
        """The key that a token names, or the only key if it names none; None if there is no such key."""


class SingleKey:
    """One public key, whatever a token calls it."""

    def __init__(self, pem_or_path: str) -> None:
        self._key = public_key(pem_text(pem_or_path))

    async def find(self, kid: str | None) -> Key | None:
        """The key."""
        return self._key


def pem_text(pem_or_path: str) -> str:
    """A key given as PEM, or as the path of a file that holds it."""
    return pem_or_path if "-----BEGIN" in pem_or_path else Path(pem_or_path).read_text(encoding="ascii")


def public_key(pem: str) -> Key:
    """The public key in a PEM text, or the public half of the private key in it."""
    if "PRIVATE KEY" in pem:
        loaded = load_pem_private_key(pem.encode(), password=None).public_key()
    else:
        loaded = load_pem_public_key(pem.encode())
    match loaded:
        case rsa.RSAPublicKey():
            return RSAKey.import_key(loaded)
        case ec.EllipticCurvePublicKey():
            return ECKey.import_key(loaded)
        case ed25519.Ed25519PublicKey():
            return OKPKey.import_key(loaded)
        case _:
            raise ValueError("neither an RSA, an EC nor an Ed25519 key")
