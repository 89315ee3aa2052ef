"""Every shape that answers of Datafordeleren's REST services are known to have, and how ceased units are found there."""

import contextlib
import dataclasses
import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from registerbro.cvr.numbers import CvrNumber, PNumber
from registerbro.cvr.units import Classification, Coded, Hit, Industry, Part, Unit, UnitAddress, UnitKind
from registerbro.registers.datafordeler import parse, rest_answers
from registerbro.registers.datafordeler.fields import Node
from registerbro.registers.datafordeler.rest import DAYS_BACK, RestLookup
from registerbro.registers.errors import FieldUnusable, Refused, RegisterError

from tests.support.datafordeler_server import Directly
from tests.support.register_server import Asked, Behaviour, Reply, said

NOW = dt.datetime(2026, 6, 30, 22, 30, tzinfo=dt.UTC)  # the first of July in Denmark
COMPANY = CvrNumber("99000007")
OWN = {"Id": "4999000001", "CVRNummer": "99000007", "status": "aktiv"}


def company(**more: Any) -> dict[str, Any]:
    own = {key.removeprefix("own_"): more.pop(key) for key in list(more) if key.startswith("own_")}
    return {"virksomhed": {**OWN, **own}, "virksomhedsnavn": {"vaerdi": "Havnens Rederi A/S"}, **more}


def read(answer: Any, kind: UnitKind = UnitKind.COMPANY) -> Unit | None:
    return rest_answers.unit(kind, Node(answer), NOW)


def unit(**more: Any) -> Unit:
    found = read(company(**more))
    assert found is not None
    return found


def test_numbers_are_texts_or_integers() -> None:
    assert unit(own_CVRNummer=99000007).number == unit().number == COMPANY


@pytest.mark.parametrize("key", ["e-mailadresse", "emailadresse"])
def test_the_mail_address_has_two_keys(key: str) -> None:
    assert unit(**{key: {"vaerdi": "post@example.dk"}}).email == "post@example.dk"


@pytest.mark.parametrize("told", [True, {"vaerdi": True}, [{"vaerdi": True}]])
@pytest.mark.parametrize("key", ["reklamebeskyttet", "reklamebeskyttelse"])
def test_advertising_protection_is_bare_or_in_a_row(key: str, told: object) -> None:
    protected = unit(**{key: told})
    assert protected.is_advertising_protected
    assert Part.ADVERTISING_PROTECTION in protected.delivers


@pytest.mark.parametrize("separator", ["_", "."])
def test_both_separators_in_addresses(separator: str) -> None:
    fields = {
        "vejnavn": "Havnegade",
        "husnummerFra": "012b",
        "postnummer": 800,
        "postdistrikt": "Høje Taastrup",
        "kommunekode": "169",
        "landekode": "dk",
    }
    address = {f"CVRAdresse{separator}{name}": value for name, value in fields.items()}
    found = unit(beliggenhedsadresse={**address, "coNavn": "Havnegade 12B"})
    assert found.address == UnitAddress(
        road="Havnegade",
        house_number_from="12B",
        postcode="0800",
        post_district="Høje Taastrup",
        municipality_code="0169",
        country_code="DK",
    )
    assert {Part.ADDRESS, Part.CARE_OF} <= found.delivers


INDUSTRIES = {
    "hovedbranche": {
        "vaerdi": "62.01.00",
        "vaerdiTekst": "Programmering",
        "virkningFra": "2025-01-01T00:00:00+01:00",
    },
    "bibranche2": {"vaerdi": 11100, "vaerdiTekst": "Korn", "virkningFra": "2014-01-01"},
    "bibranche1": {"vaerdi": "702000", "virkningFra": "2025-01-01"},
    "bibranche3": None,
}


