"""Keys for SFTP: the server's, by which it is recognised, and our own. Faults are ``ValueError`` in one clear line."""

import dataclasses
import re
from pathlib import Path

import asyncssh
from pydantic import SecretStr

_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}=?")
_MALFORMED = "must be SHA256:… as `ssh-keygen -l` prints it, or a public key as in a .pub file"


@dataclasses.dataclass(frozen=True, slots=True)
class HostKey:
    """The key that the server must have, by its SHA-256 fingerprint."""

    fingerprint: str

    @classmethod
    def parse(cls, text: str) -> "HostKey":
        """From a fingerprint, or from a line with the whole public key."""
        if _FINGERPRINT.fullmatch(text.strip()):
            return cls(text.strip().rstrip("="))
        try:
            return cls(asyncssh.import_public_key(text.strip()).get_fingerprint())
        except (asyncssh.KeyImportError, UnicodeError):
            raise ValueError(_MALFORMED) from None

    def is_of(self, key: asyncssh.SSHKey) -> bool:
        """Whether a server's key is this one."""
        return key.get_fingerprint() == self.fingerprint


def known_hosts(path: Path) -> asyncssh.SSHKnownHosts:
    """The hosts that a file in OpenSSH's format knows."""
    try:
        return asyncssh.read_known_hosts(str(path))
    except OSError as error:
        raise ValueError(f"no usable known_hosts file ({error.strerror})") from None
    except ValueError:
        raise ValueError("no usable known_hosts file (not in OpenSSH's format)") from None


def private_key(path: Path, passphrase: SecretStr | None) -> asyncssh.SSHKey:
    """Our own key."""
    secret = passphrase.get_secret_value() if passphrase else None
    try:
        return asyncssh.read_private_key(path, secret)
    except OSError as error:
        raise ValueError(f"no usable key_file ({error.strerror})") from None
    except asyncssh.KeyEncryptionError:
        raise ValueError("key_file is encrypted with another passphrase than key_passphrase") from None
    except asyncssh.KeyImportError as error:
        reason = "a passphrase is needed" if "assphrase" in str(error) else "not a private key"
        raise ValueError(f"no usable key_file ({reason})") from None
