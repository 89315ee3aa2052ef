"""Fewer garbage collections while files are imported.

A chunk makes some hundred thousand objects, nearly all of which live until it is written and none of which form cycles: with
Python's usual thresholds a quarter of an import's time goes into looking for cycles among them.
"""

import contextlib
import gc
from collections.abc import Iterator

# Objects before a collection, and how many of these before older objects are looked at, too.
THRESHOLDS = (200_000, 20, 100)


class _Rare:
    """Counts who asks for it, so that imports side by side do not end it for each other."""

    def __init__(self) -> None:
        self._users = 0
        self._usual = gc.get_threshold()

    def begin(self) -> None:
        if self._users == 0:
            self._usual = gc.get_threshold()
            gc.set_threshold(*THRESHOLDS)
        self._users += 1

    def end(self) -> None:
        self._users -= 1
        if self._users == 0:
            gc.set_threshold(*self._usual)


_rare = _Rare()


@contextlib.contextmanager
def rare_collections() -> Iterator[None]:
    """Holds for as long as somebody's block lasts; called on one thread."""
    _rare.begin()
    try:
        yield
    finally:
        _rare.end()
