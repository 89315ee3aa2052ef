"""Secrets that operators store in the database (passwords, client secrets), encrypted with a key from the settings.

Fernet (AES-128-CBC with HMAC-SHA256). The first of the configured keys encrypts, every one of them decrypts, so that a new
key is put in front, ``rotate`` run, and the old one removed.

    SecretsError
    ├── NoSecretKey             no key is configured
    └── SecretUnreadable(name)  it was stored under a key that is not configured any more
"""

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr

from registerbro.database import Connection, Pool


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

    async def put(self, connection: "Connection | Pool", name: str, value: SecretStr) -> None:
        """Stores a secret, or replaces it."""
        await connection.execute(
            "insert into stored_secret (name, ciphertext) values ($1, $2)"
            " on conflict (name) do update set ciphertext = excluded.ciphertext, changed_at = now()",
            name, self._cipher().encrypt(value.get_secret_value().encode()),
        )  # fmt: skip

    async def get(self, connection: "Connection | Pool", name: str) -> SecretStr | None:
        """The secret; None if none is stored under the name."""
        ciphertext = await connection.fetchval("select ciphertext from stored_secret where name = $1", name)
        return None if ciphertext is None else SecretStr(self._decrypt(name, ciphertext))

    async def remove(self, connection: "Connection | Pool", name: str) -> None:
        """Forgets the secret."""
        await connection.execute("delete from stored_secret where name = $1", name)

    async def rotate(self, connection: Connection) -> int:
        """Encrypts every stored secret with the first key; returns how many. All or nothing."""
        async with connection.transaction():
            rows = await connection.fetch(
                "select name, ciphertext from stored_secret order by name for update"
            )
            for row in rows:
                self._decrypt(row["name"], row["ciphertext"])
                await connection.execute(
                    "update stored_secret set ciphertext = $2 where name = $1",
                    row["name"], self._cipher().rotate(row["ciphertext"]),
                )  # fmt: skip
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
