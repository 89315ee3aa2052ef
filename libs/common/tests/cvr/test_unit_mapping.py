"""What a unit means for a contact, field by field."""

import dataclasses
import datetime as dt
from typing import Any

import pytest
from pydantic import ValidationError
from registerbro.contacts.model import Channel, MappedAddress, Role
from registerbro.cvr.addresses import AddressStyle
from registerbro.cvr.mapping import UPDATED_FIELDS, Field, NameTypes, Style, mapped
from registerbro.cvr.units import Classification, Coded, Industry, Part, Unit, UnitAddress
from registerbro.registers.settings import CvrSettings

from tests.support.cvr_provider import cvr_number, p_number, unit
from tests.support.units import by_logic, in_full

COMPANY, SHOP = cvr_number(1), p_number(1)


def address_of(place: UnitAddress | None, **style: bool) -> MappedAddress:
    return mapped(unit(COMPANY, address=place), style=Style(AddressStyle(**style))).addresses["HA"]


def place(**fields: Any) -> UnitAddress:
    return UnitAddress(**{"road": "Havnegade", "house_number_from": "12B", "postcode": "5000"} | fields)


def test_a_company_in_every_field() -> None:
    told = unit(
        COMPANY,
        "Værft ApS under konkurs",
        delivers=frozenset(Part) - {Part.COMPANY},
        address=place(locality="Havnen", care_of="c/o Bo", post_district="Odense C", municipality_code="461", road_code="3000",
                      country_code="dk", since=dt.date(2020, 1, 2)),
        fax="65500001",
        main_industry=Industry("30.11.00", "Bygning af skibe", Classification.DB25),
        secondary_industries=(Industry("62010", "Programmering", Classification.DB07), Industry("620200")),
        end_date=dt.date(2025, 2, 3),
        status="UNDER KONKURS",
        credit=Coded("1", "Under konkurs"),
        is_advertising_protected=True,
        asked_at=dt.datetime(2025, 6, 30, 22, 30, tzinfo=dt.UTC),
        records='{"a":1}',
    )  # fmt: skip
    contact = mapped(told)
    assert (contact.source, contact.name_type, contact.number) == ("CVR-J", "J", str(COMPANY))
    assert contact.fields == {"name1": "Værft ApS under konkurs", "start_date": dt.date(1999, 11, 1), "end_date": dt.date(2025, 2, 3)}  # fmt: skip
    assert contact.addresses == {
        "HA": MappedAddress("Havnegade 12B", "Havnen", "c/o Bo", "5000", "Odense C", "0461", "DK", dt.date(2020, 1, 2),
                            phone_no="65500000", fax="65500001", email="post@vaerft.example", is_cut=False)
    }  # fmt: skip
    assert contact.info == {
        "Branche": ("301100", "062010", "620200"),
        "Branchetekst": ("Bygning af skibe", "Programmering", ""),
        "Branchekode-udgave": ("DB25", "DB07", ""),
        "Virksomhedsform": ("Anpartsselskab",),
        "Virksomhedsformkode": ("80",),
        "Virksomhedsstatus": ("Under konkurs",),
        "Kreditoplysning": ("Under konkurs",),
        "Reklamebeskyttet": ("ja",),
    }
    assert (contact.register_time.date, contact.register_time.channel, contact.register_time.fetched) == (
        dt.date(2025, 7, 1),  # it is past midnight in Denmark
        Channel.ONLINE,
        told.asked_at,
    )
    assert (contact.references, contact.records) == ((), '{"a":1}')


def test_a_production_unit_belongs_to_a_company_and_may_belong_to_none() -> None:
    types = NameTypes("FIRMA", "SALG")
    contact = mapped(unit(SHOP, company=COMPANY), types=types)
    assert (contact.name_type, contact.number) == ("SALG", str(SHOP))
    assert [(each.role, each.name_type, each.number) for each in contact.references] == [(Role.COMPANY, "FIRMA", str(COMPANY))]  # fmt: skip
    alone = mapped(unit(SHOP, company=None))
    assert "reference:Virksomhed" in alone.delivers
    assert alone.references == ()


@pytest.mark.parametrize(
    ("given", "street"),
    [
        (place(house_number_to="14"), "Havnegade 12B"),
        (place(house_number_from="012b"), "Havnegade 12B"),
        (place(house_number_from=""), "Havnegade"),
        (place(road="", house_number_from="", free_text="5 Rue\nX, Paris"), "5 Rue X, Paris"),
        (place(road="", house_number_from="", po_box="17"), "Postboks 17"),
        (place(po_box="Box 17"), "Havnegade 12B, Box 17"),
        (place(road=" Havne\x00gade "), "Havne gade 12B"),
        (place(floor="2", door="tv"), "Havnegade 12B"),
    ],
)
def test_the_street_of_an_address(given: UnitAddress, street: str) -> None:
    assert address_of(given).address1 == street


