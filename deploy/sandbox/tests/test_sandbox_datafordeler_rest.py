"""Datafordeleren's REST and pull messages of the sandbox: one object per unit, as of a time, in every shape that is uncertain."""

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from registerbro_sandbox.companies import Cease, Correct, CvrUnit, Entity, Hold, Release, Replace, Value
from registerbro_sandbox.datafordeler import (
    EmailKey,
    Industries,
    Nothing,
    Numbers,
    Protection,
    RestShape,
    Results,
    Unknown,
)

from tests.support.sandbox_datafordeler import Asker, Datafordeleren, datafordeleren

BY_NUMBER, BY_P_NUMBER = "hentVirksomhedMedCVRNummer", "hentProduktionsenhedMedPNummer"
KMD = "26911745"
Rows = tuple[dict[str, Value], ...]
TODAY = dt.datetime.now(dt.UTC).date()
DANISH = ZoneInfo("Europe/Copenhagen")


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Datafordeleren]:
    with datafordeleren(tmp_path_factory.mktemp("rest"), companies=40) as running:
        yield running


@pytest.fixture
def asker(sandbox: Datafordeleren) -> Iterator[Asker]:
    with sandbox.client() as client:
        yield Asker(client)
    sandbox.server.shape = RestShape()


def _companies(sandbox: Datafordeleren) -> list[CvrUnit]:
    """Companies that live, besides the samples."""
    units = map(sandbox.world.by_id, sandbox.world.object_ids())
    return [unit for unit in units if unit and unit.kind == "company" and not unit.ended()][3:]


def test_a_unit_is_one_object_of_rows(asker: Asker) -> None:
    answer = asker.rest(BY_P_NUMBER, ppNummer="1089377672")
    assert answer.status_code == 200
    told = answer.json()
    assert told["produktionsenhed"]["tilknyttetVirksomhedsCVRNummer"] == "35533729"
    assert told["produktionsenhedsnavn"]["vaerdi"] == "Prøvefirmaet Fast - Værksted"
    assert told["beliggenhedsadresse"]["CVRAdresse_vejnavn"] == "Havnegade"
    assert told["brancher"]["hovedbranche"]["vaerdi"] == "254000"
    assert told["telefonnummer"]["virkningFra"] == "2014-02-01T00:00:00.000000+01:00"
    assert "virksomhedsform" not in told


def test_a_company_tells_of_its_production_units_on_request(asker: Asker) -> None:
    told = asker.rest(BY_NUMBER, pCVRNummer=KMD, pInkluderProduktionsenhedsnumre="true").json()
    assert told["produktionsenheder"] == [
        {"pNummer": "1003387453", "produktionsenhedsnavn": {"vaerdi": "KMD A/S - Ballerup"}}
    ]
    assert "produktionsenheder" not in asker.rest(BY_NUMBER, pCVRNummer=KMD).json()


@pytest.mark.parametrize(
    "path", ["/cvr/hentcvrdata/1/REST/hentvirksomhedmedcvrnummer", "/CVR/HentCVRData/1/rest/" + BY_NUMBER]
)
@pytest.mark.parametrize("parameter", ["pCVRNummer", "PCVRNUMMER", "pcvrnummer"])
def test_path_and_parameters_count_without_regard_to_case(asker: Asker, path: str, parameter: str) -> None:
    user = {"username": "tjenestebruger", "password": "rigtig-adgangskode"}
    answer = asker.client.get(path, params={parameter: KMD, **user})
    assert answer.json()["virksomhed"]["CVRNummer"] == KMD


@pytest.mark.parametrize(
    ("method", "kind"),
    [
        ("hentVirksomhedMedCVREnhedsid", "virksomhed"),
        ("hentEnhedMedCVREnhedsid", "virksomhed"),
    ],
)
def test_a_unit_is_found_by_its_id(asker: Asker, method: str, kind: str) -> None:
    assert asker.rest(method, pId="4900000001").json()[kind]["CVRNummer"] == KMD
    assert asker.rest("hentProduktionsenhedMedCVREnhedsid", pId="4900000001").status_code == 404


def test_an_answer_is_about_a_time(asker: Asker, sandbox: Datafordeleren) -> None:
    unit = _companies(sandbox)[0]
    before, registered = unit.name(TODAY), dt.datetime.now(dt.UTC)
    tomorrow = TODAY + dt.timedelta(days=2)
    rows: Rows = ({"vaerdi": "Overmorgens Navn ApS", "sekvens": "0"},)
    sandbox.world.change(
        Replace(object_id=unit.object_id, entity=Entity.NAME, rows=rows, since=tomorrow),
        at=registered + dt.timedelta(seconds=1),
    )

    def name(**times: str) -> str:
        told = asker.rest(BY_NUMBER, pCVRNummer=unit.number, **times).json()
        return str(told["virksomhedsnavn"]["vaerdi"])

    later = f"{tomorrow + dt.timedelta(days=1)}"
    assert name() == before
    assert name(pVirkningstid=later) == "Overmorgens Navn ApS"
    assert name(pVirkningstid=f"{later}T12:00:00.000000+01:00") == "Overmorgens Navn ApS"
    assert name(pVirkningstid=later, pRegistreringstid=registered.isoformat()) == before
    founded = asker.rest(BY_NUMBER, pCVRNummer=unit.number).json()["virksomhed"]["virksomhedStartdato"]
    long_ago = dt.date.fromisoformat(founded) - dt.timedelta(days=1)
    assert asker.rest(BY_NUMBER, pCVRNummer=unit.number, pVirkningstid=f"{long_ago}").status_code == 404


