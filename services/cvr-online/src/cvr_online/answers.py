"""Answers remembered for a short time; equal questions at the same time are asked once.

A question under way belongs to nobody: it is asked to its end though whoever asked first goes away, and whoever comes
meanwhile waits for the same answer, also where only a fresh one will do.
"""

import asyncio
import contextlib
import functools
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeAlias, TypeVar

from cachetools import TTLCache
from registerbro.bus.tasks import stop

Q = TypeVar("Q", bound=Hashable)
A = TypeVar("A")
Ask: TypeAlias = Callable[[Sequence[Q]], Awaitable[Mapping[Q, A]]]


class Answers(Generic[Q, A]):
    """The answers to one kind of question. What is no answer (``is_lasting``), or raised, is not remembered."""

    def __init__(
        self, ask: Ask[Q, A], *, seconds: float, most: int, is_lasting: Callable[[A], bool] = lambda _: True
    ) -> None:
        self._ask = ask
        self._is_lasting = is_lasting
        self._known: TTLCache[Q, A] = TTLCache(most, seconds)
        self._under_way: dict[Q, asyncio.Task[Mapping[Q, A]]] = {}

    async def get(self, questions: Sequence[Q], *, is_fresh: bool = False) -> dict[Q, A]:
        """The answers to all of them, those not known by one call; ``is_fresh``: whatever is remembered."""
        found = {} if is_fresh else self._remembered(questions)
        missing = [each for each in dict.fromkeys(questions) if each not in found]
        self._begin([each for each in missing if each not in self._under_way])
        tasks = {self._under_way[each] for each in missing}
        for answers in await asyncio.gather(*map(asyncio.shield, tasks)):
            found.update(answers)
        return {each: found[each] for each in questions}

    async def close(self) -> None:
        """Ends what is under way."""
        await stop(list(set(self._under_way.values())))

    def _remembered(self, questions: Sequence[Q]) -> dict[Q, A]:
        found: dict[Q, A] = {}
        for each in questions:
            with contextlib.suppress(KeyError):
                found[each] = self._known[each]
        return found

    def _begin(self, questions: Sequence[Q]) -> None:
        if not questions:
            return
        task = asyncio.ensure_future(self._ask(questions))
        self._under_way.update(dict.fromkeys(questions, task))
        task.add_done_callback(functools.partial(self._end, questions))

    def _end(self, questions: Sequence[Q], task: asyncio.Task[Mapping[Q, A]]) -> None:
        for each in questions:
            del self._under_way[each]
        if task.cancelled() or task.exception():
            return
        lasting = {each: answer for each, answer in task.result().items() if self._is_lasting(answer)}
        self._known.update(lasting)
