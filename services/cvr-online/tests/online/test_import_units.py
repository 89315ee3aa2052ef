"""Importing companies and production units: the contacts, repeating it, with all units, many, and what is not imported."""

import asyncio
import datetime as dt
from typing import Any

import httpx
import pytest
from cvr_online import importing
from cvr_online.errors import StoreRefused, UnitUnknown
from cvr_online.online import Reason
from cvr_online.storing import Imported
from registerbro import sources
from registerbro.audit import Auditor, Purpose
from registerbro.auth import Caller
from registerbro.contacts import erasing
from registerbro.contacts.edit import edit_contact
from registerbro.contacts.erasing import Order
from registerbro.contacts.queries import load_contact
from registerbro.cvr.units import Part
from registerbro.database import Pool
from registerbro.number_hash import NumberHasher
from registerbro.problems import AuditUnavailable
from registerbro.registers import errors
from registerbro.sources import CvrSource

from tests.support.cvr_provider import cvr_number, p_number
from tests.support.cvr_register import COMPANY, SHOP, STORE, AskedProvider, OpenOnline, unit
from tests.support.services import AUDIT_KEY

PURPOSE = "a supplier of ours"
REASON = Reason(Caller("journal", None, frozenset()), Purpose(purpose=PURPOSE))
HASHER = NumberHasher(AUDIT_KEY)


async def imported(client: httpx.AsyncClient, number: str = COMPANY.value, **more: Any) -> httpx.Response:
    return await client.post("/units/imports", json={"number": number, "purpose": PURPOSE, **more})


async def many(client: httpx.AsyncClient, *numbers: str) -> dict[str, Any]:
    answer = await client.post("/units/imports/many", json={"numbers": list(numbers), "purpose": PURPOSE})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def slug(answer: httpx.Response) -> str:
    return str(answer.json()["type"].rsplit("/", 1)[1])


async def set_source(pool: Pool, text: str) -> None:
    async with pool.acquire() as connection:
        await sources.save(connection, CvrSource.parse(text), by="test")


async def events(pool: Pool) -> list[str]:
    rows = await pool.fetch(
        "select routing_key from outbox where routing_key like 'contact.%' order by sequence"
    )
    return [row["routing_key"] for row in rows]


async def phone_of(pool: Pool, contact_id: int) -> str:
    return str(
        await pool.fetchval(
            "select phone_no from address where contact_id = $1 and address_type = 'HA'", contact_id
        )
    )


async def test_an_import_makes_a_contact_and_may_be_repeated(
    client: httpx.AsyncClient, register: AskedProvider, pool: Pool
) -> None:
    first = await imported(client, case_reference="2026-7")
    assert (first.status_code, first.json()["outcome"]) == (201, "created"), first.text
    contact_id = first.json()["contact_id"]
    assert (first.json()["unit"]["contact_id"], first.json()["unit"]["is_imported"]) == (contact_id, True)
    async with pool.acquire() as connection:
        contact = await load_contact(connection, COMPANY.value, may_see_protected=False, name_type="J")
    assert contact is not None
    assert (contact.name.name1, contact.start_date) == ("Tømrer Ål ApS", dt.date(1999, 11, 1))
    assert contact.info["Branche"] == ["433200"]
    again = await imported(client)
    assert (again.status_code, again.json()["outcome"]) == (200, "unchanged")
    register.add(unit(COMPANY, name="Tømrer Ål & Søn ApS"))
    renamed = await imported(client)
    assert (renamed.status_code, renamed.json()["outcome"], renamed.json()["contact_id"]) == (
        200,
        "updated",
        contact_id,
    )
    assert await events(pool) == ["contact.imported", "contact.updated"]
    rows = await pool.fetch("select stage, action, number_hash, contact_ids from audit_log order by at")
    assert [row["stage"] for row in rows[:3]] == ["asked", "imported", "delivered"]
    assert {row["action"] for row in rows} == {"import-unit"}
    assert rows[1]["contact_ids"] == [contact_id]
    assert {rows[0]["number_hash"], rows[1]["number_hash"]} == {HASHER.of("J", COMPANY.value)}


