"""One import of one file, by the run that holds its lock.

First the file is looked at as a whole: one that is refused leaves nothing behind but the refusal, one that the brake stops
nothing but the question. Then it is merged in chunks, one transaction each for contacts, events, outcomes and progress. A
run that lost its file to another cannot write any more.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any, NoReturn

import structlog
from registerbro.bus import outbox
from registerbro.contacts import merge
from registerbro.contacts.model import Result
from registerbro.cpr.reader import FileRefused, FileSummary, Problem, Severity
from registerbro.database import Connection
from registerbro.events import CprFileImported, Event

from cpr_batch import approvals, brake, error_log, files, gaps, journal, runs, store_refusals, twice
from cpr_batch.approvals import ApprovalState
from cpr_batch.batch import Batch
from cpr_batch.brake import Tally
from cpr_batch.checkpoint import Point
from cpr_batch.chunks import Chunk
from cpr_batch.collecting import rare_collections
from cpr_batch.errors import FileHeld, FileNotImportable, ImportSuperseded
from cpr_batch.files import FileState, Store, StoredFile
from cpr_batch.gaps import Look
from cpr_batch.journal import Action
from cpr_batch.orders import answers
from cpr_batch.progress import Listener, Progress
from cpr_batch.reading import FileReading, look
from cpr_batch.runs import RunKind, Running, Started
from cpr_batch.settle import settle

log = structlog.get_logger()


class FileImport:
    """One run over one file, by the holder of its lock."""

    def __init__(self, batch: Batch, file: StoredFile, name: str, run: Running, progress: Listener) -> None:
        self._batch = batch
        self._file = file
        self._name = name
        self._run = run
        self._progress = progress

    async def perform(self, parent: Running | None, started: Started) -> tuple[dict[str, int], str | None]:
        """The whole import, from the claim to the new name: its counts, and the error log if there is one."""
        await self._claim(parent)
        started(self._run)
        async with runs.alive(self._batch.pool, self._run), self._giving_back():
            summary = await self._scan()
            self._batch.checkpoint(Point.SCANNED)
            reading = await self._reading(summary)
            await self._brake(reading)
            await self._merge(reading)
            counts = await self._close()
            self._batch.checkpoint(Point.IMPORTED)
            await answers.note(self._batch, self._file)
            written = await settle(self._batch, self._file, self._name)
        log.info("file imported", **self._facts, **counts)
        await self._note(Action.IMPORTED, **counts)
        return counts, written

    @property
    def _facts(self) -> dict[str, str | int]:
        return {"run_id": str(self._run.run_id), "file": self._name, "file_id": self._file.file_id}

    async def _claim(self, parent: Running | None) -> None:
        """From here on only this run can write for the file; what an earlier attempt found wrong is found again."""
        file_id, run_id = self._file.file_id, self._run.run_id
        async with self._batch.pool.acquire() as connection, connection.transaction():
            await files.SQL.claim(connection, file_id=file_id, run_id=run_id)
            await runs.SQL.abandon_imports(connection, file_id=file_id, run_id=run_id)
            await runs.begin(connection, self._run, RunKind.IMPORT, parent=parent, file_id=file_id)
            await files.SQL.forget_problems(connection, file_id=file_id)
        self._batch.checkpoint(Point.CLAIMED)
        log.info("import started", **self._facts, initial_load=self._run.initial_load)

    @contextlib.asynccontextmanager
    async def _giving_back(self) -> AsyncIterator[None]:
        try:
            yield
        except BaseException:
            with contextlib.suppress(*runs.STORE_GONE):
                await asyncio.shield(self._sql(self._batch.pool, "release"))
            raise

    async def _scan(self) -> FileSummary:
        try:
            summary = await look(self._batch.interim.path(self._name))
            if summary.sha256 != self._file.sha256:
                raise FileRefused("the file was changed while it was read")
        except FileRefused as error:
            await self._refuse(error)
            raise FileNotImportable(self._name, str(error)) from error
        await self._sql(
            self._batch.pool,
            "describe",
            task_number=summary.task_number,
            production_date=summary.production_date,
            previous=summary.previous_production_date,
        )
        return summary

    async def _refuse(self, error: FileRefused) -> None:
        problem = Problem(Severity.REJECTED, error.line, error.offset, None, None, error.reason)
        async with self._batch.pool.acquire() as connection, connection.transaction():
            await self._hold(connection)
            await files.add_problems(connection, self._file.file_id, [problem])
            await self._sql(
                connection, "close", state=FileState.REFUSED, refusal=str(error), imported_at=None
            )
            found = await gaps.look(connection, self._batch.now())
        log.warning("file refused", **self._facts, reason=str(error))
        await self._note(Action.REFUSED, reason=str(error))
        await self._tell_gaps(found)
        await error_log.write(self._batch, self._file)

    async def _note(self, action: Action, **facts: str | int) -> None:
        await journal.note(self._batch, action, file=self._name, run_id=self._run.run_id, **facts)

    async def _reading(self, summary: FileSummary) -> FileReading:
        return await FileReading.of(
            self._batch,
            self._name,
            summary,
            self._file.fetched_at,
            is_initial_load=self._run.initial_load,
        )

    async def _brake(self, reading: FileReading) -> None:
        """Stops a file that was not approved and of which nothing is written yet, if it goes too far."""
        pool, file_id = self._batch.pool, self._file.file_id
        approval = await approvals.of_file(pool, self._file)
        is_approved = approval is not None and approval.state is ApprovalState.APPROVED
        if is_approved or await files.SQL.has_outcomes(pool, file_id=file_id):
            return
        with store_refusals.told_of(self._name):
            tally = await brake.check(self._batch, reading)
        if tally is not None:
            await self._ask(tally)
        if approval is not None:
            await brake.SQL.lapse(pool, file_id=file_id)

    async def _ask(self, tally: Tally) -> NoReturn:
        async with self._batch.pool.acquire() as connection, connection.transaction():
            await self._hold(connection)
            approval = await approvals.ask(connection, self._file.file_id, self._run, tally)
            await self._sql(connection, "close", state=FileState.HELD, refusal=None, imported_at=None)
            found = await gaps.look(connection, self._batch.now())
            self._batch.checkpoint(Point.ASKING)
        figures: dict[str, Any] = {
            "approval_id": approval.approval_id,
            "persons": tally.persons,
            "endings": tally.endings,
        }
        log.warning("file held", **self._facts, **figures)
        await journal.note(self._batch, Action.HELD, file=self._name, run_id=self._run.run_id, **figures)
        await self._tell_gaps(found)
        self._batch.checkpoint(Point.HELD)
        raise FileHeld(self._name, approval.question)

    async def _merge(self, reading: FileReading) -> None:
        with rare_collections():
            async with contextlib.aclosing(reading.chunks()) as chunks:
                async for chunk in chunks:
                    await self._apply(chunk, reading)
                    self._tell(reading.summary)
                    self._batch.checkpoint(Point.CHUNK_DONE)

    def _tell(self, summary: FileSummary) -> None:
        done = self._run.counts.get("persons", 0)
        self._progress(Progress(self._name, "persons", done, summary.persons))

    async def _apply(self, chunk: Chunk, reading: FileReading) -> None:
        counts = dict(self._run.counts)

        async def also(connection: Connection, results: Sequence[Result]) -> None:
            await self._hold(connection)
            remarks = await twice.remarks(connection, chunk, results, reading.context)
            problems = [*chunk.problems, *remarks]
            counts.clear()
            counts.update(_with(self._run.counts, results, problems))
            await files.add_outcomes(connection, self._file.file_id, chunk.ordinals, results)
            await files.add_problems(connection, self._file.file_id, problems)
            await files.link_problems(
                connection, self._file.file_id, [*chunk.faults, *twice.faults(chunk, remarks)]
            )
            await answers.answered(connection, self._file.file_id, chunk.answers, self._batch.now())
            await answers.delivered(connection, self._batch, self._file.file_id, reading.summary, results)
            await runs.SQL.progress(connection, run_id=self._run.run_id, counts=counts)
            self._batch.checkpoint(Point.IN_CHUNK)

        if chunk.mapped:
            with store_refusals.told_of(self._name):
                await merge.apply(
                    self._batch.pool,
                    chunk.mapped,
                    reading.policy(chunk),
                    now=self._batch.now(),
                    also=also,
                    hasher=self._batch.hasher,
                )
        else:
            async with self._batch.pool.acquire() as connection, connection.transaction():
                await also(connection, ())
        self._run.counts = counts

    async def _close(self) -> dict[str, int]:
        """The file is imported: its state, what it tells of other files, and the events, in one transaction."""
        async with self._batch.pool.acquire() as connection, connection.transaction():
            await self._hold(connection)
            now = self._batch.now()
            await self._sql(connection, "close", state=FileState.IMPORTED, refusal=None, imported_at=now)
            found = await gaps.look(connection, now)
            await files.add_problems(connection, self._file.file_id, found.remarks(self._file.file_id))
            counts = await files.counts(connection, self._file.file_id)
            await outbox.add(connection, [Event(self._told(counts))])
            self._batch.checkpoint(Point.ENDING)
        await self._tell_gaps(found)
        return counts

    async def _tell_gaps(self, found: Look) -> None:
        await gaps.tell(self._batch, found, file=self._name, run_id=self._run.run_id)

    def _told(self, counts: dict[str, int]) -> CprFileImported:
        return CprFileImported(
            self._file.file_id, self._run.run_id, counts["persons"], counts.get(Severity.REJECTED, 0)
        )

    async def _hold(self, connection: Connection) -> None:
        """Keeps the file for the transaction, or ends this run: another one has it now."""
        file_id, run_id = self._file.file_id, self._run.run_id
        if not await files.SQL.still_owned(connection, file_id=file_id, run_id=run_id):
            raise ImportSuperseded(self._name)

    async def _sql(self, store: Store, statement: str, **values: object) -> None:
        run = getattr(files.SQL, statement)
        await run(store, file_id=self._file.file_id, run_id=self._run.run_id, **values)


def _with(counts: dict[str, int], results: Sequence[Result], problems: Sequence[Problem]) -> dict[str, int]:
    """The counts with a chunk's added."""
    added = dict(counts)
    added["persons"] = added.get("persons", 0) + len(results)
    for name in (*(str(result.outcome) for result in results), *(str(p.severity) for p in problems)):
        added[name] = added.get(name, 0) + 1
    return added
