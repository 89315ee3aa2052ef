"""CPR's rules for passwords. Source: the CPR office's service desk wiki, which lists the apostrophe both among the allowed
characters and among the forbidden: it is avoided."""

import secrets
import string

from pydantic import SecretStr

from cpr_direct.errors import (
    PasswordCharacter,
    PasswordLength,
    PasswordRuleBroken,
    PasswordWithoutCapital,
    PasswordWithoutDigit,
    PasswordWithoutSmallLetter,
    PasswordWithoutSpecial,
)

LENGTH = 8
SPECIAL = "~!@#$%^*()_-+=,./{}[];:"
GROUPS: tuple[tuple[str, type[PasswordRuleBroken]], ...] = (
    (string.ascii_lowercase, PasswordWithoutSmallLetter),
    (string.ascii_uppercase, PasswordWithoutCapital),
    (string.digits, PasswordWithoutDigit),
    (SPECIAL, PasswordWithoutSpecial),
)
ALLOWED = "".join(characters for characters, _ in GROUPS)


def broken_rules(password: SecretStr) -> list[PasswordRuleBroken]:
    """Every rule that the password breaks; none: CPR should take it, unless it was used before."""
    text = password.get_secret_value()
    broken: list[PasswordRuleBroken] = []
    if len(text) != LENGTH:
        broken.append(PasswordLength())
    if not set(text) <= set(ALLOWED):
        broken.append(PasswordCharacter())
    broken += [error() for characters, error in GROUPS if not set(text) & set(characters)]
    return broken


def check(password: SecretStr) -> None:
    """Raises the first broken rule as ``PasswordRuleBroken``, the others with it."""
    if broken := broken_rules(password):
        first, *others = broken
        raise type(first)(others)


def check_sendable(password: SecretStr) -> None:
    """What any password at CPR must be, whatever the rules were when it was made."""
    text = password.get_secret_value()
    if len(text) != LENGTH:
        raise PasswordLength
    if not (text.isascii() and text.isprintable() and " " not in text):
        raise PasswordCharacter


def generated() -> SecretStr:
    """A new password by the rules, each equally likely."""
    while True:
        password = SecretStr("".join(secrets.choice(ALLOWED) for _ in range(LENGTH)))
        if not broken_rules(password):
            return password
