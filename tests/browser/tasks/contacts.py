"""Contacts: who is found, what is shown of them, what is changed."""

import re

from playwright.async_api import Page, expect

from tests.browser.scene import CASE, PURPOSE, USERS, Scene
from tests.browser.tasks.common import confirm, fact, heading, notice, press, row


async def _search(page: Page, text: str) -> None:
    await page.get_by_label("Name, number or address").fill(text)
    await press(page, "Search")


async def finds_by_name(page: Page, scene: Scene) -> None:
    """The beginning of each word is enough."""
    name = scene.names["person"]
    await _search(page, " ".join(word[:4] for word in name.split()))
    await page.get_by_role("link", name=name, exact=True).click()
    await expect(heading(page)).to_have_text(name)


async def finds_by_number(page: Page, scene: Scene) -> None:
    """A number leads straight to its contact, and stands in no URL."""
    await _search(page, scene.numbers["person"])
    await expect(heading(page)).to_have_text(scene.names["person"])
    assert page.url.endswith(f"/ui/contacts/{scene.ids['person']}")


async def finds_by_former_number(page: Page, scene: Scene) -> None:
    """Whoever got another number is found by the one before."""
    await _search(page, scene.numbers["renumbered"])
    await expect(heading(page)).to_have_text(scene.names["renumbered"])
    await expect(fact(page, "Former numbers")).to_have_text(scene.numbers["renumbered"])


async def finds_by_address(page: Page, scene: Scene) -> None:
    """Where somebody lives finds everybody there."""
    street = await scene.pool.fetchval(
        "select address1 from address where contact_id = $1 and address_type = 'HA'", scene.ids["person"]
    )
    await _search(page, street)
    await expect(row(page, scene.names["person"])).to_contain_text(street)


async def reads_what_to_do_where_nobody_is_found(page: Page, scene: Scene) -> None:
    """The search goes on in the registers."""
    await _search(page, "Xylofonsen")
    await expect(page.get_by_role("status").filter(has_text="No contact fits")).to_be_visible()
    await expect(page.get_by_role("button", name="Look it up in the registers")).to_be_visible()


async def sees_addresses_and_relations(page: Page, scene: Scene) -> None:
    """Former addresses too; relations are links, and drawn."""
    addresses = page.get_by_role("table", name="Addresses, current and former")
    await expect(addresses.get_by_role("row").filter(has_text="Former address")).not_to_have_count(0)
    await expect(page.get_by_role("img", name="Drawing of the relations")).to_be_visible()
    related = page.locator(".relations li a").first
    name = await related.inner_text()
    await related.click()
    await expect(heading(page)).to_have_text(name)


async def reads_the_register_record(page: Page, scene: Scene) -> None:
    """Field by field, with what codes mean."""
    status = page.get_by_role("table", name=re.compile("^001 ")).get_by_role("row").filter(has_text="status")
    await expect(status.first).to_contain_text("01")


async def reads_the_history(page: Page, scene: Scene) -> None:
    """What changed, before and after; and the contact as it was before."""
    change = page.get_by_role("table", name="What changed, version 1 to 2")
    before = await change.locator("del").first.inner_text()
    after = await change.locator("ins").first.inner_text()
    assert before != after
    await press(page, "Show version 1")
    await expect(page.get_by_role("main")).to_contain_text(before)


async def ends_and_begins_a_subscription(page: Page, scene: Scene) -> None:
    """CPR is told at once; ending asks first."""
    await press(page, "End the subscription")
    await confirm(page, "CPR is told to send no more changes", "End the subscription")
    await notice(page, re.compile("^Subscription: "))
    await press(page, "Subscribe")
    await notice(page, re.compile("^Subscription: "))


async def sees_the_cases(page: Page, scene: Scene) -> None:
    """Open cases that the contact is party to."""
    await expect(row(page, CASE)).to_be_visible()


async def sees_who_looked(page: Page, scene: Scene) -> None:
    """With the purpose that was stated."""
    await expect(row(page, USERS_LOOKED).first).to_contain_text(PURPOSE)


USERS_LOOKED = re.compile("|".join(USERS.values()))
