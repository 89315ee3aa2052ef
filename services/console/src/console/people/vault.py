"""What an issuer gave at log-in, as a session keeps it: encrypted with the key of the stored secrets."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import orjson
import structlog
from pydantic import BaseModel, SecretStr
from registerbro.secrets import SecretsError, SecretStore

from console.people.provider import Tokens

WHAT = "the issuer's tokens"
log = structlog.get_logger()


class Kept(BaseModel):
    """The tokens; the access token may be used until then."""

    access_token: SecretStr
    until: dt.datetime
    refresh_token: SecretStr | None = None
    id_token: SecretStr | None = None


class Vault:
    """Seals and opens."""

    def __init__(self, secrets: SecretStore, *, now: Callable[[], dt.datetime]) -> None:
        self._secrets = secrets
        self._now = now

    def seal(self, tokens: Tokens) -> bytes | None:
        """As the store keeps them; None where there is no key to encrypt with."""
        if not self._secrets.has_key:
            return None
        plain: dict[str, Any] = {
            "access_token": tokens.access_token.get_secret_value(),
            "until": self._now() + dt.timedelta(seconds=tokens.expires_in),
            "refresh_token": tokens.refresh_token and tokens.refresh_token.get_secret_value(),
            "id_token": tokens.id_token and tokens.id_token.get_secret_value(),
        }
        return self._secrets.seal(orjson.dumps(plain).decode())

    def open(self, sealed: bytes | None) -> Kept | None:
        """The tokens; None where there are none, or the key is there no more."""
        if sealed is None:
            return None
        try:
            return Kept.model_validate_json(self._secrets.unseal(WHAT, sealed))
        except SecretsError:
            log.warning("issuer's tokens unreadable")
            return None
