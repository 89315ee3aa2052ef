"""Persons over HTTP: who there is, what happens to them, what is delivered of it."""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field, model_validator
from registerbro.api import Whole
from registerbro.auth import Scope, Scopes
from registerbro.problems import responses

from registerbro_sandbox import worlds
from registerbro_sandbox.control.bodies import MOST, Count, ProductionDay, Request, Size, Text
from registerbro_sandbox.control.place import CurrentPlace
from registerbro_sandbox.control.refusals import (
    DayTaken,
    Impossible,
    Nothing,
    NotThere,
    told,
    unknown,
)
from registerbro_sandbox.control.views import DayOut, PastDay, PersonOut, PersonsPage
from registerbro_sandbox.handover import Production
from registerbro_sandbox.persons import Layout, LifeEvent, Named, Person, World
from registerbro_sandbox.persons.due import find
from registerbro_sandbox.persons.numbers import SLOTS
from registerbro_sandbox.persons.subscriptions import Subscriptions
from registerbro_sandbox.persons.wishes import Wish, granted

SCOPES: Scopes = dict.fromkeys(
    (
        ("POST", "/persons/search"),
        ("POST", "/persons/changes"),
        ("GET", "/persons/changes"),
        ("POST", "/persons/answers"),
    ),
    Scope.SANDBOX_CONTROL,
)
LOOKED_AT = 2000  # persons in one search by name
Number = Annotated[str, Field(pattern=r"^[0-9]{10}$")]
Index = Annotated[int, Field(ge=0, description="a person's place in the population"), Whole]
router = APIRouter(tags=["persons"])


class PersonSearch(Request):
    """Whom to look for: one number, or a part of the name; neither: everybody."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Møllebo", "limit": 5}]})

    number: Number | None = Field(default=None, description="current or former")
    name: Text = Field(default="", description="a part of it, capitals or not")
    start: Index = 0
    limit: Size = 20


class EventWish(Request):
    """Something that is to happen: to one person, by place or number, or to some drawn at random."""

    event: LifeEvent = Field(strict=False)
    person: Index | None = None
    number: Number | None = None
    count: Count | None = Field(default=None, description="how many; 1 where nobody is named")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(each is not None for each in (self.person, self.number, self.count)) > 1:
            raise ValueError("say one of person, number and count")
        return self


class ChangeRequest(Request):
    """A day on which something happens, and how it is delivered."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"events": [{"event": "moves", "person": 17}, {"event": "dies"}]}]}
    )

    events: list[EventWish] = Field(default=[], max_length=MOST)
    share: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="something drawn happens to this share of everybody to whom it can",
    )
    date: ProductionDay | None = Field(
        default=None, description="production date; today, or the first free day, if left out"
    )
    files: int = Field(default=1, ge=1, le=366, description="over files of how many days in a row")
    lose: bool = Field(
        default=False, description="the files never reach the server: the next one shows a gap"
    )


class AnswerRequest(Request):
    """When to deliver what was ordered."""

    date: ProductionDay | None = Field(default=None, description="today, or the first free day, if left out")


@router.post("/persons/search", responses=responses(NotThere))
def search(body: PersonSearch, place: CurrentPlace) -> PersonsPage:
    """Some persons as they are now. A page by name may hold fewer than asked for, or none: ``next`` is where to go on."""
    with told():
        chronicle = place.chronicle
    subscriptions = chronicle.subscriptions.after(chronicle.said_online().statements)
    if body.number is not None:
        found = find(chronicle.world, body.number)
        return PersonsPage(persons=_shown([found] if found else [], subscriptions))
    persons, following = _some(chronicle.world, body)
    return PersonsPage(persons=_shown(persons, subscriptions), next=following)


@router.post("/persons/changes", status_code=201, responses=responses(Impossible, DayTaken, NotThere))
def change(body: ChangeRequest, place: CurrentPlace) -> DayOut:
    """Lets it happen, and writes the change file: all current records of everybody touched. Input files that are due are answered in it."""

    def chosen(world: World, day: dt.date) -> tuple[Named, ...]:
        return granted(world, [_wish(world, order, each) for order, each in enumerate(body.events)], day)

    production = Production(Layout(), place.inbox, body.files, is_lost=body.lose)
    with told():
        happened = worlds.change(place.directory, chosen, production, day=body.date, share=body.share)
    return DayOut.after(happened, is_lost=body.lose)


@router.get("/persons/changes", responses=responses(NotThere))
def changes(
    place: CurrentPlace,
    limit: Annotated[int, Query(ge=1, le=200, description="how many at most")] = 20,
) -> list[PastDay]:
    """The last days on which something happened, the newest first."""
    with told():
        past = place.chronicle.world.past
    return [PastDay.of(each) for each in reversed(past[-limit:])]


@router.post("/persons/answers", status_code=201, responses=responses(Nothing, DayTaken, NotThere))
def answer(body: AnswerRequest, place: CurrentPlace) -> DayOut:
    """Delivers what customers ordered by input file or by CPR Direkte, and lets nothing else happen."""
    with told():
        happened = worlds.answer(place.directory, Production(Layout(), place.inbox), day=body.date)
    return DayOut.after(happened, is_lost=False)


def _wish(world: World, order: int, wanted: EventWish) -> Wish:
    if wanted.number is None:
        if wanted.person is not None and wanted.person >= world.population.size:
            raise unknown(f"body/events/{order}/person", "the sandbox has no such person")
        return Wish(wanted.event, wanted.person, wanted.count or 1)
    person = find(world, wanted.number)
    if person is None:
        raise unknown(f"body/events/{order}/number", "nobody of this sandbox has the number")
    if person.index is None:
        raise unknown(f"body/events/{order}/number", "nothing can be made to happen to a child born since")
    return Wish(wanted.event, person.index)


def _some(world: World, wanted: PersonSearch) -> tuple[list[Person], int | None]:
    """Persons of a page, and the place to go on from; None at the end."""
    found: list[Person] = []
    size, name = world.population.size, wanted.name.casefold()
    end = min(wanted.start + LOOKED_AT, size)
    for index, person in _between(world, wanted.start, end):
        if name in PersonOut.name_of(person).casefold():
            found.append(person)
        if len(found) == wanted.limit:
            end = index + 1
            break
    return found, end if end < size else None


def _between(world: World, start: int, end: int) -> Iterator[tuple[int, Person]]:
    """Those of the population with their places; not the children born since, not the numbers left behind."""
    for family in range(start // SLOTS, -(-end // SLOTS)):
        for person in world.family(family):
            if person.index is not None and not person.is_left_behind and start <= person.index < end:
                yield person.index, person


def _shown(persons: Iterable[Person], subscriptions: Subscriptions) -> list[PersonOut]:
    return [PersonOut.of(person, is_subscribed=subscriptions.cover(person)) for person in persons]
