"""The batch job: fetch all files that wait on the server, then import all that wait here."""

import dataclasses
from typing import Any

import structlog

from cpr_batch import journal, runs, transfer
from cpr_batch.all_imports import import_all
from cpr_batch.batch import Batch
from cpr_batch.errors import RunStopped, TransferError
from cpr_batch.imports import Imported
from cpr_batch.journal import Action
from cpr_batch.progress import Listener, silent
from cpr_batch.runs import RunKind, Running, Started, unheard
from cpr_batch.transfer import Transferred

log = structlog.get_logger()


@dataclasses.dataclass(frozen=True, slots=True)
class WholeRun:
    """What the job did; ``transfer_failure`` where the server could not be used at all."""

    transferred: list[Transferred]
    imported: list[Imported]
    transfer_failure: TransferError | None = None


async def fetch_and_import(
    batch: Batch,
    *,
    initial_load: bool = False,
    run: Running | None = None,
    started: Started = unheard,
    progress: Listener = silent,
) -> WholeRun:
    """Does both; a server that cannot be used does not keep the files back that are here already."""
    async with runs.running(
        batch.pool, RunKind.BATCH, initial_load=initial_load, run=run, started=started
    ) as own:
        await journal.note(batch, Action.RUN_STARTED, run_id=own.run_id, initial_load=initial_load)
        transferred, failure = await _fetch(batch, own, progress)
        imported = await import_all(batch, initial_load=initial_load, parent=own, progress=progress)
        for outcome in (*(done.outcome for done in transferred), *(done.outcome for done in imported)):
            own.count(outcome)
    facts: dict[str, Any] = {**own.counts, "failure": own.failure}
    await journal.note(batch, Action.RUN_ENDED, run_id=own.run_id, **facts)
    return WholeRun(transferred, imported, failure)


async def _fetch(
    batch: Batch, run: Running, progress: Listener
) -> tuple[list[Transferred], TransferError | None]:
    try:
        return await transfer.fetch(batch, parent=run, progress=progress), None
    except TransferError as error:
        run.failure = str(error)
        log.warning("transfer failed, importing what is here", run_id=str(run.run_id), reason=str(error))
        return [], error
    except RunStopped as error:
        if await runs.is_stop_requested(batch.pool, run):
            raise
        run.failure = str(error)  # only the transfer was to stop
        return [], None
