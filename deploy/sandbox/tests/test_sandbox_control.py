"""The control API, asked over HTTP with tokens: what it lets happen is seen in the world."""

import concurrent.futures
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.cpr import reader
from registerbro_sandbox.companies import Entity, numbers
from registerbro_sandbox.companies import World as Companies
from registerbro_sandbox.control import ControlledPlace, ControlServer
from registerbro_sandbox.control.app import SCOPES
from registerbro_sandbox.datafordeler import DatafordelerWrong
from registerbro_sandbox.direct.desk import danish_day
from registerbro_sandbox.persons import Delivery, LifeEvent, Population
from registerbro_sandbox.persons.chronicle import Chronicle
from registerbro_sandbox.persons.online import say
from registerbro_sandbox.persons.subscriptions import Statement
from registerbro_sandbox.settings import ControlSettings
from registerbro_sandbox.switchboard import Board

PERSONS, SUBSCRIBED = 640, 600
KMD, BALLERUP = "26911745", "1003387453"
LIVING = numbers.cvr_number(0)
BEGAN = dt.date(2025, 3, 3)
SETTINGS = {"host": "127.0.0.1", "port": 0}
issuer = DevelopmentIssuer.generate()


class Control:
    """A running API, and the world that it controls."""

    def __init__(self, directory: Path, url: str) -> None:
        self.directory, self.url = directory, url
        self.client = httpx.Client(base_url=url, timeout=60, headers=bearer(Scope.SANDBOX_CONTROL))

    @property
    def chronicle(self) -> Chronicle:
        return Chronicle.read(self.directory)

    @property
    def companies(self) -> Companies:
        return Companies.read(self.directory)

    def ask(self, method: str, path: str, body: object = None, *, status: int = 200) -> Any:
        answer = self.client.request(method, path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def change(self, *events: dict[str, Any], **more: Any) -> Any:
        return self.ask("POST", "/persons/changes", {"events": events, **more}, status=201)

    def happens(self, do: str, **more: Any) -> Any:
        return self.ask("POST", "/companies/happenings", {"do": do, **more}, status=201)

    def refused(self, path: str, body: object, status: int, method: str = "POST") -> tuple[str, list[str]]:
        """Type and pointers of the problem."""
        answer = self.client.request(method, path, json=body)
        assert answer.status_code == status, answer.text
        assert answer.headers["Content-Type"] == "application/problem+json"
        problem = answer.json()
        return problem["type"].rsplit("/", 1)[1], [each["pointer"] for each in problem.get("errors", [])]


def bearer(*scopes: Scope) -> dict[str, str]:
    return {"Authorization": f"Bearer {issuer.token(*scopes)}"}


def settings() -> ControlSettings:
    return ControlSettings.model_validate({**SETTINGS, "auth": issuer.settings().model_dump()})


@pytest.fixture(scope="module")
def control(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Control]:
    directory = tmp_path_factory.mktemp("control")
    Chronicle.begin(directory, Population(4, PERSONS), Delivery(BEGAN), subscribed=SUBSCRIBED)
    Companies.begin(directory, seed=4, companies=20)
    with ControlServer(settings(), ControlledPlace(directory)) as server:
        running = Control(directory, server.url)
        with running.client:
            yield running


@pytest.mark.parametrize(("method", "path"), SCOPES)
def test_every_route_wants_a_token_with_its_scope(control: Control, method: str, path: str) -> None:
    url = f"{control.url}{path}"
    without = httpx.request(method, url)
    other = httpx.request(method, url, headers=bearer(*(set(Scope) - {Scope.SANDBOX_CONTROL})))
    foreign = {"Authorization": f"Bearer {DevelopmentIssuer.generate().token(Scope.SANDBOX_CONTROL)}"}
    told = [
        (answer.status_code, answer.json()["type"].rsplit("/", 1)[1])
        for answer in (without, other, httpx.request(method, url, headers=foreign))
    ]
    assert told == [(401, "token-missing"), (403, "scope-missing"), (401, "token-invalid")]


def test_health_is_open_and_what_is_not_there_is_not(control: Control) -> None:
    assert httpx.get(f"{control.url}/liveness").text == "Healthy"
    assert httpx.get(f"{control.url}/readiness").json()["status"] == "Healthy"
    assert httpx.get(f"{control.url}/nowhere").status_code == 401
    assert control.refused("/nowhere", {}, 404) == ("not-found", [])


def test_describes_every_route(control: Control) -> None:
    description = control.ask("GET", "/openapi.json")
    described = {
        (method.upper(), path) for path, operations in description["paths"].items() for method in operations
    }
    assert set(SCOPES) <= described
    for method, path in SCOPES:
        operation = description["paths"][path][method.lower()]
        assert operation["security"] == [{"bearer": ["sandbox:control"]}]
        assert {"401", "403", "503"} <= set(operation["responses"])
    wanted = description["paths"]["/faults/files"]["put"]["requestBody"]["content"]["application/json"][
        "schema"
    ]
    assert wanted["$ref"].removeprefix("#/components/schemas/") in description["components"]["schemas"]


@pytest.mark.parametrize("event", LifeEvent)
def test_each_event_happens_to_somebody_drawn_and_is_delivered(control: Control, event: LifeEvent) -> None:
    brought = control.change({"event": event}, date=control.chronicle.tomorrow.isoformat())
    (named,), (file,) = brought["events"], brought["written"]
    chronicle = control.chronicle
    happened = chronicle.world.past[-1].named[0]
    assert (happened.event, happened.person) == (event, named["person"]) == (named["event"], happened.person)
    codes = reader.scan(control.directory / file["name"]).counts
    assert codes.get("001", 0) == file["persons"]
    assert file["persons"] > 0 or named["person"] >= SUBSCRIBED


def test_somebody_named_by_number_moves_and_the_search_tells_of_it(control: Control) -> None:
    person = control.chronicle.world.first(LifeEvent.MOVES, control.chronicle.tomorrow)
    number = control.chronicle.world.person(person).number
    (before,) = control.ask("POST", "/persons/search", {"number": number})["persons"]
    control.change({"event": "moves", "number": number}, date=control.chronicle.tomorrow.isoformat())
    (after,) = control.ask("POST", "/persons/search", {"number": number})["persons"]
    assert before["address"]
    assert before["address"] != after["address"]
    assert (after["person"], after["name"]) == (person, before["name"])


def test_the_dead_are_shown_as_dead_and_the_protected_as_protected(control: Control) -> None:
    drawn = [{"event": "dies"}, {"event": "gets-protection"}]
    dead, protected = (
        each["person"]
        for each in control.change(*drawn, date=control.chronicle.tomorrow.isoformat())["events"]
    )
    world = control.chronicle.world
    shown = {
        index: control.ask("POST", "/persons/search", {"number": world.person(index).number})["persons"][0]
        for index in (dead, protected)
    }
    assert shown[dead]["status"] == "90"
    assert shown[protected]["is_protected"]


def test_so_many_are_drawn_and_all_are_different(control: Control) -> None:
    events = control.change({"event": "moves", "count": 60}, date=control.chronicle.tomorrow.isoformat())[
        "events"
    ]
    assert len({each["person"] for each in events}) == 60
    assert {each["event"] for each in events} == {"moves"}


def test_a_share_over_several_files_of_which_none_arrives(control: Control) -> None:
    before = len(control.ask("GET", "/files"))
    day = control.chronicle.tomorrow
    brought = control.change(date=day.isoformat(), share=0.2, files=2, lose=True)
    assert [each["name"] for each in brought["written"]] == [
        f"d{each:%y%m%d}.l463003" for each in (day, day + dt.timedelta(days=1))
    ]
    assert brought["lost"]
    assert sum(each["persons"] for each in brought["written"]) > 10
    assert len(control.ask("GET", "/files")) == before


def test_persons_are_listed_page_by_page_and_found_by_name(control: Control) -> None:
    first = control.ask("POST", "/persons/search", {"limit": 200})
    last = control.ask("POST", "/persons/search", {"limit": 200, "start": 500})
    assert [each["person"] for each in first["persons"]] == list(range(200))
    assert (first["next"], last["next"]) == (200, None)
    assert [each["is_subscribed"] for each in last["persons"]] == [True] * 100 + [False] * 40
    name = last["persons"][3]["name"].split()[-1].upper()
    found = control.ask("POST", "/persons/search", {"name": name, "limit": 200})["persons"]
    assert found
    assert {name} <= {each["name"].upper().split()[-1] for each in found}
    assert all(name in each["name"].upper() for each in found)


@pytest.mark.parametrize(
    ("body", "status", "kind", "pointer"),
    [
        ({"events": [{"event": "flies"}]}, 422, "invalid-request", "body/events/0/event"),
        ({"events": [{"event": "moves", "person": 1, "count": 2}]}, 422, "invalid-request", "body/events/0"),
        ({"events": [{"event": "moves", "person": "1"}]}, 422, "invalid-request", "body/events/0/person"),
        ({"events": [{"event": "moves"}, {"event": "moves", "person": PERSONS}]}, 422, "invalid-request", "body/events/1/person"),
        ({"events": [{"event": "dies", "number": "0101010000"}]}, 422, "invalid-request", "body/events/0/number"),
        ({"events": [{"event": "dies", "count": 1000}]}, 409, "sandbox-impossible", "body/events/0"),
        ({"events": [{"event": "dies", "person": 40}, {"event": "moves", "person": 40}]}, 409, "sandbox-impossible", "body/events/1"),
        ({"events": [], "date": BEGAN.isoformat()}, 409, "sandbox-day-taken", "body/date"),
        ({"date": "2024-12-31"}, 422, "invalid-request", "body/date"),
        ({"date": 0}, 422, "invalid-request", "body/date"),
        ({"share": 2}, 422, "invalid-request", "body/share"),
        ({"whom": "all"}, 422, "invalid-request", "body/whom"),
    ],
)  # fmt: skip
def test_says_where_a_change_is_wrong_and_changes_nothing(
    control: Control, body: dict[str, Any], status: int, kind: str, pointer: str
) -> None:
    before = control.chronicle.world.past
    assert control.refused("/persons/changes", body, status) == (kind, [pointer])
    assert control.chronicle.world.past == before


def test_what_was_subscribed_online_is_answered_and_only_once(control: Control) -> None:
    stranger = control.chronicle.world.person(PERSONS - 1)
    say(control.directory, Statement(stranger.number, is_subscribed=True))
    assert control.ask("GET", "/state")["persons"]["pending"] == 1
    brought = control.ask(
        "POST", "/persons/answers", {"date": control.chronicle.tomorrow.isoformat()}, status=201
    )
    assert (brought["subscribed_online"], brought["written"][0]["persons"]) == (1, 1)
    assert control.refused("/persons/answers", {}, 409) == ("sandbox-nothing-waits", [])


def test_changes_at_once_take_a_day_each(control: Control) -> None:
    before = control.chronicle
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: control.change({"event": "moves"}), range(6)))
    days = sorted(each["day"] for each in answers)
    first = max(danish_day(), before.tomorrow)
    assert days == [(first + dt.timedelta(days=each)).isoformat() for each in range(6)]
    assert len(control.chronicle.world.past) == len(before.world.past) + 6
    latest = control.ask("GET", "/persons/changes?limit=6")
    assert [each["day"] for each in latest] == list(reversed(days))
    for answer in answers:
        assert reader.scan(control.directory / answer["written"][0]["name"]).counts["000"] == 1


