"""The pages of the contact types."""

from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope
from registerbro.contact_types import Validation

from console.web.addresses import Place, below
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

API = "/configuration/contact-types"
LIST = "/ui/configuration/contact-types"
EMPTY: dict[str, Any] = {
    "name_type": "",
    "title": "",
    "text": "",
    "auto_id": False,
    "length": None,
    "validation": None,
}
pages = Pages()


@pages.get("/configuration/contact-types", needs=Scope.CONFIG_READ)
async def list_types(visit: CurrentVisit) -> Response:
    """All contact types, and the form of a new one."""
    return await _list(visit, EMPTY)


@pages.post("/configuration/contact-types", needs=Scope.CONFIG_WRITE)
async def add_type(visit: CurrentVisit) -> Response:
    """Adds a type of one's own."""
    typed = {"name_type": visit.form.text("name_type").upper(), **_typed(visit)}
    try:
        await visit.call(Place.CONSOLE, "POST", API, json=typed)
    except CallFailed as failure:
        return await _list(visit, typed, failure)
    return visit.done(LIST, visit.say(N_("The contact type was added.")))


@pages.get("/configuration/contact-types/{name_type}", needs=Scope.CONFIG_READ)
async def show_type(visit: CurrentVisit, name_type: str) -> Response:
    """One type, and who changed it."""
    kept = await visit.call(Place.CONSOLE, "GET", below(API, name_type))
    return await _type(visit, kept, kept)


@pages.post("/configuration/contact-types/{name_type}", needs=Scope.CONFIG_WRITE)
async def change_type(visit: CurrentVisit, name_type: str) -> Response:
    """Changes it; of a preset one what the registers leave open."""
    kept = await visit.call(Place.CONSOLE, "GET", below(API, name_type))
    typed = _typed(visit)
    sent = {name: typed[name] for name in ("title", "text")} if kept["is_preset"] else typed
    try:
        await visit.call(Place.CONSOLE, "PATCH", below(API, name_type), json=sent)
    except CallFailed as failure:
        return await _type(visit, kept, kept | sent, failure)
    return visit.done(below(LIST, name_type), visit.say(N_("The contact type was changed.")))


@pages.post("/configuration/contact-types/{name_type}/removal", needs=Scope.CONFIG_WRITE)
async def remove_type(visit: CurrentVisit, name_type: str) -> Response:
    """Removes it, once that is confirmed."""
    if not visit.form.is_confirmed:
        return visit.confirm(
            title=visit.say(N_("Remove the contact type %(type)s?"), type=name_type),
            what=[
                visit.say(
                    N_("No contact can be made with it any more. It is refused while contacts have it.")
                ),
                visit.say(N_("Its history stays, and the code can be used again.")),
            ],
            action=visit.say(N_("Remove the contact type")),
            back=below(LIST, name_type),
        )
    await visit.call(Place.CONSOLE, "DELETE", below(API, name_type))
    return visit.done(LIST, visit.say(N_("The contact type was removed.")))


def _typed(visit: Visit) -> dict[str, Any]:
    form = visit.form
    return {
        "title": form.text("title"),
        "text": form.text("text"),
        "auto_id": form.flag("auto_id"),
        "length": form.number("length"),
        "validation": form.optional("validation"),
    }


async def _list(visit: Visit, typed: dict[str, Any], failure: CallFailed | None = None) -> Response:
    found = await visit.call(Place.CONSOLE, "GET", API)
    return visit.show(
        "configuration/contact_types.html",
        types=found["items"],
        typed=typed,
        validations=_validations(visit),
        failure=failure,
    )


async def _type(
    visit: Visit, kept: dict[str, Any], typed: dict[str, Any], failure: CallFailed | None = None
) -> Response:
    params = {"topic": "contact-type", "name": kept["name_type"]}
    return visit.show(
        "configuration/contact_type.html",
        kept=kept,
        typed=typed,
        validations=_validations(visit),
        history=await visit.attempt(Place.CONSOLE, "GET", "/configuration/history", params=params),
        failure=failure,
    )


def _validations(visit: Visit) -> list[tuple[str, str]]:
    none = visit.say(N_("none: any text, or no number"))
    return [("", none), *((str(each), str(each)) for each in Validation)]
