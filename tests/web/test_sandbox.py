"""Pages of the sandbox: a console of their own, before a sandbox of their own, so that nobody else's world changes."""

import contextlib
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from console import app as console
from console.people.roles import Role
from fastapi import FastAPI
from registerbro_sandbox.companies import World as Companies
from registerbro_sandbox.control import ControlledPlace, ControlServer
from registerbro_sandbox.persons import Delivery, LifeEvent, Population
from registerbro_sandbox.persons.chronicle import Chronicle
from registerbro_sandbox.serving import today
from registerbro_sandbox.switchboard import Board

from tests.support.people import PASSWORD
from tests.support.services import client_of
from tests.support.web_stage import Browser, WebStage, text

pytestmark = [pytest.mark.xdist_group("web pages"), pytest.mark.asyncio(loop_scope="package")]
PERSONS = 64
KMD = "26911745"


@dataclasses.dataclass(frozen=True)
class Stage:
    """A console, and the world whose sandbox it knows."""

    app: FastAPI
    web: WebStage
    world: Path

    @contextlib.asynccontextmanager
    async def browser(self, role: Role) -> AsyncIterator[Browser]:
        """A browser of somebody of a role, at this console."""
        async with client_of(self.app) as client:
            sent = {"user_name": self.web.people[role], "password": PASSWORD}
            assert (await client.post("/session", json=sent)).status_code == 201
            yield Browser(client)

    @property
    def chronicle(self) -> Chronicle:
        return Chronicle.read(self.world)

    def first(self, event: LifeEvent) -> int:
        """Somebody to whom it can happen."""
        return self.chronicle.world.first(event, self.chronicle.tomorrow)

    @property
    def companies(self) -> Companies:
        return Companies.read(self.world)


