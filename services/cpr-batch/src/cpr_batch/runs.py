"""Runs: what was asked for, how far it has come, and how it ended."""

import asyncio
import contextlib
import dataclasses
import datetime as dt
import enum
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any, Self, TypeAlias

import aiosql
import asyncpg
import structlog
from registerbro.database import Pool

from cpr_batch.errors import BatchError, RunUnknown
from cpr_batch.files import Store

SQL = aiosql.from_path(Path(__file__).parent / "sql" / "runs.sql", "asyncpg")
BEAT = dt.timedelta(seconds=20)
PATIENCE = dt.timedelta(minutes=3)
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

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    STOPPED = "stopped"  # on request
    ABANDONED = "abandoned"  # its process is gone; the file can be imported anew


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

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """From a row of ``cpr_run`` and the name of its file."""
        return cls(**{**dict(row), "kind": RunKind(row["kind"]), "state": RunState(row["state"])})


@dataclasses.dataclass(slots=True)
class Running:
    """A run under way; ``counts`` and ``failure`` are what it will be recorded with."""

    run_id: uuid.UUID
    initial_load: bool = False
    counts: dict[str, int] = dataclasses.field(default_factory=dict)
    failure: str | None = None

    def count(self, name: str, number: int = 1) -> None:
        """Counts something."""
        self.counts[str(name)] = self.counts.get(name, 0) + number


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
    started: Started = unheard,
) -> AsyncIterator[Running]:
    """A run from its start to its recorded end, kept alive by a heartbeat in between; ``started`` hears of it at once."""
    run = Running(uuid.uuid4(), initial_load)
    await begin(pool, run, kind, parent=parent)
    started(run)
    async with alive(pool, run):
        yield run
    state = RunState.FAILED if run.failure else RunState.FINISHED
    await SQL.finish(pool, run_id=run.run_id, state=state, failure=run.failure, counts=run.counts)


async def begin(
    source: Store,
    run: Running,
    kind: RunKind,
    *,
    parent: Running | None = None,
    file_id: int | None = None,
) -> None:
    """Records the start of a run; runs whose process is gone are recorded as abandoned."""
    await SQL.abandon_stale(source, patience=PATIENCE)
    await SQL.start(
        source,
        run_id=run.run_id,
        parent_id=parent.run_id if parent else None,
        file_id=file_id,
        kind=kind,
        initial_load=run.initial_load,
    )


@contextlib.asynccontextmanager
async def alive(pool: Pool, run: Running) -> AsyncIterator[None]:
    """Vouches for a run while the block lasts; a block that ends with an error is recorded with it."""
    beats = asyncio.create_task(_beat(pool, run))
    try:
        yield
    except BatchError as error:
        await _end(pool, run, RunState.FAILED, str(error))
        raise
    except asyncio.CancelledError:
        await asyncio.shield(_end(pool, run, RunState.STOPPED, "stopped on request"))
        raise
    except Exception as error:
        await _end(pool, run, RunState.FAILED, f"internal error: {type(error).__name__}")
        raise
    finally:
        beats.cancel()


async def _end(pool: Pool, run: Running, state: RunState, failure: str) -> None:
    with contextlib.suppress(*STORE_GONE):  # without the database the run is found abandoned later
        await SQL.finish(pool, run_id=run.run_id, state=state, failure=failure, counts=run.counts)


async def _beat(pool: Pool, run: Running) -> None:
    while True:
        await asyncio.sleep(BEAT.total_seconds())
        try:
            await SQL.beat(pool, run_id=run.run_id)
        except Exception:
            log.warning("heartbeat failed", run_id=str(run.run_id), exc_info=True)


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
