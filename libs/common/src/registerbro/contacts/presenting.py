"""Contacts as a caller may see them: protected names and addresses hidden, texts with a number in them rendered.

What is hidden is None, whatever the value was. A placeholder and a person without a number are named after a CPR number;
their texts are rendered here, for callers who may see numbers, and are stored nowhere.
"""

import dataclasses
import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any, TypeAlias

from registerbro.contacts import names
from registerbro.contacts.groups import ADDRESSES, INFO, NAME
from registerbro.contacts.model import CURRENT_NUMBER_LABEL
from registerbro.contacts.state import Address, Contact
from registerbro.cpr.layouts import RecordLayout
from registerbro.cpr.person import DecodedValue, decode_all
from registerbro.cvr.records import decoded
from registerbro.privacy import mask

PROTECTED_LABELS = frozenset({"Bynavn", "Postdist"})
NUMBER_LABELS = frozenset({CURRENT_NUMBER_LABEL})
_HIDDEN = frozenset({NAME, ADDRESSES})
DecodedRecords: TypeAlias = list[tuple[RecordLayout, dict[str, DecodedValue]]]


@dataclasses.dataclass(frozen=True, slots=True)
class Sight:
    """What a caller may see: names and addresses of protected persons, and CPR numbers."""

    protected: bool
    numbers: bool = True


@dataclasses.dataclass(frozen=True, slots=True, repr=False)
class Shown:
    """A contact by name."""

    contact_id: int
    name_type: str
    name_code: str | None
    name1: str | None
    name2: str | None
    text: str | None
    is_placeholder: bool
    is_protected: bool
    is_advertising_protected: bool | None  # of companies and units, today; None: no source has told


@dataclasses.dataclass(frozen=True, slots=True, repr=False)
class AddressView:
    """An address; of a protected person only its type."""

    address_type: str
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
    changed_by_hand: bool | None = None


@dataclasses.dataclass(frozen=True, slots=True, repr=False)
class ReferenceView:
    """Who the contact refers to, and as what."""

    role: str
    restrictor: str
    start_date: dt.date | None
    end_date: dt.date | None
    contact: Shown


@dataclasses.dataclass(frozen=True, slots=True, repr=False)
class ContactView:
    """A contact with its groups, at one version."""

    name: Shown
    version: int
    former_numbers: tuple[str, ...]  # none for who may not see numbers
    position: str
    start_date: dt.date | None
    end_date: dt.date | None
    info: Mapping[str, list[str] | None]
    dates: Mapping[str, list[dict[str, Any]]]
    protections: list[dict[str, Any]]
    addresses: tuple[AddressView, ...]
    references: tuple[ReferenceView, ...]
    hand_edited: tuple[str, ...]
    records: DecodedRecords | None  # as CPR delivered them; None if nothing was, or if hidden
    answer: Any  # the same of CVR: what the provider answered, as plain data
    is_subscribed: bool
    merged_into: int | None

    @property
    def contact_id(self) -> int:
        """The contact's id."""
        return self.name.contact_id

    @property
    def is_protected(self) -> bool:
        """Whether name and address are protected, seen or not."""
        return self.name.is_protected

    @property
    def is_advertising_protected(self) -> bool | None:
        """Whether it may not be approached with advertisements; None: no source has told."""
        return self.name.is_advertising_protected


def shown(row: Mapping[str, Any], sight: Sight) -> Shown:
    """A row of ``read_shown`` as a caller may see it."""
    name1, name2, text = _names(row, sight)
    return Shown(
        row["contact_id"],
        row["name_type"],
        row["name_code"] if _shows_number(row, sight) else None,
        name1,
        name2,
        text,
        row["is_placeholder"],
        row["is_protected"],
        row["is_advertising_protected"],
    )


def view(
    contact: Contact, row: Mapping[str, Any], targets: Mapping[int, Shown], sight: Sight, *, is_of_cvr: bool
) -> ContactView:
    """A state of a contact as a caller may see it; ``row`` and ``targets`` tell what others say of it now.

    ``is_of_cvr``: whether its source record is CVR's.
    """
    is_hidden = row["is_protected"] and not sight.protected
    hidden = (PROTECTED_LABELS if is_hidden else frozenset()) | (
        frozenset() if sight.numbers else NUMBER_LABELS
    )
    source = contact.source
    is_shown = source is not None and not (is_hidden or (not sight.numbers and not is_of_cvr))
    delivered = source.records if source and is_shown else ""
    fields = contact.fields
    named = {**row, **{name: fields[name] for name in ("name1", "name2", "text")}, "name_code": contact.name_code,
             "is_placeholder": contact.is_placeholder}  # fmt: skip
    return ContactView(
        name=shown(named, sight),
        version=contact.version,
        former_numbers=tuple(sorted(contact.former_numbers)) if sight.numbers else (),
        position=fields["position"],
        start_date=fields["start_date"],
        end_date=fields["end_date"],
        info=_labelled(contact.info, hidden),
        dates=contact.dates,
        protections=contact.protections,
        addresses=tuple(_address(each, is_hidden=is_hidden) for each in contact.addresses),
        references=tuple(
            ReferenceView(
                each.role, each.restrictor, each.start_date, each.end_date, targets[each.to_contact_id]
            )
            for each in contact.references.values()
        ),
        hand_edited=tuple(sorted(contact.hand_edited)),
        records=decode_all(delivered) if delivered and not is_of_cvr else None,
        answer=decoded(delivered) if delivered and is_of_cvr else None,
        is_subscribed=source.subscription.is_subscribed if source else False,
        merged_into=contact.merged_into,
    )


def before_view(before: Mapping[str, Any], *, is_hidden: bool) -> dict[str, Any]:
    """A before-image as a caller may see it."""
    if not is_hidden:
        return dict(before)
    return {
        group: _labelled(value, PROTECTED_LABELS) if group == INFO else None if group in _HIDDEN else value
        for group, value in before.items()
    }


def _names(row: Mapping[str, Any], sight: Sight) -> tuple[str | None, str | None, str | None]:
    if row["is_protected"] and not sight.protected:
        return None, None, None
    if row["is_placeholder"] and row["name_code"] and not (row["name1"] or row["name2"]):
        number = row["name_code"] if _shows_number(row, sight) else mask(row["name_code"])
        return names.placeholder_name(number, row["validation"]), names.PLACEHOLDER_NAME2, row["text"]
    if row["owner_role"] is not None and row["owner_number"]:
        number = row["owner_number"] if sight.numbers else mask(row["owner_number"])
        relation = names.relation(row["owner_role"], number)
        return row["name1"], relation, names.WITHOUT_NUMBER_TEXT
    return row["name1"], row["name2"], row["text"]


def _shows_number(row: Mapping[str, Any], sight: Sight) -> bool:
    return sight.numbers or names.is_public(row["validation"])


def _labelled(info: Mapping[str, Any], hidden: Collection[str]) -> dict[str, Any]:
    return {label: None if label in hidden else values for label, values in info.items()}


def _address(address: Address, *, is_hidden: bool) -> AddressView:
    return AddressView(address.address_type) if is_hidden else AddressView(*address[2:17])
