"""Several calls at once: what a failure ends, and what it lets end by itself."""

import asyncio

import pytest
from registerbro.registers.datafordeler.together import for_each
from registerbro.registers.errors import CallRefused


async def test_after_a_failure_nothing_is_begun_and_nothing_is_broken_off() -> None:
    begun, ended, refused = list[int](), list[int](), asyncio.Event()

    async def work(item: int) -> int:
        begun.append(item)
        if item == 1:
            refused.set()
            raise CallRefused("no right to this", status=403)
        await refused.wait()
        await asyncio.sleep(0)
        ended.append(item)
        return item

    with pytest.raises(CallRefused):
        await for_each(work, range(5), at_once=2)
    assert (begun, ended) == ([0, 1], [0])
    assert await for_each(work, [2, 3], at_once=1) == [2, 3]
