"""The report for a person: who has looked at the person's data, when, what for; without the employees' names."""

from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.audit import showing
from console.web.gateway import CallFailed
from console.web.pages import Pages
from console.web.rendering import page_headers
from console.web.visit import CurrentVisit, Visit

API = "/audit/subject-report"
FILES = {"json": "application/json", "csv": "text/csv"}
pages = Pages()


@pages.get("/audit/report", needs=Scope.AUDIT_READ)
async def show_form(visit: CurrentVisit) -> Response:
    """The form, once it is said why the log is read."""
    visit.stated()
    return _page(visit)


@pages.post("/audit/report", needs=Scope.AUDIT_READ)
async def make_report(visit: CurrentVisit) -> Response:
    """The report as a page, or as a file to give to the person."""
    asked, file = {**visit.why(), **_subject(visit)}, visit.form.text("file")
    accept = FILES.get(file, FILES["json"])
    try:
        answer = await visit.answer(Place.CONSOLE, "POST", API, json=asked, headers={"Accept": accept})
    except CallFailed as failure:
        return _page(visit, failure=failure)
    if file in FILES:
        headers = page_headers() | {"Content-Disposition": f'attachment; filename="accesses.{file}"'}
        return Response(answer.content, media_type=answer.headers["content-type"], headers=headers)
    return _page(visit, report=answer.json())


def _subject(visit: Visit) -> dict[str, Any]:
    """By contact where one is named, else by number."""
    if not visit.form.text("contact_id"):
        return {"number": visit.form.text("number")}
    [contact_id, *_] = showing.numbers(visit.form.text("contact_id"))
    return {"contact_id": contact_id}


def _page(visit: Visit, *, report: Any = None, failure: CallFailed | None = None) -> Response:
    subject = {name: visit.form.text(name) for name in ("number", "contact_id")}
    return visit.show(
        "audit/report.html",
        typed=subject,
        again=list(subject.items()),
        report=report,
        action_of=showing.action_of,
        failure=failure,
    )
