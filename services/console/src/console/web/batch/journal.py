"""The log of important actions."""

import uuid
from collections.abc import Mapping
from typing import Annotated

from fastapi import Query
from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.batch.common import SERVICE, After
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

SENTENCES: Mapping[str, str] = {
    "connected": N_("The connection was tested."),
    "listed": N_("The files on the server were listed."),
    "fetched": N_("A file was fetched."),
    "imported": N_("A file was imported."),
    "refused": N_("A file was refused; nothing of it was written."),
    "dry-run": N_("A file was tried; nothing of it was written."),
    "run-started": N_("A run started."),
    "run-ended": N_("A run ended."),
    "stopped": N_("A run was stopped."),
    "retried": N_("A run was started again."),
    "held": N_("A file was held back; it waits for an approval."),
    "approved": N_("A file was approved."),
    "declined": N_("A file was declined."),
    "gap-noticed": N_("A file is missing before this one."),
    "gap-closed": N_("A file that was missing is here."),
    "settings-changed": N_("Settings were changed."),
    "ordered": N_("Lines were ordered of CPR."),
    "uploaded": N_("A file was uploaded to CPR."),
    "answered": N_("CPR answered an order."),
    "adopted": N_("Existing contacts were taken over."),
    "purged": N_("A file was deleted from the interim directory."),
    "shown": N_("A person of a file was shown."),
    "failed": N_("Something failed."),
}
pages = Pages()


@pages.get("/batch/journal", needs=Scope.BATCH_READ)
async def show_journal(
    visit: CurrentVisit,
    after: After = None,
    action: Annotated[str, Query(pattern="^[a-z-]{0,40}$")] = "",
    run_id: uuid.UUID | None = None,
) -> Response:
    """Every important action, newest first."""
    wanted = {"after": after, "action": action or None, "run_id": str(run_id) if run_id else None, "size": 50}
    found = await visit.call(SERVICE, "GET", "/journal", params=wanted)
    return visit.show(
        "batch/journal.html",
        entries=found,
        action=action,
        actions=_actions(visit),
        run_id=run_id,
        sentences=SENTENCES,
    )


def _actions(visit: Visit) -> list[tuple[str, str]]:
    return [("", visit.say(N_("all"))), *((code, visit.say(text)) for code, text in SENTENCES.items())]
