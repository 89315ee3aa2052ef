"""Cases and their parties. A reference may hold anything, so that it is sent in forms alone."""

from collections.abc import Mapping
from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.gateway import CallFailed
from console.web.languages import N_
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

HOME = "/ui/direct/cases"
pages = Pages()


@pages.get("/direct/cases", needs=Scope.SUBSCRIPTIONS_MANAGE)
async def show_cases(visit: CurrentVisit) -> Response:
    """The forms."""
    return _page(visit)


@pages.post("/direct/cases/search", needs=Scope.SUBSCRIPTIONS_MANAGE)
async def find_parties(visit: CurrentVisit) -> Response:
    """The parties of an open case."""
    try:
        return _page(visit, parties=await _parties(visit))
    except CallFailed as failure:
        return _page(visit, failure=failure)


@pages.post("/direct/cases/openings", needs=Scope.SUBSCRIPTIONS_MANAGE)
async def open_case(visit: CurrentVisit) -> Response:
    """The case is open with these parties, too."""
    sent = {**_case(visit), "contact_ids": _ids(visit)}
    try:
        added = await visit.call(Place.CPR_DIRECT, "POST", "/cases/openings", json=sent)
    except CallFailed as failure:
        return _page(visit, failure=failure)
    return _page(visit, parties=await _parties(visit), added=len(added["contact_ids"]))


@pages.post("/direct/cases/closings", needs=Scope.SUBSCRIPTIONS_MANAGE)
async def close_case(visit: CurrentVisit) -> Response:
    """The case is closed, once that is confirmed."""
    if not visit.form.is_confirmed:
        parties = await _parties(visit)
        return visit.confirm(
            title=visit.say(N_("Close the case?")),
            what=[
                visit.say(N_("Case: %(case)s"), case=visit.form.text("case_reference")),
                visit.say(N_("Contacts that are no longer party to it: %(count)s."), count=len(parties)),
                visit.say(
                    N_(
                        "Who is party to no other open case loses the subscription by a later run of the policy."
                    )
                ),
                visit.say(N_("The case can be opened again.")),
            ],
            action=visit.say(N_("Close the case")),
            back=HOME,
        )
    closed = await visit.call(Place.CPR_DIRECT, "POST", "/cases/closings", json=_case(visit))
    count = len(closed["contact_ids"])
    return visit.done(
        HOME, visit.say(N_("The case is closed. Contacts that were party to it: %(count)s."), count=count)
    )


async def _parties(visit: Visit) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = await visit.call(
        Place.CPR_DIRECT, "POST", "/cases/search", json=_case(visit)
    )
    return found


def _case(visit: Visit) -> dict[str, str]:
    return {"case_reference": visit.form.text("case_reference")}


def _ids(visit: Visit) -> list[int | str]:
    """As they were typed, with commas, spaces or line ends between them; what is no number is refused by the service."""
    words = visit.form.text("contact_ids").replace(",", " ").split()
    return [int(word) if word.isascii() and word.isdigit() else word for word in words]


def _page(
    visit: Visit,
    *,
    parties: list[Mapping[str, Any]] | None = None,
    added: int | None = None,
    failure: CallFailed | None = None,
) -> Response:
    return visit.show(
        "direct/cases.html",
        case_reference=visit.form.text("case_reference"),
        contact_ids=visit.form.text("contact_ids") if failure else "",
        parties=parties,
        added=added,
        failure=failure,
    )
