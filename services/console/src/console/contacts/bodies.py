"""What is sent to write a contact: the properties of the OData entities ``Contact``, ``Address`` and ``Reference``.

What only the system writes is refused by name. Annotations (``@odata.type``) are allowed and ignored.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import AwareDatetime, ConfigDict, Field, model_validator
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError
from registerbro.api import Whole
from registerbro.contacts import model, values
from registerbro.contacts.creating import NewContact
from registerbro.ids import LAST_ID

from console.bodies import Request

READ_ONLY = {
    "ContactId": "the store gives it",
    "Version": "it counts the changes",
    "PreviousNameCodes": "only the system writes previous numbers, as a register tells them",
    "SortName": "it follows from the names",
    "HandEdited": "it follows from the changes",
    "IsProtected": "the register says it",
    "IsAdvertisingProtected": "the label Reklamebeskyttet says it",
    "IsPlaceholder": "it follows from what is known",
    "OwnerId": "the register says it",
    "OwnerRole": "the register says it",
    "MergedInto": "the register says it",
    "CreatedAt": "it is noted",
    "UpdatedAt": "it is noted",
}
FIXED = {"NameType": "it is given once", "NameCode": "only a register changes a number"}
COLUMNS = {
    "Name1": "name1", "Name2": "name2", "Text": "text", "Position": "position", "StartDate": "start_date",
    "EndDate": "end_date",
}  # fmt: skip
ADDRESS_COLUMNS = {
    "Address1": "address1", "Address2": "address2", "Address3": "address3", "Postcode": "postcode",
    "PostDistrict": "post_district", "Municipality": "municipality", "CountryCode": "country_code",
    "StartDate": "start_date", "EndDate": "end_date", "Protection": "protection", "PhoneNo": "phone_no", "Fax": "fax",
    "Email": "email", "AddressType": "address_type",
}  # fmt: skip
MOST = 1000
PRECISIONS = {4: "year", 7: "month", 10: "day", 16: "minute"}  # by how much of ISO 8601 is there


def _writable(data: Any, read_only: Mapping[str, str]) -> Any:
    if not isinstance(data, dict):
        return data
    for name in data.keys() & read_only.keys():
        raise PydanticCustomError("read_only", "{name} is read-only: {reason}", {"name": name, "reason": read_only[name]})  # fmt: skip
    return {name: value for name, value in data.items() if "@" not in name}


class Written(Request):
    """A body whose properties are columns of the store."""

    def given(self, columns: Mapping[str, str]) -> dict[str, Any]:
        """What is given of these properties, by column; a text that is null is empty."""
        return {
            column: value if value is not None or column in values.ADDRESS_DATES else ""
            for name, column in columns.items()
            if name in self.model_fields_set
            for value in (getattr(self, name),)
        }


def _text(longest: int) -> Any:
    return Field(default=None, max_length=longest)


class InfoValue(Request):
    """One value of a label of the group *contact_info*; null in place of all values removes the label."""

    Label: str = Field(min_length=1, max_length=values.LONGEST_LABEL)
    Value: str | None = Field(max_length=values.LONGEST_VALUE)


class DateValue(Request):
    """One date of a label of the group *contact_date*; null in place of all values removes the label."""

    Label: str = Field(min_length=1, max_length=values.LONGEST_LABEL)
    Value: str | None = Field(
        pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9]{2}:[0-9]{2})?)?)?$",
        description="ISO 8601, Danish time, cut at its precision",
        examples=["2020-05"],
    )
    Precision: model.Precision | None = Field(
        default=None, description="as the value has it, if it is left out"
    )
    IsUncertain: bool = False

    def stored(self) -> dict[str, Any] | None:
        """As the store takes it; None where the label is removed."""
        if self.Value is None:
            return None
        precision = self.Precision or PRECISIONS[len(self.Value)]
        return {"value": self.Value, "precision": precision, "uncertain": self.IsUncertain}


class Properties(Written):
    """What may be written of a contact at any time."""

    Name1: str | None = _text(values.LONGEST["name1"])
    Name2: str | None = _text(values.LONGEST["name2"])
    Text: str | None = _text(values.LONGEST["text"])
    Position: str | None = _text(values.LONGEST["position"])
    StartDate: dt.date | None = None
    EndDate: dt.date | None = None
    Info: list[InfoValue] = Field(default=[], max_length=MOST, description="labels that are left out stay")
    Dates: list[DateValue] = Field(default=[], max_length=MOST, description="labels that are left out stay")

    def changes(self) -> dict[str, Any]:
        """As ``edit_contact`` takes them."""
        info = _by_label("info", ((each.Label, each.Value) for each in self.Info))
        dates = _by_label("date", ((each.Label, each.stored()) for each in self.Dates))
        return self.given(COLUMNS) | info | dates


class ContactChanges(Properties):
    """Changes of a contact: what is left out stays."""

    @model_validator(mode="before")
    @classmethod
    def _writable(cls, data: Any) -> Any:
        return _writable(data, READ_ONLY | FIXED)


class AddressChanges(Written):
    """Changes of an address: what is left out stays. A main address that gets an end date becomes a former one."""

    Address1: str | None = _text(values.LONGEST_ADDRESS["address1"])
    Address2: str | None = _text(values.LONGEST_ADDRESS["address2"])
    Address3: str | None = _text(values.LONGEST_ADDRESS["address3"])
    Postcode: str | None = _text(values.LONGEST_ADDRESS["postcode"])
    PostDistrict: str | None = _text(values.LONGEST_ADDRESS["post_district"])
    Municipality: str | None = _text(values.LONGEST_ADDRESS["municipality"])
    CountryCode: str | None = _text(values.LONGEST_ADDRESS["country_code"])
    StartDate: dt.date | None = None
    EndDate: dt.date | None = None
    Protection: dt.date | None = None
    PhoneNo: str | None = _text(values.LONGEST_ADDRESS["phone_no"])
    Fax: str | None = _text(values.LONGEST_ADDRESS["fax"])
    Email: str | None = _text(values.LONGEST_ADDRESS["email"])

    @model_validator(mode="before")
    @classmethod
    def _writable(cls, data: Any) -> Any:
        return _writable(data, {**_ADDRESS_READ_ONLY, **_address_fixed(cls)})


class NewAddress(AddressChanges):
    """An address to be added."""

    AddressType: str = Field(
        default="HA",
        max_length=10,
        description="HA main address, CPRADR former, KONTAKT, or one of one's own",
    )

    def fields(self) -> dict[str, Any]:
        """As ``new_address`` takes them."""
        return {"address_type": self.AddressType} | self.given(ADDRESS_COLUMNS)


class ContactIn(Properties):
    """A contact to be created."""

    NameType: str = Field(min_length=1, max_length=10, description="the contact type, as C, P, J or V")
    NameCode: str | None = Field(
        default=None,
        max_length=50,
        description="the number; left out where the type counts its own or has none",
    )
    Addresses: list[NewAddress] = Field(default=[], max_length=20)

    @model_validator(mode="before")
    @classmethod
    def _writable(cls, data: Any) -> Any:
        return _writable(data, READ_ONLY)

    def contact(self) -> NewContact:
        """As ``create_contact`` takes it."""
        return NewContact(
            self.NameType, self.NameCode, self.changes(), [each.fields() for each in self.Addresses]
        )


class Closing(Request):
    """The end of a contact."""

    EndDate: dt.date | None = Field(default=None, description="today, if it is left out")


class ReferenceIn(Request):
    """A reference to another contact: ``ToContactId`` is the ``Role`` of this one."""

    Role: model.Role
    ToContactId: Annotated[int, Field(ge=1, le=LAST_ID), Whole]
    StartDate: dt.date | None = None
    EndDate: dt.date | None = None


class ReferenceKey(Request):
    """A reference to be removed."""

    Role: model.Role
    ToContactId: Annotated[int, Field(ge=1, le=LAST_ID), Whole]


class Moment(Request):
    """Which past state is asked for: exactly one of the three."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    StoreTime: AwareDatetime | SkipJsonSchema[None] = Field(
        default=None, description="as the store had it at that moment"
    )
    RegisterDate: dt.date | SkipJsonSchema[None] = Field(
        default=None, description="as the register had said it by that Danish date"
    )
    Version: Annotated[int | SkipJsonSchema[None], Field(ge=1, le=2**31 - 1)] = None

    @model_validator(mode="after")
    def _one(self) -> "Moment":
        given = [each for each in (self.StoreTime, self.RegisterDate, self.Version) if each is not None]
        if len(given) != 1:
            raise ValueError("give StoreTime, RegisterDate or Version: one of them")
        return self


_ADDRESS_READ_ONLY = {"AddressId": "the store gives it", "ContactId": "the store gives it", "IsChangedByHand": "it follows from the changes"}  # fmt: skip


def _address_fixed(kind: type[AddressChanges]) -> dict[str, str]:
    return {} if issubclass(kind, NewAddress) else {"AddressType": "it is given once"}


def _by_label(kind: str, entries: Iterable[tuple[str, Any]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for label, value in entries:
        found[f"{kind}:{label}"] += [] if value is None else [value]
    return dict(found)
