"""Takes imports from the queue and does them, in as many slots as the process has."""

import asyncio
from collections.abc import Sequence

import structlog

from cpr_batch import file_queue, files, imports, runs
from cpr_batch.batch import Batch
from cpr_batch.errors import BatchError, FileBusy, ImportFailed
from cpr_batch.file_queue import Claimed
from cpr_batch.imports import Imported, ImportOutcome
from cpr_batch.runs import Running, RunState

log = structlog.get_logger()


async def drain(batch: Batch, file_ids: Sequence[int] | None = None) -> dict[int, Imported]:
    """Imports what waits, of these files or of all, until nothing does; nothing at once if no slot is free."""
    done: dict[int, Imported] = {}
    if not batch.slots.is_free(batch.settings.runs.imports_at_once):
        return done
    with batch.slots.taken():
        while (claimed := await file_queue.claim(batch.pool, file_ids)) is not None:
            imported = await _one(batch, claimed)
            if imported is not None:
                done[claimed.file_id] = imported
    return done


async def _one(batch: Batch, claimed: Claimed) -> Imported | None:
    """One import, recorded however it ends. None where the file is left to others or was stopped."""
    run = Running(claimed.run_id, claimed.initial_load)
    try:
        async with runs.alive(batch.pool, run):
            imported = await _import(batch, claimed, run)
    except asyncio.CancelledError:
        await asyncio.shield(_leave(batch, claimed))
        raise
    except BatchError as error:
        return await _failed(batch, claimed, error)
    except Exception as error:
        log.error("import failed", run_id=str(claimed.run_id), exc_info=error)
        return None
    if imported is not None:
        is_known = imported.outcome is ImportOutcome.ALREADY_IMPORTED
        run.counts = {} if is_known else imported.counts  # else its persons were counted twice
        await runs.end(batch.pool, run, RunState.FINISHED, None)
        await file_queue.SQL.note_outcome(batch.pool, run_id=run.run_id, outcome=imported.outcome)
    return imported


async def _import(batch: Batch, claimed: Claimed, run: Running) -> Imported | None:
    file = await files.by_id(batch.pool, claimed.file_id)
    if file is None:
        raise ImportFailed(str(claimed.file_id))
    try:
        return await imports.import_file(batch, file.local_name, initial_load=run.initial_load, run=run)
    except FileBusy:
        await file_queue.put_back(batch.pool, claimed.run_id)
        return None


async def _failed(batch: Batch, claimed: Claimed, error: BatchError) -> Imported:
    outcome = ImportOutcome.of(error)
    await file_queue.SQL.note_outcome(batch.pool, run_id=claimed.run_id, outcome=outcome)
    file = await files.by_id(batch.pool, claimed.file_id)
    name = file.local_name if file else ""
    return Imported(name, outcome, claimed.file_id, claimed.run_id, failure=error)


async def _leave(batch: Batch, claimed: Claimed) -> None:
    """The process ends: the file is others' now."""
    try:
        await file_queue.requeue(batch.pool, claimed.run_id)
    except Exception as error:  # its run is found abandoned later
        log.warning("import not given back", run_id=str(claimed.run_id), error=type(error).__name__)
