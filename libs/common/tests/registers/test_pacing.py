"""The pace that all replicas share: two of them here are two paces on one store, each with connections of its own."""

import asyncio
import datetime as dt
import time
from typing import Any

import asyncpg
import pytest
from registerbro.database import Pool
from registerbro.registers.errors import Throttled
from registerbro.registers.pacing import Pace, PaceLimits

SECOND = dt.timedelta(seconds=1)


def paces(pool: Pool, calls_per_second: float | None, *, wait: dt.timedelta = 10 * SECOND) -> list[Pace]:
    limits = PaceLimits(calls_per_second, wait)
    return [Pace(pool, "datafordeler-rest host:443", limits) for _ in range(2)]


async def turns(pace: Pace, count: int) -> list[float]:
    moments = []
    for _ in range(count):
        await pace.turn()
        moments.append(time.monotonic())
    return moments


async def test_replicas_share_one_pace(pool: Pool) -> None:
    """Forty calls at fifty a second take most of a second, whoever makes them; slots come five at a time."""
    begun = time.monotonic()
    found = await asyncio.gather(*(turns(pace, 20) for pace in paces(pool, 50)))
    assert [len(moments) for moments in found] == [20, 20]
    lasted = max(moment for moments in found for moment in moments) - begun
    assert 0.75 <= lasted < 3
    in_order = sorted(moment - begun for moments in found for moment in moments)
    for width in range(10, 40, 10):
        assert all(
            later - earlier > width / 50 - 0.15
            for earlier, later in zip(in_order, in_order[width:], strict=False)
        )


async def test_who_would_wait_too_long_is_told_when_to_come_again(pool: Pool) -> None:
    first, second = paces(pool, 0.5, wait=SECOND)
    await first.turn()
    with pytest.raises(Throttled) as caught:
        await second.turn()
    assert caught.value.retry_after is not None
    assert SECOND < caught.value.retry_after <= 2 * SECOND
    with pytest.raises(Throttled) as caught:
        await first.turn()
    assert caught.value.retry_after is not None
    assert caught.value.retry_after <= 2 * SECOND, "who does not wait takes no turn"


async def test_a_pause_holds_for_all_replicas_and_for_this_host_alone(pool: Pool) -> None:
    first, second = paces(pool, 100, wait=SECOND)
    without_limit = paces(pool, None, wait=SECOND)[0]
    await first.pause(60 * SECOND)
    await second.pause(SECOND)
    for pace in (first, second, without_limit):
        with pytest.raises(Throttled) as caught:
            await pace.turn()
        assert caught.value.retry_after is not None
        assert 50 * SECOND < caught.value.retry_after <= 60 * SECOND
    await Pace(pool, "datafordeler-rest another:443", PaceLimits(0.1, SECOND)).turn()


async def test_a_short_pause_is_waited_for(pool: Pool) -> None:
    for pace in paces(pool, None, wait=2 * SECOND)[:1] + paces(pool, 100, wait=2 * SECOND)[:1]:
        begun = time.monotonic()
        await paces(pool, None)[0].pause(0.3 * SECOND)
        await pace.turn()
        assert time.monotonic() - begun >= 0.25


async def test_calls_cost_few_statements(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    without_limit = await _counted(pool, monkeypatch, calls_per_second=None)
    assert without_limit <= 2, "whether there is a pause, once in a second"
    assert await _counted(pool, monkeypatch, calls_per_second=2000) <= 6, "many slots at a time"


async def _counted(pool: Pool, monkeypatch: pytest.MonkeyPatch, *, calls_per_second: float | None) -> int:
    """The statements that a hundred turns take."""
    statements = 0
    acquire = asyncpg.Pool.acquire

    def counting(self: Pool, **more: Any) -> Any:
        nonlocal statements
        statements += 1
        return acquire(self, **more)

    with monkeypatch.context() as patched:
        patched.setattr(asyncpg.Pool, "acquire", counting)
        await turns(paces(pool, calls_per_second)[0], 100)
    assert statements
    return statements
