"""Tokens: what a logon gives, good for a while, for one user at one address."""

import datetime as dt
import secrets
import string
import time
from collections.abc import Callable
from typing import NamedTuple

from registerbro_sandbox.direct.accounts import Key

LENGTH = 8
_CHARACTERS = string.ascii_letters + string.digits
_SWEEP_AT = 1000  # tokens


class _Session(NamedTuple):
    key: Key
    address: str
    ends: float


class Tokens:
    """The tokens of a running server; a restart forgets them, as CPR may at any time."""

    def __init__(self, life: dt.timedelta, clock: Callable[[], float] = time.monotonic) -> None:
        self._life = life.total_seconds()
        self._clock = clock
        self._sessions: dict[str, _Session] = {}

    def issue(self, key: Key, address: str) -> str:
        """A new token; those given before stay good."""
        if len(self._sessions) >= _SWEEP_AT:
            self._sweep()
        token = "".join(secrets.choice(_CHARACTERS) for _ in range(LENGTH))
        self._sessions[token] = _Session(key, address, self._clock() + self._life)
        return token

    def is_good(self, token: str, key: Key, address: str) -> bool:
        """Whether a token was given to this user at this address, and has not expired."""
        session = self._sessions.get(token)
        return session is not None and session[:2] == (key, address) and self._clock() < session.ends

    def forget(self) -> None:
        """No token is good any more."""
        self._sessions = {}

    def _sweep(self) -> None:
        now = self._clock()
        self._sessions = {token: each for token, each in self._sessions.items() if now < each.ends}
