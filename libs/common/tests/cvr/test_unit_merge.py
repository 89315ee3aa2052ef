"""The rules of the merge for companies and production units, one test each."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from pydantic import SecretStr
from registerbro import contact_types
from registerbro.contact_types import ContactTypeMissing, ContactTypeUnfit
from registerbro.contacts import addresses, creating, erasing, merge, queries, units
from registerbro.contacts.creating import NewContact
from registerbro.contacts.edit import change_by_hand, edit_contact
from registerbro.contacts.model import Outcome, Result, Role
from registerbro.contacts.presenting import ContactView
from registerbro.contacts.references import set_reference
from registerbro.cvr.addresses import AddressStyle
from registerbro.cvr.mapping import ALL_FIELDS, UPDATED_FIELDS, FieldSet, Style
from registerbro.cvr.units import Classification, Coded, Industry, Unit, UnitAddress, UnitNumber
from registerbro.database import Pool
from registerbro.number_hash import NumberHasher
from registerbro.sources import CvrSource

from tests.support.cvr_provider import cvr_number, p_number, unit
from tests.support.deliveries import IMPORT, NOW, delivery, to
from tests.support.units import BEGIN, by_logic, in_full

COMPANY, BUYER, SHOP = cvr_number(1), cvr_number(2), p_number(3387453)
SOURCE = CvrSource()
N = CvrSource.parse("ForceUpdate=N")
HOME = UnitAddress(road="Havnegade", house_number_from="12", postcode="5000", municipality_code="0461", locality="Havnen",
                   care_of="c/o Bo", since=dt.date(2020, 1, 1))  # fmt: skip
NEW_HOME = UnitAddress(road="Torvet", house_number_from="1", postcode="8000", since=dt.date(2025, 3, 1))


def told(
    number: UnitNumber = COMPANY, hour: int = 0, *, by: Callable[[Unit], Unit] = in_full, **changes: Any
) -> Unit:
    given: dict[str, Any] = {"asked_at": BEGIN + dt.timedelta(hours=hour), "records": f'{{"hour":{hour}}}', "address": HOME, "fax": "66112233", "status": "Aktiv",
                             "secondary_industries": (Industry("620100", "Programmering", Classification.DB07),)}  # fmt: skip
    return by(unit(number, **(given | changes)))


async def store(
    pool: Pool,
    *told: Unit,
    source: CvrSource = SOURCE,
    fields: FieldSet = ALL_FIELDS,
    is_update: bool = False,
) -> list[Result]:
    policy = units.update_policy(source) if is_update else units.import_policy(source)
    return await units.store(pool, told, policy, source=source, fields=fields, now=NOW, hasher=None)


async def update(pool: Pool, *told: Unit, **options: Any) -> list[Result]:
    given: dict[str, Any] = {"fields": UPDATED_FIELDS, "is_update": True}
    return await store(pool, *told, **(given | options))


async def seen(pool: Pool, number: Any = COMPANY, name_type: str = "J") -> ContactView:
    async with pool.acquire() as connection:
        found = await queries.load_contact(
            connection, str(number), may_see_protected=False, name_type=name_type
        )
    assert found is not None
    return found


async def edit(pool: Pool, changes: dict[str, Any]) -> None:
    view = await seen(pool)
    async with pool.acquire() as connection:
        await edit_contact(connection, view.contact_id, view.version, changes, now=NOW)


def places(view: ContactView) -> Sequence[Any]:
    return [(each.address_type, each.address1, each.start_date, each.end_date) for each in view.addresses]


def home(view: ContactView) -> Any:
    (main,) = (each for each in view.addresses if each.address_type == "HA")
    return main


async def events(pool: Pool) -> list[str]:
    return [
        row["routing_key"] for row in await pool.fetch("select routing_key from outbox order by sequence")
    ]


async def test_an_import_makes_the_contact_and_tells_of_the_register(pool: Pool) -> None:
    (result,) = await store(pool, told())
    assert (result.outcome, await events(pool)) == (Outcome.CREATED, ["contact.imported"])
    assert '"CVR-J"' in await pool.fetchval("select body from outbox")
    assert await pool.fetchval("select source from source_record") == "CVR-J"


async def test_an_update_makes_nobody_and_fills_no_placeholder(pool: Pool) -> None:
    assert [each.outcome for each in await update(pool, told())] == [Outcome.NOT_IMPORTED]
    await store(pool, told(SHOP, company=COMPANY))
    assert [each.outcome for each in await update(pool, told())] == [Outcome.NOT_IMPORTED]
    assert (await seen(pool)).name.is_placeholder


async def test_an_update_keeps_a_contact_made_by_hand(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await creating.create_contact(connection, NewContact("J", str(COMPANY), {"name1": "Hånd"}), now=NOW)
    (result,) = await update(pool, told())
    assert (result.outcome, (await seen(pool)).name.name1) == (Outcome.FILLED, "Havnegade Vaerft ApS")


async def test_a_provider_that_tells_less_blanks_nothing_and_alternating_writes_nothing(pool: Pool) -> None:
    full = [told(), told(SHOP, company=COMPANY)]
    await store(pool, *full)
    before = [await seen(pool), await seen(pool, SHOP, "V")]
    for hour, (by, fields) in enumerate(
        [(by_logic, UPDATED_FIELDS), (in_full, ALL_FIELDS), (by_logic, ALL_FIELDS)], 1
    ):
        again = [told(hour=hour, by=by, records=f'"{hour}"'), told(SHOP, hour, by=by, company=COMPANY)]
        results = await update(pool, *again, fields=fields)
        assert [each.outcome for each in results] == [Outcome.UNCHANGED] * 2, hour
    after = [await seen(pool), await seen(pool, SHOP, "V")]
    assert [dataclasses.replace(each, answer=None) for each in after] == [
        dataclasses.replace(each, answer=None) for each in before
    ]
    assert await events(pool) == ["contact.imported"] * 2
    assert await pool.fetchval("select count(*) from contact_version") == 0


async def test_only_what_is_delivered_as_empty_clears(pool: Pool) -> None:
    await store(pool, told(end_date=dt.date(2025, 1, 1), credit=Coded("1", "Konkurs")))
    await store(
        pool,
        told(
            hour=1,
            fax="",
            email="",
            end_date=None,
            credit=None,
            form=None,
            secondary_industries=(),
            main_industry=None,
        ),
    )
    view = await seen(pool)
    assert (home(view).fax, home(view).email, home(view).phone_no, view.end_date) == (
        "",
        "",
        "65500000",
        None,
    )
    assert set(view.info) == {"Virksomhedsstatus", "Reklamebeskyttet"}


async def test_a_main_industry_alone_leaves_the_others(pool: Pool) -> None:
    await store(pool, told())
    await update(pool, told(hour=1, by=by_logic, main_industry=Industry("471100", "Supermarkeder")))
    info = (await seen(pool)).info
    assert info["Branche"] == ["471100", "620100"]
    assert info["Branchetekst"] == ["Supermarkeder", "Programmering"]
    assert info["Branchekode-udgave"] == ["", "DB07"]


async def test_the_same_digits_in_another_classification_are_another_industry(pool: Pool) -> None:
    await store(pool, told())
    (result,) = await store(
        pool, told(hour=1, main_industry=Industry("301100", "Bygning af skibe", Classification.DB25))
    )
    assert (result.outcome, result.groups) == (Outcome.UPDATED, ("info", "records"))
    assert (await seen(pool)).info["Branchekode-udgave"] == ["DB25", "DB07"]


async def test_a_form_without_its_text_keeps_the_text_of_the_same_code_only(pool: Pool) -> None:
    await store(pool, told())
    await store(pool, told(hour=1, by=by_logic))
    assert (await seen(pool)).info["Virksomhedsform"] == ["Anpartsselskab"]
    await store(pool, told(hour=2, by=by_logic, form=Coded("60", "Aktieselskab")))
    view = await seen(pool)
    assert (view.info["Virksomhedsformkode"], view.info.get("Virksomhedsform")) == (["60"], None)


async def test_a_move_leaves_a_former_address_and_takes_along_how_it_is_reached(pool: Pool) -> None:
    await store(pool, told())
    (result,) = await update(pool, told(hour=1, address=NEW_HOME))
    view = await seen(pool)
    assert places(view) == [
        ("CPRADR", "Havnegade 12", dt.date(2020, 1, 1), dt.date(2025, 3, 1)),
        ("HA", "Torvet 1", dt.date(2025, 3, 1), None),
    ]
    assert (home(view).fax, home(view).phone_no, home(view).address2, home(view).address3) == (
        "66112233",
        "65500000",
        "",
        "",
    )
    assert not result.is_ending


async def test_a_move_without_a_date_ends_the_former_address_on_the_registers_day(pool: Pool) -> None:
    await store(pool, told())
    await update(pool, told(hour=1, by=by_logic, address=NEW_HOME))
    view = await seen(pool)
    assert places(view) == [
        ("CPRADR", "Havnegade 12", dt.date(2020, 1, 1), dt.date(2025, 3, 3)),
        ("HA", "Torvet 1", None, None),
    ]
    await store(
        pool, told(hour=2, address=dataclasses.replace(NEW_HOME, locality="Midtbyen", care_of="c/o Eva"))
    )
    view = await seen(pool)
    assert (places(view)[1][2], home(view).address2, home(view).address3) == (
        dt.date(2025, 3, 1),
        "Midtbyen",
        "c/o Eva",
    )
    assert len(view.addresses) == 2


async def test_an_older_answer_gives_what_no_newer_one_spoke_of_where_the_place_is_the_same(
    pool: Pool,
) -> None:
    await store(pool, told(hour=2, by=by_logic), told(BUYER, 2, by=by_logic, address=NEW_HOME))
    await store(pool, told(), told(BUYER))
    stayed, moved = home(await seen(pool)), home(await seen(pool, BUYER))
    assert (stayed.address3, stayed.start_date, stayed.fax) == ("c/o Bo", dt.date(2020, 1, 1), "66112233")
    assert (moved.address1, moved.address3, moved.start_date, moved.fax) == ("Torvet 1", "", None, "66112233")


async def test_an_older_answer_overrides_nothing(pool: Pool) -> None:
    await store(pool, told(hour=2, name="Ny"))
    assert [each.outcome for each in await store(pool, told(hour=1, name="Gammel"))] == [Outcome.NOT_NEWER]
    assert (await seen(pool)).name.name1 == "Ny"


async def test_floor_and_range_stay_where_a_provider_has_no_room_for_them(pool: Pool) -> None:
    full = dataclasses.replace(HOME, house_number_to="14", floor="2", door="tv")
    options: dict[str, Any] = {"source": SOURCE, "fields": ALL_FIELDS, "now": NOW, "hasher": None,
                               "style": Style(AddressStyle(has_number_to=True, has_floor=True))}  # fmt: skip
    policy = units.import_policy(SOURCE)
    await units.store(pool, [told(SHOP, address=full)], policy, **options)
    cut = dataclasses.replace(full, house_number_to="", floor="", door="")
    await units.store(pool, [told(SHOP, 1, by=by_logic, address=cut)], policy, **options)
    assert places(await seen(pool, SHOP, "V")) == [
        ("HA", "Havnegade 12-14, 2. tv", dt.date(2020, 1, 1), None)
    ]


async def test_an_address_abroad_stays_where_a_provider_has_no_free_text(pool: Pool) -> None:
    abroad = UnitAddress(free_text="5 Rue X, Paris", country_code="FR")
    await store(pool, told(address=abroad))
    await store(
        pool, told(hour=1, by=by_logic, address=UnitAddress(post_district="Paris", country_code="FR"))
    )
    assert [each.address1 for each in (await seen(pool)).addresses] == ["5 Rue X, Paris"]
    await store(pool, told(hour=2, by=by_logic, address=NEW_HOME))
    assert [each.address1 for each in (await seen(pool)).addresses] == ["5 Rue X, Paris", "Torvet 1"]


async def test_a_unit_without_an_address_keeps_how_it_is_reached(pool: Pool) -> None:
    await store(pool, told())
    (result,) = await store(pool, told(hour=1, address=None, end_date=dt.date(2025, 2, 2)))
    view = await seen(pool)
    assert places(view) == [
        ("CPRADR", "Havnegade 12", dt.date(2020, 1, 1), dt.date(2025, 2, 2)),
        ("HA", "", None, None),
    ]
    assert (home(view).phone_no, result.is_ending) == ("65500000", True)


async def test_a_number_spelt_in_another_way_is_the_same(pool: Pool) -> None:
    await store(pool, told(phone="65 50 00 00"))
    (result,) = await store(pool, told(hour=1, phone="+45 65500000"))
    assert (result.outcome, home(await seen(pool)).phone_no) == (Outcome.UNCHANGED, "65 50 00 00")
    await store(pool, told(hour=2, phone="65500001"))
    assert home(await seen(pool)).phone_no == "65500001"


async def test_a_ceased_company_ends_and_a_reopened_one_does_not(pool: Pool) -> None:
    await store(pool, told())
    (ended,) = await update(pool, told(hour=1, end_date=dt.date(2025, 2, 1), status="OPHØRT"))
    view = await seen(pool)
    assert (view.end_date, view.info["Virksomhedsstatus"], ended.is_ending) == (
        dt.date(2025, 2, 1),
        ["Ophørt"],
        True,
    )
    await update(pool, told(hour=2))
    view = await seen(pool)
    assert (view.end_date, view.info["Virksomhedsstatus"]) == (None, ["Aktiv"])


async def test_a_sold_unit_belongs_to_its_buyer_and_events_tell(pool: Pool) -> None:
    await store(pool, told(SHOP, company=COMPANY))
    (result,) = await update(pool, told(SHOP, 1, company=BUYER))
    view = await seen(pool, SHOP, "V")
    assert [(each.role, each.contact.name_code) for each in view.references] == [(Role.COMPANY, str(BUYER))]
    assert (result.groups, await events(pool)) == (
        ("references", "records"),
        ["contact.imported", "contact.updated"],
    )
    await update(pool, told(SHOP, 2, company=None))
    assert (await seen(pool, SHOP, "V")).references == ()


@pytest.mark.parametrize(("source", "company"), [(SOURCE, BUYER), (N, cvr_number(3))])
async def test_a_unit_has_one_company_be_it_the_registers_or_the_one_that_a_hand_set(
    pool: Pool, source: CvrSource, company: UnitNumber
) -> None:
    await store(pool, told(cvr_number(3)), told(SHOP, company=None), source=source)
    to = (await seen(pool, cvr_number(3))).contact_id
    view = await seen(pool, SHOP, "V")
    async with pool.acquire() as connection:
        await set_reference(connection, view.contact_id, view.version, Role.COMPANY, to, now=NOW)
    await update(pool, told(SHOP, 1, company=BUYER), source=source)
    named = [each.contact.name_code for each in (await seen(pool, SHOP, "V")).references]
    assert named == [str(company)]


async def test_placeholders_are_called_by_what_their_numbers_are(pool: Pool) -> None:
    await store(pool, told(SHOP, company=COMPANY))
    async with pool.acquire() as connection:
        unseen = await queries.load_contact(
            connection, str(COMPANY), may_see_protected=False, may_see_numbers=False, name_type="J"
        )
    assert unseen is not None
    for name in (unseen.name, (await seen(pool)).name):
        assert (name.name1, name.name2) == (f"Virksomhed med CVR-nr. {COMPANY}", "- ikke importeret")
    await pool.execute(
        "insert into contact (contact_id, name_type, name_code, is_placeholder, version) values (90, 'V', '1009999999', true, 0)"
    )
    rows = await pool.fetch(
        "select shown_name1(contact) as name1, shown_name2(contact) as name2 from contact where is_placeholder order by 1"
    )
    assert [tuple(row) for row in rows] == [
        ("Produktionsenhed med P-nr. 1009999999", "- ikke importeret"),
        (f"Virksomhed med CVR-nr. {COMPANY}", "- ikke importeret"),
    ]


async def test_own_types_count_as_cvrs_by_their_validation(pool: Pool) -> None:
    own = CvrSource.parse("Jtype=FIRMA;Ptype=SALG")
    with pytest.raises(ContactTypeMissing):
        await units.require_types(pool, own)
    await pool.execute(
        "insert into contact_type (name_type, title, length, validation) values ('FIRMA', 'F', 8, 'text'), ('SALG', 'S', 10, 'CVR (Production Units)')"
    )
    with pytest.raises(ContactTypeUnfit):
        await units.require_types(pool, own)
    await pool.execute("update contact_type set validation = 'CVR (Legal Units)' where name_type = 'FIRMA'")
    await units.require_types(pool, own)
    await store(pool, told(SHOP, company=COMPANY), source=own)
    view = await seen(pool, SHOP, "SALG")
    assert view.answer == {"hour": 0}
    assert [each.contact.name1 for each in view.references] == [f"Virksomhed med CVR-nr. {COMPANY}"]
    async with pool.acquire() as connection:
        assert await queries.register_of(connection, "SALG") == "CVR-J"
        await store(pool, told(BUYER), source=own)
        buyer = await seen(pool, BUYER, "FIRMA")
        await set_reference(
            connection, view.contact_id, view.version, Role.COMPANY, buyer.contact_id, now=NOW
        )


@pytest.mark.parametrize(
    ("changes", "stays"),
    [
        ({"name1": "Hånd"}, ("name1",)),
        ({"end_date": dt.date(2024, 1, 1)}, ("end_date",)),
        ({"info:Branche": ["111111"]}, ("Branche", "Branchetekst", "Branchekode-udgave")),
        ({"info:Virksomhedsform": ["Klub"]}, ("Virksomhedsform", "Virksomhedsformkode")),
        ({"info:Virksomhedsstatus": ["Sover"]}, ("Virksomhedsstatus",)),
        ({"info:Reklamebeskyttet": ["ja"]}, ("Reklamebeskyttet",)),
        ({"address:HA": {"address1": "Håndvej 1"}}, ("address1", "address2", "address3", "postcode", "municipality", "start_date")),
        ({"address:HA": {"phone_no": "11111111"}}, ("phone_no",)),
        ({"address:HA": {"email": "haand@b.example"}}, ("email",)),
    ],
)  # fmt: skip
async def test_with_force_update_n_just_what_a_hand_changed_stays_and_with_j_nothing_does(
    pool: Pool, changes: dict[str, Any], stays: tuple[str, ...]
) -> None:
    new = told(hour=1, name="Ny ApS", address=dataclasses.replace(NEW_HOME, care_of="c/o Eva"), phone="65999999", fax="66999999", email="ny@b.example",
               main_industry=Industry("471100", "Ny", Classification.DB25), form=Coded("60", "Aktieselskab"), status="Under konkurs",
               end_date=dt.date(2025, 2, 1))  # fmt: skip
    await store(pool, told())
    await edit(pool, changes)
    by_hand = _values(await seen(pool))
    await store(pool, new, source=N)
    kept = _values(await seen(pool))
    assert {name for name in kept if kept[name] == by_hand[name]} - {"start"} >= set(stays)
    await store(pool, dataclasses.replace(new, asked_at=BEGIN + dt.timedelta(hours=2)), source=SOURCE)
    overridden = _values(await seen(pool))
    await store(pool, dataclasses.replace(new, number=BUYER))
    expected = _values(await seen(pool, BUYER))
    assert overridden == expected
    assert {name for name in expected if kept[name] != expected[name]} == set(stays)
    assert (await seen(pool)).hand_edited == ()


def _values(view: ContactView) -> dict[str, Any]:
    main = home(view)
    columns = (
        "address1",
        "address2",
        "address3",
        "postcode",
        "municipality",
        "start_date",
        "phone_no",
        "fax",
        "email",
    )
    return (
        {"name1": view.name.name1, "end_date": view.end_date, "start": view.start_date}
        | {name: getattr(main, name) for name in columns}
        | dict(view.info)
    )


async def test_force_update_closes_an_address_that_a_hand_changed(pool: Pool) -> None:
    await store(pool, told())
    await edit(pool, {"address:HA": {"address1": "Håndvej 1"}})
    await store(pool, told(hour=1))
    assert [(kind, street) for kind, street, *_ in places(await seen(pool))] == [
        ("CPRADR", "Håndvej 1"),
        ("HA", "Havnegade 12"),
    ]


async def test_a_new_address_by_hand_keeps_its_phone_with_force_update_n(pool: Pool) -> None:
    await store(pool, told())
    view = await seen(pool)
    given = {"address_type": "HA", "address1": "Håndvej 1", "phone_no": "11111111"}
    async with pool.acquire() as connection:
        await change_by_hand(
            connection, view.contact_id, view.version,
            lambda contact: dataclasses.replace(contact, addresses=addresses.new_address(contact, given, NOW.date())),
            keys={"address:HA"}, now=NOW,
        )  # fmt: skip
    await store(pool, told(hour=1, fax="66999999"), source=N)
    main = home(await seen(pool))
    assert (main.address1, main.phone_no, main.fax) == ("Håndvej 1", "11111111", "66999999")


async def test_the_answer_is_shown_decoded_and_of_each_version_its_own(pool: Pool) -> None:
    await store(pool, told(SHOP, records='{"pNummer":"1003387453","note":"er 010160-1234","navn":"A"}'))
    await store(pool, told(SHOP, 1, records='{"navn":"A","x":1}'))
    await store(pool, told(SHOP, 2, name="Nyt navn", records='{"navn":"B"}'))
    view = await seen(pool, SHOP, "V")
    async with pool.acquire() as connection:
        first = await queries.state_at(connection, view.contact_id, 1, may_see_protected=False)
    assert (view.answer, view.records) == ({"navn": "B"}, None)
    assert first is not None
    assert first.answer == {"navn": "A", "x": 1}
    await store(pool, told(BUYER, records='{"pNummer":"1003387453","note":"er 010160-1234"}'))
    assert (await seen(pool, BUYER)).answer == {"pNummer": "1003387453", "note": "er 010160-xxxx"}
    await store(pool, told(COMPANY, records="ikke JSON"))
    assert (await seen(pool)).answer == "ikke JSON"


async def test_advertising_protection_is_a_flag_that_references_carry_too(pool: Pool) -> None:
    await store(
        pool, told(is_advertising_protected=True), told(BUYER), told(SHOP, by=by_logic, company=COMPANY)
    )
    flags = [
        (await seen(pool, *each)).is_advertising_protected
        for each in ((COMPANY, "J"), (BUYER, "J"), (SHOP, "V"))
    ]
    assert flags == [True, False, None]
    (owner,) = (await seen(pool, SHOP, "V")).references
    assert owner.contact.is_advertising_protected is True


async def test_a_thousand_units_in_one_chunk_and_again(pool: Pool) -> None:
    companies = [told(cvr_number(100 + place), name=f"Nr. {place}") for place in range(500)]
    shops = [told(p_number(100 + place), company=companies[place].number) for place in range(500)]
    results = await store(pool, *shops, *companies)
    assert {each.outcome for each in results} == {Outcome.CREATED}
    assert await pool.fetchval("select count(*) from contact where is_placeholder") == 0
    assert await pool.fetchval("select count(*) from contact_reference") == 500
    again = [
        dataclasses.replace(each, asked_at=BEGIN + dt.timedelta(days=1)) for each in (*shops, *companies)
    ]
    assert {each.outcome for each in await store(pool, *again)} == {Outcome.UNCHANGED}


async def test_persons_keep_their_rules(pool: Pool) -> None:
    """A phone by hand is marked by name, and passes to the contact that a person turns out to be."""
    await merge.apply(pool, [delivery("0101800001"), delivery("0202800002")], IMPORT, now=NOW)
    async with pool.acquire() as connection:
        await edit_contact(connection, 1, 1, {"address:HA": {"phone_no": "11111111"}}, now=NOW)
    await merge.apply(
        pool,
        [
            delivery(
                "0202800002", 2, former_numbers=("0101800001",), references=(to(Role.SPOUSE, "0303800003"),)
            )
        ],
        IMPORT,
        now=NOW,
    )
    view = await seen(pool, "0202800002", "C")
    assert (home(view).phone_no, view.hand_edited) == ("11111111", ("address:HA.phone_no",))


async def test_the_numbers_of_cvr_types_are_checked_in_one_place() -> None:
    legal = contact_types.ContactType("J", "J", length=8, validation="CVR (Legal Units)")
    assert contact_types.valid_number(legal, f"DK {COMPANY}") == str(COMPANY)
    with pytest.raises(contact_types.NumberRefused, match="check digit"):
        contact_types.valid_number(legal, "26911746")


async def test_an_erased_company_is_gone_stays_gone_and_its_unit_names_it_no_more(pool: Pool) -> None:
    hasher = NumberHasher(SecretStr("k" * 32))
    await store(pool, told(name="Værft v/Ane Dam"), told(SHOP, company=COMPANY))
    contact_id = (await seen(pool)).contact_id
    order = erasing.Order("test", None, erasing.Reason.ON_REQUEST)
    async with pool.acquire() as connection:
        await erasing.erase_contact(connection, contact_id, None, order, hasher=hasher, now=NOW)
    tables = ("contact", "contact_number", "address", "source_record", "contact_version")
    left = {
        table: await pool.fetchval(f"select count(*) from {table} where contact_id = $1", contact_id)
        for table in tables
    }
    assert not any(left.values()), left
    options: dict[str, Any] = {"source": SOURCE, "fields": ALL_FIELDS, "now": NOW, "hasher": hasher}
    again = [told(hour=1), told(SHOP, 1, company=COMPANY)]
    results = await units.store(pool, again, units.import_policy(SOURCE), **options)
    assert [each.outcome for each in results] == [Outcome.ERASED, Outcome.UNCHANGED]
    assert (await seen(pool, SHOP, "V")).references == ()
    assert await units.erased(pool, [COMPANY, SHOP], SOURCE, hasher) == {COMPANY}
