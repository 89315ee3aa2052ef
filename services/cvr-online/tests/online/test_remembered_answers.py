"""Answers: remembered for a while, and asked once however many ask."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import pytest
from cvr_online.answers import Answers

from tests.support.waiting import until


class Asked:
    """Squares numbers once the gate is open; fails as it is told."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, ...]] = []
        self.gate = asyncio.Event()
        self.error: Exception | None = None

    async def __call__(self, numbers: Sequence[int]) -> Mapping[int, int]:
        self.calls.append(tuple(numbers))
        await self.gate.wait()
        if self.error:
            raise self.error
        return {each: each * each for each in numbers}


def answers_of(
    asked: Asked, *, seconds: float = 60, most: int = 100, is_lasting: Callable[[int], bool] = lambda _: True
) -> Answers[int, int]:
    return Answers(asked, seconds=seconds, most=most, is_lasting=is_lasting)


@pytest.fixture
def asked() -> Asked:
    return Asked()


async def begun(asked: Asked, calls: int = 1) -> None:
    async def is_so() -> bool:
        return len(asked.calls) >= calls

    await until(is_so)


async def test_equal_questions_at_the_same_time_are_asked_once(asked: Asked) -> None:
    answers = answers_of(asked, seconds=0)
    waiting = [asyncio.create_task(answers.get([number])) for number in (2, 2, 2, 3)]
    await begun(asked, 2)
    asked.gate.set()
    assert await asyncio.gather(*waiting) == [{2: 4}, {2: 4}, {2: 4}, {3: 9}]
    assert asked.calls == [(2,), (3,)]
    assert await answers.get([2]) == {2: 4}
    assert asked.calls == [(2,), (3,), (2,)], "nothing is remembered"


async def test_who_goes_away_takes_the_answer_from_nobody(asked: Asked) -> None:
    answers = answers_of(asked)
    first, second = (asyncio.create_task(answers.get([2])) for _ in range(2))
    await begun(asked)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    asked.gate.set()
    assert await second == {2: 4}
    assert asked.calls == [(2,)]


async def test_an_answer_comes_though_all_who_asked_went_away(asked: Asked) -> None:
    answers = answers_of(asked)
    only = asyncio.create_task(answers.get([2]))
    await begun(asked)
    only.cancel()
    await asyncio.wait([only])
    asked.gate.set()
    assert await answers.get([2]) == {2: 4}
    assert asked.calls == [(2,)]


async def test_what_is_remembered_is_not_asked_and_what_is_under_way_is_joined(asked: Asked) -> None:
    answers = answers_of(asked)
    asked.gate.set()
    await answers.get([1, 2])
    asked.gate.clear()
    third = asyncio.create_task(answers.get([3, 4]))
    await begun(asked, 2)
    mixed = asyncio.create_task(answers.get([1, 3, 5, 5]))
    await begun(asked, 3)
    asked.gate.set()
    assert await mixed == {1: 1, 3: 9, 5: 25}
    await third
    assert asked.calls == [(1, 2), (3, 4), (5,)]


async def test_a_fresh_answer_is_asked_for_and_remembered(asked: Asked) -> None:
    answers = answers_of(asked)
    asked.gate.set()
    await answers.get([2])
    await answers.get([2], is_fresh=True)
    await answers.get([2])
    assert asked.calls == [(2,), (2,)]


async def test_a_failure_reaches_all_who_wait_and_is_not_remembered(asked: Asked) -> None:
    unheard: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unheard.append(context))
    answers = answers_of(asked)
    asked.error = ValueError("down")
    waiting = [asyncio.create_task(answers.get([2])) for _ in range(2)]
    await begun(asked)
    asked.gate.set()
    for outcome in await asyncio.gather(*waiting, return_exceptions=True):
        assert isinstance(outcome, ValueError)
    asked.error = None
    assert await answers.get([2]) == {2: 4}
    assert unheard == []


async def test_what_is_no_answer_is_asked_again_and_the_oldest_is_forgotten(asked: Asked) -> None:
    answers = answers_of(asked, most=2, is_lasting=lambda answer: answer != 4)
    asked.gate.set()
    await answers.get([2, 1])
    await answers.get([2, 1])
    await answers.get([3, 5])
    await answers.get([1])
    assert asked.calls == [(2, 1), (2,), (3, 5), (1,)]


async def test_closing_ends_what_is_under_way(asked: Asked) -> None:
    answers = answers_of(asked)
    waiting = asyncio.create_task(answers.get([2]))
    await begun(asked)
    await answers.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
