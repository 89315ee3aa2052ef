"""The end of a contact: closing it, which can be taken back, and erasing it for good, which cannot."""

from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope
from registerbro.contacts.erasing import Reason

from console.web.addresses import Place
from console.web.contacts import naming, reading, writing
from console.web.contacts.reading import ThisContact
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

REASONS = {
    Reason.RETENTION_ENDED: N_("Nothing obliges or permits to keep the data any longer"),
    Reason.ON_REQUEST: N_("The person asked for it (GDPR, article 17)"),
    Reason.IMPORTED_BY_MISTAKE: N_("Imported by mistake"),
    Reason.ORDERED: N_("Ordered by an authority or a court"),
    Reason.OTHER: N_("Something else, as the purpose says"),
}
ROWS = {
    "contact": N_("The contact, and contacts that are nothing without it"),
    "contact_number": N_("Numbers"),
    "address": N_("Addresses"),
    "contact_reference": N_("Relations, both ways"),
    "contact_version": N_("Past states"),
    "source_record": N_("What registers delivered"),
    "case_contact": N_("Parties to open cases"),
    "named_by": N_("Other contacts whose records name this one"),
}
pages = Pages()


@pages.get("/contacts/{contact_id}/closing", needs=Scope.CONTACTS_WRITE)
async def ask_closing(visit: CurrentVisit, contact_id: ThisContact) -> Response:
    """The form: on which day."""
    return await _form(visit, contact_id, "contacts/closing.html", typed={"EndDate": ""})


@pages.post("/contacts/{contact_id}/closing", needs=Scope.CONTACTS_WRITE)
async def close(visit: CurrentVisit, contact_id: ThisContact) -> Response:
    """Closes it."""
    typed = writing.typed(visit.form, ("EndDate",))
    path = f"{reading.path(contact_id)}/Registerbro.Close"
    try:
        await writing.write(visit, "POST", path, visit.form.number("version"), writing.given(typed))
    except CallFailed as failure:
        return await writing.refused(visit, "contacts/closing.html", contact_id, failure, typed=typed)
    return visit.done(f"/ui/contacts/{contact_id}", visit.say(N_("The contact was closed.")))


@pages.get("/contacts/{contact_id}/erasure", needs=Scope.CONTACTS_WRITE)
async def ask_erasure(visit: CurrentVisit, contact_id: ThisContact) -> Response:
    """The form: why."""
    return await _erasure(visit, contact_id, {"reason": "", "despite": ""})


@pages.post("/contacts/{contact_id}/erasure", needs=Scope.CONTACTS_WRITE)
async def erase(visit: CurrentVisit, contact_id: ThisContact) -> Response:
    """Says what would go, counted by the store; erases once that is confirmed."""
    typed = writing.typed(visit.form, ("reason", "despite"))
    order = visit.why() | {
        "reason": typed["reason"],
        "despite_open_cases": visit.form.flag("despite"),
        "dry_run": not visit.form.is_confirmed,
    }
    headers = {"If-Match": f'W/"{visit.form.number("version")}"'}
    path = f"{reading.path(contact_id)}/Registerbro.Erase"
    try:
        done = await visit.call(Place.CONSOLE, "POST", path, json=order, headers=headers)
    except CallFailed as failure:
        return await _erasure(visit, contact_id, typed, failure)
    if not visit.form.is_confirmed:
        return visit.confirm(
            title=visit.say(N_("Erase the contact for good?")),
            what=_what(visit, done["rows"]),
            action=visit.say(N_("Erase for good")),
            back=f"/ui/contacts/{contact_id}",
        )
    return visit.done("/ui/contacts", visit.say(N_("The contact was erased for good.")))


def _what(visit: Visit, rows: dict[str, int]) -> list[str]:
    """What goes, by how many rows; tables that people do not know by name are one line."""
    named = [f"{visit.say(text)}: {rows[table]}" for table, text in ROWS.items() if rows.get(table)]
    others = sum(count for table, count in rows.items() if table not in ROWS)
    return [
        visit.say(N_("There is no way back. What goes, by number:")),
        *named,
        *([f"{visit.say(N_('Subscriptions, orders, logs of imports'))}: {others}"] if others else []),
        visit.say(N_("The audit log stays; it names nobody.")),
        visit.say(
            N_("A keyed hash of the number stays, so that no register and no import brings the person back.")
        ),
    ]


async def _erasure(
    visit: Visit, contact_id: int, typed: dict[str, str], failure: CallFailed | None = None
) -> Response:
    reasons = [(str(reason), visit.say(text)) for reason, text in REASONS.items()]
    return await _form(visit, contact_id, "contacts/erasure.html", failure, typed=typed, reasons=reasons)


async def _form(
    visit: Visit, contact_id: int, template: str, failure: CallFailed | None = None, **context: Any
) -> Response:
    contact = await reading.contact(visit, contact_id)
    return visit.show(
        template,
        contact=contact,
        name=naming.name_of(visit, contact),
        naming=naming,
        version=contact["Version"],
        others=[],
        failure=failure,
        **context,
    )