async def test_a_company_comes_with_its_units_and_each_refers_to_it(
    client: httpx.AsyncClient, register: AskedProvider, pool: Pool
) -> None:
    register.most_at_once = 50
    register.faults[STORE] = errors.FieldUnusable("produktionsenhed.pNummer", "is missing")
    done = (await imported(client, with_units=True)).json()
    assert (done["outcome"], done["production_units"]["counts"]) == ("created", {"created": 1, "failed": 1})
    store, shop = done["production_units"]["items"]
    assert (shop["number"], shop["outcome"], shop["failure"]) == (SHOP.value, "created", None)
    assert (store["number"], store["contact_id"]) == (STORE.value, None)
    assert store["failure"]["type"].endswith("/register-field-unusable")
    assert register.asked[1:] == [("units of", COMPANY), (STORE, SHOP)], "units are asked for in bulk"
    reference = await pool.fetchrow(
        "select role, to_contact_id from contact_reference where contact_id = $1", shop["contact_id"]
    )
    assert reference is not None
    assert tuple(reference) == ("Virksomhed", done["contact_id"])
    assert await pool.fetchval("select count(*) from contact") == 2
    asked = await pool.fetch("select number_hash from audit_log where stage = 'asked'")
    assert {row["number_hash"] for row in asked} == {
        HASHER.of("J", COMPANY.value), HASHER.of("V", SHOP.value), HASHER.of("V", STORE.value),
    }  # fmt: skip
    del register.faults[STORE]
    again = (await imported(client, with_units=True)).json()
    assert again["production_units"]["counts"] == {"created": 1, "unchanged": 1}
    refused = await imported(client, SHOP.value, with_units=True)
    assert (refused.status_code, slug(refused)) == (422, "no-company")


async def test_many_have_an_outcome_each_and_one_that_fails_does_not_spoil_the_others(
    client: httpx.AsyncClient, register: AskedProvider, pool: Pool
) -> None:
    unknown, broken = p_number(7), cvr_number(7)
    register.faults[broken] = errors.NotJson("the register answered 200 with an HTML page in place of JSON")
    numbers = [COMPANY.value, "010170-1234", SHOP.value, unknown.value, broken.value, f"DK{COMPANY.value}"]
    done = await many(client, *numbers)
    assert done["counts"] == {"created": 3, "failed": 3}
    items = done["items"]
    assert [each["place"] for each in items] == list(range(6))
    assert [each["outcome"] for each in items] == [
        "created",
        "failed",
        "created",
        "failed",
        "failed",
        "created",
    ]
    assert items[0]["contact_id"] == items[5]["contact_id"]
    slugs = [each["failure"] and each["failure"]["type"].rsplit("/", 1)[1] for each in items]
    assert slugs == [None, "number-refused", None, "unit-unknown", "register-answer-not-json", None]
    assert (items[1]["number"], "0101" in str(items[1])) == (None, False)
    assert await pool.fetchval("select count(*) from contact") == 2
    assert await pool.fetchval("select count(*) from audit_log where stage = 'asked'") == 4, (
        "each number once"
    )
    assert await pool.fetchval("select count(*) from audit_log where stage = 'imported'") == 2


async def test_a_provider_that_is_down_blanks_nothing_and_is_not_asked_on_and_on(
    client: httpx.AsyncClient, register: AskedProvider, pool: Pool
) -> None:
    made = (await imported(client)).json()
    before = await pool.fetchrow("select * from contact where contact_id = $1", made["contact_id"])
    register.fault = errors.Unreachable("the register cannot be reached: connection refused")
    down = await imported(client)
    assert (down.status_code, slug(down)) == (503, "register-unreachable")
    register.asked.clear()
    numbers = [p_number(seed).value for seed in range(importing.CHUNK + 5)]
    done = await many(client, *numbers)
    assert done["counts"] == {"failed": importing.CHUNK + 5}
    assert {each["failure"]["type"].rsplit("/", 1)[1] for each in done["items"]} == {"register-unreachable"}
    assert len(register.asked) == 1
    assert await pool.fetchrow("select * from contact where contact_id = $1", made["contact_id"]) == before


async def test_a_provider_that_wants_a_pause_amid_a_list_is_not_asked_on(
    open_online: OpenOnline, register: AskedProvider
) -> None:
    numbers = [SHOP, *(p_number(seed) for seed in range(2 * importing.CHUNK))]
    register.faults[numbers[3]] = errors.Throttled("wait", retry_after=dt.timedelta(seconds=9))
    async with open_online() as online:
        became = await importing.import_many(online, numbers, REASON)
        assert (isinstance(became[SHOP], Imported), became[numbers[-1]]) == (
            True,
            register.faults[numbers[3]],
        )
        assert online.register.state.paused_until is not None, "readiness tells of it"
    assert len(register.asked) == 1


