"""Tells the provider whom to subscribe and whom no longer, some at a time.

A crash at any place leads to the same end: the row keeps its wish and its lease, and when that has run out all of it is done
again; subscribing or cancelling twice is as good as once.
"""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus

import asyncpg
import structlog
from registerbro import service_queue
from registerbro.bus import outbox
from registerbro.cvr.numbers import InvalidUnitNumber, UnitNumber
from registerbro.cvr.units import ObjectId, Unit
from registerbro.database import Connection
from registerbro.events import CvrSubscriptionChanged, Event
from registerbro.registers.errors import Refused, RegisterError

from cvr_subscription import failing
from cvr_subscription.checkpoint import Point
from cvr_subscription.failing import NUMBER_UNUSABLE, TAKEN, WITHOUT_ID
from cvr_subscription.subscriber import Subscriber
from cvr_subscription.subscriptions import SQL, UNKNOWN, Claimed, Failure, Rows, State

log = structlog.get_logger()
Call = Callable[[ObjectId], Awaitable[None]]


@dataclasses.dataclass
class Round:
    """Some rows of one state, and what became of them. ``obstacle`` is what kept all of them from being worked on."""

    subscriber: Subscriber
    rows: Rows
    state: State
    claimed: Mapping[int, Claimed]
    failures: dict[int, Failure] = dataclasses.field(default_factory=dict)
    obstacle: RegisterError | None = None
    void: list[int] = dataclasses.field(
        default_factory=list
    )  # whose unit the provider does not know by its id

    def fail(self, contact_id: int, reason: RegisterError | str) -> None:
        """Notes why one could not be worked on."""
        claimed, now, settings = (
            self.claimed[contact_id],
            self.subscriber.now(),
            self.subscriber.settings.subscribing,
        )
        if isinstance(reason, str):
            self.failures[contact_id] = failing.of_slug(claimed, reason, now, settings)
        else:
            self.failures[contact_id] = failing.of_error(claimed, reason, now, settings)
            self.obstacle = reason if failing.concerns_all(reason) else self.obstacle
            if isinstance(reason, Refused) and reason.status == HTTPStatus.NOT_FOUND:
                self.void.append(contact_id)


async def work_some(subscriber: Subscriber, rows: Rows, state: State, size: int) -> Round:
    """Works on up to ``size`` rows of a state; an empty round where nothing is due."""
    claimed = await rows.claim(subscriber.pool, state, subscriber.now(), size)
    made = Round(subscriber, rows, state, {each.contact_id: each for each in claimed})
    if claimed:
        subscriber.checkpoint(Point.CLAIMED)
        await (_subscribe(made) if state is State.WANTED else _cancel(made))
        subscriber.checkpoint(Point.DONE)
    return made


async def _subscribe(made: Round) -> None:
    known = {each.contact_id: each.object_id for each in made.claimed.values() if each.object_id is not None}
    known |= await _identified(made, [each for each in made.claimed.values() if each.object_id is None])
    told = await _tell(made, made.subscriber.feed.subscribe, known)
    async with made.subscriber.pool.acquire() as connection, connection.transaction():
        await _note_subscribed(made, connection, told)
        await _let_go(made, connection)
        made.subscriber.checkpoint(Point.IN_TRANSACTION)


async def _cancel(made: Round) -> None:
    known = {each.contact_id: each.object_id for each in made.claimed.values() if each.object_id is not None}
    told = await _tell(made, made.subscriber.feed.unsubscribe, known)
    never_told = [contact_id for contact_id in made.claimed if contact_id not in known]
    async with made.subscriber.pool.acquire() as connection, connection.transaction():
        versions = await _held(connection, made.claimed)
        gone = await made.rows.cancelled(connection, [*told, *never_told])
        changed = [each for each in gone if made.claimed[each].was_subscribed]
        await _announce(connection, changed, versions, is_subscribed=False)
        await _let_go(made, connection)
        made.subscriber.checkpoint(Point.IN_TRANSACTION)