@pytest.mark.parametrize("shape", [{"brancher": INDUSTRIES}, INDUSTRIES])
def test_industries_stand_together_or_flat(shape: dict[str, Any]) -> None:
    found = unit(**shape)
    assert found.main_industry == Industry("620100", "Programmering", Classification.DB25)
    assert found.secondary_industries == (
        Industry("702000", "", Classification.DB25),
        Industry("011100", "Korn", Classification.DB07),
    )


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_industries_in_force_the_later_counts(order: int) -> None:
    rows = [
        {"vaerdi": "620100", "virkningFra": "2014-01-01"},
        {"vaerdi": "621000", "virkningFra": "2025-01-01"},
    ]
    assert unit(brancher={"hovedbranche": rows[::order]}).main_industry == Industry(
        "621000", "", Classification.DB25
    )


CONTACTS = {
    "telefonnummer": Part.PHONE,
    "telefaxnummer": Part.FAX,
    "e-mailadresse": Part.EMAIL,
    "virksomhedsform": Part.FORM,
    "kreditoplysninger": Part.CREDIT,
    "brancher": Part.MAIN_INDUSTRY,
    "beliggenhedsadresse": Part.ADDRESS,
}


def test_a_missing_key_says_nothing() -> None:
    assert unit().delivers == {Part.NAME, Part.STATUS}


@pytest.mark.parametrize("empty", [None, {}, {"vaerdi": None}, []])
@pytest.mark.parametrize("key", CONTACTS)
def test_an_empty_key_says_that_there_is_nothing(key: str, empty: object) -> None:
    found = unit(**{key: empty})
    assert CONTACTS[key] in found.delivers
    values = (
        found.phone,
        found.fax,
        found.email,
        found.form,
        found.credit,
        found.main_industry,
        found.address,
    )
    assert not any(values)


ROW = {"registreringTil": None, "virkningFra": "2015-03-01T00:00:00.000000+01:00", "virkningTil": None}


@pytest.mark.parametrize(
    ("key", "broken", "path"),
    [
        *[
            (key, broken, f"{key}.vaerdi")
            for key in (
                "virksomhedsnavn",
                "telefonnummer",
                "telefaxnummer",
                "e-mailadresse",
                "virksomhedsform",
                "reklamebeskyttet",
            )
            for broken in (ROW, {**ROW, "vaerdi": None}, {**ROW, "værdi": "12345678"})
        ],
        ("telefonnummer", {**ROW, "vaerdi": False}, "telefonnummer.vaerdi"),
        ("telefonnummer", [{"vaerdi": "1"}, ROW], "telefonnummer[1].vaerdi"),
        ("telefonnummer", [None], "telefonnummer[0]"),
        ("virksomhedsform", {**ROW, "vaerdiTekst": "Anpartsselskab"}, "virksomhedsform.vaerdi"),
        (
            "kreditoplysninger",
            {**ROW, "kreditoplysningstekst": "Under konkurs"},
            "kreditoplysninger.Kreditoplysning",
        ),
        ("brancher", {"hovedbranche": {**ROW, "vaerdiTekst": "Korn"}}, "brancher.hovedbranche.vaerdi"),
        ("brancher", {"hovedbranche": {"vaerdi": "011100"}}, "brancher.hovedbranche.virkningFra"),
        ("brancher", {"hovedbranche": {"vaerdi": "011100", "virkningFra": None, "virkningTil": None}},
         "brancher.hovedbranche.virkningFra"),
        ("brancher", {"bibranche1": {**ROW, "vaerdi": "011100"}}, "brancher.hovedbranche"),
        ("bibranche1", {**ROW, "vaerdi": "011100"}, "hovedbranche"),
        ("brancher", {"fejl": "kan ikke vises"}, "brancher.hovedbranche"),
        ("beliggenhedsadresse", ROW, "beliggenhedsadresse"),
        (
            "beliggenhedsadresse",
            {**ROW, "CVRAdresse_husnummerFra": "12", "CVRAdresse_postnummer": "8000"},
            "beliggenhedsadresse.CVRAdresse_vejnavn",
        ),
    ],
)  # fmt: skip
def test_a_row_delivered_in_part_never_reads_as_empty(key: str, broken: object, path: str) -> None:
    with pytest.raises(FieldUnusable) as caught:
        unit(**{key: broken})
    assert caught.value.path == path


