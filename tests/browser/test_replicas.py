"""Two replicas of the console behind one address: nobody notices which one answers."""

import pytest
from console.people.roles import Role
from playwright.async_api import expect

from tests.browser.proxies import Proxy
from tests.browser.scene import USERS, Scene
from tests.browser.tasks.common import heading, press
from tests.browser.visitors import Visitors
from tests.support import people
from tests.support.waiting import until

pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.timeout(300),
]


async def test_who_logged_in_at_one_goes_on_at_the_other(visitors: Visitors, proxy: Proxy) -> None:
    first, second = proxy.replicas
    await proxy.only(first)
    page = await visitors.open(None, "/ui/preferences")
    await page.get_by_label("User name").fill(USERS[Role.VIEWER])
    await page.get_by_label("Password").fill(people.PASSWORD)
    await press(page, "Log in")
    await expect(heading(page)).to_have_text("My settings")
    await proxy.only(second)
    await page.get_by_label("Dansk").check()
    await press(page, "Save")
    await expect(heading(page)).to_have_text("Mine indstillinger")
    await proxy.only(first)
    await page.reload()
    await expect(heading(page)).to_have_text("Mine indstillinger")
    await page.get_by_role("button", name="Log ud").click()
    await proxy.only(second)
    await page.goto("/ui/preferences")
    await expect(page.get_by_role("button", name="Log ind")).to_be_visible()


async def test_a_form_of_one_replica_is_taken_by_the_other(visitors: Visitors, proxy: Proxy) -> None:
    first, second = proxy.replicas
    await proxy.only(first)
    page = await visitors.open(Role.ADMINISTRATOR, "/ui/contacts/new")
    await page.get_by_label("Type").select_option("P")
    await page.get_by_label("Surname").fill("Begge-Steder")
    await proxy.only(second)
    await press(page, "Create the contact")
    await expect(heading(page)).to_have_text("Begge-Steder")


@pytest.mark.parametrize("place", [0, 1])
async def test_what_changes_shows_without_a_reload_whichever_replica_sends_it(
    place: int, scene: Scene, visitors: Visitors, proxy: Proxy
) -> None:
    await proxy.only(proxy.replicas[place])
    page = await visitors.open(Role.ADMINISTRATOR, "/ui/cvr-update/synchronisation")
    latest = page.get_by_role("table", name="Latest synchronisations").locator("tbody tr").first
    before = await latest.inner_text()
    await page.evaluate("window.isSame = true")
    await scene.call(Role.OPERATOR, "cvr-subscription", "POST", "/synchronisation")
    await expect(latest).not_to_have_text(before, use_inner_text=True)
    assert await page.evaluate("window.isSame")


async def test_both_replicas_serve_pages(visitors: Visitors, proxy: Proxy) -> None:
    page = await visitors.open(Role.ADMINISTRATOR, "/ui/preferences")
    await expect(heading(page)).to_have_css("font-weight", "700")  # the style came, too
    before = await proxy.served()

    async def have_both_answered() -> bool:
        await page.reload()
        now = await proxy.served()
        return all(now[replica] > before[replica] for replica in proxy.replicas)

    await until(have_both_answered)
