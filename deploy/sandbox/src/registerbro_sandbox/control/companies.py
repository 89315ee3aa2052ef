"""Companies and production units over HTTP: what there is, what happens, what the register tells of it."""

import itertools
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field
from registerbro.api import Whole
from registerbro.auth import Scope, Scopes
from registerbro.problems import responses

from registerbro_sandbox.companies import CvrUnit, World
from registerbro_sandbox.control.bodies import Request, Size, Text
from registerbro_sandbox.control.happenings import Happening, Number
from registerbro_sandbox.control.place import CurrentPlace
from registerbro_sandbox.control.refusals import Impossible, NotThere, told
from registerbro_sandbox.control.views import ChangeOut, EventOut, UnitOut, UnitsOut
from registerbro_sandbox.direct.desk import danish_day

SCOPES: Scopes = dict.fromkeys(
    (("POST", "/companies/search"), ("POST", "/companies/happenings"), ("GET", "/companies/events")),
    Scope.SANDBOX_CONTROL,
)
MANY = 10_000  # pages of a search
ObjectId = Annotated[str, Field(pattern=r"^[0-9]{10}$", description="the register's own (CVREnhedsId)")]
router = APIRouter(tags=["companies"])


class UnitSearch(Request):
    """What to look for: a number, an object id, or how the name begins; nothing of it: all there is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "KMD"}, {"number": "26911745"}]})

    number: Number | None = None
    object_id: ObjectId | None = None
    name: Text = Field(default="", description="how it begins, capitals or not")
    page: Annotated[int, Field(ge=1, le=MANY), Whole] = 1
    limit: Size = 20


@router.post("/companies/search", responses=responses(NotThere))
def search(body: UnitSearch, place: CurrentPlace) -> UnitsOut:
    """Companies and production units; by a company's number also its production units."""
    with told():
        world = place.companies
    units, has_more = _found(world, body)
    return UnitsOut(units=_shown(units), has_more=has_more)


@router.post("/companies/happenings", status_code=201, responses=responses(Impossible, NotThere))
def happen(body: Happening, place: CurrentPlace) -> ChangeOut:
    """Lets something happen: one package of the register, of which all servers tell at once."""
    with told():
        world = place.companies
        steps, units = body.steps(world)
        changed = world.change(*steps)
    now = [world.by_id(unit.object_id) or unit for unit in (*units, *changed.born)]
    return ChangeOut.of(changed, _shown(now))


@router.get("/companies/events", responses=responses(NotThere))
def events(
    place: CurrentPlace,
    limit: Annotated[int, Query(ge=1, le=1000, description="how many at most")] = 20,
) -> list[EventOut]:
    """The last events that the register tells of, the newest first."""
    with told():
        world = place.companies
    last = world.last_event
    return [EventOut.of(each) for each in reversed(world.events(max(last - limit, 0), limit))]


def _found(world: World, wanted: UnitSearch) -> tuple[Sequence[CvrUnit], bool]:
    if wanted.number is not None or wanted.object_id is not None:
        unit = world.by_number(wanted.number) if wanted.number else world.by_id(wanted.object_id or "")
        units = [unit, *world.units_of(unit.number)] if unit else []
        return units[: wanted.limit], len(units) > wanted.limit
    if wanted.name:
        return world.search(wanted.name, page=wanted.page, size=wanted.limit)
    skipped = (wanted.page - 1) * wanted.limit
    ids = list(itertools.islice(world.object_ids(), skipped, skipped + wanted.limit + 1))
    return [unit for unit in map(world.by_id, ids[: wanted.limit]) if unit], len(ids) > wanted.limit


def _shown(units: Sequence[CvrUnit]) -> list[UnitOut]:
    return [UnitOut.of(unit, danish_day()) for unit in units]
