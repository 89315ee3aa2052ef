"""What the adapters share in asking: several calls at once, as many as are allowed, and the time of asking."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeAlias, TypeVar

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")
Clock: TypeAlias = Callable[[], dt.datetime]


def utc_now() -> dt.datetime:
    """The time, UTC."""
    return dt.datetime.now(dt.UTC)


async def for_each(
    work: Callable[[ItemT], Awaitable[ResultT]], items: Iterable[ItemT], *, at_once: int
) -> list[ResultT]:
    """What the work gives for each item, in their order; the first failure ends the rest, and is raised."""
    turns = asyncio.Semaphore(at_once)

    async def one(item: ItemT) -> ResultT:
        async with turns:
            return await work(item)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(item)) for item in items]
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]
