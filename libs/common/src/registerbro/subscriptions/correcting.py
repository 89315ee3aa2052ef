"""Applies a comparison with CPR's list: who is subscribed is put right, in transactions of some thousand contacts each.

Also what agrees is taken: an older file that comes late does not undo what the list confirmed. Where somebody's wish is
another than what is so now, CPR is told again. What was applied before a crash stays, and the next attempt does the rest.
"""

import collections
import dataclasses
import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from registerbro.bus import outbox
from registerbro.contacts import loading
from registerbro.contacts.state import Subscription
from registerbro.cpr.mapping import listed_subscription_time
from registerbro.database import Connection, Pool
from registerbro.events import CprSubscriptionChanged, CprSubscriptionRequested, Event, EventData
from registerbro.subscriptions.errors import ReconciliationSuperseded
from registerbro.subscriptions.reconciliation import (
    SQL,
    DifferenceKind,
    DifferenceOutcome,
    Reconciliation,
    load,
)

CHUNK = 5000
OF_CONTACTS = (DifferenceKind.MISSING_HERE, DifferenceKind.MISSING_AT_CPR)


@dataclasses.dataclass(frozen=True, slots=True)
class Applied:
    """What applying did: differences by outcome, and of the corrected ones how many began and ended."""

    outcomes: Mapping[DifferenceOutcome, int]
    subscribed: int
    unsubscribed: int


@dataclasses.dataclass(slots=True)
class _Stated:
    """A contact of the store, and whether the list subscribes it."""

    contact_id: int
    version: int
    before: Subscription
    wish: bool | None
    after: Subscription

    @property
    def is_turned(self) -> bool:
        """Whether it is now the other way round."""
        return self.before.is_subscribed is not self.after.is_subscribed


async def apply(
    pool: Pool,
    reconciliation_id: int,
    *,
    by: str,
    kinds: Collection[DifferenceKind] = OF_CONTACTS,
    now: dt.datetime | None = None,
) -> Applied:
    """Puts the store right; what CPR said after the list's day stays. A second time it changes nothing.

    Differences that are of none of the ``kinds`` stay open, for another time. Raises
    ``ReconciliationUnknown``, ``ReconciliationSuperseded``.
    """
    moment = now or dt.datetime.now(dt.UTC)
    async with pool.acquire() as connection:
        applying = _Applying(connection, await load(connection, reconciliation_id), kinds, moment)
        await applying.all()
        await SQL.note_applied(connection, reconciliation_id=reconciliation_id, now=moment, by=by)
        return await _applied(connection, reconciliation_id)


async def forecast(connection: Connection, reconciliation_id: int) -> Applied:
    """What applying would do with what is open, as far as the comparison knew."""
    rows = SQL.forecast(connection, reconciliation_id=reconciliation_id)
    return _summed([row async for row in rows])