def test_a_ceased_company_is_told_as_it_was_last(asker: Asker, sandbox: Datafordeleren) -> None:
    unit = _companies(sandbox)[1]
    name = unit.name(TODAY)
    cleared = Replace(
        object_id=unit.object_id, entity=Entity.EMAIL, rows=(), since=TODAY - dt.timedelta(days=9)
    )
    sandbox.world.change(cleared, Cease(object_id=unit.object_id, day=TODAY))
    told = asker.rest(BY_NUMBER, pCVRNummer=unit.number).json()
    assert told["virksomhed"]["status"] == "inaktiv"
    assert told["virksomhed"]["virksomhedOphoersdato"] == TODAY.isoformat()
    assert told["virksomhedsnavn"]["vaerdi"] == name
    assert told["beliggenhedsadresse"]["virkningTil"].startswith(TODAY.isoformat())
    assert told["e-mailadresse"] is None, "what it had no more does not come back"


def test_secret_rows_are_not_told(asker: Asker, sandbox: Datafordeleren) -> None:
    unit = _companies(sandbox)[2]
    sandbox.world.change(
        Replace(
            object_id=unit.object_id,
            entity=Entity.PHONE,
            rows=({"vaerdi": "70000000"},),
            since=TODAY,
            is_secret=True,
        )
    )
    assert asker.rest(BY_NUMBER, pCVRNummer=unit.number).json()["telefonnummer"] is None
    sandbox.server.shape = RestShape(nothing=Nothing.ABSENT)
    assert "telefonnummer" not in asker.rest(BY_NUMBER, pCVRNummer=unit.number).json()


def test_answers_come_in_the_other_shapes_too(asker: Asker, sandbox: Datafordeleren) -> None:
    sandbox.server.shape = RestShape(
        email_key=EmailKey.PLAIN,
        numbers=Numbers.INTEGER,
        industries=Industries.FLAT,
        protection=Protection.BARE,
        unknown=Unknown.EMPTY,
    )
    told = asker.rest(BY_NUMBER, pCVRNummer=KMD).json()
    assert told["virksomhed"]["CVRNummer"] == int(KMD)
    assert told["emailadresse"]["vaerdi"] == "info@kmd.example"
    assert told["hovedbranche"]["vaerdi"] == "621000"
    assert told["reklamebeskyttelse"] is True
    assert not {"e-mailadresse", "brancher", "reklamebeskyttet"} & told.keys()
    unknown = asker.rest(BY_NUMBER, pCVRNummer="10000000")
    assert (unknown.status_code, unknown.json()) == (200, {})


def test_a_search_finds_the_beginning_of_names_page_by_page(asker: Asker, sandbox: Datafordeleren) -> None:
    [found] = asker.rest("soegVirksomhedMedNavn", pNavn="kmd").json()
    assert found["virksomhed"]["CVRNummer"] == KMD
    assert [
        each["produktionsenhed"]["pNummer"]
        for each in asker.rest("soegProduktionsenhedMedNavn", pNavn="KMD").json()
    ] == ["1003387453"]
    letter = _companies(sandbox)[4].name(TODAY)[:1]
    pages = [
        asker.rest("soegVirksomhedMedNavn", pNavn=letter, page=str(page), pageSize="1").json()
        for page in (1, 2)
    ]
    both = asker.rest("soegVirksomhedMedNavn", pNavn=letter, page="1", pageSize="2").json()
    assert [each for page in pages for each in page] == both
    sandbox.server.shape = RestShape(results=Results.SUMMARY)
    [summary] = asker.rest("soegVirksomhedMedNavn", pNavn="KMD A/S").json()
    assert summary.keys() == {"virksomhed", "virksomhedsnavn"}


def test_a_search_is_narrowed_by_status(asker: Asker, sandbox: Datafordeleren) -> None:
    unit = _companies(sandbox)[5]
    name = unit.name(TODAY)
    sandbox.world.change(Cease(object_id=unit.object_id, day=TODAY))

    def found(**more: str) -> list[str]:
        told = asker.rest("soegVirksomhedMedNavn", pNavn=name, **more).json()
        return [each["virksomhed"]["Id"] for each in told]

    assert found() == found(Status="inaktiv") == [unit.object_id]
    assert found(Status="aktiv") == []


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        (BY_NUMBER, {}),
        (BY_NUMBER, {"pCVRNummer": "toogtyve"}),
        (BY_NUMBER, {"pCVRNummer": KMD, "pVirkningstid": "i morgen"}),
        ("soegVirksomhedMedNavn", {"pNavn": "KMD", "pageSize": "501"}),
        ("soegVirksomhedMedNavn", {"pNavn": "KMD", "Status": "begge"}),
    ],
)
def test_a_parameter_that_cannot_be_read_is_named(
    asker: Asker, method: str, parameters: dict[str, str]
) -> None:
    answer = asker.rest(method, **parameters)
    assert answer.status_code == 400
    assert answer.text.startswith("parameter p") or "status" in answer.text
    assert not set(parameters.values()) & set(answer.text.split())


