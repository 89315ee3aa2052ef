"""What tasks have in common."""

import re

from playwright.async_api import Locator, Page, expect


def heading(page: Page) -> Locator:
    """What the page is called."""
    return page.get_by_role("heading", level=1)


def field(page: Page, label: str) -> Locator:
    """The text field of this label, needed or not."""
    return page.get_by_role("textbox", name=re.compile(rf"^{re.escape(label)}( \(required\))?$"))


def fact(page: Page, term: str) -> Locator:
    """The value beside a term of a list of facts."""
    row = page.locator("dl.facts > div").filter(has=page.get_by_text(term, exact=True))
    return row.locator("dd")


def row(page: Page, text: str | re.Pattern[str]) -> Locator:
    """The rows of tables that hold a text."""
    return page.get_by_role("row").filter(has_text=text)


async def press(page: Page, name: str, *, timeout: float | None = None) -> None:
    """Presses the one button or link of this name in the content."""
    main = page.get_by_role("main")
    either = main.get_by_role("button", name=name, exact=True).or_(
        main.get_by_role("link", name=name, exact=True)
    )
    await either.click(timeout=timeout)


async def agree(page: Page, says: str = "") -> None:
    """Reads what will happen, and presses the one button that is there; the way out is a link."""
    await expect(page.get_by_role("heading", name="This will happen")).to_be_visible()
    await expect(page.get_by_role("main")).to_contain_text(says)
    await page.get_by_role("main").get_by_role("button").click()


async def notice(page: Page, text: str | re.Pattern[str]) -> None:
    """The page says that something is done."""
    await expect(page.locator("p.notice")).to_have_text(text)
