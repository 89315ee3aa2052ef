"""Datafordeleren's GraphQL of the sandbox, asked as a client asks: rows, their times, and the rules that it enforces."""

import datetime as dt
from collections.abc import Iterator

import pytest
from registerbro_sandbox.companies import (
    Cease,
    Correct,
    CvrUnit,
    Entity,
    Hold,
    Recode,
    Release,
    Replace,
    Value,
)
from registerbro_sandbox.datafordeler.entities import ENTITIES

from tests.support.sandbox_datafordeler import Asker, Datafordeleren, datafordeleren, moment

KMD, KMD_UNIT = "4900000001", "1003387453"
Rows = tuple[dict[str, Value], ...]
TODAY = dt.datetime.now(dt.UTC).date()
NAMES = (
    "query($id: String!) { CVR_Navn(where: {CVREnhedsId: {eq: $id}}) "
    "{ nodes { vaerdi sekvens virkningFra virkningTil registreringTil } } }"
)
CURRENT = "query($id: String!, $at: DafDateTime) { CVR_Navn(virkningstid: $at, where: {CVREnhedsId: {eq: $id}}) { nodes { vaerdi } } }"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datafordeleren]:
    with datafordeleren(tmp_path_factory.mktemp("graphql")) as running:
        yield running


@pytest.fixture(scope="module")
def asker(sandbox: Datafordeleren) -> Iterator[Asker]:
    with sandbox.client() as client:
        yield Asker(client)


def _company(sandbox: Datafordeleren, place: int) -> CvrUnit:
    """A company that lives."""
    living = (u for i in sandbox.world.object_ids() if (u := sandbox.world.by_id(i)) and not u.ended())
    return [unit for unit in living if unit.kind == "company"][place]


def _rename(unit: CvrUnit, name: str, since: dt.date) -> Replace:
    rows: Rows = ({"vaerdi": name, "sekvens": "0"},)
    return Replace(object_id=unit.object_id, entity=Entity.NAME, rows=rows, since=since)


def test_company_and_unit_are_found_by_their_numbers_and_each_other(asker: Asker) -> None:
    [company] = asker.nodes(
        "query($n: Long!) { CVR_Virksomhed(where: {CVRNummer: {eq: $n}}) { nodes { id CVRNummer status } } }",
        n=26911745,
    )
    assert company == {"id": KMD, "CVRNummer": 26911745, "status": "aktiv"}
    [unit] = asker.nodes(
        "{ CVR_Produktionsenhed(where: {pNummer: {eq: 1003387453}}) { nodes { id tilknyttetVirksomhedsCVRNummer } } }"
    )
    assert unit == {"id": "4900000002", "tilknyttetVirksomhedsCVRNummer": 26911745}
    assert asker.nodes(
        "{ CVR_Produktionsenhed(where: {tilknyttetVirksomhedsCVRNummer: {eq: 26911745}}) { nodes { pNummer } } }"
    ) == [{"pNummer": int(KMD_UNIT)}]
    assert asker.nodes('{ CVR_CVREnhed(where: {forretningsnoegle: {eq: "26911745"}}) { nodes { id } } }') == [
        {"id": KMD}
    ]
    assert asker.nodes("{ CVR_Virksomhed(where: {CVRNummer: {eq: 0}}) { nodes { id } } }") == []


def test_every_entity_answers_with_every_column_of_it(asker: Asker, sandbox: Datafordeleren) -> None:
    ids = list(sandbox.world.object_ids())[:100]
    credit: dict[str, Value] = dict.fromkeys(
        ("Kreditoplysning", "kreditoplysningstekst", "statusvaerdi", "statusvaerdiTekst"), "1"
    )
    sandbox.world.change(Replace(object_id=KMD, entity=Entity.CREDIT, rows=(credit,), since=TODAY))
    for entity in ENTITIES:
        columns = " ".join(entity.columns)
        if entity.name == "Telefaxnummer":
            continue
        key = "id" if "id" in entity.columns else "CVREnhedsId"
        rows = asker.nodes(
            f"query($ids: [String!]) {{ {entity.field}(where: {{{key}: {{in: $ids}}}}) {{ nodes {{ {columns} }} }} }}",
            ids=ids,
        )
        assert rows, entity.name
        assert {row[key] for row in rows} <= set(ids)


