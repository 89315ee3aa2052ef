"""The identity service: client credentials for a token, errors as Azure AD B2C has them."""

import datetime as dt
import secrets
import uuid
from collections.abc import Mapping

from registerbro_sandbox.logic.replies import Reply
from registerbro_sandbox.logic.terms import Terms
from registerbro_sandbox.logic.tokens import Tokens

_ERRORS = {
    "unsupported_grant_type": (400, 70003, "The app requested an unsupported grant type."),
    "unauthorized_client": (400, 700016, "The application was not found in the directory."),
    "invalid_client": (401, 7000215, "Invalid client secret provided."),
    "invalid_scope": (400, 70011, "The provided value for the input parameter 'scope' is not valid."),
}


def answer(form: Mapping[str, str], terms: Terms, tokens: Tokens) -> Reply:
    """A token, or what is wrong with the request."""
    if form.get("grant_type") != "client_credentials":
        return refusal("unsupported_grant_type")
    if form.get("client_id", "").lower() != terms.client_id.lower():
        return refusal("unauthorized_client")
    expected = terms.client_secret.get_secret_value()
    if not secrets.compare_digest(form.get("client_secret", "").encode(), expected.encode()):
        return refusal("invalid_client")
    if form.get("scope") != terms.scope:
        return refusal("invalid_scope")
    life = int(tokens.life.total_seconds())
    return Reply(200, {"token_type": "Bearer", "expires_in": life, "access_token": tokens.give()})


def refusal(error: str) -> Reply:
    """An error of the identity service."""
    status, code, text = _ERRORS.get(error, (400, 90000, "The request cannot be served."))
    body = {
        "error": error,
        "error_description": f"AADSTS{code}: {text}",
        "error_codes": [code],
        "timestamp": f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M:%SZ}",
        "trace_id": str(uuid.uuid4()),
        "correlation_id": str(uuid.uuid4()),
    }
    return Reply(status, body)
