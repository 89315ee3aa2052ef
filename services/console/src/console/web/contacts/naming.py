"""How contacts, their types, fields and sources are called on pages. Names of the register's stay as they are."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from registerbro.auth import Scope
from registerbro.cpr.layouts import codes
from registerbro.cpr.layouts.field import Codes

from console.web.addresses import Place
from console.web.gateway import CallFailed
from console.web.languages import N_, Language
from console.web.visit import Visit

TYPES: Mapping[str, str] = {  # preset ones, for who may not read the configuration
    "C": N_("Person (with CPR number)"),
    "P": N_("Person (without CPR number)"),
    "J": N_("Company (with CVR number)"),
    "V": N_("Production unit"),
}
FIELDS: Mapping[str, str] = {
    "Name1": N_("First names or company name"),
    "Name2": N_("Surname"),
    "Text": N_("Full name"),
    "Position": N_("Position"),
    "StartDate": N_("Start date"),
    "EndDate": N_("End date"),
    "NameCode": N_("Number"),
    "PreviousNameCodes": N_("Former number"),
    "AddressType": N_("Kind of address"),
    "Address1": N_("Road and house number"),
    "Address2": N_("Locality"),
    "Address3": N_("C/o"),
    "Postcode": N_("Postcode"),
    "PostDistrict": N_("Post district"),
    "Municipality": N_("Municipality"),
    "CountryCode": N_("Country code"),
    "Protection": N_("Protected since"),
    "PhoneNo": N_("Telephone"),
    "Fax": N_("Fax"),
    "Email": N_("E-mail"),
}
ADDRESSES: Mapping[str, str] = {
    "HA": N_("Main address"),
    "CPRADR": N_("Former address"),
    "KONTAKT": N_("Contact address"),
}
FOUND_BY: Mapping[str, str] = {
    "number": N_("Number"),
    "name": N_("Name"),
    "address": N_("Address"),
    "name-and-address": N_("Name and address"),
}
MEANINGS: Mapping[str, Codes] = {
    "Civilstand": codes.CIVIL_STATUS,
    "Køn": codes.SEX,
    "Status": codes.STATUS,
}  # by label
SOURCES: Mapping[str, str] = {"CPR": N_("CPR"), "CVR-J": N_("CVR"), "by hand": N_("by hand")}
OUTCOMES: Mapping[str, str] = {
    "created": N_("created"),
    "updated": N_("updated"),
    "unchanged": N_("unchanged"),
    "failed": N_("failed"),
    "filled": N_("created, the number was known"),
    "linked": N_("tied to the current number"),
    "not-newer": N_("not newer than what is known"),
    "newer-known": N_("something newer was known"),
    "not-subscribed": N_("not subscribed, nothing stored"),
    "not-imported": N_("not imported"),
    "ended": N_("subscription ended"),
    "erased": N_("erased, nothing stored"),
    "done": N_("done, the register agrees"),
    "already": N_("it was so already"),
    "waits": N_("stored; CPR is asked until it agrees"),
}


def label(visit: Visit, names: Mapping[str, str], code: str) -> str:
    """What a code is called; the code itself where it has no name."""
    return visit.say(names[code]) if code in names else code


def meaning(visit: Visit, label: str, value: str | None) -> str:
    """What a code that CPR told under a label means; nothing where it is none."""
    text = MEANINGS.get(label, {}).get(value or "")
    return "" if text is None else text.danish if visit.language is Language.DANISH else text.english


def hand_edited(visit: Visit, names: Iterable[str]) -> str:
    """What somebody changed by hand: fields by the names of their columns, labels as they are."""
    columns = {re.sub("(?<=[a-z])(?=[A-Z])", "_", field).lower(): text for field, text in FIELDS.items()}
    return ", ".join(label(visit, columns, name) for name in names)


def name_of(visit: Visit, contact: Mapping[str, Any]) -> str:
    """A contact's name as OData has it; of one whose name is hidden, or that has none, its id."""
    return _name(visit, contact["ContactId"], contact["Name1"], contact["Name2"])


def hit_name(visit: Visit, hit: Mapping[str, Any]) -> str:
    """The same of a hit of the search."""
    return _name(visit, hit["contact_id"], hit["name1"], hit["name2"])


def _name(visit: Visit, contact_id: int, *names: str | None) -> str:
    return " ".join(filter(None, names)) or visit.say(N_("Contact %(id)s"), id=contact_id)


def in_one_line(address: Mapping[str, Any]) -> str:
    """An address as on a letter, in one line; the names of its fields as OData has them."""
    place = " ".join(filter(None, (address["Postcode"], address["PostDistrict"])))
    return ", ".join(filter(None, (address["Address3"], address["Address1"], address["Address2"], place)))


async def types(visit: Visit) -> dict[str, str]:
    """The contact types with their titles in the person's language."""
    preset = {code: visit.say(text) for code, text in TYPES.items()}
    if not visit.may(Scope.CONFIG_READ):
        return preset
    found = await visit.attempt(Place.CONSOLE, "GET", "/configuration/contact-types")
    if isinstance(found, CallFailed):
        return preset
    return preset | {
        each["name_type"]: _titled(each["title"], visit.language)
        for each in found["items"]
        if each["name_type"] not in preset
    }


def _titled(title: str, language: Language) -> str:
    """Titles stand in both languages, Danish before English."""
    danish, _, english = title.partition("/")
    return english or danish if language is Language.ENGLISH else danish
