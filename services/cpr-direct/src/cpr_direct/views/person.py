"""A person as a caller may see them, the same whether CPR was asked or the store answered."""

import datetime as dt
import enum
from collections.abc import Iterable, Mapping
from typing import Any, Self

from pydantic import BaseModel, Field
from registerbro.contacts.delivering import stored_date, stored_protections
from registerbro.contacts.model import MappedContact, MappedReference
from registerbro.contacts.presenting import PROTECTED_LABELS, ContactView, ReferenceView

PROTECTED_FIELDS = ("name1", "name2", "text", "addresses")
_ADDRESS_FIELDS = (
    "address1", "address2", "address3", "postcode", "post_district", "municipality", "country_code", "start_date",
    "end_date", "protection", "phone_no", "fax", "email",
)  # fmt: skip


class Origin(enum.StrEnum):
    """Who answered."""

    REGISTER = "register"
    STORE = "store"


class AddressOut(BaseModel):
    """An address; of a protected person only its type."""

    address_type: str = Field(description="HA main address, CPRADR former, KONTAKT contact address")
    address1: str | None = None
    address2: str | None = None
    address3: str | None = None
    postcode: str | None = None
    post_district: str | None = None
    municipality: str | None = None
    country_code: str | None = None
    start_date: dt.date | None = None
    end_date: dt.date | None = None
    protection: dt.date | None = None
    phone_no: str | None = None
    fax: str | None = None
    email: str | None = None

    @classmethod
    def of(cls, address_type: str, address: object, *, is_hidden: bool) -> Self:
        """From an address of the mapping or of the store."""
        if is_hidden:
            return cls(address_type=address_type)
        values = {name: getattr(address, name, None) or None for name in _ADDRESS_FIELDS}
        return cls(address_type=address_type, **values)


class ReferenceOut(BaseModel):
    """Whom the person refers to, and as what."""

    role: str = Field(description="Ægtefælle, Far, Mor, Barn, Forældremyndighed or Værge")
    restrictor: str
    start_date: dt.date | None
    end_date: dt.date | None
    number: str | None = Field(description="CPR number, where the relative has one")
    name: str | None
    contact_id: int | None = Field(description="in the contact store; null where only CPR was asked")
    is_protected: bool = Field(
        default=False, description="name and address are protected, as far as the store knows, seen or not"
    )

    @classmethod
    def of_mapped(cls, reference: MappedReference, *, is_hidden: bool) -> Self:
        """From CPR's answer. Who is known by name only is as protected as the person."""
        return cls(
            role=str(reference.role),
            restrictor=reference.restrictor,
            start_date=reference.start_date,
            end_date=reference.end_date,
            number=reference.number,
            name=None if is_hidden else reference.name,
            contact_id=None,
        )

    @classmethod
    def of_stored(cls, reference: ReferenceView) -> Self:
        """From the store."""
        to = reference.contact
        name = to.name1 if to.name_code is None else to.text or " ".join(filter(None, (to.name1, to.name2)))
        return cls(
            role=str(reference.role),
            restrictor=reference.restrictor,
            start_date=reference.start_date,
            end_date=reference.end_date,
            number=to.name_code,
            name=name or None,
            contact_id=to.contact_id,
            is_protected=to.is_protected,
        )


class DateOut(BaseModel):
    """A date as far as the register knows it."""

    value: str = Field(description="ISO 8601, cut at the precision; Danish time")
    precision: str
    uncertain: bool


class ProtectionOut(BaseModel):
    """A protection of record 004, whether in force or not."""

    kind: str = Field(
        description="0001 name and address, 0002 local directory, 0003 marketing, 0004 research"
    )
    start: dt.date | None
    end: dt.date | None


