"""One thing that many use at once, and another one in its place: who uses the old one keeps it, and the last of them closes it."""

import contextlib
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclasses.dataclass(slots=True, eq=False)
class _Lent(Generic[T]):
    thing: T
    users: int = 0
    is_replaced: bool = False


class Lending(Generic[T]):
    """Lends what was put in last; something has to be put in before."""

    def __init__(self, close: Callable[[T], Awaitable[None]]) -> None:
        self._close = close
        self._present: _Lent[T] | None = None

    async def put(self, thing: T) -> None:
        """From now on this is lent; the one before is closed once nobody uses it."""
        before, self._present = self._present, _Lent(thing)
        if before is not None:
            before.is_replaced = True
            await self._close_unused(before)

    @contextlib.asynccontextmanager
    async def lend(self) -> AsyncIterator[T]:
        """The present thing, for as long as the block lasts."""
        if self._present is None:
            raise LookupError("nothing to lend")
        lent = self._present
        lent.users += 1
        try:
            yield lent.thing
        finally:
            lent.users -= 1
            await self._close_unused(lent)

    async def close(self) -> None:
        """Closes the present thing, though somebody may use it."""
        if self._present is not None:
            await self._close(self._present.thing)

    async def _close_unused(self, lent: _Lent[T]) -> None:
        if lent.is_replaced and not lent.users:
            await self._close(lent.thing)
