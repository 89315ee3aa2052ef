"""Tokens are verified here: signature, algorithm, issuer, audience, times. What is wrong is said, what stands in it never.

Issuers write the same things in different claims; what is read:

    client   client_id (RFC 9068), azp (Keycloak, Entra ID 2.0), appid (Entra ID 1.0)
    user     preferred_username, upn, sub; none where that names the client itself
    scopes   scope (RFC 9068, Keycloak) and scp (Entra ID, for a user); only where neither names one of ours, roles
             (Entra ID, for a client itself): what a user agreed to is not widened by what the user may do

Only access tokens count: an ID token, which an issuer may make for the same audience, is for the client that people log in at.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from joserfc import errors, jws, jwt
from joserfc.jwt import JWTClaimsRegistry

from registerbro.auth.keys import Keys
from registerbro.auth.scopes import Caller, Scope
from registerbro.problems import TokenInvalid
from registerbro.settings import AuthSettings

ACCESS_TOKENS = ("jwt", "at+jwt")  # in the header typ
KINDS = {
    "typ": "Bearer",
    "token_use": "access",
}  # claims of Keycloak and of others; elsewhere ID, Refresh, refresh


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
            decoded = jwt.decode(token, key, algorithms=self._algorithms)
            self._claims.validate(decoded.claims)
        except (errors.JoseError, ValueError, TypeError) as error:
            raise _invalid(_reason(error)) from None
        if not _is_access_token(decoded.header, decoded.claims):
            raise _invalid("not-access-token")
        return _caller(decoded.claims)


_REASONS: dict[str, str] = {
    "expired": "it has expired",
    "not-yet-valid": "it may not be used yet",
    "wrong-issuer": "it is from another issuer",
    "wrong-audience": "it is meant for another audience",
    "claim-missing": "it lacks the claim iss, aud, exp or client_id",
    "bad-signature": "its signature does not fit",
    "unaccepted-algorithm": "its signature algorithm is not accepted",
    "not-access-token": "it is no access token",
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


def _is_access_token(header: Mapping[str, Any], claims: Mapping[str, Any]) -> bool:
    """Told by the header (RFC 9068, 2.1; others have JWT), by a claim for it, and by what only ID tokens have.

    Keycloak before version 24 put the nonce into access tokens, too, which always have scopes.
    """
    kind = str(header.get("typ", "JWT")).lower().removeprefix("application/")
    is_id_token = bool({"at_hash", "c_hash"} & claims.keys()) or (
        "nonce" in claims and not {"scope", "scp"} & claims.keys()
    )
    is_said = all(claims.get(name, access) == access for name, access in KINDS.items())
    return kind in ACCESS_TOKENS and is_said and not is_id_token


def _caller(claims: Mapping[str, Any]) -> Caller:
    client = _first(claims, "client_id", "azp", "appid")
    if client is None:
        raise _invalid("claim-missing")
    user = _first(claims, "preferred_username", "upn", "sub")
    is_client_itself = (
        user in (client, f"service-account-{client}")  # Keycloak's name for a client's own account
        or claims.get("idtyp") == "app"  # Entra ID: a client acting for itself; the claim is optional there,
        or user == claims.get("oid")  # but a user's sub is never the object's id
    )
    return Caller(client, None if is_client_itself else user, frozenset(_scopes(claims)))


def _first(claims: Mapping[str, Any], *names: str) -> str | None:
    return next((claims[name] for name in names if isinstance(claims.get(name), str) and claims[name]), None)


def _scopes(claims: Mapping[str, Any]) -> set[Scope]:
    """Those of ours; others are ignored."""
    agreed = _names(claims.get("scope")) | _names(claims.get("scp"))
    granted = agreed if agreed & set(Scope) else _names(claims.get("roles"))
    return {scope for scope in Scope if scope in granted}


def _names(value: object) -> set[str]:
    """Written with spaces between them, or as an array."""
    if isinstance(value, str):
        return set(value.split())
    return {entry for entry in value if isinstance(entry, str)} if isinstance(value, list) else set()
