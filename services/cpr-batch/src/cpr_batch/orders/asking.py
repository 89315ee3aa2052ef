"""Takes orders: by hand for contacts that are named, or from wishes that differ from what is."""

import dataclasses
import enum
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from registerbro.contacts.model import NameType
from registerbro.database import Connection
from registerbro.ids import LAST_ID

from cpr_batch import journal
from cpr_batch.batch import Batch
from cpr_batch.errors import OrderNotOpen, OrderUnknown
from cpr_batch.files import Store
from cpr_batch.journal import Action
from cpr_batch.orders.constants import key_constant
from cpr_batch.orders.model import SQL, Order, OrderKind, OrderState, settings_of

MOST = 1000  # contacts in one call
CHUNK = 5000
BY_HAND = "withdrawn by hand"
TURNED = "the wish is no longer so"
REPLACED = "the opposite was ordered"
_Open: TypeAlias = Mapping[tuple[int, str], tuple[int, OrderState]]  # contact and kind -> order and state


class AskOutcome(enum.StrEnum):
    """What became of the wish for an order."""

    ORDERED = "ordered"
    ALREADY_OPEN = "already-open"  # the same is waiting, or on its way
    UNKNOWN_CONTACT = "unknown-contact"
    WITHOUT_NUMBER = "without-number"  # not a person with a CPR number
    NOT_IMPORTED = "not-imported"  # CPR's data would not be taken: only imported contacts are updated


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """One contact of a request; ``order_id`` also of the order that is open already."""

    contact_id: int
    outcome: AskOutcome
    order_id: int | None = None


async def ask(
    batch: Batch, kind: OrderKind, contact_ids: Sequence[int], *, gap_id: int | None = None
) -> list[Asked]:
    """Orders for contacts, each with its own outcome. An order of the opposite that still waits is withdrawn."""
    settings_of(batch)
    async with batch.pool.acquire() as connection, connection.transaction():
        asked = await ask_within(
            connection, batch, kind, list(dict.fromkeys(contact_ids)), from_wish=False, gap_id=gap_id
        )
    counts: dict[str, Any] = Counter(str(each.outcome) for each in asked)
    await journal.note(batch, Action.ORDERED, kind=str(kind), gap_id=gap_id, **counts)
    return asked


async def ask_wishes(batch: Batch, kinds: Collection[OrderKind] | None = None) -> dict[str, int]:
    """Orders whatever wishes ask for, and withdraws what they no longer do; how many of each kind."""
    async with batch.pool.acquire() as connection, connection.transaction():
        counts = await collect(connection, batch, kinds)
    facts: dict[str, Any] = {name: number for name, number in counts.items() if number}
    if facts:
        await journal.note(batch, Action.ORDERED, **facts)
    return counts


async def collect(
    connection: Connection, batch: Batch, kinds: Collection[OrderKind] | None = None
) -> dict[str, int]:
    """``ask_wishes`` within a transaction of the caller's."""
    settings_of(batch)
    withdrawn = await SQL.withdraw_turned(connection, reason=TURNED, now=batch.now())
    counts = {"withdrawn": int(withdrawn)}
    for kind, wish in ((OrderKind.SUBSCRIBE, True), (OrderKind.UNSUBSCRIBE, False)):
        if kinds is None or kind in kinds:
            counts[kind] = 0
            async for ids in _wished(connection, kind, wish):
                asked = await ask_within(connection, batch, kind, ids, from_wish=True)
                counts[kind] += sum(each.outcome is AskOutcome.ORDERED for each in asked)
    return counts


async def withdraw(batch: Batch, order_id: int) -> Order:
    """Takes back an order that waits, or gives up one whose answer is overdue."""
    withdrawn = await SQL.withdraw(batch.pool, order_id=order_id, reason=BY_HAND, now=batch.now())
    order = await load(batch, order_id)
    if withdrawn is None:
        raise OrderNotOpen(str(order_id), order.state)
    await journal.note(batch, Action.ORDERED, order_id=order_id, withdrawn=1)
    return order


async def load(batch: Batch, order_id: int) -> Order:
    """The order with this id; raises ``OrderUnknown``."""
    found = await page(batch, before=order_id + 1, size=1)
    if not found or found[0].order_id != order_id:
        raise OrderUnknown(str(order_id))
    return found[0]


