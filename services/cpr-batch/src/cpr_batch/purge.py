"""Housekeeping of the interim directory: imported files are deleted by age, when an operator asks for it.

A file goes only if it carries the prefix, if its name and its content are those of an imported file, and if it was imported long
enough ago; with it go its error log and its companion. What waits, was refused or is held, and what is not known stays. A deleted
file stays known by its content, so that it is not imported again when it comes again.
"""

import asyncio
import dataclasses
import datetime as dt

from cpr_batch import files, journal, locks
from cpr_batch.batch import Batch
from cpr_batch.files import FileState, StoredFile
from cpr_batch.journal import Action
from cpr_batch.remote import COMPANION, carries


@dataclasses.dataclass(frozen=True, slots=True)
class Purged:
    """A file that was deleted, or would be; with its error log and companion, where they are there."""

    file: StoredFile
    also: tuple[str, ...]


async def due(batch: Batch, older_than: dt.timedelta) -> list[Purged]:
    """The files that can be deleted, oldest import first."""
    interim, prefix = batch.interim, batch.settings.rename_prefix
    present = interim.names()
    rows = files.SQL.by_names(batch.pool, names=[name for name in present if carries(name, prefix)])
    known = [StoredFile.of(row) async for row in rows]
    before = batch.now() - older_than
    aged = [
        file
        for file in known
        if file.state is FileState.IMPORTED and file.imported_at is not None and file.imported_at < before
    ]
    unchanged = [file for file in aged if await _is_unchanged(batch, file)]
    ordered = sorted(unchanged, key=lambda file: (file.imported_at or before, file.file_id))
    return [Purged(file, _beside(file, present)) for file in ordered]


async def purge(batch: Batch, older_than: dt.timedelta) -> list[Purged]:
    """Deletes them, each with a line in the log; one that an import is looking at is left for the next time."""
    gone: list[Purged] = []
    for each in await due(batch, older_than):
        async with locks.hold(batch.pool, locks.IMPORTS, each.file.file_id) as is_free:
            if is_free and await _is_unchanged(batch, each.file):
                await _delete(batch, each)
                gone.append(each)
    return gone


async def _delete(batch: Batch, purged: Purged) -> None:
    """The data file last: whatever happens before, the next purge finds it and does the rest."""
    file = purged.file
    for name in (*purged.also, file.local_name):
        await asyncio.to_thread(batch.interim.delete, name)
    await files.SQL.remember_purge(batch.pool, purged_at=batch.now(), file_id=file.file_id)
    also = " ".join(purged.also) or None
    await journal.note(batch, Action.PURGED, file=file.local_name, file_id=file.file_id, also=also)


async def _is_unchanged(batch: Batch, file: StoredFile) -> bool:
    """Whether the file under this name is the one that was imported."""
    interim = batch.interim
    if (
        file.local_name not in interim.names()
        or interim.path(file.local_name).stat().st_size != file.size_bytes
    ):
        return False
    sha256, _ = await asyncio.to_thread(interim.content, file.local_name)
    return sha256 == file.sha256


def _beside(file: StoredFile, present: list[str]) -> tuple[str, ...]:
    """Error log and companion; a companion stays where another file of the same name waits."""
    wanted = [] if file.error_log is None else [file.error_log]
    wanted.append(f"{file.local_name}{COMPANION}")
    if file.name not in present:
        wanted.append(f"{file.name}{COMPANION}")
    return tuple(name for name in wanted if name in present)
