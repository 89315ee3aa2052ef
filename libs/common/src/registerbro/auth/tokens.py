"""Tokens are verified here: signature, algorithm, issuer, audience, times. What is wrong is said, what stands in it never."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from joserfc import errors, jws, jwt
from joserfc.jwt import JWTClaimsRegistry

from registerbro.auth.keys import Keys
from registerbro.auth.scopes import Caller, Scope
from registerbro.problems import TokenInvalid
from registerbro.settings import AuthSettings


class Verifier:
    """Checks tokens against one issuer."""

    def __init__(self, settings: AuthSettings, keys: Keys, *, now: Callable[[], float] = time.time) -> None:
        self._algorithms = list(settings.algorithms)
        self._keys = keys
        self._claims = JWTClaimsRegistry(
            now=lambda: int(now()),
            leeway=settings.leeway_seconds,
            iss={"essential": True, "value": settings.issuer},
            aud={"essential": True, "value": settings.audience},
            exp={"essential": True},
        )

    async def verify(self, token: str) -> Caller:
        """The caller whom the token names; ``TokenInvalid`` says what is wrong with it, never what it says."""
        try:
            header = jws.extract_compact(token.encode()).headers()
            kid = header.get("kid")
            if kid is not None and not isinstance(kid, str):
                raise _invalid("malformed")
            key = await self._keys.find(kid)
            if key is None:
                raise _invalid("unknown-key")
            claims = jwt.decode(token, key, algorithms=self._algorithms).claims
            self._claims.validate(claims)
        except (errors.JoseError, ValueError, TypeError) as error:
            raise _invalid(_reason(error)) from None
        return _caller(claims)


_REASONS: dict[str, str] = {
    "expired": "it has expired",
    "not-yet-valid": "it may not be used yet",
    "wrong-issuer": "it is from another issuer",
    "wrong-audience": "it is meant for another audience",
    "claim-missing": "it lacks the claim iss, aud, exp or client_id",
    "bad-signature": "its signature does not fit",
    "unaccepted-algorithm": "its signature algorithm is not accepted",
    "unknown-key": "it names a key that the issuer does not publish",
    "malformed": "it is not a signed JSON web token",
}


_CLAIMS = {"iss": "wrong-issuer", "aud": "wrong-audience", "nbf": "not-yet-valid", "iat": "not-yet-valid"}
_ERRORS: dict[type[Exception], str] = {
    errors.ExpiredTokenError: "expired",
    errors.MissingClaimError: "claim-missing",
    errors.BadSignatureError: "bad-signature",
    errors.UnsupportedAlgorithmError: "unaccepted-algorithm",
    errors.KeyParameterError: "unaccepted-algorithm",
}


def _invalid(reason: str) -> TokenInvalid:
    detail = f"The token is refused: {_REASONS[reason]}."
    challenge = f'Bearer realm="registerbro", error="invalid_token", error_description="{detail}"'
    return TokenInvalid(detail, headers={"WWW-Authenticate": challenge}, reason=reason)


def _reason(error: Exception) -> str:
    if isinstance(error, errors.InvalidClaimError):
        return _CLAIMS.get(error.claim, "malformed")
    return next((reason for kind, reason in _ERRORS.items() if isinstance(error, kind)), "malformed")


def _caller(claims: Mapping[str, Any]) -> Caller:
    client = _first(claims, "client_id", "azp", "appid")
    if client is None:
        raise _invalid("claim-missing")
    user = _first(claims, "preferred_username", "upn", "sub")
    is_client_itself = (
        user in (client, f"service-account-{client}")  # Keycloak's name for a client's own account
        or claims.get("idtyp") == "app"  # Entra ID: a client acting for itself
    )
    return Caller(client, None if is_client_itself else user, frozenset(_scopes(claims)))


def _first(claims: Mapping[str, Any], *names: str) -> str | None:
    return next((claims[name] for name in names if isinstance(claims.get(name), str) and claims[name]), None)


def _scopes(claims: Mapping[str, Any]) -> set[Scope]:
    """Scopes as RFC 9068 and Keycloak (``scope``) and Entra ID (``scp``, ``roles``) write them; unknown ones are ignored."""
    granted: set[str] = set()
    for name in ("scope", "scp", "roles"):
        value = claims.get(name)
        granted.update(
            value.split()
            if isinstance(value, str)
            else [entry for entry in value or () if isinstance(entry, str)]
        )
    return {scope for scope in Scope if scope in granted}
