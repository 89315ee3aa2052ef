"""The pages of the schedules: when jobs ran and run, another time, off, now."""

import datetime as dt
from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place, below
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit
from console.web.wrong import Wrong

API = "/configuration/schedules"
LIST = "/ui/configuration/schedules"
ELSEWHERE = {  # where the time of a job is one of other settings
    "cpr.subscription-policy": "/ui/configuration/policy",
    "cpr-batch.daily": "/ui/batch",
    "cpr-batch.orders": "/ui/batch",
}
EVERY = dt.timedelta(seconds=5)
pages = Pages()


@pages.get("/configuration/schedules", needs=Scope.CONFIG_READ)
async def list_schedules(visit: CurrentVisit) -> Response:
    """All jobs."""
    return visit.show("configuration/schedules.html", **await _jobs(visit))


@pages.get("/configuration/live/schedules", needs=Scope.CONFIG_READ)
async def follow_schedules(visit: CurrentVisit) -> Response:
    """The list as it changes."""
    return visit.live({"jobs": "configuration/jobs.html"}, lambda: _jobs(visit), every=EVERY)


@pages.get("/configuration/schedules/{job}", needs=Scope.CONFIG_READ)
async def show_schedule(visit: CurrentVisit, job: str) -> Response:
    """One job: its latest runs, and another time for it."""
    kept = await visit.call(Place.CONSOLE, "GET", below(API, job))
    return await _job(visit, kept, _typed_of(kept))


@pages.post("/configuration/schedules/{job}", needs=Scope.CONFIG_WRITE)
async def change_schedule(visit: CurrentVisit, job: str) -> Response:
    """Gives it another time, switches it off, or lets the service's own time count again."""
    typed = {name: visit.form.text(name) for name in ("mode", "at", "minutes")}
    kept = await visit.call(Place.CONSOLE, "GET", below(API, job))
    try:
        await visit.call(Place.CONSOLE, "PUT", below(API, job), json=_wish(visit, kept))
    except CallFailed as failure:
        return await _job(visit, kept, typed, failure)
    return visit.done(below(LIST, job), visit.say(N_("The time was changed.")))


@pages.post("/configuration/schedules/{job}/runs", needs=Scope.CONFIG_WRITE)
async def run_now(visit: CurrentVisit, job: str) -> Response:
    """Has work that recurs begin within seconds."""
    await visit.call(Place.CONSOLE, "POST", below(API, job, "runs"))
    return visit.done(LIST, visit.say(N_("The job begins within seconds.")))


async def _jobs(visit: Visit) -> dict[str, Any]:
    found = await visit.call(Place.CONSOLE, "GET", API)
    return {"jobs": found["items"], "elsewhere": ELSEWHERE}


async def _job(
    visit: Visit, kept: dict[str, Any], typed: dict[str, str], failure: CallFailed | None = None
) -> Response:
    params = {"topic": "schedule", "name": kept["job"]}
    return visit.show(
        "configuration/schedule.html",
        job=kept,
        typed=typed,
        elsewhere=ELSEWHERE,
        failure=failure,
        wrong=_wrong(failure),
        history=await visit.attempt(Place.CONSOLE, "GET", "/configuration/history", params=params),
    )


def _wrong(failure: CallFailed | None) -> CallFailed | Wrong | None:
    """The interval is typed in minutes and sent in seconds."""
    error = failure.error_of("every_seconds") if failure else None
    return failure if error is None else Wrong({"minutes": error["detail"]}, is_own=False)


def _typed_of(kept: dict[str, Any]) -> dict[str, str]:
    """The form as the job stands."""
    seconds = kept["every_seconds"]
    is_off = kept["at"] is None and seconds is None
    mode = "default" if not kept["is_set"] else "off" if is_off else "own"
    return {"mode": mode, "at": kept["at"] or "", "minutes": f"{seconds / 60:g}" if seconds else ""}


def _wish(visit: Visit, kept: dict[str, Any]) -> dict[str, Any]:
    mode = visit.form.text("mode")
    if mode == "default":
        return {"default": True}
    if not kept["is_recurring"]:
        return {"at": None if mode == "off" else visit.form.text("at")}
    if mode == "off":
        return {"every_seconds": None}
    minutes = visit.form.number("minutes")
    return {"every_seconds": minutes * 60 if isinstance(minutes, int) else minutes or ""}
