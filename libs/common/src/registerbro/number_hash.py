"""The keyed hash that a number is kept as where the number itself must not stand: in the audit log, and of erased persons.

Whoever knows a number and the key can ask for it; nobody can read numbers out of the store. The key is the audit log's, the same
in every service, for ever.
"""

import hashlib
import hmac

from pydantic import SecretStr


class NumberHasher:
    """Makes the hashes of one key."""

    __slots__ = ("_key",)

    def __init__(self, key: SecretStr) -> None:
        self._key = key.get_secret_value().encode()

    def of(self, name_type: str, number: str) -> bytes:
        """The 32 bytes of a number of a contact type (``C``, ``J``, …)."""
        return hmac.digest(self._key, f"{name_type}:{number}".encode(), hashlib.sha256)
