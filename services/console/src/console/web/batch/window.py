"""The window itself: what goes on, what waits here, what wants a decision; import, dry run, the whole job."""

import asyncio
from collections.abc import Mapping
from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.batch.common import ACTIVE, HOME, SERVICE, start
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

FRAGMENTS = {"now": "batch/now.html", "local": "batch/local.html", "asked": "batch/asked.html"}
LATEST = 20
pages = Pages()


@pages.get("/batch", needs=Scope.BATCH_READ)
async def show_window(visit: CurrentVisit) -> Response:
    """What goes on and what waits."""
    return visit.show("batch/window.html", **await _window(visit))


@pages.get("/batch/live", needs=Scope.BATCH_READ)
async def follow_window(visit: CurrentVisit) -> Response:
    """The same as it changes."""
    return visit.live(FRAGMENTS, lambda: _window(visit))


@pages.post("/batch/imports", needs=Scope.BATCH_RUN)
async def import_files(visit: CurrentVisit) -> Response:
    """Imports one file or all that wait, once that is confirmed."""
    name, loads = visit.form.optional("name"), visit.form.flag("initial_load")
    if not visit.form.is_confirmed:
        title = visit.say(N_("Import %(file)s?"), file=name) if name else visit.say(N_("Import all files?"))
        return visit.confirm(
            title=title,
            what=_import_says(visit, loads),
            action=visit.say(N_("Import")),
            back=HOME,
            is_danger=loads,
        )
    begun = await visit.call(SERVICE, "POST", "/imports", json={"name": name, "initial_load": loads})
    if begun.get("outcome"):  # its content was imported before, under this or another name
        return visit.done(
            f"{HOME}/files/{begun['file_id']}",
            visit.say(N_("The content of this file was imported before: there is nothing to do.")),
        )
    return visit.done(f"{HOME}/runs/{begun['run_id']}", visit.say(N_("The import has begun.")))


@pages.post("/batch/dry-runs", needs=Scope.BATCH_RUN)
async def try_files(visit: CurrentVisit) -> Response:
    """Plans one file or all that wait; nothing is written."""
    name, loads = visit.form.optional("name"), visit.form.flag("initial_load")
    return await start(visit, "/dry-runs", {"name": name, "initial_load": loads})


@pages.post("/batch/runs", needs=Scope.BATCH_RUN)
async def run_all(visit: CurrentVisit) -> Response:
    """Fetches and imports all, once that is confirmed."""
    loads = visit.form.flag("initial_load")
    if not visit.form.is_confirmed:
        return visit.confirm(
            title=visit.say(N_("Simulate the batch job?")),
            what=[*_fetch_says(visit), *_import_says(visit, loads)],
            action=visit.say(N_("Fetch and import all")),
            back=HOME,
            is_danger=loads,
        )
    return await start(visit, "/runs", {"initial_load": loads})


def _fetch_says(visit: Visit) -> list[str]:
    return [
        visit.say(
            N_(
                "This is no rehearsal: every file that waits on the server is fetched and gets the prefix there."
            )
        ),
    ]


def _import_says(visit: Visit, loads: bool) -> list[str]:
    return [
        visit.say(
            N_("Contacts that do not exist are created and marked as subscribed (initial load).")
            if loads
            else N_(
                "Contacts that were imported from CPR and are subscribed are updated; no contact is created."
            )
        ),
        visit.say(N_("What is imported cannot be taken back. A dry run shows beforehand what would change.")),
        visit.say(N_("A file that would end or blank too many contacts is held until somebody decides.")),
        visit.say(N_("An imported file gets the prefix in the interim directory. Nothing is deleted.")),
    ]


async def _window(visit: Visit) -> Mapping[str, Any]:
    latest = await visit.call(SERVICE, "GET", "/runs", params={"size": LATEST})
    active = [each for each in latest["items"] if each["state"] in ACTIVE]
    local, asked, gaps, schedule, *running = await asyncio.gather(
        visit.attempt(SERVICE, "GET", "/local-files"),
        visit.attempt(SERVICE, "GET", "/approvals", params={"state": "asked"}),
        visit.attempt(SERVICE, "GET", "/gaps"),
        visit.attempt(SERVICE, "GET", "/schedule"),
        *(visit.call(SERVICE, "GET", f"/runs/{each['run_id']}") for each in active),
    )
    ended = next((each for each in latest["items"] if each["state"] not in ACTIVE), None)
    return {
        "running": running, "latest": ended, "local": local, "asked": asked, "gaps": gaps, "schedule": schedule,
    }  # fmt: skip
