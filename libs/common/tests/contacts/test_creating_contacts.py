"""Contacts created by hand: numbers, marks, event, placeholders, and what a register makes of them."""

import asyncio
import datetime as dt
from typing import Any

import pytest
from registerbro.contact_types import ContactTypeMissing, NumberRefused
from registerbro.contacts import erasing, merge, queries
from registerbro.contacts.creating import NewContact, create_contact
from registerbro.contacts.erasing import Order, Reason
from registerbro.contacts.model import MergePolicy, Role
from registerbro.contacts.presenting import ContactView
from registerbro.contacts.refusals import AddressExists, NumberErased, NumberFixed, NumberTaken, ValueRefused
from registerbro.contacts.tombstones import HasherMissing
from registerbro.contacts.writing import Overtaken
from registerbro.database import Pool
from registerbro.number_hash import NumberHasher

from tests.support.deliveries import IMPORT, NOW, delivery, home, to
from tests.support.services import AUDIT_KEY

ANNA, BO, CARL = "0101800001", "0202800002", "0303800003"
CVR = "26911745"
HASHER = NumberHasher(AUDIT_KEY)
HOME = {"address_type": "HA", "address1": "Hjemme 1", "postcode": "8000"}


async def create(
    pool: Pool,
    number: str | None = ANNA,
    name_type: str = "C",
    hasher: NumberHasher | None = None,
    **given: Any,
) -> int:
    changes = {"name1": "Ane", "name2": "Dam"} | given.pop("changes", {})
    async with pool.acquire() as connection, connection.transaction():
        new = NewContact(name_type, number, changes, **given)
        return await create_contact(connection, new, now=NOW, hasher=hasher)


async def shown(pool: Pool, contact_id: int) -> ContactView:
    async with pool.acquire() as connection:
        view = await queries.load_contact(connection, contact_id, may_see_protected=True)
    assert view is not None
    return view


async def events(pool: Pool) -> list[str]:
    return [row[0] for row in await pool.fetch("select routing_key from outbox order by sequence")]


async def test_a_contact_by_hand_has_its_number_its_marks_and_its_event(pool: Pool) -> None:
    changes = {"info:Note": ["a", "b"], "position": "Smed", "start_date": dt.date(2024, 1, 2),
               "date:Ansat": [{"value": "2020-05", "precision": "month"}]}  # fmt: skip
    contact_id = await create(pool, "010180-0001", changes=changes, addresses=[HOME])
    view = await shown(pool, contact_id)
    assert (view.name.name1, view.name.name_code, view.version) == ("Ane", ANNA, 1)
    assert view.info == {"Note": ["a", "b"]}
    assert view.dates == {"Ansat": [{"value": "2020-05", "precision": "month", "uncertain": False}]}
    assert set(view.hand_edited) == {"name1", "name2", "position", "start_date", "info:Note", "date:Ansat"}
    assert [(each.address1, each.changed_by_hand) for each in view.addresses] == [("Hjemme 1", True)]
    assert await events(pool) == ["contact.created"]
    assert await pool.fetchval("select sort_key from contact") == "dam ane"
    assert await pool.fetchval("select count(*) from contact_version") == 0


async def test_a_number_belongs_to_one_contact_for_ever(pool: Pool) -> None:
    first = await create(pool)
    await merge.apply(pool, [delivery(ANNA, 2, current_number=BO), delivery(BO, 2)], IMPORT, now=NOW)
    for number in (ANNA, BO):
        with pytest.raises(NumberTaken) as caught:
            await create(pool, number)
        assert caught.value.contact_id == first
        assert number not in str(caught.value)
    assert await create(pool, "1003387453", name_type="V") != first


async def test_of_two_who_create_one_number_one_does(pool: Pool) -> None:
    results = await asyncio.gather(create(pool), create(pool), return_exceptions=True)
    assert sorted(type(each).__name__ for each in results if not isinstance(each, int)) in (
        ["NumberTaken"], ["Overtaken"]
    )  # fmt: skip
    assert await pool.fetchval("select count(*) from contact") == 1
    assert issubclass(Overtaken, Exception)


async def test_a_placeholder_that_has_the_number_becomes_the_contact(pool: Pool) -> None:
    await merge.apply(pool, [delivery(ANNA, references=(to(Role.CHILD, BO),))], IMPORT, now=NOW)
    placeholder = await pool.fetchval("select contact_id from contact where is_placeholder")
    before = NOW - dt.timedelta(days=1)
    async with pool.acquire() as connection:
        assert await queries.state_at(connection, placeholder, before, may_see_protected=True) is None
    assert await create(pool, BO, addresses=[HOME]) == placeholder
    view = await shown(pool, placeholder)
    assert (view.name.name1, view.name.is_placeholder, view.version) == ("Ane", False, 1)
    assert (await events(pool))[-1] == "contact.created"
    assert await pool.fetchval("select count(*) from contact_version") == 0


async def test_who_was_erased_does_not_come_back_by_hand(pool: Pool) -> None:
    contact_id = await create(pool)
    async with pool.acquire() as connection:
        order = Order("tests", None, Reason.RETENTION_ENDED)
        await erasing.erase_contact(connection, contact_id, 1, order, hasher=HASHER, now=NOW)
    with pytest.raises(NumberErased):
        await create(pool, hasher=HASHER)
    with pytest.raises(HasherMissing):
        await create(pool)
    assert await create(pool, BO, hasher=HASHER) != contact_id
    assert await pool.fetchval("select count(*) from contact_number where number = $1", ANNA) == 0


