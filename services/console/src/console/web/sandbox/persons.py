"""Fictional persons: found, looked at, and something happens to them."""

from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.sandbox import words
from console.web.sandbox.world import HOME, written
from console.web.visit import CurrentVisit, Visit

LIST = f"{HOME}/persons"
SEARCH, CHANGE = "/persons/search", "/persons/changes"
PAGE = 25
NUMBER_LENGTH = 10
NEW: dict[str, Any] = {"event": "moves", "count": 3, "share": "", "files": 1, "lose": False}
pages = Pages()


@pages.get("/sandbox/persons", needs=Scope.SANDBOX_CONTROL)
async def list_persons(visit: CurrentVisit, start: Annotated[int, Query(ge=0)] = 0) -> Response:
    """All persons, page by page."""
    return await _listed(visit, {"start": start})


@pages.post("/sandbox/persons", needs=Scope.SANDBOX_CONTROL)
async def search(visit: CurrentVisit) -> Response:
    """Persons by number or a part of the name."""
    wanted = visit.form.text("wanted")
    digits = wanted.replace("-", "").replace(" ", "")
    by_number = len(digits) == NUMBER_LENGTH and digits.isascii() and digits.isdigit()
    start = visit.form.number("start") or 0
    return await _listed(
        visit, {"number": digits} if by_number else {"name": wanted, "start": start}, wanted=wanted
    )


@pages.get("/sandbox/persons/{person}", needs=Scope.SANDBOX_CONTROL)
async def show_person(visit: CurrentVisit, person: int) -> Response:
    """One person, and what can be made to happen."""
    return await _person(visit, person)


@pages.post("/sandbox/persons/{person}", needs=Scope.SANDBOX_CONTROL)
async def happens(visit: CurrentVisit, person: int) -> Response:
    """Something happens to one person; the change file is written."""
    event = visit.form.text("event")
    if event in words.FOR_GOOD and not visit.form.is_confirmed:
        return _asked(visit, event, back=f"{LIST}/{person}")
    try:
        day = await visit.call(
            Place.SANDBOX, "POST", CHANGE, json={"events": [{"event": event, "person": person}]}
        )
    except CallFailed as failure:
        return await _person(visit, person, failure)
    return visit.done(f"{LIST}/{person}", _told(visit, event, day))


@pages.post("/sandbox/persons-drawn", needs=Scope.SANDBOX_CONTROL)
async def happens_to_some(visit: CurrentVisit) -> Response:
    """Something happens to persons drawn at random, or something drawn to a share of everybody."""
    form = visit.form
    typed = {
        "event": form.text("event"),
        "count": form.number("events/0/count"),
        "share": form.text("share").replace(",", "."),
        "files": form.number("files"),
        "lose": form.flag("lose"),
    }
    event = str(typed["event"]) if typed["count"] else ""
    asks = typed["share"] or typed["lose"] or event in words.FOR_GOOD
    if asks and not form.is_confirmed:
        return _asked(visit, event, back=LIST, share=str(typed["share"]), is_lost=typed["lose"] is True)
    try:
        day = await visit.call(Place.SANDBOX, "POST", CHANGE, json=_body(typed))
    except CallFailed as failure:
        return await _listed(visit, {}, typed=typed, failure=failure)
    return visit.done(HOME, _told(visit, event, day))


def _body(typed: dict[str, Any]) -> dict[str, Any]:
    """As the API takes it; an empty count: nothing named happens."""
    events = [{"event": typed["event"], "count": typed["count"]}] if typed["count"] else []
    return {
        "events": events,
        "share": _part(typed["share"]),
        "files": typed["files"] or 1,
        "lose": typed["lose"],
    }


def _part(percent: str) -> float | str:
    """Per cent as a part of one; what is no number comes as it was typed, so that the service says so."""
    try:
        return float(percent or 0) / 100
    except ValueError:
        return percent


def _asked(visit: Visit, event: str, *, back: str, share: str = "", is_lost: bool = False) -> Response:
    what = [visit.say(N_("A change file is written. What has happened cannot be taken back."))]
    if event in words.EVENTS:
        what.insert(0, f"{visit.say(words.EVENTS[event])}.")
    if share:
        what.insert(
            0, visit.say(N_("Something drawn happens to %(share)s per cent of all persons."), share=share)
        )
    if is_lost:
        what.append(visit.say(N_("The file never reaches the server: the next one shows a gap.")))
    return visit.confirm(
        title=visit.say(N_("Let it happen?")), what=what, action=visit.say(N_("Let it happen")), back=back
    )


def _told(visit: Visit, event: str, day: dict[str, Any]) -> str:
    name = words.EVENTS.get(event)
    return f"{visit.say(name)}. {written(visit, day)}" if name else written(visit, day)


async def _listed(
    visit: Visit,
    asked: dict[str, Any],
    *,
    wanted: str = "",
    typed: dict[str, Any] = NEW,
    failure: CallFailed | None = None,
) -> Response:
    found = await visit.call(Place.SANDBOX, "POST", SEARCH, json={**asked, "limit": PAGE})
    return visit.show(
        "sandbox/persons.html",
        found=found,
        wanted=wanted,
        typed=typed,
        failure=failure,
        events=[(code, visit.say(text)) for code, text in words.EVENTS.items()],
        statuses=words.STATUSES,
    )


async def _person(visit: Visit, person: int, failure: CallFailed | None = None) -> Response:
    found = await visit.call(Place.SANDBOX, "POST", SEARCH, json={"start": person, "limit": 1})
    if not found["persons"] or found["persons"][0]["person"] != person:
        return visit.show("sandbox/unknown.html", status=404, back=LIST)
    return visit.show(
        "sandbox/person.html",
        person=found["persons"][0],
        failure=failure,
        events=words.EVENTS,
        for_good=words.FOR_GOOD,
        statuses=words.STATUSES,
        civil=words.CIVIL,
    )
