"""Stage two: files from the interim directory become contacts and events.

Importing again after a crash begins the file anew; what is stored already is found equal, and the outcomes of the
first attempt are kept. A file is known by its content, whatever its name.
"""

import asyncio
import dataclasses
import enum
import uuid

from cpr_batch import approvals, files, locks, runs
from cpr_batch.batch import Batch
from cpr_batch.errors import BatchError, FileBusy, FileDeclined, FileHeld, FileNotImportable, LocalFileUnknown
from cpr_batch.files import FileState, StoredFile
from cpr_batch.interim import LocalFile
from cpr_batch.one_import import FileImport
from cpr_batch.progress import Listener, silent
from cpr_batch.runs import Running, Started, unheard
from cpr_batch.settle import settle


class ImportOutcome(enum.StrEnum):
    """What became of one file."""

    IMPORTED = "imported"
    ALREADY_IMPORTED = "already-imported"  # its content was, under this or another name
    REFUSED = "refused"
    HELD = "held"  # nothing of it was written: it waits for an approval
    DECLINED = "declined"
    FAILED = "failed"

    @classmethod
    def of(cls, error: BatchError) -> "ImportOutcome":
        """What a file has become whose import ended with this error."""
        match error:
            case FileNotImportable():
                return cls.REFUSED
            case FileHeld():
                return cls.HELD
            case FileDeclined():
                return cls.DECLINED
            case _:
                return cls.FAILED


@dataclasses.dataclass(frozen=True, slots=True)
class Imported:
    """One file of an import. ``counts``: persons, persons by outcome, rejected records and remarks."""

    name: str
    outcome: ImportOutcome
    file_id: int | None = None
    run_id: uuid.UUID | None = None
    counts: dict[str, int] = dataclasses.field(default_factory=dict)
    error_log: str | None = None
    failure: BatchError | None = None


async def local_files(batch: Batch) -> list[tuple[LocalFile, StoredFile | None]]:
    """The files that wait in the interim directory, oldest first, each with what is known of it."""
    waiting = batch.interim.waiting(batch.settings.pattern, batch.settings.rename_prefix)
    known = await files.known(batch.pool, [file.name for file in waiting])
    return [(file, known.get(file.name)) for file in waiting]


async def import_file(
    batch: Batch,
    name: str,
    *,
    initial_load: bool = False,
    parent: Running | None = None,
    run: Running | None = None,
    started: Started = unheard,
    progress: Listener = silent,
) -> Imported:
    """Imports one file of the interim directory, wherever it came from; a content that was imported is not imported again.

    ``run`` is given where there is one already, as one from the queue.
    """
    stored = await registered(batch, name)
    async with locks.hold(batch.pool, locks.IMPORTS, stored.file_id) as is_free:
        if not is_free:
            raise FileBusy(name)
        stored = await files.by_id(batch.pool, stored.file_id) or stored
        if stored.state is FileState.IMPORTED:
            return await _known(batch, stored, name)
        approval = await approvals.of_file(batch.pool, stored)
        run = run or Running(initial_load=initial_load)
        run.initial_load = run.initial_load or (approval is not None and approval.is_initial_load)
        importing = FileImport(batch, stored, name, run, run.telling(progress))
        run.counts, log_name = await importing.perform(parent, started)
    await runs.complete(batch.pool, run.run_id, run.counts)
    return Imported(name, ImportOutcome.IMPORTED, stored.file_id, run.run_id, run.counts, log_name)


async def _known(batch: Batch, stored: StoredFile, name: str) -> Imported:
    """Nothing is left to do, or only what a crash kept an earlier run from doing at its end."""
    if name in batch.interim.names():
        await settle(batch, stored, name)
    counts = await files.counts(batch.pool, stored.file_id)
    if stored.run_id is not None:
        await runs.complete(batch.pool, stored.run_id, counts)
    return Imported(name, ImportOutcome.ALREADY_IMPORTED, stored.file_id, counts=counts)


async def registered(batch: Batch, name: str) -> StoredFile:
    """The file by its content; one that a person put into the directory becomes known here."""
    if name not in batch.interim.names():
        raise LocalFileUnknown(name)
    sha256, size = await asyncio.to_thread(batch.interim.content, name)
    stored = await files.register(
        batch.pool, sha256=sha256, size=size, name=name, local_name=name, now=batch.now(), transferred=False
    )
    if stored.state is not FileState.IMPORTED and stored.local_name != name:
        await files.SQL.remember_local_name(batch.pool, file_id=stored.file_id, local_name=name)
    return dataclasses.replace(stored, local_name=name)


async def left_aside(batch: Batch, name: str, file: StoredFile) -> Imported | None:
    """What an import of all says of a content that it does not try again: refused, held or declined."""
    if file.state not in (FileState.REFUSED, FileState.HELD, FileState.DECLINED):
        return None
    failure = await _reason(batch, name, file)
    return Imported(name, ImportOutcome.of(failure), file.file_id, failure=failure)


async def _reason(batch: Batch, name: str, file: StoredFile) -> BatchError:
    if file.state is FileState.REFUSED:
        return FileNotImportable(name, file.refusal or "")
    try:
        approval = await approvals.of_file(batch.pool, file)
    except FileDeclined as error:
        return error
    return FileHeld(name, approval.question if approval else "")
