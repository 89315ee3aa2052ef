"""Sets who is subscribed to a list of CPR's, one number a line: who is in it is, everybody else from CPR is not.

It is the reconciliation of the shared library, compared and applied in one go, or compared only.
"""

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Any

from registerbro.database import Connection
from registerbro.subscriptions import correcting, reconciliation
from registerbro.subscriptions.correcting import Applied
from registerbro.subscriptions.errors import ListRefused
from registerbro.subscriptions.reconciliation import DifferenceOutcome, Reconciliation

from cpr_batch import journal, locks
from cpr_batch.batch import Batch
from cpr_batch.errors import AdoptionBusy, AdoptionRefused
from cpr_batch.journal import Action


@dataclasses.dataclass(frozen=True, slots=True)
class ListTaken:
    """What a list did, or would do. ``counts``: contacts by what became of them, and numbers of the list in no contact."""

    name: str
    as_of: dt.date
    listed: int
    counts: dict[str, int]
    is_dry_run: bool


async def take(
    batch: Batch, path: Path, *, as_of: dt.date | None = None, is_dry_run: bool = False
) -> ListTaken:
    """Sets ``src_subscribed`` of all contacts from CPR to the list, as of a day (today); newer deliveries stay right."""
    async with locks.hold(batch.pool, locks.ADOPTIONS) as is_free:
        if not is_free:
            raise AdoptionBusy
        try:
            compared, counts = await (_forecast if is_dry_run else _take)(batch, path, as_of)
        except ListRefused as error:
            raise AdoptionRefused(path.name, _reason(error)) from None
    if not is_dry_run:
        facts: dict[str, Any] = counts
        await journal.note(batch, Action.ADOPTED, file=path.name, **facts)
    return ListTaken(path.name, compared.as_of, compared.listed, counts, is_dry_run)


async def _take(batch: Batch, path: Path, as_of: dt.date | None) -> tuple[Reconciliation, dict[str, int]]:
    async with batch.pool.acquire() as connection:
        compared = await _compare(connection, batch, path, as_of)
    applied = await correcting.apply(batch.pool, compared.reconciliation_id, by=batch.by, now=batch.now())
    return compared, _counts(compared, applied)


async def _forecast(batch: Batch, path: Path, as_of: dt.date | None) -> tuple[Reconciliation, dict[str, int]]:
    """The comparison alone, of which nothing is kept."""
    async with batch.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            compared = await _compare(connection, batch, path, as_of)
            would = await correcting.forecast(connection, compared.reconciliation_id)
        finally:
            await transaction.rollback()
    return compared, _counts(compared, would)


async def _compare(connection: Connection, batch: Batch, path: Path, as_of: dt.date | None) -> Reconciliation:
    return await reconciliation.compare(connection, path, as_of=as_of, by=batch.by, now=batch.now())


def _counts(compared: Reconciliation, applied: Applied) -> dict[str, int]:
    counts = {
        "as-listed": compared.counts["agreed"] + applied.outcomes.get(DifferenceOutcome.ALREADY, 0),
        "newer-known": applied.outcomes.get(DifferenceOutcome.NEWER_KNOWN, 0),
        "subscribed": applied.subscribed,
        "unsubscribed": applied.unsubscribed,
    }
    told = {name: number for name, number in counts.items() if number}
    return dict(sorted({**told, "not-in-the-store": compared.counts["unknown-person"]}.items()))


def _reason(error: ListRefused) -> str:
    if error.line is None:
        return error.reason
    return f"line {error.line} is {error.reason}; nothing was changed"
