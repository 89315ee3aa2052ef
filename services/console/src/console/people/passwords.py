"""Passwords of local users: what they may be (NIST SP 800-63B, 5.1.1), and argon2id hashes of them.

Length counts, composition does not; what is common or easy to guess is refused (zxcvbn, with the user's own names). The cost
is the first of the equal choices in OWASP's cheat sheet on password storage: 46 MiB, one pass, one lane. The parameters stand
in front of each hash; one that was made with others is made anew at the next log-in.
"""

import asyncio
import contextlib
import re
import secrets
import unicodedata
from collections.abc import Iterable

import argon2
import zxcvbn
from pydantic import SecretStr

from console.lanes import Lane
from console.people.errors import LoginBusy, PasswordRefused

SHORTEST, LONGEST = 12, 200
LEAST_SCORE = 3  # of 4: "safely unguessable", 10^8 guesses and more
ESTIMATED = 32  # characters; the estimate of longer ones takes seconds where they are full of signs that stand for letters
ONE_TIME_BYTES = 15
PARAMETERS = argon2.Parameters(
    type=argon2.Type.ID,
    version=19,
    salt_len=16,
    hash_len=32,
    time_cost=1,
    memory_cost=46 * 1024,  # KiB
    parallelism=1,
)


def one_time() -> SecretStr:
    """A new password of 120 random bits."""
    return SecretStr(secrets.token_urlsafe(ONE_TIME_BYTES))


def checked(chosen: SecretStr, *, names: Iterable[str]) -> SecretStr:
    """A password that somebody chose; ``PasswordRefused`` says why it cannot be used, without repeating it."""
    text = _normal(chosen)
    if not SHORTEST <= len(text) <= LONGEST:
        raise PasswordRefused(f"it must have {SHORTEST} to {LONGEST} characters")
    if any(unicodedata.category(each) == "Cc" for each in text):
        raise PasswordRefused("it may have no control characters")
    known = ["registerbro", *(part for name in names for part in _parts(name))]
    if zxcvbn.zxcvbn(text[:ESTIMATED], user_inputs=known)["score"] < LEAST_SCORE:
        raise PasswordRefused("it is common or easy to guess; several unrelated words do")
    return chosen


class PasswordHasher:
    """Hashes and compares in threads, a few at a time; users who are known in their network do not wait for strangers."""

    def __init__(self, parameters: argon2.Parameters = PARAMETERS) -> None:
        self._argon2 = argon2.PasswordHasher.from_parameters(parameters)
        self._nobody = self._argon2.hash(secrets.token_urlsafe(ONE_TIME_BYTES))
        self._known, self._strangers = Lane(LoginBusy), Lane(LoginBusy)

    def turn(self, *, is_known: bool) -> contextlib.AbstractAsyncContextManager[None]:
        """Waits for one's turn to compare a password, and keeps it for the block. ``LoginBusy``."""
        return (self._known if is_known else self._strangers).turn()

    async def hash(self, password: SecretStr) -> str:
        """The text that a password is kept as."""
        async with self.turn(is_known=True):
            return await asyncio.to_thread(self._argon2.hash, _normal(password))

    async def checked(self, chosen: SecretStr, *, names: Iterable[str]) -> SecretStr:
        """``checked``, which takes half a second of a core for some, beside what else is done; ``PasswordRefused``."""
        async with self.turn(is_known=True):
            return await asyncio.to_thread(checked, chosen, names=names)

    async def matches(self, kept: str | None, password: SecretStr) -> bool:
        """Whether the kept text is the password's. Call it in one's ``turn``.

        With nothing to compare with it takes as long all the same, so that nobody can tell whether a user exists.
        """
        is_right = await asyncio.to_thread(self._verify, kept or self._nobody, _normal(password))
        return is_right and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Whether it was made with other parameters than ours."""
        return self._argon2.check_needs_rehash(kept)

    def _verify(self, kept: str, text: str) -> bool:
        try:
            return self._argon2.verify(kept, text)
        except argon2.exceptions.VerifyMismatchError:
            return False


def _parts(name: str) -> list[str]:
    words = re.findall(r"[^\W_]+", name.lower())
    return [*words, "".join(words)]


def _normal(password: SecretStr) -> str:
    return unicodedata.normalize("NFKC", password.get_secret_value())
