"""Changed numbers: one contact for all numbers of a person, whatever arrives first."""

from itertools import permutations
from typing import Any

import pytest
from registerbro.contacts import merge, queries
from registerbro.contacts.edit import edit_contact
from registerbro.contacts.model import MappedContact, Outcome, Result, Role
from registerbro.contacts.presenting import ContactView
from registerbro.database import Pool

from tests.support.deliveries import ALL_KEYS, BATCH, IMPORT, NOW, delivery, home, to

OLD, NEW, NEWEST, CHILD = "0101800001", "0202800002", "0404800004", "0303100003"


async def load(pool: Pool, *chunk: MappedContact, **policy: Any) -> list[Result]:
    return await merge.apply(pool, chunk, policy.get("policy", IMPORT), now=NOW)


async def outcomes(pool: Pool, *chunk: MappedContact) -> list[Outcome]:
    return [result.outcome for result in await load(pool, *chunk)]


async def seen(pool: Pool, contact: str | int) -> ContactView:
    async with pool.acquire() as connection:
        found = await queries.load_contact(connection, contact, may_see_protected=True)
    assert found is not None
    return found


async def events(pool: Pool) -> list[str]:
    return [
        row["routing_key"] for row in await pool.fetch("select routing_key from outbox order by sequence")
    ]


def link(old: str, new: str, day: int = 1, **given: Any) -> MappedContact:
    """A delivery about a number that is no longer in use."""
    return delivery(old, day, current_number=new, info={"Status": ("60",)}, addresses={}, **given)


async def test_old_and_new_number_in_one_chunk_are_one_contact(pool: Pool) -> None:
    assert await outcomes(pool, link(OLD, NEW), delivery(NEW)) == [Outcome.LINKED, Outcome.CREATED]
    view = await seen(pool, OLD)
    assert (view.name.name_code, view.former_numbers, view.info["Status"]) == (NEW, (OLD,), ["01"])
    assert await pool.fetchval("select count(*) from contact") == 1


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_no_contact_is_created_twice_in_any_order(pool: Pool, order: tuple[int, ...]) -> None:
    said = [delivery(OLD, 1), link(OLD, NEW, 2), delivery(NEW, 2, fields={"name1": "New"})]
    for place in order:
        await load(pool, said[place])
    view = await seen(pool, OLD)
    assert (view.name.name_code, view.name.name1, view.former_numbers) == (NEW, "New", (OLD,))
    assert view.info == {"GældendePNR": [NEW], "Status": ["01"]}


async def test_the_data_of_a_link_count_until_a_number_in_use_is_delivered(pool: Pool) -> None:
    await load(pool, link(OLD, NEW, 5, fields={"name1": "Of the link"}))
    assert (await seen(pool, NEW)).name.name1 == "Of the link"
    await load(pool, delivery(NEW, 1, fields={"name1": "Of the number"}))
    assert (await seen(pool, NEW)).name.name1 == "Of the number"
    await load(pool, link(OLD, NEW, 6, fields={"name1": "Of the link"}))
    assert (await seen(pool, NEW)).name.name1 == "Of the number"


async def test_a_list_of_former_numbers_ties_them_too(pool: Pool) -> None:
    await load(pool, delivery(NEW, former_numbers=(OLD,)))
    assert (await seen(pool, OLD)).name.name_code == NEW


async def test_a_new_number_is_taken_over_and_told(pool: Pool) -> None:
    await load(pool, delivery(OLD))
    (result,) = await load(pool, delivery(NEW, 2, former_numbers=(OLD,)), policy=BATCH)
    view = await seen(pool, NEW)
    assert (result.outcome, "numbers" in result.groups) == (Outcome.UPDATED, True)
    assert (view.contact_id, view.version, view.former_numbers) == (1, 2, (OLD,))
    assert await events(pool) == ["contact.imported", "contact.updated", "contact.renumbered"]


