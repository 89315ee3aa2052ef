"""Applies a comparison with CPR's list; subscriptions of persons whom nobody here knows are ended at CPR on request."""

from collections.abc import Collection

from registerbro.audit import Purpose
from registerbro.auth import Caller
from registerbro.subscriptions import correcting, reconciliation
from registerbro.subscriptions.reconciliation import DifferenceKind

from cpr_direct import open_calls
from cpr_direct.direct import Direct
from cpr_direct.open_calls import CallKind
from cpr_direct.views.reconciliation import AppliedOut

ENDING = Purpose(purpose="ending subscriptions of persons who are no contacts")
CHUNK = 1000


async def forecast(direct: Direct, reconciliation_id: int) -> AppliedOut:
    """What applying would do. Raises ``ReconciliationUnknown``."""
    async with direct.pool.acquire() as connection:
        await reconciliation.load(connection, reconciliation_id)
        would = await correcting.forecast(connection, reconciliation_id)
        unknown = await reconciliation.SQL.count_unknown(connection, reconciliation_id=reconciliation_id)
    return AppliedOut.of(would, unknown)


async def apply(
    direct: Direct,
    reconciliation_id: int,
    *,
    by: str,
    caller: Caller,
    kinds: Collection[DifferenceKind],
    ends_unknown: bool,
) -> AppliedOut:
    """Puts the store right. Raises ``ReconciliationUnknown``, ``ReconciliationSuperseded``."""
    applied = await correcting.apply(direct.pool, reconciliation_id, by=by, kinds=kinds, now=direct.now())
    ends = await _end_unknown(direct, reconciliation_id, caller) if ends_unknown else 0
    return AppliedOut.of(applied, ends)


async def _end_unknown(direct: Direct, reconciliation_id: int, caller: Caller) -> int:
    """Keeps a call for each number, which the worker makes; from then on the comparison need not know it."""
    ended = 0
    while count := await _end_some(direct, reconciliation_id, caller):
        ended += count
    return ended


async def _end_some(direct: Direct, reconciliation_id: int, caller: Caller) -> int:
    async with direct.pool.acquire() as connection, connection.transaction():
        found = await reconciliation.unknown_numbers(connection, reconciliation_id, size=CHUNK)
        numbers = [each.number for each in found]
        await open_calls.keep_many(
            connection, numbers, CallKind.UNSUBSCRIBE, caller, ENDING, due_at=direct.now()
        )
        ids = [each.difference_id for each in found]
        return await reconciliation.note_ended(connection, reconciliation_id, ids)
