"""A company or production unit as any source delivers it: what the clients of the registers make and the mapping takes.

Plain values without driver or framework. ``Unit.delivers`` says what the answer spoke of: a part that is not in it says
nothing, and the store keeps what it has; a part that is in it and has no value here is empty at the register.
"""

import dataclasses
import datetime as dt
import enum
from typing import TypeAlias

from registerbro.cvr.numbers import CvrNumber, PNumber, UnitNumber

ObjectId: TypeAlias = (
    str  # the provider's own id of a unit; at Datafordeleren CVREnhedsId, ten digits from 4000000000
)


class UnitKind(enum.StrEnum):
    """What CVR has numbers for."""

    COMPANY = "company"
    PRODUCTION_UNIT = "production-unit"


def kind_of(number: UnitNumber) -> UnitKind:
    """Whose number it is."""
    return UnitKind.COMPANY if isinstance(number, CvrNumber) else UnitKind.PRODUCTION_UNIT


class Part(enum.StrEnum):
    """What an answer can speak of."""

    NAME = "name"
    ADDRESS = "address"  # all of ``UnitAddress`` but care-of
    CARE_OF = "care-of"
    PHONE = "phone"
    FAX = "fax"
    EMAIL = "email"
    MAIN_INDUSTRY = "main-industry"
    SECONDARY_INDUSTRIES = "secondary-industries"
    START_DATE = "start-date"
    END_DATE = "end-date"
    STATUS = "status"
    FORM = "form"  # company form
    CREDIT = "credit"  # bankruptcy and the like
    ADVERTISING_PROTECTION = "advertising-protection"
    COMPANY = "company"  # the company that a production unit belongs to


class Classification(enum.StrEnum):
    """Dansk Branchekode: the same digits can mean different things in the two."""

    DB07 = "DB07"
    DB25 = "DB25"  # in force from 2025-01-01


@dataclasses.dataclass(frozen=True, slots=True)
class Coded:
    """A code with its text as delivered; codes are opaque, the text is for people."""

    code: str
    text: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Industry:
    """An industry: six digits without dots, its text, and the classification that the digits belong to."""

    code: str
    text: str = ""
    classification: Classification | None = None  # None: the source does not tell


@dataclasses.dataclass(frozen=True, slots=True)
class UnitAddress:
    """The main address, each field as delivered but for padding; empty where the register has nothing."""

    road: str = ""
    house_number_from: str = ""  # with its letter, as 12B
    house_number_to: str = ""
    floor: str = ""
    door: str = ""
    locality: str = ""  # supplerende bynavn
    free_text: str = ""  # foreign and irregular addresses
    po_box: str = ""
    care_of: str = ""
    postcode: str = ""  # four digits in Denmark, as delivered elsewhere
    post_district: str = ""
    municipality_code: str = ""  # four digits
    road_code: str = ""  # four digits; empty: not an address of CPR's
    country_code: str = ""  # ISO 3166-1, two letters
    since: dt.date | None = None  # None: the source does not tell
    untold: frozenset[str] = frozenset()  # fields of this class that the source has no room for, as ``floor``


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One answer about one unit, as it is in force on the day it was asked for (Danish)."""

    number: UnitNumber
    object_id: ObjectId | None
    delivers: frozenset[Part]
    name: str = ""
    address: UnitAddress | None = None
    phone: str = ""
    fax: str = ""
    email: str = ""
    main_industry: Industry | None = None
    secondary_industries: tuple[Industry, ...] = ()
    start_date: dt.date | None = None
    end_date: dt.date | None = None
    status: str = ""  # as delivered: aktiv, inaktiv, OPHØRT, …
    form: Coded | None = None
    credit: Coded | None = None
    is_advertising_protected: bool = False
    company: CvrNumber | None = None
    changes_on: dt.date | None = None  # the first day after today for which the register knows something else
    asked_at: dt.datetime = dataclasses.field(kw_only=True)  # UTC, before the question was sent
    records: str = ""  # the answer as delivered: JSON text of one line

    @property
    def kind(self) -> UnitKind:
        """Which of the two it is."""
        return kind_of(self.number)


@dataclasses.dataclass(frozen=True, slots=True)
class Hit:
    """A unit that a search by name found; what the source tells of it without being asked again."""

    number: UnitNumber
    name: str
    address: UnitAddress | None = None
    company: CvrNumber | None = None
    has_ceased: bool | None = None  # None: the source does not tell


__all__ = [
    "Classification",
    "Coded",
    "CvrNumber",
    "Hit",
    "Industry",
    "ObjectId",
    "PNumber",
    "Part",
    "Unit",
    "UnitAddress",
    "UnitKind",
    "UnitNumber",
    "kind_of",
]
