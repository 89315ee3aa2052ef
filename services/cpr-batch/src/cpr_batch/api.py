"""The HTTP routes: look at files and runs, test the connection, start transfers and imports."""

import functools
import uuid
from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Body, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from registerbro.auth import Scope, Scopes
from registerbro.openapi import described
from registerbro.problems import InvalidRequest, NotFound, responses
from registerbro.service import CurrentService

from cpr_batch import connect, errors, files, imports, problems, runs, transfer, views, whole_run
from cpr_batch.batch import Batch
from cpr_batch.imports import Imported
from cpr_batch.runs import Started
from cpr_batch.views import Page
from cpr_batch.working import Working

SCOPES: Scopes = {
    ("POST", "/connection-tests"): Scope.BATCH_RUN,
    ("GET", "/remote-files"): Scope.BATCH_READ,
    ("POST", "/transfers"): Scope.BATCH_RUN,
    ("GET", "/local-files"): Scope.BATCH_READ,
    ("POST", "/imports"): Scope.BATCH_RUN,
    ("POST", "/runs"): Scope.BATCH_RUN,
    ("GET", "/runs"): Scope.BATCH_READ,
    ("GET", "/runs/{run_id}"): Scope.BATCH_READ,
    ("GET", "/files"): Scope.BATCH_READ,
    ("GET", "/files/{file_id}"): Scope.BATCH_READ,
    ("GET", "/files/{file_id}/problems"): Scope.BATCH_READ,
    ("GET", "/files/{file_id}/outcomes"): Scope.BATCH_READ,
    ("GET", "/contacts/{contact_id}/imports"): Scope.BATCH_READ,
}
ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {"headers": described({"Location": "where to ask for the run"})}
}
LAST_ID = 2**63 - 1
LAST_FILE = 10**18 - 1
router = APIRouter(tags=["cpr-batch"])


def _batch(service: CurrentService) -> Batch:
    return service.get(Batch)


def _working(service: CurrentService) -> Working:
    return service.get(Working)


CurrentBatch: TypeAlias = Annotated[Batch, Depends(_batch)]
CurrentWorking: TypeAlias = Annotated[Working, Depends(_working)]
Size: TypeAlias = Annotated[
    int, Query(alias="limit", ge=1, le=1000, description="rows in the answer at most")
]
FileId: TypeAlias = Annotated[
    int, Path(ge=1, le=LAST_ID, description="as runs, lists of files and events name it")
]
ContactId: TypeAlias = Annotated[
    int, Path(ge=1, le=LAST_ID, description="the contact's id in the contact store; never a number of CPR's")
]
RunId: TypeAlias = Annotated[uuid.UUID, Path(description="as given when the run was started")]
FileName: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]


class Request(BaseModel):
    """What a call asks for: to the letter, so that a slip is answered and not taken for the default."""

    model_config = ConfigDict(strict=True, extra="forbid")


class TransferRequest(Request):
    """What to fetch."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"names": ["d240517.l123401"]}]})

    names: list[FileName] | None = Field(
        default=None,
        min_length=1,
        max_length=5000,
        description="as the server lists them; none: all that wait",
    )


class ImportRequest(Request):
    """What to import."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{}, {"name": "d240517.l123401", "initial_load": True}]}
    )

    name: FileName | None = Field(
        default=None, description="as in the interim directory; none: all that wait"
    )
    initial_load: bool = Field(
        default=False, description="create contacts that are not there, and mark them subscribed"
    )


