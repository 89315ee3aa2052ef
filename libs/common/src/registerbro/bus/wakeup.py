"""Waiting for work: woken by Postgres' NOTIFY, and by a poll where a notification was missed."""

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Callable

import asyncpg
import structlog

from registerbro.bus.tasks import stop
from registerbro.database import Connection, Pool

log = structlog.get_logger()

RECONNECT = dt.timedelta(seconds=1)
DATABASE_ERRORS = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


class Wakeup:
    """What one waiter waits on: its channel's notifications."""

    def __init__(self, channel: str, poll: dt.timedelta) -> None:
        self.channel = channel
        self._poll = poll
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Ends the present wait, or the next one."""
        self._woken.set()

    async def wait(self, at_most: dt.timedelta | None = None) -> None:
        """Returns when woken, and at the latest after the poll's time, or a shorter one."""
        seconds = min(self._poll, self._poll if at_most is None else at_most).total_seconds()
        with contextlib.suppress(
            TimeoutError
        ):  # wait_for of Python 3.11 can swallow a cancellation; timeout does not
            async with asyncio.timeout(max(seconds, 0)):
                await self._woken.wait()
        self._woken.clear()


@contextlib.asynccontextmanager
async def listening(pool: Pool, *wakeups: Wakeup) -> AsyncIterator[None]:
    """Wakes the waiters on notifications while the block lasts; holds one connection of the pool for all of them."""
    task = asyncio.create_task(_keep_listening(pool, wakeups))
    try:
        yield
    finally:
        await stop([task])


async def _keep_listening(pool: Pool, wakeups: tuple[Wakeup, ...]) -> None:
    while True:
        try:
            await _listen(pool, wakeups)
        except DATABASE_ERRORS as error:
            log.warning("cannot listen for notifications", error=type(error).__name__)
        await asyncio.sleep(RECONNECT.total_seconds())


async def _listen(pool: Pool, wakeups: tuple[Wakeup, ...]) -> None:
    """Listens until the connection is lost."""
    lost = asyncio.Event()
    async with pool.acquire() as connection, contextlib.AsyncExitStack() as stack:
        connection.add_termination_listener(lambda _: lost.set())
        for wakeup in wakeups:

            def notified(*_: object, wakeup: Wakeup = wakeup) -> None:
                wakeup.wake()

            await connection.add_listener(wakeup.channel, notified)
            stack.push_async_callback(_forget, connection, wakeup.channel, notified)
            wakeup.wake()  # what came before the listener stood must not wait for the poll
        await lost.wait()


async def _forget(connection: Connection, channel: str, notified: Callable[..., None]) -> None:
    if not connection.is_closed():
        await connection.remove_listener(channel, notified)
