"""How persons, companies and days look in answers."""

import datetime as dt
from typing import Self

from pydantic import BaseModel, Field

from registerbro_sandbox.companies import Changed, CvrUnit, Entity, Kind
from registerbro_sandbox.companies.events import Event
from registerbro_sandbox.persons import Change, LifeEvent, Person, Written
from registerbro_sandbox.persons.chronicle import outcome
from registerbro_sandbox.worlds import Happened

PROTECTED = "0001"  # record 004: name and address protection


class PersonOut(BaseModel):
    """A fictional person as they are now."""

    person: int | None = Field(description="the place in the population, null for a child born since")
    number: str
    name: str
    born: dt.date
    status: str = Field(description="the civil registration status, record 001: 01 lives here, 90 is dead …")
    civil_status: str = Field(description="record 012: U, G, F, E, P, O, L, D; empty if unknown")
    address: str = Field(description="the present one, also abroad; empty if there is none")
    is_protected: bool = Field(description="whether name and address are protected")
    is_subscribed: bool = Field(description="whether change files hold them")

    @classmethod
    def of(cls, person: Person, *, is_subscribed: bool) -> Self:
        """As the world has them."""
        return cls(
            person=None if person.is_left_behind else person.index,
            number=person.number,
            name=cls.name_of(person),
            born=dt.date.fromordinal(person.born),
            status=person.status,
            civil_status=person.current("012").get("civil_status", ""),
            address=_address(person),
            is_protected=any(row["protection_type"] == PROTECTED for row in person.rows.get("004", ())),
            is_subscribed=is_subscribed,
        )

    @staticmethod
    def name_of(person: Person) -> str:
        """First, middle and last names."""
        row = person.current("008")
        return " ".join(filter(None, (row.get(each) for each in ("first_names", "middle_name", "last_name"))))


class PersonsPage(BaseModel):
    """Some persons."""

    persons: list[PersonOut]
    next: int | None = Field(default=None, description="where to start the next page; null at the end")


class PastEvent(BaseModel):
    """What happened to somebody who was named."""

    event: LifeEvent
    person: int


class PastDay(BaseModel):
    """A day on which something happened."""

    day: dt.date
    share: float = Field(description="to which share of everybody something drawn happened")
    events: list[PastEvent]

    @classmethod
    def of(cls, change: Change) -> Self:
        """As the chronicle has it."""
        events = [PastEvent(event=each.event, person=each.person) for each in change.named]
        return cls(day=change.day, share=change.share, events=events)


class FileWritten(BaseModel):
    """A file that was written."""

    name: str
    persons: int
    records: int
    bytes: int

    @classmethod
    def of(cls, written: Written) -> Self:
        """As it was written."""
        return cls(
            name=written.path.name, persons=written.persons, records=written.records, bytes=written.bytes
        )


class DayOut(PastDay):
    """What a day brought."""

    written: list[FileWritten]
    lost: bool = Field(description="whether the files were kept from the server")
    answered_files: list[str]
    answered_lines: int
    rejected_lines: int
    subscribed_online: int = Field(
        description="persons whom CPR Direkte was told to subscribe since the last day"
    )
    unsubscribed_online: int

    @classmethod
    def after(cls, happened: Happened, *, is_lost: bool) -> Self:
        """As it was done."""
        handed = happened.handed
        online = outcome(handed.online.statements)
        return cls(
            **PastDay.of(happened.change).model_dump(),
            written=[FileWritten.of(each) for each in handed.written],
            lost=is_lost,
            answered_files=handed.answers.files,
            answered_lines=handed.answers.lines,
            rejected_lines=handed.answers.rejected,
            subscribed_online=len(online["subscribed"]),
            unsubscribed_online=len(online["unsubscribed"]),
        )


class UnitOut(BaseModel):
    """A fictional company or production unit as it is today."""

    kind: Kind
    number: str
    object_id: str
    name: str
    address: str
    company: str | None = Field(description="a production unit's company")
    ended: dt.date | None

    @classmethod
    def of(cls, unit: CvrUnit, day: dt.date) -> Self:
        """As the register has it."""
        return cls(
            kind=unit.kind,
            number=unit.number,
            object_id=unit.object_id,
            name=unit.name(day),
            address=_unit_address(unit, day),
            company=unit.company if unit.kind is Kind.PRODUCTION_UNIT else None,
            ended=unit.ended(),
        )


class UnitsOut(BaseModel):
    """Some companies and production units."""

    units: list[UnitOut]
    has_more: bool


class EventOut(BaseModel):
    """Something that the register tells of: a row that was inserted, updated or deleted."""

    id: int
    object_id: str
    entity: Entity
    action: str = Field(description="i, u or d")
    at: dt.datetime

    @classmethod
    def of(cls, event: Event) -> Self:
        """As the register has it."""
        return cls(
            id=event.id, object_id=event.object_id, entity=event.entity, action=event.action, at=event.at
        )


class ChangeOut(BaseModel):
    """What came of a happening."""

    units: list[UnitOut]
    events: int = Field(description="how many the register tells of")
    first_event: int | None
    sequence: int = Field(description="the import package's number")

    @classmethod
    def of(cls, changed: Changed, units: list[UnitOut]) -> Self:
        """As it was done."""
        numbers = changed.events
        return cls(
            units=units,
            events=len(numbers),
            first_event=numbers.start if numbers else None,
            sequence=changed.package.sequence,
        )


def _address(person: Person) -> str:
    home, abroad = person.current("003"), person.current("005")
    if home.get("standard_address"):
        town = f"{home.get('post_code', '')} {home.get('post_district', '')}"
        return ", ".join(filter(None, (home["standard_address"], town.strip())))
    return ", ".join(filter(None, (abroad.get(f"foreign_address_{line}") for line in range(1, 6))))


def _unit_address(unit: CvrUnit, day: dt.date) -> str:
    row = next((row.values for row in unit.last(Entity.ADDRESS, day)), {})
    road = f"{row.get('CVRAdresse_vejnavn') or ''} {row.get('CVRAdresse_husnummerFra') or ''}"
    town = f"{row.get('CVRAdresse_postnummer') or ''} {row.get('CVRAdresse_postdistrikt') or ''}"
    return ", ".join(filter(None, (road.strip(), town.strip())))
