"""The main address of a unit as a contact has it."""

import dataclasses
import re

from registerbro.contacts.model import MappedAddress
from registerbro.cvr import reading
from registerbro.cvr.texts import plain
from registerbro.cvr.units import UnitAddress

_NO_CODE = frozenset({"none", "null"})  # what programs write for nothing
_OF_STREET = frozenset(
    {"house_number_to", "floor", "door", "free_text", "po_box"}
)  # what the street's line may go on with
_LETTERS = re.compile(r"[\W_]+")
_CARE_OF = re.compile(r"^\s*c\s*/\s*o\b[\s:.]*", re.IGNORECASE)


@dataclasses.dataclass(frozen=True, slots=True)
class AddressStyle:
    """How an address is written where there is a choice; the defaults are the vendor's."""

    has_number_to: bool = False  # "Vestergade 12-14" in place of "Vestergade 12"
    has_floor: bool = False  # "Vestergade 12, 2. tv"


PLAIN_ADDRESS = AddressStyle()
NOWHERE = MappedAddress("", "", "", "", "", "", "")


def names_place(address: UnitAddress) -> bool:
    """Whether it says where: a country alone does not."""
    return any(
        (
            plain(address.road),
            plain(address.free_text),
            plain(address.po_box),
            plain(address.locality),
            _code(address.postcode),
            plain(address.post_district),
            _code(address.municipality_code),
        )
    )


def main_address(address: UnitAddress, style: AddressStyle) -> MappedAddress:
    """The address in the store's fields."""
    municipality = reading.padded(_code(address.municipality_code), 4)
    return MappedAddress(
        address1=_street(address, style),
        address2=plain(address.locality),
        address3=_care_of(address),
        postcode=_code(address.postcode),
        post_district=plain(address.post_district),
        municipality=municipality,
        country_code=plain(address.country_code).upper() or _country(municipality),
        start_date=address.since,
        is_cut=not _OF_STREET.isdisjoint(address.untold),
    )


def _street(address: UnitAddress, style: AddressStyle) -> str:
    """Road and house number, or a free text where there is no road; a post box behind it."""
    parts = (_road(address, style) or plain(address.free_text), _po_box(address.po_box))
    return ", ".join(filter(None, parts))


def _road(address: UnitAddress, style: AddressStyle) -> str:
    road = plain(address.road)
    number, last = (_house_number(each) for each in (address.house_number_from, address.house_number_to))
    if style.has_number_to and number and last not in ("", number):
        number = f"{number}-{last}"
    home = _home(address) if style.has_floor else ""
    return ", ".join(filter(None, (f"{road} {number}".strip(), home))) if road else ""


def _house_number(text: str) -> str:
    return reading.house_number(plain(text))


def _home(address: UnitAddress) -> str:
    """Floor and door: ``2. tv``, ``st. 4``."""
    floor, door = plain(address.floor).lower().rstrip("."), plain(address.door)
    return " ".join(filter(None, (f"{floor}." if floor else "", door)))


def _po_box(text: str) -> str:
    box = plain(text)
    return f"Postboks {box}" if box.isdecimal() else box


def _care_of(address: UnitAddress) -> str:
    """The c/o name; nothing where it repeats the street."""
    care_of = plain(address.care_of)
    road = plain(address.road)
    named = (road, f"{road} {_house_number(address.house_number_from)}")
    repeats = _letters(_CARE_OF.sub("", care_of)) in map(_letters, named)
    return "" if road and repeats else care_of


def _letters(text: str) -> str:
    return _LETTERS.sub("", text).casefold()


def _code(text: str) -> str:
    code = plain(text)
    return "" if not code.strip("0") or code.lower() in _NO_CODE else code


def _country(municipality: str) -> str:
    """Danish municipalities are 101-899, Greenlandic ones 950 and up."""
    if not municipality.isdecimal():
        return ""
    return "GL" if int(municipality) >= 950 else "DK"
