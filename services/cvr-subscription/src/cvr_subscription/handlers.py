"""What CVR Subscription hears of the bus: contacts that come and go, and switches. The comparison would find all of it, later."""

import dataclasses

from registerbro.bus.port import Consumer
from registerbro.database import Connection
from registerbro.events import (
    ContactCreated,
    ContactErased,
    ContactImported,
    ContactMerged,
    Event,
    FeatureChanged,
)

from cvr_subscription import following
from cvr_subscription.subscriber import Mode, mode_of, name_types
from cvr_subscription.subscriptions import Rows, wake

CONTACTS = (ContactImported.NAME, ContactCreated.NAME, ContactMerged.NAME, ContactErased.NAME)


def contacts(rows: Rows) -> Consumer:
    """Wants a contact subscribed that has come, no longer one that has gone, in the event's transaction."""

    async def changed(event: Event, connection: Connection) -> None:
        contact_ids = _concerned(event)
        if not contact_ids or await mode_of(connection) is not Mode.FOLLOWS:
            return
        provider = (
            await following.read(connection)
        ).provider  # perhaps another one than this process has open
        if provider is not None:
            in_use = dataclasses.replace(rows, provider=provider)
            await in_use.compare(connection, await name_types(connection), event.time, contact_ids)
            await wake(connection)

    return Consumer("cvr-subscription.contacts", CONTACTS, changed, prefetch=20)


def switches() -> Consumer:
    """Wakes the replicas, which see for themselves what is switched on."""

    async def changed(_: Event, connection: Connection) -> None:
        await wake(connection)

    return Consumer("cvr-subscription.switches", (FeatureChanged.NAME,), changed)


def _concerned(event: Event) -> list[int]:
    """The contacts that an event is about; none where they are persons, who come by the million."""
    match event.data:
        case ContactImported(source="CPR"):
            return []
        case ContactMerged(contact_id=survivor, merged_contact_id=merged):
            return [survivor, merged]
        case (
            ContactImported(contact_id=contact_id)
            | ContactCreated(contact_id=contact_id)
            | ContactErased(contact_id=contact_id)
        ):
            return [contact_id]
        case _:
            return []
