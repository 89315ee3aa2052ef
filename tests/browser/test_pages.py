"""What is true of every page: heading and title in both languages, no grave violation in either theme, a phone's width, no script needed."""

import asyncio
import re
from pathlib import Path

import pytest
from console.people.roles import Role
from console.web.routes import NEEDS
from playwright.async_api import Page
from starlette.routing import compile_path

from tests.browser.accessibility import too_wide, violations
from tests.browser.pages import PAGES, PageCase, Task
from tests.browser.scene import Scene
from tests.browser.tasks import administration as admin
from tests.browser.tasks import batch, contacts, cvr
from tests.browser.visitors import NARROW, Language, Visitors

pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.timeout(300),
]
SHOTS = Path("test-artefacts/browser")
ENGLISH = re.compile(r"\b(the|this|that|from|which|their|there|you|your|yet|nobody|what)\b", re.IGNORECASE)
SHOWN_BY_TASKS = {
    "/ui/batch/connection",
    "/ui/batch/runs/{run_id}/plan",
    "/ui/direct/reconciliations/{which}",
    "/ui/audit/spot-checks/{check_id}",
}
IN_A_BROWSER_OF_ITS_OWN = {  # because it changes what the browser remembers or how it answers
    admin.adds_a_user_who_logs_in,
    admin.chooses_language_and_look,
    batch.saves_settings_and_is_warned_before,
}
SAID_IN_DANISH = """
() => {
    const page = document.body.cloneNode(true);
    page.querySelectorAll("[lang], code, pre, noscript, [hidden]").forEach(each => each.remove());
    return page.innerText;
}
"""


async def keep(page: Page, case: PageCase, kind: str) -> None:
    """A screenshot for people to look at."""
    name = re.sub(r"[^a-z0-9]+", "-", case.path.removeprefix("/ui").lower()).strip("-") or "overview"
    SHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SHOTS / f"{name}.{kind}.png", full_page=True)


async def test_every_page_is_in_the_list() -> None:
    shown = [each.path.partition("?")[0] for each in PAGES]
    missing = {
        path
        for method, path in NEEDS
        if method == "GET" and path not in SHOWN_BY_TASKS and "/live" not in path
        if not any(compile_path(path)[0].match(each) for each in shown)
    }
    assert missing == set()


@pytest.mark.parametrize("case", PAGES, ids=str)
async def test_page(case: PageCase, scene: Scene, visitors: Visitors) -> None:
    path = case.url(scene)
    english, danish = await asyncio.gather(
        visitors.at_desk(case.role, path), visitors.at_desk(case.role, path, language="da")
    )
    found = await look_at(english, case)
    shown: dict[Language, Page] = {"en": english, "da": danish}
    for language, page in shown.items():
        heading = case.heading(scene, language)
        assert await page.get_by_role("heading", level=1).all_inner_texts() == [heading]
        assert await page.title() == f"{case.title(scene, language)} · Registerbro"
        assert await page.locator("html").get_attribute("lang") == language
    said = (await danish.evaluate(SAID_IN_DANISH)).splitlines()
    assert [line for line in said if ENGLISH.search(line)] == []
    assert "\n".join(f"{where}: {line}" for where, lines in found.items() for line in lines) == ""


async def look_at(page: Page, case: PageCase) -> dict[str, list[str]]:
    """What is wrong with a page in light colours, in dark ones, and on a phone; each is kept as a picture."""
    found = {"light": await violations(page)}
    await keep(page, case, "light")
    await page.emulate_media(color_scheme="dark")
    found["dark"] = await violations(page, only_colours=True)
    await keep(page, case, "dark")
    await page.set_viewport_size({"width": NARROW, "height": 800})
    found[f"{NARROW} px"] = await too_wide(page)
    await keep(page, case, "narrow")
    return found


@pytest.mark.parametrize(
    ("case", "task"),
    [pytest.param(case, task, id=f"{case}-{task.__name__}") for case in PAGES for task in case.tasks],
)
async def test_task(case: PageCase, task: Task, scene: Scene, visitors: Visitors) -> None:
    opened = visitors.open if task in IN_A_BROWSER_OF_ITS_OWN else visitors.at_desk
    await task(await opened(case.role, case.url(scene)), scene)


async def test_pages_work_without_script(scene: Scene, visitors: Visitors) -> None:
    page = await visitors.open(Role.ADMINISTRATOR, "/ui/contacts", with_script=False)
    await contacts.finds_by_name(page, scene)
    await page.goto("/ui/batch/server")
    await batch.tests_the_connection(page, scene)
    await page.goto("/ui/cvr")
    await cvr.switches_the_module(page, scene)