async def test_the_number_said_last_is_the_current_one_even_if_it_is_an_old_one_again(pool: Pool) -> None:
    await load(pool, delivery(NEW, 2, former_numbers=(OLD,)))
    await load(pool, delivery(OLD, 3, former_numbers=(NEW,)))
    await load(pool, link(OLD, NEW, 1))
    view = await seen(pool, NEW)
    assert (view.name.name_code, view.former_numbers) == (OLD, (NEW,))


async def test_a_real_contact_survives_the_placeholder_that_has_its_new_number(pool: Pool) -> None:
    await load(pool, delivery(OLD), delivery(CHILD, references=(to(Role.MOTHER, NEW),)))
    await load(pool, link(OLD, NEW, 2))
    (mother,) = (await seen(pool, CHILD)).references
    assert (await seen(pool, NEW)).contact_id == 1
    assert (mother.contact.contact_id, mother.contact.name_code) == (1, NEW)
    assert "contact.merged" not in await events(pool)


async def test_of_two_real_contacts_the_one_with_the_current_number_survives(pool: Pool) -> None:
    await load(pool, delivery(OLD, 1), delivery(NEW, 1, fields={"name1": "Survivor"}))
    await load(pool, delivery(CHILD, references=(to(Role.MOTHER, OLD), to(Role.GUARDIAN, NEW))))
    await pool.execute("insert into case_contact values ('case 1', 1), ('case 2', 1), ('case 2', 2)")
    results = await load(pool, link(OLD, NEW, 2))
    survivor = await seen(pool, OLD)
    assert [(each.outcome, each.contact_id) for each in results] == [(Outcome.UPDATED, 2)]
    assert (survivor.contact_id, survivor.name.name1, survivor.former_numbers) == (2, "Survivor", (OLD,))
    assert {each.contact.contact_id for each in (await seen(pool, CHILD)).references} == {2}
    cases = await pool.fetch("select case_reference, contact_id from case_contact order by 1")
    assert [tuple(row) for row in cases] == [("case 1", 2), ("case 2", 2)]
    assert await events(pool) == ["contact.imported"] * 3 + ["contact.merged", "contact.updated"]


async def test_the_tombstone_points_to_the_survivor_and_holds_nothing_but_its_past(pool: Pool) -> None:
    await load(pool, delivery(OLD, fields={"name1": "Old"}), delivery(NEW))
    await load(pool, link(OLD, NEW, 2))
    row = await pool.fetchrow("select * from contact where contact_id = 1")
    assert row is not None
    assert (row["merged_into"], row["name_code"], row["name1"], row["info"]) == (2, None, "", {})
    for table in ("address", "contact_reference", "source_record", "contact_number"):
        assert await pool.fetchval(f"select count(*) from {table} where contact_id = 1") == 0
    async with pool.acquire() as connection:
        past = await queries.state_at(connection, 1, 1, may_see_protected=True)
    assert past is not None
    assert (past.name.name1, past.name.name_code, past.addresses[0].address1) == ("Old", OLD, "Vestergade 1")
    assert (await seen(pool, 1)).contact_id == 2


async def test_a_tombstone_of_a_tombstone_points_straight_to_the_survivor(pool: Pool) -> None:
    await load(pool, delivery(OLD), delivery(NEW), delivery(NEWEST))
    await load(pool, link(OLD, NEW, 2))
    await load(pool, link(NEW, NEWEST, 3))
    rows = await pool.fetch("select merged_into from contact order by contact_id")
    assert [row["merged_into"] for row in rows] == [3, 3, None]
    assert (await seen(pool, OLD)).former_numbers == (OLD, NEW)


async def test_three_contacts_become_one_in_a_single_chunk(pool: Pool) -> None:
    await load(pool, delivery(OLD), delivery(NEW), delivery(NEWEST))
    await load(pool, delivery(NEWEST, 2, former_numbers=(OLD, NEW)))
    assert await pool.fetchval("select count(*) from contact where merged_into = 3") == 2
    assert await pool.fetchval("select count(*) from contact_number where contact_id = 3") == 3


