"""Events: what went over the bus, and what consumers gave up."""

import re

from playwright.async_api import Page, expect

from tests.browser.scene import GIVEN_UP, Scene
from tests.browser.tasks.common import agree, press, row
from tests.support.waiting import until


async def sees_what_was_sent(page: Page, scene: Scene) -> None:
    """By type; each event with its CloudEvent, which holds no name or number."""
    await page.get_by_label("Type").select_option(label="contact.updated")
    await press(page, "Find")
    await row(page, "contact.updated").first.get_by_role("link").first.click()
    await page.get_by_text("The whole CloudEvent").first.click()
    await expect(page.locator("pre.json")).to_contain_text("dk.registerbro.contact.updated.v1")


async def replays_one(page: Page, scene: Scene) -> None:
    """Its consumer handles it now."""
    letter = await scene.bury(scene.ids["person"])
    await page.goto(f"/ui/events/dead-letters/{letter}")
    await press(page, "Replay")
    await until(lambda: scene.is_handled(letter))
    await page.goto(f"/ui/events/dead-letters/{letter}")
    await expect(page.get_by_role("main")).to_contain_text("Handled")


async def replays_many(page: Page, scene: Scene) -> None:
    """Those that are chosen."""
    letters = [await scene.bury(scene.ids["person"]) for _ in range(2)]
    await page.reload()
    for letter in letters:
        await page.get_by_label(f"Choose message {letter}", exact=True).check()
    await press(page, "Replay")
    for letter in letters:
        await until(lambda letter=letter: scene.is_handled(letter))  # type: ignore[misc]


async def discards_one_with_a_reason(page: Page, scene: Scene) -> None:
    """Asks first; who and why is kept."""
    letter = await scene.bury(scene.ids["person"])
    await page.goto(f"/ui/events/dead-letters/{letter}")
    await expect(page.get_by_role("main")).to_contain_text(GIVEN_UP)
    await page.get_by_label("Why it is discarded").fill("sagen er slettet")
    await press(page, "Discard")
    await agree(page)
    await page.goto(f"/ui/events/dead-letters/{letter}")
    await expect(page.get_by_role("main")).to_contain_text(re.compile("anders: sagen er slettet"))