def test_no_name_is_delivered_as_empty() -> None:
    assert Part.NAME not in unit(virksomhedsnavn=None).delivers
    assert Part.ADVERTISING_PROTECTION not in unit(reklamebeskyttet=None).delivers


def test_form_and_credit() -> None:
    found = unit(
        virksomhedsform={"vaerdi": 80, "vaerdiTekst": "Anpartsselskab"},
        kreditoplysninger={"Kreditoplysning": "1", "kreditoplysningstekst": "Under konkurs"},
    )
    assert (found.form, found.credit) == (Coded("80", "Anpartsselskab"), Coded("1", "Under konkurs"))


def test_post_is_the_address_only_where_there_is_no_other() -> None:
    lies, post = {"CVRAdresse_vejnavn": "Havnegade"}, {"CVRAdresse_vejnavn": "Postgade"}
    roads = [
        each.address.road
        for each in (unit(beliggenhedsadresse=lies, postadresse=post), unit(postadresse=post))
        if each.address
    ]
    assert roads == ["Havnegade", "Postgade"]
    assert Part.ADDRESS not in unit(postadresse=None).delivers


def test_a_name_that_is_still_to_come_waits() -> None:
    begins = {"vaerdi": "Ny", "virkningFra": "2026-07-02T00:00:00+02:00"}
    stands = {"vaerdi": "Gammel", "virkningFra": "2011-01-01", "virkningTil": "2026-07-02"}
    both = unit(virksomhedsnavn=[begins, stands])
    assert (both.name, both.changes_on) == ("Gammel", dt.date(2026, 7, 2))
    assert Part.NAME not in unit(virksomhedsnavn=begins).delivers
    today = unit(virksomhedsnavn=[{**begins, "virkningFra": "2026-07-01T00:00:00+02:00"}, stands])
    assert today.name == "Ny"  # in Denmark it is July already


def test_what_is_secret_may_come_without_its_value() -> None:
    hidden = unit(telefonnummer={**ROW, "hemmelig": True})
    assert (hidden.phone, Part.PHONE in hidden.delivers) == ("", True)


def test_what_is_secret_is_not_taken() -> None:
    secret = {"vaerdi": "12345678", "hemmelig": True}
    found = unit(telefonnummer=[secret, {"vaerdi": "87654321", "hemmelig": False}])
    assert found.phone == "87654321"
    hidden = unit(telefonnummer=secret)
    assert (hidden.phone, Part.PHONE in hidden.delivers) == ("", True)
    for each in (found, hidden):
        assert "12345678" not in each.records, "nor with the answer that is kept"
        assert parse(each.records, NOW) == each
    assert "87654321" in found.records


def test_a_replaced_registration_does_not_count() -> None:
    replaced = {"vaerdi": "12345678", "registreringTil": "2024-01-01T00:00:00Z"}
    assert unit(telefonnummer=replaced).phone == ""


def test_a_unit_of_no_company() -> None:
    own = {"pNummer": 1099900004, "tilknyttetVirksomhedsCVRNummer": None}
    found = read({"produktionsenhed": own}, UnitKind.PRODUCTION_UNIT)
    assert found is not None
    assert (found.number, found.company, found.object_id) == (PNumber("1099900004"), None, None)
    assert Part.COMPANY in found.delivers


@pytest.mark.parametrize("answer", [None, {}, [], {"virksomhed": None}, {"virksomhed": {}, "brancher": {}}])
def test_an_answer_without_a_unit_is_none(answer: object) -> None:
    assert read(answer) is None


