"""The state of the world over HTTP: how many there are, which day it is, what lies on the server."""

import datetime as dt
import uuid
from pathlib import Path
from typing import Self

from fastapi import APIRouter
from pydantic import BaseModel, Field
from registerbro.auth import Scope, Scopes

from registerbro_sandbox.companies import NoCompanies, World
from registerbro_sandbox.control.faults import Faults
from registerbro_sandbox.control.place import ControlledPlace, CurrentPlace
from registerbro_sandbox.direct.desk import danish_day
from registerbro_sandbox.handover import waiting
from registerbro_sandbox.logic.subscriptions import Subscriptions
from registerbro_sandbox.persons.chronicle import Chronicle, NoWorld

SCOPES: Scopes = {("GET", "/state"): Scope.SANDBOX_CONTROL, ("GET", "/files"): Scope.SANDBOX_CONTROL}
router = APIRouter(tags=["state"])


class PersonsState(BaseModel):
    """The persons."""

    count: int = Field(description="in the first extract's population; children born since come on top")
    seed: int
    first_subscribed: int | None = Field(description="how many the first extract delivered; null: all")
    told_subscribed: int = Field(description="numbers that a customer has since said are subscribed")
    told_unsubscribed: int
    pending: int = Field(description="words by CPR Direkte that the next change file takes up")
    input_files: int = Field(description="uploaded ones that the next change file answers")
    last_day: dt.date = Field(description="the last production date")
    next_day: dt.date = Field(description="the day on which the next thing happens, unless told otherwise")
    days: int = Field(description="on how many days something has happened since the first extract")

    @classmethod
    def of(cls, chronicle: Chronicle, inbox: Path) -> Self:
        """As they are now."""
        said = chronicle.said_online().statements
        told = list(chronicle.subscriptions.after(said).told.values())
        next_day = max(danish_day(), chronicle.tomorrow)
        return cls(
            count=chronicle.world.population.size,
            seed=chronicle.world.population.seed,
            first_subscribed=chronicle.subscriptions.first,
            told_subscribed=sum(told),
            told_unsubscribed=len(told) - sum(told),
            pending=len(said),
            input_files=len(waiting(chronicle, next_day, inbox).files),
            last_day=chronicle.produced,
            next_day=next_day,
            days=len(chronicle.world.past),
        )


class CompaniesState(BaseModel):
    """The register of companies."""

    companies: int
    units: int
    last_event: int = Field(description="the number of the last thing that the register tells of")
    told_up_to: int = Field(description="the watermark: behind the last event while it is held")
    subscribed: dict[uuid.UUID, int] = Field(description="units subscribed at KMD Logic, by configuration")

    @classmethod
    def of(cls, world: World, directory: Path) -> Self:
        """As it is now."""
        subscribed = Subscriptions(directory).all()
        return cls(
            companies=world.companies,
            units=world.units,
            last_event=world.last_event,
            told_up_to=world.status().last_event_id,
            subscribed={uuid.UUID(each): len(since) for each, since in subscribed.items()},
        )


class State(BaseModel):
    """Everything that there is."""

    today: dt.date
    persons: PersonsState | None = Field(description="null: none were generated")
    companies: CompaniesState | None = Field(description="null: no register was made")
    files: int = Field(description="how many clients see on the file server")
    faults: Faults


class FileOut(BaseModel):
    """A file on the server."""

    name: str
    bytes: int
    changed_at: dt.datetime
    is_migrated: bool = Field(description="whether it lies on mass storage")


@router.get("/state")
def state(place: CurrentPlace) -> State:
    """How many there are, which day it is, what is subscribed, what goes wrong."""
    return State(
        today=danish_day(),
        persons=_persons(place),
        companies=_companies(place),
        files=len(place.files()),
        faults=Faults.on(place.board),
    )


@router.get("/files")
def files(place: CurrentPlace) -> list[FileOut]:
    """What clients see on the file server, by name."""
    migrated = set(place.board.migrated)
    return [_file(each, is_migrated=each.name.upper() in migrated) for each in place.files()]


def _persons(place: ControlledPlace) -> PersonsState | None:
    try:
        return PersonsState.of(place.chronicle, place.inbox)
    except NoWorld:
        return None


def _companies(place: ControlledPlace) -> CompaniesState | None:
    try:
        return CompaniesState.of(place.companies, place.directory)
    except NoCompanies:
        return None


def _file(path: Path, *, is_migrated: bool) -> FileOut:
    its = path.stat()
    changed_at = dt.datetime.fromtimestamp(its.st_mtime, dt.UTC)
    return FileOut(name=path.name, bytes=its.st_size, changed_at=changed_at, is_migrated=is_migrated)