class RunRequest(Request):
    """How to do the whole job."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"initial_load": True}]})

    initial_load: bool = Field(
        default=False, description="create contacts that are not there, and mark them subscribed"
    )


@router.post("/connection-tests", responses=responses(*problems.INTERIM))
async def connection_test(batch: CurrentBatch) -> views.ConnectionTest:
    """Tries what a transfer needs, step by step, and says what stands in the way. It logs on once."""
    return views.ConnectionTest.of(await connect.check(batch))


@router.get("/remote-files", responses=responses(*problems.SERVER))
async def remote_files(batch: CurrentBatch) -> list[views.RemoteFileView]:
    """The files that wait on the server, oldest first. Those that were fetched carry the prefix and are not listed."""
    return [views.RemoteFileView.of(file) for file in await transfer.remote_files(batch)]


@router.post(
    "/transfers",
    status_code=202,
    responses=ACCEPTED
    | responses(*problems.of(errors.TransferBusy, errors.ServerNotConfigured), *problems.INTERIM),
)
async def start_transfer(
    batch: CurrentBatch,
    working: CurrentWorking,
    response: Response,
    request: Annotated[TransferRequest, Body()] = TransferRequest(),  # noqa: B008
) -> views.RunStarted:
    """Fetches files into the interim directory, in the background."""
    work = functools.partial(_fetch, batch, request)
    return _started(response, await working.start(work))


@router.get("/local-files", responses=responses(*problems.INTERIM))
async def local_files(batch: CurrentBatch) -> list[views.LocalFileView]:
    """The files that wait in the interim directory, oldest first, fetched or put there by hand."""
    return [views.LocalFileView.of(local, stored) for local, stored in await imports.local_files(batch)]


@router.post(
    "/imports",
    status_code=202,
    response_model=views.RunStarted | views.ImportResult,
    responses={
        **ACCEPTED,
        200: {"model": views.ImportResult, "description": "The file was imported before: nothing to do"},
        **responses(*problems.of(errors.LocalFileUnknown, errors.FileBusy), *problems.INTERIM),
    },
)
async def start_import(
    batch: CurrentBatch,
    working: CurrentWorking,
    response: Response,
    request: Annotated[ImportRequest, Body()] = ImportRequest(),  # noqa: B008
) -> views.RunStarted | views.ImportResult:
    """Imports files of the interim directory, in the background."""
    begun = await working.start(functools.partial(_import, batch, request))
    if isinstance(begun, Imported):
        response.status_code = 200
        return views.ImportResult.of(begun)
    return _started(response, begun)


@router.post("/runs", status_code=202, responses=ACCEPTED | responses(*problems.INTERIM))
async def start_run(
    batch: CurrentBatch,
    working: CurrentWorking,
    response: Response,
    request: Annotated[RunRequest, Body()] = RunRequest(),  # noqa: B008
) -> views.RunStarted:
    """The whole job in the background: fetches all files, then imports all."""
    return _started(response, await working.start(functools.partial(_run, batch, request)))


@router.get("/runs", responses=responses(*problems.of(errors.RunUnknown)))
async def list_runs(
    batch: CurrentBatch,
    size: Size = 100,
    after: Annotated[uuid.UUID | None, Query(description="what the page before gave as next")] = None,
) -> Page[views.RunView]:
    """The runs, newest first; parts of a run are shown with it."""
    before = await runs.load(batch.pool, after) if after else None
    found = [views.RunView.of(run) for run in await runs.page(batch.pool, size=size, before=before)]
    return Page[views.RunView].cut(found, size, str(found[-1].run_id) if found else "")


@router.get("/runs/{run_id}", responses=responses(*problems.of(errors.RunUnknown)))
async def show_run(batch: CurrentBatch, run_id: RunId) -> views.RunView:
    """One run with its parts: state, progress, counts."""
    run = await runs.load(batch.pool, run_id)
    return views.RunView.of(run, await runs.parts(batch.pool, run_id))


@router.get("/files")
async def list_files(
    batch: CurrentBatch,
    size: Size = 100,
    after: Annotated[int, Query(ge=1, le=LAST_ID, description="what the page before gave as next")] = LAST_ID,
) -> Page[views.FileView]:
    """All files that CPR Batch ever saw, newest first."""
    rows = files.SQL.page(batch.pool, before=after, size=size)
    found = [views.FileView.of(files.StoredFile.of(row)) async for row in rows]
    return Page[views.FileView].cut(found, size, str(found[-1].file_id) if found else "")


@router.get("/files/{file_id}", responses=responses(NotFound))
async def show_file(batch: CurrentBatch, file_id: FileId) -> views.FileView:
    """One file, with its counts."""
    file = await _file(batch, file_id)
    return views.FileView.of(file, await files.counts(batch.pool, file_id))


@router.get("/files/{file_id}/problems", responses=responses(NotFound))
async def file_problems(
    batch: CurrentBatch,
    file_id: FileId,
    size: Size = 100,
    after: Annotated[int, Query(ge=0, le=LAST_ID, description="what the page before gave as next")] = 0,
) -> Page[views.ProblemView]:
    """Rejected records and remarks of a file, in its order; the same as in its error log."""
    await _file(batch, file_id)
    rows = files.SQL.problems_page(batch.pool, file_id=file_id, after=after, size=size)
    found = [views.ProblemView.of(row) async for row in rows]
    return Page[views.ProblemView].cut(found, size, str(found[-1].problem_id) if found else "")


@router.get("/files/{file_id}/outcomes", responses=responses(NotFound))
async def file_outcomes(
    batch: CurrentBatch,
    file_id: FileId,
    size: Size = 100,
    after: Annotated[int, Query(ge=0, le=LAST_ID, description="what the page before gave as next")] = 0,
    outcome: Annotated[
        str | None, Query(max_length=40, description="only this outcome", examples=["updated"])
    ] = None,
) -> Page[views.OutcomeView]:
    """What became of each person of a file, in its order."""
    await _file(batch, file_id)
    rows = files.SQL.outcomes_page(batch.pool, file_id=file_id, after=after, outcome=outcome, size=size)
    found = [views.OutcomeView.of(row) async for row in rows]
    return Page[views.OutcomeView].cut(found, size, str(found[-1].ordinal) if found else "")


@router.get("/contacts/{contact_id}/imports", responses=responses(InvalidRequest))
async def contact_imports(
    batch: CurrentBatch,
    contact_id: ContactId,
    size: Size = 100,
    after: Annotated[
        str, Query(pattern=r"^\d{1,18}-\d{1,9}$", description="what the page before gave as next")
    ] = f"{LAST_FILE}-0",
) -> Page[views.ContactImportView]:
    """What the imports say of one contact, newest file first."""
    file_id, ordinal = map(int, after.split("-"))
    rows = files.SQL.outcomes_of_contact(
        batch.pool, contact_id=contact_id, file_id=file_id, ordinal=ordinal, size=size
    )
    found = [views.ContactImportView.of(row) async for row in rows]
    cursor = f"{found[-1].file_id}-{found[-1].ordinal}" if found else ""
    return Page[views.ContactImportView].cut(found, size, cursor)


async def _file(batch: Batch, file_id: int) -> files.StoredFile:
    file = await files.by_id(batch.pool, file_id)
    if file is None:
        raise NotFound
    return file


async def _fetch(batch: Batch, request: TransferRequest, started: Started) -> Any:
    return await transfer.fetch(batch, request.names, started=started)


async def _import(batch: Batch, request: ImportRequest, started: Started) -> Any:
    if request.name is None:
        return await imports.import_all(batch, initial_load=request.initial_load, started=started)
    return await imports.import_file(batch, request.name, initial_load=request.initial_load, started=started)


async def _run(batch: Batch, request: RunRequest, started: Started) -> Any:
    return await whole_run.fetch_and_import(batch, initial_load=request.initial_load, started=started)


def _started(response: Response, run_id: uuid.UUID) -> views.RunStarted:
    response.headers["Location"] = f"/runs/{run_id}"
    return views.RunStarted(run_id=run_id)
