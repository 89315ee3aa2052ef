"""A service's part in telling CPR: it looks for wishes and calls that wait, when an event says so and now and then."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import structlog
from registerbro.bus.tasks import stop
from registerbro.settings import ToldBy

from cpr_direct import attempts, open_calls, telling
from cpr_direct.direct import Direct

log = structlog.get_logger()


class Worker:
    """Tells CPR in the background. What is under way when it ends is taken up again, here or by another replica."""

    def __init__(self, direct: Direct, is_on: Callable[[], Awaitable[bool]]) -> None:
        self._direct = direct
        self._is_on = is_on
        self._woken = asyncio.Event()

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, direct: Direct, is_on: Callable[[], Awaitable[bool]]) -> AsyncIterator["Worker"]:
        """Works for as long as the block lasts."""
        worker = cls(direct, is_on)
        task = asyncio.create_task(worker._work_again_and_again())
        try:
            yield worker
        finally:
            await stop([task])

    def wake(self) -> None:
        """Looks at once."""
        self._woken.set()

    async def work(self) -> int:
        """Works until nothing waits whose time has come, or the module is switched off; returns how much was done, well or not."""
        done = 0
        while await self._is_on() and (count := await self._some()):
            done += count
        return done

    async def _some(self) -> int:
        size = self._direct.settings.subscribing.at_once
        now = self._direct.now()
        calls = await open_calls.claim(self._direct.pool, now, size)
        claimed = []
        if (await self._direct.subscriptions()).told_by is ToldBy.ONLINE:
            claimed = await attempts.claim(self._direct.pool, now, size)
        async with asyncio.TaskGroup() as group:
            for call in calls:
                group.create_task(_alone(telling.do_again(self._direct, call), call_id=call.call_id))
            for each in claimed:
                group.create_task(_alone(telling.tell(self._direct, each), contact_id=each.contact_id))
        return len(calls) + len(claimed)

    async def _work_again_and_again(self) -> None:
        while True:
            self._woken.clear()
            try:
                await self.work()
            except Exception as error:  # the store is away, as a rule: the next look goes on
                log.warning("subscriptions not worked on", error=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._direct.settings.subscribing.look_seconds):
                    await self._woken.wait()


async def _alone(work: Awaitable[object], **facts: int) -> None:
    """Does it so that an error nobody reckoned with keeps none of the others from being done; its lease runs out."""
    try:
        await work
    except Exception as error:
        log.error("subscription not worked on", error=type(error).__name__, **facts)