async def page(
    batch: Batch,
    *,
    size: int,
    before: int = LAST_ID,
    states: Collection[OrderState] | None = None,
    kind: OrderKind | None = None,
    contact_id: int | None = None,
    is_overdue: bool | None = None,
) -> list[Order]:
    """Orders, newest first."""
    rows = SQL.page(
        batch.pool,
        before=before,
        size=size,
        states=None if states is None else [str(state) for state in states],
        kind=kind and str(kind),
        contact_id=contact_id,
        is_overdue=is_overdue,
        now=batch.now(),
    )
    return [Order.of(row) async for row in rows]


async def _wished(source: Store, kind: OrderKind, wish: bool) -> AsyncIterator[list[int]]:
    after = 0
    while True:
        rows = SQL.wished(source, wish=wish, kind=str(kind), after=after, size=CHUNK)
        if not (ids := [row["contact_id"] async for row in rows]):
            return
        after = ids[-1]
        yield ids


async def ask_within(
    connection: Connection,
    batch: Batch,
    kind: OrderKind,
    contact_ids: list[int],
    *,
    from_wish: bool,
    gap_id: int | None = None,
) -> list[Asked]:
    """``ask`` within a transaction of the caller's."""
    rows = [row async for row in SQL.asked_for(connection, ids=contact_ids)]
    current = sorted({row["contact_id"] for row in rows if row["contact_id"] is not None})
    await _drain(SQL.lock_contacts(connection, ids=current))
    is_open = await _open_orders(connection, current)
    asked = list(_outcomes(rows, kind, is_open))
    wanted = {
        row["contact_id"]: place
        for place, row in enumerate(rows)
        if asked[place].outcome is AskOutcome.ORDERED
    }
    await _withdraw_opposites(connection, batch, kind.opposite, wanted, is_open)
    ids = await _add(connection, batch, kind, list(wanted), from_wish, gap_id)
    for order_id, place in zip(ids, wanted.values(), strict=True):
        asked[place] = dataclasses.replace(asked[place], order_id=order_id)
    return asked


async def _open_orders(connection: Connection, contact_ids: list[int]) -> _Open:
    rows = SQL.open_orders(connection, ids=contact_ids)
    return {
        (row["contact_id"], row["kind"]): (row["order_id"], OrderState(row["state"])) async for row in rows
    }


def _outcomes(rows: Sequence[Mapping[str, Any]], kind: OrderKind, is_open: _Open) -> Iterator[Asked]:
    taken: set[int] = set()
    for row in rows:
        outcome, (open_id, _) = _hindrance(row, kind), is_open.get((row["contact_id"], kind), (None, None))
        if outcome is None and (open_id or row["contact_id"] in taken):
            outcome = AskOutcome.ALREADY_OPEN
        if outcome is None:
            taken.add(row["contact_id"])
        yield Asked(row["asked_id"], outcome or AskOutcome.ORDERED, open_id)


def _hindrance(row: Mapping[str, Any], kind: OrderKind) -> AskOutcome | None:
    if row["contact_id"] is None:
        return AskOutcome.UNKNOWN_CONTACT
    if row["name_type"] != NameType.PERSON or row["name_code"] is None:
        return AskOutcome.WITHOUT_NUMBER
    if kind is not OrderKind.UNSUBSCRIBE and not row["is_imported"]:
        return AskOutcome.NOT_IMPORTED
    return None


async def _withdraw_opposites(
    connection: Connection, batch: Batch, opposite: OrderKind | None, wanted: Collection[int], is_open: _Open
) -> None:
    waiting = [
        order_id
        for (contact_id, kind), (order_id, state) in is_open.items()
        if kind == opposite and state is OrderState.WAITING and contact_id in wanted
    ]
    await SQL.withdraw_waiting(connection, order_ids=waiting, reason=REPLACED, now=batch.now())


async def _add(
    connection: Connection,
    batch: Batch,
    kind: OrderKind,
    contact_ids: list[int],
    from_wish: bool,
    gap_id: int | None,
) -> list[int]:
    mark = await SQL.mark(connection)
    ids = [row["order_id"] async for row in SQL.new_ids(connection, count=len(contact_ids))]
    await SQL.add(
        connection,
        order_ids=ids,
        contact_ids=contact_ids,
        key_constants=[key_constant(mark, order_id) for order_id in ids],
        kind=str(kind),
        from_wish=from_wish,
        gap_id=gap_id,
        requested_at=batch.now(),
        requested_by=batch.by,
    )
    return ids


async def _drain(rows: AsyncIterator[Any]) -> None:
    async for _ in rows:
        pass
