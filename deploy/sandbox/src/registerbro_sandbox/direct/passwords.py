"""CPR's rules for passwords, and how the sandbox keeps them: salted and stretched, never as they are."""

import hashlib
import hmac
import secrets
import string

LENGTH = 8
SPECIAL = frozenset("~!@#$%^*()_-+=,./{}[];:")
"""The characters of which one is needed. CPR's page names the apostrophe both as allowed and as not: it is refused here."""

_KINDS = (
    frozenset(string.ascii_lowercase),
    frozenset(string.ascii_uppercase),
    frozenset(string.digits),
    SPECIAL,
)
_ALLOWED = frozenset().union(*_KINDS)
_ROUNDS = 1 << 11  # some 5 ms: enough for passwords of a sandbox


def follows_rules(password: str) -> bool:
    """Eight characters: a small letter, a capital, a digit and a special character among them, and nothing else."""
    used = frozenset(password)
    return len(password) == LENGTH and used <= _ALLOWED and all(used & kind for kind in _KINDS)


def kept(password: str) -> str:
    """What is kept of a password."""
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}${_stretched(password, salt).hex()}"


def is_same(password: str, kept_one: str) -> bool:
    """Whether a password is the one of which this was kept."""
    salt, _, digest = kept_one.partition("$")
    return hmac.compare_digest(_stretched(password, bytes.fromhex(salt)), bytes.fromhex(digest))


def _stretched(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=_ROUNDS, r=8, p=1)
