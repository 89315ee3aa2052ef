"""Who we are at CPR, and by what the store recognises it without knowing it."""

import dataclasses
import enum
import hashlib
import hmac
from typing import Self

from pydantic import SecretStr

from cpr_direct.settings import CprDirectSettings


class Origin(enum.StrEnum):
    """Where a password comes from."""

    STORED = "stored"
    CONFIGURED = "configured"


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """A user of a customer's agreement, at one of CPR's servers."""

    host: str
    port: int
    transaction_code: str
    customer_number: str
    user_id: str

    @classmethod
    def of(cls, settings: CprDirectSettings) -> Self:
        """The account that is set."""
        return cls(
            settings.host,
            settings.port,
            settings.transaction_code,
            settings.customer_number,
            settings.user_id,
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Credentials:
    """What a logon is made with."""

    account: Account
    password: SecretStr
    origin: Origin


class Fingerprints:
    """Keyed hashes: equal for equal credentials, and of no use to whoever has no key."""

    def __init__(self, key: SecretStr) -> None:
        self._key = key.get_secret_value().encode()

    def account(self, account: Account) -> bytes:
        """The account's."""
        return self._hash("account", *map(str, dataclasses.astuple(account)))

    def credentials(self, credentials: Credentials) -> bytes:
        """The account's with its password."""
        fields = map(str, dataclasses.astuple(credentials.account))
        return self._hash("credentials", *fields, credentials.password.get_secret_value())

    def _hash(self, *parts: str) -> bytes:
        return hmac.digest(self._key, "\0".join(parts).encode(), hashlib.sha256)
