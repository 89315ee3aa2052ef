"""Compares contacts with the register, a sample or all: whether what was told of changes was enough.

Nothing is written but the report; contacts that differ are queued, so that CVR Update does what it always does.
"""

import collections
import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import aiosql
import structlog
from registerbro import service_queue
from registerbro.contacts import merge
from registerbro.contacts.groups import RECORDS
from registerbro.contacts.units import types_of, update_policy
from registerbro.cvr import levels
from registerbro.cvr.mapping import mapped
from registerbro.cvr.numbers import InvalidUnitNumber, UnitNumber
from registerbro.cvr.units import Unit
from registerbro.database import Pool
from registerbro.registers.errors import RegisterError
from registerbro.registers.presentation import presentation
from registerbro.sources import CvrSource

from cvr_subscription import following
from cvr_subscription.errors import DriftUnderWay, NotFollowing
from cvr_subscription.failing import NUMBER_UNUSABLE
from cvr_subscription.locks import alone, is_locked
from cvr_subscription.subscriber import Mode, Subscriber, mode_of

SQL: Any = aiosql.from_path(Path(__file__).parent / "sql" / "drift.sql", "asyncpg")
LOCK = 0x6376725F64726674  # "cvr_drft"
CHUNK = 200
INTERRUPTED = "interrupted"
log = structlog.get_logger()


@dataclasses.dataclass(frozen=True, slots=True)
class Drift:
    """One comparison; without an end it is under way, or its process is gone."""

    drift_id: int
    started_at: dt.datetime
    finished_at: dt.datetime | None
    is_complete: bool
    compared: int
    differing: int
    missed: int
    unknown: int
    failed: int
    queued: int
    groups: Mapping[str, int]
    failures: Mapping[str, int]
    failure: str | None


@dataclasses.dataclass
class _Counts:
    """What was found so far."""

    compared: int = 0
    differing: int = 0
    missed: int = 0
    unknown: int = 0
    failed: int = 0
    queued: int = 0
    groups: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    failures: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)

    def fail(self, slug: str) -> None:
        self.failed += 1
        self.failures[slug] += 1


@dataclasses.dataclass(frozen=True, slots=True)
class _Contact:
    """A contact to compare; ``is_waiting``: its update is queued anyhow."""

    contact_id: int
    name_type: str
    name_code: str
    is_waiting: bool


async def compare(subscriber: Subscriber, *, sample: int | None, is_queueing: bool) -> Drift:
    """Compares now. Raises ``NotFollowing``, ``OtherProvider``, ``DriftUnderWay``, ``RegisterError``."""
    async with alone(subscriber.pool, LOCK, DriftUnderWay):
        if await mode_of(subscriber.pool) is not Mode.FOLLOWS:
            raise NotFollowing
        await following.require(subscriber.pool, subscriber.identity)
        started = await SQL.start(subscriber.pool, now=subscriber.now(), is_complete=sample is None)
        return await _run(subscriber, started, sample, is_queueing=is_queueing)


async def latest(pool: Pool, size: int) -> list[Drift]:
    """The latest comparisons, newest first."""
    return [Drift(**row) async for row in SQL.latest(pool, size=size)]


async def is_under_way(pool: Pool) -> bool:
    """Whether a replica or a command is at it."""
    return await is_locked(pool, LOCK)


async def _run(subscriber: Subscriber, drift_id: int, sample: int | None, *, is_queueing: bool) -> Drift:
    counts = _Counts()
    try:
        rows = SQL.sample(subscriber.pool, provider=subscriber.identity, size=sample)
        for contact_ids in _chunks([row["contact_id"] async for row in rows]):
            await _compare_some(subscriber, contact_ids, counts, is_queueing=is_queueing)
            await SQL.note(subscriber.pool, drift_id=drift_id, **_stored(counts))
    except RegisterError as error:
        await _finish(subscriber, drift_id, presentation(error).slug)
        raise
    except Exception:
        await _finish(subscriber, drift_id, INTERRUPTED)
        raise
    return await _finish(subscriber, drift_id, None)


async def _finish(subscriber: Subscriber, drift_id: int, failure: str | None) -> Drift:
    row = await SQL.finish(subscriber.pool, drift_id=drift_id, now=subscriber.now(), failure=failure)
    made = Drift(**row)
    log.info(
        "contacts compared with the register",
        compared=made.compared,
        differing=made.differing,
        missed=made.missed,
        failure=made.failure,
    )
    return made


async def _compare_some(
    subscriber: Subscriber, contact_ids: Sequence[int], counts: _Counts, *, is_queueing: bool
) -> None:
    source = await subscriber.source()
    contacts = await _numbered(subscriber, source, contact_ids, counts)
    found = await subscriber.lookup.find_many(list(contacts))
    units = []
    for number in contacts:
        unit = found.get(number)
        if isinstance(unit, Unit):
            units.append(unit)
        elif isinstance(unit, RegisterError):
            counts.fail(presentation(unit).slug)
        else:
            counts.unknown += 1
    differing = await _differing(subscriber, source, units, counts)
    counts.missed += sum(not contacts[number].is_waiting for number in differing)
    if is_queueing:
        counts.queued += await _queue(subscriber, [contacts[number].contact_id for number in differing])


async def _numbered(
    subscriber: Subscriber, source: CvrSource, contact_ids: Sequence[int], counts: _Counts
) -> dict[UnitNumber, _Contact]:
    contacts: dict[UnitNumber, _Contact] = {}
    async for row in SQL.contacts(subscriber.pool, contact_ids=list(contact_ids)):
        contact = _Contact(**row)
        try:
            contacts[subscriber.number(source, contact.name_type, contact.name_code)] = contact
        except InvalidUnitNumber:
            counts.fail(NUMBER_UNUSABLE)
    return contacts


async def _differing(
    subscriber: Subscriber, source: CvrSource, units: Sequence[Unit], counts: _Counts
) -> list[UnitNumber]:
    """Whose contact an update would change in more than the answer's wording."""
    types, cvr = types_of(source), subscriber.cvr
    deliveries = [
        mapped(
            levels.kept(unit, source.level), fields=cvr.update_fields, types=types, style=cvr.writing.style
        )
        for unit in units
    ]
    async with subscriber.pool.acquire() as connection:
        plan = await merge.plan(
            connection, deliveries, update_policy(source), now=subscriber.now(), hasher=subscriber.hasher
        )
    counts.compared += len(units)
    differing = []
    for unit, result in zip(units, plan.results, strict=True):
        if groups := [group for group in result.groups if group != RECORDS]:
            counts.groups.update(groups)
            differing.append(unit.number)
    counts.differing += len(differing)
    return differing


async def _queue(subscriber: Subscriber, contact_ids: Sequence[int]) -> int:
    async with subscriber.pool.acquire() as connection, connection.transaction():
        token = await service_queue.active_token(connection)
        return await service_queue.enqueue(connection, contact_ids, token=token) if token else 0


def _stored(counts: _Counts) -> dict[str, Any]:
    return dataclasses.asdict(counts) | {"groups": dict(counts.groups), "failures": dict(counts.failures)}


def _chunks(contact_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (contact_ids[start : start + CHUNK] for start in range(0, len(contact_ids), CHUNK))
