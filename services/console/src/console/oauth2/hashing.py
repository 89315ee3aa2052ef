"""Secrets of clients are kept as scrypt hashes (RFC 7914), with the parameters in front of the hash.

The cost is the least that OWASP's cheat sheet on password storage names for 16 MiB: N = 2^14, r = 8, p = 5. A check takes a
quarter of a second of one core, so a process makes a few at a time and lets the others wait: strangers in a lane of their own,
so that a flood of wrong secrets does not hold up clients that are known.
"""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import secrets
from typing import NamedTuple

from pydantic import SecretStr

from console.errors import SecretRefused
from console.lanes import Lane
from console.oauth2.refusals import Busy

SCHEME = "scrypt"
COST = (14, 8, 5)  # log2 of N, r, p
MEMORY = 64 << 20
SALT_BYTES = HASH_BYTES = 32
SHORTEST, LONGEST = 16, 200
LEAST_DIFFERENT = 8


class _Hash(NamedTuple):
    cost: tuple[int, int, int]
    salt: bytes
    value: bytes


def generate() -> SecretStr:
    """A new secret of 256 random bits."""
    return SecretStr(secrets.token_urlsafe(32))


def checked(given: SecretStr) -> SecretStr:
    """A secret that somebody chose; ``SecretRefused`` says why it cannot be used, without repeating it."""
    text = given.get_secret_value()
    if not SHORTEST <= len(text) <= LONGEST:
        raise SecretRefused(f"it must have {SHORTEST} to {LONGEST} characters")
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise SecretRefused("it may have printable ASCII characters only, and no space")
    if len(set(text)) < LEAST_DIFFERENT:
        raise SecretRefused(f"it must have {LEAST_DIFFERENT} different characters")
    return given


class Hasher:
    """Hashes and compares in threads, a few at a time."""

    def __init__(self) -> None:
        self._known, self._strangers = Lane(Busy), Lane(Busy)

    def turn(self, *, is_known: bool) -> contextlib.AbstractAsyncContextManager[None]:
        """Waits for one's turn to compare a secret, and keeps it for the block. ``Busy`` where too many wait."""
        return (self._known if is_known else self._strangers).turn()

    async def hash(self, secret: SecretStr) -> str:
        """The text that a secret is kept as."""
        salt = secrets.token_bytes(SALT_BYTES)
        async with self.turn(is_known=True):
            value = await asyncio.to_thread(_scrypt, secret, COST, salt)
        return "$".join((SCHEME, ",".join(map(str, COST)), _text(salt), _text(value)))

    async def is_one_of(self, secret: SecretStr, *kept: str) -> bool:
        """Whether one of the kept texts is the secret's. Call it in one's ``turn``.

        With nothing to compare with it takes as long all the same, so that nobody can tell whether a client exists.
        """
        found = False
        for each in kept or (_NOTHING,):
            known = _parsed(each)
            value = await asyncio.to_thread(_scrypt, secret, known.cost, known.salt)
            found |= hmac.compare_digest(value, known.value)
        return found and bool(kept)


def _scrypt(secret: SecretStr, cost: tuple[int, int, int], salt: bytes) -> bytes:
    log_n, r, p = cost
    text = secret.get_secret_value().encode()
    return hashlib.scrypt(text, salt=salt, n=1 << log_n, r=r, p=p, maxmem=MEMORY, dklen=HASH_BYTES)


def _parsed(kept: str) -> _Hash:
    scheme, cost, salt, value = kept.split("$")
    if scheme != SCHEME:
        raise ValueError("not hashed with scrypt")
    log_n, r, p = map(int, cost.split(","))
    return _Hash((log_n, r, p), base64.b64decode(salt), base64.b64decode(value))


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


_NOTHING = "$".join((SCHEME, ",".join(map(str, COST)), _text(bytes(SALT_BYTES)), _text(bytes(HASH_BYTES))))