def test_unknown_numbers_and_methods_are_not_found(asker: Asker) -> None:
    assert asker.rest(BY_NUMBER, pCVRNummer="10000000").status_code == 404
    assert asker.rest("hentAlt", pId="1").status_code == 404
    assert asker.client.get("/").status_code == 404


def _period(since: dt.datetime) -> dict[str, str]:
    ends = since + dt.timedelta(days=1)
    return {"datefrom": f"{since.astimezone(DANISH):%Y-%m-%d %H:%M:%S}", "dateto": f"{ends:%Y-%m-%d}"}


def test_pull_messages_tell_of_what_happened_in_a_period(asker: Asker, sandbox: Datafordeleren) -> None:
    unit = _companies(sandbox)[6]
    at = sandbox.world.status().updated + dt.timedelta(days=400)
    rows: Rows = ({"vaerdi": "Beskedens Navn ApS", "sekvens": "0"},)
    sandbox.world.change(Replace(object_id=unit.object_id, entity=Entity.NAME, rows=rows, since=TODAY), at=at)
    messages = asker.messages(**_period(at), page="1", pagesize="1000").json()
    assert [message["Id"] for message in messages] == sorted(message["Id"] for message in messages)
    told = messages[-1]["Message"]["Grunddatabesked"]["Hændelsesbesked"]
    filtering = told["Beskedkuvert"]["Filtreringsdata"]
    [registration] = filtering["Objektregistrering"]
    assert filtering["beskedtype"] == "NavnCreate"
    assert registration["objektID"] == unit.object_id
    assert registration["objekttype"] == "Navn"
    assert registration["objekthandling"] == "Aendret"
    assert dt.datetime.fromisoformat(messages[-1]["Timestamp"]) == at
    assert len(registration["registreringstid"].split(".")[1]) == len("0000000+01:00")
    assert asker.messages(**_period(at + dt.timedelta(days=1))).json() == []


def test_pull_messages_say_that_a_unit_ended_and_a_correction_never_does(
    asker: Asker, sandbox: Datafordeleren
) -> None:
    unit = _companies(sandbox)[7]
    at = sandbox.world.status().updated + dt.timedelta(days=400)
    sandbox.world.change(Correct(object_id=unit.object_id), at=at)
    sandbox.world.change(Cease(object_id=unit.object_id, day=TODAY), at=at + dt.timedelta(hours=2))

    sandbox.world.change(Correct(object_id=unit.object_id), at=at + dt.timedelta(hours=5))

    def ended(since: dt.datetime) -> list[str]:
        told = asker.messages(**_period(since)).json()
        kept = [each["Message"]["Grunddatabesked"]["Hændelsesbesked"]["Beskedkuvert"] for each in told]
        filtering = [each["Filtreringsdata"] for each in kept]
        handled = [
            (each["beskedtype"], each["Objektregistrering"][0]["objekthandling"]) for each in filtering
        ]
        assert {handling for _, handling in handled} == {"Aendret", "Ophoert"}
        return [kind for kind, handling in handled if handling == "Ophoert"]

    assert ended(at + dt.timedelta(hours=1)) == ["VirksomhedCreate"] * 2
    assert ended(at + dt.timedelta(hours=4)) == ["VirksomhedCreate"], "its deleted rows do not say so"
    assert asker.messages(
        datefrom=f"{at.astimezone(DANISH):%Y-%m-%d %H:%M:%S}",
        dateto=f"{(at + dt.timedelta(hours=1)).astimezone(DANISH):%Y-%m-%d %H:%M:%S}",
        pagesize="1",
        page="2",
    ).json(), "the correction has more than one event"


def test_pull_messages_end_at_the_watermark(asker: Asker, sandbox: Datafordeleren) -> None:
    at = sandbox.world.status().updated + dt.timedelta(days=400)
    sandbox.world.change(Hold(), at=at)
    sandbox.world.change(Correct(object_id="4900000001"), at=at + dt.timedelta(seconds=1))
    assert asker.messages(**_period(at)).json() == []
    sandbox.world.change(Release(), at=at + dt.timedelta(seconds=2))
    assert asker.messages(**_period(at)).json()


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"datefrom": "2026-01-01"},
        {"datefrom": "01-01-2026", "dateto": "2026-01-02"},
        {"datefrom": "2026-01-01", "dateto": "2026-01-02", "format": "xml"},
        {"datefrom": "2026-01-01", "dateto": "2026-01-02", "pagesize": "0"},
    ],
)
def test_pull_messages_want_a_period(asker: Asker, parameters: dict[str, str]) -> None:
    assert asker.messages(**parameters).status_code == 400
