"""What can be asked to happen to companies, as bodies: each says to which units, and which steps of the register it takes."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Literal, NamedTuple, TypeAlias

from pydantic import Field, model_validator

from registerbro_sandbox.companies import (
    CannotHappen,
    Correct,
    CvrUnit,
    Entity,
    Found,
    Hold,
    Open,
    Recode,
    Release,
    Reopen,
    Repeat,
    Step,
    World,
    happenings,
)
from registerbro_sandbox.control.bodies import MOST, Day, Request, Text
from registerbro_sandbox.control.refusals import impossible, unknown
from registerbro_sandbox.direct.desk import danish_day

Number = Annotated[str, Field(pattern=r"^([0-9]{8}|[0-9]{10})$", description="a CVR number or P-number")]
CvrNumber = Annotated[str, Field(pattern=r"^[0-9]{8}$")]
PNumber = Annotated[str, Field(pattern=r"^[0-9]{10}$")]
Code = Annotated[str, Field(pattern=r"^[0-9]{6}$")]
SINCE = Field(default=None, description="from when it is so; today if left out")


class Steps(NamedTuple):
    """What is done, and the units that it is about."""

    steps: list[Step]
    units: list[CvrUnit]


class _Happening(Request):
    do: str
    date: Day | None = SINCE

    @property
    def day(self) -> dt.date:
        """From when it is so."""
        return self.date or danish_day()

    def steps(self, world: World) -> Steps:
        """As the register takes it. Raises ``CannotHappen``, ``InvalidRequest``."""
        raise NotImplementedError

    def found(self, world: World, number: str, field: str) -> CvrUnit:
        """The unit that a field names."""
        unit = world.by_number(number)
        if unit is None:
            raise unknown(f"body/{self.do}/{field}", "the register has no such unit")
        return unit


class _OfUnits(_Happening):
    numbers: list[Number] = Field(min_length=1, max_length=MOST)

    def one(self, world: World, unit: CvrUnit) -> Sequence[Step]:
        """What happens to one of the units."""
        raise NotImplementedError

    def steps(self, world: World) -> Steps:
        """The same for every unit."""
        units = [self.found(world, number, f"numbers/{place}") for place, number in enumerate(self.numbers)]
        made: list[Step] = []
        for place, unit in enumerate(units):
            try:
                made += self.one(world, unit)
            except (CannotHappen, ValueError) as refusal:
                raise impossible(f"body/{self.do}/numbers/{place}", str(refusal)) from None
        return Steps(made, units)


class Move(_OfUnits):
    """Units move; what of the address is not given is drawn."""

    do: Literal["move"]
    road: Text | None = None
    house: Text | None = Field(default=None, description="house number, with its letter")
    postcode: Annotated[str, Field(pattern=r"^[0-9]{4}$")] | None = None
    district: Text | None = None
    care_of: Text | None = None

    def one(self, world: World, unit: CvrUnit) -> Sequence[Step]:
        fields = {
            "CVRAdresse_vejnavn": self.road,
            "CVRAdresse_husnummerFra": self.house,
            "CVRAdresse_postnummer": self.postcode,
            "CVRAdresse_postdistrikt": self.district,
            "coNavn": self.care_of,
        }
        return [happenings.moves(world, unit, self.day, fields)]


class Rename(_OfUnits):
    """Units get another name, now or on a day to come."""

    do: Literal["rename"]
    name: Annotated[Text, Field(min_length=1)]

    def one(self, world: World, unit: CvrUnit) -> Sequence[Step]:
        return [happenings.is_renamed(unit, self.name, self.day)]


class Industry(_OfUnits):
    """Units work in another industry."""

    do: Literal["industry"]
    codes: list[Code] = Field(
        default=[], max_length=4, description="the main one first; drawn if there is none"
    )

    def one(self, world: World, unit: CvrUnit) -> Sequence[Step]:
        return [happenings.works_as(world, unit, self.codes, self.day)]


class Contact(_OfUnits):
    """Units get another telephone or fax number or e-mail address; empty: none any more."""

    do: Literal["contact"]
    phone: Text | None = None
    fax: Text | None = None
    email: Text | None = None
    secret: bool = Field(default=False, description="what is given is not published")

    @model_validator(mode="after")
    def _something(self) -> "Contact":
        if self.phone is None and self.fax is None and self.email is None:
            raise ValueError("say at least one of phone, fax and email")
        return self

    def one(self, world: World, unit: CvrUnit) -> Sequence[Step]:
        given = {Entity.PHONE: self.phone, Entity.FAX: self.fax, Entity.EMAIL: self.email}
        return [
            happenings.is_reached_at(unit, entity, value, self.day, is_secret=self.secret)
            for entity, value in given.items()
            if value is not None
        ]


class Cease(_Happening):
    """A unit ceases, today or earlier."""

    do: Literal["cease"]
    number: Number
    with_units: bool = Field(default=False, description="a company's production units cease with it")

    def steps(self, world: World) -> Steps:
        unit = self.found(world, self.number, "number")
        units = happenings.with_living_units(world, unit) if self.with_units else [unit]
        try:
            return Steps([happenings.ceases(each, self.day) for each in units], units)
        except CannotHappen as refusal:
            raise impossible("body/cease/date", str(refusal)) from None


class ReopenUnits(_OfUnits):
    """Units that ceased live again, as they were."""

    do: Literal["reopen"]

    def one(self, world: World, unit: CvrUnit) -> Sequence[Step]:
        return [Reopen(object_id=unit.object_id, day=self.day)]


class FoundCompany(_Happening):
    """A new company."""

    do: Literal["found"]
    name: Text = Field(default="", description="drawn if empty")

    def steps(self, world: World) -> Steps:
        return Steps([Found(day=self.day, name=self.name)], [])


class OpenUnit(_Happening):
    """A new production unit of a company."""

    do: Literal["open"]
    company: CvrNumber
    name: Text = Field(default="", description="drawn if empty")

    def steps(self, world: World) -> Steps:
        self.found(world, self.company, "company")
        return Steps([Open(company=self.company, day=self.day, name=self.name)], [])


class Sell(_Happening):
    """A production unit belongs to another company."""

    do: Literal["sell"]
    number: PNumber
    to: CvrNumber

    def steps(self, world: World) -> Steps:
        unit, company = self.found(world, self.number, "number"), self.found(world, self.to, "to")
        return Steps([happenings.is_sold(unit, company, self.day)], [unit])


class Protect(_OfUnits):
    """Units get advertising protection, or lose it."""

    do: Literal["protect"]
    on: bool = True

    def one(self, world: World, unit: CvrUnit) -> Sequence[Step]:
        return [happenings.is_protected(unit, self.day, on=self.on)]


class Bankrupt(_OfUnits):
    """Companies go bankrupt, or are so no more."""

    do: Literal["bankrupt"]
    on: bool = True

    def one(self, world: World, unit: CvrUnit) -> Sequence[Step]:
        return [happenings.is_bankrupt(unit, self.day, on=self.on)]


class CorrectUnits(_OfUnits):
    """All rows of units are deleted and inserted again as they were, as the register does it to repair."""

    do: Literal["correct"]

    def one(self, world: World, unit: CvrUnit) -> Sequence[Step]:
        return [Correct(object_id=unit.object_id)]


class RecodeAll(_Happening):
    """A storm: every unit gets another main industry; two events each."""

    do: Literal["recode"]

    def steps(self, world: World) -> Steps:
        return Steps([Recode(since=self.day)], [])


class OfRegister(Request):
    """Something with the register itself: the last events come again, or the watermark stays, or follows again."""

    do: Literal["repeat", "hold", "release"]

    def steps(self, _: World) -> Steps:
        """As the register takes it."""
        match self.do:
            case "repeat":
                return Steps([Repeat()], [])
            case "hold":
                return Steps([Hold()], [])
            case "release":
                return Steps([Release()], [])


Happening: TypeAlias = Annotated[
    Move
    | Rename
    | Industry
    | Contact
    | Cease
    | ReopenUnits
    | FoundCompany
    | OpenUnit
    | Sell
    | Protect
    | Bankrupt
    | CorrectUnits
    | RecodeAll
    | OfRegister,
    Field(discriminator="do"),
]
