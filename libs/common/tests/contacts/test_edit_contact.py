"""Edits by hand: version check, marks, history and event."""

import asyncio
from typing import Any

import pytest
from registerbro.contacts import merge
from registerbro.contacts.edit import ContactUnknown, VersionOutdated, edit_contact
from registerbro.contacts.layers import UnknownKeys
from registerbro.database import Pool

from tests.support.deliveries import IMPORT, NOW, delivery

ANNA, BO = "0101800001", "0202800002"


@pytest.fixture
async def store(pool: Pool) -> Pool:
    await merge.apply(pool, [delivery(ANNA)], IMPORT, now=NOW)
    return pool


async def edit(pool: Pool, version: int, changes: dict[str, Any], contact_id: int = 1) -> int:
    async with pool.acquire() as connection:
        return await edit_contact(connection, contact_id, version, changes, now=NOW)


async def test_an_edit_changes_marks_counts_and_tells(store: Pool) -> None:
    changes = {"name1": "Ane", "info:Note": ["a", "b"], "address:HA": {"address1": "By hand 3"}}
    assert await edit(store, 1, changes) == 2
    row = await store.fetchrow("select * from contact")
    assert row is not None
    assert (row["name1"], row["info"]["Note"], row["version"]) == ("Ane", ["a", "b"], 2)
    assert set(row["hand_edited"]) == {"name1", "info:Note"}
    assert row["sort_key"] == "berg ane"
    assert await store.fetchval("select changed_by_hand from address where address1 = 'By hand 3'")
    assert [each["routing_key"] for each in await store.fetch("select routing_key from outbox order by sequence")] == [
        "contact.imported", "contact.updated"
    ]  # fmt: skip


async def test_an_edit_of_an_outdated_version_is_refused_and_tells_the_present_one(store: Pool) -> None:
    await edit(store, 1, {"name1": "Ane"})
    with pytest.raises(VersionOutdated) as caught:
        await edit(store, 1, {"name1": "Anne"})
    assert caught.value.version == 2


async def test_of_two_edits_at_once_one_wins(store: Pool) -> None:
    results = await asyncio.gather(
        *(edit(store, 1, {"name1": name}) for name in ("Ane", "Anne")), return_exceptions=True
    )
    assert sorted(map(type, results), key=str) == sorted([int, VersionOutdated], key=str)


async def test_an_edit_that_changes_nothing_writes_nothing(store: Pool) -> None:
    assert await edit(store, 1, {"name1": "Anna"}) == 1
    assert await store.fetchval("select count(*) from contact_version") == 0


async def test_neither_an_unknown_contact_nor_a_merged_one_can_be_edited(store: Pool) -> None:
    with pytest.raises(ContactUnknown):
        await edit(store, 1, {"name1": "Ane"}, contact_id=99)
    await merge.apply(store, [delivery(BO)], IMPORT, now=NOW)
    await merge.apply(store, [delivery(ANNA, 2, current_number=BO)], IMPORT, now=NOW)
    with pytest.raises(ContactUnknown):
        await edit(store, 2, {"name1": "Ane"})


async def test_what_the_store_does_not_have_cannot_be_edited(store: Pool) -> None:
    with pytest.raises(UnknownKeys):
        await edit(store, 1, {"name_code": BO})


async def test_an_address_by_hand_where_there_was_none(store: Pool) -> None:
    await edit(store, 1, {"address:KONTAKT": {"address1": "Postboks 1"}})
    assert await store.fetchval("select address1 from address where address_type = 'KONTAKT'") == "Postboks 1"
