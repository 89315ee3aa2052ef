"""The rules of the merge, one test each."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from registerbro.contacts import merge, queries
from registerbro.contacts.edit import edit_contact
from registerbro.contacts.model import (
    SOURCE_CVR,
    Channel,
    MappedAddress,
    MappedContact,
    MergePolicy,
    NameType,
    Outcome,
    Protection,
    Result,
    Role,
)
from registerbro.contacts.presenting import ContactView
from registerbro.database import Pool

from tests.support.deliveries import ALL_KEYS, BATCH, IMPORT, NOW, date, delivery, home, register_time, to

ANNA, BO, CARL = "0101800001", "0202800002", "0303800003"


async def load(pool: Pool, *chunk: MappedContact, policy: MergePolicy = IMPORT) -> list[Result]:
    return await merge.apply(pool, chunk, policy, now=NOW)


async def outcomes(pool: Pool, *chunk: MappedContact, policy: MergePolicy = IMPORT) -> list[Outcome]:
    return [result.outcome for result in await load(pool, *chunk, policy=policy)]


async def seen(pool: Pool, contact: str | int) -> ContactView:
    async with pool.acquire() as connection:
        found = await queries.load_contact(connection, contact, may_see_protected=True)
    assert found is not None
    return found


async def event_types(pool: Pool) -> list[str]:
    return [
        row["routing_key"] for row in await pool.fetch("select routing_key from outbox order by sequence")
    ]


def addresses(view: ContactView) -> Sequence[Any]:
    return [(each.address_type, each.address1, each.start_date, each.end_date) for each in view.addresses]


def roles(view: ContactView) -> Sequence[Any]:
    return [(each.role, each.contact.name1) for each in view.references]


# Who is created, and who is touched


async def test_an_import_creates_the_contact_and_says_so(pool: Pool) -> None:
    (result,) = await load(pool, delivery(ANNA))
    view = await seen(pool, ANNA)
    assert result.outcome is Outcome.CREATED
    assert result.contact_id == view.contact_id
    assert (view.name.name1, view.name.name2, view.name.text, view.version) == (
        "Anna",
        "Berg",
        "Berg,Anna",
        1,
    )
    assert view.is_subscribed
    assert await event_types(pool) == ["contact.imported"]


async def test_an_insert_leaves_no_before_image(pool: Pool) -> None:
    await load(pool, delivery(ANNA))
    assert await pool.fetchval("select count(*) from contact_version") == 0


async def test_batch_does_not_create_anybody(pool: Pool) -> None:
    assert await outcomes(pool, delivery(ANNA, references=(to(Role.SPOUSE, BO),)), policy=BATCH) == [
        Outcome.NOT_IMPORTED
    ]
    assert await pool.fetchval("select count(*) from contact_number") == 0


async def test_batch_leaves_a_contact_made_by_hand_alone(pool: Pool) -> None:
    await pool.execute(
        "insert into contact (contact_id, name_type, name_code, name1) values (7, 'C', $1, 'Hand')", ANNA
    )
    await pool.execute("insert into contact_number values ('C', $1, 7, true)", ANNA)
    assert await outcomes(pool, delivery(ANNA), policy=BATCH) == [Outcome.NOT_IMPORTED]
    assert (await seen(pool, ANNA)).name.name1 == "Hand"


async def test_batch_leaves_a_contact_that_is_not_subscribed_alone(pool: Pool) -> None:
    await load(pool, delivery(ANNA), policy=MergePolicy(may_create=True, requires_subscription=False))
    assert await outcomes(pool, delivery(ANNA, 2, fields={"name1": "New"}), policy=BATCH) == [
        Outcome.NOT_SUBSCRIBED
    ]
    assert (await seen(pool, ANNA)).name.name1 == "Anna"


async def test_the_event_of_a_new_subscription_subscribes_and_is_merged(pool: Pool) -> None:
    await load(pool, delivery(ANNA), policy=MergePolicy(may_create=True, requires_subscription=False))
    assert await outcomes(
        pool, delivery(ANNA, 2, fields={"name1": "New"}, subscribed=True), policy=BATCH
    ) == [Outcome.UPDATED]
    assert (await seen(pool, ANNA)).is_subscribed
    assert await event_types(pool) == ["contact.imported", "contact.updated", "cpr.subscription.changed"]


async def test_a_receipt_ends_the_subscription_and_nothing_else(pool: Pool) -> None:
    await load(pool, delivery(ANNA))
    await load(pool, receipt(ANNA, 2), policy=BATCH)
    view = await seen(pool, ANNA)
    assert (view.is_subscribed, view.version, view.name.name1) == (False, 1, "Anna")
    assert await event_types(pool) == ["contact.imported", "cpr.subscription.changed"]


async def test_an_older_receipt_does_not_end_a_newer_subscription(pool: Pool) -> None:
    await load(pool, delivery(ANNA, 3))
    assert await outcomes(pool, receipt(ANNA, 2), policy=BATCH) == [Outcome.NOT_NEWER]
    assert (await seen(pool, ANNA)).is_subscribed


async def test_a_receipt_creates_nobody(pool: Pool) -> None:
    assert await outcomes(pool, receipt(ANNA, 2)) == [Outcome.NOT_IMPORTED]


def receipt(number: str, day: int) -> MappedContact:
    return delivery(number, day, subscribed=False, delivers=frozenset(), records="", digest=b"", addresses={})


# Register time


async def test_a_newer_delivery_replaces_what_it_speaks_of(pool: Pool) -> None:
    await load(pool, delivery(ANNA, info={"Civilstand": ("U",)}, references=(to(Role.SPOUSE, BO),)))
    (result,) = await load(pool, delivery(ANNA, 2, fields={"name2": "Lund"}), policy=BATCH)
    view = await seen(pool, ANNA)
    assert result.outcome is Outcome.UPDATED
    assert result.groups == ("name", "info", "references", "records")
    assert (view.name.name2, "Civilstand" in view.info, view.references) == ("Lund", False, ())


async def test_an_older_delivery_changes_nothing(pool: Pool) -> None:
    await load(pool, delivery(ANNA, 2))
    assert await outcomes(pool, delivery(ANNA, 1, fields={"name1": "Old"})) == [Outcome.NOT_NEWER]
    assert (await seen(pool, ANNA)).name.name1 == "Anna"


@pytest.mark.parametrize(
    "later",
    [
        register_time(
            1, channel=Channel.BATCH, task="000001", fetched=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
        ),
        register_time(
            1, channel=Channel.ONLINE, task="200000", fetched=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
        ),
        register_time(1, channel=Channel.ONLINE, fetched=dt.datetime(2024, 1, 2, tzinfo=dt.UTC)),
        register_time(
            2, channel=Channel.ONLINE, task="000001", fetched=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
        ),
    ],
    ids=["batch after online", "task", "time of fetch", "production date before all else"],
)
async def test_register_time_orders_deliveries(pool: Pool, later: Any) -> None:
    earlier = register_time(1, channel=Channel.ONLINE)
    await load(pool, delivery(ANNA, time=later, fields={"name1": "Later"}))
    await load(pool, delivery(ANNA, time=earlier, fields={"name1": "Earlier"}))
    assert (await seen(pool, ANNA)).name.name1 == "Later"


async def test_a_newer_delivery_with_equal_content_advances_the_stamp_and_nothing_else(pool: Pool) -> None:
    await load(pool, delivery(ANNA, records="~ Anna", digest=b"same"))
    before = (
        await pool.fetch("select xmin::text, * from contact"),
        await pool.fetch("select xmin::text, * from address"),
    )
    later = NOW + dt.timedelta(days=1)
    results = await merge.apply(
        pool, [delivery(ANNA, 2, records="~ Anna\n~ event", digest=b"same")], BATCH, now=later
    )
    assert results[0].outcome is Outcome.UNCHANGED
    assert before == (
        await pool.fetch("select xmin::text, * from contact"),
        await pool.fetch("select xmin::text, * from address"),
    )
    row = await pool.fetchrow("select * from source_record")
    assert row is not None
    assert (row["register_date"], row["records"]) == (dt.date(2024, 1, 2), "~ Anna\n~ event")
    assert (row["last_delivered_at"], row["last_changed_at"]) == (later, NOW)
    assert await event_types(pool) == ["contact.imported"]


async def test_records_that_no_group_shows_are_a_group_of_their_own(pool: Pool) -> None:
    await load(pool, delivery(ANNA, records="~ once", digest=b"1"))
    (result,) = await load(pool, delivery(ANNA, 2, records="~ twice", digest=b"2"))
    assert (result.outcome, result.groups) == (Outcome.UPDATED, ("records",))
    assert (await seen(pool, ANNA)).version == 2
    assert await pool.fetchval("select records from contact_version") == "~ once"


async def test_absence_clears_only_what_the_delivery_speaks_of(pool: Pool) -> None:
    await load(pool, delivery(ANNA, fields={"position": "Smith"}, references=(to(Role.CHILD, BO),)))
    silent = ALL_KEYS - {"position", "address:HA", "reference:Barn", "info:Status", "date:Fødselsdag"}
    await load(pool, delivery(ANNA, 2, delivers=silent, fields={}, info={}, dates={}, addresses={}))
    view = await seen(pool, ANNA)
    assert (view.position, len(view.addresses), len(view.references)) == ("Smith", 1, 1)
    assert (view.info["Status"], len(view.dates)) == (["01"], 1)


async def test_an_older_delivery_fills_what_no_newer_one_speaks_of(pool: Pool) -> None:
    await load(pool, delivery(ANNA, 2, delivers=ALL_KEYS - {"address:HA"}, addresses={}))
    await load(pool, delivery(ANNA, 1, fields={"name1": "Old"}, addresses={"HA": home("Nygade 2")}))
    view = await seen(pool, ANNA)
    assert (view.name.name1, view.addresses[0].address1) == ("Anna", "Nygade 2")


async def test_the_first_of_two_deliveries_with_one_number_and_register_time_counts(pool: Pool) -> None:
    twice = [delivery(ANNA, fields={"name1": "First"}), delivery(ANNA, fields={"name1": "Second"})]
    assert await outcomes(pool, *twice) == [Outcome.CREATED, Outcome.NOT_NEWER]
    assert (await seen(pool, ANNA)).name.name1 == "First"


async def test_death_ends_the_contact_and_is_told_as_an_end(pool: Pool) -> None:
    await load(pool, delivery(ANNA))
    (result,) = await load(
        pool, delivery(ANNA, 2, fields={"end_date": dt.date(2024, 1, 2)}, info={"Status": ("90",)})
    )
    assert (await seen(pool, ANNA)).end_date == dt.date(2024, 1, 2)
    assert result.is_ending


# Addresses


async def test_a_move_makes_the_old_main_address_a_former_one(pool: Pool) -> None:
    await load(pool, delivery(ANNA, addresses={"HA": home("Vestergade 1", "2020-01-01")}))
    await load(pool, delivery(ANNA, 2, addresses={"HA": home("Nygade 2", "2024-01-02")}))
    assert addresses(await seen(pool, ANNA)) == [
        ("CPRADR", "Vestergade 1", dt.date(2020, 1, 1), dt.date(2024, 1, 2)),
        ("HA", "Nygade 2", dt.date(2024, 1, 2), None),
    ]


async def test_a_correction_of_the_same_place_is_no_move(pool: Pool) -> None:
    await load(pool, delivery(ANNA, addresses={"HA": home(since="2020-01-01")}))
    corrected = home(since="2020-02-01", municipality="0740", protection=dt.date(2024, 1, 1))
    await load(pool, delivery(ANNA, 2, addresses={"HA": corrected}))
    view = await seen(pool, ANNA)
    assert addresses(view) == [("HA", "Vestergade 1", dt.date(2020, 2, 1), None)]
    assert (view.addresses[0].municipality, view.addresses[0].protection) == ("0740", dt.date(2024, 1, 1))


async def test_phone_fax_and_email_pass_to_the_new_main_address(pool: Pool) -> None:
    await load(pool, delivery(ANNA))
    await pool.execute("update address set phone_no = '12345678', fax = '2', email = 'a@example.org'")
    await load(pool, delivery(ANNA, 2, addresses={"HA": home("Nygade 2")}))
    main = (await seen(pool, ANNA)).addresses[-1]
    assert (main.address1, main.phone_no, main.fax, main.email) == (
        "Nygade 2",
        "12345678",
        "2",
        "a@example.org",
    )


async def test_who_lives_nowhere_any_more_has_a_former_address_ended_on_the_date_of_the_status(
    pool: Pool,
) -> None:
    await load(pool, delivery(ANNA))
    gone = delivery(ANNA, 9, addresses={}, dates={"Statusfra": (date("2024-01-05T12:00"),)})
    (result,) = await load(pool, gone)
    assert addresses(await seen(pool, ANNA)) == [
        ("CPRADR", "Vestergade 1", dt.date(2020, 1, 1), dt.date(2024, 1, 5))
    ]
    assert result.is_ending


async def test_without_a_full_date_of_the_status_the_address_ends_on_the_date_of_the_register(
    pool: Pool,
) -> None:
    await load(pool, delivery(ANNA))
    await load(pool, delivery(ANNA, 9, addresses={}, dates={"Statusfra": (date("2024"),)}))
    assert addresses(await seen(pool, ANNA))[0][3] == dt.date(2024, 1, 9)


async def test_a_contact_address_is_replaced_and_removed_without_a_trace_but_in_history(pool: Pool) -> None:
    await load(pool, delivery(ANNA, addresses={"HA": home(), "KONTAKT": MappedAddress("Postboks 1")}))
    await load(pool, delivery(ANNA, 2, addresses={"HA": home(), "KONTAKT": MappedAddress("Postboks 2")}))
    assert [each.address1 for each in (await seen(pool, ANNA)).addresses] == ["Vestergade 1", "Postboks 2"]
    await load(pool, delivery(ANNA, 3))
    assert [each.address1 for each in (await seen(pool, ANNA)).addresses] == ["Vestergade 1"]
    async with pool.acquire() as connection:
        first = await queries.state_at(connection, 1, 1, may_see_protected=True)
    assert first is not None
    assert {each.address1 for each in first.addresses} == {"Vestergade 1", "Postboks 1"}


# What a user changed by hand


async def edit(pool: Pool, **changes: Any) -> None:
    async with pool.acquire() as connection:
        await edit_contact(connection, 1, 1, changes, now=NOW)


async def test_force_update_closes_the_address_changed_by_hand_and_inserts_the_registers(pool: Pool) -> None:
    await load(pool, delivery(ANNA))
    await edit(pool, **{"address:HA": {"address1": "By hand 3"}})
    await load(pool, delivery(ANNA, 2))
    view = await seen(pool, ANNA)
    assert [(each.address_type, each.address1) for each in view.addresses] == [
        ("CPRADR", "By hand 3"), ("HA", "Vestergade 1")
    ]  # fmt: skip
    assert not view.addresses[-1].changed_by_hand


async def test_without_force_update_an_address_changed_by_hand_stays_and_other_fields_do_not(
    pool: Pool,
) -> None:
    await load(pool, delivery(ANNA))
    await edit(pool, **{"address:HA": {"address1": "By hand 3"}, "name1": "By hand"})
    await load(
        pool, delivery(ANNA, 2, addresses={"HA": home("Nygade 2")}), policy=MergePolicy(force_update=False)
    )
    view = await seen(pool, ANNA)
    assert [(each.address1, each.changed_by_hand) for each in view.addresses] == [("By hand 3", True)]
    assert (view.name.name1, view.hand_edited) == ("Anna", ())


async def test_for_companies_any_field_changed_by_hand_stays_without_force_update(pool: Pool) -> None:
    company: dict[str, Any] = {
        "source": SOURCE_CVR,
        "name_type": NameType.COMPANY,
        "info": {"Branche": ("620100",)},
    }
    keys = frozenset({"name1", "info:Branche", "address:HA"})
    await load(pool, delivery("12345678", delivers=keys, **company))
    async with pool.acquire() as connection:
        changes = {"name1": "By hand", "info:Branche": ["by hand"]}
        await edit_contact(connection, 1, 1, changes, now=NOW)
    policy = MergePolicy(force_update=False, requires_subscription=False)
    await load(
        pool,
        delivery("12345678", 2, delivers=keys, addresses={"HA": home("Nygade 2")}, **company),
        policy=policy,
    )
    async with pool.acquire() as connection:
        view = await queries.load_contact(
            connection, "12345678", may_see_protected=True, name_type=NameType.COMPANY, source=SOURCE_CVR
        )
    assert view is not None
    assert (view.name.name1, view.info, view.addresses[-1].address1) == (
        "By hand",
        {"Branche": ["by hand"]},
        "Nygade 2",
    )


async def test_a_phone_number_added_by_hand_does_not_make_the_address_one_changed_by_hand(pool: Pool) -> None:
    await load(pool, delivery(ANNA))
    await edit(pool, **{"address:HA": {"phone_no": "12345678"}})
    await load(
        pool, delivery(ANNA, 2, addresses={"HA": home("Nygade 2")}), policy=MergePolicy(force_update=False)
    )
    main = (await seen(pool, ANNA)).addresses[-1]
    assert (main.address1, main.phone_no) == ("Nygade 2", "12345678")


# Who the contact refers to


async def test_a_number_that_is_not_in_the_store_becomes_a_placeholder_of_which_no_event_tells(
    pool: Pool,
) -> None:
    await load(pool, delivery(ANNA, references=(to(Role.SPOUSE, BO),)))
    (spouse,) = (await seen(pool, ANNA)).references
    assert (spouse.contact.name1, spouse.contact.name2) == (f"Person med cprnr {BO}", "- ikke importeret")
    assert (spouse.contact.name_type, spouse.contact.is_placeholder) == ("C", True)
    assert await event_types(pool) == ["contact.imported"]
    assert await pool.fetchval("select name1 || name2 || text from contact where is_placeholder") == ""


async def test_a_placeholder_is_filled_by_its_import(pool: Pool) -> None:
    await load(pool, delivery(ANNA, references=(to(Role.SPOUSE, BO),)))
    (spouse,) = (await seen(pool, ANNA)).references
    (result,) = await load(pool, delivery(BO, fields={"name1": "Bo"}))
    view = await seen(pool, BO)
    assert (result.outcome, view.contact_id, view.version) == (Outcome.FILLED, spouse.contact.contact_id, 1)
    assert (view.name.name1, view.name.is_placeholder) == ("Bo", False)
    assert await event_types(pool) == ["contact.imported", "contact.imported"]


async def test_batch_does_not_fill_a_placeholder(pool: Pool) -> None:
    await load(pool, delivery(ANNA, references=(to(Role.SPOUSE, BO),)))
    assert await outcomes(pool, delivery(BO), policy=BATCH) == [Outcome.NOT_IMPORTED]


async def test_persons_of_one_chunk_refer_to_each_other_and_are_created_once_and_whole(pool: Pool) -> None:
    couple = [
        delivery(ANNA, references=(to(Role.SPOUSE, BO),)),
        delivery(BO, references=(to(Role.SPOUSE, ANNA),)),
    ]
    assert await outcomes(pool, *couple) == [Outcome.CREATED, Outcome.CREATED]
    assert await pool.fetchval("select count(*) from contact") == 2
    assert [row["version"] for row in await pool.fetch("select version from contact")] == [1, 1]


async def test_a_parent_known_by_name_is_a_person_without_number_named_after_the_child(pool: Pool) -> None:
    await load(pool, delivery(ANNA, references=(to(Role.FATHER, name="Ole Holm", restrictor="Forældre"),)))
    (father,) = (await seen(pool, ANNA)).references
    assert (father.role, father.restrictor, father.contact.name_type) == ("Far", "Forældre", "P")
    assert (father.contact.name1, father.contact.name2) == ("Ole Holm", f"Far til {ANNA}")
    assert father.contact.text == "Person fra CPR uden cprnr"
    assert await pool.fetchval("select count(*) from contact where name2 || text like $1", f"%{ANNA}%") == 0


async def test_persons_without_number_are_known_by_owner_role_and_name(pool: Pool) -> None:
    two = (to(Role.FATHER, name="Kim Holm"), to(Role.MOTHER, name="Kim Holm"))
    await load(pool, delivery(ANNA, references=two), delivery(BO, references=two[:1]))
    assert await pool.fetchval("select count(*) from contact where name_type = 'P'") == 3
    await load(pool, delivery(ANNA, 2, references=two))
    assert await pool.fetchval("select count(*) from contact where name_type = 'P'") == 3


async def test_a_person_without_number_is_never_turned_into_one_with_a_number(pool: Pool) -> None:
    await load(pool, delivery(ANNA, references=(to(Role.FATHER, name="Bo Berg"),)))
    await load(pool, delivery(BO, fields={"name1": "Bo", "name2": "Berg"}))
    await load(pool, delivery(ANNA, 2, references=(to(Role.FATHER, BO),)))
    assert roles(await seen(pool, ANNA)) == [("Far", "Bo")]
    assert (
        await pool.fetchval("select count(*) from contact where name_type = 'P' and name1 = 'Bo Berg'") == 1
    )


async def test_a_new_guardian_replaces_the_reference_and_the_old_guardian_stays(pool: Pool) -> None:
    await load(pool, delivery(ANNA, references=(to(Role.GUARDIAN, name="Ida Dam"),)))
    await load(pool, delivery(ANNA, 2, references=(to(Role.GUARDIAN, name="Ole Holm"),)))
    assert roles(await seen(pool, ANNA)) == [("Værge", "Ole Holm")]
    assert await pool.fetchval("select count(*) from contact where name1 = 'Ida Dam'") == 1


async def test_the_end_of_a_guardianship_removes_the_reference_and_keeps_the_guardian(pool: Pool) -> None:
    await load(
        pool, delivery(ANNA, dates={"Umyndig": (date("2023-01-01"),)}, references=(to(Role.GUARDIAN, BO),))
    )
    await load(pool, delivery(ANNA, 2))
    view = await seen(pool, ANNA)
    assert (view.references, "Umyndig" in view.dates) == ((), False)
    assert await pool.fetchval("select count(*) from contact_number where number = $1", BO) == 1


async def test_a_guardian_by_name_has_the_type_that_is_configured(pool: Pool) -> None:
    await pool.execute("insert into contact_type (name_type, title) values ('G', 'Guardians')")
    await load(pool, delivery(ANNA, references=(to(Role.GUARDIAN, name="Ida Dam", name_type="G"),)))
    assert (await seen(pool, ANNA)).references[0].contact.name_type == "G"


async def test_a_reference_made_by_hand_is_not_cleared_by_absence(pool: Pool) -> None:
    await load(pool, delivery(ANNA), delivery(BO), delivery(CARL))
    await pool.execute(
        "insert into contact_reference (contact_id, role, to_contact_id) values (1, 'Værge', 3)"
    )
    await load(pool, delivery(ANNA, 2, references=(to(Role.GUARDIAN, BO),)))
    assert len((await seen(pool, ANNA)).references) == 2


# Values


async def test_partial_dates_keep_value_precision_and_marker(pool: Pool) -> None:
    await load(pool, delivery(ANNA, dates={"Fødselsdag": (date("1980", uncertain=True),)}))
    assert (await seen(pool, ANNA)).dates == {
        "Fødselsdag": [{"value": "1980", "precision": "year", "uncertain": True}]
    }


async def test_protections_are_kept_whatever_their_order(pool: Pool) -> None:
    both = (Protection("0002", None, None), Protection("0001", dt.date(2024, 1, 1), dt.date(2025, 1, 1)))
    await load(pool, delivery(ANNA, protections=both, digest=b"1"))
    assert await outcomes(pool, delivery(ANNA, 2, protections=both[::-1], digest=b"1")) == [Outcome.UNCHANGED]


# Plan, chunk and callback


async def test_a_plan_tells_what_apply_would_do_and_writes_nothing(pool: Pool) -> None:
    await load(pool, delivery(ANNA))
    chunk = [delivery(ANNA, 2, fields={"name1": "New"}), delivery(BO, references=(to(Role.SPOUSE, CARL),))]
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        plan = await merge.plan(connection, chunk, IMPORT)
    assert [(each.outcome, each.contact_id) for each in plan.results] == [
        (Outcome.UPDATED, 1),
        (Outcome.CREATED, None),
    ]
    assert await outcomes(pool, *chunk) == [Outcome.UPDATED, Outcome.CREATED]


async def test_the_callback_runs_in_the_transaction_with_the_results(pool: Pool) -> None:
    told: list[Any] = []

    async def also(connection: Any, results: Sequence[Result]) -> None:
        told.append(
            (await connection.fetchval("select count(*) from contact"), [each.outcome for each in results])
        )

    await merge.apply(pool, [delivery(ANNA)], IMPORT, now=NOW, also=also)
    assert told == [(1, [Outcome.CREATED])]


async def test_a_failing_callback_takes_everything_back(pool: Pool) -> None:
    async def also(*_: Any) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await merge.apply(
            pool, [delivery(ANNA, references=(to(Role.SPOUSE, BO),))], IMPORT, now=NOW, also=also
        )
    for table in ("contact", "contact_number", "address", "contact_reference", "source_record", "outbox"):
        assert await pool.fetchval(f"select count(*) from {table}") == 0


async def test_an_empty_chunk_is_fine(pool: Pool) -> None:
    assert await load(pool) == []


async def test_what_the_store_refuses_is_told_without_anybodys_number(pool: Pool) -> None:
    await load(pool, delivery(ANNA))
    wrong = delivery(ANNA, 2, references=(to(Role.GUARDIAN, name="Ida", name_type="no such type"),))
    with pytest.raises(merge.MergeFailed) as caught:
        await load(pool, wrong, policy=BATCH)
    assert (caught.value.sqlstate, caught.value.where) == ("23503", "contact_name_type_fkey")
    assert caught.value.__context__ is None
    assert ANNA not in repr(caught.value)


def test_what_holds_personal_data_does_not_show_it() -> None:
    shown = repr([delivery(ANNA, references=(to(Role.SPOUSE, BO),)), home(), to(Role.FATHER, name="Ole")])
    assert shown == "[<MappedContact>, <MappedAddress>, <MappedReference>]"


async def test_no_event_names_a_number(pool: Pool) -> None:
    await load(pool, delivery(ANNA, references=(to(Role.SPOUSE, BO),)))
    await load(pool, delivery(ANNA, 2, fields={"name1": "New"}), delivery(CARL, 2, former_numbers=(ANNA,)))
    bodies = "".join(row["body"] for row in await pool.fetch("select body from outbox"))
    assert bodies
    assert not [secret for secret in (ANNA, BO, CARL, "Anna", "Berg", "Vestergade") if secret in bodies]
