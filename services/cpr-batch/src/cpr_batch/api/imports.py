"""Stage two: list what waits here, import it."""

import functools
from typing import Annotated, Any

from fastapi import APIRouter, Body, Response
from pydantic import ConfigDict, Field
from registerbro.api import Request
from registerbro.auth import Scope, Scopes
from registerbro.problems import responses

from cpr_batch import all_imports, errors, imports, problems
from cpr_batch.api.common import ACCEPTED, CurrentBatch, CurrentWorking, FileName, started
from cpr_batch.batch import Batch
from cpr_batch.imports import Imported
from cpr_batch.runs import Started
from cpr_batch.views.files import ImportResult, LocalFileView
from cpr_batch.views.runs import RunStarted

SCOPES: Scopes = {
    ("GET", "/local-files"): Scope.BATCH_READ,
    ("POST", "/imports"): Scope.BATCH_RUN,
}
router = APIRouter()


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


@router.get("/local-files", responses=responses(*problems.INTERIM))
async def local_files(batch: CurrentBatch) -> list[LocalFileView]:
    """The files that wait in the interim directory, oldest first, fetched or put there by hand."""
    return [LocalFileView.of(local, stored) for local, stored in await imports.local_files(batch)]


@router.post(
    "/imports",
    status_code=202,
    response_model=RunStarted | ImportResult,
    responses={
        **ACCEPTED,
        200: {"model": ImportResult, "description": "The file was imported before: nothing to do"},
        **responses(
            *problems.of(errors.LocalFileUnknown, errors.FileBusy, errors.FileDeclined), *problems.INTERIM
        ),
    },
)
async def start_import(
    batch: CurrentBatch,
    working: CurrentWorking,
    response: Response,
    request: Annotated[ImportRequest, Body()] = ImportRequest(),  # noqa: B008
) -> RunStarted | ImportResult:
    """Imports files of the interim directory, in the background."""
    begun = await working.start(functools.partial(_import, batch, request))
    if isinstance(begun, Imported):
        response.status_code = 200
        return ImportResult.of(begun)
    return started(response, begun)


async def _import(batch: Batch, request: ImportRequest, started: Started) -> Any:
    if request.name is None:
        return await all_imports.import_all(batch, initial_load=request.initial_load, started=started)
    return await imports.import_file(batch, request.name, initial_load=request.initial_load, started=started)