async def test_an_answer_that_speaks_of_little_leaves_the_rest_as_it_is(
    open_online: OpenOnline, register: AskedProvider, pool: Pool
) -> None:
    async with open_online() as online:
        contact_id = (await importing.import_one(online, COMPANY, REASON)).imported.contact_id
        few = unit(COMPANY).delivers - {Part.PHONE, Part.FAX, Part.EMAIL}
        register.add(unit(COMPANY, delivers=few, phone="", fax="", email="", name="Ål ApS"))
        little = await importing.import_one(online, COMPANY, REASON)
        assert (little.imported.outcome, await phone_of(pool, contact_id)) == ("updated", "70101155")
        register.add(unit(COMPANY, phone="", name="Ål ApS"))
        empty = await importing.import_one(online, COMPANY, REASON)
    assert (empty.imported.outcome, await phone_of(pool, contact_id)) == ("updated", "")


async def test_the_level_decides_what_is_kept(open_online: OpenOnline, pool: Pool) -> None:
    async with open_online() as online:
        await set_source(pool, "Level:1")
        done = await importing.import_one(online, COMPANY, REASON)
        assert (done.unit.name, done.unit.phone) == ("Tømrer Ål ApS", None)
        assert await phone_of(pool, done.imported.contact_id) == ""
        await set_source(pool, "Level:2")
        assert (await importing.import_one(online, COMPANY, REASON)).imported.outcome == "updated"
    assert await phone_of(pool, done.imported.contact_id) == "70101155"


async def test_with_force_update_j_the_register_overrides_a_hand_and_with_n_it_does_not(
    open_online: OpenOnline, register: AskedProvider, pool: Pool
) -> None:
    async with open_online() as online:
        contact_id = (await importing.import_one(online, COMPANY, REASON)).imported.contact_id

        async def name_after_an_edit_and_an_import(name: str) -> str:
            async with pool.acquire() as connection:
                version = await connection.fetchval(
                    "select version from contact where contact_id = $1", contact_id
                )
                await edit_contact(
                    connection, contact_id, version, {"name1": "By hand"}, now=dt.datetime.now(dt.UTC)
                )
            register.add(unit(COMPANY, name=name))
            await importing.import_one(online, COMPANY, REASON)
            return str(await pool.fetchval("select name1 from contact where contact_id = $1", contact_id))

        assert await name_after_an_edit_and_an_import("Ål 1 ApS") == "Ål 1 ApS"
        await set_source(pool, "ForceUpdate=N")
        asked = len(register.asked)
        assert await name_after_an_edit_and_an_import("Ål 2 ApS") == "By hand"
        assert len(register.asked) == asked, "with N the answer of a moment ago does"
        register.add(unit(COMPANY, name="Ål 3 ApS", phone="33333333"))
        await importing.import_one(online, COMPANY, REASON, is_fresh=True)
    assert await pool.fetchval("select name1 from contact where contact_id = $1", contact_id) == "By hand"
    assert await phone_of(pool, contact_id) == "33333333", "only what a hand changed stays"


async def test_other_contact_types_are_used_at_once_and_missing_ones_refuse_before_the_register_is_asked(
    client: httpx.AsyncClient, register: AskedProvider, pool: Pool
) -> None:
    await pool.execute(
        "insert into contact_type (name_type, title, length, validation) values ('FIRMA', 'Firmaer', 8, 'CVR (Legal Units)')"
    )
    await set_source(pool, "Jtype=FIRMA;Ptype=V")
    made = (await imported(client)).json()
    assert (
        await pool.fetchval("select name_type from contact where contact_id = $1", made["contact_id"])
        == "FIRMA"
    )
    assert (await imported(client)).json()["outcome"] == "unchanged"
    register.asked.clear()
    await pool.execute("update contact_type set validation = 'text' where name_type = 'V'")
    unfit = await imported(client)
    assert (unfit.status_code, slug(unfit), unfit.json()["name_type"]) == (409, "contact-type-unfit", "V")
    await pool.execute("delete from contact_type where name_type = 'V'")
    for number in (COMPANY, SHOP):
        refused = await imported(client, number.value)
        assert (refused.status_code, slug(refused), refused.json()["name_type"]) == (
            409,
            "contact-type-missing",
            "V",
        )
    answer = await client.post("/units/imports/many", json={"numbers": [COMPANY.value], "purpose": PURPOSE})
    assert (answer.status_code, slug(answer)) == (409, "contact-type-missing")
    assert register.asked == []