class PersonOut(BaseModel):
    """A person. What is withheld, because name and address are protected, is null."""

    origin: Origin = Field(description="register: CPR was asked just now; store: as CPR delivered it last")
    as_of: dt.datetime | None = Field(description="when CPR delivered it, UTC")
    number: str | None = Field(description="the current CPR number")
    former_numbers: list[str]
    name1: str | None = Field(description="first and middle name")
    name2: str | None = Field(description="surname")
    text: str | None = Field(description="full name as CPR writes it on letters")
    position: str | None
    end_date: dt.date | None = Field(description="the day of death")
    is_protected: bool = Field(description="name and address are protected, seen or not")
    is_withheld: bool = Field(description="they are null for this caller")
    protections: list[ProtectionOut]
    info: dict[str, list[str] | None]
    dates: dict[str, list[DateOut]]
    addresses: list[AddressOut]
    references: list[ReferenceOut]
    contact_id: int | None = Field(description="in the contact store; null: not imported")
    is_subscribed: bool = Field(description="at CPR, as far as the store knows")

    @classmethod
    def of_answer(
        cls, mapped: MappedContact, contact: "KnownContact | None", *, is_protected: bool, may_see: bool
    ) -> Self:
        """From CPR's answer, of which nothing was stored."""
        is_hidden = is_protected and not may_see
        former = {*mapped.former_numbers, mapped.number} - {mapped.stated_number}
        dates = {label: [stored_date(each) for each in values] for label, values in mapped.dates.items()}
        return cls(
            origin=Origin.REGISTER,
            as_of=mapped.register_time.fetched,
            number=mapped.stated_number,
            former_numbers=sorted(former),
            **_named({**mapped.fields}, is_hidden=is_hidden),
            is_protected=is_protected,
            is_withheld=is_hidden,
            protections=_protections(stored_protections(mapped.protections)),
            info=_labelled(
                {label: list(values) for label, values in mapped.info.items()}, is_hidden=is_hidden
            ),
            dates=_dates(dates),
            addresses=[
                AddressOut.of(address_type, address, is_hidden=is_hidden)
                for address_type, address in mapped.addresses.items()
            ],
            references=[ReferenceOut.of_mapped(each, is_hidden=is_hidden) for each in mapped.references],
            contact_id=contact.contact_id if contact else None,
            is_subscribed=contact.is_subscribed if contact else False,
        )

    @classmethod
    def of_contact(cls, contact: ContactView, delivered_at: dt.datetime | None, *, is_withheld: bool) -> Self:
        """From the store; ``contact`` was read for what the caller may see."""
        fields = {"name1": contact.name.name1, "name2": contact.name.name2, "text": contact.name.text,
                  "position": contact.position, "end_date": contact.end_date}  # fmt: skip
        return cls(
            origin=Origin.STORE,
            as_of=delivered_at,
            number=contact.name.name_code,
            former_numbers=list(contact.former_numbers),
            **_named(fields, is_hidden=is_withheld),
            is_protected=contact.is_protected,
            is_withheld=is_withheld,
            protections=_protections(contact.protections),
            info=dict(contact.info),
            dates=_dates(contact.dates),
            addresses=[
                AddressOut.of(each.address_type, each, is_hidden=is_withheld) for each in contact.addresses
            ],
            references=[ReferenceOut.of_stored(each) for each in contact.references],
            contact_id=contact.contact_id,
            is_subscribed=contact.is_subscribed,
        )

    @property
    def tells_of_protected(self) -> bool:
        """Whether the person or a relative is protected, seen or not."""
        return self.is_protected or any(each.is_protected for each in self.references)

    @property
    def shown_fields(self) -> list[str]:
        """The fields that hold something, for the audit log."""
        shown = self.model_dump(exclude={"origin", "as_of", "is_protected", "is_withheld", "is_subscribed"})
        withheld = PROTECTED_FIELDS if self.is_withheld else ()
        return sorted(name for name, value in shown.items() if value and name not in withheld)


class KnownContact(BaseModel):
    """What the store knows of a person beside CPR's answer."""

    contact_id: int
    is_subscribed: bool


def _named(fields: Mapping[str, Any], *, is_hidden: bool) -> dict[str, Any]:
    shown = {name: fields.get(name) or None for name in ("name1", "name2", "text", "position", "end_date")}
    return shown | (dict.fromkeys(("name1", "name2", "text")) if is_hidden else {})


def _labelled(info: Mapping[str, list[str]], *, is_hidden: bool) -> dict[str, list[str] | None]:
    return {
        label: None if is_hidden and label in PROTECTED_LABELS else values for label, values in info.items()
    }


def _dates(dates: Mapping[str, list[dict[str, Any]]]) -> dict[str, list[DateOut]]:
    return {label: [DateOut(**each) for each in values] for label, values in dates.items()}


def _protections(stored: Iterable[Mapping[str, Any]]) -> list[ProtectionOut]:
    return [ProtectionOut.model_validate(each) for each in stored]
