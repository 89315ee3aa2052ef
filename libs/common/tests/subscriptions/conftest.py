"""What the tests of subscriptions work with: persons from CPR, and what is said of their subscriptions."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import orjson
import pytest
from registerbro.contacts import merge
from registerbro.contacts.model import MergePolicy
from registerbro.contacts.wishes import set_wishes
from registerbro.database import Connection, Pool
from registerbro.events import TYPE_PREFIX, TYPE_SUFFIX

from tests.support.deliveries import IMPORT, NOW, delivery

UNSUBSCRIBED = MergePolicy(may_create=True, requires_subscription=False)


class Persons:
    """A store of persons."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    async def add(
        self,
        number: str,
        *,
        is_subscribed: bool = False,
        wish: bool | None = None,
        delivered_at: dt.datetime | None = NOW,
        **given: Any,
    ) -> int:
        """Imports a person; returns the contact."""
        policy = IMPORT if is_subscribed else UNSUBSCRIBED
        [result] = await merge.apply(self.pool, [delivery(number, **given)], policy, now=NOW)
        assert result.contact_id
        async with self.pool.acquire() as connection, connection.transaction():
            await set_wishes(connection, {result.contact_id: wish})
            await connection.execute(
                "update source_record set last_delivered_at = $2 where contact_id = $1",
                result.contact_id,
                delivered_at,
            )
        return result.contact_id

    async def placeholder(self, number: str) -> int:
        """Somebody who is known by number only."""
        contact_id: int = await self.pool.fetchval(
            "insert into contact (name_type, name_code, is_placeholder, version) values ('C', $1, true, 0) "
            "returning contact_id", number,
        )  # fmt: skip
        await self.pool.execute("insert into contact_number values ('C', $1, $2, true)", number, contact_id)
        return contact_id

    async def join(self, kept: str, gone: str, connection: Connection | None = None) -> None:
        """CPR says that two numbers are one person's."""
        one = delivery(kept, 9, former_numbers=(gone,))
        await merge.apply(connection or self.pool, [one], UNSUBSCRIBED, now=NOW)

    async def states(self) -> dict[int, tuple[bool, bool | None]]:
        """Who is subscribed, and who should be, by contact."""
        rows = await self.pool.fetch("select contact_id, src_subscribed, subscribed from source_record")
        return {row["contact_id"]: (row["src_subscribed"], row["subscribed"]) for row in rows}

    async def wishes(self) -> dict[int, bool | None]:
        """Who should be subscribed, by contact."""
        return {contact_id: wish for contact_id, (_, wish) in (await self.states()).items()}

    async def events(self, name: str) -> list[dict[str, Any]]:
        """The data of the events of a kind, without the contact's version."""
        rows = await self.pool.fetch(
            "select body from outbox where type = $1 order by sequence", f"{TYPE_PREFIX}{name}{TYPE_SUFFIX}"
        )
        found = [orjson.loads(row["body"])["data"] for row in rows]
        return [{key: value for key, value in data.items() if key != "version"} for data in found]

    async def requested(self) -> list[tuple[int, bool]]:
        """The wishes of which events tell."""
        events = await self.events("cpr.subscription.requested")
        return [(data["contact_id"], data["wanted"]) for data in events]

    async def open_case(self, case: str, contact_ids: Iterable[int]) -> None:
        """Contacts that are party to a case."""
        await self.pool.executemany(
            "insert into case_contact (case_reference, contact_id) values ($1, $2)",
            [(case, contact_id) for contact_id in contact_ids],
        )

    async def is_waiting(self) -> bool:
        """Whether somebody waits for a lock."""
        return bool(await self.pool.fetchval("select exists (select from pg_locks where not granted)"))


@pytest.fixture
def persons(pool: Pool) -> Persons:
    """An empty store of persons."""
    return Persons(pool)
