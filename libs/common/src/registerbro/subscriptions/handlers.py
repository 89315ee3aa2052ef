"""What the bus says of cases. Any number of services may have this consumer: they share one queue, and one inbox."""

from registerbro.bus.port import Consumer, Retry
from registerbro.database import Connection
from registerbro.events import CaseClosed, CaseOpened, Event
from registerbro.subscriptions import cases
from registerbro.subscriptions.errors import UnknownContacts

CASES = "registerbro.cases"


def consumer(name: str = CASES) -> Consumer:
    """Keeps the parties of cases; an event that names an unknown contact is tried again, and is a dead letter in the end."""
    return Consumer(name, (CaseOpened.NAME, CaseClosed.NAME), _handle)


async def _handle(event: Event, connection: Connection) -> None:
    match event.data:
        case CaseOpened(case_reference, contact_ids):
            try:
                await cases.opened(connection, case_reference, contact_ids, event.time)
            except UnknownContacts as error:
                raise Retry(None, "the case names contacts that are not in the store") from error
        case CaseClosed(case_reference):
            await cases.closed(connection, case_reference, event.time)
        case _:
            pass
