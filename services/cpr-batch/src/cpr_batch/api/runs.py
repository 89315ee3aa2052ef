"""Runs: start the whole job, see how runs stand."""

import functools
import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response
from pydantic import ConfigDict, Field
from registerbro.auth import Scope, Scopes
from registerbro.problems import responses

from cpr_batch import errors, problems, runs, whole_run
from cpr_batch.api.common import ACCEPTED, CurrentBatch, CurrentWorking, Request, RunId, Size, started
from cpr_batch.batch import Batch
from cpr_batch.runs import Started
from cpr_batch.views.common import Page
from cpr_batch.views.runs import RunStarted, RunView

SCOPES: Scopes = {
    ("POST", "/runs"): Scope.BATCH_RUN,
    ("GET", "/runs"): Scope.BATCH_READ,
    ("GET", "/runs/{run_id}"): Scope.BATCH_READ,
}
router = APIRouter()


class RunRequest(Request):
    """How to do the whole job."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"initial_load": True}]})

    initial_load: bool = Field(
        default=False, description="create contacts that are not there, and mark them subscribed"
    )


@router.post("/runs", status_code=202, responses=ACCEPTED | responses(*problems.INTERIM))
async def start_run(
    batch: CurrentBatch,
    working: CurrentWorking,
    response: Response,
    request: Annotated[RunRequest, Body()] = RunRequest(),  # noqa: B008
) -> RunStarted:
    """The whole job in the background: fetches all files, then imports all."""
    return started(response, await working.start(functools.partial(_run, batch, request)))


@router.get("/runs", responses=responses(*problems.of(errors.RunUnknown)))
async def list_runs(
    batch: CurrentBatch,
    size: Size = 100,
    after: Annotated[uuid.UUID | None, Query(description="what the page before gave as next")] = None,
) -> Page[RunView]:
    """The runs, newest first; parts of a run are shown with it."""
    before = await runs.load(batch.pool, after) if after else None
    found = [RunView.of(run) for run in await runs.page(batch.pool, size=size, before=before)]
    return Page[RunView].cut(found, size, str(found[-1].run_id) if found else "")


@router.get("/runs/{run_id}", responses=responses(*problems.of(errors.RunUnknown)))
async def show_run(batch: CurrentBatch, run_id: RunId) -> RunView:
    """One run with its parts: state, progress, counts."""
    run = await runs.load(batch.pool, run_id)
    return RunView.of(run, await runs.parts(batch.pool, run_id))


async def _run(batch: Batch, request: RunRequest, started: Started) -> Any:
    return await whole_run.fetch_and_import(batch, initial_load=request.initial_load, started=started)
