"""Whatever people and registers write is shown as text, everywhere: markup, names without end, right-to-left scripts, emoji."""

from collections.abc import Sequence

import pytest
from console.people.roles import Role
from playwright.async_api import Page, expect

from tests.browser.accessibility import too_wide
from tests.browser.scene import STRANGE, Scene
from tests.browser.tasks.common import heading, press, row
from tests.browser.visitors import NARROW, Visitors

pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.timeout(300),
]
OFFICER = Role.DATA_PROTECTION_OFFICER
each_strange = pytest.mark.parametrize("kind", STRANGE)
PAGES_OF_A_CONTACT = ("", "/history", "/past?version=1", "/records", "/subscription", "/access")
BROUGHT_IN = "script:not([src]), iframe, object, embed, main img, main style, main b"


async def holds_as_text(page: Page, texts: Sequence[str]) -> None:
    """The page shows the texts, nothing of them has become an element, and it fits a phone."""
    await page.set_viewport_size({"width": NARROW, "height": 800})
    for text in texts:
        await expect(page.get_by_role("main")).to_contain_text(text)
    await expect(page.locator(BROUGHT_IN)).to_have_count(0)
    assert await too_wide(page) == []


@each_strange
async def test_a_contact_is_shown_as_text_on_each_of_its_pages(
    kind: str, scene: Scene, visitors: Visitors
) -> None:
    for path in PAGES_OF_A_CONTACT:
        page = await visitors.at_desk(OFFICER, f"/ui/contacts/{scene.ids[kind]}{path}")
        await expect(heading(page)).to_have_text(scene.names[kind])
        await holds_as_text(page, [scene.names[kind]])


@each_strange
async def test_its_address_and_its_past_are_shown_as_text(
    kind: str, scene: Scene, visitors: Visitors
) -> None:
    first, last = STRANGE[kind]
    here = f"/ui/contacts/{scene.ids[kind]}"
    await holds_as_text(await visitors.at_desk(Role.ADMINISTRATOR, here), [first, last])
    changed = await visitors.at_desk(Role.ADMINISTRATOR, f"{here}/history")
    await holds_as_text(changed, [f"{last} før", last])


@each_strange
async def test_it_is_found_by_its_name_and_listed_as_text(
    kind: str, scene: Scene, visitors: Visitors
) -> None:
    page = await visitors.at_desk(Role.ADMINISTRATOR, "/ui/contacts")
    await page.get_by_label("Name, number or address").fill(scene.names[kind])
    await press(page, "Search")
    await expect(row(page, scene.names[kind])).to_be_visible()
    await holds_as_text(page, [scene.names[kind]])
    assert await page.get_by_label("Name, number or address").input_value() == scene.names[kind]


async def test_forms_hold_what_was_written_unchanged(scene: Scene, visitors: Visitors) -> None:
    for kind, (first, last) in STRANGE.items():
        page = await visitors.at_desk(Role.ADMINISTRATOR, f"/ui/contacts/{scene.ids[kind]}/edit")
        assert await page.get_by_label("First names or company name").input_value() == first
        assert await page.get_by_label("Surname").input_value() == last


async def test_relations_are_drawn_and_listed_as_text(scene: Scene, visitors: Visitors) -> None:
    page = await visitors.at_desk(Role.ADMINISTRATOR, f"/ui/contacts/{scene.ids['markup']}")
    for kind in STRANGE:
        if kind != "markup":
            await expect(page.get_by_role("link", name=scene.names[kind])).to_be_visible()
    assert await page.locator("svg.drawing text").count() > len(STRANGE)
    await expect(page.locator("svg.drawing").locator("script, image, foreignObject")).to_have_count(0)


async def test_a_client_of_any_name_is_shown_as_text(scene: Scene, visitors: Visitors) -> None:
    for path in ("/ui/clients", "/ui/clients/strange"):
        await holds_as_text(await visitors.at_desk(Role.ADMINISTRATOR, path), [" ".join(STRANGE["markup"])])


async def test_a_purpose_is_shown_as_text(visitors: Visitors) -> None:
    page = await visitors.open(Role.VIEWER, "/ui/purpose?next=/ui/contacts")
    said = " ".join(STRANGE["markup"])
    await page.get_by_label("Purpose").fill(said)
    await press(page, "Go on")
    await holds_as_text(page, [said])
