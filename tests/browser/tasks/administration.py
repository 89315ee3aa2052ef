"""Configuration, clients, users, first start, overview, one's own settings: what administrators do."""

import re

import httpx
from playwright.async_api import Page, expect

from tests.browser.scene import Scene
from tests.browser.tasks.common import agree, field, heading, notice, press, row
from tests.support import secrets_in_use


async def sees_how_everything_stands(page: Page, scene: Scene) -> None:
    """Services, registers, figures, and what needs attention with the way to where it is mended."""
    await expect(page.locator("#standing")).to_contain_text("CPR Batch")
    await expect(page.locator("#figures svg").first).to_be_visible()
    mending = page.locator("#attention li").filter(has_text=re.compile("given up|dead letter", re.IGNORECASE))
    await expect(mending.first.get_by_role("link")).to_have_attribute("href", re.compile("^/ui/events"))


async def looks_further_back(page: Page, scene: Scene) -> None:
    """Another stretch of time in the charts."""
    periods = page.get_by_role("navigation", name="How far back").get_by_role("link")
    await periods.last.click()
    await expect(periods.last).to_have_attribute("aria-current", "page")


async def goes_through_the_first_start(page: Page, scene: Scene) -> None:
    """Each step says how far it is; what is done is known, wherever it was done."""
    steps = page.locator("ol.steps > li")
    assert await steps.count() >= 5
    for step in range(await steps.count()):
        name = await steps.nth(step).get_by_role("link").inner_text()
        await steps.nth(step).get_by_role("link").click()
        await expect(heading(page)).to_have_text(name)
        await press(page, "All steps")
    await expect(steps.filter(has_text="done").first).to_be_visible()


async def tests_a_connection_at_first_start(page: Page, scene: Scene) -> None:
    """As anywhere else."""
    await page.get_by_role("button", name=re.compile("^Test the connection: ")).first.click()
    await expect(page.get_by_role("status").filter(has_text="The connection works.")).to_be_visible()


async def switches_a_module(page: Page, scene: Scene) -> None:
    """What is off refuses calls; on again, all is as before."""
    await press(page, "Switch CVR Update off")
    await agree(page)
    await press(page, "Switch CVR Update on")
    await agree(page)
    await expect(page.get_by_role("button", name="Switch CVR Update off")).to_be_visible()


async def adds_and_removes_a_contact_type(page: Page, scene: Scene) -> None:
    """Removing asks first."""
    await page.get_by_label("Code").fill("X")
    await page.get_by_label("Title").fill("Prøvetype")
    await press(page, "Add the contact type")
    await page.goto("/ui/configuration/contact-types/X")
    await press(page, "Remove the contact type")
    await agree(page)
    await expect(row(page, "Prøvetype")).to_have_count(0)


async def changes_a_source_in_fields_and_as_a_string(page: Page, scene: Scene) -> None:
    """One is read into the other; what is saved is in force."""
    string = page.get_by_label("Parameter string")
    await string.fill("Subscription=0;ForceUpdate=N")
    await press(page, "Fill in the fields")
    subscribes = page.get_by_label("An import subscribes the person")
    await expect(subscribes).not_to_be_checked()
    await subscribes.check()
    await press(page, "Save the fields")
    await notice(page, re.compile("."))
    await page.goto("/ui/configuration/sources/CPR")
    await expect(string).to_have_value(re.compile("(?=.*ForceUpdate=N)(?=.*Subscription=1)"))
    await string.fill("Subscription=1;ForceUpdate=J")
    await press(page, "Save the string")
    await notice(page, re.compile("."))


async def changes_a_schedule(page: Page, scene: Scene) -> None:
    """A job gets another time, and its default back."""
    await page.locator("#jobs").get_by_role("link").first.click()
    await expect(page.get_by_role("heading", name="History")).to_be_visible()


async def changes_a_number_of_days(page: Page, scene: Scene) -> None:
    """Saved settings are in force, and stand in the history with who changed them."""
    await page.locator("main form input[inputmode=numeric]").first.fill("41")
    await expect(page.get_by_text("Not saved yet")).to_be_visible()
    await press(page, "Save")
    if await page.get_by_role("heading", name="This will happen").count():
        await page.get_by_role("main").get_by_role("button").click()
    await notice(page, re.compile("."))
    await expect(row(page, "became 41").first).to_be_visible()


async def registers_a_client_and_takes_its_secret(page: Page, scene: Scene) -> None:
    """The secret is shown once; tokens are given for it; then the client is removed."""
    await page.get_by_label("Client id").fill("fagsystem")
    await field(page, "Name").fill("Fagsystemet")
    await page.get_by_label("contacts:read").check()
    await press(page, "Register the client")
    secret = secrets_in_use.add(await page.get_by_label("Secret").input_value())
    form = {"grant_type": "client_credentials", "client_id": "fagsystem", "client_secret": secret}
    async with httpx.AsyncClient(base_url=scene.system.replicas[1]) as client:
        assert (await client.post("/oauth2/connect/token", data=form)).status_code == 200
    await press(page, "I have taken it down")
    assert secret not in await page.content()
    await press(page, "Remove the client")
    await agree(page)
    await expect(row(page, "Fagsystemet")).to_have_count(0)


async def adds_a_user_who_logs_in(page: Page, scene: Scene) -> None:
    """With a one-time password, which opens nothing but its own change."""
    await page.get_by_label("User name").fill("ny.bruger")
    await field(page, "Name").fill("Ny Bruger")
    await page.get_by_label("Viewer").check()
    await press(page, "Add the user")
    once = secrets_in_use.add(await page.get_by_label("One-time password").input_value())
    await press(page, "I have passed it on")
    await page.context.clear_cookies()
    await page.goto("/ui/contacts")
    await page.get_by_label("User name").fill("ny.bruger")
    await page.get_by_label("Password").fill(once)
    await press(page, "Log in")
    await expect(heading(page)).to_have_text("Change my password")
    chosen = secrets_in_use.add("kaffe-regn-cykel-91")
    await page.get_by_label("Present password").fill(once)
    await page.get_by_label("New password (required)", exact=True).fill(chosen)
    await page.get_by_label("New password again").fill(chosen)
    await press(page, "Change the password")
    await page.goto("/ui/preferences")
    await expect(page.get_by_role("main")).to_contain_text("ny.bruger")


async def sees_who_may_do_what(page: Page, scene: Scene) -> None:
    """Users with their roles; each has a history."""
    await page.get_by_role("link", name="vera", exact=True).click()
    await expect(page.get_by_role("heading", name="History")).to_be_visible()


async def chooses_language_and_look(page: Page, scene: Scene) -> None:
    """Kept by the browser, and in force at once."""
    await page.get_by_label("Dansk").check()
    await page.get_by_label("Dark").check()
    await press(page, "Save")
    await expect(heading(page)).to_have_text("Mine indstillinger")
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    await expect(page.locator("body")).to_have_css("color-scheme", "dark")