async def test_the_survivor_takes_over_what_was_newer_or_only_known_of_the_other(pool: Pool) -> None:
    await load(pool, delivery(OLD, 5, fields={"name1": "Newer"}, references=(to(Role.CHILD, CHILD),)))
    await load(pool, delivery(NEW, 1, delivers=ALL_KEYS - {"address:HA"}, addresses={}))
    await load(pool, link(OLD, NEW, 6))
    view = await seen(pool, NEW)
    assert (view.contact_id, view.name.name1, view.addresses[0].address1) == (3, "Newer", "Vestergade 1")
    assert [each.role for each in view.references] == ["Barn"]


async def test_the_survivor_takes_over_hand_edits_and_former_addresses(pool: Pool) -> None:
    await load(pool, delivery(OLD, 1), delivery(NEW, 1))
    await load(pool, delivery(OLD, 2, addresses={"HA": home("Nygade 2")}))
    async with pool.acquire() as connection:
        await edit_contact(connection, 1, 2, {"position": "By hand"}, now=NOW)
    await load(pool, link(OLD, NEW, 3))
    view = await seen(pool, NEW)
    assert (view.position, view.hand_edited) == ("By hand", ("position",))
    assert [(each.address_type, each.address1) for each in view.addresses] == [
        ("CPRADR", "Vestergade 1"), ("HA", "Nygade 2")
    ]  # fmt: skip


async def test_persons_without_number_of_both_become_one(pool: Pool) -> None:
    father = (to(Role.FATHER, name="Ole Holm"),)
    await load(pool, delivery(OLD, references=father), delivery(NEW, references=father))
    await load(pool, link(OLD, NEW, 2))
    await load(pool, delivery(NEW, 3, references=father))
    assert [each.contact.name2 for each in (await seen(pool, NEW)).references] == [f"Far til {NEW}"]
    assert (
        await pool.fetchval("select count(*) from contact where name1 = 'Ole Holm' and merged_into is null")
        == 1
    )


async def test_a_reference_to_a_former_number_leads_to_the_contact(pool: Pool) -> None:
    await load(pool, delivery(NEW, 2, former_numbers=(OLD,)))
    await load(pool, delivery(CHILD, references=(to(Role.MOTHER, OLD), to(Role.GUARDIAN, NEW))))
    assert {each.contact.contact_id for each in (await seen(pool, CHILD)).references} == {1}


async def test_nobody_refers_to_himself_after_a_merge(pool: Pool) -> None:
    await load(pool, delivery(OLD, references=(to(Role.SPOUSE, NEW),)), delivery(NEW))
    await load(pool, link(OLD, NEW, 2))
    assert (await seen(pool, NEW)).references == ()
    assert await pool.fetchval("select count(*) from contact_reference") == 0


async def test_references_that_become_equal_by_a_merge_are_one(pool: Pool) -> None:
    await load(pool, delivery(OLD), delivery(NEW))
    await load(pool, delivery(CHILD, references=(to(Role.CHILD, OLD), to(Role.CHILD, NEW))))
    await load(pool, link(OLD, NEW, 2))
    assert len((await seen(pool, CHILD)).references) == 1


async def test_a_merge_and_a_delivery_that_refers_to_the_tombstone_in_one_chunk(pool: Pool) -> None:
    await load(pool, delivery(OLD), delivery(NEW), delivery(CHILD, references=(to(Role.MOTHER, OLD),)))
    await load(pool, delivery(CHILD, 2, references=(to(Role.MOTHER, OLD),)), link(OLD, NEW, 2))
    assert [each.contact.contact_id for each in (await seen(pool, CHILD)).references] == [2]
    assert (await seen(pool, CHILD)).version == 1