@pytest.mark.parametrize(
    ("answer", "path"),
    [
        ({"virksomhedsnavn": {"vaerdi": "Havnens Rederi A/S"}}, "virksomhed"),
        (company(own_CVRNummer=None), "virksomhed.CVRNummer"),
        (company(own_CVRNummer=True), "virksomhed.CVRNummer"),
        (company(own_CVRNummer="123"), "virksomhed.CVRNummer"),
        (company(own_virksomhedStartdato="i går"), "virksomhed.virksomhedStartdato"),
        (company(telefonnummer={"vaerdi": ["1"]}), "telefonnummer.vaerdi"),
        (company(telefonnummer={"vaerdi": True}), "telefonnummer.vaerdi"),
        (company(telefonnummer={"vaerdi": "1\x002"}), "telefonnummer.vaerdi"),
        (company(beliggenhedsadresse="Havnegade 1"), "beliggenhedsadresse"),
        (
            company(brancher={"hovedbranche": {"vaerdi": "62", "virkningFra": "2025-01-01"}}),
            "brancher.hovedbranche.vaerdi",
        ),
        (company(reklamebeskyttet="ja"), "reklamebeskyttet.vaerdi"),
        ("a text", "the answer"),
        ({"virksomhed": 7}, "virksomhed"),
    ],
)
def test_what_cannot_be_read_is_named(answer: object, path: str) -> None:
    with pytest.raises(FieldUnusable) as caught:
        read(answer)
    assert caught.value.path == path


WHOLE = company(
    beliggenhedsadresse={"CVRAdresse_vejnavn": "Havnegade", "virkningFra": "2011-01-01"},
    telefonnummer={"vaerdi": "12345678"},
    brancher=INDUSTRIES,
    reklamebeskyttet={"vaerdi": True},
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 10**19) | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


def mangled(answer: Any, draw: Callable[[st.SearchStrategy[Any]], Any]) -> Any:
    """The answer with something else at some place."""
    if not isinstance(answer, dict) or not answer or draw(st.integers(0, 3)) == 0:
        return draw(ANYTHING)
    key = draw(st.sampled_from(sorted(answer)))
    return {**answer, key: mangled(answer[key], draw)}


@settings(max_examples=80)
@given(st.data())
def test_whatever_comes_is_a_unit_or_none_or_our_error(data: st.DataObject) -> None:
    answer, found = mangled(WHOLE, data.draw), None
    with contextlib.suppress(RegisterError):
        found = read(answer)
    assert found is None or parse(found.records, found.asked_at) == found


def test_records_are_one_line_and_read_as_the_unit_again() -> None:
    found = unit(telefonnummer={"vaerdi": "12\n34"}, brancher=INDUSTRIES)
    assert "\n" not in found.records
    assert json.loads(found.records)["brancher"]["bibranche2"]["vaerdi"] == 11100
    assert parse(found.records, found.asked_at) == found


def test_an_answer_nested_too_deeply_is_refused() -> None:
    nest: Any = []
    for _ in range(300):
        nest = [nest]
    with pytest.raises(FieldUnusable, match="nested"):
        unit(ukendt=nest)


@dataclasses.dataclass(slots=True)
class Ceased:
    """Knows one company, from a day to a day, and what its telephone number was at the end."""

    begins: dt.date
    ends: dt.date
    tells_end: bool = True

    def __call__(self, asked: Asked) -> Behaviour:
        at = dt.datetime.fromisoformat(asked.query.get("pVirkningstid", NOW.isoformat())).date()
        if not self.begins <= at < self.ends:
            return Reply(404)
        phone = "2" if at >= self.ends - dt.timedelta(days=2) else "1"
        ended = {"own_virkningTil": self.ends.isoformat()} if self.tells_end else {}
        return said(
            company(own_virkningFra=self.begins.isoformat(), **ended, telefonnummer={"vaerdi": phone})
        )


@pytest.mark.parametrize("days_ago", [1, 60, 400, 9000])
async def test_a_ceased_unit_is_as_it_was_at_its_end(days_ago: int) -> None:
    ends = NOW.date() - dt.timedelta(days=days_ago)
    server = Ceased(ends - dt.timedelta(days=3 * days_ago + 90), ends)
    found = await RestLookup(Directly(server), clock=lambda: NOW).find(COMPANY)
    assert found is not None
    assert (found.end_date, found.status, found.phone) == (ends, "inaktiv", "2")
    assert found.changes_on is None
    assert parse(found.records, found.asked_at) == found


