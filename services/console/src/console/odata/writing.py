"""What is written below ``/odata``: contacts, their addresses, and the actions that are bound to a contact.

The bodies are those that the routes take, so that the description follows them.
"""

import dataclasses
from collections.abc import Mapping

from pydantic import BaseModel

from console.contacts import bodies
from console.contacts.past import PastContact
from console.erasing.bodies import ErasureOrder, ErasureOut


@dataclasses.dataclass(frozen=True, slots=True)
class Writing:
    """What entities are created from and changed by, and whether they can be deleted."""

    creates: type[BaseModel]
    changes: type[BaseModel]
    deletes: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Action:
    """What is done to a contact by ``POST``. It gives the contact, unless ``gives`` or ``streams`` says otherwise."""

    name: str
    description: str
    takes: type[BaseModel] | None = None
    gives: type[BaseModel] | None = None
    streams: tuple[str, ...] = ()  # media types


WRITTEN: Mapping[str, Writing] = {"Contacts": Writing(bodies.ContactIn, bodies.ContactChanges, deletes=False)}
WRITTEN_THROUGH: Mapping[str, Mapping[str, Writing]] = {
    "Contacts": {"Addresses": Writing(bodies.NewAddress, bodies.AddressChanges, deletes=True)}
}
ACTIONS = (
    Action(
        "Close",
        "Ends the contact: end date, main address, wish for a subscription. Needs contacts:write and If-Match.",
        takes=bodies.Closing,
    ),
    Action(
        "AddReference",
        "Refers to another contact, or gives a reference by hand other dates. Needs contacts:write and If-Match.",
        takes=bodies.ReferenceIn,
    ),
    Action(
        "RemoveReference",
        "Removes a reference that was made by hand. Needs contacts:write and If-Match.",
        takes=bodies.ReferenceKey,
    ),
    Action(
        "AsOf",
        "The contact as it was, by exactly one of the parameters. Needs contacts:read.",
        takes=bodies.Moment,
        gives=PastContact,
    ),
    Action(
        "Export",
        "Everything that is held on the contact (GDPR, article 15). Needs audit:read and protected:read.",
        streams=("application/json", "application/pdf"),
    ),
    Action(
        "Erase",
        "Erases the contact for good; there is no way back. Needs contacts:write and If-Match.",
        takes=ErasureOrder,
        gives=ErasureOut,
    ),
)
