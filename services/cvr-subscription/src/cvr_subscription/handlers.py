"""What CVR Subscription hears of the bus: contacts that come and go, and switches. The comparison would find all of it, later."""

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

from cvr_subscription.subscriber import Mode, mode_of, name_types
from cvr_subscription.subscriptions import Rows, wake

CONTACTS = (ContactImported.NAME, ContactCreated.NAME, ContactMerged.NAME, ContactErased.NAME)


def contacts(rows: Rows) -> Consumer:
    """Wants a contact subscribed that has come, no longer one that has gone, in the event's transaction."""

    async def changed(event: Event, connection: Connection) -> None:
        if await mode_of(connection) is not Mode.FOLLOWS:
            return
        await rows.compare(connection, await name_types(connection), event.time, _concerned(event))
        await wake(connection)

    return Consumer("cvr-subscription.contacts", CONTACTS, changed, prefetch=20)


def switches() -> Consumer:
    """Wakes the replicas, which see for themselves what is switched on."""

    async def changed(_: Event, connection: Connection) -> None:
        await wake(connection)

    return Consumer("cvr-subscription.switches", (FeatureChanged.NAME,), changed)


def _concerned(event: Event) -> list[int]:
    match event.data:
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
