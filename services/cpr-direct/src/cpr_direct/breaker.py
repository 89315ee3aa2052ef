"""Leaves CPR alone for a while after it failed several times in a row; then lets one call through to see."""

import contextlib
import datetime as dt
import time
from collections.abc import Iterator

import structlog
from purgatory.domain.model import CLOSED, HALF_OPENED, OPENED, Context, HalfOpenedState, OpenedState

from cpr_direct import metrics
from cpr_direct.errors import DirectError, Resting

log = structlog.get_logger()


class Breaker:
    """The state of one way to CPR, as this process has found it.

    Only outages count (``DirectError.is_outage``). Whatever else CPR says is an answer: it works.
    """

    def __init__(self, *, failures: int, seconds: float) -> None:
        self._context = Context("CPR Direkte", threshold=failures, ttl=seconds)
        self._is_looking = False  # the one call that is let through is under way
        metrics.BREAKER.set(metrics.BREAKER_STATES[CLOSED])

    @property
    def state(self) -> str:
        """closed (calls go through), opened (none does), or half-opened (one looks)."""
        return self._context.state

    def check(self) -> None:
        """Raises ``Resting`` where a call would not be let through, before it waits for anything."""
        if self.state == OPENED and self._rest() > dt.timedelta(0):
            raise Resting(self._rest())
        if self.state == HALF_OPENED and self._is_looking:
            raise Resting(dt.timedelta(seconds=1))

    @contextlib.contextmanager
    def guard(self, *, is_forced: bool = False) -> Iterator[None]:
        """Lets a call through, or raises ``Resting``; learns from how the block ends. ``is_forced``: never refused."""
        before = self.state
        if is_forced:
            self._force()
        else:
            self._enter()
        is_look, self._is_looking = self.state == HALF_OPENED, self.state == HALF_OPENED
        try:
            yield
        except DirectError as error:
            self._learn(error)
            raise
        else:
            self._learn(None)
        finally:
            if is_look:
                self._is_looking = False
            self._tell(before)

    def _enter(self) -> None:
        self.check()
        try:
            self._context.handle_new_request()
        except OpenedState:
            raise Resting(self._rest()) from None

    def _force(self) -> None:
        if self.state == OPENED:
            self._context.set_state(HalfOpenedState())

    def _learn(self, error: DirectError | None) -> None:
        if error is not None and error.is_outage:
            self._context.handle_exception(error)
        else:
            self._context.handle_end_request()

    def _rest(self) -> dt.timedelta:
        return dt.timedelta(seconds=(self._context.opened_at or 0) + self._context.ttl - time.time())

    def _tell(self, before: str) -> None:
        self._context.messages.clear()  # purgatory's own listeners have no use here
        metrics.BREAKER.set(metrics.BREAKER_STATES[self.state])
        if self.state == before:
            return
        if self.state == OPENED:
            log.error("CPR fails, left alone for a while", seconds=self._context.ttl)
        elif self.state == CLOSED:
            log.info("CPR answers again")
