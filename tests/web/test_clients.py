"""Pages of client applications."""

import pytest

from tests.support import secrets_in_use
from tests.support.web_stage import Browser, WebStage, secret_of

OWN = secrets_in_use.add("a-secret-of-its-own-7Qx")
pytestmark = [pytest.mark.xdist_group("web pages"), pytest.mark.asyncio(loop_scope="package")]


async def test_a_client_is_registered_its_secret_shown_once_and_removed_after_a_question(
    administrator: Browser,
) -> None:
    sent = {"client_id": "journal", "name": "Journal <b>", "scopes": ["contacts:read", "batch:read"]}
    page = await administrator.send("/ui/clients/new", sent, status=201)
    secret = page.select_one("input.secret")
    assert secret is not None
    assert len(str(secret["value"])) >= 32
    page = await administrator.open("/ui/clients/journal")
    assert page.h1 is not None
    assert page.h1.get_text() == "Journal <b>"
    assert str(secret["value"]) not in str(page)
    page = await administrator.send("/ui/clients/journal/removal")
    assert "Remove the client journal?" in page.get_text()
    page = await administrator.send("/ui/clients/journal/removal", {"confirmed": "yes"})
    assert "The client was removed." in page.get_text()
    await administrator.open("/ui/clients/journal", status=404)


async def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(administrator: Browser) -> None:
    sent = {"client_id": "two words", "name": "Kept", "scopes": ["contacts:read"]}
    page = await administrator.send("/ui/clients/new", sent, status=422)
    field = page.select_one("#client_id")
    assert field is not None
    assert field["value"] == "two words"
    assert field["aria-invalid"] == "true"
    assert page.select_one("#client_id-error") is not None
    assert page.select_one("#scopes-contacts\\:read[checked]") is not None


async def test_all_of_a_client_changes_and_the_history_says_from_what_to_what(administrator: Browser) -> None:
    await administrator.send(
        "/ui/clients/new", {"client_id": "archive", "name": "Archive", "enabled": "yes"}, status=201
    )
    page = await administrator.open("/ui/clients/archive/change")
    assert page.select_one("#enabled[checked]") is not None
    assert page.select_one("#requires_pkce[checked]") is None
    sent = {"name": "Archive 2", "scopes": ["batch:read"], "acts_as": "CVRBATCHUSER", "allows_offline": "yes"}
    page = await administrator.send("/ui/clients/archive/change", sent | {"enabled": "yes"})
    told = page.get_text(" ", strip=True)
    assert "name: Archive → became Archive 2" in told
    assert "allow offline access: no → became yes" in told
    page = await administrator.send("/ui/clients/archive/change", sent | {"name": ""}, status=422)
    assert page.select_one("#name[aria-invalid=true]") is not None
    assert page.select_one("#acts_as[value=CVRBATCHUSER]") is not None
    page = await administrator.send("/ui/clients/archive/switch", {"enabled": "no"})
    assert "Disable the client archive?" in page.get_text()
    page = await administrator.send("/ui/clients/archive/switch", {"enabled": "no", "confirmed": "yes"})
    assert "The client was disabled." in page.get_text()
    await administrator.send("/ui/clients/archive/removal", {"confirmed": "yes"})


async def test_a_new_secret_is_made_or_taken_and_the_old_one_stays_for_a_while(
    stage: WebStage, administrator: Browser
) -> None:
    created = {"client_id": "printer", "name": "Printer", "enabled": "yes", "scopes": ["batch:read"]}
    first = secret_of(await administrator.send("/ui/clients/new", created, status=201))
    page = await administrator.send(
        "/ui/clients/printer/secret", {"overlap_hours": "1", "client_secret": OWN}, status=201
    )
    assert secret_of(page) == OWN
    assert "curl -u printer:$SECRET" in page.get_text()
    form = {"grant_type": "client_credentials"}
    for secret in (first, OWN):
        answer = await administrator.client.post("/oauth2/connect/token", data=form, auth=("printer", secret))
        assert answer.status_code == 200
        secrets_in_use.add(answer.json()["access_token"])
    page = await administrator.open("/ui/clients/printer")
    assert "Secret before accepted until" in page.get_text(" ", strip=True)
    assert "none yet" not in page.get_text()
    wrong = {"overlap_hours": "9999", "client_secret": OWN}
    page = await administrator.send("/ui/clients/printer/secret", wrong, status=422)
    assert page.select_one("#overlap_hours[aria-invalid=true][value='9999']") is not None
    assert OWN not in str(page)
    await administrator.send("/ui/clients/printer/removal", {"confirmed": "yes"})


async def test_a_viewer_sees_clients_and_changes_none(stage: WebStage, viewer: Browser) -> None:
    page = await viewer.open("/ui/clients")
    assert "cvr-subscription" in page.get_text()
    assert page.select_one("a[href='/ui/clients/new']") is None
    await viewer.open("/ui/clients/new", status=403)
    await viewer.send("/ui/clients/trial/removal", {"confirmed": "yes"}, status=403)


async def test_a_form_of_another_session_changes_nothing(administrator: Browser) -> None:
    answer = await administrator.client.post(
        "/ui/clients/trial/removal", data={"csrf": "0" * 64, "confirmed": "yes"}
    )
    assert answer.status_code == 409
    assert "trial" in (await administrator.open("/ui/clients")).get_text()


async def test_without_a_session_the_way_leads_to_the_log_in_and_back(stage: WebStage) -> None:
    async with stage.browser() as nobody:
        answer = await nobody.client.get("/ui/clients?after=a")
        assert (answer.status_code, answer.headers["location"]) == (
            303,
            "/login?next=/ui/clients%3Fafter%3Da",
        )


async def test_danish_by_what_the_browser_prefers(stage: WebStage) -> None:
    async with stage.browser(language="da-DK,da;q=0.9,en;q=0.5") as nobody:
        answer = await nobody.client.post("/ui/clients/new", data={})
        assert answer.status_code == 401
        assert '<html lang="da"' in answer.text
