"""What a caller may see of a contact, and of those it refers to."""

import datetime as dt
from typing import Any

import pytest
from registerbro.contacts import merge, queries
from registerbro.contacts.model import MappedAddress, Protection, Role
from registerbro.contacts.presenting import ContactView
from registerbro.database import Pool

from tests.support.deliveries import IMPORT, NOW, delivery, home, to

ANNA, BO, CARL = "0101800001", "0202800002", "0303800003"
TODAY = dt.datetime.now(queries.DENMARK).date()
DAY = dt.timedelta(days=1)


async def seen(pool: Pool, contact: str | int, *, protected: bool, **sight: Any) -> ContactView:
    async with pool.acquire() as connection:
        found = await queries.load_contact(connection, contact, may_see_protected=protected, **sight)
    assert found is not None
    return found


def protected_person(*protections: Protection, **given: Any) -> Any:
    return delivery(
        ANNA,
        protections=protections,
        addresses={"HA": home(protection=TODAY), "KONTAKT": MappedAddress("Postboks 1")},
        info={"Bynavn": ("Viby",), "Køn": ("K",)} | given,
        records="~",
    )


@pytest.mark.parametrize(
    ("protection", "is_protected"),
    [
        (Protection("0001", TODAY, None), True),
        (Protection("0001", None, None), True),
        (Protection("0001", TODAY - DAY, TODAY), True),
        (Protection("0001", TODAY + DAY, None), False),
        (Protection("0001", TODAY - 9 * DAY, TODAY - DAY), False),
        (Protection("0002", TODAY, None), False),
    ],
    ids=["from today", "no dates", "until today", "from tomorrow", "until yesterday", "of another kind"],
)
async def test_a_protection_hides_name_and_address_while_it_is_in_force(
    pool: Pool, protection: Protection, is_protected: bool
) -> None:
    await merge.apply(pool, [protected_person(protection)], IMPORT, now=NOW)
    view = await seen(pool, ANNA, protected=False)
    assert view.is_protected is is_protected
    hidden = (
        view.name.name1,
        view.name.name2,
        view.name.text,
        view.addresses[0].address1,
        view.info["Bynavn"],
    )
    assert hidden == (
        (None,) * 5 if is_protected else ("Anna", "Berg", "Berg,Anna", "Vestergade 1", ["Viby"])
    )


async def test_every_address_field_of_a_protected_person_is_hidden_and_the_flag_is_shown(pool: Pool) -> None:
    await merge.apply(pool, [protected_person(Protection("0001", TODAY, None))], IMPORT, now=NOW)
    view = await seen(pool, ANNA, protected=False)
    for address in view.addresses:
        shown = {name for name in type(address).__slots__ if getattr(address, name) is not None}
        assert shown == {"address_type"}
    assert view.is_protected
    assert view.records is None
    assert (view.info["Køn"], view.name.name_code) == (["K"], ANNA)


async def test_who_may_see_protected_persons_sees_them(pool: Pool) -> None:
    await merge.apply(pool, [protected_person(Protection("0001", TODAY, None))], IMPORT, now=NOW)
    view = await seen(pool, ANNA, protected=True)
    assert (view.is_protected, view.name.name1, view.addresses[0].address1) == (True, "Anna", "Vestergade 1")


@pytest.mark.parametrize("status", ["03", "07"])
async def test_the_status_of_a_special_street_code_hides_too(pool: Pool, status: str) -> None:
    await merge.apply(pool, [protected_person(Status=(status,))], IMPORT, now=NOW)
    view = await seen(pool, ANNA, protected=False)
    assert (view.is_protected, view.name.name1) == (True, None)


async def test_a_protected_person_is_hidden_also_where_others_refer_to_him(pool: Pool) -> None:
    spouse = delivery(BO, references=(to(Role.SPOUSE, ANNA),))
    await merge.apply(pool, [protected_person(Protection("0001", TODAY, None)), spouse], IMPORT, now=NOW)
    (reference,) = (await seen(pool, BO, protected=False)).references
    assert (reference.contact.name1, reference.contact.text, reference.contact.is_protected) == (
        None,
        None,
        True,
    )


async def test_history_and_past_states_hide_what_is_protected_now(pool: Pool) -> None:
    await merge.apply(pool, [delivery(ANNA, info={"Bynavn": ("Viby",)})], IMPORT, now=NOW)
    later = delivery(
        ANNA, 2, fields={"name1": "New"}, protections=(Protection("0001", TODAY, None),), addresses={}
    )
    await merge.apply(pool, [later], IMPORT, now=NOW)
    async with pool.acquire() as connection:
        (version,) = await queries.history(connection, 1, may_see_protected=False)
        past = await queries.state_at(connection, 1, 1, may_see_protected=False)
    assert (version.before["name"], version.before["addresses"]) == (None, None)
    assert version.before["info"]["Bynavn"] is None
    assert version.before["protections"] == []
    assert past is not None
    assert (past.name.name1, past.addresses[0].address1, past.info["Bynavn"]) == (None, None, None)


