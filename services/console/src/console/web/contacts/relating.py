"""Relations that are made by hand: added and removed; those of a register are its own."""

from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope
from registerbro.contacts.model import Role

from console.web.contacts import naming, reading, writing
from console.web.contacts.reading import ThisContact
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit

FIELDS = ("Role", "ToContactId", "StartDate", "EndDate")
TEMPLATE = "contacts/reference.html"
pages = Pages()


@pages.get("/contacts/{contact_id}/references/new", needs=Scope.CONTACTS_WRITE)
async def ask(visit: CurrentVisit, contact_id: ThisContact) -> Response:
    """The empty form."""
    contact = await reading.contact(visit, contact_id)
    return visit.show(
        TEMPLATE,
        contact=contact,
        name=naming.name_of(visit, contact),
        naming=naming,
        version=contact["Version"],
        typed=dict.fromkeys(FIELDS, ""),
        roles=_roles(),
        others=[],
    )


@pages.post("/contacts/{contact_id}/references/new", needs=Scope.CONTACTS_WRITE)
async def add(visit: CurrentVisit, contact_id: ThisContact) -> Response:
    """Adds it, or gives it other dates."""
    typed = writing.typed(visit.form, FIELDS)
    body: dict[str, Any] = writing.given(typed) | {"ToContactId": visit.form.number("ToContactId")}
    path = f"{reading.path(contact_id)}/Registerbro.AddReference"
    try:
        await writing.write(visit, "POST", path, visit.form.number("version"), body)
    except CallFailed as failure:
        return await writing.refused(visit, TEMPLATE, contact_id, failure, typed=typed, roles=_roles())
    return visit.done(f"/ui/contacts/{contact_id}", visit.say(N_("The relation was added.")))


@pages.post("/contacts/{contact_id}/references/removal", needs=Scope.CONTACTS_WRITE)
async def remove(visit: CurrentVisit, contact_id: ThisContact) -> Response:
    """Removes it, once that is confirmed."""
    back = f"/ui/contacts/{contact_id}"
    if not visit.form.is_confirmed:
        return visit.confirm(
            title=visit.say(N_("Remove the relation?")),
            what=[
                visit.say(N_("The contact does not refer to the other one any more; the history keeps it."))
            ],
            action=visit.say(N_("Remove the relation")),
            back=back,
        )
    body = {"Role": visit.form.text("role"), "ToContactId": visit.form.number("to")}
    path = f"{reading.path(contact_id)}/Registerbro.RemoveReference"
    await writing.write(visit, "POST", path, visit.form.number("version"), body)
    return visit.done(back, visit.say(N_("The relation was removed.")))


def _roles() -> list[tuple[str, str]]:
    return [(str(role), str(role)) for role in Role]
