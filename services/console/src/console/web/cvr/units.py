"""Looking companies and production units up at the register. Nothing is stored but who asked, and why."""

import re
from collections.abc import Mapping
from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.gateway import CallFailed
from console.web.pages import Pages
from console.web.visit import CurrentVisit, Visit

SIZE = 20  # hits of one page
_NUMBER = re.compile(r"(?:DK)?[\d\s.-]+", re.IGNORECASE)
pages = Pages()


@pages.get("/cvr/units", needs=Scope.UNITS_LOOKUP)
async def show_form(visit: CurrentVisit) -> Response:
    """The form, once it is said why."""
    visit.stated()
    return await _page(visit)


@pages.post("/cvr/units", needs=Scope.UNITS_LOOKUP)
async def look_up(visit: CurrentVisit) -> Response:
    """The unit with a number, or those with a name."""
    sought = visit.form.text("sought")
    try:
        if _NUMBER.fullmatch(sought):
            unit = await _asked(visit, "lookup", {"number": sought})
            return await _page(visit, unit=unit)
        page = {"page": visit.form.number("page") or 1, "size": SIZE}
        hits = await _asked(visit, "search", {"name": sought, **page})
    except CallFailed as failure:
        return await _page(visit, failure=failure)
    return await _page(visit, hits=hits)


async def _asked(visit: Visit, what: str, about: Mapping[str, Any]) -> Any:
    return await visit.call(Place.CVR_ONLINE, "POST", f"/units/{what}", json={**about, **visit.why()})


async def _page(
    visit: Visit, *, unit: Any = None, hits: Any = None, failure: CallFailed | None = None
) -> Response:
    return visit.show(
        "cvr/units.html",
        sought=visit.form.text("sought"),
        connection=await visit.attempt(Place.CVR_ONLINE, "GET", "/connection"),
        unit=unit,
        hits=hits,
        failure=failure,
        lines=address_lines,
    )


def address_lines(address: Mapping[str, Any] | None) -> list[str]:
    """An address as it stands on a letter, without the name."""
    if address is None:
        return []
    given = {name: str(value) for name, value in address.items() if value}
    number = "-".join(_some(given, "house_number_from", "house_number_to"))
    flat = " ".join(_some(given, "floor", "door"))
    road = ", ".join(filter(None, [" ".join(filter(None, [given.get("road"), number])), flat]))
    box = f"Postboks {given['po_box']}" if "po_box" in given else ""
    care_of = f"c/o {given['care_of'].removeprefix('c/o ')}" if "care_of" in given else ""
    place = " ".join(_some(given, "postcode", "post_district"))
    abroad = given["country_code"] if given.get("country_code", "DK") != "DK" else ""
    lines = [
        care_of,
        road,
        *given.get("free_text", "").splitlines(),
        given.get("locality", ""),
        box,
        place,
        abroad,
    ]
    return [line for line in lines if line]


def _some(given: Mapping[str, str], *names: str) -> list[str]:
    return [given[name] for name in names if name in given]
