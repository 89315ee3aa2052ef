"""Addresses by hand: another one, changed, ended, removed. ``refusals`` has the errors.

There is one address of a type, but for former ones (``CPRADR``). A new main address turns the old one into a former one, as
the register's does; a main address that gets an end date becomes a former one, too. What the register delivers later is
treated as the merge treats it: with ``ForceUpdate=N`` it leaves a main address alone that was changed by hand, and it brings
one back that was removed.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from registerbro.contacts import addressing, values
from registerbro.contacts.edit import changed_address
from registerbro.contacts.model import REACH
from registerbro.contacts.refusals import AddressExists, AddressUnknown
from registerbro.contacts.state import FORMER, MAIN, Address, Contact


def new_address(
    contact: Contact, given: Mapping[str, Any], ended_on: dt.date | None = None
) -> tuple[Address, ...]:
    """The contact's addresses with one more; ``ended_on`` is when a main address ended if the new one has no start."""
    fields = dict(given)
    kind = values.address_type(fields.pop("address_type"))
    checked = values.address_values(fields)
    values.check_address(kind, checked)
    if kind == MAIN and checked.get("end_date") is not None:
        kind = FORMER
    old = None if kind == FORMER else contact.address(kind)
    new = Address(None, contact.contact_id, kind)._replace(**checked, changed_by_hand=True)
    if old is None:
        return (*contact.addresses, new)
    if kind != MAIN or ended_on is None:
        raise AddressExists(kind)
    others = tuple(each for each in contact.addresses if each is not old)
    reach = {name: checked.get(name) or getattr(old, name) for name in REACH}
    return (*others, addressing.closed(old, new.start_date or ended_on), new._replace(**reach))


def changed(contact: Contact, address_id: int, fields: Mapping[str, Any]) -> tuple[Address, ...]:
    """The contact's addresses with this one changed, or ended by its end date."""
    old = address_of(contact, address_id)
    new = changed_address(old, values.address_values(fields))
    if new.address_type == MAIN and new.end_date is not None:
        new = new._replace(address_type=FORMER)
    return tuple(new if each is old else each for each in contact.addresses)


def removed(contact: Contact, address_id: int) -> tuple[Address, ...]:
    """The contact's addresses without this one."""
    old = address_of(contact, address_id)
    return tuple(each for each in contact.addresses if each is not old)


def without_main(contact: Contact, ended_on: dt.date) -> tuple[Address, ...]:
    """The contact's addresses with the main one ended; one that begins later ends on the day it begins."""
    main = contact.address(MAIN)
    if main is None:
        return contact.addresses
    ended = addressing.closed(main, max(ended_on, main.start_date or ended_on))
    return tuple(ended if each is main else each for each in contact.addresses)


def address_of(contact: Contact, address_id: int) -> Address:
    """The contact's address of that id. Raises ``AddressUnknown``."""
    found = next((each for each in contact.addresses if each.address_id == address_id), None)
    if found is None:
        raise AddressUnknown
    return found
