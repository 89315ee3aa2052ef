"""Pages of local users, of log-in and one's own password, and what becomes of a form whose session has ended."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from bs4 import BeautifulSoup
from console.people.roles import Role

from tests.support import secrets_in_use
from tests.support.people import COOKIE, PASSWORD, user
from tests.support.web_stage import Browser, WebStage, secret_of

pytestmark = [pytest.mark.xdist_group("web pages"), pytest.mark.asyncio(loop_scope="package")]

PEOPLE = "/ui/people"
NEW = secrets_in_use.add("kop-fyr-mange-bro-9")


@pytest_asyncio.fixture(loop_scope="package")
async def nobody(stage: WebStage) -> AsyncIterator[Browser]:
    """A browser in which nobody has logged in."""
    async with stage.browser() as browser:
        yield browser


async def log_in(browser: Browser, user_name: str, password: str, *, status: int = 200) -> BeautifulSoup:
    """By the form; leads to the person's own settings."""
    sent = {"user_name": user_name, "password": password, "next": "/ui/preferences"}
    answer = await browser.client.post("/login", data=sent, follow_redirects=True)
    assert answer.status_code == status, answer.text[:2000]
    return BeautifulSoup(answer.text, "html.parser")


async def test_a_user_is_added_chooses_a_password_and_loses_it_again(
    administrator: Browser, nobody: Browser
) -> None:
    page = await administrator.send(
        f"{PEOPLE}/new", {"user_name": "Anna", "display_name": "Anna <b>", "roles": "viewer"}, status=201
    )
    one_time = secret_of(page)
    page = await administrator.open(f"{PEOPLE}/anna")
    assert one_time not in str(page)
    assert "one-time password" in page.get_text()
    page = await log_in(nobody, "anna", one_time)
    page = await nobody.open("/ui/contacts")
    assert "nothing else opens before" in page.get_text()
    page = await nobody.send(
        "/ui/password", {"current": one_time, "new": NEW, "again": f"{NEW}x"}, status=422
    )
    assert page.select_one("#again-error") is not None
    assert NEW not in str(page)
    poor = {"current": one_time, "new": "passwordpassword", "again": "passwordpassword"}
    page = await nobody.send("/ui/password", poor, status=422)
    assert "The new password cannot be used." in page.get_text()
    before = nobody.client.cookies[COOKIE]
    answer = await nobody.client.post(
        "/ui/password", data={"csrf": await nobody.csrf(), "current": one_time, "new": NEW, "again": NEW}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/")
    assert secrets_in_use.add(nobody.client.cookies[COOKIE]) != before
    await nobody.open("/ui/clients")
    page = await administrator.send(f"{PEOPLE}/anna/password")
    assert "every session of the user ends at once" in page.get_text()
    secret_of(await administrator.send(f"{PEOPLE}/anna/password", {"confirmed": "yes"}))
    assert (await nobody.client.get("/ui/clients")).status_code == 303
    await log_in(nobody, "anna", NEW, status=401)
    await administrator.send(f"{PEOPLE}/anna/removal", {"confirmed": "yes"})
    await administrator.open(f"{PEOPLE}/anna", status=404)


async def test_roles_and_name_change_and_a_disabled_user_is_out(
    stage: WebStage, administrator: Browser, nobody: Browser
) -> None:
    await user(stage.installation.pool, "bo", Role.VIEWER)
    await log_in(nobody, "bo", PASSWORD)
    page = await administrator.send(
        f"{PEOPLE}/bo", {"display_name": "Bo B.", "roles": ["viewer", "operator"]}
    )
    assert page.h1 is not None
    assert page.h1.get_text() == "Bo B."
    assert "viewer → became viewer, operator" in page.get_text(" ", strip=True)
    await log_in(nobody, "bo", PASSWORD)
    page = await administrator.send(f"{PEOPLE}/bo/sessions", {"confirmed": "yes"})
    assert "Sessions ended: 1." in page.get_text()
    await administrator.send(f"{PEOPLE}/bo/switch", {"enabled": "no"})
    assert "enabled" in (await administrator.open(PEOPLE)).get_text()
    page = await administrator.send(f"{PEOPLE}/bo/switch", {"enabled": "no", "confirmed": "yes"})
    assert "The user was disabled." in page.get_text()
    await log_in(nobody, "bo", PASSWORD, status=401)
    page = await administrator.send(f"{PEOPLE}/bo/switch", {"enabled": "yes"})
    await administrator.send(f"{PEOPLE}/bo/removal", {"confirmed": "yes"})


async def test_a_pause_is_shown_and_ended(stage: WebStage, administrator: Browser, nobody: Browser) -> None:
    await user(stage.installation.pool, "kim", Role.VIEWER)
    for _ in range(5):
        page = await log_in(nobody, "kim", "wrong-wrong-wrong", status=401)
    page = await log_in(nobody, "kim", PASSWORD, status=429)
    assert "Too many wrong passwords were sent." in page.get_text()
    page = await administrator.open(f"{PEOPLE}/kim")
    assert "After wrong passwords none is looked at until" in page.get_text()
    await administrator.send(f"{PEOPLE}/kim/unlock")
    await log_in(nobody, "kim", PASSWORD)
    await administrator.send(f"{PEOPLE}/kim/removal", {"confirmed": "yes"})


async def test_what_is_wrong_with_a_new_user_is_said_and_what_was_typed_stays(administrator: Browser) -> None:
    sent = {"user_name": "two words", "display_name": "Kept", "roles": ["operator"]}
    page = await administrator.send(f"{PEOPLE}/new", sent, status=422)
    assert page.select_one("#user_name[aria-invalid=true][value='two words']") is not None
    assert page.select_one("#display_name[value=Kept]") is not None
    assert page.select_one("#roles-operator[checked]") is not None


async def test_a_viewer_sees_users_and_changes_none(viewer: Browser) -> None:
    page = await viewer.open(f"{PEOPLE}/viewer")
    assert page.select("form[method=post]:not([action='/logout'])") == []
    for path in ("new", "viewer", "viewer/password", "viewer/removal", "viewer/sessions", "sessions"):
        await viewer.send(f"{PEOPLE}/{path}", {"confirmed": "yes", "name": "viewer"}, status=403)


async def test_the_log_in_speaks_the_browser_s_language(stage: WebStage) -> None:
    async with stage.browser(language="da") as browser:
        page = await log_in(browser, "nobody-here", "wrong<b>", status=401)
        assert page.html is not None
        assert page.html["lang"] == "da"
        alert = page.select_one("[role=alert]")
        assert alert is not None
        assert "Brugernavn eller adgangskode er forkert." in alert.get_text()
        assert "wrong<b>" not in str(page)


async def test_a_form_whose_session_has_ended_waits_and_is_sent_again(
    stage: WebStage, nobody: Browser
) -> None:
    await log_in(nobody, stage.people[Role.ADMINISTRATOR], PASSWORD)
    typed = {
        "csrf": await nobody.csrf(),
        "client_id": "two words",
        "name": "Kept <i>",
        "scopes": "batch:read",
    }
    await nobody.client.post("/logout")
    answer = await nobody.client.post("/ui/clients/new", data=typed)
    page = BeautifulSoup(answer.text, "html.parser")
    assert answer.status_code == 401
    assert page.select_one("a[target=_blank]") is not None
    kept = {str(field["name"]): str(field["value"]) for field in page.select("input[type=hidden]")}
    assert kept == {name: text for name, text in typed.items() if name != "csrf"}
    await log_in(nobody, stage.people[Role.ADMINISTRATOR], PASSWORD)
    answer = await nobody.client.post("/ui/clients/new", data=kept)
    assert answer.status_code == 409
    assert "it counts as sent by Administrator" in answer.text
    page = BeautifulSoup(answer.text, "html.parser")
    again = {str(field["name"]): str(field["value"]) for field in page.select("main input[type=hidden]")}
    answer = await nobody.client.post("/ui/clients/new", data=again)
    assert answer.status_code == 422
    assert "Kept &lt;i&gt;" in answer.text


async def test_another_site_s_form_is_neither_taken_nor_kept(nobody: Browser) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Accept": "text/html"}
    answer = await nobody.client.post("/ui/clients/new", data={"name": "evil"}, headers=headers)
    assert answer.status_code == 403
    assert "another site" in answer.text
    assert "evil" not in answer.text
