"""A company or production unit as callers see it. What the provider does not deliver is null."""

import datetime as dt
from collections.abc import Callable
from typing import Self, TypeVar

from pydantic import BaseModel, Field
from registerbro.cvr.units import Coded, Industry, Part, Unit, UnitAddress, UnitKind
from registerbro.registers.port import Provider

from cvr_online.known import Known

S = TypeVar("S")
T = TypeVar("T")


class CodedOut(BaseModel):
    """A code of the register's with its text."""

    code: str
    text: str | None

    @classmethod
    def of(cls, coded: Coded) -> Self:
        """From the answer."""
        return cls(code=coded.code, text=coded.text or None)


class IndustryOut(BaseModel):
    """An industry. The same digits can mean different things in the two classifications."""

    code: str = Field(description="six digits")
    text: str | None
    classification: str | None = Field(description="DB07 or DB25; null: the provider does not tell")

    @classmethod
    def of(cls, industry: Industry) -> Self:
        """From the answer."""
        return cls(code=industry.code, text=industry.text or None, classification=industry.classification)


class UnitAddressOut(BaseModel):
    """The main address, field by field as the register has it."""

    road: str | None
    house_number_from: str | None
    house_number_to: str | None
    floor: str | None
    door: str | None
    locality: str | None
    free_text: str | None = Field(description="foreign and irregular addresses")
    po_box: str | None
    care_of: str | None
    postcode: str | None
    post_district: str | None
    municipality_code: str | None
    road_code: str | None
    country_code: str | None
    since: dt.date | None

    @classmethod
    def of(cls, address: UnitAddress) -> Self:
        """From the answer."""
        return cls(**{name: getattr(address, name) or None for name in cls.model_fields})


class UnitOut(BaseModel):
    """A company or production unit as the register has it today; of a ceased one the last state it had."""

    number: str = Field(description="CVR number, eight digits; or P-number, ten digits")
    kind: UnitKind
    provider: Provider = Field(description="who delivered it")
    as_of: dt.datetime = Field(description="when the provider was asked, UTC")
    delivers: list[Part] = Field(
        description="what the provider's answer speaks of; null where it is not in here: not delivered, or above the source's Level"
    )
    name: str | None
    address: UnitAddressOut | None
    phone: str | None
    fax: str | None
    email: str | None
    main_industry: IndustryOut | None
    secondary_industries: list[IndustryOut] | None
    start_date: dt.date | None
    end_date: dt.date | None = Field(description="the day on which it ceased")
    status: str | None
    form: CodedOut | None = Field(description="the company form")
    credit: CodedOut | None = Field(description="bankruptcy and the like")
    is_advertising_protected: bool | None = Field(
        description="true: the data must not be used for unsolicited contact (CVR-loven § 19)"
    )
    company: str | None = Field(description="CVR number of the company that the production unit belongs to")
    contact_id: int | None = Field(description="in the contact store; null: no contact has the number")
    is_imported: bool = Field(description="whether the contact was imported from CVR")

    @classmethod
    def of(cls, unit: Unit, provider: Provider, contact: Known | None) -> Self:
        """From the provider's answer, and what the store knows."""

        def told(part: Part, value: T) -> T | None:
            return value if part in unit.delivers else None

        return cls(
            number=unit.number.value,
            kind=unit.kind,
            provider=provider,
            as_of=unit.asked_at,
            delivers=sorted(unit.delivers),
            name=told(Part.NAME, unit.name),
            address=told(Part.ADDRESS, if_any(UnitAddressOut.of, unit.address)),
            phone=told(Part.PHONE, unit.phone),
            fax=told(Part.FAX, unit.fax),
            email=told(Part.EMAIL, unit.email),
            main_industry=told(Part.MAIN_INDUSTRY, if_any(IndustryOut.of, unit.main_industry)),
            secondary_industries=told(
                Part.SECONDARY_INDUSTRIES, [IndustryOut.of(each) for each in unit.secondary_industries]
            ),
            start_date=told(Part.START_DATE, unit.start_date),
            end_date=told(Part.END_DATE, unit.end_date),
            status=told(Part.STATUS, unit.status),
            form=told(Part.FORM, if_any(CodedOut.of, unit.form)),
            credit=told(Part.CREDIT, if_any(CodedOut.of, unit.credit)),
            is_advertising_protected=told(Part.ADVERTISING_PROTECTION, unit.is_advertising_protected),
            company=told(Part.COMPANY, if_any(str, unit.company)),
            contact_id=contact.contact_id if contact else None,
            is_imported=contact is not None and contact.is_imported,
        )

    @property
    def shown_fields(self) -> list[str]:
        """The fields that hold something, for the audit log."""
        shown = self.model_dump(exclude={"provider", "as_of", "delivers", "is_imported"})
        return sorted(name for name, value in shown.items() if value)


def if_any(make: Callable[[S], T], value: S | None) -> T | None:
    """What is made of a value; of none, none."""
    return None if value is None else make(value)
