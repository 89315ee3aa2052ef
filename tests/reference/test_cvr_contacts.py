"""From the sample answers of each source, served by a plain HTTP server, through the merge into the store: contacts field by field."""

import dataclasses
import datetime as dt
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from registerbro.contacts import queries, units
from registerbro.contacts.presenting import ContactView
from registerbro.cvr.mapping import ALL_FIELDS
from registerbro.cvr.numbers import CvrNumber, PNumber, UnitNumber
from registerbro.database import Pool
from registerbro.registers.datafordeler.graphql import GraphqlLookup
from registerbro.registers.datafordeler.rest import RestLookup
from registerbro.registers.logic import LogicLookup
from registerbro.registers.port import Lookup
from registerbro.sources import CvrSource

from tests.reference.data import needs_testdata
from tests.reference.recordings import CVR, LEGO, NOW, SALLING, SINCE, Recordings
from tests.support.register_caller import calling
from tests.support.register_server import Asked, Behaviour, Reply, register_server, said

pytestmark = [pytest.mark.reference, needs_testdata]
FILES = {
    "99000007": "synthetic/rest_virksomhed_99000007.json",
    "99000015": "synthetic/rest_virksomhed_99000015_ceased_foreign_address.json",
    "1099900004": "synthetic/rest_produktionsenhed_1099900004.json",
    "/by-cvr/35533729": "kmd-logic/fake_company_35533729.json",
    "/production-unit-detail/1089377672": "kmd-logic/fake_punit_detail_1089377672.json",
}
SOURCE = CvrSource()


def by_file(asked: Asked) -> Behaviour:
    """The REST services and KMD Logic, as far as they go for this."""
    key = asked.query.get("pCVRNummer") or asked.query.get("ppNummer") or asked.path
    return Reply(200, (CVR / FILES[key]).read_bytes()) if key in FILES else Reply(404)


@pytest.fixture
async def rest() -> AsyncIterator[Lookup]:
    async with register_server(by_file) as running, calling(running.url) as caller:
        yield RestLookup(caller, clock=lambda: NOW)


@pytest.fixture
async def logic() -> AsyncIterator[Lookup]:
    async with register_server(by_file) as running, calling(running.url) as caller:
        yield LogicLookup(caller, None, at_once=1, now=lambda: NOW)


@pytest.fixture
async def graphql() -> AsyncIterator[Lookup]:
    async with register_server(Recordings()) as running, calling(running.url) as caller:
        yield GraphqlLookup(caller, clock=lambda: NOW)


async def imported(pool: Pool, lookup: Lookup, number: UnitNumber) -> dict[str, Any]:
    """The contact that an import of a unit leaves behind: what is not empty, by name."""
    unit = await lookup.find(number)
    assert unit is not None
    policy, now = units.import_policy(SOURCE), dt.datetime.now(dt.UTC)
    await units.store(pool, [unit], policy, source=SOURCE, fields=ALL_FIELDS, now=now, hasher=None)
    name_type = "J" if isinstance(number, CvrNumber) else "V"
    async with pool.acquire() as connection:
        found = await queries.load_contact(
            connection, str(number), may_see_protected=False, name_type=name_type
        )
    assert found is not None
    return shown(found)


def shown(view: ContactView) -> dict[str, Any]:
    """A contact without what is empty, and without what the store adds."""
    name = dataclasses.asdict(view.name)
    assert not name.pop("is_placeholder")
    assert not name.pop("is_protected")
    del name["contact_id"]
    homes = [dataclasses.asdict(each) for each in view.addresses]
    assert not any(home.pop("changed_by_hand") for home in homes)
    whole = {
        **name,
        "start_date": view.start_date,
        "end_date": view.end_date,
        "info": dict(view.info),
        "addresses": [_told(home) for home in homes],
        "references": [
            (each.role, each.contact.name_type, each.contact.name_code) for each in view.references
        ],
        "more": [view.position, *view.dates, *view.protections, *view.former_numbers],
    }
    return _told(whole)


def _told(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "", [], {}, ["", ""], [""])}


async def test_a_company_by_rest(pool: Pool, rest: Lookup) -> None:
    """It has a postal address as well, which is none of the contact's while it has another."""
    assert await imported(pool, rest, CvrNumber("99000007")) == {
        "name_type": "J",
        "name_code": "99000007",
        "name1": "PRØVEVIRKSOMHEDEN ÆØÅ ApS",
        "is_advertising_protected": True,
        "start_date": dt.date(2015, 3, 1),
        "addresses": [
            {
                "address_type": "HA",
                "address1": "Prøvevej 12B",
                "postcode": "8000",
                "post_district": "Aarhus C",
                "municipality": "0751",
                "country_code": "DK",
                "start_date": dt.date(2019, 6, 1),
                "phone_no": "70000000",
                "fax": "70000001",
                "email": "kontakt@example.dk",
            }
        ],
        "info": {
            "Branche": ["622000", "702000"],
            "Branchetekst": ["Konsulentbistand vedrørende informationsteknologi", "Virksomhedsrådgivning"],
            "Branchekode-udgave": ["DB25", "DB25"],
            "Virksomhedsform": ["Anpartsselskab"],
            "Virksomhedsformkode": ["80"],
            "Virksomhedsstatus": ["Aktiv"],
            "Reklamebeskyttet": ["ja"],
        },
    }


