"""From a unit to a contact: every row of the vendor's mapping table, whichever provider delivered it.

What is put into a contact is decided here; how it meets what the store holds is the merge's business. A part that the
answer did not speak of, or that is not to be set, has no key in ``MappedContact.delivers``, and the store keeps what it has.
"""

import dataclasses
import datetime as dt
import enum
import hashlib
import re
from collections.abc import Iterator
from typing import TypeAlias
from zoneinfo import ZoneInfo

from registerbro.contacts.model import (
    ADVERTISING_LABEL,
    CLASSIFICATION,
    CREDIT_LABEL,
    FORM_CODE_LABEL,
    FORM_LABEL,
    INDUSTRY_LABELS,
    MAIN_INDUSTRY,
    SECONDARY_INDUSTRIES,
    SOURCE_CVR,
    STATUS_LABEL,
    Channel,
    MappedAddress,
    MappedContact,
    MappedReference,
    NameType,
    RegisterTime,
    Role,
)
from registerbro.cvr.addresses import NOWHERE, PLAIN_ADDRESS, AddressStyle, main_address, names_place
from registerbro.cvr.texts import plain
from registerbro.cvr.units import Coded, Industry, Part, Unit, UnitKind

_DENMARK = ZoneInfo("Europe/Copenhagen")
_TASK = "online"
_MOST_INDUSTRIES = 4  # the main one and three others
_PLACE = ("address1", "postcode", "post_district", "municipality", "country_code")
_SAME_STATUS = {"Normal": "Aktiv"}  # two words of CVR's for one thing


class Field(enum.StrEnum):
    """What a search and import, or an update, can be told to set or to leave."""

    NAME = "name"
    ADDRESS = "address"  # main address, but for c/o
    CARE_OF = "care-of"
    PHONE = "phone"
    FAX = "fax"
    EMAIL = "email"
    INDUSTRY = "industry"
    START_DATE = "start-date"
    FORM = "form"


FieldSet: TypeAlias = frozenset[Field]
ALL_FIELDS: FieldSet = frozenset(Field)
UPDATED_FIELDS: FieldSet = frozenset(
    {Field.NAME, Field.ADDRESS, Field.PHONE, Field.EMAIL, Field.INDUSTRY}
)  # what the vendor's CVR Update sets

_PARTS = {
    Field.NAME: {Part.NAME},
    Field.ADDRESS: {Part.ADDRESS},
    Field.CARE_OF: {Part.CARE_OF},
    Field.PHONE: {Part.PHONE},
    Field.FAX: {Part.FAX},
    Field.EMAIL: {Part.EMAIL},
    Field.INDUSTRY: {Part.MAIN_INDUSTRY, Part.SECONDARY_INDUSTRIES},
    Field.START_DATE: {Part.START_DATE},
    Field.FORM: {Part.FORM},
}
# whether it still exists, may be written to, and whose it is: no choice of fields may keep that back
_ALWAYS = frozenset({Part.STATUS, Part.END_DATE, Part.CREDIT, Part.ADVERTISING_PROTECTION, Part.COMPANY})


@dataclasses.dataclass(frozen=True, slots=True)
class NameTypes:
    """The contact types of companies and of production units (``Jtype``, ``Ptype``)."""

    company: str = NameType.COMPANY
    unit: str = NameType.PRODUCTION_UNIT

    def of(self, kind: UnitKind) -> str:
        """The type of a kind of unit."""
        return self.company if kind is UnitKind.COMPANY else self.unit


@dataclasses.dataclass(frozen=True, slots=True)
class Style:
    """How values are written where there is a choice; the defaults are the vendor's."""

    address: AddressStyle = PLAIN_ADDRESS
    has_industry_text: bool = False  # "620100 Computerprogrammering" in place of "620100"


PLAIN = Style()


def mapped(
    unit: Unit, *, fields: FieldSet = ALL_FIELDS, types: NameTypes = NameTypes(), style: Style = PLAIN
) -> MappedContact:
    """The contact that an answer about a unit describes, as far as ``fields`` says."""
    parts = unit.delivers & (_ALWAYS.union(*(_PARTS[field] for field in fields)))
    return MappedContact(
        source=SOURCE_CVR,
        name_type=types.of(unit.kind),
        number=str(unit.number),
        current_number=None,
        former_numbers=(),
        register_time=register_time(unit.asked_at),
        delivers=frozenset(_keys(unit, parts)),
        fields={"name1": plain(unit.name), "start_date": unit.start_date, "end_date": unit.end_date},
        info=_labels(unit, style),
        dates={},
        addresses={"HA": _address(unit, style.address)},
        references=_references(unit, types),
        protections=(),
        records=unit.records,
        digest=hashlib.blake2b(unit.records.encode(), digest_size=16).digest(),
    )


