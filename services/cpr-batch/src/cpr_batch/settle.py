"""What follows the last commit of an import: the error log, then the new name in the interim directory.

Both can be done again: a file that was imported and has no prefix yet is settled by the next import that meets it.
"""

import dataclasses

from cpr_batch import error_log, files
from cpr_batch.batch import Batch
from cpr_batch.checkpoint import Point
from cpr_batch.files import StoredFile
from cpr_batch.remote import carries, free_name


async def settle(batch: Batch, stored: StoredFile, name: str) -> str | None:
    """Writes the error log of the file that lies under ``name``, renames it, and returns the log's name."""
    written = await error_log.write(batch, dataclasses.replace(stored, local_name=name))
    batch.checkpoint(Point.ERRORS_WRITTEN)
    prefix = batch.settings.rename_prefix
    if not carries(name, prefix):
        new_name = free_name(prefix + name, batch.interim.names())
        await files.SQL.remember_local_name(batch.pool, file_id=stored.file_id, local_name=new_name)
        batch.interim.rename(name, new_name)
    batch.checkpoint(Point.RENAMED_LOCALLY)
    return written
