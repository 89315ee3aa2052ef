"""Changing what stands in a contact: its names and dates, and its labels."""

from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.contacts import naming, reading, writing
from console.web.contacts.reading import ThisContact
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

FIELDS = ("Name1", "Name2", "Text", "Position", "StartDate", "EndDate")
HIDDEN = ("Name1", "Name2", "Text")  # of protected persons
LABEL = ("Label", "Values")
pages = Pages()


@pages.get("/contacts/{contact_id}/edit", needs=Scope.CONTACTS_WRITE)
async def ask(visit: CurrentVisit, contact_id: ThisContact) -> Response:
    """The form, with what stands there now."""
    contact = await reading.contact(visit, contact_id)
    return visit.show(
        "contacts/edit.html",
        contact=contact,
        name=naming.name_of(visit, contact),
        naming=naming,
        version=contact["Version"],
        typed=_open(contact) | dict.fromkeys(LABEL, ""),
        was=_open(contact),
        others=[],
    )


@pages.post("/contacts/{contact_id}/edit", needs=Scope.CONTACTS_WRITE)
async def change(visit: CurrentVisit, contact_id: ThisContact) -> Response:
    """Changes what was changed in the form."""
    names = [name for name in FIELDS if name in visit.form.fields]
    body: dict[str, Any] = writing.changed(visit.form, names)
    if label := visit.form.text("Label"):
        body["Info"] = _label(visit, label)
    try:
        if body:
            path = reading.path(contact_id)
            await writing.write(visit, "PATCH", path, visit.form.number("version"), body)
    except CallFailed as failure:
        return await writing.refused(
            visit,
            "contacts/edit.html",
            contact_id,
            failure,
            typed=writing.typed(visit.form, names) | {"Label": label, "Values": visit.form.raw("Values")},
            was=writing.before(visit.form, names),
        )
    return visit.done(f"/ui/contacts/{contact_id}", visit.say(N_("The contact was changed.")))


def _open(contact: dict[str, Any]) -> dict[str, str]:
    """The fields that the person sees, and so may change."""
    return {name: contact[name] or "" for name in FIELDS if not (name in HIDDEN and contact[name] is None)}


def _label(visit: Visit, label: str) -> list[dict[str, str | None]]:
    values = visit.form.lines("Values")
    return [{"Label": label, "Value": value} for value in values] or [{"Label": label, "Value": None}]
