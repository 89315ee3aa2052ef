"""Contacts: who is found, what is shown of them, what is changed."""

import re

from playwright.async_api import Page, expect

from tests.browser.scene import CASE, OTHER_COMPANY, OTHER_UNIT, PURPOSE, USERS, Scene
from tests.browser.tasks.common import agree, fact, field, heading, notice, press, row

PATIENCE_MS = 60_000  # until a document is written


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
    await agree(page, "CPR is told to send no more changes")
    await notice(page, re.compile("^Subscription: "))
    await press(page, "Subscribe")
    await notice(page, re.compile("^Subscription: "))


async def sees_the_cases(page: Page, scene: Scene) -> None:
    """Open cases that the contact is party to."""
    await expect(row(page, CASE)).to_be_visible()


async def sees_who_looked(page: Page, scene: Scene) -> None:
    """With the purpose that was stated."""
    looks = row(page, re.compile("|".join(USERS.values())))
    await expect(looks.first).to_contain_text(PURPOSE)


async def _look_up(page: Page, text: str) -> None:
    await page.get_by_label("CPR number, CVR number, P-number or company name").fill(text)
    await press(page, "Look up")


async def _choose(page: Page, kind: str) -> None:
    """Says what ten digits are, where they can be either."""
    asked = page.get_by_role("heading", name="Which number is it?")
    await expect(asked.or_(page.get_by_text("Taken for"))).to_be_visible()
    if await asked.count():
        await press(page, kind)


async def imports_a_person_by_number(page: Page, scene: Scene) -> None:
    """Looked up first, then imported; the number stands in no URL."""
    number = scene.numbers["newcomer"]
    await _look_up(page, f"{number[:6]}-{number[6:]}")
    await _choose(page, "CPR number")
    await expect(page.get_by_text("There is no contact of this person yet.")).to_be_visible()
    await press(page, "Import as a contact")
    await expect(fact(page, "Number")).to_have_text(re.compile(number))
    assert page.url.endswith(f"/ui/contacts/{await scene.contact_id(number)}")


async def imports_a_company_with_its_units(page: Page, scene: Scene) -> None:
    """By CVR number."""
    await _look_up(page, OTHER_COMPANY)
    await page.get_by_label("With its production units").check()
    await page.get_by_role("button", name=re.compile("^Import as a contact")).click()
    await expect(page.get_by_role("main")).to_contain_text("29189757")
    assert await scene.contact_id(OTHER_COMPANY)


async def imports_a_unit_by_p_number(page: Page, scene: Scene) -> None:
    """Ten digits that are no person's."""
    await _look_up(page, OTHER_UNIT)
    await _choose(page, "P-number")
    await page.get_by_role(
        "button", name=re.compile("^(Import as a contact|Bring the contact up to date)")
    ).click()
    await expect(fact(page, "Number")).to_have_text(OTHER_UNIT)


async def finds_a_company_by_name(page: Page, scene: Scene) -> None:
    """By its whole name, as the provider wants it."""
    await _look_up(page, scene.names["company"])
    await expect(page.get_by_role("heading", name=scene.names["company"], level=3)).to_be_visible()
    await page.get_by_role("link", name="There is a contact of it").first.click()
    await expect(heading(page)).to_have_text(scene.names["company"])


async def imports_a_list(page: Page, scene: Scene) -> None:
    """Each number has an outcome of its own; a wrong one does not keep the others out."""
    await field(page, "Numbers").fill(f"{scene.numbers['late newcomer']}\n12345")
    await page.get_by_role("main").get_by_role("button", name="Import", exact=True).click()
    await expect(page.get_by_role("table", name="Outcome by number").locator("tbody tr")).to_have_count(2)
    assert await scene.contact_id(scene.numbers["late newcomer"])


async def creates_edits_closes_and_erases(page: Page, scene: Scene) -> None:
    """A contact's whole life by hand; closing and erasing ask first."""
    await page.get_by_label("Type").select_option("P")
    await page.get_by_label("First names or company name").fill("Ane")
    await page.get_by_label("Surname").fill("Håndlavet")
    await press(page, "Create the contact")
    await expect(heading(page)).to_have_text("Ane Håndlavet")
    here = page.url
    await press(page, "Edit")
    await page.get_by_label("Surname").fill("Ændret")
    await expect(page.get_by_text("Not saved yet")).to_be_visible()
    await press(page, "Save")
    await expect(heading(page)).to_have_text("Ane Ændret")
    await press(page, "Close")
    await press(page, "Close the contact")
    await expect(page.get_by_text("ended", exact=True)).to_be_visible()
    await press(page, "Erase")
    await press(page, "Count what would go")
    await agree(page)
    await expect(heading(page)).not_to_have_text("Ane Ændret")
    contact_id = int(here.rpartition("/")[2])
    assert not await scene.pool.fetchval(
        "select exists (select from contact where contact_id = $1)", contact_id
    )


async def adds_an_address(page: Page, scene: Scene) -> None:
    """Beside those of the register."""
    await press(page, "Add an address")
    await page.get_by_label("Kind of address").select_option("KONTAKT")
    await page.get_by_label("Road and house number").fill("Håndvej 7")
    await press(page, "Save")
    await expect(row(page, "Håndvej 7")).to_be_visible()


async def exports_everything(page: Page, scene: Scene) -> None:
    """For the person to read, and as data."""
    for button, suffix in (("Download as PDF", ".pdf"), ("Download as JSON", ".json")):
        async with page.expect_download(timeout=PATIENCE_MS) as download:
            await press(page, button, timeout=PATIENCE_MS)
        assert (await download.value).suggested_filename.endswith(suffix)
