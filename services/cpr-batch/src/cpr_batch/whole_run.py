"""The batch job: fetch all files that wait on the server, then import all that wait here."""

import dataclasses

import structlog

from cpr_batch import imports, runs, transfer
from cpr_batch.batch import Batch
from cpr_batch.errors import TransferError
from cpr_batch.imports import Imported
from cpr_batch.progress import Listener, silent
from cpr_batch.runs import RunKind, Started, unheard
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
    started: Started = unheard,
    progress: Listener = silent,
) -> WholeRun:
    """Does both; a server that cannot be used does not keep the files back that are here already."""
    transferred: list[Transferred] = []
    failure: TransferError | None = None
    async with runs.running(batch.pool, RunKind.BATCH, initial_load=initial_load, started=started) as run:
        try:
            transferred = await transfer.fetch(batch, parent=run, progress=progress)
        except TransferError as error:
            failure = error
            run.failure = str(error)
            log.warning("transfer failed, importing what is here", run_id=str(run.run_id), reason=str(error))
        imported = await imports.import_all(batch, initial_load=initial_load, parent=run, progress=progress)
        for outcome in (*(done.outcome for done in transferred), *(done.outcome for done in imported)):
            run.count(outcome)
    return WholeRun(transferred, imported, failure)
