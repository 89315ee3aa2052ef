"""What the adapters share in asking: several calls at once, as many as are allowed, and the time of asking."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeAlias, TypeVar, cast

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")
Clock: TypeAlias = Callable[[], dt.datetime]


def utc_now() -> dt.datetime:
    """The time, UTC."""
    return dt.datetime.now(dt.UTC)


async def for_each(
    work: Callable[[ItemT], Awaitable[ResultT]], items: Iterable[ItemT], *, at_once: int
) -> list[ResultT]:
    """What the work gives for each item, in their order; after the first failure, which is raised, nothing more is begun.

    What is under way is not broken off: the HTTP library forgets to close a connection whose encryption is cancelled.
    """
    turns = asyncio.Semaphore(at_once)
    failures: list[Exception] = []

    async def one(item: ItemT) -> ResultT | None:
        async with turns:
            if failures:
                return None
            try:
                return await work(item)
            except Exception as error:
                failures.append(error)
                return None

    made = await asyncio.gather(*map(one, items))
    if failures:
        raise failures[0]
    return cast("list[ResultT]", made)
