"""What both acts of the demo do: fetch and import, look at contacts, wait for events."""

import asyncio
import datetime as dt
import json
from typing import Any

from cpr_batch.imports import ImportOutcome
from cpr_batch.whole_run import WholeRun, fetch_and_import
from registerbro.contacts.presenting import AddressView, ContactView
from registerbro.contacts.queries import load_contact

from registerbro_local.errors import DemoFailed
from registerbro_local.installation import Installation

PATIENCE = dt.timedelta(seconds=30)
POLL_SECONDS = 0.05


async def import_files(installation: Installation, *, initial_load: bool = False) -> WholeRun:
    """Fetches the one file that waits and imports it; returns when its events were handled."""
    done = await fetch_and_import(installation.batch, initial_load=initial_load)
    failures: list[Exception | None] = [
        done.transfer_failure,
        *(each.failure for each in done.transferred),
        *(each.failure for each in done.imported),
    ]
    if any(failures) or [each.outcome for each in done.imported] != [ImportOutcome.IMPORTED]:
        raise DemoFailed(
            "; ".join(str(failure) for failure in failures if failure) or "No file was imported."
        )
    await until_delivered(installation)
    return done


async def contact_with(installation: Installation, number: str) -> ContactView:
    """The contact of a person who must be in the store."""
    async with installation.pool.acquire() as connection:
        found = await load_contact(connection, number, may_see_protected=True)
    if found is None:
        raise DemoFailed("A person who was imported is not in the store.")
    return found


async def until_delivered(installation: Installation) -> None:
    """Waits until every event has left the outbox and was handled."""
    pending = "select exists (select from outbox where published_at is null) or exists (select from delivery)"
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while await installation.pool.fetchval(pending):  # noqa: ASYNC110 - the database cannot set an Event
            await asyncio.sleep(POLL_SECONDS)


def events(installation: Installation) -> list[dict[str, Any]]:
    """Every event so far."""
    return [json.loads(line) for line in installation.events_file.read_text().splitlines()]


def main_address(contact: ContactView) -> AddressView | None:
    """Where the person lives."""
    return next((each for each in contact.addresses if each.address_type == "HA"), None)


def address_text(contact: ContactView) -> str:
    """Where the person lives, in a line."""
    address = main_address(contact)
    return f"{address.address1}, {address.postcode} {address.post_district}" if address else "no address"
