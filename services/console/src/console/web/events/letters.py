"""What consumers gave up: found, looked at, delivered again or discarded, one or many."""

from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.events import words
from console.web.events.sent import TYPES, counted
from console.web.forms import Form
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

API, LIST = "/events/dead-letters", "/ui/events/dead-letters"
PAGE = 50
WAITING = ""  # the states that are shown if none is asked for
pages = Pages()


@pages.get("/events/dead-letters", needs=Scope.EVENTS_REPLAY)
async def list_letters(visit: CurrentVisit, consumer: Annotated[str, Query(max_length=100)] = "") -> Response:
    """What waits for a decision, newest first."""
    return await _listed(visit, {"consumer": consumer, "type": "", "reason": "", "state": WAITING})


@pages.post("/events/dead-letters", needs=Scope.EVENTS_REPLAY)
async def find_letters(visit: CurrentVisit) -> Response:
    """Those of a consumer, a type, a state, or with a part of a reason, which may be anybody's text: never in a URL."""
    return await _listed(visit, _typed(visit.form), after=visit.form.optional("after"))


@pages.post("/events/dead-letters/replay", needs=Scope.EVENTS_REPLAY)
async def replay(visit: CurrentVisit) -> Response:
    """Those that were chosen, or all that fit, are delivered again to the consumer that gave them up."""
    try:
        done = await visit.call(Place.CONSOLE, "POST", f"{API}/replay", json=_which(visit.form))
    except CallFailed as failure:
        return await _listed(visit, _typed(visit.form), failure=failure)
    return visit.done(LIST, _told(visit, N_("Delivered again: %(count)s."), done))


@pages.post("/events/dead-letters/discard", needs=Scope.EVENTS_REPLAY)
async def discard(visit: CurrentVisit) -> Response:
    """Those that were chosen, or all that fit, are closed for good, with the reason."""
    form = visit.form
    which, reason = _which(form), form.text("why")
    if reason and which and not form.is_confirmed:
        return _asked(visit, which, reason)
    try:
        done = await visit.call(
            Place.CONSOLE, "POST", f"{API}/discard", json={"which": which, "reason": reason}
        )
    except CallFailed as failure:
        return await _listed(visit, _typed(form), failure=failure, why=reason)
    return visit.done(LIST, _told(visit, N_("Discarded: %(count)s."), done))


@pages.get("/events/dead-letters/{letter}", needs=Scope.EVENTS_REPLAY)
async def show_letter(visit: CurrentVisit, letter: int) -> Response:
    """One of them, with the event if it is one of ours."""
    found = await visit.call(Place.CONSOLE, "GET", f"{API}/{letter}")
    return visit.show("events/letter.html", letter=found, states=words.LETTERS)


def _typed(form: Form) -> dict[str, Any]:
    return {name: form.text(name) for name in ("consumer", "type", "reason", "state")}


def _which(form: Form) -> dict[str, Any]:
    """The chosen ones; all that fit the filter, if that was asked for."""
    if form.text("which") == "all":
        typed = _typed(form)
        found = {"consumer": typed["consumer"], "type": typed["type"], "reason_contains": typed["reason"]}
        return {name: value for name, value in found.items() if value}
    return {"ids": [int(each) for each in form.many("ids") if each.isascii() and each.isdigit()]}


def _asked(visit: Visit, which: dict[str, Any], reason: str) -> Response:
    many = (
        visit.say(N_("Chosen messages: %(count)s."), count=len(which["ids"]))
        if "ids" in which
        else visit.say(N_("All messages of the filter that wait for a decision."))
    )
    return visit.confirm(
        title=visit.say(N_("Discard what was given up?")),
        what=[
            many,
            visit.say(N_("They are closed for good: nobody handles them any more.")),
            visit.say(N_("Reason: %(reason)s"), reason=reason),
        ],
        action=visit.say(N_("Discard")),
        back=LIST,
    )


def _told(visit: Visit, text: str, done: dict[str, Any]) -> str:
    said = visit.say(text, count=done["count"])
    more = visit.say(N_("There are more: do it again."))
    return said if done["is_all"] else f"{said} {more}"


async def _listed(
    visit: Visit,
    typed: dict[str, Any],
    *,
    after: str | None = None,
    failure: CallFailed | None = None,
    why: str = "",
) -> Response:
    asked = {**{name: value or None for name, value in typed.items()}, "limit": PAGE, "after": after}
    found: Any = {"items": [], "next": None}
    try:
        found = await visit.call(Place.CONSOLE, "GET", API, params=asked)
    except CallFailed as failed:
        failure = failure or failed
    return visit.show(
        "events/letters.html",
        found=found,
        typed=typed,
        failure=failure,
        why=why,
        is_filtered=bool(typed["consumer"] or typed["type"] or typed["reason"]),
        types=TYPES,
        states=words.LETTERS,
        state_options=words.options(words.LETTERS, visit.say),
        short=words.short,
        counts=await counted(visit),
    )
