"""Import from the registers: one field takes any number or a company's name. Looking up stores nothing; only importing does."""

import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence
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
from console.web.wrong import Wrong

NEEDS = (Scope.PERSONS_LOOKUP, Scope.PERSONS_IMPORT, Scope.UNITS_LOOKUP, Scope.UNITS_IMPORT)
HOME = "/ui/contacts/import"
PATIENCE = dt.timedelta(minutes=5)
MOST, AT_ONCE = 1000, 20  # numbers of a list, and of them in one call
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
    return _list(visit, {"kind": "persons", "numbers": ""})


@pages.post("/contacts/import/list", needs=(Scope.PERSONS_IMPORT, Scope.UNITS_IMPORT))
async def import_list(visit: CurrentVisit) -> Response:
    """Imports each number of the list, some at a time; each has an outcome of its own."""
    typed = {"kind": visit.form.text("kind"), "numbers": visit.form.raw("numbers")}
    numbers = [*{recognising.digits(line): line for line in visit.form.lines("numbers")}.values()]
    if len(numbers) > MOST:
        text = N_("These are %(count)s; %(most)s at most are imported at once.")
        said = visit.say(text, count=len(numbers), most=MOST)
        return _list(visit, typed, status=422, wrong=Wrong({"numbers": said}))
    try:
        first = await _import_some(visit, typed["kind"], numbers[:AT_ONCE])
    except CallFailed as failure:
        return _list(visit, typed, failure=failure)
    later = _import_later(visit, typed["kind"], numbers[AT_ONCE:])
    rows = {"rows": first, "naming": naming, "asked": len(numbers)}
    return visit.show_growing("contacts/imported.html", "contacts/imported_rows.html", later, **rows)


def _list(visit: Visit, typed: Mapping[str, str], *, wrong: Wrong | None = None, **more: Any) -> Response:
    return visit.show("contacts/import_list.html", typed=typed, most=MOST, wrong=wrong, **more)


async def _import_some(visit: Visit, kind: str, numbers: Sequence[str]) -> list[dict[str, Any]]:
    place, path = (
        (Place.CVR_ONLINE, "/units/imports/many")
        if kind == "units"
        else (Place.CPR_DIRECT, "/persons/import-batches")
    )
    body = visit.why() | {"numbers": numbers}
    done = await visit.call(place, "POST", path, json=body, timeout=PATIENCE)
    return [{**each, "number": numbers[each["place"]]} for each in done["items"]]


async def _import_later(visit: Visit, kind: str, numbers: Sequence[str]) -> AsyncIterator[Mapping[str, Any]]:
    """The other numbers' rows; where a call fails, those of it failed, and the next are tried all the same."""
    for start in range(0, len(numbers), AT_ONCE):
        some = numbers[start : start + AT_ONCE]
        try:
            yield {"rows": await _import_some(visit, kind, some)}
        except CallFailed as failure:
            yield {"rows": [_failed(number, failure) for number in some]}


def _failed(number: str, failure: CallFailed) -> dict[str, Any]:
    return {
        "number": number,
        "outcome": "failed",
        "contact_id": None,
        "failure": {"detail": failure.detail or str(failure)},
    }