def test_a_company_moves_is_renamed_ceases_and_lives_again(control: Control) -> None:
    before = control.ask("POST", "/companies/search", {"number": KMD})["units"][0]
    moved = control.happens("move", numbers=[KMD], road="Nygade", house="7")["units"][0]
    assert moved["address"].startswith("Nygade 7, ")
    assert moved["address"] != before["address"]
    assert control.happens("rename", numbers=[KMD], name="Ny A/S")["units"][0]["name"] == "Ny A/S"
    ceased = control.happens("cease", number=KMD, with_units=True)
    assert {each["ended"] for each in ceased["units"]} == {danish_day().isoformat()}
    assert len(ceased["units"]) > 1
    again = control.happens("reopen", numbers=[KMD])
    assert again["units"][0]["ended"] is None
    newest = control.ask("GET", "/companies/events?limit=1")[0]
    assert newest["id"] == again["first_event"] + again["events"] - 1 == control.companies.last_event


def test_companies_are_found_by_name_number_and_object_id_with_their_units(control: Control) -> None:
    first = control.ask("POST", "/companies/search", {"limit": 3})
    assert first["has_more"]
    assert control.ask("POST", "/companies/search", {"limit": 3, "page": 2})["units"] != first["units"]
    by_number = control.ask("POST", "/companies/search", {"number": KMD})["units"]
    assert [each["company"] for each in by_number] == [None, *[KMD] * (len(by_number) - 1)]
    assert len(by_number) > 1
    by_id = control.ask("POST", "/companies/search", {"object_id": by_number[0]["object_id"]})["units"]
    assert by_id == by_number
    name = by_number[1]["name"][:8].lower()
    found = control.ask("POST", "/companies/search", {"name": name})["units"]
    assert found
    assert all(each["name"].lower().startswith(name) for each in found)
    assert control.ask("POST", "/companies/search", {"number": "99999999"})["units"] == []


