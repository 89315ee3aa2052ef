"""An issuer of tokens for local mode, tests and development."""

import datetime as dt
import time
import uuid
from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from registerbro.auth.keys import pem_text
from registerbro.settings import AuthSettings

ISSUER = "http://localhost/registerbro-development"


class DevelopmentIssuer:
    """Mints tokens for local mode, tests and development, with a private key that stands in no production setting."""

    def __init__(self, private_pem: str, *, issuer: str = ISSUER, audience: str = "registerbro") -> None:
        self._key = ECKey.import_key(pem_text(private_pem))
        self._key.ensure_kid()
        self.issuer = issuer
        self.audience = audience

    @classmethod
    def generate(cls, *, issuer: str = ISSUER, audience: str = "registerbro") -> "DevelopmentIssuer":
        """An issuer with a fresh key."""
        pem = ECKey.generate_key("P-256").as_pem(private=True).decode()
        return cls(pem, issuer=issuer, audience=audience)

    @property
    def private_pem(self) -> str:
        """The private key."""
        return self._key.as_pem(private=True).decode()

    @property
    def public_pem(self) -> str:
        """The public key, for the setting ``auth.public_key``."""
        return self._key.as_pem(private=False).decode()

    def jwks(self) -> dict[str, Any]:
        """The public key as a JWK set."""
        return {"keys": [{**self._key.as_dict(private=False), "use": "sig", "alg": "ES256"}]}

    def settings(self) -> AuthSettings:
        """Settings that accept this issuer's tokens."""
        return AuthSettings(issuer=self.issuer, audience=self.audience, public_key=self.public_pem)

    def token(
        self,
        *scopes: str,
        client: str = "development",
        user: str | None = None,
        lifetime: dt.timedelta = dt.timedelta(hours=1),
        claims: Mapping[str, Any] | None = None,
    ) -> str:
        """A token for the scopes; ``claims`` overrides single claims, None leaves a claim out."""
        now = int(time.time())
        content: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": user or client,
            "client_id": client,
            "iat": now,
            "exp": now + int(lifetime.total_seconds()),
            "jti": str(uuid.uuid4()),
            "scope": " ".join(scopes),
        } | dict(claims or {})
        header = {"alg": "ES256", "typ": "at+jwt", "kid": self._key.kid}
        return jwt.encode(
            header, {name: value for name, value in content.items() if value is not None}, self._key
        )
