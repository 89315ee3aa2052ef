"""The person's own pages: language and look, and why contacts are read."""

import datetime as dt
from typing import Annotated

from fastapi import Query
from fastapi.responses import RedirectResponse, Response

from console.people.paths import OwnPath, own_path
from console.purposes import PurposeRequired, purpose_of
from console.web import keeping, languages, stating
from console.web.languages import Language
from console.web.menu import HOME
from console.web.pages import Pages
from console.web.rendering import THEME_COOKIE, Theme
from console.web.visit import CurrentVisit

YEAR = dt.timedelta(days=365)
pages = Pages()


@pages.get("/preferences")
async def show_preferences(visit: CurrentVisit) -> Response:
    """Language, look, and what the person may do."""
    return visit.show("own/preferences.html")


@pages.post("/preferences")
async def save_preferences(visit: CurrentVisit) -> Response:
    """Kept in the browser."""
    answer = visit.done("/ui/preferences")
    for cookie, kind in ((languages.COOKIE, Language), (THEME_COOKIE, Theme)):
        value = visit.form.text(cookie.removeprefix("registerbro-"))
        if value in set(kind):
            keeping.keep(answer, cookie, value, lasts=YEAR, is_secure=visit.is_secure, path="/")
    return answer


@pages.get("/purpose")
async def ask_purpose(visit: CurrentVisit, path: Annotated[OwnPath, Query(alias="next")] = HOME) -> Response:
    """Asks why contacts are read, then leads on."""
    said = visit.purpose
    return visit.show(
        "own/purpose.html",
        next=path,
        purpose=said.purpose if said else "",
        case_reference=said.case_reference if said else "",
        refused=False,
    )


@pages.post("/purpose")
async def keep_purpose(visit: CurrentVisit) -> Response:
    """Keeps it for an hour."""
    form = visit.form
    try:
        path = own_path(form.text("next", HOME))
    except ValueError:
        path = HOME
    try:
        purpose = purpose_of(form.text("purpose"), form.optional("case_reference"))
    except PurposeRequired:
        return visit.show(
            "own/purpose.html",
            status=422,
            next=path,
            purpose=form.text("purpose"),
            case_reference=form.text("case_reference"),
            refused=True,
        )
    answer = RedirectResponse(path, status_code=303)
    stating.keep(answer, purpose, session_id=visit.session_id, is_secure=visit.is_secure)
    return answer
