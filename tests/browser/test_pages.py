"""What is true of every page: heading and title in both languages, no grave violation in either theme, a phone's width, no script needed."""

import re
from pathlib import Path

import pytest
from console.web.routes import NEEDS
from playwright.async_api import Page
from starlette.routing import compile_path

from tests.browser.accessibility import too_wide, violations
from tests.browser.pages import PAGES, PageCase, Task
from tests.browser.scene import Scene
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
SAID_IN_DANISH = """
() => {
    const page = document.body.cloneNode(true);
    page.querySelectorAll("[lang], code, pre, noscript, [hidden]").forEach(each => each.remove());
    return page.innerText;
}
"""
each_page = pytest.mark.parametrize("case", PAGES, ids=str)


async def keep(page: Page, case: PageCase, kind: str) -> None:
    """A screenshot for people to look at."""
    name = re.sub(r"[^a-z0-9]+", "-", case.path.removeprefix("/ui")).strip("-") or "overview"
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


@each_page
async def test_is_called_as_its_language_has_it(case: PageCase, scene: Scene, visitors: Visitors) -> None:
    path = case.url(scene)
    shown: dict[Language, Page] = {
        "en": await visitors.at_desk(case.role, path),
        "da": await visitors.at_desk(case.role, path, language="da"),
    }
    for language, page in shown.items():
        heading = case.heading(scene, language)
        assert await page.get_by_role("heading", level=1).all_inner_texts() == [heading]
        assert await page.title() == f"{case.title(scene, language)} · Registerbro"
        assert await page.locator("html").get_attribute("lang") == language
    left = [
        line for line in (await shown["da"].evaluate(SAID_IN_DANISH)).splitlines() if ENGLISH.search(line)
    ]
    assert left == []


@each_page
async def test_is_accessible_in_both_themes_and_fits_a_phone(
    case: PageCase, scene: Scene, visitors: Visitors
) -> None:
    page = await visitors.at_desk(case.role, case.url(scene))
    found = {"light": await violations(page)}
    await keep(page, case, "light")
    await page.emulate_media(color_scheme="dark")
    found["dark"] = await violations(page, only_colours=True)
    await keep(page, case, "dark")
    await page.set_viewport_size({"width": NARROW, "height": 800})
    found[f"{NARROW} px"] = await too_wide(page)
    await keep(page, case, "narrow")
    assert "\n".join(f"{where}: {line}" for where, lines in found.items() for line in lines) == ""


@pytest.mark.parametrize(
    ("case", "task"),
    [pytest.param(case, task, id=f"{case}-{task.__name__}") for case in PAGES for task in case.tasks],
)
async def test_task(case: PageCase, task: Task, scene: Scene, visitors: Visitors) -> None:
    await task(await visitors.open(case.role, case.url(scene)), scene)
