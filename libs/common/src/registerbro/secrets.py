"""Secrets that operators store in the database (passwords, client secrets), encrypted with a key from the settings.

Fernet (AES-128-CBC with HMAC-SHA256). The first of the configured keys encrypts, every one of them decrypts, so that a new
key is put in front, ``rotate`` run, and the old one removed.

    SecretsError
    ├── NoSecretKey             no key is configured
    └── SecretUnreadable(name)  it was stored under a key that is not configured any more
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiosql
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr

from registerbro.database import Connection, Pool

_SQL: Any = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg")


class SecretsError(Exception):
    """Base of what goes wrong with stored secrets."""


class NoSecretKey(SecretsError):
    """There is no key: set REGISTERBRO_SECRETS__KEYS."""

    def __init__(self) -> None:
        super().__init__(type(self).__doc__)


class SecretUnreadable(SecretsError):
    """A stored secret cannot be read with the configured keys."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The stored secret {name!r} cannot be read with the configured keys.")
        self.name = name


class SecretStore:
    """Puts secrets into the database and gets them out again."""

    def __init__(self, keys: Sequence[SecretStr]) -> None:
        self._keys = [Fernet(key.get_secret_value()) for key in keys]

    @property
    def has_key(self) -> bool:
        """Whether anything can be stored and read."""
        return bool(self._keys)

    async def put(self, connection: "Connection | Pool", name: str, value: SecretStr) -> None:
        """Stores a secret, or replaces it."""
        ciphertext = self._cipher().encrypt(value.get_secret_value().encode())
        await _SQL.put(connection, name=name, ciphertext=ciphertext)

    async def get(self, connection: "Connection | Pool", name: str) -> SecretStr | None:
        """The secret; None if none is stored under the name."""
        ciphertext = await _SQL.get(connection, name=name)
        return None if ciphertext is None else SecretStr(self._decrypt(name, ciphertext))

    async def remove(self, connection: "Connection | Pool", name: str) -> None:
        """Forgets the secret."""
        await _SQL.remove(connection, name=name)

    def seal(self, text: str) -> bytes:
        """A text encrypted as secrets are, for those who keep it themselves; ``NoSecretKey``."""
        return self._cipher().encrypt(text.encode())

    def unseal(self, name: str, sealed: bytes) -> str:
        """What was sealed; ``SecretUnreadable`` under the name."""
        return self._decrypt(name, sealed)

    async def rotate(self, connection: Connection) -> int:
        """Encrypts every stored secret with the first key; returns how many. All or nothing."""
        async with connection.transaction():
            rows = [row async for row in _SQL.lock_all(connection)]
            for row in rows:
                self._decrypt(row["name"], row["ciphertext"])
                ciphertext = self._cipher().rotate(row["ciphertext"])
                await _SQL.encrypt_anew(connection, name=row["name"], ciphertext=ciphertext)
        return len(rows)

    def _cipher(self) -> MultiFernet:
        if not self._keys:
            raise NoSecretKey
        return MultiFernet(self._keys)

    def _decrypt(self, name: str, ciphertext: bytes) -> str:
        try:
            return self._cipher().decrypt(ciphertext).decode()
        except InvalidToken:
            raise SecretUnreadable(name) from None