async def test_a_past_unit_without_an_end_is_not_taken_for_a_living_one() -> None:
    server = Ceased(dt.date(2011, 1, 1), dt.date(2020, 1, 1), tells_end=False)
    with pytest.raises(FieldUnusable, match="virkningTil"):
        await RestLookup(Directly(server), clock=lambda: NOW).find(COMPANY)


async def test_an_unknown_number_costs_a_bounded_number_of_calls() -> None:
    caller = Directly(lambda _: Reply(404))
    assert await RestLookup(caller).find(COMPANY) is None
    assert caller.calls == 1 + len(DAYS_BACK)


async def test_another_unit_than_was_asked_for_is_refused() -> None:
    caller = Directly(lambda _: said(company()))
    with pytest.raises(FieldUnusable, match="another unit"):
        await RestLookup(caller).find(CvrNumber("99000015"))


async def test_a_badly_put_question() -> None:
    with pytest.raises(Refused) as caught:
        await RestLookup(Directly(lambda _: Reply(400, b"parameter"))).find(COMPANY)
    assert caught.value.code == "400"


FULL = [company(beliggenhedsadresse={"CVRAdresse_vejnavn": "Havnegade"})]
SUMMARY = [{"CVRNummer": 99000007, "virksomhedsnavn": "Havnens Rederi A/S", "status": "inaktiv"}]


@pytest.mark.parametrize(
    ("results", "hit"),
    [
        (FULL, Hit(COMPANY, "Havnens Rederi A/S", UnitAddress(road="Havnegade"), has_ceased=False)),
        (
            {"virksomheder": FULL},
            Hit(COMPANY, "Havnens Rederi A/S", UnitAddress(road="Havnegade"), has_ceased=False),
        ),
        (SUMMARY, Hit(COMPANY, "Havnens Rederi A/S", has_ceased=True)),
        ({"soegVirksomhedSummariskResultat": SUMMARY}, Hit(COMPANY, "Havnens Rederi A/S", has_ceased=True)),
        (FULL[0], Hit(COMPANY, "Havnens Rederi A/S", UnitAddress(road="Havnegade"), has_ceased=False)),
    ],
)
async def test_results_come_in_full_or_in_summary(results: object, hit: Hit) -> None:
    def answer(asked: Asked) -> Behaviour:
        return said(results) if "Virksomhed" in asked.path else said([])

    found = await RestLookup(Directly(answer)).search("Havn", page=1, size=10)
    assert found.hits == (hit,)
    assert not found.has_more


@pytest.mark.parametrize("nothing", [None, [], {}, {"virksomheder": []}])
def test_a_search_that_finds_nothing(nothing: object) -> None:
    assert rest_answers.hits(UnitKind.COMPANY, Node(nothing)) == []


def test_results_that_are_none_are_refused() -> None:
    with pytest.raises(FieldUnusable, match="no list of results"):
        rest_answers.hits(UnitKind.COMPANY, Node({"fejl": "ukendt"}))


async def test_a_search_goes_through_the_pages_of_both_kinds() -> None:
    def answer(asked: Asked) -> Behaviour:
        assert asked.query["pageSize"] == "2"
        if "Produktionsenhed" in asked.path:
            return said([])
        return said([company()] * (2 if asked.query["page"] == "1" else 1))

    lookup = RestLookup(Directly(answer))
    first, second = [await lookup.search("Havn", page=page, size=4) for page in (1, 2)]
    assert (len(first.hits), first.has_more) == (2, True)
    assert (len(second.hits), second.has_more) == (1, False)


def test_production_units_are_rows_or_wrapped() -> None:
    listed = [
        {"pNummer": "1099900004"},
        {"produktionsenhed": {"pNummer": 1099900012}},
        {"pNummer": 1099900004},
    ]
    numbers = rest_answers.production_units(Node(company(produktionsenheder=listed)))
    assert numbers == (PNumber("1099900004"), PNumber("1099900012"))
    assert rest_answers.production_units(Node(company())) == ()
