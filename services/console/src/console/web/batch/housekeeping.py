"""The deletion of old files: the only thing that CPR Batch ever deletes, and only when it is asked to."""

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.batch.common import HOME, SERVICE
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

PAGE = f"{HOME}/purges"
MOST_SHOWN = 100
pages = Pages()


@pages.get("/batch/purges", needs=Scope.BATCH_RUN)
async def ask_age(visit: CurrentVisit) -> Response:
    """The form that asks how old."""
    return visit.show("batch/purges.html", days=90)


@pages.post("/batch/purges", needs=Scope.BATCH_RUN)
async def purge(visit: CurrentVisit) -> Response:
    """Shows what would be deleted; deletes it once that is confirmed."""
    days = visit.form.number("older_than_days")
    said = {"older_than_days": days, "dry_run": not visit.form.is_confirmed}
    try:
        found = await visit.call(SERVICE, "POST", "/purges", json=said)
    except CallFailed as failure:
        return visit.show("batch/purges.html", days=days, failure=failure)
    names = [each["local_name"] for each in found["files"]]
    if visit.form.is_confirmed:
        return visit.done(f"{HOME}/files", visit.say(N_("Deleted files: %(count)s."), count=len(names)))
    if not names:
        return visit.done(PAGE, visit.say(N_("There is nothing to delete: no imported file is that old.")))
    return _asked(visit, names)


def _asked(visit: Visit, names: list[str]) -> Response:
    more = len(names) - MOST_SHOWN
    return visit.confirm(
        title=visit.say(N_("Delete old files?")),
        what=[
            visit.say(N_("%(count)s files are deleted from the interim directory, each with its error log, for good."), count=len(names)),
            visit.say(N_("What is known of them stays, and on the server nothing is deleted.")),
            *names[:MOST_SHOWN],
            *([visit.say(N_("and %(count)s more"), count=more)] if more > 0 else []),
        ],
        action=visit.say(N_("Delete")),
        back=PAGE,
    )  # fmt: skip