def register_time(asked_at: dt.datetime) -> RegisterTime:
    """When the register said so: on the Danish day on which it was asked, at a time in UTC."""
    return RegisterTime(asked_at.astimezone(_DENMARK).date(), Channel.ONLINE, _TASK, asked_at)


def _keys(unit: Unit, parts: frozenset[Part]) -> Iterator[str]:
    for part, keys in _KEYS.items():
        if part in parts:
            yield from keys
    if Part.ADDRESS in parts:
        yield from (f"address:HA.{column}" for column in _address_columns(unit))
    if _INDUSTRIES & parts and any(each.classification for each in _listed(unit)):
        yield f"industries:{CLASSIFICATION}"
    if Part.FORM in parts:
        yield f"info:{FORM_CODE_LABEL}"
        if unit.form is None or unit.form.text:
            yield f"info:{FORM_LABEL}"


_INDUSTRIES = {Part.MAIN_INDUSTRY, Part.SECONDARY_INDUSTRIES}
_KEYS = {
    Part.NAME: ("name1",),
    Part.CARE_OF: ("address:HA.address3",),
    Part.PHONE: ("address:HA.phone_no",),
    Part.FAX: ("address:HA.fax",),
    Part.EMAIL: ("address:HA.email",),
    Part.MAIN_INDUSTRY: (f"industries:{MAIN_INDUSTRY}",),
    Part.SECONDARY_INDUSTRIES: (f"industries:{SECONDARY_INDUSTRIES}",),
    Part.START_DATE: ("start_date",),
    Part.END_DATE: ("end_date",),
    Part.STATUS: (f"info:{STATUS_LABEL}",),
    Part.CREDIT: (f"info:{CREDIT_LABEL}",),
    Part.ADVERTISING_PROTECTION: (f"info:{ADVERTISING_LABEL}",),
    Part.COMPANY: (f"reference:{Role.COMPANY}",),
}


def _address_columns(unit: Unit) -> Iterator[str]:
    """What is known of the place; what a source has no room for is none of it."""
    address = unit.address
    if address is not None and "free_text" in address.untold and not names_place(address):
        return  # an address abroad, which may stand whole in the free text
    yield from _PLACE
    if address is None or "locality" not in address.untold:
        yield "address2"
    if address is None or address.since is not None:
        yield "start_date"


def _address(unit: Unit, style: AddressStyle) -> MappedAddress:
    """The main address with what the unit is reached by; without a place where the register has none."""
    is_told = unit.address is not None and names_place(unit.address)
    return dataclasses.replace(
        main_address(unit.address, style) if unit.address and is_told else NOWHERE,
        phone_no=plain(unit.phone),
        fax=plain(unit.fax),
        email=plain(unit.email),
    )


def _labels(unit: Unit, style: Style) -> dict[str, tuple[str, ...]]:
    form = unit.form or Coded("")
    texts = {
        FORM_LABEL: plain(form.text),
        FORM_CODE_LABEL: plain(form.code),
        STATUS_LABEL: _status(unit.status),
        CREDIT_LABEL: plain(unit.credit.text or unit.credit.code) if unit.credit else "",
        ADVERTISING_LABEL: "ja" if unit.is_advertising_protected else "nej",
    }
    labels = {label: (text,) for label, text in texts.items() if text}
    return labels | dict(zip(INDUSTRY_LABELS, _industries(unit, style), strict=True))


def _industries(unit: Unit, style: Style) -> tuple[tuple[str, ...], ...]:
    """Codes, texts and classifications in one order: the main industry, then the others; empty where one is not known."""
    listed = _listed(unit)
    codes = tuple(_industry_code(each.code) for each in listed)
    texts = tuple(plain(each.text) for each in listed)
    if style.has_industry_text:
        codes = tuple(f"{code} {text}".strip() for code, text in zip(codes, texts, strict=True))
    return codes, texts, tuple(each.classification or "" for each in listed)


def _listed(unit: Unit) -> tuple[Industry, ...]:
    return (unit.main_industry or Industry(""), *unit.secondary_industries)[:_MOST_INDUSTRIES]


def _industry_code(code: str) -> str:
    """Six digits; a source that takes codes for numbers has lost a leading zero."""
    digits = re.sub(r"\D", "", code)
    return digits.zfill(6) if digits else ""


def _status(status: str) -> str:
    """One spelling for all providers: they differ in case alone."""
    text = plain(status).capitalize()
    return _SAME_STATUS.get(text, text)


def _references(unit: Unit, types: NameTypes) -> tuple[MappedReference, ...]:
    if unit.company is None:
        return ()
    return (MappedReference(Role.COMPANY, types.company, str(unit.company)),)
