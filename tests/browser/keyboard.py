"""Somebody who has a keyboard and nothing else: goes on by Tab until the place is reached, and sees at every stop where they are."""

from playwright.async_api import Locator, Page

STOPS = 200
FOCUS = """
() => {
    const at = document.activeElement;
    const style = getComputedStyle(at);
    const isShown = at.matches(":focus-visible") && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    return [at.outerHTML.slice(0, 160), isShown];
}
"""


class Keyboard:
    """Keys pressed on one page."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def reach(self, place: Locator, *, backwards: bool = False) -> None:
        """Presses Tab until the place has the focus, once it is there; every stop on the way must show that it has it."""
        await place.wait_for()
        for _ in range(STOPS):
            await self.press("Shift+Tab" if backwards else "Tab")
            at, is_shown = await self._page.evaluate(FOCUS)
            if at.startswith("<body"):  # the browser's own controls come between the last stop and the first
                continue
            assert is_shown, f"nothing shows that the focus is at {at}"
            if await place.evaluate("each => each === document.activeElement"):
                return
        raise AssertionError(f"{place} is not reached within {STOPS} stops")

    async def press(self, *keys: str) -> None:
        """Keys, one after the other."""
        for key in keys:
            await self._page.keyboard.press(key)

    async def write(self, place: Locator, text: str) -> None:
        """Goes to a field and types."""
        await self.reach(place)
        await self._page.keyboard.type(text)

    async def use(self, place: Locator) -> None:
        """Goes to a link or button and presses Enter."""
        await self.reach(place)
        await self.press("Enter")
