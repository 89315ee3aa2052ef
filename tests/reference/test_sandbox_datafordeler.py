"""The sandbox's Datafordeleren beside the real one: its schema, and the shape of its answers, against what others recorded."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
)
from registerbro_sandbox.companies import POSTAL, Correct, Entity, Replace, Value
from registerbro_sandbox.datafordeler.schema import SCHEMA

from tests.reference.data import TESTDATA, needs_testdata
from tests.support.sandbox_datafordeler import Asker, Datafordeleren, datafordeleren, moment

pytestmark = [pytest.mark.reference, needs_testdata]
RECORDED = TESTDATA / "cvr" / "datafordeler-graphql"
REST = TESTDATA / "cvr" / "synthetic"
OWN = {name for name in SCHEMA.type_map if not name.startswith("__")}


@pytest.fixture(scope="module")
def published() -> GraphQLSchema:
    return build_schema((RECORDED / "CVR_v2.schema.graphql").read_text("utf-8"))


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datafordeleren]:
    with datafordeleren(tmp_path_factory.mktemp("reference"), companies=40) as running:
        _fill(running)
        yield running


@pytest.fixture(scope="module")
def asker(sandbox: Datafordeleren) -> Iterator[Asker]:
    with sandbox.client() as client:
        yield Asker(client)


@pytest.fixture(scope="module")
def branches(sandbox: Datafordeleren) -> str:
    """The number of a company with several production units."""
    companies = filter(None, map(sandbox.world.by_id, sandbox.world.object_ids()))
    return next(unit.number for unit in companies if len(sandbox.world.units_of(unit.number)) > 1)


def _fill(running: Datafordeleren) -> None:
    """What the samples have: a secondary industry, a postal address, a fax number; and something has happened."""
    unit = running.world.by_id("4900000001")
    assert unit
    trade, address = unit.known(Entity.INDUSTRY)[-1], unit.known(Entity.ADDRESS)[0]
    filled: dict[Entity, tuple[dict[str, Value], ...]] = {
        Entity.INDUSTRY: tuple({**trade.values, "sekvens": place} for place in ("0", "1")),
        Entity.ADDRESS: ({**address.values, "AdresseringAnvendelse": POSTAL},),
        Entity.FAX: ({"vaerdi": "70000001"},),
    }
    for entity, rows in filled.items():
        running.world.change(
            Replace(object_id=unit.object_id, entity=entity, rows=rows, since=trade.virkning_fra)
        )
    running.world.change(Correct(object_id=unit.object_id))


@pytest.mark.parametrize("name", sorted(OWN))
def test_every_type_with_fields_and_arguments_is_published_so(published: GraphQLSchema, name: str) -> None:
    theirs: GraphQLNamedType | None = published.type_map.get(name)
    assert theirs is not None
    assert _said(SCHEMA.type_map[name]).items() <= _said(theirs).items()


def test_no_filter_and_no_column_of_our_entities_is_left_out(published: GraphQLSchema) -> None:
    for name in OWN - {"Query"}:
        assert _said(SCHEMA.type_map[name]) == _said(published.type_map[name])


def _said(kind: GraphQLNamedType) -> dict[str, str]:
    """Fields with their types, and their arguments with theirs."""
    if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        return {"": type(kind).__name__}
    fields = {name: str(field.type) for name, field in kind.fields.items()}
    if isinstance(kind, GraphQLInputObjectType):
        return fields
    arguments = {
        f"{name}({argument}:)": str(what.type)
        for name, field in kind.fields.items()
        for argument, what in field.args.items()
    }
    return fields | arguments


def _of_unit(field: str, columns: str, *, first: str = "") -> str:
    where = 'where: {CVREnhedsId: {eq: "4900000001"}}'
    page = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor } " if first else ""
    return f'{{ {field}({first} virkningstid: "{moment()}" {where}) {{ {page}nodes {{ {columns} }} }} }}'


_ADDRESS = "AdresseringAnvendelse CVRAdresse_vejnavn CVRAdresse_husnummerFra CVRAdresse_postnummer CVRAdresse_postdistrikt"
_EVENT = (
    "eventid entityname eventaction fromfailedimport object_id object_datafordelerRowId datafordelerOpdateringstid "
    "datafordelerRegisterImportSequenceNumber"
)
_COMPANY = "{{ CVR_Virksomhed(where: {{{0}}}) {{ nodes {{ id CVRNummer status }} }} }}"
QUESTIONS = {
    "adressering_by_unit_4001142075": _of_unit("CVR_Adressering", _ADDRESS),
    "branche_first1_by_unit_4001142075": _of_unit("CVR_Branche", "vaerdi vaerdiTekst", first="first: 1"),
    "cvrenhed_4001142075": '{ CVR_CVREnhed(where: {id: {eq: "4900000001"}}) '
    "{ nodes { id enhedsType forretningsnoegle forretningsnoegletype status } } }",
    "error_DAF-GQL-0009_missing_filter": "{ CVR_Navn(first: 1) { nodes { vaerdi } } }",
    "events_page1_first2": f"{{ CVR_Events(first: 2) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ {_EVENT} }} }} }}",
    "events_page_where_gt1_first1": f"{{ CVR_Events(first: 1, where: {{eventid: {{gt: 1}}}}) "
    f"{{ pageInfo {{ hasNextPage endCursor }} nodes {{ {_EVENT} }} }} }}",
    "kreditoplysninger_empty_4001142075": _of_unit(
        "CVR_Kreditoplysninger", "Kreditoplysning", first="first: 1"
    ),
    "navn_by_unit_4001142075": _of_unit("CVR_Navn", "vaerdi"),
    "produktionsenhed_first1_by_parent_47458714": "{ CVR_Produktionsenhed(first: 1, where: "
    "{tilknyttetVirksomhedsCVRNummer: {eq: BRANCHES}}) { pageInfo { hasNextPage } nodes { id pNummer status } } }",
    "register_import_status": "{ DAF_RegisterImportStatus { lastEventId lastSequenceNumber lastUpdated } }",
    "reklamebeskyttelse_4001142075": _of_unit("CVR_Reklamebeskyttelse", "vaerdi", first="first: 1"),
    "telefaxnummer_empty": "{ CVR_Telefaxnummer(where: {datafordelerRowId: "
    '{eq: "00000000-0000-0000-0000-000000000000"}}) { nodes { vaerdi } } }',
    "telefonnummer_4001142075": _of_unit("CVR_Telefonnummer", "vaerdi", first="first: 1"),
    "virksomhed_by_cvr_47458714": _COMPANY.format("CVRNummer: {eq: 26911745}"),
    "virksomhed_by_unit_4002313219_empty": _COMPANY.format('id: {eq: "4900000002"}'),
    "virksomhed_unknown": _COMPANY.format("CVRNummer: {eq: 0}"),
    "virksomhedsform_4001142075": _of_unit("CVR_Virksomhedsform", "vaerdi vaerdiTekst", first="first: 1"),
}


@pytest.mark.parametrize("recorded", sorted(QUESTIONS))
def test_an_answer_has_the_shape_of_the_recorded_one(asker: Asker, branches: str, recorded: str) -> None:
    theirs = json.loads((RECORDED / f"{recorded}.json").read_text("utf-8"))
    ours = asker.ask(QUESTIONS[recorded].replace("BRANCHES", branches))
    assert _shape(ours) == _shape(theirs)


def test_words_are_those_of_the_register(asker: Asker) -> None:
    theirs = json.loads((RECORDED / "cvrenhed_4001142075.json").read_text("utf-8"))
    ours = asker.ask(QUESTIONS["cvrenhed_4001142075"])
    for name in ("enhedsType", "forretningsnoegletype", "status"):
        assert (
            ours["data"]["CVR_CVREnhed"]["nodes"][0][name] == theirs["data"]["CVR_CVREnhed"]["nodes"][0][name]
        )


@pytest.mark.parametrize(
    ("method", "number", "sample"),
    [
        ("hentVirksomhedMedCVRNummer", {"pCVRNummer": "26911745"}, "rest_virksomhed_99000007"),
        ("hentProduktionsenhedMedPNummer", {"ppNummer": "1089377672"}, "rest_produktionsenhed_1099900004"),
    ],
)
def test_rest_keys_are_those_of_the_format(
    asker: Asker, method: str, number: dict[str, str], sample: str
) -> None:
    theirs = json.loads((REST / f"{sample}.json").read_text("utf-8"))
    ours = asker.rest(method, **number, pInkluderProduktionsenhedsnumre="true").json()
    for part in theirs:
        assert _keys(theirs[part]) <= _keys(ours[part]), part


def test_messages_are_enveloped_as_the_format_has_it(asker: Asker) -> None:
    [theirs, *_] = json.loads((REST / "events_pull_page1.json").read_text("utf-8"))
    [ours, *_] = asker.messages(datefrom="2020-01-01", dateto="2100-01-01").json()
    assert _shape(ours) == _shape(theirs)


def _shape(value: Any) -> Any:
    """Keys in their order, and types; of a list what its elements are."""
    if isinstance(value, dict):
        return {name: _shape(each) for name, each in value.items()}
    if isinstance(value, list):
        shapes = [_shape(each) for each in value]
        return [each for place, each in enumerate(shapes) if each not in shapes[:place]]
    return type(value).__name__


def _keys(value: Any) -> set[str]:
    if isinstance(value, list):
        value = value[0]
    return set(value) if isinstance(value, dict) else set()
