"""Import from the registers: one field takes any number or a company's name. Looking up stores nothing; only importing does."""

import datetime as dt
from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.contacts import naming, recognising
from console.web.contacts.recognising import Kind
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

NEEDS = (Scope.PERSONS_LOOKUP, Scope.PERSONS_IMPORT, Scope.UNITS_LOOKUP, Scope.UNITS_IMPORT)
HOME = "/ui/contacts/import"
PATIENCE = dt.timedelta(minutes=5)
MOST = 1000
KINDS = {
    Kind.CPR: N_("CPR number"),
    Kind.CVR: N_("CVR number"),
    Kind.P_NUMBER: N_("P-number"),
    Kind.NAME: N_("Company name"),
}
pages = Pages()


@pages.get("/contacts/import", needs=NEEDS)
async def ask(visit: CurrentVisit) -> Response:
    """The empty field."""
    visit.stated()
    return _shown(visit, "")


@pages.post("/contacts/import", needs=NEEDS)
async def look_up(visit: CurrentVisit) -> Response:
    """Asks the register; which one, the text says."""
    visit.stated()
    text = visit.form.text("text")
    if not text:
        return _shown(visit, "")
    chosen = visit.form.text("kind")
    kinds = [Kind(chosen)] if chosen in set(Kind) else recognising.kinds(text)
    if len(kinds) > 1:
        return _shown(visit, text, kinds=kinds)
    try:
        found = await _found(visit, kinds[0], text)
    except CallFailed as failure:
        return _shown(visit, text, kinds=kinds, failure=failure)
    return _shown(visit, text, kinds=kinds, **found)


async def _found(visit: Visit, kind: Kind, text: str) -> dict[str, Any]:
    if kind is Kind.CPR:
        body = visit.why() | {"number": recognising.digits(text)}
        if glass := visit.form.text("glass"):
            body["break_glass"] = {"reason": glass}
        return {"person": await visit.call(Place.CPR_DIRECT, "POST", "/persons/search", json=body)}
    what = {"name": text} if kind is Kind.NAME else {"number": recognising.digits(text)}
    body = visit.why() | what | {"page": visit.form.number("page") or 1}
    return {"hits": await visit.call(Place.CVR_ONLINE, "POST", "/units/search", json=body)}


def _shown(visit: Visit, text: str, *, failure: CallFailed | None = None, **found: Any) -> Response:
    return visit.show(
        "contacts/import.html",
        **{"text": text, "kinds": [], "person": None, "hits": None, **found},
        names=KINDS,
        naming=naming,
        failure=failure,
    )


@pages.post("/contacts/import/person", needs=Scope.PERSONS_IMPORT)
async def import_person(visit: CurrentVisit) -> Response:
    """Makes a contact of a person."""
    text = visit.form.text("text")
    body = visit.why() | {"number": recognising.digits(text)}
    try:
        done = await visit.call(Place.CPR_DIRECT, "POST", "/persons/imports", json=body, timeout=PATIENCE)
    except CallFailed as failure:
        return _shown(visit, text, kinds=[Kind.CPR], failure=failure)
    return _imported(visit, done)


@pages.post("/contacts/import/unit", needs=Scope.UNITS_IMPORT)
async def import_unit(visit: CurrentVisit) -> Response:
    """Makes a contact of a company or production unit; of a company's units, too, where that was wished."""
    text = visit.form.text("text")
    body = visit.why() | {"number": text, "with_units": visit.form.flag("with_units")}
    try:
        done = await visit.call(Place.CVR_ONLINE, "POST", "/units/imports", json=body, timeout=PATIENCE)
    except CallFailed as failure:
        return _shown(visit, text, kinds=recognising.kinds(text)[:1], failure=failure)
    if done["production_units"] is None:
        return _imported(visit, done)
    rows = [{"number": text, **done, "failure": None}, *done["production_units"]["items"]]
    return visit.show("contacts/imported.html", rows=rows, naming=naming)


def _imported(visit: Visit, done: dict[str, Any]) -> Response:
    outcome = naming.label(visit, naming.OUTCOMES, done["outcome"])
    return visit.done(
        f"/ui/contacts/{done['contact_id']}", visit.say(N_("Imported: %(outcome)s."), outcome=outcome)
    )


@pages.get("/contacts/import/list", needs=(Scope.PERSONS_IMPORT, Scope.UNITS_IMPORT))
async def ask_list(visit: CurrentVisit) -> Response:
    """The empty form of a list."""
    visit.stated()
    return visit.show("contacts/import_list.html", typed={"kind": "persons", "numbers": ""}, most=MOST)


@pages.post("/contacts/import/list", needs=(Scope.PERSONS_IMPORT, Scope.UNITS_IMPORT))
async def import_list(visit: CurrentVisit) -> Response:
    """Imports each number of the list; each has an outcome of its own."""
    typed = {"kind": visit.form.text("kind"), "numbers": visit.form.raw("numbers")}
    numbers = visit.form.lines("numbers")
    place, path = (
        (Place.CVR_ONLINE, "/units/imports/many")
        if typed["kind"] == "units"
        else (Place.CPR_DIRECT, "/persons/import-batches")
    )
    try:
        done = await visit.call(
            place, "POST", path, json=visit.why() | {"numbers": numbers}, timeout=PATIENCE
        )
    except CallFailed as failure:
        return visit.show("contacts/import_list.html", typed=typed, most=MOST, failure=failure)
    rows = [{**each, "number": numbers[each["place"]]} for each in done["items"]]
    return visit.show("contacts/imported.html", rows=rows, naming=naming)
