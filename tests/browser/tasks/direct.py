"""CPR Direkte: the way to CPR, the password there, subscriptions, policy, reconciliation."""

import re

from playwright.async_api import Page, expect

from tests.browser.scene import Scene
from tests.browser.tasks.common import agree, heading, notice, press, row


async def tests_the_connection(page: Page, scene: Scene) -> None:
    """Step by step, with what each found."""
    await press(page, "Test the connection")
    steps = page.locator("ol.steps > li")
    await expect(steps).not_to_have_count(0)
    assert {await each.get_attribute("class") for each in await steps.all()} == {"good"}


async def changes_the_password(page: Page, scene: Scene) -> None:
    """A generated one, which nobody is shown; the connection works with it."""
    await page.get_by_label("Yes, change the password at CPR").check()
    await press(page, "Change the password")
    await expect(page.locator("p.notice")).to_be_visible()
    await page.goto("/ui/direct")
    await tests_the_connection(page, scene)


async def is_told_where_consent_is_missing(page: Page, scene: Scene) -> None:
    """Nothing is changed at CPR by a slip."""
    await press(page, "Change the password")
    await expect(page.get_by_role("alert")).to_contain_text("Nothing was changed")


async def never_subscribes_a_number(page: Page, scene: Scene) -> None:
    """It is listed, and taken off again."""
    await page.get_by_label("CPR number").fill(scene.numbers["dead"])
    await page.get_by_label("Purpose").fill("bor i udlandet")
    await press(page, "Never subscribe")
    await agree(page)
    await row(page, "bor i udlandet").get_by_role("button").click()
    await agree(page)
    await expect(row(page, "bor i udlandet")).to_have_count(0)


async def sees_what_the_policy_would_do(page: Page, scene: Scene) -> None:
    """A dry run: nothing is changed by looking."""
    before = await scene.pool.fetch("select * from source_record order by 1, 2")
    await press(page, "See what a run would do")
    await expect(heading(page)).to_have_text("What a run of the policy would do")
    await expect(page.get_by_text("Subscriptions now")).to_be_visible()
    assert await scene.pool.fetch("select * from source_record order by 1, 2") == before


async def reconciles_with_a_list(page: Page, scene: Scene) -> None:
    """What CPR says it subscribes, against the store: one subscription is missing there."""
    wanted = await scene.pool.fetch(
        "select number from source_record join contact_number using (contact_id) where src_subscribed and is_current"
        " and source = 'CPR' order by 1"
    )
    numbers = [each["number"] for each in wanted]
    await page.get_by_label(re.compile("numbers", re.IGNORECASE)).first.fill("\n".join(numbers[1:]))
    await press(page, "Compare")
    await expect(heading(page)).to_have_text(re.compile("^Comparison of"))
    await expect(row(page, re.compile("missing at CPR", re.IGNORECASE))).to_have_count(1)


async def reports_a_case(page: Page, scene: Scene) -> None:
    """What the case-management system missed is mended by hand."""
    opened = page.locator("form").filter(has=page.get_by_role("button", name="Open with these parties"))
    await opened.get_by_label("Case reference").fill("2026-0816")
    await opened.get_by_label("Contacts").fill(str(scene.ids["renamed"]))
    await press(page, "Open with these parties")
    await expect(row(page, f"Contact {scene.ids['renamed']}")).to_be_visible()
    await press(page, "Close the case …")
    await agree(page)
    await notice(page, re.compile("."))
