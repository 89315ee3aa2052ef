"""CVR Subscription in the tests: its actions over a provider in memory, contacts that were never imported, and what it stored."""

import contextlib
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, TypeAlias

import pytest
from cvr_subscription import following
from cvr_subscription.checkpoint import Checkpoint, nothing
from cvr_subscription.settings import CvrSubscriptionSettings, SubscribingSettings
from cvr_subscription.subscriber import Subscriber, utc_now
from cvr_subscription.worker import Worker
from registerbro import features
from registerbro.cvr.numbers import CvrNumber, UnitNumber
from registerbro.database import Pool
from registerbro.features import Feature
from registerbro.number_hash import NumberHasher
from registerbro.registers.settings import CvrSettings

from tests.support.cvr_provider import CvrProvider, OpenedProvider, cvr_number, p_number, unit
from tests.support.services import AUDIT_KEY

IDENTITY = "memory one"
OpenSubscriber: TypeAlias = Callable[..., Subscriber]
QUICK = SubscribingSettings(
    look_seconds=0.05, lease_seconds=60, first_pause_seconds=0.05, longest_pause_seconds=1
)


async def switch(pool: Pool, *, cvr: bool = True, update: bool = True) -> None:
    """Switches the two modules."""
    async with pool.acquire() as connection:
        await features.switch(connection, Feature.CVR, enabled=cvr, by="test")
        await features.switch(connection, Feature.CVR_UPDATE, enabled=update, by="test")


def numbers_of(count: int) -> list[UnitNumber]:
    """Companies and production units in turn."""
    return [p_number(place) if place % 2 else cvr_number(place) for place in range(count)]


async def add_contacts(pool: Pool, numbers: Sequence[UnitNumber], **columns: Any) -> list[int]:
    """Contacts of these numbers, as if made by hand; ``columns`` are further ones of ``contact``."""
    extra = "".join(f", {name}" for name in columns)
    values = "".join(f", ${place}" for place in range(3, 3 + len(columns)))
    rows = await pool.fetch(
        f"""with added as (
                insert into contact (name_type, name_code, name1{extra})
                select name_type, name_code, 'Virksomhed'{values}
                from unnest($1::text[], $2::text[]) as given (name_type, name_code)
                returning contact_id, name_type, name_code
            ), numbered as (
                insert into contact_number (name_type, number, contact_id, is_current)
                select name_type, name_code, contact_id, true from added
            )
            select contact_id from added order by contact_id""",
        ["J" if isinstance(number, CvrNumber) else "V" for number in numbers],
        [number.value for number in numbers],
        *columns.values(),
    )
    return [row["contact_id"] for row in rows]


def open_subscriber(
    pool: Pool,
    provider: CvrProvider,
    *,
    identity: str = IDENTITY,
    now: Callable[[], dt.datetime] = utc_now,
    checkpoint: Checkpoint = nothing,
    subscribing: SubscribingSettings = QUICK,
    **settings: Any,
) -> Subscriber:
    """What actions work with, as a replica of its own; keywords are settings of the service's section."""
    told = CvrSubscriptionSettings(subscribing=subscribing, **settings)
    opened = OpenedProvider(provider, identity)
    return Subscriber(pool, opened, told, CvrSettings(), NumberHasher(AUDIT_KEY), now, checkpoint)


@contextlib.asynccontextmanager
async def worker_of(subscriber: Subscriber) -> AsyncIterator[Worker]:
    """The worker of a replica that has just started, which works in the background."""
    await following.adopt(subscriber.pool, subscriber.identity)
    async with Worker.open(subscriber) as worker:
        yield worker


@dataclasses.dataclass(frozen=True)
class World:
    """A store with contacts, and a provider that knows them all."""

    pool: Pool
    provider: CvrProvider
    numbers: list[UnitNumber]
    contact_ids: list[int]

    @classmethod
    async def of(cls, pool: Pool, count: int, **provider: Any) -> "World":
        """With so many contacts; keywords are of ``CvrProvider``."""
        numbers = numbers_of(count)
        made = CvrProvider(**provider)
        made.add(*map(unit, numbers))
        return cls(pool, made, numbers, await add_contacts(pool, numbers))

    async def states(self) -> dict[str, int]:
        """How many subscriptions there are, by state."""
        rows = await self.pool.fetch(
            "select state, count(*) as count from cvrupdate_subscription group by state"
        )
        return {row["state"]: row["count"] for row in rows}

    async def queue(self) -> set[int]:
        """Who has an update of the active token waiting."""
        rows = await self.pool.fetch(
            """select contact_id from service_queue
               where token = (select agent_active_tasks_token from cvrupdate_setting)"""
        )
        return {row["contact_id"] for row in rows}

    async def clear_queue(self) -> None:
        """As if CVR Update had done everything."""
        await self.pool.execute("delete from service_queue")


@pytest.fixture
async def world(pool: Pool) -> World:
    """Ten contacts, both modules on."""
    await switch(pool)
    return await World.of(pool, 10)
