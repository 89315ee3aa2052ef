"""The switch of what a running server does wrong: set at any time, from any thread, and counted."""

import threading
from typing import Generic, Protocol, TypeVar


class Wrong(Protocol):
    """What can go wrong with a server."""

    @property
    def times(self) -> int | None:
        """How often; None: always."""


W = TypeVar("W", bound=Wrong)


class Switch(Generic[W]):
    """What is set, and how often it still happens."""

    def __init__(self, nothing: W) -> None:
        self._lock = threading.Lock()
        self._nothing = nothing
        self._wrong, self._left = nothing, nothing.times

    @property
    def wrong(self) -> W:
        """What is set."""
        return self._wrong

    @property
    def left(self) -> int | None:
        """How often something may still go wrong; None: always."""
        return self._left

    def set(self, wrong: W) -> None:
        """Do this wrong from now on, in place of what was set before."""
        with self._lock:
            self._wrong, self._left = wrong, wrong.times

    def none(self) -> None:
        """Everything works again."""
        self.set(self._nothing)

    def use(self, wrong: W) -> bool:
        """Whether this may go wrong once more; counts it."""
        with self._lock:
            if wrong is not self._wrong or self._left == 0:
                return False
            self._left = self._left - 1 if self._left is not None else None
            return True
