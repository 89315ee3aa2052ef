"""The secrets that tests work with: passwords they set up, tokens that their servers issue, keys.

``secrets_in_use.add(token)`` where one is made; the privacy guard then fails the test in which it shows up anywhere. What was
added stays known for the whole run. Finding takes a time that does not grow with the number of secrets.
"""

import threading
from collections.abc import Iterator

SHORTEST = 6  # characters; anything shorter cannot be told from other text

_lock = threading.Lock()
_by_start: dict[str, frozenset[str]] = {}


def add(secret: str) -> str:
    """Makes a secret known, from any thread; returns it. ``ValueError`` for one that is too short to be told from text."""
    if len(secret) < SHORTEST:
        raise ValueError(f"a secret for tests has {SHORTEST} characters or more")
    start = secret[:SHORTEST]
    with _lock:
        _by_start[start] = _by_start.get(start, frozenset()) | {secret}
    return secret


def is_in(text: str) -> bool:
    """Whether a secret stands anywhere in the text."""
    return next(_found(text), None) is not None


def hide(text: str) -> str:
    """The text with its secrets replaced."""
    for secret in sorted(set(_found(text)), key=len, reverse=True):
        text = text.replace(secret, "[secret]")
    return text


def _found(text: str) -> Iterator[str]:
    if not _by_start:
        return
    for position in range(len(text) - SHORTEST + 1):
        for secret in _by_start.get(text[position : position + SHORTEST], ()):
            if text.startswith(secret, position):
                yield secret