def test_a_fax_number_is_found_by_its_row_alone_as_the_schema_has_it(
    asker: Asker, sandbox: Datafordeleren
) -> None:
    units = map(sandbox.world.by_id, sandbox.world.object_ids())
    row = next(row for unit in units if unit for row in unit.known(Entity.FAX))
    query = "query($id: UUID!) { CVR_Telefaxnummer(where: {datafordelerRowId: {eq: $id}}) { nodes { vaerdi CVREnhedsId } } }"
    assert asker.nodes(query, id=str(row.row_id)) == [
        {"vaerdi": row.values["vaerdi"], "CVREnhedsId": row.object_id}
    ]
    assert asker.nodes(query, id="00000000-0000-0000-0000-000000000000") == []


def test_names_are_searched_exactly_and_with_regard_to_case(asker: Asker, sandbox: Datafordeleren) -> None:
    query = (
        "query($n: String!) { CVR_Navn(where: {vaerdi: {eq: $n}}) { nodes { CVREnhedsId vaerdi sekvens } } }"
    )
    assert asker.nodes(query, n="KMD A/S") == [{"CVREnhedsId": KMD, "vaerdi": "KMD A/S", "sekvens": 0}]
    assert asker.nodes(query, n="kmd a/s") == []
    assert asker.nodes(query, n="KMD") == []


def test_without_a_time_every_row_comes_and_with_one_those_in_force(
    asker: Asker, sandbox: Datafordeleren
) -> None:
    unit = _company(sandbox, 2)
    before, soon = unit.name(TODAY), TODAY + dt.timedelta(days=40)
    sandbox.world.change(_rename(unit, "Fremtidens Navn ApS", soon))
    main = [row for row in asker.nodes(NAMES, id=unit.object_id) if row["sekvens"] == 0]
    assert {"Fremtidens Navn ApS", before} <= {row["vaerdi"] for row in main}
    assert any(row["registreringTil"] for row in main), "the row that was corrected is history, too"
    assert before in [row["vaerdi"] for row in asker.nodes(CURRENT, id=unit.object_id, at=moment())]
    later = asker.nodes(CURRENT, id=unit.object_id, at=moment(days=41))
    assert "Fremtidens Navn ApS" in [row["vaerdi"] for row in later]
    assert before not in [row["vaerdi"] for row in later]


def test_a_time_is_a_day_in_denmark(asker: Asker, sandbox: Datafordeleren) -> None:
    unit = _company(sandbox, 3)
    sandbox.world.change(_rename(unit, "Sommerens Navn ApS", dt.date(2031, 7, 2)))
    times = ("2031-07-01T21:59:59Z", "2031-07-01T22:00:00Z", "2031-07-02T00:00:00+02:00")
    named = [[row["vaerdi"] for row in asker.nodes(CURRENT, id=unit.object_id, at=at)] for at in times]
    found = ["Sommerens Navn ApS" in names for names in named]
    assert found == [False, True, True]


def test_a_ceased_company_is_not_found_as_of_now_but_without_a_time(
    asker: Asker, sandbox: Datafordeleren
) -> None:
    unit = _company(sandbox, 4)
    sandbox.world.change(Cease(object_id=unit.object_id, day=TODAY))
    query = "query($n: Long!, $at: DafDateTime) { CVR_Virksomhed(virkningstid: $at, where: {CVRNummer: {eq: $n}}) { nodes { status virksomhedOphoersdato registreringTil } } }"
    assert asker.nodes(query, n=int(unit.number), at=moment()) == []
    known = [row for row in asker.nodes(query, n=int(unit.number)) if row["registreringTil"] is None]
    assert {"status": "inaktiv", "virksomhedOphoersdato": TODAY.isoformat(), "registreringTil": None} in known


