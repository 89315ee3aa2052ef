"""Runs: how they stand, live; stop, start again; what a dry run found; the nightly schedule."""

import uuid
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.batch.common import ACTIVE, HOME, SERVICE, RunId, run_path, start
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

pages = Pages()


@pages.get("/batch/runs", needs=Scope.BATCH_READ)
async def list_runs(visit: CurrentVisit, after: uuid.UUID | None = None) -> Response:
    """All runs, newest first, and the schedule."""
    found = await visit.call(
        SERVICE, "GET", "/runs", params={"after": str(after) if after else None, "size": 50}
    )
    schedule = None if after else await visit.attempt(SERVICE, "GET", "/schedule")
    return visit.show("batch/runs.html", runs=found, schedule=schedule)


@pages.get("/batch/runs/{run_id}", needs=Scope.BATCH_READ)
async def show_run(visit: CurrentVisit, run_id: RunId) -> Response:
    """One run with its parts."""
    return visit.show("batch/run.html", **await _run(visit, run_id))


@pages.get("/batch/runs/{run_id}/live", needs=Scope.BATCH_READ)
async def follow_run(visit: CurrentVisit, run_id: RunId) -> Response:
    """The same as it goes on, to its end."""
    return visit.live({"run": "batch/run_now.html"}, lambda: _run(visit, run_id))


@pages.post("/batch/runs/{run_id}/stop", needs=Scope.BATCH_RUN)
async def stop_run(visit: CurrentVisit, run_id: RunId) -> Response:
    """Asks it to stop: it can be started again."""
    await visit.call(SERVICE, "POST", f"/runs/{run_id}/stop")
    return visit.done(run_path(run_id), visit.say(N_("The run is asked to stop; it does within seconds.")))


@pages.post("/batch/runs/{run_id}/retry", needs=Scope.BATCH_RUN)
async def retry_run(visit: CurrentVisit, run_id: RunId) -> Response:
    """Starts again what it was to do, once that is confirmed."""
    if not visit.form.is_confirmed:
        return visit.confirm(
            title=visit.say(N_("Start the run again?")),
            what=[
                visit.say(N_("A new run does what this one was to do and did not finish.")),
                visit.say(N_("What was stored stays, and is not written a second time.")),
            ],
            action=visit.say(N_("Start again")),
            back=run_path(run_id),
            is_danger=False,
        )
    return await start(visit, f"/runs/{run_id}/retry", {})


@pages.get("/batch/runs/{run_id}/plan", needs=Scope.BATCH_READ)
async def show_plan(
    visit: CurrentVisit,
    run_id: RunId,
    after: Annotated[str | None, Query(pattern=r"^\d{1,18}-\d{1,9}$")] = None,
    endings: bool = False,
) -> Response:
    """What a dry run found."""
    wanted = {"after": after, "only_endings": endings}
    plan = await visit.call(SERVICE, "GET", f"/runs/{run_id}/plan", params=wanted)
    return visit.show("batch/plan.html", run_id=run_id, plan=plan, endings=endings, is_first=after is None)


async def _run(visit: Visit, run_id: uuid.UUID) -> dict[str, Any]:
    run = await visit.call(SERVICE, "GET", f"/runs/{run_id}")
    return {"run": run, "has_ended": run["state"] not in ACTIVE, "home": HOME}
