"""Every state that a contact has been in can be shown again."""

import dataclasses
import datetime as dt
import random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registerbro.contacts import merge, queries
from registerbro.contacts.edit import edit_contact
from registerbro.contacts.model import MappedContact, Protection, Role
from registerbro.contacts.presenting import ContactView
from registerbro.database import Connection, Pool

from tests.support.deliveries import IMPORT, NOW, date, delivery, home, to
from tests.support.histories import cut, empty_store, histories

ANNA, BO = "0101800001", "0202800002"


async def states(connection: Connection) -> dict[tuple[int, int], Any]:
    """What every contact shows, by id and version, but those whose texts follow another: persons without a number."""
    ids = [
        row[0]
        for row in await connection.fetch(
            "select contact_id from contact where merged_into is null and owner_id is null"
        )
    ]
    views = [await queries.load_contact(connection, each, may_see_protected=True) for each in ids]
    return {(view.contact_id, view.version): comparable(view) for view in views if view}


def comparable(view: ContactView) -> dict[str, Any]:
    plain = {field.name: getattr(view, field.name) for field in dataclasses.fields(view)}
    del plain["is_subscribed"]
    name = view.name
    return plain | {
        "name": (name.contact_id, name.name_code, name.name1, name.name2, name.text, name.is_placeholder),
        "addresses": sorted(map(_values, view.addresses)),
        "references": sorted(
            (each.role, each.contact.contact_id, each.restrictor) for each in view.references
        ),
        "merged_into": None,
    }


def _values(value: Any) -> list[str]:
    return [str(getattr(value, field.name)) for field in dataclasses.fields(value)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories(), seed=st.integers(0, 1000))
async def test_the_state_at_a_version_is_the_one_that_was_shown_when_it_was_current(
    pool: Pool, history: list[MappedContact], seed: int
) -> None:
    dice = random.Random(seed)
    shown: dict[tuple[int, int], Any] = {}
    async with empty_store(pool) as connection:
        for chunk in cut(dice.sample(history, len(history)), dice):
            await merge.apply(connection, chunk, IMPORT, now=NOW)
            shown |= {key: shown.get(key, state) for key, state in (await states(connection)).items()}
        rows = await connection.fetch(
            "select contact_id, merged_into from contact where merged_into is not null"
        )
        survivors = {row["contact_id"]: row["merged_into"] for row in rows}
        for (contact_id, version), state in shown.items():
            if version == 0:
                continue  # a placeholder: nothing is known of it
            past = await queries.state_at(connection, contact_id, version, may_see_protected=True)
            assert past is not None
            assert comparable(past) == redirected(state, survivors)


def redirected(state: dict[str, Any], survivors: dict[int, int]) -> dict[str, Any]:
    """The state with references to whom they lead now; two to contacts that became one are one, to oneself none."""
    references = {
        (role, survivors.get(to_id, to_id), restrictor) for role, to_id, restrictor in state["references"]
    }
    own = state["name"][0]
    return state | {"references": sorted(each for each in references if each[1] != own)}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories(), seed=st.integers(0, 1000))
async def test_versions_are_gapless_and_each_replaced_one_has_one_before_image(
    pool: Pool, history: list[MappedContact], seed: int
) -> None:
    dice = random.Random(seed)
    async with empty_store(pool) as connection:
        for chunk in cut(dice.sample(history, len(history)), dice):
            await merge.apply(connection, chunk, IMPORT, now=NOW)
        for contact_id, version, is_tombstone in await connection.fetch(
            "select contact_id, version, merged_into is not null from contact"
        ):
            replaced = [
                row[0]
                for row in await connection.fetch(
                    "select version from contact_version where contact_id = $1 order by version", contact_id
                )
            ]
            was_placeholder = is_tombstone and version == 1
            assert replaced == ([] if was_placeholder else list(range(1, version)))


async def test_history_tells_when_and_by_what_each_version_was_replaced(pool: Pool) -> None:
    await merge.apply(pool, [delivery(ANNA)], IMPORT, now=NOW)
    later = NOW + dt.timedelta(hours=1)
    await merge.apply(pool, [delivery(ANNA, 2, fields={"name2": "Lund"})], IMPORT, now=later)
    async with pool.acquire() as connection:
        (version,) = await queries.history(connection, 1, may_see_protected=True)
    assert (version.version, version.replaced_at, version.source) == (1, later, "CPR")
    assert (version.register_date, version.groups) == (dt.date(2024, 1, 2), ("name", "records"))
    assert version.before["name"] == {"name1": "Anna", "name2": "Berg", "text": "Berg,Anna"}


async def test_the_state_at_a_moment(pool: Pool) -> None:
    hour = dt.timedelta(hours=1)
    for day, name in enumerate(["First", "Second", "Third"]):
        await merge.apply(
            pool, [delivery(ANNA, day + 1, fields={"name1": name})], IMPORT, now=NOW + day * hour
        )
    async with pool.acquire() as connection:
        for moment, name in ((NOW, "First"), (NOW + hour, "Second"), (NOW + 5 * hour, "Third")):
            state = await queries.state_at(connection, 1, moment, may_see_protected=True)
            assert state is not None
            assert state.name.name1 == name
        assert await queries.state_at(connection, 1, 4, may_see_protected=True) is None
        assert await queries.state_at(connection, 99, 1, may_see_protected=True) is None


async def test_a_past_address_dates_and_references_come_back_whole(pool: Pool) -> None:
    said = delivery(
        ANNA, dates={"Fødselsdag": (date("1980-02", uncertain=True),)}, fields={"end_date": dt.date(2024, 1, 1)},
        addresses={"HA": home(protection=dt.date(2023, 1, 1))},
        references=(to(Role.GUARDIAN, BO, start_date=dt.date(2020, 1, 1)),),
        protections=(Protection("0001", dt.date(2020, 1, 1), None),),
    )  # fmt: skip
    await merge.apply(pool, [said], IMPORT, now=NOW)
    async with pool.acquire() as connection:
        before = await queries.load_contact(connection, 1, may_see_protected=True)
        await merge.apply(connection, [delivery(ANNA, 2, dates={}, addresses={})], IMPORT, now=NOW)
        past = await queries.state_at(connection, 1, 1, may_see_protected=True)
    assert before is not None
    assert past is not None
    assert comparable(past) == comparable(before)
    assert past.references[0].start_date == dt.date(2020, 1, 1)


async def test_an_edit_by_hand_is_part_of_history(pool: Pool) -> None:
    await merge.apply(pool, [delivery(ANNA)], IMPORT, now=NOW)
    async with pool.acquire() as connection:
        await edit_contact(connection, 1, 1, {"name1": "By hand", "info:Note": ["x"]}, now=NOW)
        past = await queries.state_at(connection, 1, 1, may_see_protected=True)
        (version,) = await queries.history(connection, 1, may_see_protected=True)
    assert past is not None
    assert (past.name.name1, "Note" in past.info) == ("Anna", False)
    assert (version.source, version.groups) == ("by hand", ("name", "info"))
