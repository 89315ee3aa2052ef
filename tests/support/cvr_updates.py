"""CVR Update in the tests: companies in a store, a provider in memory that knows them, and what works on the queue."""

import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, TypeAlias

from cvr_update.app import create_app
from cvr_update.settings import BrakeSettings, CvrUpdateSettings, RetrySettings, UpdateServiceSettings
from cvr_update.updates import Updates
from fastapi import FastAPI
from registerbro import features, service_queue, sources
from registerbro.contacts import units as storing
from registerbro.cvr.mapping import ALL_FIELDS
from registerbro.cvr.units import Unit
from registerbro.database import Pool
from registerbro.features import Feature
from registerbro.number_hash import NumberHasher
from registerbro.registers.opening import Opened
from registerbro.registers.port import Lookup
from registerbro.registers.settings import CvrSettings
from registerbro.service import Service
from registerbro.settings import Settings

from tests.support.cvr_provider import CvrProvider, cvr_number, opened_with, unit
from tests.support.services import AUDIT_KEY

YESTERDAY = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
Figures: TypeAlias = dict[str, Any]


def companies(count: int, *, name: str = "Havnegade Vaerft ApS") -> list[Unit]:
    """So many companies, all of one name."""
    return [unit(cvr_number(seed), name, asked_at=YESTERDAY) for seed in range(count)]


def provider_of_three() -> CvrProvider:
    """A provider that is asked for many at once, and knows three companies."""
    made = CvrProvider(most_at_once=50)
    made.add(*companies(3))
    return made


async def imported(pool: Pool, units: Sequence[Unit]) -> list[int]:
    """Imports units as they are; the contacts' ids, in their order."""
    results = await storing.store(
        pool,
        units,
        storing.import_policy(await sources.load(pool, "CVR-J")),
        source=await sources.load(pool, "CVR-J"),
        fields=ALL_FIELDS,
        now=YESTERDAY,
        hasher=NumberHasher(AUDIT_KEY),
    )
    await pool.execute("delete from outbox")
    return [result.contact_id for result in results if result.contact_id is not None]


async def synchronised(pool: Pool, contact_ids: Iterable[int]) -> None:
    """What a full synchronisation does: a new token, and a task for each contact."""
    async with pool.acquire() as connection, connection.transaction():
        token = await service_queue.renew_token(connection)
        assert token is not None
        await service_queue.enqueue(connection, contact_ids, token=token)


async def queued(pool: Pool, *contact_ids: int) -> None:
    """What an event leads to: a task with the active token."""
    async with pool.acquire() as connection, connection.transaction():
        token = await service_queue.active_token(connection)
        assert token is not None
        await service_queue.enqueue(connection, contact_ids, token=token)


def updates_of(pool: Pool, lookup: Lookup, **changes: Any) -> Updates:
    """A worker's means; keywords change settings of ``CvrUpdateSettings``, ``Updates`` and ``retries`` and ``brake`` within."""
    told = {name: changes.pop(name) for name in list(changes) if name in CvrUpdateSettings.model_fields}
    settings = CvrUpdateSettings(
        **told
        | {
            "retries": RetrySettings(**{"jitter": 0} | told.get("retries", {})),
            "brake": BrakeSettings(**told.get("brake", {})),
        }
    )
    return Updates(
        pool=pool,
        lookup=lookup,
        settings=settings,
        cvr=CvrSettings(),
        hasher=NumberHasher(AUDIT_KEY),
        **changes,
    )


async def events(pool: Pool, name: str) -> list[Figures]:
    """What events of a name in the outbox say, by contact."""
    rows = await pool.fetch(
        "select body::jsonb -> 'data' as data from outbox where routing_key = $1 order by sequence", name
    )
    return [row["data"] for row in rows]


async def imports(pool: Pool) -> dict[int, Figures]:
    """What is noted of each contact's last update."""
    rows = await pool.fetch("select * from cvrupdate_import")
    return {row["contact_id"]: dict(row) for row in rows}


async def names(pool: Pool) -> dict[int, str]:
    """The contacts' names."""
    return {row[0]: row[1] for row in await pool.fetch("select contact_id, name1 from contact")}


async def left(pool: Pool) -> int:
    """How many tasks are in the queue."""
    found: int = await pool.fetchval("select count(*) from service_queue")
    return found


async def switch_on(pool: Pool, *which: Feature) -> None:
    """The modules that updates need are on, or these."""
    async with pool.acquire() as connection:
        for feature in which or (Feature.CVR, Feature.CVR_UPDATE):
            await features.switch(connection, feature, enabled=True, by="test")


def app_of(settings: Settings, lookup: Lookup, **changes: Any) -> FastAPI:
    """The service, which asks this provider; keywords change its own settings."""
    opened = opened_with(lookup)

    @contextlib.asynccontextmanager
    async def open_provider(_: Service) -> AsyncIterator[Opened]:
        yield opened

    own = CvrUpdateSettings(**changes)
    told = UpdateServiceSettings(**dict(settings), cvr_update=own)
    return create_app(told, open_provider=open_provider)
