"""CPR Batch: the vendor's window as a page."""

import re

from playwright.async_api import Dialog, Page, expect
from registerbro_sandbox.persons import LifeEvent

from tests.browser.scene import Scene
from tests.browser.tasks.common import agree, heading, press, row

PATIENCE_MS = 30_000


async def fetches_and_imports(page: Page, scene: Scene) -> None:
    """Everything at once; the page follows until it is done, then the persons with what became of them."""
    scene.something_happens(LifeEvent.MOVES)
    await page.get_by_role("button", name="Simulate batch job").click()
    await agree(page)
    await expect(heading(page)).to_have_text(re.compile("^Run: "))
    await page.evaluate("window.isSame = true")
    await expect(page.get_by_role("table", name="Parts of the run")).to_contain_text(
        re.compile(r"updated: [1-9]"), timeout=PATIENCE_MS
    )
    assert await page.evaluate("window.isSame")
    await page.get_by_role("table", name="Parts of the run").get_by_role("link").last.click()
    await press(page, "See the imported persons")
    await (
        row(page, re.compile("updated", re.IGNORECASE))
        .first.get_by_role("link", name=re.compile("^Person"))
        .click()
    )
    await expect(page.get_by_role("main")).to_contain_text("What changed")


async def gets_one_file_looks_at_it_and_imports_it(page: Page, scene: Scene) -> None:
    """From the list of remote files; a dry run first, which says what would change."""
    name = scene.something_happens(LifeEvent.CHANGES_NAME)
    await press(page, "Connect")
    await press(page, f"Get {name}")
    await agree(page)
    await page.get_by_role("link", name="To the files that wait here").click(timeout=PATIENCE_MS)
    await press(page, f"Dry run of {name}")
    await page.get_by_role("link", name="See the plan").click(timeout=PATIENCE_MS)
    await expect(row(page, name).first).to_be_visible()
    await page.goto("/ui/batch")
    await press(page, f"Import {name}")
    await agree(page)
    await page.get_by_role("link", name="See the imported persons").click(timeout=PATIENCE_MS)
    await expect(heading(page)).to_have_text(re.compile(re.escape(name)))


async def gets_all_files(page: Page, scene: Scene) -> None:
    """And imports all that wait."""
    name = scene.something_happens(LifeEvent.MOVES)
    await press(page, "Connect")
    await press(page, "Get all files")
    await agree(page)
    await page.get_by_role("link", name="To the files that wait here").click(timeout=PATIENCE_MS)
    await expect(row(page, name)).to_be_visible()
    await press(page, "Import all files")
    await agree(page)
    await expect(page.get_by_role("main")).to_contain_text("imported", timeout=PATIENCE_MS)


async def tests_the_connection(page: Page, scene: Scene) -> None:
    """Step by step, with what each found."""
    await press(page, "Test step by step")
    await expect(page.get_by_text("Everything works that a transfer needs.")).to_be_visible()


async def sees_the_record_at_fault_masked(page: Page, scene: Scene) -> None:
    """Where the error is, and the record without what is personal."""
    await page.get_by_text("The record, masked").first.click()
    shown = page.get_by_role("table", name=re.compile("^Record 001"))
    await expect(shown.first).to_be_visible()
    await expect(shown.locator("tr.at-fault").first).to_contain_text("here")
    assert "0101700100" not in await page.content()


async def decides_on_a_held_file(page: Page, scene: Scene) -> None:
    """What the brake measured, who would end; declining needs a reason, and is not for ever."""
    await expect(page.get_by_role("main")).to_contain_text("21")
    await page.get_by_label("Reason").fill("aftalt med CPR")
    await press(page, "Decline")
    await agree(page)
    await expect(page.get_by_role("main")).to_contain_text("aftalt med CPR")


async def dismisses_a_gap(page: Page, scene: Scene) -> None:
    """A delivery that never came, and is not needed any more."""
    await press(page, "Dismiss")
    await page.get_by_label("Reason").fill("erstattet af et nyt grundudtræk")
    await page.get_by_role("main").get_by_role("button").last.click()
    await expect(row(page, "Dismiss")).to_have_count(0)


async def saves_settings_and_is_warned_before(page: Page, scene: Scene) -> None:
    """Who leaves with changes that are not saved is asked; what is saved is in force."""
    asked: list[str] = []

    async def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.dismiss()

    page.on("dialog", stay)
    silence = page.get_by_label("Longest silence in seconds")
    await silence.fill("100")
    await expect(page.get_by_text("Not saved yet")).to_be_visible()
    await page.evaluate("setTimeout(() => { location.href = '/ui/batch'; })")
    await page.wait_for_function("true")
    await expect(silence).to_have_value("100")
    await press(page, "Save configuration")
    await expect(page.locator("p.notice")).to_be_visible()
    await expect(silence).to_have_value("100")
    assert asked == ["beforeunload"]
