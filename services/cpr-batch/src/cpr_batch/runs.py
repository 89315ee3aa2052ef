"""Runs: what was asked for, how far it has come, and how it ended."""

import asyncio
import contextlib
import dataclasses
import datetime as dt
import enum
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self, TypeAlias

import aiosql
import asyncpg
import structlog
from registerbro.database import Pool

from cpr_batch.errors import BatchError, RunEnded, RunStopped, RunUnknown
from cpr_batch.files import Store
from cpr_batch.progress import Listener, Progress, Told, silent

SQL = aiosql.from_path(Path(__file__).parent / "sql" / "runs.sql", "asyncpg")
BEAT = dt.timedelta(seconds=1)  # also how soon a run hears that it is to stop
STOPPED = "stopped on request"
STORE_GONE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
log = structlog.get_logger()


class RunKind(enum.StrEnum):
    """What a run does."""

    TRANSFER = "transfer"
    IMPORT = "import"
    BATCH = "batch"  # both: all files fetched, then all imported
    DRY_RUN = "dry-run"  # what imports would change; nothing is written


class RunState(enum.StrEnum):
    """How a run stands."""

    WAITING = "waiting"  # for a process that imports its file
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    STOPPED = "stopped"  # on request
    ABANDONED = "abandoned"  # its process is gone; the file can be imported anew

    @property
    def is_ended(self) -> bool:
        """Whether nothing more will come of the run."""
        return self not in (RunState.WAITING, RunState.RUNNING)


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """A run as the database knows it."""

    run_id: uuid.UUID
    parent_id: uuid.UUID | None
    file_id: int | None
    file_name: str | None
    kind: RunKind
    initial_load: bool
    started_at: dt.datetime
    heartbeat_at: dt.datetime
    finished_at: dt.datetime | None
    state: RunState
    counts: dict[str, int]
    failure: str | None
    queued_at: dt.datetime | None  # for an import that any process may take
    due_at: dt.datetime | None
    attempt: int
    outcome: str | None  # of the file of a queued import
    progress: dict[str, Any] | None
    stop_requested_at: dt.datetime | None
    retry_of: uuid.UUID | None
    names: list[str] | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """From a row of ``cpr_run`` and the name of its file."""
        return cls(**{**dict(row), "kind": RunKind(row["kind"]), "state": RunState(row["state"])})


@dataclasses.dataclass(slots=True)
class Running:
    """A run under way; ``counts`` and ``failure`` are what it will be recorded with."""

    run_id: uuid.UUID = dataclasses.field(default_factory=uuid.uuid4)
    initial_load: bool = False
    counts: dict[str, int] = dataclasses.field(default_factory=dict)
    failure: str | None = None
    retry_of: uuid.UUID | None = None
    names: list[str] | None = None  # what a transfer was asked for
    told: Told = dataclasses.field(default_factory=Told)

    def count(self, name: str, number: int = 1) -> None:
        """Counts something."""
        self.counts[str(name)] = self.counts.get(name, 0) + number

    def telling(self, also: Listener = silent) -> Listener:
        """A listener that keeps what it hears for those who watch the run, and passes it on."""

        def tell(progress: Progress) -> None:
            self.told.hear(progress)
            also(progress)

        return tell


Started: TypeAlias = Callable[[Running], None]


def unheard(_: Running) -> None:
    """For callers who do not need to know when a run starts."""


@contextlib.asynccontextmanager
async def running(
    pool: Pool,
    kind: RunKind,
    *,
    parent: Running | None = None,
    initial_load: bool = False,
    run: Running | None = None,
    started: Started = unheard,
) -> AsyncIterator[Running]:
    """A run from its start to its recorded end, kept alive by a heartbeat in between; ``started`` hears of it at once."""
    run = run or Running(initial_load=initial_load)
    await begin(pool, run, kind, parent=parent)
    started(run)
    async with alive(pool, run):
        yield run
    await end(pool, run, RunState.FAILED if run.failure else RunState.FINISHED, run.failure)


async def begin(
    source: Store,
    run: Running,
    kind: RunKind,
    *,
    parent: Running | None = None,
    file_id: int | None = None,
) -> None:
    """Records the start of a run."""
    await SQL.start(
        source,
        run_id=run.run_id,
        parent_id=parent.run_id if parent else None,
        file_id=file_id,
        kind=kind,
        initial_load=run.initial_load,
        retry_of=run.retry_of,
        names=run.names,
    )