class _Applying:
    """One application, a chunk and a transaction at a time."""

    def __init__(
        self,
        connection: Connection,
        reconciliation: Reconciliation,
        kinds: Collection[DifferenceKind],
        now: dt.datetime,
    ) -> None:
        day, taken_at = reconciliation.as_of, reconciliation.compared_at
        self._connection = connection
        self._id = reconciliation.reconciliation_id
        self._kinds = [str(kind) for kind in kinds]
        self._said_at = listed_subscription_time(day, taken_at).key
        self._day = listed_subscription_time(day).key
        self._now = now

    async def all(self) -> None:
        """First what differs, then what agrees."""
        for step in (self._differences, self._agreements):
            after: int | None = 0
            while after is not None:
                async with self._connection.transaction():
                    await self._refuse_superseded()
                    after = await step(after)

    async def _differences(self, after: int) -> int | None:
        """A chunk of contacts behind ``after``; returns the last one's id, None behind the last."""
        found = SQL.claim_differences(
            self._connection, reconciliation_id=self._id, kinds=self._kinds, after=after, size=CHUNK
        )
        rows = [row async for row in found]
        states = await self._state({row["contact_id"]: row["is_subscribed"] for row in rows})
        outcomes = [_outcome(states.get(row["contact_id"]), row["is_subscribed"]) for row in rows]
        await SQL.settle(
            self._connection,
            reconciliation_id=self._id,
            difference_ids=[row["difference_id"] for row in rows],
            outcomes=[str(outcome) for outcome in outcomes],
        )
        return rows[-1]["contact_id"] if rows else None

    async def _agreements(self, after: int) -> int | None:
        found = SQL.take_agreements(self._connection, reconciliation_id=self._id, after=after, size=CHUNK)
        said = {row["contact_id"]: row["is_subscribed"] async for row in found}
        await self._state(said)
        return max(said, default=None)

    async def _refuse_superseded(self) -> None:
        if not await SQL.is_latest(self._connection, reconciliation_id=self._id):
            raise ReconciliationSuperseded(self._id)

    async def _state(self, said: Mapping[int, bool]) -> Mapping[int, _Stated]:
        """Takes what the list says of contacts, by the id that the comparison knew them by; under their locks."""
        states = await self._locked(said)
        newer = {
            each.contact_id: each
            for each in states.values()
            if each.is_turned or each.before.as_of < self._day  # a list that is taken twice writes nothing
        }
        if newer:
            await SQL.set_states(
                self._connection,
                ids=list(newer),
                states=[each.after.is_subscribed for each in newer.values()],
                as_of=self._said_at,
            )
            events = (Event(data, time=self._now) for each in newer.values() for data in _facts(each))
            await outbox.add(self._connection, events)
        return states

    async def _locked(self, said: Mapping[int, bool]) -> Mapping[int, _Stated]:
        states = await self._states(said)
        while True:
            present = {each.contact_id for each in states.values()}
            await loading.lock(self._connection, present)
            states = await self._states(said)
            if {each.contact_id for each in states.values()} <= present:
                return states

    async def _states(self, said: Mapping[int, bool]) -> dict[int, _Stated]:
        """Contacts that became one since the comparison share what is said of them: one subscribed number is enough."""
        states: dict[int, _Stated] = {}
        present: dict[int, _Stated] = {}
        async for row in SQL.states(self._connection, ids=list(said)):
            before = Subscription(row["as_of"], row["src_subscribed"])
            stated = present.setdefault(
                row["contact_id"], _Stated(row["contact_id"], row["version"], before, row["wish"], before)
            )
            stated.after = max(stated.after, Subscription(self._said_at, said[row["stated_id"]]))
            states[row["stated_id"]] = stated
        return states


def _outcome(stated: _Stated | None, is_subscribed: bool) -> DifferenceOutcome:
    if stated is None:
        return DifferenceOutcome.GONE
    if stated.after.is_subscribed is not is_subscribed:
        return DifferenceOutcome.NEWER_KNOWN
    return DifferenceOutcome.CORRECTED if stated.is_turned else DifferenceOutcome.ALREADY


def _facts(stated: _Stated) -> Iterator[EventData]:
    if not stated.is_turned:
        return
    is_subscribed = stated.after.is_subscribed
    yield CprSubscriptionChanged(stated.contact_id, stated.version, is_subscribed)
    if stated.wish is not None and stated.wish is not is_subscribed:
        yield CprSubscriptionRequested(stated.contact_id, stated.version, stated.wish)


async def _applied(connection: Connection, reconciliation_id: int) -> Applied:
    rows = SQL.outcomes(connection, reconciliation_id=reconciliation_id)
    return _summed([row async for row in rows])


def _summed(rows: Sequence[Mapping[str, Any]]) -> Applied:
    outcomes: collections.Counter[DifferenceOutcome] = collections.Counter()
    corrected: collections.Counter[str] = collections.Counter()
    for row in rows:
        outcome = DifferenceOutcome(row["outcome"])
        outcomes[outcome] += row["contacts"]
        if outcome is DifferenceOutcome.CORRECTED:
            corrected[row["kind"]] += row["contacts"]
    return Applied(outcomes, corrected[DifferenceKind.MISSING_HERE], corrected[DifferenceKind.MISSING_AT_CPR])
