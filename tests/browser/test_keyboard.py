"""The five main tasks by keyboard alone; wherever the focus is, it shows."""

import re

import pytest
from console.people.roles import Role
from playwright.async_api import Page, expect
from registerbro_sandbox.persons import LifeEvent

from tests.browser.keyboard import Keyboard
from tests.browser.scene import PURPOSE, Scene
from tests.browser.tasks.common import fact, heading
from tests.browser.visitors import Visitors
from tests.support.waiting import until

pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.timeout(300),
]
PATIENCE_MS = 30_000


async def by_menu(page: Page, name: str) -> Keyboard:
    """Goes to a page by the menu, and past the menu to its content."""
    keyboard = Keyboard(page)
    await keyboard.use(
        page.get_by_role("navigation", name="Pages").get_by_role("link", name=name, exact=True)
    )
    await expect(page.get_by_role("link", name=name, exact=True)).to_have_attribute("aria-current", "page")
    return keyboard


async def agree_by(keyboard: Keyboard, page: Page) -> None:
    """Reads what will happen, and agrees."""
    await expect(page.get_by_role("heading", name="This will happen")).to_be_visible()
    await keyboard.use(page.get_by_role("main").get_by_role("button"))


async def test_a_contact_is_found(scene: Scene, visitors: Visitors) -> None:
    page = await visitors.open(Role.VIEWER, "/ui/preferences")
    keyboard = await by_menu(page, "Contacts")
    await expect(page.get_by_label("Name, number or address")).to_be_focused()
    await page.keyboard.type(scene.names["person"])
    await keyboard.press("Enter")
    await keyboard.use(page.get_by_role("link", name=scene.names["person"], exact=True))
    await expect(heading(page)).to_have_text(scene.names["person"])


async def test_a_person_is_imported_with_a_purpose(scene: Scene, visitors: Visitors) -> None:
    page = await visitors.open(Role.OPERATOR, "/ui/contacts/import")
    keyboard = Keyboard(page)
    await keyboard.use(page.get_by_role("link", name="Change the purpose"))
    await expect(page.get_by_label("Purpose")).to_be_focused()
    await keyboard.press("Control+a")
    await page.keyboard.type(f"{PURPOSE} alene")
    await keyboard.press("Enter")
    await expect(page.get_by_text(f"{PURPOSE} alene")).to_be_visible()
    await keyboard.write(
        page.get_by_label("CPR number, CVR number, P-number or company name"), scene.numbers["typed"]
    )
    await keyboard.press("Enter")
    asked = page.get_by_role("heading", name="Which number is it?")
    known = page.get_by_role("button", name="Import as a contact")
    await expect(asked.or_(known)).to_be_visible()
    if await asked.count():
        await keyboard.use(page.get_by_role("button", name="CPR number"))
    await keyboard.use(known)
    await expect(fact(page, "Number")).to_have_text(re.compile(scene.numbers["typed"]))


async def test_files_are_fetched_and_imported(scene: Scene, visitors: Visitors) -> None:
    name = scene.something_happens(LifeEvent.MOVES)
    page = await visitors.open(Role.OPERATOR, "/ui/preferences")
    keyboard = await by_menu(page, "CPR Batch")
    await keyboard.use(page.get_by_role("link", name="File server"))
    await keyboard.use(page.get_by_role("button", name="Connect"))
    await keyboard.use(page.get_by_role("button", name=f"Get {name}"))
    await agree_by(keyboard, page)
    ready = page.get_by_role("link", name="To the files that wait here")
    await expect(ready).to_be_visible(timeout=PATIENCE_MS)
    await keyboard.use(ready)
    await keyboard.use(page.get_by_role("button", name=f"Import {name}"))
    await agree_by(keyboard, page)
    done = page.get_by_role("link", name="See the imported persons")
    await expect(done).to_be_visible(timeout=PATIENCE_MS)
    await keyboard.use(done)
    await expect(heading(page)).to_have_text(name)


async def test_a_given_up_message_is_delivered_again(scene: Scene, visitors: Visitors) -> None:
    letter = await scene.bury(scene.ids["person"])
    page = await visitors.open(Role.OPERATOR, "/ui/preferences")
    keyboard = await by_menu(page, "Events")
    await keyboard.use(page.get_by_role("link", name="Dead letters", exact=True))
    choice = page.get_by_label(f"Choose message {letter}", exact=True)
    await keyboard.reach(choice)
    await keyboard.press("Space")
    await expect(choice).to_be_checked()
    await keyboard.use(page.get_by_role("button", name="Replay"))
    await until(lambda: scene.is_handled(letter))


async def test_a_module_is_switched(visitors: Visitors) -> None:
    page = await visitors.open(Role.ADMINISTRATOR, "/ui/preferences")
    keyboard = await by_menu(page, "Configuration")
    await keyboard.use(page.get_by_role("button", name="Switch CVR Update off"))
    await agree_by(keyboard, page)
    await keyboard.use(page.get_by_role("button", name="Switch CVR Update on"))
    await agree_by(keyboard, page)
    await expect(page.get_by_role("button", name="Switch CVR Update off")).to_be_visible()