@contextlib.asynccontextmanager
async def alive(pool: Pool, run: Running) -> AsyncIterator[None]:
    """Vouches for a run while the block lasts; a block that ends with an error is recorded with it.

    Somebody who asks for the run's end cancels the block, and ``RunStopped`` leaves it.
    """
    try:
        with _told_apart(run) as until_stopped:
            async with until_stopped:
                beats = asyncio.create_task(_beat_again_and_again(pool, run, until_stopped))
                try:
                    yield
                finally:
                    beats.cancel()
        await SQL.beat(pool, run_id=run.run_id, progress=run.told.stored())
    except RunStopped:
        await _end_surely(pool, run, RunState.STOPPED, STOPPED)
        raise
    except BatchError as error:
        await _end_surely(pool, run, RunState.FAILED, str(error))
        raise
    except asyncio.CancelledError:
        await asyncio.shield(_end_surely(pool, run, RunState.STOPPED, "stopped with its process"))
        raise
    except Exception as error:
        await _end_surely(pool, run, RunState.FAILED, f"internal error: {type(error).__name__}")
        raise


@contextlib.contextmanager
def _told_apart(run: Running) -> Iterator[asyncio.Timeout]:
    """A timeout that expires when it is told to, as ``RunStopped``; the block's own timeouts pass."""
    timeout = asyncio.timeout(None)
    try:
        yield timeout
    except TimeoutError:
        if timeout.expired():
            raise RunStopped(str(run.run_id)) from None
        raise


async def end(pool: Pool, run: Running, state: RunState, failure: str | None) -> None:
    """Records how a run ended, where that is not recorded."""
    await SQL.finish(
        pool,
        run_id=run.run_id,
        state=state,
        failure=failure,
        counts=run.counts,
        progress=run.told.stored(),
    )


async def _end_surely(pool: Pool, run: Running, state: RunState, failure: str) -> None:
    with contextlib.suppress(*STORE_GONE):  # without the database the run is found abandoned later
        await end(pool, run, state, failure)


async def _beat_again_and_again(pool: Pool, run: Running, until_stopped: asyncio.Timeout) -> None:
    while True:
        await asyncio.sleep(BEAT.total_seconds())
        try:
            if await SQL.beat(pool, run_id=run.run_id, progress=run.told.stored()):
                until_stopped.reschedule(asyncio.get_running_loop().time())
                return
        except Exception:
            log.warning("heartbeat failed", run_id=str(run.run_id), exc_info=True)


async def request_stop(pool: Pool, run_id: uuid.UUID) -> None:
    """Asks a run and its parts to stop, in whatever process they are: they do within two heartbeats."""
    async with pool.acquire() as connection, connection.transaction():
        held = await SQL.hold(connection, run_id=run_id)
        if held is None:
            raise RunUnknown(str(run_id))
        if RunState(held["state"]).is_ended:
            raise RunEnded(str(run_id), held["state"])
        [_ async for _ in SQL.request_stop(connection, run_id=run_id)]


async def is_stop_requested(pool: Pool, run: Running) -> bool:
    """Whether somebody asked for the run's end."""
    return bool(await SQL.is_stop_requested(pool, run_id=run.run_id))


async def complete(source: Store, run_id: uuid.UUID, counts: dict[str, int]) -> None:
    """Records that an import is done, also where a later one did the last steps for it."""
    await SQL.complete(source, run_id=run_id, counts=counts)


async def load(source: Store, run_id: uuid.UUID) -> Run:
    """The run with this id."""
    row = await SQL.by_id(source, run_id=run_id)
    if row is None:
        raise RunUnknown(str(run_id))
    return Run.of(row)


async def parts(source: Store, run_id: uuid.UUID) -> list[Run]:
    """The runs that are a part of this one."""
    return [Run.of(row) async for row in SQL.parts(source, run_id=run_id)]


async def page(source: Store, *, size: int, before: Run | None = None) -> list[Run]:
    """Runs that are a part of no other, newest first."""
    rows = SQL.page(
        source,
        before_start=before.started_at if before else None,
        before_run=before.run_id if before else None,
        size=size,
    )
    return [Run.of(row) async for row in rows]