async def test_a_company_that_has_nothing_but_a_postal_address(pool: Pool) -> None:
    """The one sample with a name in care of which it is."""
    whole = json.loads((CVR / FILES["99000007"]).read_bytes())
    answer = said({name: value for name, value in whole.items() if name != "beliggenhedsadresse"})
    async with register_server(lambda _: answer) as running, calling(running.url) as caller:
        contact = await imported(pool, RestLookup(caller, clock=lambda: NOW), CvrNumber("99000007"))
    assert contact["addresses"] == [
        {
            "address_type": "HA",
            "address1": "Postgade 1",
            "address3": "Att. Bogholderiet",
            "postcode": "8100",
            "post_district": "Aarhus C",
            "municipality": "0751",
            "country_code": "DK",
            "start_date": dt.date(2019, 6, 1),
            "phone_no": "70000000",
            "fax": "70000001",
            "email": "kontakt@example.dk",
        }
    ]


async def test_a_ceased_company_abroad_by_rest(pool: Pool, rest: Lookup) -> None:
    assert await imported(pool, rest, CvrNumber("99000015")) == {
        "name_type": "J",
        "name_code": "99000015",
        "name1": "OPHØRT PRØVE A/S",
        "start_date": dt.date(2001, 1, 1),
        "end_date": dt.date(2019, 12, 31),
        "addresses": [
            {
                "address_type": "HA",
                "address1": "12 Example Street, London",
                "country_code": "GB",
            }
        ],
        "info": {"Virksomhedsstatus": ["Inaktiv"]},
    }


async def test_a_production_unit_by_rest_and_its_company(pool: Pool, rest: Lookup) -> None:
    unit = {
        "name_type": "V",
        "name_code": "1099900004",
        "name1": "PRØVEVIRKSOMHEDEN ÆØÅ ApS - LAGER",
        "start_date": dt.date(2015, 3, 1),
        "addresses": [
            {
                "address_type": "HA",
                "address1": "Lagervej 7",
                "postcode": "8260",
                "post_district": "Viby J",
                "municipality": "0751",
                "country_code": "DK",
                "start_date": dt.date(2019, 6, 1),
            }
        ],
        "info": {"Virksomhedsstatus": ["Aktiv"]},
        "references": [("Virksomhed", "J", "99000007")],
    }
    assert await imported(pool, rest, PNumber("1099900004")) == unit
    await imported(pool, rest, CvrNumber("99000007"))
    assert await imported(pool, rest, PNumber("1099900004")) == unit
    assert await pool.fetchval("select count(*) from contact") == 2


async def test_lego_by_graphql(pool: Pool, graphql: Lookup) -> None:
    """Recorded without municipality and country; the industry's day stands in its cursor."""
    assert await imported(pool, graphql, LEGO) == {
        "name_type": "J",
        "name_code": "47458714",
        "name1": "LEGO SYSTEM A/S",
        "is_advertising_protected": False,
        "start_date": SINCE,
        "addresses": [
            {
                "address_type": "HA",
                "address1": "Åstvej 1",
                "postcode": "7190",
                "post_district": "Billund",
                "start_date": SINCE,
                "phone_no": "79506070",
            }
        ],
        "info": {
            "Branche": ["324000"],
            "Branchetekst": ["Fremstilling af spil og legetøj"],
            "Branchekode-udgave": ["DB25"],
            "Virksomhedsform": ["Aktieselskab"],
            "Virksomhedsformkode": ["60"],
            "Virksomhedsstatus": ["Aktiv"],
            "Reklamebeskyttet": ["nej"],
        },
    }


async def test_salling_by_graphql(pool: Pool, graphql: Lookup) -> None:
    assert await imported(pool, graphql, SALLING) == {
        "name_type": "J",
        "name_code": "35954716",
        "name1": "Salling Group A/S",
        "start_date": SINCE,
        "addresses": [
            {
                "address_type": "HA",
                "address1": "Rosbjergvej 33",
                "postcode": "8220",
                "post_district": "Brabrand",
                "start_date": SINCE,
            }
        ],
        "info": {"Virksomhedsstatus": ["Aktiv"]},
    }


async def test_a_company_by_kmd_logic(pool: Pool, logic: Lookup) -> None:
    """One letter of the file is ISO 8859-1."""
    assert await imported(pool, logic, CvrNumber("35533729")) == {
        "name_type": "J",
        "name_code": "35533729",
        "name1": "Koch LLC",
        "addresses": [
            {
                "address_type": "HA",
                "address1": "Ewell Row 14762",
                "postcode": "3400",
                "post_district": "Clarabellefurt",
                "municipality": "0176",
                "country_code": "TC",
                "phone_no": "310-568-2922 x53104",
                "email": "Jordan83@hotmail.com",
            }
        ],
        "info": {
            "Branche": ["246710"],
            "Branchetekst": ["Markedsanalyse og offentlig meningsmåling"],
            "Virksomhedsformkode": ["244"],
        },
    }


async def test_a_production_unit_by_kmd_logic(pool: Pool, logic: Lookup) -> None:
    """Its industries have lost the zeros that they began with."""
    assert await imported(pool, logic, PNumber("1089377672")) == {
        "name_type": "V",
        "name_code": "1089377672",
        "name1": "Jobcentret",
        "addresses": [
            {
                "address_type": "HA",
                "address1": "Hermann Courts 48658",
                "postcode": "1415",
                "post_district": "New Patriciabury",
                "municipality": "0273",
                "country_code": "MK",
                "phone_no": "841-514-4357",
                "email": "Alexie_Altenwerth80@hotmail.com",
            }
        ],
        "info": {
            "Branche": ["054246", "042201", "010487", "028696"],
            "Branchetekst": [
                "Skolefritidsordninger og fritidshjem",
                "Generelle offentlige tjenester",
                "Computer facility management",
                "Aldersintegrerede institutioner",
            ],
        },
        "references": [("Virksomhed", "J", "56482911")],
    }
