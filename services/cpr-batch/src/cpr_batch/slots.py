"""How many imports a process may work on at once."""

import contextlib
from collections.abc import Iterator


class Slots:
    """Counts the imports under way in this process; only the event loop's own thread may ask."""

    def __init__(self) -> None:
        self._taken = 0

    def is_free(self, limit: int) -> bool:
        """Whether another import may begin."""
        return self._taken < limit

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """Holds a slot while the block lasts."""
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1
