"""Addresses, references and the end of a contact by hand; who may overwrite what is protected."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registerbro.contacts import addresses, merge, queries, references
from registerbro.contacts.closing import close_contact
from registerbro.contacts.creating import NewContact, create_contact
from registerbro.contacts.edit import change_by_hand, edit_contact
from registerbro.contacts.model import MappedAddress, MergePolicy, NameType, Protection, Role
from registerbro.contacts.presenting import ContactView
from registerbro.contacts.refusals import (
    AddressExists,
    AddressUnknown,
    ContactClosed,
    ContactIsPlaceholder,
    ContactProtected,
    NameFromRegister,
    ReferenceRefused,
    ReferenceUnknown,
    ValueRefused,
    VersionOutdated,
)
from registerbro.contacts.state import Address, Contact
from registerbro.database import Connection, Pool

from tests.support.deliveries import IMPORT, NOW, delivery, home, to
from tests.support.histories import empty_store

ANNA, BO, CARL = "0101800001", "0202800002", "0303800003"
TODAY = dt.date(2024, 6, 1)
GENTLE = MergePolicy(may_create=True, requires_subscription=False, force_update=False)
PROTECTED = (Protection("0001", dt.date(2020, 1, 1), None),)


async def changed(
    pool: Pool, change: Callable[[Contact], tuple[Address, ...]], version: int = 1, contact_id: int = 1
) -> ContactView:
    def edit(contact: Contact) -> Contact:
        contact = contact.copy()
        contact.addresses = change(contact)
        return contact

    async with pool.acquire() as connection:
        await change_by_hand(connection, contact_id, version, edit, keys={"address:"}, now=NOW)
        return await shown(connection, contact_id)


async def shown(connection: Connection, contact_id: int = 1) -> ContactView:
    view = await queries.load_contact(connection, contact_id, may_see_protected=True)
    assert view is not None
    return view


async def id_of(pool: Pool, street: str) -> int:
    found: int = await pool.fetchval("select address_id from address where address1 = $1", street)
    return found


def kinds(view: ContactView) -> dict[str, str]:
    return {str(each.address1): each.address_type for each in view.addresses}


async def test_a_new_main_address_makes_the_old_one_a_former_one_and_keeps_the_phone(pool: Pool) -> None:
    reachable = home(phone_no="12345678")
    await merge.apply(pool, [delivery(ANNA, addresses={"HA": reachable})], IMPORT, now=NOW)
    new = {"address_type": "HA", "address1": "Nygade 2", "start_date": dt.date(2024, 5, 1)}
    view = await changed(pool, lambda contact: addresses.new_address(contact, new, TODAY))
    old, current = sorted(view.addresses, key=lambda each: each.address_type)
    assert (old.address1, old.end_date) == ("Vestergade 1", dt.date(2024, 5, 1))
    assert (current.address1, current.phone_no, current.changed_by_hand) == ("Nygade 2", "12345678", True)
    postbox = {"address_type": "KONTAKT", "address1": "Postboks 1"}
    view = await changed(pool, lambda contact: addresses.new_address(contact, postbox, TODAY), 2)
    assert kinds(view) == {"Vestergade 1": "CPRADR", "Nygade 2": "HA", "Postboks 1": "KONTAKT"}
    with pytest.raises(AddressExists):
        await changed(pool, lambda contact: addresses.new_address(contact, postbox, TODAY), 3)


async def test_an_address_is_changed_ended_and_removed_by_its_id(pool: Pool) -> None:
    await merge.apply(pool, [delivery(ANNA)], IMPORT, now=NOW)
    main = await id_of(pool, "Vestergade 1")
    reach = await changed(pool, lambda contact: addresses.changed(contact, main, {"email": "a@b.dk"}))
    assert (reach.addresses[0].email, reach.addresses[0].changed_by_hand) == ("a@b.dk", False)
    moved = await changed(pool, lambda contact: addresses.changed(contact, main, {"address1": "Ny 1"}), 2)
    assert (moved.addresses[0].changed_by_hand, kinds(moved)) == (True, {"Ny 1": "HA"})
    ended = await changed(pool, lambda contact: addresses.changed(contact, main, {"end_date": TODAY}), 3)
    assert kinds(ended) == {"Ny 1": "CPRADR"}
    with pytest.raises(ValueRefused):
        await changed(pool, lambda contact: addresses.changed(contact, main, {"end_date": None}), 4)
    assert (await changed(pool, lambda contact: addresses.removed(contact, main), 4)).addresses == ()
    with pytest.raises(AddressUnknown):
        await changed(pool, lambda contact: addresses.removed(contact, main), 5)
    async with pool.acquire() as connection:
        past = await queries.state_at(connection, 1, 3, may_see_protected=True)
    assert past is not None
    assert kinds(past) == {"Ny 1": "HA"}


async def test_closing_ends_contact_and_main_address_and_withdraws_the_wish(pool: Pool) -> None:
    await merge.apply(pool, [delivery(ANNA)], IMPORT, now=NOW)
    async with pool.acquire() as connection, connection.transaction():
        assert await close_contact(connection, 1, 1, TODAY, by="somebody", now=NOW) == 2
        view = await shown(connection)
        with pytest.raises(ContactClosed):
            await close_contact(connection, 1, 2, TODAY, by="somebody", now=NOW)
        with pytest.raises(VersionOutdated):
            await close_contact(connection, 1, 1, TODAY, by="somebody", now=NOW)
    assert (view.end_date, view.addresses[0].address_type, view.addresses[0].end_date) == (
        TODAY,
        "CPRADR",
        TODAY,
    )
    assert await pool.fetchval("select subscribed from source_record") is False
    keys = [row[0] for row in await pool.fetch("select routing_key from outbox order by sequence")]
    assert keys == ["contact.imported", "contact.updated", "cpr.subscription.requested"]
    assert await pool.fetchval("select reason from cpr_wish") == "contact-closed"
    async with pool.acquire() as connection:
        assert await edit_contact(connection, 1, 2, {"end_date": None}, now=NOW) == 3
        assert (await shown(connection)).end_date is None


async def test_references_by_hand_are_made_and_removed_and_the_registers_stay(pool: Pool) -> None:
    said = [delivery(ANNA, references=(to(Role.CHILD, BO),)), delivery(CARL)]
    carl = (await merge.apply(pool, said, IMPORT, now=NOW))[1].contact_id or 0
    async with pool.acquire() as connection:
        bo = await queries.find_contact(connection, BO) or 0
        await references.set_reference(connection, 1, 1, Role.MOTHER, carl, now=NOW)
        await references.set_reference(connection, 1, 2, Role.MOTHER, carl, now=NOW, end_date=TODAY)
        await merge.apply(connection, [delivery(ANNA, 2, references=(to(Role.CHILD, BO),))], IMPORT, now=NOW)
        found = {each.role: each for each in (await shown(connection)).references}
        assert (found["Mor"].restrictor, found["Mor"].end_date) == ("Forældre", TODAY)
        version = (await shown(connection)).version
        for role, other, kind in (
            (Role.CHILD, bo, ReferenceUnknown),
            (Role.SPOUSE, 1, ReferenceRefused),
            (Role.SPOUSE, 999, ReferenceRefused),
            (Role.COMPANY, carl, ReferenceRefused),
        ):
            with pytest.raises(kind):
                await references.set_reference(connection, 1, version, role, other, now=NOW)
        with pytest.raises(ReferenceUnknown):
            await references.remove_reference(connection, 1, version, Role.CHILD, bo, now=NOW)
        await references.remove_reference(connection, 1, version, Role.MOTHER, carl, now=NOW)
        assert [each.role for each in (await shown(connection)).references] == ["Barn"]


async def test_a_unit_refers_to_its_company(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        company, unit = [
            await create_contact(connection, NewContact(kind, number, {"name1": "KMD"}), now=NOW)
            for kind, number in ((NameType.COMPANY, "26911745"), (NameType.PRODUCTION_UNIT, "1003387453"))
        ]
        await references.set_reference(connection, unit, 1, Role.COMPANY, company, now=NOW)
        with pytest.raises(ReferenceRefused):
            await references.set_reference(connection, company, 1, Role.COMPANY, unit, now=NOW)
        assert [each.contact.contact_id for each in (await shown(connection, unit)).references] == [company]


async def test_nobody_overwrites_what_they_may_not_see_not_even_with_the_same(pool: Pool) -> None:
    hidden = to(Role.GUARDIAN, name="Gerda Vagt")
    said = delivery(ANNA, protections=PROTECTED, references=(hidden, to(Role.CHILD, BO)))
    await merge.apply(pool, [said], IMPORT, now=NOW)
    async with pool.acquire() as connection:
        for changes in (
            {"name1": "Anna"}, {"text": "x"}, {"info:Bynavn": ["x"]}, {"info:Status": ["01"]}, {"address:HA": {"fax": "1"}}
        ):  # fmt: skip
            with pytest.raises(ContactProtected):
                await edit_contact(connection, 1, 1, changes, now=NOW, may_see_protected=False)
        assert await edit_contact(connection, 1, 1, {"position": "x"}, now=NOW, may_see_protected=False) == 2
        assert await edit_contact(connection, 1, 2, {"name1": "Ny"}, now=NOW) == 3
        rows = await connection.fetch("select contact_id, is_placeholder from contact where contact_id <> 1")
        for contact_id, is_placeholder in rows:
            kind = ContactIsPlaceholder if is_placeholder else NameFromRegister
            with pytest.raises(kind):
                await edit_contact(
                    connection, contact_id, 0 if is_placeholder else 1, {"name1": "x"}, now=NOW
                )


HANDS = st.lists(
    st.one_of(
        st.tuples(st.just("name1"), st.sampled_from(["Hand", "Finger"])),
        st.tuples(st.just("address:HA"), st.fixed_dictionaries({"address1": st.sampled_from(["Hånd 1", "Hånd 2"])})),
        st.tuples(st.just("address:HA"), st.fixed_dictionaries({"phone_no": st.sampled_from(["1", "2"])})),
        st.tuples(st.just("info:Branche"), st.sampled_from([["hand"], []])),
        st.just(("deliver", None)),
    ),
    max_size=6,
)  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hands=HANDS, is_company=st.booleans())
async def test_without_force_update_what_a_hand_changed_stays(
    pool: Pool, hands: list[tuple[str, Any]], is_company: bool
) -> None:
    kind = (
        {"source": "CVR-J", "name_type": "J", "delivers": frozenset({"name1", "info:Branche", "address:HA"})}
        if is_company
        else {}
    )
    number = "26911745" if is_company else ANNA
    expected: dict[str, Any] = {"name1": "Anna", "address1": "Vestergade 1", "Branche": ["620100"]}
    async with empty_store(pool) as connection:
        day = 1

        async def deliver() -> None:
            given: dict[str, Any] = {"info": {"Branche": ("620100",)}, "fields": {"name1": "Anna"}} | kind
            place: dict[str, MappedAddress] = {"HA": home()}
            await merge.apply(connection, [delivery(number, day, addresses=place, **given)], GENTLE, now=NOW)

        await deliver()
        contact_id: int = await connection.fetchval("select contact_id from contact")
        by_hand: set[str] = set()
        for key, value in hands:
            version = (await shown(connection, contact_id)).version
            if key == "deliver":
                day += 1
                await deliver()
            elif await edit_contact(connection, contact_id, version, {key: value}, now=NOW) > version:
                by_hand.add(key if key != "address:HA" or "address1" in value else "reach")
                match key:
                    case "address:HA":
                        expected |= value
                    case _:
                        expected[key.removeprefix("info:")] = value
            if key == "deliver" and not is_company:
                expected |= {"name1": "Anna", "Branche": ["620100"]}
        view = await shown(connection, contact_id)
        (main,) = [each for each in view.addresses if each.address_type == "HA"]
        assert view.name.name1 == expected["name1"]
        assert view.info.get("Branche", []) == expected["Branche"]
        assert main.address1 == expected["address1"]
        assert main.phone_no == expected.get("phone_no", "")
        assert "CPRADR" not in {each.address_type for each in view.addresses}
