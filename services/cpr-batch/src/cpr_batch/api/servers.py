"""The file server: test the connection, list, fetch."""

import functools
from typing import Annotated, Any

from fastapi import APIRouter, Body, Response
from pydantic import ConfigDict, Field
from registerbro.api import Request
from registerbro.auth import Scope, Scopes
from registerbro.problems import responses

from cpr_batch import connect, errors, problems, transfer
from cpr_batch.api.common import ACCEPTED, CurrentBatch, CurrentWorking, FileName, started
from cpr_batch.batch import Batch
from cpr_batch.runs import Started
from cpr_batch.views.runs import RunStarted
from cpr_batch.views.servers import ConnectionTest, RemoteFileView

SCOPES: Scopes = {
    ("POST", "/connection-tests"): Scope.BATCH_RUN,
    ("GET", "/remote-files"): Scope.BATCH_READ,
    ("POST", "/transfers"): Scope.BATCH_RUN,
}
router = APIRouter()


class TransferRequest(Request):
    """What to fetch."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"names": ["d240517.l123401"]}]})

    names: list[FileName] | None = Field(
        default=None,
        min_length=1,
        max_length=5000,
        description="as the server lists them; none: all that wait",
    )


@router.post("/connection-tests", responses=responses(*problems.INTERIM))
async def connection_test(batch: CurrentBatch) -> ConnectionTest:
    """Tries what a transfer needs, step by step, and says what stands in the way. It logs on once for each directory."""
    return ConnectionTest.of(await connect.check(batch))


@router.get("/remote-files", responses=responses(*problems.SERVER))
async def remote_files(batch: CurrentBatch) -> list[RemoteFileView]:
    """The files that wait on the server, oldest first, those on mass storage (*migrated*) among them.

    Those that were fetched carry the prefix and are not listed.
    """
    return [RemoteFileView.of(file) for file in await transfer.remote_files(batch)]


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
) -> RunStarted:
    """Fetches files into the interim directory, in the background. Files on mass storage are fetched when they are back."""
    work = functools.partial(_fetch, batch, request)
    return started(response, await working.start(work))


async def _fetch(batch: Batch, request: TransferRequest, started: Started) -> Any:
    return await transfer.fetch(batch, request.names, started=started)
