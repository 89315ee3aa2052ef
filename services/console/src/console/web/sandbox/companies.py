"""Fictional companies and production units: found, looked at, and something happens to them."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place, below
from console.web.forms import Form
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.sandbox import words
from console.web.sandbox.world import HOME
from console.web.visit import CurrentVisit, Visit

LIST = f"{HOME}/companies"
SEARCH, HAPPEN = "/companies/search", "/companies/happenings"
PAGE = 25
UNITS = 200  # of a company on its page
LENGTHS = (8, 10)  # digits of CVR numbers and P-numbers
pages = Pages()


def _of_units(do: str, **more: Any) -> Callable[[Mapping[str, Any], Form], dict[str, Any]]:
    return lambda unit, _: {"do": do, "numbers": [unit["number"]], **more}


def _moves(unit: Mapping[str, Any], form: Form) -> dict[str, Any]:
    given = {name: form.optional(f"move/{name}") for name in ("road", "house", "postcode", "district")}
    return {"do": "move", "numbers": [unit["number"]], **given}


def _is_reached(unit: Mapping[str, Any], form: Form) -> dict[str, Any]:
    given = {name: form.optional(f"contact/{name}") for name in ("phone", "email")}
    return {"do": "contact", "numbers": [unit["number"]], "secret": form.flag("contact/secret"), **given}


BODIES: Mapping[str, Callable[[Mapping[str, Any], Form], dict[str, Any]]] = {
    "move": _moves,
    "contact": _is_reached,
    "rename": lambda unit, form: {
        "do": "rename",
        "numbers": [unit["number"]],
        "name": form.text("rename/name"),
    },
    "industry": _of_units("industry"),
    "cease": lambda unit, form: {
        "do": "cease",
        "number": unit["number"],
        "with_units": form.flag("cease/with_units"),
    },
    "reopen": _of_units("reopen"),
    "protect": _of_units("protect", on=True),
    "unprotect": _of_units("protect", on=False),
    "bankrupt": _of_units("bankrupt", on=True),
    "solvent": _of_units("bankrupt", on=False),
    "correct": _of_units("correct"),
    "sell": lambda unit, form: {"do": "sell", "number": unit["number"], "to": form.text("sell/to")},
    "open": lambda unit, form: {"do": "open", "company": unit["number"], "name": form.text("open/name")},
}
"""What can happen to a unit, as the API takes it. Fields of forms are called as the API calls them in its errors: ``move/road``."""


@pages.get("/sandbox/companies", needs=Scope.SANDBOX_CONTROL)
async def list_companies(visit: CurrentVisit, page: Annotated[int, Query(ge=1, le=10_000)] = 1) -> Response:
    """All companies and production units, page by page."""
    return await _listed(visit, {"page": page}, page=page)


@pages.post("/sandbox/companies", needs=Scope.SANDBOX_CONTROL)
async def search(visit: CurrentVisit) -> Response:
    """Companies and production units by number or the beginning of the name."""
    wanted = visit.form.text("wanted")
    digits = wanted.replace(" ", "")
    by_number = len(digits) in LENGTHS and digits.isascii() and digits.isdigit()
    return await _listed(visit, {"number": digits} if by_number else {"name": wanted}, wanted=wanted)


@pages.post("/sandbox/register", needs=Scope.SANDBOX_CONTROL)
async def happens_to_register(visit: CurrentVisit) -> Response:
    """Something happens to the register as a whole, or a company is founded."""
    do = visit.form.text("do")
    if do == "recode" and not visit.form.is_confirmed:
        return _asked(
            visit,
            do,
            LIST,
            visit.say(N_("Two events for every unit: a storm that takes its time to be worked off.")),
        )
    name = {"name": visit.form.text("found/name")} if do == "found" else {}
    try:
        changed = await visit.call(Place.SANDBOX, "POST", HAPPEN, json={"do": do, **name})
    except CallFailed as failure:
        return await _listed(visit, {}, failure=failure)
    to = below(LIST, changed["units"][0]["object_id"]) if changed["units"] else LIST
    return visit.done(to, _told(visit, do, changed))


@pages.get("/sandbox/companies/{object_id}", needs=Scope.SANDBOX_CONTROL)
async def show_unit(visit: CurrentVisit, object_id: str) -> Response:
    """One of them, and what can be made to happen."""
    return await _shown(visit, object_id)


@pages.post("/sandbox/companies/{object_id}", needs=Scope.SANDBOX_CONTROL)
async def happens(visit: CurrentVisit, object_id: str) -> Response:
    """Something happens to it: one package of the register."""
    do = visit.form.text("do")
    if do == "cease" and not visit.form.is_confirmed:
        return _asked(
            visit,
            do,
            below(LIST, object_id),
            visit.say(N_("It ends today, with all it has. It can be made to live again.")),
        )
    try:
        units = await _units(visit, object_id)
        if not units or do not in BODIES:
            return visit.show("sandbox/unknown.html", status=404, back=LIST)
        changed = await visit.call(Place.SANDBOX, "POST", HAPPEN, json=BODIES[do](units[0], visit.form))
    except CallFailed as failure:
        return await _shown(visit, object_id, failure)
    return visit.done(below(LIST, object_id), _told(visit, do, changed))


def _asked(visit: Visit, do: str, back: str, what: str) -> Response:
    title = visit.say(words.HAPPENINGS[do])
    return visit.confirm(title=f"{title}?", what=[what], action=visit.say(N_("Let it happen")), back=back)


def _told(visit: Visit, do: str, changed: Mapping[str, Any]) -> str:
    name = visit.say(words.HAPPENINGS.get(do, do))
    return visit.say(N_("%(name)s. Events of the register: %(count)s."), name=name, count=changed["events"])


async def _units(visit: Visit, object_id: str) -> list[dict[str, Any]]:
    """The unit and, of a company, its production units; none if there is no such one."""
    asked = {"object_id": object_id, "limit": UNITS}
    found: list[dict[str, Any]] = (await visit.call(Place.SANDBOX, "POST", SEARCH, json=asked))["units"]
    return found


async def _listed(
    visit: Visit, asked: dict[str, Any], *, wanted: str = "", page: int = 1, failure: CallFailed | None = None
) -> Response:
    found = await visit.call(Place.SANDBOX, "POST", SEARCH, json={**asked, "limit": PAGE})
    return visit.show(
        "sandbox/companies.html",
        found=found,
        wanted=wanted,
        page=page,
        failure=failure,
        kinds=words.KINDS,
        happenings=words.HAPPENINGS,
        name=visit.form.text("found/name"),
    )


async def _shown(visit: Visit, object_id: str, failure: CallFailed | None = None) -> Response:
    units = await _units(visit, object_id)
    if not units:
        return visit.show("sandbox/unknown.html", status=404, back=LIST)
    return visit.show(
        "sandbox/company.html",
        unit=units[0],
        others=units[1:],
        failure=failure,
        kinds=words.KINDS,
        happenings=words.HAPPENINGS,
        form=visit.form,
    )
