"""The identity service's tokens: given for a while, in memory only."""

import datetime as dt
import secrets
import threading
import time


class Tokens:
    """Tokens that are good; may be used from any thread."""

    def __init__(self, life: dt.timedelta) -> None:
        self._life = life
        self._lock = threading.Lock()
        self._until: dict[str, float] = {}

    @property
    def life(self) -> dt.timedelta:
        """How long each is good for."""
        return self._life

    def give(self) -> str:
        """A new token."""
        token, now = secrets.token_urlsafe(48), time.monotonic()
        with self._lock:
            self._until = {each: until for each, until in self._until.items() if until > now}
            self._until[token] = now + self._life.total_seconds()
        return token

    def is_good(self, token: str) -> bool:
        """Whether it was given here and has not expired."""
        return self._until.get(token, 0.0) > time.monotonic()

    def expire(self) -> None:
        """All of them have come to their end."""
        with self._lock:
            self._until.clear()