async def test_texts_with_a_number_in_them_are_masked_for_who_may_not_see_numbers(pool: Pool) -> None:
    family = (to(Role.SPOUSE, BO), to(Role.FATHER, name="Ole Holm"))
    await merge.apply(pool, [delivery(ANNA, references=family)], IMPORT, now=NOW)
    view = await seen(pool, ANNA, protected=False, may_see_numbers=False)
    named = {each.role: (each.contact.name1, each.contact.name2) for each in view.references}
    assert named == {
        "Ægtefælle": ("Person med cprnr 020280-xxxx", "- ikke importeret"),
        "Far": ("Ole Holm", "Far til 010180-xxxx"),
    }
    assert {each.contact.name_code for each in view.references} == {None}
    assert (view.name.name_code, view.former_numbers, view.info["GældendePNR"], view.records) == (
        None,
        (),
        None,
        None,
    )


async def test_the_past_of_a_merged_contact_is_as_protected_as_its_survivor(pool: Pool) -> None:
    protection = (Protection("0001", TODAY, None),)
    await merge.apply(pool, [delivery(ANNA), delivery(BO)], IMPORT, now=NOW)
    await merge.apply(
        pool, [delivery(BO, 2, former_numbers=(ANNA,), protections=protection)], IMPORT, now=NOW
    )
    async with pool.acquire() as connection:
        past = await queries.state_at(connection, 1, 1, may_see_protected=False)
        (version,) = await queries.history(connection, 1, may_see_protected=False)
    assert past is not None
    assert (past.is_protected, past.name.name1, past.addresses[0].address1) == (True, None, None)
    assert version.before["name"] is None


async def test_the_relation_is_told_with_the_owners_current_number(pool: Pool) -> None:
    await merge.apply(pool, [delivery(ANNA, references=(to(Role.FATHER, name="Ole Holm"),))], IMPORT, now=NOW)
    await merge.apply(
        pool, [delivery(CARL, 2, former_numbers=(ANNA,), delivers=frozenset({"name1"}))], IMPORT, now=NOW
    )
    (father,) = (await seen(pool, CARL, protected=False)).references
    assert father.contact.name2 == f"Far til {CARL}"


async def test_a_contact_is_found_by_id_by_number_and_by_former_number(pool: Pool) -> None:
    await merge.apply(pool, [delivery(ANNA, former_numbers=(BO,))], IMPORT, now=NOW)
    assert {(await seen(pool, each, protected=False)).contact_id for each in (1, ANNA, BO)} == {1}
    async with pool.acquire() as connection:
        assert await queries.find_contact(connection, CARL) is None
        assert await queries.load_contact(connection, CARL, may_see_protected=True) is None
        assert await queries.load_contact(connection, 99, may_see_protected=True) is None


async def test_no_view_shows_its_contents_in_repr(pool: Pool) -> None:
    await merge.apply(pool, [delivery(ANNA, references=(to(Role.SPOUSE, BO),))], IMPORT, now=NOW)
    view = await seen(pool, ANNA, protected=True)
    shown = repr([view, view.name, *view.addresses, *view.references])
    assert not [secret for secret in (ANNA, BO, "Anna", "Vestergade") if secret in shown]


async def test_who_is_named_after_a_protected_person_is_protected_too(pool: Pool) -> None:
    family = (to(Role.FATHER, name="Ole Holm"),)
    hidden = delivery(ANNA, references=family, protections=(Protection("0001", TODAY, None),))
    await merge.apply(pool, [hidden, delivery(BO, references=family)], IMPORT, now=NOW)
    for number, is_protected, name in ((ANNA, True, None), (BO, False, "Ole Holm")):
        (father,) = (await seen(pool, number, protected=False)).references
        assert (father.contact.is_protected, father.contact.name1) == (is_protected, name)
    (father,) = (await seen(pool, ANNA, protected=True)).references
    assert father.contact.name2 == f"Far til {ANNA}"


async def test_the_store_renders_names_as_presenting_does(pool: Pool) -> None:
    family = (to(Role.SPOUSE, BO), to(Role.FATHER, name="Ole Holm"))
    await merge.apply(pool, [delivery(ANNA, references=family)], IMPORT, now=NOW)
    rows = await pool.fetch(
        "select contact_id, shown_name1(contact) as name1, shown_name2(contact) as name2, shown_text(contact) as text from contact"
    )
    assert len(rows) == 3
    for row in rows:
        shown = (await seen(pool, row["contact_id"], protected=True)).name
        assert (row["name1"], row["name2"], row["text"]) == (shown.name1, shown.name2, shown.text)
