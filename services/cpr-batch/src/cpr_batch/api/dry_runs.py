"""Dry runs: what imports would change, with nothing written."""

import functools
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response
from pydantic import ConfigDict, Field
from registerbro.api import Request, Size
from registerbro.auth import Scope, Scopes
from registerbro.problems import InvalidRequest, responses

from cpr_batch import dry_run, errors, problems
from cpr_batch.api.common import ACCEPTED, CurrentBatch, CurrentWorking, FileName, RunId, started
from cpr_batch.batch import Batch
from cpr_batch.runs import Started
from cpr_batch.views.asking import PlanPage
from cpr_batch.views.runs import RunStarted

SCOPES: Scopes = {
    ("POST", "/dry-runs"): Scope.BATCH_RUN,
    ("GET", "/runs/{run_id}/plan"): Scope.BATCH_READ,
}
router = APIRouter()


class DryRunRequest(Request):
    """What to plan."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{}, {"name": "d240517.l123401", "initial_load": True}]}
    )

    name: FileName | None = Field(
        default=None, description="as in the interim directory, imported or not; none: all that wait"
    )
    initial_load: bool = Field(
        default=False, description="plan to create contacts that are not there, and mark them subscribed"
    )


@router.post(
    "/dry-runs",
    status_code=202,
    responses=ACCEPTED | responses(*problems.of(errors.LocalFileUnknown), *problems.INTERIM),
)
async def start_dry_run(
    batch: CurrentBatch,
    working: CurrentWorking,
    response: Response,
    request: Annotated[DryRunRequest, Body()] = DryRunRequest(),  # noqa: B008
) -> RunStarted:
    """Plans files in the background: nothing is imported, no file changes its state, no event is sent."""
    return started(response, await working.start(functools.partial(_dry_run, batch, request)))


@router.get(
    "/runs/{run_id}/plan",
    responses=responses(InvalidRequest, *problems.of(errors.RunUnknown, errors.PlanUnknown)),
)
async def show_plan(
    batch: CurrentBatch,
    run_id: RunId,
    size: Size = 100,
    after: Annotated[
        str, Query(pattern=r"^\d{1,18}-\d{1,9}$", description="what the page before gave as next")
    ] = "0-0",
    only_endings: Annotated[
        bool, Query(description="only who would get an end date, or lose name or main address")
    ] = False,
) -> PlanPage:
    """What a dry run found: its files, and a page of persons. A later dry run of a file replaces what this one found."""
    plan_id, ordinal = map(int, after.split("-"))
    found = await dry_run.plans(batch.pool, run_id)
    rows = dry_run.SQL.planned_page(
        batch.pool, run_id=run_id, plan_id=plan_id, ordinal=ordinal, size=size, only_endings=only_endings
    )
    return PlanPage.cut(found, [row async for row in rows], size)


async def _dry_run(batch: Batch, request: DryRunRequest, started: Started) -> Any:
    return await dry_run.dry_run(batch, request.name, initial_load=request.initial_load, started=started)