def test_what_is_written_only_where_it_is_wished() -> None:
    given = place(house_number_to="14", floor="ST.", door="4")
    assert address_of(given, has_number_to=True, has_floor=True).address1 == "Havnegade 12B-14, st. 4"
    codes = mapped(unit(COMPANY), style=Style(has_industry_text=True)).info
    assert codes["Branche"] == ("301100 Bygning af skibe",)


@pytest.mark.parametrize("care_of", ["Havnegade", "c/o Havnegade 12 b", "HAVNEGADE 12B"])
def test_a_care_of_that_repeats_the_street_is_dropped(care_of: str) -> None:
    assert address_of(place(care_of=care_of)).address3 == ""
    assert address_of(place(care_of="c/o Havnegade Holding")).address3 == "c/o Havnegade Holding"


@pytest.mark.parametrize("nothing", ["", "0", "0000", "None", "null"])
def test_a_post_code_that_is_none_is_empty(nothing: str) -> None:
    assert address_of(place(postcode=nothing)).postcode == ""


@pytest.mark.parametrize(
    ("code", "stored", "country"), [("101", "0101", "DK"), ("0956", "0956", "GL"), ("0", "", "")]
)
def test_a_municipality_has_four_digits_and_tells_the_country(code: str, stored: str, country: str) -> None:
    found = address_of(place(municipality_code=code))
    assert (found.municipality, found.country_code) == (stored, country)


@pytest.mark.parametrize(("status", "stored"), [("aktiv", "Aktiv"), ("NORMAL", "Aktiv"), ("OPHØRT", "Ophørt"), ("Under Konkurs", "Under konkurs")])  # fmt: skip
def test_a_status_has_one_spelling(status: str, stored: str) -> None:
    contact = mapped(unit(COMPANY, status=status))
    assert contact.info["Virksomhedsstatus"] == (stored,)
    assert (
        contact.fields["end_date"] is None
    )  # no day is invented for a unit of which only the status says that it ceased


def test_what_a_provider_does_not_tell_has_no_key() -> None:
    company, shop = (mapped(by_logic(unit(each))).delivers for each in (COMPANY, SHOP))
    assert not {"address:HA.fax", "address:HA.address3", "address:HA.start_date", "info:Reklamebeskyttet", "info:Virksomhedsform",
                "industries:secondary", "industries:classification", "info:Kreditoplysning"} & company  # fmt: skip
    assert {
        "name1",
        "address:HA.address2",
        "address:HA.phone_no",
        "industries:main",
        "info:Virksomhedsformkode",
        "end_date",
    } <= company
    assert not {"address:HA.address2", "end_date", "info:Virksomhedsstatus", "start_date"} & shop
    assert {"industries:secondary", "reference:Virksomhed", "address:HA.address1"} <= shop


def test_a_country_alone_from_a_provider_without_free_texts_says_nothing_of_the_place() -> None:
    told = by_logic(unit(COMPANY, address=UnitAddress(country_code="DE")))
    assert "address:HA.address1" not in mapped(told).delivers
    full = mapped(in_full(unit(COMPANY, address=UnitAddress(country_code="DE"))))
    assert "address:HA.address1" in full.delivers
    assert full.addresses["HA"].country_code == ""


def test_an_update_sets_the_vendors_fields_and_always_what_no_choice_may_keep_back() -> None:
    keys = mapped(in_full(unit(SHOP)), fields=UPDATED_FIELDS).delivers
    assert not {"address:HA.fax", "address:HA.address3", "start_date"} & keys
    assert {
        "name1",
        "address:HA.address1",
        "address:HA.phone_no",
        "address:HA.email",
        "industries:secondary",
    } <= keys
    always = mapped(in_full(unit(COMPANY)), fields=frozenset()).delivers
    assert always == {"end_date", "info:Virksomhedsstatus", "info:Kreditoplysning", "info:Reklamebeskyttet"}


def test_more_than_three_secondary_industries_are_left_out() -> None:
    many = tuple(Industry(f"62000{place}") for place in range(5))
    assert len(mapped(unit(COMPANY, secondary_industries=many)).info["Branche"]) == 4


def test_secondary_industries_keep_their_places_without_a_main_one() -> None:
    told = unit(COMPANY, main_industry=None, secondary_industries=(Industry("620200"),))
    assert mapped(told).info["Branche"] == ("", "620200")


def test_the_fields_are_settings_in_the_form_of_the_environment() -> None:
    chosen = CvrSettings.model_validate({"update_fields": "name, address,phone"})
    assert chosen.update_fields == {Field.NAME, Field.ADDRESS, Field.PHONE}
    assert CvrSettings().import_fields == frozenset(Field)
    with pytest.raises(ValidationError, match="update_fields"):
        CvrSettings.model_validate({"update_fields": "name,colour"})


def test_answers_that_differ_in_their_records_have_other_digests() -> None:
    one, other = (mapped(dataclasses.replace(unit(COMPANY), records=text)) for text in ("{}", "[]"))
    assert one.digest != other.digest


def test_a_unit_does_not_show_itself_in_a_log() -> None:
    told: Unit = unit(COMPANY, "Hemmelig ApS")
    assert "Hemmelig" not in repr(mapped(told))
