"""Asks for subscriptions, or for their end: the wish is stored, and an event says so where CPR has to be told.

A wish is not the subscription: that is what CPR says. What differs is told to CPR until it agrees; the event only wakes
those who tell it.
"""

import dataclasses
import datetime as dt
import enum
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import aiosql

from registerbro.bus import outbox
from registerbro.contacts import loading
from registerbro.contacts.wishes import set_wishes
from registerbro.database import Connection, Pool
from registerbro.events import CprSubscriptionRequested, Event

SQL: Any = aiosql.from_path(Path(__file__).with_suffix(".sql"), "asyncpg")
BY_HAND = "by-hand"
LAST_ID = 2**63 - 1


class AskOutcome(enum.StrEnum):
    """What became of a wish."""

    REQUESTED = "requested"  # CPR is to be told
    ALREADY = "already"  # the wish holds, and CPR has it so
    NEVER = "never-subscribed"  # a number of the person is on the list of those; nothing was stored
    UNKNOWN_CONTACT = "unknown-contact"
    NOT_IMPORTED = "not-imported"  # not from CPR: there is nothing that a subscription would keep up to date


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """What became of one wish. ``contact_id`` is the contact as it is now, also where ``asked_id`` was merged into it."""

    asked_id: int
    contact_id: int
    outcome: AskOutcome
    is_changed: bool = False  # the stored wish is another than before


@dataclasses.dataclass(frozen=True, slots=True)
class Wish:
    """A wish that somebody made; ``contact_id`` is the one that it was made for."""

    wish_id: int
    contact_id: int
    wanted: bool
    reason: str
    asked_by: str
    asked_at: dt.datetime


async def ask(
    connection: Connection,
    wishes: Mapping[int, bool],
    *,
    by: str = "",
    reason: str = BY_HAND,
    now: dt.datetime | None = None,
) -> list[Asked]:
    """Stores wishes by contact, in the caller's transaction; one answer for each, in order.

    Where two contacts have become one, the last wish for it holds. ``reason`` is a constant; ``now`` is UTC.
    """
    if not wishes:
        return []
    moment = now or dt.datetime.now(dt.UTC)
    rows = await _locked(connection, list(wishes))
    wanted = {row["contact_id"]: wishes[row["asked_id"]] for row in rows}
    outcomes = {row["contact_id"]: _outcome(row, wanted[row["contact_id"]]) for row in rows}
    accepted = {each: wanted[each] for each, outcome in outcomes.items() if outcome in _ACCEPTED}
    changed = set(await set_wishes(connection, accepted))
    await _note(connection, {each: accepted[each] for each in sorted(changed)}, by, reason, moment)
    await outbox.add(connection, _events(rows, wanted, outcomes, moment))
    return [
        Asked(
            row["asked_id"],
            row["contact_id"] or row["asked_id"],
            outcomes[row["contact_id"]],
            row["contact_id"] in changed,
        )
        for row in rows
    ]


async def history(
    connection: "Connection | Pool", contact_id: int, *, below: int = LAST_ID, size: int = 100
) -> list[Wish]:
    """The wishes that were made for a contact, newest first; the next page is ``below`` the last one's id."""
    rows = SQL.history(connection, contact_id=contact_id, below=below, size=size)
    return [Wish(**row) async for row in rows]


async def forget(connection: "Connection | Pool", before: dt.datetime) -> int:
    """Forgets who wished what before a time; the wishes themselves stay. Returns how many entries."""
    return int(await SQL.forget(connection, before=before))


_ACCEPTED = frozenset({AskOutcome.REQUESTED, AskOutcome.ALREADY})


async def _locked(connection: Connection, ids: Sequence[int]) -> Sequence[Mapping[str, Any]]:
    """What is asked for, locked: contacts that were merged while we waited for them are looked up again."""
    rows = await _asked_for(connection, ids)
    while True:
        present = {row["contact_id"] for row in rows} - {None}
        await loading.lock(connection, present)
        rows = await _asked_for(connection, ids)
        if {row["contact_id"] for row in rows} <= present | {None}:
            return rows


async def _asked_for(connection: Connection, ids: Sequence[int]) -> Sequence[Mapping[str, Any]]:
    return [row async for row in SQL.asked_for(connection, ids=ids)]


def _outcome(row: Mapping[str, Any], wanted: bool) -> AskOutcome:
    if row["contact_id"] is None:
        return AskOutcome.UNKNOWN_CONTACT
    if row["src_subscribed"] is None:
        return AskOutcome.NOT_IMPORTED
    if wanted and row["is_never"]:
        return AskOutcome.NEVER
    return AskOutcome.ALREADY if row["src_subscribed"] is wanted else AskOutcome.REQUESTED


async def _note(
    connection: Connection, changed: Mapping[int, bool], by: str, reason: str, now: dt.datetime
) -> None:
    if changed:
        wishes = {"ids": list(changed), "wishes": list(changed.values())}
        await SQL.note(connection, **wishes, reason=reason, asked_by=by, now=now)


def _events(
    rows: Sequence[Mapping[str, Any]],
    wanted: Mapping[int, bool],
    outcomes: Mapping[int, AskOutcome],
    now: dt.datetime,
) -> Iterator[Event]:
    versions = {row["contact_id"]: row["version"] for row in rows}
    for contact_id, version in versions.items():
        if outcomes[contact_id] is AskOutcome.REQUESTED:
            yield Event(CprSubscriptionRequested(contact_id, version, wanted[contact_id]), time=now)
