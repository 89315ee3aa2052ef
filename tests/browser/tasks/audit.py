"""Audit: who looked at whom and why, the report for the person, spot checks."""

import datetime as dt
import re

from playwright.async_api import Page, expect

from tests.browser.scene import PURPOSE, Scene
from tests.browser.tasks.common import agree, heading, press, row


async def finds_who_looked(page: Page, scene: Scene) -> None:
    """By contact; the search says nothing that the log does not hold."""
    await page.get_by_label("Contact ids").fill(str(scene.ids["person"]))
    await press(page, "Search the log")
    await expect(row(page, PURPOSE).first).to_be_visible()
    assert scene.numbers["person"] not in page.url


async def makes_the_report_for_a_person(page: Page, scene: Scene) -> None:
    """By number; it does not tell which employee looked."""
    await page.get_by_label("CPR number").fill(scene.numbers["person"])
    await press(page, "Make the report")
    await expect(row(page, PURPOSE).first).to_be_visible()
    async with page.expect_download() as download:
        await press(page, "Download as CSV")
    assert (await download.value).suggested_filename.endswith(".csv")


async def draws_judges_and_closes_a_spot_check(page: Page, scene: Scene) -> None:
    """Of yesterday; each access gets a verdict, and the check a conclusion."""
    yesterday = (dt.datetime.now(dt.UTC) - dt.timedelta(days=1)).date().isoformat()
    await page.get_by_label("First day").fill(yesterday)
    await page.get_by_label("Last day, included").fill(yesterday)
    await page.get_by_label("How many").fill("1")
    await press(page, "Draw")
    await expect(heading(page)).to_have_text(re.compile("^Spot check of"))
    await page.get_by_label("fine", exact=True).check()
    await press(page, "Save the verdict")
    await expect(page.get_by_text("With a verdict: 1 of 1")).to_be_visible()
    await page.get_by_label("Conclusion").fill("alt i orden")
    await press(page, "Close it …")
    await agree(page)
    await expect(page.get_by_text("alt i orden")).to_be_visible()
