"""The error log of a file: ``err`` and the file's name, in the interim directory, for every rejected record and remark.

A line each, fields divided by tabs. It names places and reasons and no personal data: whoever needs the record looks into the file.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from cpr_batch import files
from cpr_batch.batch import Batch
from cpr_batch.files import StoredFile
from cpr_batch.remote import free_name

PREFIX = "err"
HEADINGS = ("severity", "line", "byte", "record", "field", "reason")
COLUMNS = ("severity", "line", "byte_offset", "record_type", "field", "reason")


async def write(batch: Batch, file: StoredFile) -> str | None:
    """Writes the log if there is anything to tell, in place of an earlier one of this file, and returns its name."""
    file = dataclasses.replace(
        await files.by_id(batch.pool, file.file_id) or file, local_name=file.local_name
    )
    counts = await files.counts(batch.pool, file.file_id)
    if not (file.error_log or counts.get("rejected") or counts.get("remark")):
        return None
    name = file.error_log or free_name(f"{PREFIX}{file.local_name}", batch.interim.names())
    if file.error_log is None:
        await files.SQL.remember_error_log(batch.pool, file_id=file.file_id, error_log=name)
    with batch.interim.replacing(name) as log:
        log.writelines(_head(file, counts))
        async for problem in files.problems(batch.pool, file.file_id):
            log.write(_line(problem))
    return name


def _head(file: StoredFile, counts: Mapping[str, int]) -> Iterator[str]:
    about = (
        f"task {file.task_number}, production date {file.production_date}" if file.task_number else "refused"
    )
    yield f"# {file.name}: {about}; {counts.get('rejected', 0)} rejected, {counts.get('remark', 0)} remarks\n"
    yield "\t".join(HEADINGS) + "\n"


def _line(problem: Mapping[str, Any]) -> str:
    fields = ("" if problem[column] is None else str(problem[column]) for column in COLUMNS)
    return "\t".join(" ".join(field.split()) for field in fields) + "\n"
