"""The search: one field for a name, a number or an address. What was typed stands in no URL: also pages are forms."""

from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.contacts import naming
from console.web.gateway import CallFailed
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

API = "/contacts/search"
SIZE = 25
CHOICES = {"": None, "yes": True, "no": False}
NOTHING = {"text": "", "name_type": "", "is_ended": "", "is_subscribed": ""}
pages = Pages()


@pages.get("/contacts", needs=Scope.CONTACTS_READ)
async def ask(visit: CurrentVisit) -> Response:
    """The empty field."""
    visit.stated()
    return await _shown(visit, NOTHING, None)


@pages.post("/contacts", needs=Scope.CONTACTS_READ)
async def search(visit: CurrentVisit) -> Response:
    """Who was found; straight to the contact where a number is one contact's."""
    typed = {name: visit.form.text(name) for name in NOTHING}
    page = visit.form.number("page") or 1
    body = visit.why() | {
        "text": typed["text"],
        "name_types": [typed["name_type"]] if typed["name_type"] else [],
        "is_ended": CHOICES.get(typed["is_ended"]),
        "is_subscribed": CHOICES.get(typed["is_subscribed"]),
        "page": page,
        "size": SIZE,
    }
    try:
        found = await visit.call(Place.CONSOLE, "POST", API, json=body)
    except CallFailed as failure:
        return await _shown(visit, typed, None, failure)
    match found["items"]:
        case [{"found_by": "number", "contact_id": contact_id}]:
            return visit.done(f"/ui/contacts/{contact_id}")
    return await _shown(visit, typed, found)


async def _shown(
    visit: Visit, typed: dict[str, str], found: dict[str, Any] | None, failure: CallFailed | None = None
) -> Response:
    return visit.show(
        "contacts/search.html",
        typed=typed,
        found=found,
        failure=failure,
        types=await naming.types(visit),
        naming=naming,
    )
