"""ID tokens: checked as OpenID Connect Core has it (3.1.3.7), and read: who it is, and what roles the person has."""

from collections.abc import Iterator, Mapping
from typing import Any

import structlog
from authlib.oidc.core import CodeIDToken
from joserfc import errors, jws, jwt
from pydantic import SecretStr
from registerbro import auth
from registerbro.privacy import is_suspect

from console.people.errors import LoginAnswerWrong
from console.people.names import is_client
from console.people.roles import Role
from console.people.sessions import Person
from console.people.settings import LoginSettings

LEEWAY = 60  # seconds
LONGEST_NAME = 200
log = structlog.get_logger()
_REASONS: dict[type[Exception], str] = {
    errors.ExpiredTokenError: "the ID token has expired",
    errors.MissingClaimError: "the ID token lacks a claim",
    errors.InvalidClaimError: "a claim of the ID token is wrong",
    errors.BadSignatureError: "the ID token's signature does not fit",
    errors.UnsupportedAlgorithmError: "the ID token's signature algorithm is not accepted",
}


async def claims_of(
    id_token: SecretStr | None,
    settings: LoginSettings,
    keys: auth.Keys,
    *,
    nonce: str,
    access_token: SecretStr,
) -> Mapping[str, Any]:
    """What an ID token says, signature, issuer, audience, times, nonce, azp and at_hash checked; ``LoginAnswerWrong``."""
    if id_token is None:
        raise wrong("there is no ID token")
    text = id_token.get_secret_value()
    try:
        header = jws.extract_compact(text.encode()).headers()
        key = await keys.find(header.get("kid"))
        if key is None:
            raise wrong("the ID token names a key that the issuer does not publish")
        decoded = jwt.decode(text, key, algorithms=list(settings.algorithms))
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            options={
                "iss": {"essential": True, "value": settings.issuer},
                "aud": {"essential": True, "value": settings.client_id},
            },
            params={
                "client_id": settings.client_id,
                "nonce": nonce,
                "access_token": access_token.get_secret_value(),
            },
        )
        claims.validate(leeway=LEEWAY)
    except (errors.JoseError, ValueError, TypeError) as error:
        raise wrong(_reason(error)) from None
    return dict(claims)


def person_of(claims: Mapping[str, Any], settings: LoginSettings) -> Person:
    """Who it is; ``LoginAnswerWrong`` for a name that calls cannot be recorded under."""
    name = _text(claims.get(settings.user_claim)) or _text(claims.get("sub"))
    if not name.isprintable() or not 0 < len(name) <= LONGEST_NAME or is_suspect(name) or is_client(name):
        raise wrong(f"the claim {settings.user_claim} is no name that calls can be recorded under")
    shown = _text(claims.get("name"))
    is_fit = shown.isprintable() and 0 < len(shown) <= LONGEST_NAME and not is_suspect(shown)
    return Person(name, shown if is_fit else name, frozenset(_roles(claims, settings)), settings.issuer)


def wrong(reason: str) -> LoginAnswerWrong:
    """The refusal, noted for operators."""
    log.warning("issuer's answer not accepted", reason=reason)
    return LoginAnswerWrong(reason)


def _roles(claims: Mapping[str, Any], settings: LoginSettings) -> Iterator[Role]:
    found: Any = claims.get(settings.roles_claim)  # a name may have dots, as Auth0's URLs
    if found is None:
        found = claims
        for part in settings.roles_claim.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    entries = [found] if isinstance(found, str) else found if isinstance(found, list) else []
    values = {entry for entry in entries if isinstance(entry, str)}
    for role in Role:
        if values & set(getattr(settings.roles, role.name.lower())):
            yield role


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _reason(error: Exception) -> str:
    return next((reason for kind, reason in _REASONS.items() if isinstance(error, kind)), "it is no ID token")
