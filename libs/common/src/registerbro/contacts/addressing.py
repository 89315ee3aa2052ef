"""What becomes of a contact's addresses when a register delivers one.

The main address (HA) is another one when its place differs: street, locality, care-of or post code. The stored one then
becomes CPRADR, ended on the day the new one was moved into. With the same place the delivery corrects the stored
address: a new moving-in date, protection or municipality is no move. Phone, fax and e-mail pass from the old main address
to the new one where the register does not deliver them. Other types are replaced without a former address.

A source that speaks of some columns alone leaves the others. There a place is street and post code: locality, care-of and start
date belong to it. They stay where the place stays, do not follow to another one, and are taken from an older delivery only if
it was of the same place.
"""

import datetime as dt
import re
from collections.abc import Set

from registerbro.contacts.model import REACH, MappedAddress
from registerbro.contacts.state import FORMER, MAIN, Address

_NOWHERE = ("", "", "", "")
_STREET = "address1"  # comes with everything that names the place
_NO_DIGIT = re.compile(r"\D")
_DENMARK = re.compile(r"(?:00)?45(?=\d{8}$)")


def delivered(
    addresses: tuple[Address, ...],
    address_type: str,
    mapped: MappedAddress | None,
    *,
    contact_id: int,
    source: str | None,
    ended_on: dt.date,
) -> tuple[Address, ...]:
    """The contact's addresses after a delivery; ``ended_on`` is when the main one ended if no other tells it."""
    stored = next((each for each in addresses if each.address_type == address_type), None)
    if mapped is None:
        return addresses if stored is None else _without(addresses, stored, ended_on)
    if stored is None:
        return (*addresses, _merged(Address(None, contact_id, address_type), mapped, source))
    others = tuple(each for each in addresses if each is not stored)
    if _is_same_place(stored, mapped) or stored.place == _NOWHERE or address_type != MAIN:
        corrected = _merged(stored, mapped, source)
        return addresses if corrected == stored else (*others, corrected)
    reachable = Address(None, contact_id, MAIN, phone_no=stored.phone_no, fax=stored.fax, email=stored.email)
    return (*others, closed(stored, mapped.start_date or ended_on), _merged(reachable, mapped, source))


def _is_same_place(stored: Address, mapped: MappedAddress) -> bool:
    place = (mapped.address1, mapped.address2, mapped.address3, mapped.postcode)
    return stored.place == place or all(
        new is None or new == old for new, old in zip(place, stored.place, strict=True)
    )


def _merged(old: Address, mapped: MappedAddress, source: str | None) -> Address:
    """The address with what is delivered; a mark of hand stays only where the register agrees with the hand."""
    new = Address(
        old.address_id,
        old.contact_id,
        old.address_type,
        old.address1 if mapped.address1 is None else mapped.address1,
        old.address2 if mapped.address2 is None else mapped.address2,
        old.address3 if mapped.address3 is None else mapped.address3,
        old.postcode if mapped.postcode is None else mapped.postcode,
        old.post_district if mapped.post_district is None else mapped.post_district,
        old.municipality if mapped.municipality is None else mapped.municipality,
        old.country_code if mapped.country_code is None else mapped.country_code,
        mapped.start_date,
        None,
        mapped.protection,
        old.phone_no if mapped.phone_no is None else mapped.phone_no,
        old.fax if mapped.fax is None else mapped.fax,
        old.email if mapped.email is None else mapped.email,
        old.changed_by_hand,
        source,
    )
    return new._replace(changed_by_hand=False) if new != old and old.changed_by_hand else new


def _without(addresses: tuple[Address, ...], stored: Address, ended_on: dt.date) -> tuple[Address, ...]:
    others = tuple(each for each in addresses if each is not stored)
    if stored.address_type != MAIN or stored.place == _NOWHERE:
        return others
    return (*others, closed(stored, ended_on))


def closed(stored: Address, ended_on: dt.date) -> Address:
    """The address as a former one."""
    return stored._replace(address_type=FORMER, end_date=ended_on)


def delivered_in_part(
    addresses: tuple[Address, ...],
    address_type: str,
    mapped: MappedAddress,
    columns: Set[str],
    *,
    contact_id: int,
    source: str | None,
    ended_on: dt.date,
) -> tuple[Address, ...]:
    """The contact's addresses after a delivery that speaks of these columns; ``ended_on`` as of ``delivered``."""
    stored = next((each for each in addresses if each.address_type == address_type), None)
    old = stored or Address(None, contact_id, address_type)
    place = {column: getattr(mapped, column) for column in columns - REACH}
    former: tuple[Address, ...] = ()
    if _STREET not in columns:
        new = old._replace(**place) if place and _is_place_of(old, mapped) else old
    elif old.place == _NOWHERE or _is_place_of(old, mapped):
        new = old._replace(**place | {_STREET: _street(old, mapped)})
    else:
        new = Address(None, contact_id, address_type, phone_no=old.phone_no, fax=old.fax, email=old.email)
        new = new._replace(**place)
        former = (closed(old, max(filter(None, (mapped.start_date or ended_on, old.start_date)))),)
    if new != old:
        new = new._replace(source=source, changed_by_hand=False)
    if stored is None:
        new = new._replace(source=source)
    new = _reached(new, mapped, columns & REACH)
    if new == stored:
        return addresses
    others = tuple(each for each in addresses if each is not stored)
    return (
        (*others, *former, new)
        if new.is_home or any(getattr(new, name) for name in REACH)
        else (*others, *former)
    )


def _is_place_of(old: Address, mapped: MappedAddress) -> bool:
    """Whether the delivered place is the stored one, as far as both are known."""
    if old.postcode != mapped.postcode or not names_place(mapped):
        return False
    street = _street(old, mapped)
    if "" in (street, old.address1):
        return street == old.address1 or old.country_code == mapped.country_code
    return street == old.address1 or _goes_on(street, old.address1)


def names_place(mapped: MappedAddress) -> bool:
    """Whether a delivered address says where: it may hold no more than how somebody is reached."""
    return any((mapped.address1, mapped.address2, mapped.postcode, mapped.post_district, mapped.municipality))


def _street(old: Address, mapped: MappedAddress) -> str:
    """The delivered street; the stored one where the source has no room for how it goes on."""
    street = mapped.address1 or ""
    return old.address1 if mapped.is_cut and (not street or _goes_on(old.address1, street)) else street


def _goes_on(street: str, start: str) -> bool:
    """Whether a street is another one with more behind its house number: ``12-14``, or ``12, 2. tv``."""
    return street.startswith((f"{start}-", f"{start},"))


def _reached(address: Address, mapped: MappedAddress, columns: Set[str]) -> Address:
    """The address with how somebody is reached; a number that is spelt in another way is the same."""
    said = {column: getattr(mapped, column) for column in columns}
    numbers = said.keys() - {"email"}
    same = {column for column in numbers if _dialled(said[column]) == _dialled(getattr(address, column))}
    return address._replace(**{column: text for column, text in said.items() if column not in same})


def _dialled(number: str) -> str:
    """A number as it is dialled in Denmark."""
    return _DENMARK.sub("", _NO_DIGIT.sub("", number)) or number
