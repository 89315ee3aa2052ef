"""Runs: start the whole job, see how runs stand, stop them, start them again; the nightly schedule."""

import functools
import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response
from pydantic import ConfigDict, Field
from registerbro import jobs as scheduled
from registerbro.api import Page, Request, Size
from registerbro.auth import Scope, Scopes
from registerbro.problems import responses
from registerbro.service import CurrentService

from cpr_batch import errors, journal, problems, retrying, runs, whole_run
from cpr_batch.api.common import ACCEPTED, CurrentBatch, CurrentWorking, RunId, started
from cpr_batch.batch import Batch, Batches
from cpr_batch.jobs import DAILY, daily
from cpr_batch.journal import Action
from cpr_batch.runs import Run, Started
from cpr_batch.views.runs import RunStarted, RunView, ScheduledRunView, ScheduleView

SCOPES: Scopes = {
    ("POST", "/runs"): Scope.BATCH_RUN,
    ("GET", "/runs"): Scope.BATCH_READ,
    ("GET", "/runs/{run_id}"): Scope.BATCH_READ,
    ("POST", "/runs/{run_id}/stop"): Scope.BATCH_RUN,
    ("POST", "/runs/{run_id}/retry"): Scope.BATCH_RUN,
    ("GET", "/schedule"): Scope.BATCH_READ,
}
router = APIRouter()
NIGHTS = 14


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
    """The whole job in the background: fetches all files, then imports all, together with all replicas."""
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
    return await _view(batch, run_id)


@router.post(
    "/runs/{run_id}/stop",
    status_code=202,
    responses=ACCEPTED | responses(*problems.of(errors.RunUnknown, errors.RunEnded)),
)
async def stop_run(batch: CurrentBatch, response: Response, run_id: RunId) -> RunView:
    """Asks a run and its parts to stop, in whatever replica they are: they do within seconds.

    What was stored stays; files that are not imported to their end wait again for another run.
    """
    await runs.request_stop(batch.pool, run_id)
    await journal.note(batch, Action.STOPPED, run_id=run_id)
    started(response, run_id)
    return await _view(batch, run_id)


@router.post(
    "/runs/{run_id}/retry",
    status_code=202,
    responses=ACCEPTED
    | responses(
        *problems.of(errors.RunUnknown, errors.RunNotRetryable, errors.LocalFileUnknown, errors.FileBusy),
        *problems.of(errors.TransferBusy, errors.ServerNotConfigured),
        *problems.INTERIM,
    ),
)
async def retry_run(
    batch: CurrentBatch, working: CurrentWorking, response: Response, run_id: RunId
) -> RunStarted:
    """Starts again what a run was to do that failed, was stopped or lost its process: a new run that names the old one."""
    old = await runs.load(batch.pool, run_id)
    begun = await working.start(functools.partial(_again, batch, old))
    if not isinstance(begun, uuid.UUID):  # another process was faster with the last file
        raise errors.RunNotRetryable(str(run_id), "its file was imported in the meantime")
    return started(response, begun)


@router.get("/schedule")
async def schedule(service: CurrentService, batch: CurrentBatch) -> ScheduleView:
    """When the nightly run comes, and what became of the latest ones."""
    latest = await scheduled.latest_runs(batch.pool, DAILY, NIGHTS)
    return ScheduleView(
        daily_at=batch.settings.daily_at,
        next_at=await scheduled.next_moment(batch.pool, daily(service.get(Batches)), batch.now()),
        latest=[ScheduledRunView.of(run) for run in latest],
    )


async def _view(batch: Batch, run_id: uuid.UUID) -> RunView:
    return RunView.of(await runs.load(batch.pool, run_id), await runs.parts(batch.pool, run_id))


async def _run(batch: Batch, request: RunRequest, started: Started) -> Any:
    return await whole_run.fetch_and_import(batch, initial_load=request.initial_load, started=started)


async def _again(batch: Batch, old: Run, started: Started) -> Any:
    return await retrying.again(batch, old, started=started)
