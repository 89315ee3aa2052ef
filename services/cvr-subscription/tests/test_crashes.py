"""A replica that is killed while everything is subscribed, or cancelled, and started anew each time: the same end state.

Also two replicas at once, and very many contacts.
"""

import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from cvr_subscription import following
from cvr_subscription.checkpoint import Point
from cvr_subscription.worker import Worker
from registerbro.database import Pool

from tests.support.cvr_provider import object_id_of
from tests.support.cvr_subscriber import World, open_subscriber, switch, worker_of
from tests.support.waiting import until

CONTACTS = 40
SUBSCRIBING = (
    (Point.CLAIMED, 1),
    (Point.IDENTIFIED, 1),
    (Point.TOLD, 3),
    (Point.IN_TRANSACTION, 1),
    (Point.TOLD, 14),
)
CANCELLING = ((Point.CLAIMED, 1), (Point.TOLD, 3), (Point.IN_TRANSACTION, 1), (Point.TOLD, 14))
RANDOM_KILLS = 3


class Replica:
    """Runs in processes that can be killed."""

    def __init__(self, driver: "subprocess.Popen[str]", **job: Any) -> None:
        self._driver = driver
        self._job = job

    def run(self, *, kill_after: float | None = None, **changes: Any) -> bool:
        """From a start to the end of what is to be done; False if it was killed."""
        assert self._driver.stdin is not None
        self._driver.stdin.write(json.dumps(self._job | changes) + "\n")
        self._driver.stdin.flush()
        pid = int(self._line())
        killer = threading.Timer(kill_after, _kill, [pid]) if kill_after is not None else None
        if killer:
            killer.start()
        status = int(self._line())
        if killer:
            killer.cancel()
        assert status in (0, signal.SIGKILL), f"the replica ended with status {status}"
        return status == 0

    def run_through_crashes(self, points: Sequence[tuple[Point, int]]) -> int:
        """Killed at every point and at random moments until it comes through; returns how often it was killed."""
        killed = sum(not self.run(point=point, nth=nth) for point, nth in points)
        moments = random.Random(len(points))
        killed += sum(not self.run(kill_after=moments.uniform(0.02, 0.3)) for _ in range(RANDOM_KILLS))
        assert self.run()
        return killed

    def _line(self) -> str:
        assert self._driver.stdout is not None
        return self._driver.stdout.readline()


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def replica(database_url: str, journal: Path, pytestconfig: pytest.Config) -> Iterator[Replica]:
    script = Path(__file__).with_name("crashing_worker.py")
    environment = os.environ | {"PYTHONPATH": str(pytestconfig.rootpath)}
    with subprocess.Popen(
        [sys.executable, str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as driver:
        try:
            yield Replica(driver, database=database_url, journal=str(journal), contacts=CONTACTS)
        finally:
            assert driver.stdin is not None
            driver.stdin.close()
            driver.wait(timeout=20)


def known_to_the_provider(journal: Path) -> set[str]:
    """Whom it has subscribed, after all that it was told."""
    known: set[str] = set()
    for line in journal.read_text().splitlines():
        (known.add if line[0] == "+" else known.discard)(line[1:])
    return known


async def events(pool: Pool) -> list[tuple[int, bool]]:
    rows = await pool.fetch(
        """select (body::jsonb -> 'data' ->> 'contact_id')::bigint, (body::jsonb -> 'data' ->> 'is_subscribed')::boolean
           from outbox where routing_key = 'cvr.subscription.changed'"""
    )
    return sorted(tuple(row) for row in rows)


async def test_killed_again_and_again_it_ends_as_if_it_never_was(
    pool: Pool, replica: Replica, journal: Path
) -> None:
    await switch(pool)
    world = await World.of(pool, CONTACTS)
    killed = await asyncio.to_thread(replica.run_through_crashes, SUBSCRIBING)
    assert killed >= len(SUBSCRIBING)
    assert known_to_the_provider(journal) == set(map(object_id_of, world.numbers))
    assert await world.states() == {"subscribed": CONTACTS}
    assert await world.queue() == set(world.contact_ids)
    assert await events(pool) == [(contact_id, True) for contact_id in world.contact_ids], "each told once"

    await switch(pool, update=False)
    killed = await asyncio.to_thread(replica.run_through_crashes, CANCELLING)
    assert killed >= len(CANCELLING)
    assert known_to_the_provider(journal) == set()
    assert await world.states() == {}
    assert await world.queue() == set()
    assert len(await events(pool)) == 2 * CONTACTS


async def test_two_replicas_share_the_work_and_do_nothing_twice(pool: Pool) -> None:
    await switch(pool)
    world = await World.of(pool, 200)
    first, second = (open_subscriber(pool, world.provider) for _ in range(2))
    async with worker_of(first), worker_of(second):
        await until(lambda: _has(world, {"subscribed": 200}))
        assert world.provider.calls["subscribe"] == 200
        await switch(pool, update=False)
        await until(lambda: _has(world, {}))
        assert world.provider.calls["unsubscribe"] == 200
    leases = await pool.fetchval("select count(*) from cvrupdate_subscription")
    assert leases == 0


async def test_ten_thousand_are_subscribed_and_cancelled_looked_up_in_bulk(pool: Pool) -> None:
    await switch(pool)
    world = await World.of(pool, 10_000, most_at_once=100)
    subscriber = open_subscriber(pool, world.provider)
    await following.adopt(pool, subscriber.identity)
    worker = Worker(subscriber)
    await worker.work()
    assert await world.states() == {"subscribed": 10_000}
    assert world.provider.calls["find_many"] == 100, "looked up in bulk"
    assert len(await world.queue()) == 10_000
    await switch(pool, update=False)
    await worker.work()
    assert await world.states() == {}


async def _has(world: World, states: dict[str, int]) -> bool:
    return await world.states() == states
