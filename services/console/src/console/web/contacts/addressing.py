"""Addresses of a contact: another one, changed, removed."""

from typing import Annotated, Any

from fastapi import Path
from fastapi.responses import Response
from registerbro.auth import Scope
from registerbro.ids import LAST_ID

from console.web.contacts import naming, reading, writing
from console.web.contacts.reading import ThisContact
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

FIELDS = (
    "Address1", "Address2", "Address3", "Postcode", "PostDistrict", "Municipality", "CountryCode", "StartDate", "EndDate",
    "PhoneNo", "Fax", "Email",
)  # fmt: skip
TEMPLATE = "contacts/address.html"
ThisAddress = Annotated[int, Path(ge=1, le=LAST_ID)]
pages = Pages()


@pages.get("/contacts/{contact_id}/addresses/new", needs=Scope.CONTACTS_WRITE)
async def ask_new(visit: CurrentVisit, contact_id: ThisContact) -> Response:
    """The empty form."""
    contact = await reading.contact(visit, contact_id)
    typed = dict.fromkeys(FIELDS, "") | {"AddressType": "HA", "CountryCode": "DK"}
    return _form(visit, contact, typed, None)


@pages.post("/contacts/{contact_id}/addresses/new", needs=Scope.CONTACTS_WRITE)
async def add(visit: CurrentVisit, contact_id: ThisContact) -> Response:
    """Adds it; a new main address makes the old one a former one."""
    typed = writing.typed(visit.form, (*FIELDS, "AddressType"))
    path = f"{reading.path(contact_id)}/Addresses"
    try:
        await writing.write(visit, "POST", path, visit.form.number("version"), writing.given(typed))
    except CallFailed as failure:
        return await writing.refused(
            visit, TEMPLATE, contact_id, failure, typed=typed, was={}, address_id=None
        )
    return visit.done(f"/ui/contacts/{contact_id}", visit.say(N_("The address was added.")))


@pages.get("/contacts/{contact_id}/addresses/{address_id}", needs=Scope.CONTACTS_WRITE)
async def ask(visit: CurrentVisit, contact_id: ThisContact, address_id: ThisAddress) -> Response:
    """The form, with what stands there now."""
    contact = await reading.contact(visit, contact_id)
    for address in contact["Addresses"]:
        if address["AddressId"] == address_id:
            return _form(visit, contact, address, address_id)
    return visit.done(
        f"/ui/contacts/{contact_id}",
        visit.say(N_("There is no such address any more. These are the present ones.")),
    )


@pages.post("/contacts/{contact_id}/addresses/{address_id}", needs=Scope.CONTACTS_WRITE)
async def change(visit: CurrentVisit, contact_id: ThisContact, address_id: ThisAddress) -> Response:
    """Changes what was changed in the form."""
    path = f"{reading.path(contact_id)}/Addresses({address_id})"
    try:
        body = writing.changed(visit.form, FIELDS)
        if body:
            await writing.write(visit, "PATCH", path, visit.form.number("version"), body)
    except CallFailed as failure:
        return await writing.refused(
            visit,
            TEMPLATE,
            contact_id,
            failure,
            typed=writing.typed(visit.form, (*FIELDS, "AddressType")),
            was=writing.before(visit.form, FIELDS),
            address_id=address_id,
        )
    return visit.done(f"/ui/contacts/{contact_id}", visit.say(N_("The address was changed.")))


@pages.post("/contacts/{contact_id}/addresses/{address_id}/removal", needs=Scope.CONTACTS_WRITE)
async def remove(visit: CurrentVisit, contact_id: ThisContact, address_id: ThisAddress) -> Response:
    """Removes it, once that is confirmed."""
    back = f"/ui/contacts/{contact_id}"
    if not visit.form.is_confirmed:
        return visit.confirm(
            title=visit.say(N_("Remove the address?")),
            what=[
                visit.say(N_("The contact loses the address; the history keeps it.")),
                visit.say(N_("A register that delivers the address brings it back.")),
            ],
            action=visit.say(N_("Remove the address")),
            back=back,
        )
    path = f"{reading.path(contact_id)}/Addresses({address_id})"
    await writing.write(visit, "DELETE", path, visit.form.number("version"))
    return visit.done(back, visit.say(N_("The address was removed.")))


def _form(visit: Visit, contact: dict[str, Any], typed: dict[str, Any], address_id: int | None) -> Response:
    return visit.show(
        TEMPLATE,
        contact=contact,
        name=naming.name_of(visit, contact),
        naming=naming,
        version=contact["Version"],
        typed=typed,
        was={name: typed[name] or "" for name in FIELDS} if address_id else {},
        address_id=address_id,
        others=[],
    )
