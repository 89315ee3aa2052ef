"""Compares CPR's list of subscribed numbers with the store, shows where they differ, and puts the store right on request.

The list comes into a table of the session and is compared by one statement; it is not kept. What the list says holds as of
its day: what CPR said later stays right.
"""

import dataclasses
import datetime as dt
import enum
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import aiosql

from registerbro.cpr.mapping import listed_subscription_time
from registerbro.cpr.numbers import CprNumber
from registerbro.database import Connection, Pool
from registerbro.jobs import DENMARK
from registerbro.subscriptions import listing
from registerbro.subscriptions.asking import LAST_ID
from registerbro.subscriptions.errors import ReconciliationUnknown

SQL: Any = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg")


class DifferenceKind(enum.StrEnum):
    """Where list and store differ."""

    MISSING_HERE = "missing-here"  # CPR subscribes the person, the contact says otherwise
    MISSING_AT_CPR = "missing-at-cpr"  # the contact says subscribed, CPR's list has none of its numbers
    UNKNOWN_PERSON = "unknown-person"  # CPR subscribes a number that no contact from CPR has or had


class DifferenceOutcome(enum.StrEnum):
    """What became of a difference."""

    CORRECTED = "corrected"
    NEWER_KNOWN = "newer-known"  # CPR said something later than the list, which stays right
    ALREADY = "already"  # the contact said so itself by the time
    GONE = "gone"  # the contact is no longer from CPR
    ENDED = "ended"  # the subscription of an unknown person was ended at CPR


@dataclasses.dataclass(frozen=True, slots=True)
class Reconciliation:
    """A comparison. ``counts``: contacts that agree, differences by kind, and of these how many are overtaken."""

    reconciliation_id: int
    name: str
    as_of: dt.date
    listed: int
    counts: Mapping[str, int]
    compared_at: dt.datetime
    compared_by: str
    applied_at: dt.datetime | None
    applied_by: str | None


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """One difference; ``number`` only of an unknown person, and it shows itself masked.

    ``is_overtaken``: CPR said otherwise after the list's day, so that applying it changes nothing.
    """

    difference_id: int
    kind: DifferenceKind
    contact_id: int | None
    number: CprNumber | None
    is_overtaken: bool
    outcome: DifferenceOutcome | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """From the database."""
        number, outcome = row["number"], row["outcome"]
        typed = {
            "kind": DifferenceKind(row["kind"]),
            "number": number and CprNumber(number),
            "outcome": outcome and DifferenceOutcome(outcome),
        }
        return cls(**{**dict(row), **typed})


@dataclasses.dataclass(frozen=True, slots=True)
class UnknownNumber:
    """A number that CPR subscribes for us and that belongs to no contact from CPR."""

    difference_id: int
    number: CprNumber


async def compare(
    connection: Connection,
    content: "Path | AsyncIterator[bytes]",
    *,
    by: str,
    name: str | None = None,
    as_of: dt.date | None = None,
    now: dt.datetime | None = None,
) -> Reconciliation:
    """Compares a list, in one transaction, and keeps what differs. Raises ``ListRefused``; nothing is kept then.

    ``as_of``: the Danish day on which CPR's subscriptions were so; today, and never later. Earlier comparisons are superseded.
    """
    moment = now or dt.datetime.now(dt.UTC)
    today = moment.astimezone(DENMARK).date()
    day = min(as_of or today, today)
    shown = name or (content.name if isinstance(content, Path) else "list")
    async with connection.transaction():
        await _take(connection, shown, listing.blocks(content) if isinstance(content, Path) else content)
        reconciliation_id = await SQL.add(connection, name=shown, as_of=day, now=moment, by=by)
        await SQL.supersede(connection, reconciliation_id=reconciliation_id)
        said_at = listed_subscription_time(day, moment).key
        await SQL.compare(connection, reconciliation_id=reconciliation_id, said_at=said_at)
        return await load(connection, reconciliation_id)


async def load(connection: "Connection | Pool", reconciliation_id: int) -> Reconciliation:
    """A comparison; raises ``ReconciliationUnknown``."""
    row = await SQL.load(connection, reconciliation_id=reconciliation_id)
    if row is None:
        raise ReconciliationUnknown(reconciliation_id)
    return Reconciliation(**row)


async def page(
    connection: "Connection | Pool", *, below: int = LAST_ID, size: int = 100
) -> list[Reconciliation]:
    """The comparisons, newest first; the next page is ``below`` the last one's id."""
    return [Reconciliation(**row) async for row in SQL.page(connection, below=below, size=size)]


async def differences(
    connection: "Connection | Pool",
    reconciliation_id: int,
    *,
    kind: DifferenceKind | None = None,
    after: int = 0,
    size: int = 100,
) -> list[Difference]:
    """What differs; the next page is ``after`` the last one's id."""
    rows = SQL.differences(
        connection, reconciliation_id=reconciliation_id, kind=kind and str(kind), after=after, size=size
    )
    return [Difference.of(row) async for row in rows]


async def unknown_numbers(
    connection: "Connection | Pool", reconciliation_id: int, *, after: int = 0, size: int = 1000
) -> list[UnknownNumber]:
    """Numbers that CPR subscribes for nobody here, to be ended there; those of the latest comparison only."""
    rows = SQL.unknown_numbers(connection, reconciliation_id=reconciliation_id, after=after, size=size)
    return [UnknownNumber(row["difference_id"], CprNumber(row["number"])) async for row in rows]


async def note_ended(
    connection: "Connection | Pool", reconciliation_id: int, difference_ids: Sequence[int]
) -> int:
    """Notes that subscriptions of unknown persons were ended at CPR, and forgets their numbers; how many there were."""
    return int(
        await SQL.note_ended(
            connection, reconciliation_id=reconciliation_id, difference_ids=list(difference_ids)
        )
    )


async def _take(connection: Connection, name: str, content: AsyncIterator[bytes]) -> None:
    await SQL.prepare(connection)
    await connection.copy_to_table("listed_number", source=listing.numbers(name, content), columns=["number"])
    await SQL.analyze(connection)
