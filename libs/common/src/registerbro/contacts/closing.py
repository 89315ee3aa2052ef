"""Closes a contact by hand: it ends, its main address ends, and no register is asked to keep it up to date any more.

A closed contact is read as before. Its end date can be changed or removed like any field; what had been its main address
stays a former one. A register that delivers the contact again says by itself whether it has ended (``ForceUpdate``).
"""

import dataclasses
import datetime as dt

from registerbro.contacts import values
from registerbro.contacts.addresses import without_main
from registerbro.contacts.edit import change_by_hand
from registerbro.contacts.refusals import ContactClosed
from registerbro.contacts.state import Contact
from registerbro.database import Connection
from registerbro.subscriptions import asking

CLOSED = "contact-closed"  # why a subscription is no longer wished


async def close_contact(
    connection: Connection, contact_id: int, version: int, end_date: dt.date, *, by: str, now: dt.datetime
) -> int:
    """Closes a contact that a user saw at ``version``, in the caller's transaction; returns its new version.

    The wish for a subscription is withdrawn, and the register told. Raises ``EditRefused``.
    """

    def closed(contact: Contact) -> Contact:
        if contact.fields["end_date"] is not None:
            raise ContactClosed
        values.check_period(contact.fields["start_date"], end_date)
        return dataclasses.replace(
            contact,
            fields=contact.fields | {"end_date": end_date},
            addresses=without_main(contact, end_date),
            hand_edited=contact.hand_edited | {"end_date"},
        )

    new_version = await change_by_hand(connection, contact_id, version, closed, keys={"end_date"}, now=now)
    await asking.ask(connection, {contact_id: False}, by=by, reason=CLOSED, now=now)
    return new_version
