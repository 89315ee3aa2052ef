"""What stands before the console's replicas, whichever it is."""

from collections.abc import Mapping, Sequence
from typing import Protocol, Self


class Proxy(Protocol):
    """Answers at ``url`` for ``replicas`` while its ``async with`` block lasts."""

    url: str

    @property
    def replicas(self) -> Sequence[str]:
        """The URLs of the replicas themselves."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...

    async def only(self, replica: str) -> None:
        """From now on this one answers, until ``all``."""

    async def all(self) -> None:
        """All replicas answer again."""

    async def served(self) -> Mapping[str, int]:
        """How many requests each replica has answered; only the difference of two answers says something."""
