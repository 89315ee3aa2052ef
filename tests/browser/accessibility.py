"""What axe-core says of a page, and whether it fits a narrow screen."""

from collections.abc import Iterator
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

AXE = Axe().axe_script
GRAVE = ("serious", "critical")
OF_COLOURS = ("color-contrast", "link-in-text-block")  # what a theme can change
RUN = """
async rules => (await axe.run(document, {
    resultTypes: ["violations"],
    rules: {"target-size": {enabled: true}},
    ...(rules ? {runOnly: {type: "rule", values: rules}} : {}),
})).violations
"""
TOO_WIDE = """
() => {
    const page = document.scrollingElement;
    if (page.scrollWidth <= page.clientWidth) return [];
    const right = each => each.getBoundingClientRect().right;
    const over = [...document.body.querySelectorAll("*")].filter(each => right(each) > page.clientWidth + 1);
    over.sort((one, other) => right(other) - right(one));
    return [`the page is ${page.scrollWidth} px wide`, ...over.slice(0, 8).map(each => each.outerHTML.slice(0, 120))];
}
"""


async def violations(page: Page, *, only_colours: bool = False) -> list[str]:
    """Grave violations on a page as it is, each with the elements; WCAG 2.2's size of targets included."""
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(AXE)
    found: list[dict[str, Any]] = await page.evaluate(RUN, list(OF_COLOURS) if only_colours else None)
    return [line for each in found if each["impact"] in GRAVE for line in _told(each)]


async def too_wide(page: Page) -> list[str]:
    """What makes the page scroll sideways; nothing where it fits."""
    found: list[str] = await page.evaluate(TOO_WIDE)
    return found


def _told(violation: dict[str, Any]) -> Iterator[str]:
    yield f"{violation['impact']}: {violation['help']} ({violation['id']}, {violation['helpUrl']})"
    for node in violation["nodes"]:
        yield f"    {' '.join(map(str, node['target']))}: {node['html'][:200]}"
        yield from (f"        {each['message']}" for each in [*node["any"], *node["all"], *node["none"]])