def test_the_other_happenings_of_companies(control: Control) -> None:
    born = control.happens("found", name="Nyt ApS")["units"][0]
    unit = control.happens("open", company=born["number"])["units"][0]
    control.happens("protect", numbers=[born["number"]])
    control.happens("bankrupt", numbers=[born["number"]])
    control.happens("industry", numbers=[born["number"]], codes=["620100"])
    control.happens("contact", numbers=[born["number"]], phone="44601000", email="post@example.dk")
    control.happens("sell", number=unit["number"], to=KMD)
    assert control.happens("correct", numbers=[unit["number"]])["events"] > 0
    world, day = control.companies, danish_day()
    company, sold = world.by_number(born["number"]), world.by_number(unit["number"])
    assert company
    assert sold
    assert sold.company == KMD
    assert company.value(Entity.ADVERTISING_PROTECTION, day) is True
    assert company.value(Entity.PHONE, day) == "44601000"
    assert company.value(Entity.EMAIL, day) == "post@example.dk"
    assert company.value(Entity.INDUSTRY, day, slot="0") == "620100"
    assert company.at(Entity.CREDIT, day)


def test_the_register_stands_still_repeats_itself_and_is_recoded(control: Control) -> None:
    control.happens("hold")
    last = control.companies.last_event
    control.happens("move", numbers=[LIVING])
    held = control.ask("GET", "/state")["companies"]
    assert (held["told_up_to"], held["last_event"]) == (last, control.companies.last_event)
    control.happens("release")
    assert control.happens("repeat")["events"] > 0
    units = held["companies"] + held["units"]
    assert control.happens("recode")["events"] >= 2 * units


