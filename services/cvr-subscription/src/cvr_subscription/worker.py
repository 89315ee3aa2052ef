"""A replica's part in keeping subscriptions as they are to be: it looks for what differs, when told so and now and then."""

import asyncio
import contextlib
import datetime as dt
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TypeAlias

import structlog
from registerbro.bus.tasks import stop
from registerbro.bus.wakeup import Wakeup, listening
from registerbro.registers.errors import RegisterError

from cvr_subscription import following, synchronising, telling
from cvr_subscription.errors import SubscriptionError, SynchronisationUnderWay
from cvr_subscription.subscriber import Mode, Subscriber, mode_of, name_types
from cvr_subscription.subscriptions import CHANNEL, Rows, State
from cvr_subscription.synchronising import Reason
from cvr_subscription.telling import Round

LONGEST_REST = dt.timedelta(minutes=1)  # from a provider that does not answer, before it is tried again
CLAIMED_PER_CALL = 8  # rows that a replica takes at a time, for each call that it makes side by side
WORKED_ON: Mapping[Mode, Sequence[State]] = {
    Mode.RESTS: (),
    Mode.ENDS: (State.ENDING,),
    Mode.FOLLOWS: (State.ENDING, State.WANTED),
}
Asked: TypeAlias = tuple[Mode, uuid.UUID | None]
log = structlog.get_logger()


class Worker:
    """Works in the background. What is under way when it ends is taken up again, here or by another replica."""

    def __init__(self, subscriber: Subscriber) -> None:
        self._subscriber = subscriber
        self._settings = subscriber.settings.subscribing
        self.rows = rows_of(subscriber)
        self.obstacle: RegisterError | SubscriptionError | None = None
        self._obstacles = 0
        self._halvings = 0  # of how much is claimed, because it was not done in time
        self._rests_until: dt.datetime | None = None
        self._asked: Asked | None = None  # at the last comparison
        self._compared_at: dt.datetime | None = None
        self._has_taken_over = False
        self._wakeup = Wakeup(CHANNEL, dt.timedelta(seconds=self._settings.look_seconds))

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, subscriber: Subscriber) -> AsyncIterator["Worker"]:
        """Works for as long as the block lasts."""
        worker = cls(subscriber)
        await worker._take_over()
        async with listening(subscriber.pool, worker._wakeup):
            task = asyncio.create_task(worker._work_again_and_again())
            try:
                yield worker
            finally:
                await stop([task])

    async def _take_over(self) -> None:
        """Takes our provider into use, once its settings are complete: a slip in them gives up no subscription.

        Only once: whoever starts later, perhaps with another one, is believed.
        """
        if not self._has_taken_over and await _is_configured(self._subscriber):
            if await following.adopt(self._subscriber.pool, self._subscriber.identity):
                log.info("provider taken into use", provider=str(self._subscriber.lookup.provider))
            self._has_taken_over = True

    def wake(self) -> None:
        """Looks at once, also at a provider that did not answer a moment ago."""
        self._rests_until = None
        self._wakeup.wake()

    async def work(self) -> int:
        """Works until nothing waits whose time has come; returns how many rows were worked on, well or not."""
        if self._is_resting():
            return 0
        self.obstacle = None
        done = 0
        try:
            while count := await self._some():
                done += count
        except (RegisterError, SubscriptionError) as error:
            self._rest(error)
        return done

    async def _some(self) -> int:
        """Works on some rows, as the switches ask for by now."""
        await following.require(self._subscriber.pool, self._subscriber.identity)
        rounds = [await self._round(state) for state in WORKED_ON[await self._prepared()]]
        claimed = sum(len(made.claimed) for made in rounds)
        if claimed and claimed == sum(len(made.failures) for made in rounds):
            for obstacle in filter(None, (made.obstacle for made in rounds)):
                raise obstacle
        self._obstacles = 0 if claimed else self._obstacles
        self._halvings = self._halvings if claimed else 0
        return claimed

    async def _prepared(self) -> Mode:
        """What the switches ask for, with everything begun or ended that they ask for."""
        mode = await mode_of(self._subscriber.pool)
        if mode is Mode.ENDS:
            await following.stop(self._subscriber.pool)
        if mode is Mode.FOLLOWS and not await self._has_begun():
            return Mode.RESTS
        asked = mode, (await following.read(self._subscriber.pool)).token
        if mode is not Mode.RESTS and (asked != self._asked or self._is_comparison_due()):
            await self._compare(mode)
            self._asked = asked
        return mode

    async def _has_begun(self) -> bool:
        """Reading events begins before anything is subscribed, so that none is missed; False while another replica is at it."""
        if (await following.read(self._subscriber.pool)).token is None:
            with contextlib.suppress(SynchronisationUnderWay):
                await synchronising.synchronise(self._subscriber, reason=Reason.SWITCHED_ON)
        return (await following.read(self._subscriber.pool)).token is not None

    async def _compare(self, mode: Mode) -> None:
        types = await name_types(self._subscriber.pool) if mode is Mode.FOLLOWS else []
        self._compared_at = self._subscriber.now()
        async with self._subscriber.pool.acquire() as connection, connection.transaction():
            await self.rows.compare(connection, types, self._compared_at)

    def _is_comparison_due(self) -> bool:
        every = dt.timedelta(seconds=self._settings.scan_seconds)
        return self._compared_at is None or self._subscriber.now() >= self._compared_at + every

    async def _round(self, state: State) -> Round:
        most = CLAIMED_PER_CALL * self._settings.at_once
        if state is State.WANTED:
            most = max(most, self._subscriber.lookup.most_at_once)
        try:
            async with asyncio.timeout(
                self._settings.lease_seconds * 0.8
            ):  # nobody else is at it for so long
                made = await telling.work_some(
                    self._subscriber, self.rows, state, max(most >> self._halvings, 1)
                )
        except TimeoutError:
            self._halvings += 1
            raise
        return made

    def _rest(self, error: RegisterError | SubscriptionError) -> None:
        self.obstacle = error
        pause = dt.timedelta(seconds=self._settings.first_pause_seconds * 2 ** min(self._obstacles, 10))
        self._obstacles += 1
        self._rests_until = self._subscriber.now() + min(pause, LONGEST_REST)
        log.warning("subscriptions rest", error=type(error).__name__, reason=str(error))

    def _is_resting(self) -> bool:
        return self._rests_until is not None and self._subscriber.now() < self._rests_until

    async def _work_again_and_again(self) -> None:
        while True:
            try:
                await self._take_over()
                await self.work()
            except Exception as error:  # the store is away, as a rule: the next look goes on
                log.warning("subscriptions not worked on", error=type(error).__name__)
            await self._wakeup.wait()


async def _is_configured(subscriber: Subscriber) -> bool:
    """The first step of the connection test."""
    async with contextlib.aclosing(subscriber.provider.steps()) as steps:
        async for step in steps:
            return step.is_ok is not False
    return True


def rows_of(subscriber: Subscriber) -> Rows:
    """The rows at the provider that is open."""
    lease = dt.timedelta(seconds=subscriber.settings.subscribing.lease_seconds)
    return Rows(subscriber.identity, subscriber.replica, lease)