def test_pages_give_every_row_once(asker: Asker, sandbox: Datafordeleren) -> None:
    chain = next(
        unit
        for each in sandbox.world.object_ids()
        if (unit := sandbox.world.by_id(each))
        and unit.kind == "company"
        and len(sandbox.world.units_of(unit.number)) > 200
    )
    query = (
        "query($n: Long!, $after: String) { CVR_Produktionsenhed(first: 120, after: $after, "
        "where: {tilknyttetVirksomhedsCVRNummer: {eq: $n}}) "
        "{ pageInfo { hasNextPage hasPreviousPage endCursor } nodes { id } edges { cursor node { id } } } }"
    )
    seen: list[str] = []
    after, has_more = None, True
    while has_more:
        page = asker.ask(query, n=int(chain.number), after=after)["data"]["CVR_Produktionsenhed"]
        assert [edge["node"] for edge in page["edges"]] == page["nodes"]
        assert page["edges"][-1]["cursor"] == page["pageInfo"]["endCursor"]
        assert page["pageInfo"]["hasPreviousPage"] is False
        assert 0 < len(page["nodes"]) <= 120
        seen += [node["id"] for node in page["nodes"]]
        after, has_more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert len(seen) == len(set(seen)) == len(sandbox.world.units_of(chain.number))


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ CVR_Navn(first: 1) { nodes { vaerdi } } }", "DAF-GQL-0009"),
        ('{ CVR_Navn(where: {virkningFra: {gte: "2020-01-01"}}) { nodes { vaerdi } } }', "DAF-GQL-0009"),
        (
            '{ navn: CVR_Navn(where: {CVREnhedsId: {eq: "4900000001"}}) { nodes { vaerdi } } }',
            "DAF-GQL-0008",
        ),
        (
            '{ CVR_Navn(where: {CVREnhedsId: {eq: "4900000001"}}) { nodes { navn: vaerdi } } }',
            "DAF-GQL-0008",
        ),
        (
            '{ CVR_Navn(where: {CVREnhedsId: {eq: "1"}}) { nodes { vaerdi } } DAF_RegisterImportStatus { lastEventId } }',
            "DAF-GQL-0010",
        ),
        (
            "query { ...Two } fragment Two on Query { DAF_RegisterImportStatus { lastEventId } CVR_Events { nodes { eventid } } }",
            "DAF-GQL-0010",
        ),
        ("{ __schema { types { name } } }", "HC0046"),
        (
            '{ CVR_Navn(first: 1001, where: {CVREnhedsId: {eq: "4900000001"}}) { nodes { vaerdi } } }',
            "HC0051",
        ),
        (
            '{ CVR_Navn(after: "æ", where: {CVREnhedsId: {eq: "4900000001"}}) { nodes { vaerdi } } }',
            "HC0078",
        ),
        ("{ CVR_Events(where: {eventid: {gt: 0}}) { nodes { eventid } } }", "DAF-GQL-0015"),
    ],
)
def test_a_query_against_the_rules_is_refused_in_the_body(asker: Asker, query: str, code: str) -> None:
    assert asker.code(query) == code


def test_a_list_has_at_most_a_hundred_elements(asker: Asker) -> None:
    query = "query($ids: [String!]) { CVR_Navn(where: {CVREnhedsId: {in: $ids}}) { nodes { vaerdi } } }"
    assert asker.code(query, ids=[KMD] * 101) == "DAF-GQL-0016"
    assert asker.nodes(query, ids=[KMD] * 100) == [{"vaerdi": "KMD A/S"}]


def test_an_error_says_where_and_gives_no_data(asker: Asker) -> None:
    told = asker.ask("{ CVR_Navn(first: 1) { nodes { vaerdi } } }")
    [error] = told["errors"]
    assert told["data"] == {"CVR_Navn": None}
    assert error["path"] == ["CVR_Navn"]
    assert error["locations"] == [{"line": 1, "column": 3}]


@pytest.mark.parametrize(
    "query",
    [
        "{ CVR_Navn(",
        "{ CVR_Hemmelig { nodes { id } } }",
        '{ CVR_Navn(where: {vaerdi: {contains: "KMD"}}) { nodes { vaerdi } } }',
        '{ CVR_Virksomhed(where: {CVRNummer: {eq: "26911745"}}) { nodes { id } } }',
        '{ CVR_Navn(virkningstid: "i går", where: {vaerdi: {eq: "x"}}) { nodes { vaerdi } } }',
    ],
)
def test_what_the_schema_does_not_have_is_an_error_in_the_body(asker: Asker, query: str) -> None:
    told = asker.ask(query)
    assert told["errors"]
    assert "data" not in told


