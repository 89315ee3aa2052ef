"""What stays in a browser that others use after somebody: nothing that tells of persons, and nobody's purpose."""

import asyncio

import httpx
import pytest
from bs4 import BeautifulSoup
from console.people.roles import Role
from console.web.stating import COOKIE

from tests.support.people import PASSWORD
from tests.support.web_stage import Browser, WebStage

pytestmark = [pytest.mark.xdist_group("web pages"), pytest.mark.asyncio(loop_scope="package")]
CONTACT = {"NameType": "P", "Name1": "Ingeborg", "Name2": "Ærøskøbing"}
PURPOSE = "Ansøgning om støtte – § 11"


async def test_a_purpose_counts_for_the_session_that_it_was_said_in(stage: WebStage) -> None:
    async with stage.browser(Role.OPERATOR) as first, stage.browser(Role.VIEWER) as second:
        await first.state_purpose(PURPOSE)
        page = await first.open("/ui/contacts")
        assert PURPOSE in page.get_text()
        second.client.cookies.set(COOKIE, first.client.cookies[COOKIE], path="/ui")
        page = await second.open("/ui/contacts")
        assert page.h1 is not None
        assert page.h1.get_text() == "Why do you read contacts?"


async def test_the_browser_forgets_the_purpose_at_log_out(stage: WebStage) -> None:
    async with stage.browser(Role.OPERATOR) as browser:
        await browser.state_purpose()
        assert COOKIE in browser.client.cookies
        assert (await browser.client.post("/logout")).status_code == 303
        assert not set(browser.client.cookies) - {"registerbro-language", "registerbro-theme"}


async def test_a_purpose_takes_no_characters_that_end_a_header(operator: Browser) -> None:
    await operator.send("/ui/purpose", {"purpose": "one\r\nRegisterbro-Case: two"}, status=422)


async def test_the_list_of_pages_that_were_open_has_no_names(stage: WebStage) -> None:
    async with stage.browser(Role.OPERATOR) as browser:
        await browser.state_purpose(PURPOSE)
        page = await browser.send("/ui/contacts/new", CONTACT)
        home = str(page.select_one('nav.tabs a[aria-current="page"]')["href"])  # type: ignore[index]
        for path in ("", "/edit", "/history", "/closing", "/erasure", "/addresses/new", "/references/new"):
            page = await browser.open(home + path)
            assert page.title is not None
            assert page.h1 is not None
            assert "Contact" in page.title.get_text(), path
            assert "Ingeborg" not in page.title.get_text(), path
            assert "Ingeborg Ærøskøbing" in page.h1.get_text(), path


async def test_passwords_that_were_typed_stand_in_no_page_that_waits_for_a_log_in(stage: WebStage) -> None:
    async with stage.browser(Role.OPERATOR) as browser:
        page = await browser.open("/ui/password")
        fields = {str(each["name"]): str(each.get("value", "")) for each in page.select("main input[name]")}
        secrets = [str(each["value"]) for each in page.select("input[name=secrets]")]
        sent = fields | {"secrets": secrets} | dict.fromkeys(secrets, PASSWORD) | {"kept": "typed, too"}
        browser.client.cookies.clear()
        answer = await browser.client.post("/ui/password", data=sent)
    assert secrets == ["current", "new", "again"]
    _waits(answer)


def _waits(answer: httpx.Response) -> None:
    assert answer.status_code == 401
    assert PASSWORD not in answer.text
    page = BeautifulSoup(answer.text, "html.parser")
    kept = page.select_one("input[name=kept]")
    assert kept is not None
    assert kept["value"] == "typed, too"
    assert "Passwords do not wait" in page.get_text()


async def test_what_a_page_follows_stops_when_the_session_ends(stage: WebStage) -> None:
    async with stage.browser(Role.OPERATOR) as browser, stage.browser() as elsewhere:
        elsewhere.client.cookies.update(browser.client.cookies)
        async with asyncio.timeout(20), browser.client.stream("GET", "/ui/batch/live") as stream:
            lines = (line async for line in stream.aiter_lines() if line.startswith("event:"))
            assert await anext(lines) == "event: part"
            assert (await elsewhere.client.post("/logout")).status_code == 303
            assert [line async for line in lines if line != "event: part"] == ["event: pause"]
        assert (await browser.client.get("/ui/batch/live")).status_code == 303
