"""The first page: what needs attention, services and registers, the last hours, what expires. It stays up to date by itself."""

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.responses import Response
from registerbro.auth import Scope

from console.web import menu
from console.web.addresses import Place
from console.web.charts import Chart, chart
from console.web.gateway import CallFailed
from console.web.overview import texts
from console.web.pages import Pages
from console.web.setup import steps
from console.web.visit import CurrentVisit, Visit

USUAL_HOURS = 24
EVERY = dt.timedelta(seconds=10)  # services are asked each time
pages = Pages()
ALL: Sequence[Pages] = (pages,)


@pages.get("/", needs=Scope.CONFIG_READ)
async def show_overview(visit: CurrentVisit, hours: str = "") -> Response:
    """All of it."""
    standing, figures, setup = await asyncio.gather(
        _standing(visit), _figures(visit, _period(hours)), _setup(visit)
    )
    return visit.show("overview/overview.html", **standing, **figures, setup=setup)


@pages.get("/overview/live", needs=Scope.CONFIG_READ)
async def follow_overview(visit: CurrentVisit, hours: str = "") -> Response:
    """The parts that change."""

    async def gather() -> Mapping[str, Any]:
        standing, figures = await asyncio.gather(_standing(visit), _figures(visit, _period(hours)))
        return {**standing, **figures}

    parts = ("attention", "standing", "figures", "expiries")
    return visit.live({part: f"overview/{part}.html" for part in parts}, gather, every=EVERY)


def _period(hours: str) -> int:
    """One that can be chosen."""
    return int(hours) if hours.isdecimal() and int(hours) in texts.PERIODS else USUAL_HOURS


async def _standing(visit: Visit) -> dict[str, Any]:
    services, attention = await asyncio.gather(
        visit.attempt(Place.CONSOLE, "GET", "/overview/services"),
        visit.attempt(Place.CONSOLE, "GET", "/overview/attention"),
    )
    return {"services": services, "attention": attention, "texts": texts, "way_to": _Ways(visit)}


class _Ways:
    """Pages that the person may see."""

    def __init__(self, visit: Visit) -> None:
        entries = [entry for section in menu.SECTIONS for entry in section.shown_to(visit)]
        self._paths = [entry.path for entry in entries if entry.path != menu.HOME]

    def __call__(self, path: str | None) -> str | None:
        """The path, if it is of such a page."""
        is_open = path is not None and any(
            path == each or path.startswith(f"{each}/") for each in self._paths
        )
        return path if is_open else None


async def _figures(visit: Visit, hours: int) -> dict[str, Any]:
    history = await visit.attempt(Place.CONSOLE, "GET", "/overview/history", params={"hours": hours})
    if isinstance(history, CallFailed):
        return {"history": history, "hours": hours}
    heads: dict[str, list[str]] = {}
    for series in history["series"]:
        name = texts.FIGURES[series["figure"]]
        heads.setdefault(series["measure"], []).append(visit.say(name))
    return {"history": history, "hours": hours, "heads": heads, "charts": _charts(history, visit)}


def _charts(history: Mapping[str, Any], visit: Visit) -> dict[str, Chart]:
    starts = [dt.datetime.fromisoformat(each) for each in history["starts"]]
    return {
        series["figure"]: chart(
            starts,
            series["values"],
            is_line=series["measure"] == "waiting",
            locale=visit.language.locale,
        )
        for series in history["series"]
    }


async def _setup(visit: Visit) -> steps.Setup | None:
    """The first start, for those who can do it, until it is done."""
    if not visit.may(Scope.CONFIG_WRITE):
        return None
    found = await steps.look(visit)
    return None if found.is_done else found
