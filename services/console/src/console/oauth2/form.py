"""What a client sends to the token end point (RFC 6749, 2.3.1, 4.4.2 and appendix B), taken apart and not yet believed."""

import base64
import binascii
import dataclasses
from urllib.parse import parse_qsl, unquote_plus

from pydantic import SecretStr

from console.oauth2.refusals import InvalidClient, InvalidRequest, UnsupportedGrantType

MEDIA_TYPE = "application/x-www-form-urlencoded"
MOST_FIELDS = 50
CLIENT_CREDENTIALS = "client_credentials"


@dataclasses.dataclass(frozen=True, slots=True)
class Credentials:
    """Who a client says it is, and its proof."""

    client_id: str
    secret: SecretStr


@dataclasses.dataclass(frozen=True, slots=True)
class TokenRequest:
    """A request for a token by the client credentials grant; no scopes named: all that the client has."""

    credentials: Credentials
    scopes: frozenset[str] | None


def parse(content_type: str, body: bytes, authorization: str | None) -> TokenRequest:
    """The request. Raises ``InvalidRequest``, ``UnsupportedGrantType``, ``InvalidClient``."""
    fields = _fields(content_type, body)
    if "grant_type" not in fields:
        raise InvalidRequest("grant_type is missing")
    if fields["grant_type"] != CLIENT_CREDENTIALS:
        raise UnsupportedGrantType
    scope = fields.get("scope")
    return TokenRequest(
        _credentials(fields, authorization), None if scope is None else frozenset(scope.split())
    )


def _fields(content_type: str, body: bytes) -> dict[str, str]:
    if content_type.partition(";")[0].strip().lower() != MEDIA_TYPE:
        raise InvalidRequest(f"the body must be {MEDIA_TYPE}")
    try:
        pairs = parse_qsl(
            body.decode("ascii"), strict_parsing=bool(body), max_num_fields=MOST_FIELDS, errors="strict"
        )
    except ValueError:
        raise InvalidRequest("the body is no form") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise InvalidRequest("a field stands in the form twice")
    return fields


def _credentials(fields: dict[str, str], authorization: str | None) -> Credentials:
    """By the header (client_secret_basic) or in the form (client_secret_post), not both."""
    secret = fields.get("client_secret")
    if authorization is None:
        if secret is None or "client_id" not in fields:
            raise InvalidClient
        return Credentials(fields["client_id"], SecretStr(secret))
    found = _basic(authorization)
    if secret is not None:
        raise InvalidRequest("the client authenticates itself in two ways")
    if fields.get("client_id", found.client_id) != found.client_id:
        raise InvalidRequest("the header and the form name different clients")
    return found


def _basic(authorization: str) -> Credentials:
    scheme, _, encoded = authorization.partition(" ")
    try:
        name, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise InvalidClient from None
    if scheme.lower() != "basic" or not colon:
        raise InvalidClient
    return Credentials(unquote_plus(name), SecretStr(unquote_plus(secret)))