@pytest.mark.parametrize("body", [b"", b"[]", b'{"query": 1}', b'{"query": "{x}", "variables": [1]}'])
def test_a_body_without_a_query_is_refused(asker: Asker, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = asker.client.post(
        "/CVR/v2", params={"apiKey": "noegle-til-graphql"}, content=body, headers=headers
    )
    assert answer.status_code == 400


def test_filters_narrow_and_combine(asker: Asker, sandbox: Datafordeleren) -> None:
    unit = sandbox.world.by_id(KMD)
    assert unit
    where = (
        '{and: [{CVREnhedsId: {eq: "4900000001"}}, {virkningFra: {gte: "2025-01-01"}}, {sekvens: {eq: 0}}]}'
    )
    rows = asker.nodes(f"{{ CVR_Branche(where: {where}) {{ nodes {{ vaerdi virkningFra }} }} }}")
    assert [row["virkningFra"] for row in rows] == ["2025-01-01"]
    where = '{CVREnhedsId: {eq: "4900000001"}, virkningFra: {ngte: "2025-01-01"}}'
    rows = asker.nodes(f"{{ CVR_Branche(where: {where}) {{ nodes {{ vaerdi virkningTil }} }} }}")
    assert [row["virkningTil"] for row in rows] == ["2025-01-01"]


def test_events_tell_of_each_row_and_are_filtered_by_unit(asker: Asker, sandbox: Datafordeleren) -> None:
    unit, other = _company(sandbox, 5), _company(sandbox, 6)
    before = sandbox.world.status().last_event_id
    sandbox.world.change(_rename(unit, "Hændelsens Navn ApS", TODAY))
    sandbox.world.change(_rename(other, "Et andet Navn ApS", TODAY))
    query = (
        "query($after: Long!, $ids: [String!]) { CVR_Events(where: {eventid: {gt: $after}, object_id: {in: $ids}}) "
        "{ nodes { eventid entityname eventaction object_id object_datafordelerRowId fromfailedimport "
        "object_virkningfra datafordelerRegisterImportSequenceNumber datafordelerOpdateringstid } } }"
    )
    events = asker.nodes(query, after=max(before, 1), ids=[unit.object_id])
    assert {event["object_id"] for event in events} == {unit.object_id}
    assert {event["entityname"] for event in events} == {"Navn"}
    assert {event["eventaction"] for event in events} >= {"i", "u"}
    [name] = asker.nodes(
        "query($id: UUID!) { CVR_Navn(where: {datafordelerRowId: {eq: $id}}) { nodes { vaerdi } } }",
        id=events[-1]["object_datafordelerRowId"],
    )
    assert name == {"vaerdi": "Hændelsens Navn ApS"}


def test_events_are_paged_without_a_gap_while_more_come(asker: Asker, sandbox: Datafordeleren) -> None:
    unit = _company(sandbox, 7)
    sandbox.world.change(Correct(object_id=unit.object_id))
    query = "query($after: String) { CVR_Events(first: 3, after: $after) { pageInfo { hasNextPage endCursor } nodes { eventid } } }"
    seen: list[int] = []
    after, has_more = None, True
    while has_more:
        page = asker.ask(query, after=after)["data"]["CVR_Events"]
        if not seen:
            sandbox.world.change(Correct(object_id=unit.object_id))
        seen += [node["eventid"] for node in page["nodes"]]
        after, has_more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert seen == list(range(1, sandbox.world.status().last_event_id + 1))


def test_the_watermark_stays_behind_while_imports_are_held(asker: Asker, sandbox: Datafordeleren) -> None:
    query = "{ DAF_RegisterImportStatus { lastEventId lastSequenceNumber lastUpdated } }"
    sandbox.world.change(Hold())
    try:
        before = asker.ask(query)["data"]["DAF_RegisterImportStatus"]
        sandbox.world.change(Correct(object_id=KMD))
        assert asker.ask(query)["data"]["DAF_RegisterImportStatus"] == before
        beyond = asker.nodes(
            "query($n: Int!) { CVR_Events(where: {datafordelerRegisterImportSequenceNumber: {gt: $n}}) { nodes { eventid } } }",
            n=before["lastSequenceNumber"],
        )
        assert beyond, "events beyond the watermark are there, and not to be relied on"
    finally:
        sandbox.world.change(Release())
    after = asker.ask(query)["data"]["DAF_RegisterImportStatus"]
    assert after["lastEventId"] > before["lastEventId"]
    told = dt.datetime.fromisoformat(after["lastUpdated"])
    ahead = told - sandbox.world.status().updated
    assert ahead in {dt.timedelta(hours=1), dt.timedelta(hours=2)}, (
        "the register says UTC, and means Danish time"
    )


def test_a_storm_tells_of_every_unit(asker: Asker, sandbox: Datafordeleren) -> None:
    last = sandbox.world.status().last_event_id
    sandbox.world.change(Recode(since=TODAY))
    events = asker.nodes(
        "query($n: Long!) { CVR_Events(first: 1000, where: {eventid: {gt: $n}}) { nodes { object_id entityname object_virkningfra } } }",
        n=last,
    )
    assert {event["entityname"] for event in events} == {"Branche"}
    assert len({event["object_id"] for event in events}) == len(list(sandbox.world.object_ids()))


def test_the_schema_is_shown(asker: Asker) -> None:
    answer = asker.client.get("/CVR/v2/schema")
    assert answer.status_code == 200
    assert "type CVR_e_mailadresse {" in answer.text
