"""CVR and CVR Update: the way to the providers, lookups, and keeping companies up to date."""

import contextlib
import re

from console.people.roles import Role
from playwright.async_api import Page, expect

from tests.browser.scene import COMPANY, PURPOSE, Scene
from tests.browser.tasks.common import agree, fact, heading, notice, press
from tests.support.waiting import until


async def tests_both_providers(page: Page, scene: Scene) -> None:
    """Step by step, for lookups and for updates."""
    for name in ("Test lookups", "Test updates"):
        await press(page, name)
        await expect(page.get_by_role("status").filter(has_text="everything works.")).to_be_visible()
        assert not await page.locator("ol.steps > li.bad").count()


async def looks_a_company_up(page: Page, scene: Scene) -> None:
    """By its number; nothing is stored."""
    await page.get_by_label("CVR number, P-number or name").fill(COMPANY)
    await press(page, "Look up")
    await expect(page.get_by_role("heading", name=scene.names["company"])).to_be_visible()
    await expect(fact(page, "Contact")).to_contain_text(f"Contact {scene.ids['company']}")


async def switches_the_module(page: Page, scene: Scene) -> None:
    """Off asks first and says what will happen; on does not."""
    await press(page, "Switch CVR off")
    await agree(page)
    await expect(page.get_by_text("While it is off, nobody can look companies up")).to_be_visible()
    await press(page, "Switch CVR on")
    await agree(page)
    await notice(page, re.compile("."))
    await until(lambda: _answers(scene))  # services notice within two seconds


async def _answers(scene: Scene) -> bool:
    """Whether companies can be looked up."""
    with contextlib.suppress(AssertionError):
        body = {"number": COMPANY, "purpose": PURPOSE}
        await scene.call(Role.OPERATOR, "cvr-online", "POST", "/units/search", json=body)
        return True
    return False


async def sees_everybody_subscribed(page: Page, scene: Scene) -> None:
    """Without a reload, once the provider has been told."""
    await expect(page.locator("#subscribed")).to_contain_text(
        "Every company and production unit is subscribed"
    )
    await expect(fact(page, "To be subscribed")).to_have_text("0", timeout=30_000)


async def synchronises(page: Page, scene: Scene) -> None:
    """What changed at the register is read now."""
    await press(page, "Synchronise now")
    await expect(page.locator("p.notice")).to_be_visible()


async def updates_everything(page: Page, scene: Scene) -> None:
    """Asks first; the progress shows without a reload, until all is up to date."""
    await press(page, "Update everything")
    await agree(page)
    await expect(heading(page)).to_have_text("Synchronisation of CVR Update")
    await expect(fact(page, "Still waiting")).to_have_text("0", timeout=60_000)


async def compares_with_the_register(page: Page, scene: Scene) -> None:
    """The drift report, which ends without a difference."""
    await page.get_by_role("main").get_by_role("button").first.click()
    await expect(page.get_by_text("no difference", exact=True)).to_be_visible(timeout=60_000)