def console_before(stage: WebStage, sandbox: str | None) -> FastAPI:
    """One more replica of the console, which knows another sandbox."""
    told = stage.installation.told.console
    services = told.console.services.model_copy(update={"sandbox": sandbox})
    section = told.console.model_copy(update={"services": services})
    jobs = told.jobs.model_copy(update={"enabled": False})
    return console.create_app(told.model_copy(update={"console": section, "jobs": jobs}))


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def own(stage: WebStage, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    directory = tmp_path_factory.mktemp("sandbox")
    Chronicle.begin(directory, Population(3, PERSONS), Delivery(today()), subscribed=PERSONS - 4)
    Companies.begin(directory, seed=3, companies=10)
    control = stage.installation.registers.told.control
    assert control is not None
    with ControlServer(control.model_copy(update={"port": 0}), ControlledPlace(directory)) as server:
        app = console_before(stage, server.url)
        async with app.router.lifespan_context(app):
            yield Stage(app, stage, directory)


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def operator(own: Stage) -> AsyncIterator[Browser]:
    async with own.browser(Role.OPERATOR) as browser:
        yield browser


async def test_a_person_is_found_by_number_and_moves(own: Stage, operator: Browser) -> None:
    index = own.first(LifeEvent.MOVES)
    person = own.chronicle.world.person(index)
    page = await operator.send("/ui/sandbox/persons", {"wanted": f"{person.number[:6]}-{person.number[6:]}"})
    assert [str(link["href"]) for link in page.select("tbody th a")] == [f"/ui/sandbox/persons/{index}"]
    before = text(await operator.open(f"/ui/sandbox/persons/{index}"), ".facts")
    page = await operator.send(f"/ui/sandbox/persons/{index}", {"event": "moves"})
    assert f"Moves. Written to the file server: d{own.chronicle.produced:%y%m%d}.l463003" in text(
        page, ".notice"
    )
    assert text(page, ".facts") != before
    assert own.chronicle.world.past[-1].named[0].person == index
    assert "Moves" in text(await operator.open("/ui/sandbox"), "#world")


async def test_who_dies_is_asked_about_first(own: Stage, operator: Browser) -> None:
    index, days = own.first(LifeEvent.DIES), len(own.chronicle.world.past)
    page = await operator.send(f"/ui/sandbox/persons/{index}", {"event": "dies"})
    assert "What has happened cannot be taken back." in text(page)
    assert len(own.chronicle.world.past) == days
    page = await operator.send(f"/ui/sandbox/persons/{index}", {"event": "dies", "confirmed": "yes"})
    assert "dead" in text(page, ".facts")
    page = await operator.send(f"/ui/sandbox/persons/{index}", {"event": "moves"}, status=409)
    assert "does not live here" in text(page, ".problem")
    assert own.chronicle.world.person(index).status == "90"


async def test_some_are_drawn_and_what_is_wrong_is_said_with_all_that_was_typed(
    own: Stage, operator: Browser
) -> None:
    wrong = {"event": "changes-name", "events/0/count": "4", "files": "999"}
    page = await operator.send("/ui/sandbox/persons-drawn", wrong, status=422)
    assert page.select_one("#files[value='999'][aria-invalid]") is not None
    assert page.select_one("#event option[value='changes-name'][selected]") is not None
    page = await operator.send("/ui/sandbox/persons-drawn", {**wrong, "files": "1"})
    assert "Changes name." in text(page, ".notice")
    assert len(own.chronicle.world.past[-1].named) == 4
    page = await operator.send(
        "/ui/sandbox/persons-drawn", {"events/0/count": "", "share": "25", "lose": "yes", "files": "1"}
    )
    assert "25 per cent of all persons" in text(page)
    sent = {"events/0/count": "", "share": "25", "lose": "yes", "files": "1", "confirmed": "yes"}
    page = await operator.send("/ui/sandbox/persons-drawn", sent)
    assert "Written and lost on the way" in text(page, ".notice")
    assert own.chronicle.world.past[-1].share == 0.25


async def test_nothing_waits_is_said(operator: Browser) -> None:
    page = await operator.send("/ui/sandbox/answers", status=409)
    assert "No input file is due" in text(page, ".problem")


async def test_a_company_is_found_moves_ceases_and_lives_again(own: Stage, operator: Browser) -> None:
    page = await operator.send("/ui/sandbox/companies", {"wanted": KMD})
    path = str(page.select("tbody th a")[0]["href"])
    page = await operator.send(path, {"do": "move", "move/road": "Nygade", "move/house": "7"})
    assert "Moves. Events of the register:" in text(page, ".notice")
    assert "Nygade 7, " in text(page, ".facts")
    page = await operator.send(path, {"do": "rename", "rename/name": "<b>Ny</b> & Søn"})
    assert text(page, "h1") == "<b>Ny</b> & Søn"
    page = await operator.send(path, {"do": "cease", "cease/with_units": "yes"})
    assert "It can be made to live again." in text(page)
    assert page.select_one("input[name='cease/with_units'][value=yes]") is not None
    page = await operator.send(path, {"do": "cease", "cease/with_units": "yes", "confirmed": "yes"})
    assert "ceased" in text(page, ".facts")
    unit = own.companies.company(KMD)
    assert unit is not None
    assert unit.ended() == today()
    page = await operator.send(path, {"do": "reopen"})
    assert "active" in text(page, ".facts")
    page = await operator.send(path, {"do": "move", "move/postcode": "27", "move/road": "Kept"}, status=422)
    assert page.select_one("[name='move/postcode'][aria-invalid][value='27']") is not None
    assert page.select_one("[name='move/road'][value='Kept']") is not None


@pytest.mark.parametrize(
    ("do", "more"),
    [
        ("contact", {"contact/phone": "44601000"}),
        ("open", {"open/name": "Filial"}),
        ("industry", {}),
        ("unprotect", {}),
        ("protect", {}),
        ("bankrupt", {}),
        ("solvent", {}),
        ("correct", {}),
    ],
)
async def test_what_else_happens_to_a_company(
    own: Stage, operator: Browser, do: str, more: dict[str, Any]
) -> None:
    before = own.companies.last_event
    await operator.send("/ui/sandbox/companies/4910000001", {"do": do, **more})
    assert own.companies.last_event > before


async def test_the_register_is_held_and_recoded_only_after_a_question(own: Stage, operator: Browser) -> None:
    await operator.send("/ui/sandbox/register", {"do": "hold"})
    page = await operator.send("/ui/sandbox/register", {"do": "found", "found/name": "Ny ApS"})
    assert text(page, "h1") == "Ny ApS"
    assert own.companies.status().last_event_id < own.companies.last_event
    await operator.send("/ui/sandbox/register", {"do": "release"})
    before = own.companies.last_event
    page = await operator.send("/ui/sandbox/register", {"do": "recode"})
    assert "Two events for every unit" in text(page)
    assert own.companies.last_event == before
    await operator.send("/ui/sandbox/register", {"do": "recode", "confirmed": "yes"})
    assert own.companies.last_event > before + 20


async def test_a_fault_is_set_shown_and_ended(own: Stage, operator: Browser) -> None:
    page = await operator.send("/ui/sandbox/faults", {"server": "files", "fault": "login", "times": "2"})
    assert "File server: Log-in is refused" in text(page, ".notice")
    assert page.select_one("#files-login[checked]") is not None
    board = Board.read(own.world)
    assert board is not None
    assert (board.faults.refuse, board.faults.times) == (("login",), 2)
    assert "File server" in text(await operator.open("/ui/sandbox"), ".note.warning")
    page = await operator.send(
        "/ui/sandbox/faults", {"server": "files", "fault": "login", "times": "0"}, status=422
    )
    assert page.select_one("#files-times[aria-invalid][value='0']") is not None
    page = await operator.send("/ui/sandbox/faults/end")
    assert page.select_one("#files-none[checked]") is not None
    assert not page.select(".badge.warning")


async def test_what_there_is_not_is_said(operator: Browser) -> None:
    for path in (f"/ui/sandbox/persons/{PERSONS}", "/ui/sandbox/companies/4999999999"):
        page = await operator.open(path, status=404)
        assert page.select_one(".empty a") is not None


async def test_who_may_not_control_it_neither_sees_nor_uses_it(own: Stage) -> None:
    async with own.browser(Role.VIEWER) as viewer:
        page = await viewer.open("/ui/clients")
        assert page.select_one("nav a[href='/ui/sandbox']") is None
        await viewer.open("/ui/sandbox", status=403)
        for path in (
            "persons/1",
            "persons-drawn",
            "register",
            "faults",
            "faults/end",
            "fetch",
            "read",
            "answers",
        ):
            await viewer.send(f"/ui/sandbox/{path}", {"event": "moves", "confirmed": "yes"}, status=403)


async def test_the_way_leads_from_what_happened_to_registerbro(own: Stage, operator: Browser) -> None:
    page = await operator.open("/ui/sandbox")
    assert page.select_one("nav a[href='/ui/sandbox']") is not None
    assert {str(form["action"]) for form in page.select("main form")} >= {
        "/ui/sandbox/fetch",
        "/ui/sandbox/read",
    }
    assert page.select_one("main[data-live='/ui/sandbox/live']") is not None


async def test_without_a_sandbox_the_page_is_not_in_the_menu_and_says_so(own: Stage, stage: WebStage) -> None:
    app = console_before(stage, None)
    async with (
        app.router.lifespan_context(app),
        dataclasses.replace(own, app=app).browser(Role.OPERATOR) as alone,
    ):
        page = await alone.open("/ui/sandbox", status=503)
        assert page.select_one("nav a[href='/ui/sandbox']") is None
        assert "Sandbox: The service does not answer." in text(page, ".problem")
