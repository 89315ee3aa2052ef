"""Who calls, and what they may do: bearer tokens (JWT, RFC 9068 or near it), verified by every service itself.

A token is accepted when its signature is of an accepted algorithm and by a key of the issuer, issuer and audience are the
configured ones, it has an expiry that has not passed, and it may already be used. Each route's scope stands in one table per
service (``Scopes``); a route without a row stops the service at start, a path without a row needs a token all the same.
"""

from registerbro.auth.development import DevelopmentIssuer
from registerbro.auth.gate import ACTING_USER, Alternative, CurrentCaller, authenticate, authorise
from registerbro.auth.keys import Keys, PublishedKeys, SingleKey, keys_of
from registerbro.auth.scopes import PUBLIC, Caller, Scope, Scopes
from registerbro.auth.tokens import Verifier

__all__ = [
    "ACTING_USER", "PUBLIC", "Alternative", "Caller", "CurrentCaller", "DevelopmentIssuer", "Keys", "PublishedKeys",
    "Scope", "Scopes", "SingleKey", "Verifier", "authenticate", "authorise", "keys_of",
]  # fmt: skip
