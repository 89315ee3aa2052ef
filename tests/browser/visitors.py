"""People in a real browser: what it remembers of them, and pages that they open."""

from collections.abc import Mapping
from typing import Literal

from console.people.roles import Role
from playwright.async_api import Browser, BrowserContext, Page, StorageState

from tests.browser.guard import Guard
from tests.browser.scene import PURPOSE
from tests.support import people

Language = Literal["en", "da"]
LOCALES: Mapping[Language, str] = {"en": "en-GB", "da": "da-DK"}
WIDE, NARROW, HEIGHT = 1280, 375, 900
PATIENCE_MS = 15_000


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


class Visitors:
    """Opens pages. Those that a test opened are closed after it; desks stay, because opening a page costs more than showing it."""

    def __init__(self, browser: Browser, url: str, people: Mapping[Role, StorageState], guard: Guard) -> None:
        self._browser = browser
        self._url = url
        self._people = people
        self._desks: dict[tuple[Role, Language], Page] = {}
        self._contexts: list[BrowserContext] = []
        self.guard = guard

    async def open(
        self,
        role: Role | None,
        path: str,
        *,
        language: Language = "en",
        width: int = WIDE,
        with_script: bool = True,
    ) -> Page:
        """A page as somebody with this role sees it, in a browser profile of its own; None: a stranger."""
        context = await self._browser.new_context(
            base_url=self._url,
            storage_state=None if role is None else self._people[role],
            locale=LOCALES[language],
            timezone_id="Europe/Copenhagen",
            viewport={"width": width, "height": HEIGHT},
            reduced_motion="reduce",
            java_script_enabled=with_script,
        )
        self._contexts.append(context)
        self.guard.watch(context)
        context.set_default_timeout(PATIENCE_MS)
        page = await context.new_page()
        await page.goto(path)
        return page

    async def at_desk(self, role: Role, path: str, *, language: Language = "en") -> Page:
        """A page to look at, in light colours and at full width; whoever changes something opens one of their own."""
        desk = self._desks.get((role, language))
        if desk is None:
            desk = self._desks[role, language] = await self.open(role, path, language=language)
            self._contexts.remove(desk.context)
            return desk
        await desk.emulate_media(color_scheme="light")
        await desk.set_viewport_size({"width": WIDE, "height": HEIGHT})
        await desk.goto(path)
        return desk

    async def leave(self) -> None:
        """Closes what the test opened."""
        while self._contexts:
            await self._contexts.pop().close()
