"""Tokens that are wrong in one way each. All claim every scope, so that nothing but the fault can be why they are refused."""

import base64
import datetime as dt
import json
from collections.abc import Callable, Mapping
from typing import TypeAlias

from registerbro.auth import DevelopmentIssuer, Scope

Mint: TypeAlias = Callable[[DevelopmentIssuer], str]


def _of_another_key(issuer: DevelopmentIssuer) -> str:
    other = DevelopmentIssuer.generate(issuer=issuer.issuer, audience=issuer.audience)
    return other.token(*Scope)


def _unsigned(issuer: DevelopmentIssuer) -> str:
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "at+jwt"}).encode())
    return f"{header.decode().rstrip('=')}.{issuer.token(*Scope).split('.')[1]}."


def _promoted(issuer: DevelopmentIssuer) -> str:
    """The claims of a token with all scopes under the signature of one that has none."""
    poor, rich = issuer.token().split("."), issuer.token(*Scope).split(".")
    return f"{poor[0]}.{rich[1]}.{poor[2]}"


WRONG: Mapping[str, Mint] = {
    "expired": lambda issuer: issuer.token(*Scope, lifetime=-dt.timedelta(minutes=10)),
    "without an expiry": lambda issuer: issuer.token(*Scope, claims={"exp": None}),
    "for another audience": lambda issuer: issuer.token(*Scope, claims={"aud": "another-system"}),
    "without an audience": lambda issuer: issuer.token(*Scope, claims={"aud": None}),
    "from another issuer": lambda issuer: issuer.token(*Scope, claims={"iss": "https://other.test"}),
    "signed with another key": _of_another_key,
    "not signed": _unsigned,
    "with the claims of another token": _promoted,
}
