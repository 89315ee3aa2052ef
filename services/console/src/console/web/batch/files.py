"""Files that CPR Batch knows of: what became of the persons in them, what was wrong, and what files did to a contact."""

import asyncio
from typing import Annotated

from fastapi import Query
from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.batch.common import SERVICE, After, Id, Ordinal, filters
from console.web.batch.journal import SENTENCES
from console.web.pages import Pages
from console.web.visit import CurrentVisit

OUTCOMES = (
    "created", "filled", "updated", "unchanged", "not-newer", "linked", "not-imported", "not-subscribed", "erased",
)  # fmt: skip
IMPORTABLE = frozenset({"fetched", "refused", "held", "declined"})
pages = Pages()


@pages.get("/batch/files", needs=Scope.BATCH_READ)
async def list_files(visit: CurrentVisit, after: After = None) -> Response:
    """All files that were ever seen, newest first."""
    found = await visit.call(SERVICE, "GET", "/files", params={"after": after, "size": 50})
    return visit.show("batch/files.html", files=found)


@pages.get("/batch/files/{file_id}", needs=Scope.BATCH_READ)
async def show_file(
    visit: CurrentVisit,
    file_id: Id,
    after: After = None,
    outcome: Annotated[str, Query(pattern="^[a-z-]{0,40}$")] = "",
) -> Response:
    """One file, with a page of its persons and what the log says of it."""
    file = await visit.call(SERVICE, "GET", f"/files/{file_id}")
    wanted = {"after": after, "outcome": outcome or None, "size": 50}
    persons, log = await asyncio.gather(
        visit.attempt(SERVICE, "GET", f"/files/{file_id}/outcomes", params=wanted),
        visit.attempt(SERVICE, "GET", "/journal", params={"file": file["name"], "size": 20}),
    )
    return visit.show(
        "batch/file.html",
        file=file,
        persons=persons,
        log=log,
        outcome=outcome,
        outcomes=filters(visit, OUTCOMES),
        sentences=SENTENCES,
        is_importable=file["state"] in IMPORTABLE,
    )


@pages.get("/batch/files/{file_id}/problems", needs=Scope.BATCH_READ)
async def show_problems(visit: CurrentVisit, file_id: Id, after: After = None) -> Response:
    """Rejected records and remarks, each with its record masked."""
    file = await visit.call(SERVICE, "GET", f"/files/{file_id}")
    found = await visit.call(
        SERVICE, "GET", f"/files/{file_id}/problems", params={"after": after, "size": 50}
    )
    return visit.show("batch/problems.html", file=file, problems=found)


@pages.get("/batch/files/{file_id}/persons/{ordinal}", needs=Scope.BATCH_READ)
async def show_person(visit: CurrentVisit, file_id: Id, ordinal: Ordinal) -> Response:
    """What the file did to one person."""
    file = await visit.call(SERVICE, "GET", f"/files/{file_id}")
    person = await visit.call(SERVICE, "GET", f"/files/{file_id}/outcomes/{ordinal}")
    return visit.show("batch/person.html", file=file, person=person)


@pages.get("/batch/contacts/{contact_id}", needs=Scope.BATCH_READ)
async def show_contact(
    visit: CurrentVisit,
    contact_id: Id,
    after: Annotated[str | None, Query(pattern=r"^\d{1,18}-\d{1,9}$")] = None,
) -> Response:
    """What the imports say of one contact, newest file first."""
    found = await visit.call(
        SERVICE, "GET", f"/contacts/{contact_id}/imports", params={"after": after, "size": 50}
    )
    return visit.show("batch/contact.html", contact_id=contact_id, imports=found)
