"""``$batch``: requests done one after the other, as far as they do not depend on one that failed.

An atomicity group only reads, so that it has nothing to undo: it has failed when one of its requests has. Each request that
writes has a transaction of its own; a group with one in it is not done.
"""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, TypeAlias

from registerbro.problems import Problem

from console.odata.batch_form import Batch, SubRequest
from console.odata.refusals import PROBLEMS, NotSupported
from console.odata.subrequests import Answer

MOST_ANSWERED = 32 * 1024 * 1024  # bytes, of all answers together
Send: TypeAlias = Callable[[SubRequest], Awaitable[Answer]]


class DependencyFailed(Problem):
    """A request of a batch was not done, because another one failed."""

    status, slug, title = HTTPStatus.FAILED_DEPENDENCY, "dependency-failed", "Another request failed"


class AnswerTooLarge(Problem):
    """A request of a batch was not done, because the answers before it are as large as they may be."""

    status, slug, title = HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "answer-too-large", "The answer is too large"


class Run:
    """A batch while it is done."""

    def __init__(self, batch: Batch, send: Send, *, continues: bool) -> None:
        self._batch = batch
        self._send = send
        self._continues = continues
        self._failed: set[str] = set()
        self._answered = 0

    async def answers(self) -> list[dict[str, Any]]:
        """The answers, in the order of the requests."""
        return [await self._answer(each) for each in self._batch.requests]

    async def _answer(self, asked: SubRequest) -> dict[str, Any]:
        obstacle = self._obstacle(asked)
        answer = Answer.telling(obstacle) if obstacle else await self._send(asked)
        self._answered += len(answer.body)
        if answer.is_error:
            self._failed |= {asked.id} | ({asked.atomicity_group} if asked.atomicity_group else set())
        named = {"id": asked.id, "atomicityGroup": asked.atomicity_group}
        return {name: value for name, value in named.items() if value is not None} | answer.as_json()

    def _obstacle(self, asked: SubRequest) -> Problem | None:
        group = self._batch.group(asked.atomicity_group)
        if asked.condition is not None:
            return PROBLEMS.problem(NotSupported("a condition (if) of a request in a batch"))
        if any(not each.reads for each in group):
            return PROBLEMS.problem(NotSupported("an atomicityGroup that does more than read"))
        if self._failed & set(asked.depends_on):
            return DependencyFailed("A request that it depends on failed.")
        if self._failed and not self._continues:
            return DependencyFailed("A request before it failed, and the batch was not to go on.")
        if self._answered > MOST_ANSWERED:
            return AnswerTooLarge(f"The answers before it have more than {MOST_ANSWERED} bytes.")
        return None
