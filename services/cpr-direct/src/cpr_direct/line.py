"""The line to CPR: exchanges within the limits, left alone while CPR fails, tried again where that helps at once."""

import datetime as dt
from collections.abc import Callable, Sequence

from pydantic import SecretStr
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from cpr_direct.breaker import Breaker
from cpr_direct.connection import exchange, opened
from cpr_direct.errors import ConnectionFailed, Decision, DirectError
from cpr_direct.route import Route
from cpr_direct.turns import Turns
from cpr_direct.wire import Answer, AnswerParser

FIRST_PAUSE_SECONDS = 0.1  # before a connection is tried again; a deadlock at CPR is tried again at once


class Outdated(Exception):
    """The request is of no use any more, as it turned out before it had its turn; nothing was sent."""


def _always() -> bool:
    return True


class Line:
    """One way to CPR, with what this process has found out about it."""

    certificate_expires: dt.datetime | None = None

    def __init__(self, route: Route) -> None:
        limits = route.limits
        self.route = route
        self.breaker = Breaker(failures=limits.breaker_failures, seconds=limits.breaker_seconds)
        self._turns = Turns(limits)

    async def ask(
        self,
        message: bytes,
        *,
        withheld: Sequence[SecretStr],
        is_of_use: Callable[[], bool] = _always,
        is_forced: bool = False,
    ) -> Answer:
        """One exchange, tried again where nothing was sent, or CPR says that it makes sense at once.

        ``is_forced``: also while CPR is left alone. Raises ``Outdated`` where ``is_of_use`` is false when its turn comes.
        """
        retrying = AsyncRetrying(
            stop=stop_after_attempt(self.route.limits.tries),
            retry=retry_if_exception(_is_worth_repeating),
            wait=_pause,
            reraise=True,
        )
        return await retrying(self._once, message, withheld, is_of_use, is_forced)

    async def reach(self) -> None:
        """Connects, agrees on encryption, and asks nothing; also while CPR is left alone."""
        async with self._turns.take(), opened(self.route) as way:
            self.certificate_expires = way.certificate_expires

    async def _once(
        self, message: bytes, withheld: Sequence[SecretStr], is_of_use: Callable[[], bool], is_forced: bool
    ) -> Answer:
        if not is_forced:
            self.breaker.check()
        async with self._turns.take():
            if not is_of_use():
                raise Outdated
            with self.breaker.guard(is_forced=is_forced):
                async with opened(self.route) as way:
                    self.certificate_expires = way.certificate_expires
                    return await exchange(self.route, way, message, AnswerParser(withheld=withheld))


def _is_worth_repeating(error: BaseException) -> bool:
    if isinstance(error, ConnectionFailed):  # raised before anything was sent only
        return True
    return isinstance(error, DirectError) and error.decision is Decision.RETRY_NOW


def _pause(state: RetryCallState) -> float:
    failure = state.outcome.exception() if state.outcome else None
    is_at_once = not isinstance(failure, ConnectionFailed)
    return 0 if is_at_once else FIRST_PAUSE_SECONDS * 2 ** (state.attempt_number - 1)