@pytest.mark.parametrize(
    ("body", "status", "kind", "pointer"),
    [
        ({"do": "fly"}, 422, "invalid-request", "body"),
        ({"do": "move", "numbers": [KMD, "99999999"]}, 422, "invalid-request", "body/move/numbers/1"),
        ({"do": "move", "numbers": []}, 422, "invalid-request", "body/move/numbers"),
        ({"do": "rename", "numbers": [KMD], "name": ""}, 422, "invalid-request", "body/rename/name"),
        ({"do": "cease", "number": KMD, "date": "2099-01-01"}, 409, "sandbox-impossible", "body/cease/date"),
        ({"do": "sell", "number": BALLERUP, "to": "99999999"}, 422, "invalid-request", "body/sell/to"),
        ({"do": "contact", "numbers": [KMD]}, 422, "invalid-request", "body/contact"),
    ],
)
def test_says_where_a_happening_is_wrong(
    control: Control, body: dict[str, Any], status: int, kind: str, pointer: str
) -> None:
    before = control.companies.last_event
    assert control.refused("/companies/happenings", body, status) == (kind, [pointer])
    assert control.companies.last_event == before


def test_what_cannot_happen_to_a_unit_is_said(control: Control) -> None:
    assert control.refused("/companies/happenings", {"do": "reopen", "numbers": [LIVING]}, 409) == (
        "sandbox-impossible",
        [],
    )