REFUSED: list[tuple[type[Exception], dict[str, Any]]] = [
    (ContactTypeMissing, {"name_type": "X"}),
    (NumberRefused, {"number": "0101800"}),
    (NumberRefused, {"number": "26911746", "name_type": "J"}),
    (NumberFixed, {"number": None}),
    (NumberFixed, {"number": "1", "name_type": "A"}),
    (ValueRefused, {"changes": {"name1": " ", "name2": ""}}),
    (ValueRefused, {"changes": {"name1": "a\x00b"}}),
    (ValueRefused, {"changes": {"name1": "a\u202eb"}}),
    (ValueRefused, {"changes": {"name1": "x" * 201}}),
    (ValueRefused, {"changes": {"info:GældendePNR": ["1"]}}),
    (ValueRefused, {"changes": {"info:Note": [""]}}),
    (ValueRefused, {"changes": {"protections": []}}),
    (ValueRefused, {"changes": {"date:X": [{"value": "2024-13", "precision": "month"}]}}),
    (ValueRefused, {"changes": {"start_date": dt.date(2024, 1, 2), "end_date": dt.date(2024, 1, 1)}}),
    (ValueRefused, {"addresses": [HOME | {"country_code": "Danmark"}]}),
    (ValueRefused, {"addresses": [HOME | {"email": "nobody"}]}),
    (ValueRefused, {"addresses": [HOME | {"address_type": "CPRADR"}]}),
    (AddressExists, {"addresses": [HOME, HOME]}),
]


async def test_what_cannot_be_stored_is_refused_and_leaves_nothing(pool: Pool) -> None:
    await pool.execute("insert into contact_type values ('A', 'Own', true, 6, 'text')")
    for kind, given in REFUSED:
        with pytest.raises(kind):
            await create(pool, **given)
    for table in ("contact", "contact_number", "outbox", "contact_type_counter"):
        assert await pool.fetchval(f"select count(*) from {table}") == 0


async def test_types_that_count_their_own_numbers_skip_those_that_are_taken(pool: Pool) -> None:
    await pool.execute("insert into contact_type values ('A', 'Own', false, 6, 'text')")
    await create(pool, "000002", name_type="A")
    await pool.execute("update contact_type set auto_id = true where name_type = 'A'")
    ids = [await create(pool, None, name_type="A") for _ in range(2)]
    assert [(await shown(pool, each)).name.name_code for each in ids] == ["000001", "000003"]
    nobody = await create(pool, None, name_type="P")
    assert (await shown(pool, nobody)).name.name_code is None


async def test_types_that_count_their_own_numbers_skip_those_of_erased_contacts(pool: Pool) -> None:
    """A restored store counts from where it was when it was dumped; what was given and erased since stands in tombstones."""
    await pool.execute("insert into contact_type values ('A', 'Own', true, 6)")
    contact_id = await create(pool, None, name_type="A")
    async with pool.acquire() as connection:
        order = Order("tests", None, Reason.RETENTION_ENDED)
        await erasing.erase_contact(connection, contact_id, 1, order, hasher=HASHER, now=NOW)
    await pool.execute("delete from contact_type_counter")
    created = await create(pool, None, name_type="A", hasher=HASHER)
    assert (await shown(pool, created)).name.name_code == "000002"


async def test_an_import_fills_a_contact_by_hand_and_leaves_its_address_without_force_update(
    pool: Pool,
) -> None:
    contact_id = await create(pool, changes={"info:Note": ["kept"]}, addresses=[HOME])
    gentle = MergePolicy(may_create=True, requires_subscription=False, force_update=False)
    (result,) = await merge.apply(pool, [delivery(ANNA, addresses={"HA": home()})], gentle, now=NOW)
    view = await shown(pool, contact_id)
    assert (result.outcome, result.contact_id, view.version) == ("filled", contact_id, 2)
    assert (view.name.name1, view.info["Note"], view.addresses[0].address1) == ("Anna", ["kept"], "Hjemme 1")
    await merge.apply(pool, [delivery(ANNA, 2, addresses={"HA": home()})], IMPORT, now=NOW)
    addresses = (await shown(pool, contact_id)).addresses
    assert {each.address_type: each.address1 for each in addresses} == {"CPRADR": "Hjemme 1", "HA": "Vestergade 1"}  # fmt: skip


async def test_a_company_by_hand_keeps_what_was_given_without_force_update(pool: Pool) -> None:
    contact_id = await create(pool, CVR, "J", changes={"name1": "By hand A/S", "name2": ""})
    keys = frozenset({"name1", "info:Branche"})
    said = delivery(
        CVR, source="CVR-J", name_type="J", delivers=keys, info={"Branche": ("620100",)}, addresses={}
    )
    gentle = MergePolicy(may_create=True, requires_subscription=False, force_update=False)
    await merge.apply(pool, [said], gentle, now=NOW)
    view = await shown(pool, contact_id)
    assert (view.name.name1, view.info["Branche"]) == ("By hand A/S", ["620100"])
