"""Everything that is held on a contact, for the person to have (GDPR, article 15): as a document, or as data."""

import datetime as dt

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.contacts import naming, reading
from console.web.contacts.reading import ThisContact
from console.web.pages import Pages
from console.web.visit import CurrentVisit

FORMS = {"pdf": "application/pdf", "json": "application/json"}
PATIENCE = dt.timedelta(minutes=2)
pages = Pages()


@pages.get("/contacts/{contact_id}/export", needs=Scope.AUDIT_READ)
async def ask(visit: CurrentVisit, contact_id: ThisContact) -> Response:
    """What it holds, and in which form it is wanted."""
    visit.require(frozenset({Scope.PROTECTED_READ}))
    contact = await reading.contact(visit, contact_id)
    return visit.show("contacts/export.html", contact=contact, name=naming.name_of(visit, contact))


@pages.post("/contacts/{contact_id}/export", needs=Scope.AUDIT_READ)
async def export(visit: CurrentVisit, contact_id: ThisContact) -> Response:
    """The file."""
    visit.require(frozenset({Scope.PROTECTED_READ}))
    visit.stated()
    form = visit.form.text("form") if visit.form.text("form") in FORMS else "pdf"
    answer = await visit.answer(
        Place.CONSOLE,
        "POST",
        f"{reading.path(contact_id)}/Registerbro.Export",
        json={},
        headers={"Accept": FORMS[form]},
        timeout=PATIENCE,
    )
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="contact-{contact_id}.{form}"',
    }
    return Response(answer.content, media_type=FORMS[form], headers=headers)
