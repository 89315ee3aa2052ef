"""``$skiptoken``: where the next page begins and what was asked, encrypted, so that it may stand in a URL.

A query may have come by POST with a personal number in it, and what rows are ordered by may be a protected name: neither
must be readable where URLs are kept. A token serves the client that it was given to, for a day.
"""

import base64
import zlib
from typing import Any

import orjson
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from console.odata.refusals import SkipTokenInvalid

LIFE_SECONDS = 86_400
_PURPOSE = b"registerbro odata skiptoken"


class Tokens:
    """Makes and reads tokens; the key is derived from one that all replicas have."""

    def __init__(self, key: SecretStr) -> None:
        derived = HKDF(SHA256(), length=32, salt=None, info=_PURPOSE).derive(key.get_secret_value().encode())
        self._cipher = Fernet(base64.urlsafe_b64encode(derived))

    def make(self, content: dict[str, Any]) -> str:
        """A token with this content."""
        return self._cipher.encrypt(zlib.compress(orjson.dumps(content))).decode()

    def read(self, token: str) -> dict[str, Any]:
        """The content of a token; ``SkipTokenInvalid`` if it is not ours or too old."""
        try:
            content: dict[str, Any] = orjson.loads(
                zlib.decompress(self._cipher.decrypt(token.encode(), LIFE_SECONDS))
            )
        except (InvalidToken, UnicodeError):
            raise SkipTokenInvalid from None
        return content
