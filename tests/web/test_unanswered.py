"""Where no page answers, a browser gets one all the same, and a program a problem."""

import pytest
from console.people.roles import Role
from console.web.unanswered import NOT_FOUND, OURS, SAID, said_of

from tests.support.web_stage import Browser, WebStage, element

pytestmark = [pytest.mark.xdist_group("web pages"), pytest.mark.asyncio(loop_scope="package")]
HTML = {"Accept": "text/html,application/xhtml+xml"}
NOWHERE = (
    "/ui/nowhere",
    "/ui/contacts/none",
    "/ui/contacts/²",
    "/ui/batch/files/x/problems",
    "/ui/contacts/1/past?version=x",
)
PROBLEM = "application/problem+json"


@pytest.mark.parametrize("path", NOWHERE)
async def test_a_mistyped_address_is_a_page_that_leads_on(administrator: Browser, path: str) -> None:
    answer = await administrator.client.get(path, headers=HTML)
    assert answer.status_code in (404, 422)
    assert "content-security-policy" in answer.headers
    administrator.client.headers.update(HTML)
    page = await administrator.open(path, status=answer.status_code)
    assert element(page, "h1").get_text() == NOT_FOUND.heading
    assert element(page, "main a")["href"] == "/ui/"


async def test_a_form_opened_by_hand_says_how_it_is_opened(administrator: Browser) -> None:
    answer = await administrator.client.get("/ui/direct/test", headers=HTML)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert SAID[405].heading in answer.text


async def test_a_stranger_is_led_to_the_log_in(stage: WebStage) -> None:
    async with stage.browser() as stranger:
        answer = await stranger.client.get("/ui/nowhere", headers=HTML)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/ui/nowhere")


async def test_a_program_gets_the_problem(administrator: Browser) -> None:
    for path in ("/ui/nowhere", "/odata/Nowhere"):
        for accept in ("application/json", "*/*", *([] if path.startswith("/ui") else HTML.values())):
            answer = await administrator.client.get(path, headers={"Accept": accept})
            assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM), (path, accept)


async def test_it_is_said_in_the_language_of_the_browser(stage: WebStage) -> None:
    async with stage.browser(Role.VIEWER, language="da") as browser:
        answer = await browser.client.get("/ui/nowhere", headers=HTML)
        assert "Den side findes ikke" in answer.text


@pytest.mark.parametrize("status", [400, 404, 405, 413, 422, 500, 503])
async def test_every_status_has_its_words(status: int) -> None:
    said = said_of(status)
    assert (said is OURS) == (status == 500)
