"""The dry run: what imports of files would change, by person and as counts. The store, the files and their states stay as they are.

Each chunk of a file is planned against the store as it is now, not as the files and chunks before it would leave it: somebody
of whom an earlier chunk would make a placeholder is called created, not filled. A dry run takes no lock, so that no import
waits for it, and keeps no more than a chunk in memory.
"""

import asyncio
import collections
import contextlib
import dataclasses
import enum
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import aiosql
from registerbro import contact_types
from registerbro.contacts import merge
from registerbro.contacts.model import Result
from registerbro.cpr.reader import FileRefused

from cpr_batch import files, imports, journal, runs
from cpr_batch.batch import Batch
from cpr_batch.brake import Tally
from cpr_batch.chunks import Chunk
from cpr_batch.errors import InterimError, LocalFileUnknown, PlanUnknown
from cpr_batch.files import FileState, Store
from cpr_batch.journal import Action
from cpr_batch.progress import Listener, Progress, silent
from cpr_batch.reading import FileReading, look
from cpr_batch.runs import RunKind, Running, Started, unheard

SQL = aiosql.from_path(Path(__file__).parent / "sql" / "plans.sql", "asyncpg")
COLUMNS = ("plan_id", "ordinal", "contact_id", "outcome", "groups", "is_ending")


class PlanState(enum.StrEnum):
    """How far the plan of a file is."""

    PLANNING = "planning"
    PLANNED = "planned"
    REFUSED = "refused"  # an import would refuse the file
    FAILED = "failed"


@dataclasses.dataclass(frozen=True, slots=True)
class FilePlan:
    """What an import of one file would do. ``file_state``: what is known of the content; None if nothing is."""

    plan_id: int
    name: str
    initial_load: bool
    state: PlanState
    failure: str | None
    counts: dict[str, int]
    would_hold: bool
    file_state: FileState | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """From a row of ``cpr_plan`` and the file's state."""
        known = {
            name: row[name] for name in ("plan_id", "name", "initial_load", "failure", "counts", "would_hold")
        }
        file_state = row["file_state"]
        return cls(
            **known,
            state=PlanState(row["state"]),
            file_state=FileState(file_state) if file_state else None,
        )


async def dry_run(
    batch: Batch,
    name: str | None = None,
    *,
    initial_load: bool = False,
    started: Started = unheard,
    progress: Listener = silent,
) -> list[FilePlan]:
    """Plans one file of the interim directory, imported ones included, or all that wait."""
    names = await _names(batch, name)
    async with runs.running(batch.pool, RunKind.DRY_RUN, initial_load=initial_load, started=started) as run:
        for each in names:
            await _File(batch, run, each, run.telling(progress)).plan()
    await journal.note(batch, Action.DRY_RUN, file=name, run_id=run.run_id, files=len(names))
    return [FilePlan.of(row) async for row in SQL.of_run(batch.pool, run_id=run.run_id)]


async def _names(batch: Batch, name: str | None) -> list[str]:
    if name is None:
        return [local.name for local, _ in await imports.local_files(batch)]
    if name not in batch.interim.names():
        raise LocalFileUnknown(name)
    return [name]


async def plans(source: Store, run_id: uuid.UUID) -> list[FilePlan]:
    """The plans that a dry run made; raises ``PlanUnknown`` where there are none, or none any more."""
    run = await runs.load(source, run_id)
    found = [FilePlan.of(row) async for row in SQL.of_run(source, run_id=run_id)]
    if run.kind is not RunKind.DRY_RUN or (run.counts and not found):
        raise PlanUnknown(str(run_id))
    return found


async def persons(source: Store, plan_id: int, after: int, size: int) -> AsyncIterator[Mapping[str, Any]]:
    """Persons of one plan, in the order of the file, after a place in it."""
    async for row in SQL.of_plan(source, plan_id=plan_id, ordinal=after, size=size):
        yield row


class _File:
    """One file of a dry run."""

    def __init__(self, batch: Batch, run: Running, name: str, progress: Listener) -> None:
        self._batch = batch
        self._run = run
        self._name = name
        self._progress = progress
        self._counts: collections.Counter[str] = collections.Counter()
        self._tally = Tally(batch.settings.brake)

    async def plan(self) -> None:
        """Plans the file and counts it in the run; a file that cannot be read does not keep the others back."""
        try:
            sha256, _ = await asyncio.to_thread(self._batch.interim.content, self._name)
        except InterimError:
            self._run.count(PlanState.FAILED)  # gone, or not ours to read: the run tells how many
            return
        plan_id: int = await SQL.begin(
            self._batch.pool,
            run_id=self._run.run_id,
            sha256=sha256,
            name=self._name,
            initial_load=self._run.initial_load,
        )
        state, failure = await self._tried(plan_id, sha256)
        await SQL.end(
            self._batch.pool,
            plan_id=plan_id,
            state=state,
            failure=failure,
            counts=dict(self._counts),
            would_hold=state is PlanState.PLANNED and self._tally.holds,
        )
        await SQL.replace(self._batch.pool, plan_id=plan_id)
        self._run.count(state)

    async def _tried(self, plan_id: int, sha256: bytes) -> tuple[PlanState, str | None]:
        try:
            await self._plan(plan_id, sha256)
        except FileRefused as error:
            return PlanState.REFUSED, str(error)
        except InterimError as error:
            return PlanState.FAILED, str(error)
        except contact_types.ContactTypeMissing as error:
            return PlanState.FAILED, str(error)
        except merge.MergeFailed as error:
            return PlanState.FAILED, f"the contact store did not plan the file: {error.sqlstate}"
        return PlanState.PLANNED, None

    async def _plan(self, plan_id: int, sha256: bytes) -> None:
        summary = await look(self._batch.interim.path(self._name))
        file = await files.by_content(self._batch.pool, sha256)
        reading = await FileReading.of(
            self._batch,
            self._name,
            summary,
            file.fetched_at if file else self._batch.now(),
            is_initial_load=self._run.initial_load,
        )
        async with contextlib.aclosing(reading.plans(self._batch.pool, self._batch.now())) as planned:
            async for chunk, results in planned:
                await self._keep(plan_id, chunk, results)
                self._progress(Progress(self._name, "persons", self._counts["persons"], summary.persons))

    async def _keep(self, plan_id: int, chunk: Chunk, results: Sequence[Result]) -> None:
        self._tally.add(chunk, results)
        self._counts["persons"] += len(results)
        self._counts["endings"] = self._tally.endings
        self._counts.update(str(result.outcome) for result in results)
        self._counts.update(str(problem.severity) for problem in chunk.problems)
        async with self._batch.pool.acquire() as connection:
            await connection.copy_records_to_table(
                "cpr_planned",
                columns=COLUMNS,
                records=[
                    (
                        plan_id,
                        ordinal,
                        result.contact_id,
                        str(result.outcome),
                        result.groups,
                        result.is_ending,
                    )
                    for ordinal, result in zip(chunk.ordinals, results, strict=True)
                ],
            )
