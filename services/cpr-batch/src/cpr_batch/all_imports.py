"""Imports every file that waits, together with all other processes: each file becomes an import in the queue.

This process works on its own files too, and goes on until every one of them has ended, whoever did it.
"""

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import AsyncIterator, Sequence

from cpr_batch import draining, file_queue, files, imports, runs
from cpr_batch.batch import COMMAND_LINE, Batch
from cpr_batch.errors import BatchError, RunFailedElsewhere
from cpr_batch.files import FileState, StoredFile
from cpr_batch.imports import Imported, ImportOutcome
from cpr_batch.interim import LocalFile
from cpr_batch.progress import Listener, Progress, silent
from cpr_batch.runs import Run, RunKind, Running, RunState, Started, unheard

POLL_SECONDS = 0.5


@dataclasses.dataclass(slots=True)
class _Sorted:
    """The local files: those to queue by their ids, the same content under a further name, and those settled already."""

    names: list[str] = dataclasses.field(default_factory=list)
    queued: dict[int, str] = dataclasses.field(default_factory=dict)
    known: list[str] = dataclasses.field(default_factory=list)
    done: dict[str, Imported] = dataclasses.field(default_factory=dict)


async def import_all(
    batch: Batch,
    *,
    initial_load: bool = False,
    parent: Running | None = None,
    run: Running | None = None,
    started: Started = unheard,
    progress: Listener = silent,
) -> list[Imported]:
    """Imports every file that waits. A file that is refused does not keep the others back, nor is it tried again."""
    if parent is not None:
        return await _import_all(batch, parent, initial_load, progress)
    async with runs.running(
        batch.pool, RunKind.IMPORT, initial_load=initial_load, run=run, started=started
    ) as own:
        done = await _import_all(batch, own, initial_load, progress)
        for each in done:
            own.count(each.outcome)
    return done


async def _import_all(batch: Batch, run: Running, initial_load: bool, progress: Listener) -> list[Imported]:
    await file_queue.recover(batch)
    found = await _sorted(batch)
    ids = list(found.queued)
    async with _taking_off(batch, run):
        await file_queue.enqueue(batch, run, ids, initial_load=initial_load)
        mine = await _work_off(batch, ids, progress)
        others = await _ended(batch, {id_: name for id_, name in found.queued.items() if id_ not in mine})
        for name in found.known:
            found.done[name] = await _one(batch, name, initial_load)
    for file_id, imported in (mine | others).items():
        name = found.queued[file_id]
        found.done[name] = dataclasses.replace(imported, name=name)
    return [found.done[name] for name in found.names]


@contextlib.asynccontextmanager
async def _taking_off(batch: Batch, run: Running) -> AsyncIterator[None]:
    """A person who breaks a command off wants its files no longer; what a service leaves is for its other replicas."""
    try:
        yield
    except asyncio.CancelledError:
        if batch.by == COMMAND_LINE:
            with contextlib.suppress(BatchError, *runs.STORE_GONE):
                await asyncio.shield(runs.request_stop(batch.pool, run.run_id))
        raise


async def _sorted(batch: Batch) -> _Sorted:
    found = _Sorted()
    for local, stored in await imports.local_files(batch):
        found.names.append(local.name)
        try:
            file = await _file(batch, local, stored)
        except BatchError as error:
            found.done[local.name] = Imported(local.name, ImportOutcome.FAILED, failure=error)
            continue
        if left_aside := await imports.left_aside(batch, local.name, file):
            found.done[local.name] = left_aside
        elif file.file_id in found.queued:
            first = found.queued[file.file_id]
            await files.SQL.remember_local_name(batch.pool, file_id=file.file_id, local_name=first)
            found.known.append(local.name)
        elif file.state is FileState.IMPORTED:
            found.known.append(local.name)
        else:
            found.queued[file.file_id] = local.name
    return found


async def _file(batch: Batch, local: LocalFile, stored: StoredFile | None) -> StoredFile:
    """The file by its content. One that was fetched and lies there in its size is looked at when its turn comes."""
    if (
        stored
        and stored.size_bytes == local.size
        and stored.state in (FileState.FETCHED, FileState.IMPORTING)
    ):
        return stored
    return await imports.registered(batch, local.name)


async def _work_off(batch: Batch, file_ids: Sequence[int], progress: Listener) -> dict[int, Imported]:
    """Returns when no import of these files waits or runs anywhere; what this process did."""
    done: dict[int, Imported] = {}
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(batch.settings.runs.imports_at_once):
                group.create_task(_drain_until_ended(batch, file_ids, done))
            group.create_task(_follow(batch, file_ids, progress))
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from None
    return done


async def _drain_until_ended(batch: Batch, file_ids: Sequence[int], done: dict[int, Imported]) -> None:
    while True:
        done |= await draining.drain(batch, file_ids)
        if not await file_queue.are_active(batch.pool, file_ids):
            return
        await asyncio.sleep(POLL_SECONDS)


async def _follow(batch: Batch, file_ids: Sequence[int], progress: Listener) -> None:
    """Tells how far the imports are, also those of other processes, and looks for processes that died."""
    is_active = True
    looked_at = time.monotonic()
    while is_active:
        if time.monotonic() - looked_at >= batch.settings.runs.look_seconds:
            looked_at = time.monotonic()
            await file_queue.recover(batch)
        is_active = await file_queue.are_active(batch.pool, file_ids)
        for run in (await file_queue.latest(batch.pool, file_ids)).values():
            if told := run.progress:
                progress(Progress(told["file"], told["unit"], told["done"], told["total"]))
        if is_active:
            await asyncio.sleep(POLL_SECONDS)


async def _ended(batch: Batch, names: dict[int, str]) -> dict[int, Imported]:
    """What became of files that other processes imported."""
    latest = await file_queue.latest(batch.pool, list(names))
    return {id_: await _told(batch, id_, name, latest.get(id_)) for id_, name in names.items()}


async def _told(batch: Batch, file_id: int, name: str, run: Run | None) -> Imported:
    file = await files.by_id(batch.pool, file_id)
    log_name = file.error_log if file else None
    if run is None or run.outcome == ImportOutcome.ALREADY_IMPORTED:
        counts = await files.counts(batch.pool, file_id)
        return Imported(
            name, ImportOutcome.ALREADY_IMPORTED, file_id, run.run_id if run else None, counts, log_name
        )
    if run.state is RunState.FINISHED:
        outcome = ImportOutcome(run.outcome or ImportOutcome.IMPORTED)
        return Imported(name, outcome, file_id, run.run_id, run.counts, log_name)
    if file is not None and (left_aside := await imports.left_aside(batch, name, file)):
        return dataclasses.replace(left_aside, run_id=run.run_id)
    failure = RunFailedElsewhere(str(run.run_id), run.failure or f"the import of {name} is {run.state}")
    outcome = ImportOutcome(run.outcome or ImportOutcome.FAILED)
    return Imported(name, outcome, file_id, run.run_id, failure=failure)


async def _one(batch: Batch, name: str, initial_load: bool) -> Imported:
    """A further name of a content that is imported, as a rule."""
    try:
        return await imports.import_file(batch, name, initial_load=initial_load)
    except BatchError as error:
        return Imported(name, ImportOutcome.of(error), failure=error)
