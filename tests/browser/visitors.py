"""People in a real browser: what it remembers of them, and pages that they open."""

import contextlib
from collections.abc import Mapping
from typing import Literal

from console.people.roles import Role
from playwright.async_api import Browser, Page, StorageState

from tests.browser.guard import Guard
from tests.browser.scene import PURPOSE
from tests.support import people

Language = Literal["en", "da"]
Theme = Literal["light", "dark"]
LOCALES: Mapping[Language, str] = {"en": "en-GB", "da": "da-DK"}
WIDE, NARROW = 1280, 375
PATIENCE_MS = 10_000


async def remembered(browser: Browser, url: str, session: str) -> StorageState:
    """The storage of somebody who has a session and says why contacts are read."""
    context = await browser.new_context(base_url=url, locale=LOCALES["en"])
    async with context:
        await context.add_cookies([{"name": people.COOKIE, "value": session, "url": url}])
        page = await context.new_page()
        await page.goto("/ui/purpose?next=/ui/preferences")
        await page.get_by_label("Purpose").fill(PURPOSE)
        await page.get_by_role("button", name="Go on").click()
        await page.wait_for_url("**/ui/preferences")
        return await context.storage_state()


class Visitors(contextlib.AsyncExitStack):
    """Opens pages, each in a browser profile of its own, and closes them in the end."""

    def __init__(self, browser: Browser, url: str, people: Mapping[Role, StorageState], guard: Guard) -> None:
        super().__init__()
        self._browser = browser
        self._url = url
        self._people = people
        self.guard = guard

    async def open(
        self,
        role: Role | None,
        path: str,
        *,
        language: Language = "en",
        theme: Theme = "light",
        width: int = WIDE,
        with_script: bool = True,
    ) -> Page:
        """A page as somebody with this role sees it; None: a stranger."""
        context = await self._browser.new_context(
            base_url=self._url,
            storage_state=None if role is None else self._people[role],
            locale=LOCALES[language],
            timezone_id="Europe/Copenhagen",
            color_scheme=theme,
            viewport={"width": width, "height": 900},
            reduced_motion="reduce",
            java_script_enabled=with_script,
        )
        self.push_async_callback(context.close)
        self.guard.watch(context)
        context.set_default_timeout(PATIENCE_MS)
        page = await context.new_page()
        await page.goto(path)
        return page
