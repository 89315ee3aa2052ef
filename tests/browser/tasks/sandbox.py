"""The sandbox: something happens to somebody, and Registerbro hears of it."""

import re

from playwright.async_api import Page, expect

from tests.browser.scene import COMPANY, Scene
from tests.browser.tasks.common import notice, press
from tests.support.waiting import until


async def lets_a_person_move(page: Page, scene: Scene) -> None:
    """The change file is fetched and imported, and the contact lives elsewhere."""
    await page.get_by_label("Find persons").fill(scene.numbers["person"])
    await press(page, "Find")
    await page.get_by_role("table").get_by_role("link").click()
    before = await _home(scene, "person")
    await press(page, "Moves")
    await notice(page, re.compile("."))
    await press(page, "Fetch and import now")
    await until(lambda: _has_moved(scene, "person", before))


async def lets_a_company_move(page: Page, scene: Scene) -> None:
    """The register tells of it, and the contact lives elsewhere."""
    await page.get_by_label("Find companies").fill(COMPANY)
    await press(page, "Find")
    await page.get_by_role("table").get_by_role("link").first.click()
    form = page.locator("form").filter(has=page.get_by_role("heading", name="Moves to this address"))
    await form.get_by_label("Road").fill("Prøvevej")
    await form.get_by_role("button").click()
    await notice(page, re.compile("."))
    await press(page, "Read changes now")
    await until(lambda: _lives_in(scene, "company", "Prøvevej"))


async def sets_a_fault_and_takes_it_back(page: Page, scene: Scene) -> None:
    """Servers do wrong what real ones do wrong at times."""
    server = page.locator("form").filter(has=page.get_by_role("radio")).first
    await server.get_by_role("radio").nth(1).check()
    await server.get_by_role("button", name="Set").click()
    await expect(page.get_by_text("goes wrong", exact=True)).to_be_visible()
    await press(page, "Let everything work again")
    await expect(page.get_by_text("goes wrong", exact=True)).to_have_count(0)


async def _home(scene: Scene, name: str) -> str:
    found: str = await scene.pool.fetchval(
        "select address1 from address where contact_id = $1 and address_type = 'HA'", scene.ids[name]
    )
    return found


async def _has_moved(scene: Scene, name: str, before: str) -> bool:
    return await _home(scene, name) != before


async def _lives_in(scene: Scene, name: str, road: str) -> bool:
    return (await _home(scene, name)).startswith(road)