async def test_who_was_erased_is_not_imported_and_not_asked_for(
    client: httpx.AsyncClient, register: AskedProvider, pool: Pool
) -> None:
    contact_id = (await imported(client)).json()["contact_id"]
    order = Order("tests", None, erasing.Reason.ON_REQUEST)
    async with pool.acquire() as connection:
        await erasing.erase_contact(
            connection, contact_id, None, order, hasher=HASHER, now=dt.datetime.now(dt.UTC)
        )
    register.asked.clear()
    again = await imported(client)
    assert (again.status_code, slug(again)) == (410, "contact-erased")
    done = await many(client, COMPANY.value, SHOP.value)
    assert [each["outcome"] for each in done["items"]] == ["failed", "created"]
    assert register.asked == [SHOP]
    assert await pool.fetchval("select count(*) from contact where name_type = 'J'") == 0


async def test_an_import_that_cannot_be_recorded_does_not_happen(
    open_online: OpenOnline, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_online() as online:

        async def fails(self: Auditor, *_: object, **__: object) -> None:
            await pool.execute("select 1 / 0")

        monkeypatch.setattr(Auditor, "imported", fails)
        with pytest.raises(AuditUnavailable):
            await importing.import_one(online, COMPANY, REASON)
    assert await pool.fetchval("select count(*) from contact") == 0
    assert await events(pool) == []


async def test_a_unit_that_the_store_refuses_does_not_keep_its_chunk_out(
    open_online: OpenOnline, register: AskedProvider, pool: Pool
) -> None:
    await pool.execute("alter table contact add constraint no_such_name check (name1 <> 'Refused')")
    numbers = [p_number(seed) for seed in range(5)]
    register.add(*(unit(number, name="Refused" if number == numbers[2] else "Taken") for number in numbers))
    told: list[tuple[int, int]] = []
    async with open_online() as online:
        became = await importing.import_many(online, numbers, REASON, told=lambda *each: told.append(each))
    assert [isinstance(became[each], Imported) for each in numbers] == [True, True, False, True, True]
    assert isinstance(became[numbers[2]], StoreRefused)
    assert "no_such_name" in str(became[numbers[2]])
    assert told == [(5, 5)]
    assert await pool.fetchval("select count(*) from audit_log where stage = 'imported'") == 4


async def test_hundreds_of_units_are_asked_for_in_bulk(
    open_online: OpenOnline, register: AskedProvider, pool: Pool
) -> None:
    numbers = [p_number(seed) for seed in range(130)]
    register.units.clear()
    register.add(unit(COMPANY), *(unit(number) for number in numbers))
    register.most_at_once = 100
    told: list[tuple[int, int]] = []
    async with open_online() as online:
        done = await importing.import_one(
            online, COMPANY, REASON, with_units=True, told=lambda *each: told.append(each)
        )
    assert done.production_units is not None
    assert len(done.production_units) == 130
    assert all(isinstance(each, Imported) for each in done.production_units.values())
    assert [len(each) for each in register.asked[2:] if isinstance(each, tuple)] == [100, 30]
    assert told == [(100, 130), (130, 130)]
    assert await pool.fetchval("select count(*) from contact_reference") == 130


async def test_imports_of_one_unit_at_the_same_time_make_one_contact(
    open_online: OpenOnline, register: AskedProvider, pool: Pool
) -> None:
    register.gate.clear()
    async with open_online() as online:
        calls = [asyncio.create_task(importing.import_one(online, SHOP, REASON)) for _ in range(4)]
        await asyncio.sleep(0)
        register.gate.set()
        outcomes = [done.imported.outcome for done in await asyncio.gather(*calls)]
    assert sorted(outcomes) == ["created", "unchanged", "unchanged", "unchanged"]
    assert await pool.fetchval("select count(*) from contact where name_type = 'V'") == 1
    rows = await pool.fetchval("select count(*) from audit_log where stage = 'imported'")
    assert rows == 4


async def test_nothing_is_imported_that_the_register_does_not_know(
    open_online: OpenOnline, pool: Pool
) -> None:
    async with open_online() as online:
        with pytest.raises(UnitUnknown):
            await importing.import_one(online, cvr_number(7), REASON, with_units=True)
    assert await pool.fetchval("select count(*) from contact") == 0
