"""A past state of a contact, in the properties that OData shows of the present one."""

import datetime as dt
from typing import Any, Self

from pydantic import BaseModel, Field
from registerbro.contacts.presenting import AddressView, ContactView, ReferenceView

from console.contacts.bodies import ADDRESS_COLUMNS


class PastValue(BaseModel):
    """A value of the group *contact_info*; null if it is hidden."""

    Label: str
    Value: str | None


class PastDate(BaseModel):
    """A date of the group *contact_date*."""

    Label: str
    Value: str | None
    Precision: str | None
    IsUncertain: bool


class PastAddress(BaseModel):
    """An address; of a protected person only its type."""

    AddressType: str
    Address1: str | None
    Address2: str | None
    Address3: str | None
    Postcode: str | None
    PostDistrict: str | None
    Municipality: str | None
    CountryCode: str | None
    StartDate: dt.date | None
    EndDate: dt.date | None
    Protection: dt.date | None
    PhoneNo: str | None
    Fax: str | None
    Email: str | None
    IsChangedByHand: bool | None

    @classmethod
    def of(cls, address: AddressView) -> Self:
        """From the store."""
        fields = {name: getattr(address, column) for name, column in ADDRESS_COLUMNS.items()}
        return cls(**fields, IsChangedByHand=address.changed_by_hand)


class PastReference(BaseModel):
    """Whom the contact referred to, and as what."""

    Role: str
    ToContactId: int
    Restrictor: str
    StartDate: dt.date | None
    EndDate: dt.date | None

    @classmethod
    def of(cls, reference: ReferenceView) -> Self:
        """From the store."""
        return cls(
            Role=reference.role,
            ToContactId=reference.contact.contact_id,
            Restrictor=reference.restrictor,
            StartDate=reference.start_date,
            EndDate=reference.end_date,
        )


class PastContact(BaseModel):
    """A contact as it was."""

    ContactId: int
    NameType: str
    NameCode: str | None
    PreviousNameCodes: list[str]
    Name1: str | None = Field(description="null if it is hidden, as it is now")
    Name2: str | None
    Text: str | None
    Position: str
    StartDate: dt.date | None
    EndDate: dt.date | None
    IsProtected: bool = Field(description="today, whatever it was then")
    IsAdvertisingProtected: bool | None = Field(description="today; null: no source has told")
    IsPlaceholder: bool
    Version: int
    Info: list[PastValue]
    Dates: list[PastDate]
    Addresses: list[PastAddress]
    References: list[PastReference]

    @classmethod
    def of(cls, view: ContactView) -> Self:
        """From the store."""
        name = view.name
        return cls(
            ContactId=name.contact_id,
            NameType=name.name_type,
            NameCode=name.name_code,
            PreviousNameCodes=list(view.former_numbers),
            Name1=name.name1,
            Name2=name.name2,
            Text=name.text,
            Position=view.position,
            StartDate=view.start_date,
            EndDate=view.end_date,
            IsProtected=name.is_protected,
            IsAdvertisingProtected=name.is_advertising_protected,
            IsPlaceholder=name.is_placeholder,
            Version=view.version,
            Info=[
                PastValue(Label=label, Value=value)
                for label, entries in view.info.items()
                for value in ([None] if entries is None else entries)
            ],
            Dates=[_date(label, each) for label, entries in view.dates.items() for each in entries],
            Addresses=[PastAddress.of(each) for each in view.addresses],
            References=[PastReference.of(each) for each in view.references],
        )


def _date(label: str, entry: dict[str, Any]) -> PastDate:
    return PastDate(
        Label=label,
        Value=entry["value"],
        Precision=entry["precision"],
        IsUncertain=bool(entry.get("uncertain")),
    )
