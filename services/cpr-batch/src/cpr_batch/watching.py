"""Watching a run from its present state to its end, in whatever process it is: the table is looked at again and again."""

import asyncio
import contextlib
import dataclasses
import hashlib
import uuid
from collections.abc import AsyncGenerator, Callable, Iterator

import orjson
from registerbro.database import Pool

from cpr_batch import runs
from cpr_batch.errors import TooManyWatchers
from cpr_batch.runs import Run

POLL_SECONDS = 1.0


class Watchers:
    """How many watch in this process."""

    def __init__(self) -> None:
        self._count = 0

    @contextlib.contextmanager
    def one_more(self, limit: int) -> Iterator[None]:
        """Watches while the block lasts; ``TooManyWatchers`` where there are as many as may be."""
        if self._count >= limit:
            raise TooManyWatchers
        self._count += 1
        try:
            yield
        finally:
            self._count -= 1


@dataclasses.dataclass(frozen=True, slots=True)
class Seen:
    """A run with its parts, as they are together."""

    run: Run
    parts: tuple[Run, ...]

    @property
    def id(self) -> str:
        """The same for the same state, in every replica; heartbeats change nothing."""
        states = [dataclasses.replace(each, heartbeat_at=each.started_at) for each in (self.run, *self.parts)]
        return hashlib.sha256(orjson.dumps(states, default=str)).hexdigest()[:16]

    @property
    def is_ended(self) -> bool:
        """Whether nothing more will happen: parts can outlive their run for a moment, or its process."""
        return all(each.state.is_ended for each in (self.run, *self.parts))


async def look(pool: Pool, run_id: uuid.UUID) -> Seen:
    """The run as it is now."""
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        run = await runs.load(connection, run_id)
        return Seen(run, tuple(await runs.parts(connection, run_id)))


async def follow(
    pool: Pool, run_id: uuid.UUID, *, seen: str | None = None, is_over: Callable[[], bool] = lambda: False
) -> AsyncGenerator[Seen, None]:
    """Each state that differs from the one before, the last when the run has ended; ends also when ``is_over``."""
    while not is_over():
        found = await look(pool, run_id)
        if found.id != seen:
            yield found
        if found.is_ended:
            return
        seen = found.id
        await asyncio.sleep(POLL_SECONDS)
