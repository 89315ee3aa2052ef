"""Files that CPR Batch knows of, what became of the persons in them, and what was wrong."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Query
from registerbro.api import Page, Size
from registerbro.auth import Scope, Scopes
from registerbro.ids import LAST_ID
from registerbro.problems import InvalidRequest, NotFound, responses

from cpr_batch import files, showing
from cpr_batch.api.common import LAST_FILE, ContactId, CurrentBatch, FileId
from cpr_batch.batch import Batch
from cpr_batch.contact_log import contact_log
from cpr_batch.views.files import (
    ContactImportView,
    FileProblemView,
    FileView,
    OutcomeView,
    PersonOutcomeView,
    ProblemView,
)

SCOPES: Scopes = {
    ("GET", "/files"): Scope.BATCH_READ,
    ("GET", "/files/{file_id}"): Scope.BATCH_READ,
    ("GET", "/files/{file_id}/problems"): Scope.BATCH_READ,
    ("GET", "/files/{file_id}/outcomes"): Scope.BATCH_READ,
    ("GET", "/files/{file_id}/outcomes/{ordinal}"): Scope.BATCH_READ,
    ("GET", "/contacts/{contact_id}/imports"): Scope.BATCH_READ,
}
router = APIRouter()


@router.get("/files")
async def list_files(
    batch: CurrentBatch,
    size: Size = 100,
    after: Annotated[int, Query(ge=1, le=LAST_ID, description="what the page before gave as next")] = LAST_ID,
) -> Page[FileView]:
    """All files that CPR Batch ever saw, newest first."""
    rows = files.SQL.page(batch.pool, before=after, size=size)
    found = [FileView.of(files.StoredFile.of(row)) async for row in rows]
    return Page[FileView].cut(found, size, str(found[-1].file_id) if found else "")


@router.get("/files/{file_id}", responses=responses(NotFound))
async def show_file(batch: CurrentBatch, file_id: FileId) -> FileView:
    """One file, with its counts."""
    file = await _file(batch, file_id)
    return FileView.of(file, await files.counts(batch.pool, file_id))


@router.get("/files/{file_id}/problems", responses=responses(NotFound))
async def file_problems(
    batch: CurrentBatch,
    file_id: FileId,
    size: Size = 100,
    after: Annotated[int, Query(ge=0, le=LAST_ID, description="what the page before gave as next")] = 0,
) -> Page[FileProblemView]:
    """Rejected records and remarks of a file, in its order, each with its record masked; the same as in its error log."""
    file = await _file(batch, file_id)
    rows = files.SQL.problems_page(batch.pool, file_id=file_id, after=after, size=size)
    wrong = [ProblemView.of(row) async for row in rows]
    records = await _records(batch, file, wrong)
    found = [FileProblemView.with_record(each, records) for each in wrong]
    return Page[FileProblemView].cut(found, size, str(found[-1].problem_id) if found else "")


@router.get("/files/{file_id}/outcomes", responses=responses(NotFound))
async def file_outcomes(
    batch: CurrentBatch,
    file_id: FileId,
    size: Size = 100,
    after: Annotated[int, Query(ge=0, le=LAST_ID, description="what the page before gave as next")] = 0,
    outcome: Annotated[
        str | None, Query(max_length=40, description="only this outcome", examples=["updated"])
    ] = None,
) -> Page[OutcomeView]:
    """What became of each person of a file, in its order."""
    await _file(batch, file_id)
    rows = files.SQL.outcomes_page(batch.pool, file_id=file_id, after=after, outcome=outcome, size=size)
    found = [OutcomeView.of(row) async for row in rows]
    return Page[OutcomeView].cut(found, size, str(found[-1].ordinal) if found else "")


@router.get("/files/{file_id}/outcomes/{ordinal}", responses=responses(NotFound))
async def person_outcome(
    batch: CurrentBatch,
    file_id: FileId,
    ordinal: Annotated[int, Path(ge=1, le=2**31 - 1, description="the person's place in the file")],
) -> PersonOutcomeView:
    """What became of one person of a file, and what was wrong with the person's records."""
    row = await files.SQL.outcome(batch.pool, file_id=file_id, ordinal=ordinal)
    if row is None:
        raise NotFound
    found = await files.problems_of_persons(batch.pool, [(file_id, ordinal)])
    wrong = [ProblemView.of(problem) for problem in found[file_id, ordinal]]
    return PersonOutcomeView(**row, problems=wrong)


@router.get("/contacts/{contact_id}/imports", responses=responses(InvalidRequest))
async def contact_imports(
    batch: CurrentBatch,
    contact_id: ContactId,
    size: Size = 100,
    after: Annotated[
        str, Query(pattern=r"^\d{1,18}-\d{1,9}$", description="what the page before gave as next")
    ] = f"{LAST_FILE}-0",
) -> Page[ContactImportView]:
    """What the imports say of one contact, newest file first; of all contacts that turned out to be this person."""
    file_id, ordinal = map(int, after.split("-"))
    found = await contact_log(batch.pool, contact_id, after=(file_id, ordinal), size=size)
    cursor = f"{found[-1].file_id}-{found[-1].ordinal}" if found else ""
    return Page[ContactImportView].cut(found, size, cursor)


async def _records(batch: Batch, file: files.StoredFile, wrong: Iterable[ProblemView]) -> Mapping[int, str]:
    """The records that problems are about, by the bytes where they begin."""
    offsets = {each.byte_offset for each in wrong if each.byte_offset is not None}
    path = batch.interim.path(file.local_name)
    return await asyncio.to_thread(showing.records_at, path, sorted(offsets), size=file.size_bytes)


async def _file(batch: Batch, file_id: int) -> files.StoredFile:
    file = await files.by_id(batch.pool, file_id)
    if file is None:
        raise NotFound
    return file
