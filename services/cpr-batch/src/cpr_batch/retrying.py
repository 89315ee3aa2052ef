"""Starts again what a run was to do that failed, was stopped, or lost its process; as a new run that names the old one."""

from typing import assert_never

from cpr_batch import files, journal, transfer, whole_run
from cpr_batch.all_imports import import_all
from cpr_batch.batch import Batch
from cpr_batch.errors import RunNotRetryable
from cpr_batch.files import FileState, StoredFile
from cpr_batch.imports import Imported, import_file
from cpr_batch.journal import Action
from cpr_batch.progress import Listener, silent
from cpr_batch.runs import Run, RunKind, Running, RunState, Started, unheard
from cpr_batch.transfer import Transferred
from cpr_batch.whole_run import WholeRun

REFUSALS = {
    RunState.WAITING: "it waits for its turn",
    RunState.RUNNING: "it is under way",
    RunState.FINISHED: "it is finished",
}
ANEW = "a dry run is started anew, not again"


async def again(
    batch: Batch, old: Run, *, started: Started = unheard, progress: Listener = silent
) -> WholeRun:
    """Does the same again, to its end."""
    file = await _checked(batch, old)
    run = Running(initial_load=old.initial_load, retry_of=old.run_id, names=old.names)
    await journal.note(batch, Action.RETRIED, run_id=run.run_id, retry_of=str(old.run_id))
    match old.kind:
        case RunKind.TRANSFER:
            return WholeRun(await _transfer(batch, old, run, started, progress), [])
        case RunKind.IMPORT:
            return WholeRun([], await _import(batch, file, run, started, progress))
        case RunKind.BATCH:
            return await whole_run.fetch_and_import(
                batch, initial_load=run.initial_load, run=run, started=started, progress=progress
            )
        case RunKind.DRY_RUN:
            raise RunNotRetryable(str(old.run_id), ANEW)
        case _:
            assert_never(old.kind)


async def _checked(batch: Batch, old: Run) -> StoredFile | None:
    """The run's file, if it has one; raises why the run cannot be started again."""
    if old.kind is RunKind.DRY_RUN:
        raise RunNotRetryable(str(old.run_id), ANEW)
    if old.state in REFUSALS:
        raise RunNotRetryable(str(old.run_id), REFUSALS[old.state])
    file = None if old.file_id is None else await files.by_id(batch.pool, old.file_id)
    if file is not None and file.state is FileState.IMPORTED:
        raise RunNotRetryable(str(old.run_id), "its file was imported in the meantime")
    return file


async def _transfer(
    batch: Batch, old: Run, run: Running, started: Started, progress: Listener
) -> list[Transferred]:
    return await transfer.fetch(batch, old.names, run=run, started=started, progress=progress)


async def _import(
    batch: Batch, file: StoredFile | None, run: Running, started: Started, progress: Listener
) -> list[Imported]:
    load = run.initial_load
    if file is None:
        return await import_all(batch, initial_load=load, run=run, started=started, progress=progress)
    return [
        await import_file(
            batch, file.local_name, initial_load=load, run=run, started=started, progress=progress
        )
    ]