@pytest.mark.parametrize(
    ("server", "wrong"),
    [
        ("files", {"refuse": ["login"], "times": 1}),
        ("direct", {"error": 18, "at": "request"}),
        ("logic", {"status": 503, "at": "events", "missing": ["name"]}),
        ("datafordeler", {"per_second": 2, "certificate": "expired"}),
    ],
)
def test_faults_are_set_shown_and_cleared(control: Control, server: str, wrong: dict[str, Any]) -> None:
    shown = control.ask("PUT", f"/faults/{server}", wrong)
    assert wrong.items() <= shown[server].items()
    assert control.ask("GET", "/state")["faults"] == shown
    board = Board.read(control.directory)
    assert board is not None
    set_there = getattr(board, "faults" if server == "files" else server).model_dump(mode="json")
    assert wrong.items() <= set_there.items()
    assert shown["wrong"] == [server]
    assert control.ask("PUT", f"/faults/{server}", {})["wrong"] == []


def test_everything_works_again_at_once(control: Control) -> None:
    for server in ("files", "datafordeler"):
        control.ask("PUT", f"/faults/{server}", {"first_byte_seconds": 2})
    assert control.ask("DELETE", "/faults")["wrong"] == []
    assert Board.read(control.directory).datafordeler == DatafordelerWrong()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("server", "body", "pointer"),
    [
        ("files", {"refuse": ["everything"]}, "body/refuse"),
        ("files", {"times": "1"}, "body/times"),
        ("files", {"ignore": "NLST,RETR"}, "body/ignore"),
        ("direct", {"error": 100}, "body/error"),
        ("logic", {"at": "nowhere"}, "body/at"),
        ("datafordeler", {"speed": 1}, "body/speed"),
    ],
)
def test_says_which_fault_there_is_not(
    control: Control, server: str, body: dict[str, Any], pointer: str
) -> None:
    assert control.refused(f"/faults/{server}", body, 422, "PUT") == ("invalid-request", [pointer])
    assert control.ask("GET", "/faults")["wrong"] == []


def test_the_state_is_the_worlds(control: Control) -> None:
    state, chronicle = control.ask("GET", "/state"), control.chronicle
    persons = state["persons"]
    assert (persons["count"], persons["first_subscribed"]) == (PERSONS, SUBSCRIBED)
    assert persons["last_day"] == chronicle.produced.isoformat()
    assert persons["days"] == len(chronicle.world.past)
    assert state["files"] == len(control.ask("GET", "/files"))
    assert state["companies"]["companies"] == control.companies.companies


def test_an_empty_sandbox_says_so(tmp_path: Path) -> None:
    with ControlServer(settings(), ControlledPlace(tmp_path)) as server:
        empty = Control(tmp_path, server.url)
        with empty.client:
            state = empty.ask("GET", "/state")
            assert (state["persons"], state["companies"], state["files"]) == (None, None, 0)
            assert empty.refused("/persons/changes", {}, 409) == ("sandbox-not-there", [])
            assert empty.refused("/companies/search", {}, 409) == ("sandbox-not-there", [])