async def _identified(made: Round, claimed: Sequence[Claimed]) -> dict[int, ObjectId]:
    """The provider's ids of units that were not looked up yet, kept before anything is subscribed."""
    numbers = await _numbers(made, claimed)
    if not numbers:
        return {}
    try:
        found = await made.subscriber.lookup.find_many(list(dict.fromkeys(numbers.values())))
    except RegisterError as error:
        for contact_id in numbers:
            made.fail(contact_id, error)
        return {}
    ids: dict[int, ObjectId] = {}
    for contact_id, number in numbers.items():
        unit = found.get(number)
        if isinstance(unit, Unit) and unit.object_id is not None:
            ids[contact_id] = unit.object_id
        elif isinstance(unit, RegisterError):
            made.fail(contact_id, unit)
        else:
            made.fail(contact_id, UNKNOWN if unit is None else WITHOUT_ID)
    return await _kept(made, ids)


async def _numbers(made: Round, claimed: Sequence[Claimed]) -> dict[int, UnitNumber]:
    source = await made.subscriber.source()
    numbers: dict[int, UnitNumber] = {}
    for each in claimed:
        try:
            numbers[each.contact_id] = made.subscriber.number(
                source, each.name_type or "", each.name_code or ""
            )
        except InvalidUnitNumber:
            made.fail(each.contact_id, NUMBER_UNUSABLE)
    return numbers


async def _kept(made: Round, ids: dict[int, ObjectId]) -> dict[int, ObjectId]:
    kept: frozenset[int] = frozenset()
    try:
        kept = await made.rows.identify(made.subscriber.pool, ids)
    except asyncpg.UniqueViolationError:  # another replica kept one of them a moment ago
        log.info("units identified elsewhere at the same time")
    for contact_id in ids.keys() - kept:
        made.fail(contact_id, TAKEN)
    made.subscriber.checkpoint(Point.IDENTIFIED)
    return {contact_id: ids[contact_id] for contact_id in kept}


async def _tell(made: Round, call: Call, known: Mapping[int, ObjectId]) -> list[int]:
    """Makes the calls side by side; returns whose went well."""
    turns = asyncio.Semaphore(made.subscriber.settings.subscribing.at_once)

    async def one(contact_id: int, object_id: ObjectId) -> None:
        async with turns:
            try:
                await call(object_id)
            except RegisterError as error:
                made.fail(contact_id, error)
            else:
                made.subscriber.checkpoint(Point.TOLD)

    async with asyncio.TaskGroup() as group:
        for contact_id, object_id in known.items():
            group.create_task(one(contact_id, object_id))
    return [contact_id for contact_id in known if contact_id not in made.failures]


async def _note_subscribed(made: Round, connection: Connection, told: Sequence[int]) -> None:
    """Subscribed, and one update queued: events only start now. Not where everything was switched off meanwhile."""
    token = await service_queue.active_token(connection)
    if token is None:
        return
    versions = await _held(connection, told)
    done = await made.rows.subscribed(connection, told, made.subscriber.now())
    await service_queue.enqueue(connection, done, token=token)
    await _announce(connection, done, versions, is_subscribed=True)


async def _held(connection: Connection, contact_ids: Sequence[int] | Mapping[int, Claimed]) -> dict[int, int]:
    rows = SQL.hold_contacts(connection, contact_ids=list(contact_ids))
    return {row["contact_id"]: row["version"] async for row in rows}


async def _announce(
    connection: Connection, contact_ids: Sequence[int], versions: Mapping[int, int], *, is_subscribed: bool
) -> None:
    told = [
        CvrSubscriptionChanged(contact_id, versions[contact_id], is_subscribed)
        for contact_id in contact_ids
        if contact_id in versions
    ]
    if told:
        await outbox.add(connection, map(Event, told))


async def _let_go(made: Round, connection: Connection) -> None:
    if made.void:
        await made.rows.forget_ids(connection, made.void)
    if made.failures:
        await made.rows.note(connection, made.state, list(made.failures.values()), made.subscriber.now())
    await made.rows.release(connection, list(made.claimed))
