"""Answers a lost delivery: the data of everybody whom it may concern are ordered, and the gap is closed."""

import itertools
from collections import Counter
from typing import Any

from cpr_batch import gaps, journal
from cpr_batch.batch import Batch
from cpr_batch.gaps import Closing
from cpr_batch.journal import Action
from cpr_batch.orders.asking import CHUNK, ask_within
from cpr_batch.orders.model import OrderKind, settings_of


async def order(batch: Batch, gap_id: int) -> dict[str, int]:
    """Requisitions for the gap's contacts, in one transaction with its closing; how many of each outcome."""
    settings_of(batch)
    counts: Counter[str] = Counter()
    async with batch.pool.acquire() as connection, connection.transaction():
        await gaps.close(connection, gap_id, how=Closing.ORDER, by=batch.by)
        concerned = iter(await gaps.affected(connection, gap_id))
        while ids := list(itertools.islice(concerned, CHUNK)):
            asked = await ask_within(
                connection, batch, OrderKind.REQUISITION, ids, from_wish=False, gap_id=gap_id
            )
            counts.update(str(each.outcome) for each in asked)
    facts: dict[str, Any] = dict(counts)
    await journal.note(batch, Action.GAP_CLOSED, gap_id=gap_id, how=str(Closing.ORDER), **facts)
    return dict(counts)
