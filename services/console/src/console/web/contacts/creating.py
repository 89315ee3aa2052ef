"""A contact that is made by hand."""

from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.contacts import naming, writing
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

FIELDS = ("NameType", "NameCode", "Name1", "Name2", "Text", "Position")
ADDRESS = ("Address1", "Address2", "Postcode", "PostDistrict", "PhoneNo", "Email")
TAKEN = "number-taken"
pages = Pages()


@pages.get("/contacts/new", needs=Scope.CONTACTS_WRITE)
async def ask(visit: CurrentVisit) -> Response:
    """The empty form."""
    visit.stated()
    return await _form(visit, dict.fromkeys((*FIELDS, *ADDRESS), "") | {"NameType": "P"})


@pages.post("/contacts/new", needs=Scope.CONTACTS_WRITE)
async def create(visit: CurrentVisit) -> Response:
    """Creates it."""
    visit.stated()
    typed = writing.typed(visit.form, (*FIELDS, *ADDRESS))
    body: dict[str, Any] = {name: typed[name] for name in FIELDS if typed[name]}
    address = {name: typed[name] for name in ADDRESS if typed[name]}
    if address:
        body["Addresses"] = [{"AddressType": "HA", **address}]
    try:
        answer = await visit.answer(
            Place.CONSOLE, "POST", "/odata/Contacts", json=body, headers={"Prefer": "return=minimal"}
        )
    except CallFailed as failure:
        return await _form(visit, typed, failure)
    contact_id = answer.headers["OData-EntityId"].rpartition("(")[2].rstrip(")")
    return visit.done(f"/ui/contacts/{contact_id}", visit.say(N_("The contact was created.")))


async def _form(visit: Visit, typed: dict[str, str], failure: CallFailed | None = None) -> Response:
    taken = failure.facts.get("contact_id") if failure and failure.slug == TAKEN else None
    return visit.show(
        "contacts/new.html",
        typed=typed,
        types=await naming.types(visit),
        naming=naming,
        taken=taken,
        failure=failure,
    )
