"""Pages of CPR Direkte: the way to CPR, the password, who is subscribed and why."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from bs4 import BeautifulSoup
from registerbro import alerts
from registerbro.alerts import AlertKind
from registerbro.auth import Scope
from registerbro_local.ports import Place
from registerbro_sandbox.direct.faults import BadCertificate, DirectWrong
from registerbro_sandbox.persons import Population

from tests.support import secrets_in_use
from tests.support.people import CSRF
from tests.support.services import bearer
from tests.support.waiting import until
from tests.support.web_stage import PERSONS, PURPOSE, Browser, WebStage

pytestmark = [pytest.mark.xdist_group("web pages"), pytest.mark.asyncio(loop_scope="package")]
CHOSEN, KNOWN, WRONG = map(secrets_in_use.add, ("Valgt+11", "Kendt+12", "Falsk--1"))
OWN = 36  # a person whom no file delivers
STRANGER = "010150-1237"


@pytest_asyncio.fixture(loop_scope="package")
async def direct(stage: WebStage) -> AsyncIterator[httpx.AsyncClient]:
    """CPR Direkte's API, for what pages are not there to do."""
    token = stage.installation.issuer.token(Scope.PERSONS_IMPORT, Scope.CONFIG_READ)
    async with httpx.AsyncClient(
        base_url=stage.urls[Place.CPR_DIRECT], headers=bearer(token), timeout=60
    ) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="package")
async def contact(direct: httpx.AsyncClient) -> int:
    """A contact of this module's own, subscribed by its import."""
    number = Population(seed=1, size=PERSONS).person(OWN).number
    answer = await direct.post("/persons/imports", json={"number": number, "purpose": PURPOSE})
    assert answer.is_success, answer.text
    return int(answer.json()["contact_id"])


@pytest_asyncio.fixture(loop_scope="package")
async def closed(stage: WebStage) -> AsyncIterator[contextlib.ExitStack]:
    """CPR is closed until the stack is."""
    faults = stage.installation.registers.online.faults
    faults.set(DirectWrong(error=4))
    with contextlib.ExitStack() as stack:
        stack.callback(faults.none)
        yield stack


def states(page: BeautifulSoup) -> list[str]:
    return [badge.get_text() for badge in page.select(".steps .badge")]


def links(page: BeautifulSoup) -> set[str]:
    return {str(link.get("href")) for link in page.select("main a")}


async def test_the_connection_test_tells_each_step_and_what_the_28_characters_mean(viewer: Browser) -> None:
    page = await viewer.send("/ui/direct/test")
    assert "Connection and log-on are OK" in page.get_text()
    assert states(page) == ["works"] * 5
    answer = page.select_one(".characters")
    assert answer is not None
    assert len(answer.get_text()) == 28
    meanings = {
        row.select("td")[2].get_text(): row.select("td")[1].get_text()
        for row in page.select("table tbody tr")
    }
    assert meanings["User id"].strip() == "SANDBOX1"
    assert meanings["Error number; 00: no error"] == "00"
    assert set(meanings["Token of the session, masked"]) == {"*"}
    page = await viewer.open("/ui/direct")
    assert "SANDBOX1" in page.get_text()
    assert page.select_one("main a[href='/ui/direct/password']") is None


async def test_a_step_that_fails_says_what_to_do_and_later_ones_are_not_tried(
    stage: WebStage, administrator: Browser
) -> None:
    faults = stage.installation.registers.online.faults
    faults.set(DirectWrong(certificate=BadCertificate.UNTRUSTED))
    try:
        page = await administrator.send("/ui/direct/test")
    finally:
        faults.none()
    assert states(page) == ["works", "works", "fails", "not tried", "works"]
    assert "REGISTERBRO_CPR_DIRECT__CA_FILE" in page.get_text()


async def test_the_password_is_changed_at_cpr_with_a_tick_and_never_sent_back(
    administrator: Browser, direct: httpx.AsyncClient
) -> None:
    sent = {"how": "chosen", "new_password": CHOSEN, "repeated": CHOSEN}
    page = await administrator.send("/ui/direct/password/change", sent, status=422)
    assert "Tick the box" in page.get_text()
    different = sent | {"repeated": WRONG, "confirmed": "yes"}
    page = await administrator.send("/ui/direct/password/change", different, status=422)
    assert "The two passwords differ." in page.get_text()
    short = sent | {"new_password": "Kort+1", "repeated": "Kort+1", "confirmed": "yes"}
    page = await administrator.send("/ui/direct/password/change", short, status=422)
    assert page.select_one("#new_password-error") is not None
    assert "Kort+1" not in str(page)
    assert (await direct.get("/connection")).json()["password_origin"] == "configured"
    page = await administrator.send("/ui/direct/password/change", sent | {"confirmed": "yes"})
    assert "CPR has taken the new password." in page.get_text()
    assert CHOSEN not in str(page)
    assert (await direct.get("/connection")).json()["password_origin"] == "stored"


async def test_a_refused_log_on_blocks_until_the_password_is_mended_or_somebody_lifts_it(
    administrator: Browser, viewer: Browser
) -> None:
    await administrator.send("/ui/direct/password/change", {"how": "generated", "confirmed": "yes"})
    held = {"how": "chosen", "new_password": KNOWN, "repeated": KNOWN, "confirmed": "yes"}
    await administrator.send("/ui/direct/password/change", held)
    await administrator.send("/ui/direct/password/present", {"password": WRONG})
    try:
        page = await administrator.send("/ui/direct/test")
        assert states(page)[3] == "fails"
        assert "/ui/direct/password" in {str(link.get("href")) for link in page.select(".steps a")}
        page = await administrator.open("/ui/direct")
        assert "the same credentials are not tried again" in page.get_text()
        assert page.select_one("form[action='/ui/direct/unblock']") is not None
        assert (await viewer.open("/ui/direct")).select_one("form[action='/ui/direct/unblock']") is None
        await viewer.send("/ui/direct/unblock", {"confirmed": "yes"}, status=403)
        page = await administrator.send("/ui/direct/unblock")
        assert "may lock the account" in page.get_text()
        page = await administrator.send("/ui/direct/unblock", {"confirmed": "yes"})
        assert page.select_one("form[action='/ui/direct/unblock']") is None
    finally:
        await administrator.send("/ui/direct/password/present", {"password": KNOWN})
    assert states(await administrator.send("/ui/direct/test")) == ["works"] * 5


async def test_calls_are_counted_by_client(viewer: Browser, contact: int) -> None:
    page = await viewer.open("/ui/direct/usage?days=7")
    assert page.select("table tbody tr"), page.get_text()
    assert "no limit" in page.get_text()
    await viewer.open("/ui/direct/usage?days=0", status=422)


async def test_who_waits_for_cpr_is_listed_with_the_reason_and_tried_again(
    stage: WebStage, operator: Browser, viewer: Browser, contact: int, closed: contextlib.ExitStack
) -> None:
    token = stage.installation.issuer.token(Scope.SUBSCRIPTIONS_MANAGE)
    async with httpx.AsyncClient(base_url=stage.urls[Place.CPR_DIRECT], headers=bearer(token)) as api:
        wish = {"contact_ids": [contact], "purpose": PURPOSE}
        assert (await api.post("/subscriptions/ends", json=wish)).status_code == 202
    page = await operator.open("/ui/direct/subscriptions")
    row = page.select_one(f"tr:has(a[href='/ui/contacts/{contact}'])")
    assert row is not None
    assert "unsubscribed" in row.get_text()
    assert "CPR is closed or out of order" in row.get_text()
    action = f"/ui/direct/subscriptions/{contact}/try"
    page = await operator.send(action)
    assert "could not be told" in page.get_text()
    assert (await viewer.open("/ui/direct/subscriptions")).select_one("#waiting table") is None
    await viewer.send(action, status=403)
    closed.close()
    page = await operator.send(action)
    assert f"contact {contact} no longer waits" in page.get_text()
    await operator.send(action, status=409)


async def test_pages_follow_what_changes(viewer: Browser, operator: Browser) -> None:
    for browser, path, part in (
        (viewer, "/ui/direct/live", '"id": "standing"'),
        (operator, "/ui/direct/subscriptions/live", '"id": "waiting"'),
        (operator, "/ui/direct/policy/plan/live", "Whom it concerns"),
        (operator, "/ui/direct/policy/plan/live?day=2026-02-03", "3 Feb 2026"),
    ):
        async with browser.client.stream("GET", path) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            async for line in answer.aiter_lines():
                if part in line:
                    break
            else:
                pytest.fail(f"{path} ended without {part}")


async def test_a_number_is_never_subscribed_once_that_is_confirmed_and_taken_off_again(
    operator: Browser, viewer: Browser
) -> None:
    sent = {"number": "0101501x37", "reason": "kept <b>"}
    page = await operator.send("/ui/direct/never", sent | {"confirmed": "yes"}, status=422)
    assert page.select_one("#number-error") is not None
    assert page.select_one("#reason[value='kept <b>']") is not None
    sent["number"] = STRANGER
    page = await operator.send("/ui/direct/never", sent)
    assert "CPR is told to end it" in page.get_text()
    assert STRANGER not in (await operator.open("/ui/direct/never")).get_text()
    page = await operator.send("/ui/direct/never", sent | {"confirmed": "yes"})
    assert "kept <b>" in page.get_text()
    assert "010150-xxxx" in page.get_text()
    assert STRANGER[7:] not in page.get_text()
    removal = next(str(form["action"]) for form in page.select("form[action$='/removal']"))
    await operator.send(removal)
    page = await operator.send(removal, {"confirmed": "yes"})
    assert "kept <b>" not in page.get_text()
    await viewer.open("/ui/direct/never", status=403)


async def test_a_case_is_opened_found_and_closed_and_the_policy_says_what_follows(
    operator: Browser, contact: int
) -> None:
    reference = "2026-0815 <i>"
    opening = {"case_reference": reference, "contact_ids": f"{contact}, x"}
    page = await operator.send("/ui/direct/cases/openings", opening, status=422)
    assert page.select_one("#contact_ids-error") is not None
    page = await operator.send("/ui/direct/cases/openings", opening | {"contact_ids": str(contact)})
    assert "New parties: 1." in page.get_text()
    page = await operator.send("/ui/direct/cases/search", {"case_reference": reference})
    assert f"/ui/contacts/{contact}" in links(page)
    assert page.select_one("input[name=case_reference][value='2026-0815 <i>']") is not None
    page = await operator.send("/ui/direct/cases/closings", {"case_reference": reference})
    assert "no longer party to it: 1." in page.get_text()
    page = await operator.send("/ui/direct/cases/closings", {"case_reference": reference, "confirmed": "yes"})
    assert "party to it: 1." in page.get_text()
    page = await operator.send("/ui/direct/cases/search", {"case_reference": reference})
    assert "No party" in page.get_text()


async def test_the_policy_shows_whom_it_would_end_and_asks_before_it_does(
    stage: WebStage, operator: Browser, contact: int
) -> None:
    pool = stage.installation.pool
    await pool.execute(
        "update source_record set src_subscribed = true, subscribed = null, last_delivered_at = now() - interval '1 year'"
        " where contact_id = $1",
        contact,
    )
    page = await operator.open("/ui/direct/policy/plan?at_once=yes")
    assert f"/ui/contacts/{contact}" in links(page)
    assert "party to no open case" in page.get_text()
    page = await operator.send("/ui/direct/policy/runs")
    assert "Subscriptions that end: 1 of" in page.get_text()
    assert await pool.fetchval("select subscribed from source_record where contact_id = $1", contact) is None
    page = await operator.send("/ui/direct/policy/runs", {"confirmed": "yes"})
    assert "to end: 1." in page.get_text()

    async def is_ended() -> bool:
        found = await pool.fetchrow(
            "select subscribed, src_subscribed from source_record where contact_id = $1", contact
        )
        return found is not None and tuple(found) == (False, False)

    await until(is_ended)


async def test_a_run_that_would_be_held_needs_an_approval(
    stage: WebStage, operator: Browser, administrator: Browser, contact: int
) -> None:
    await stage.installation.pool.execute(
        "update source_record set src_subscribed = true, subscribed = null, last_delivered_at = now() - interval '1 year'"
        " where contact_id = $1",
        contact,
    )
    await policy(administrator, values={"subscriptions.brake_share": 0, "subscriptions.brake_least": 1})
    try:
        await until(lambda: _is_held(operator))
        page = await operator.send("/ui/direct/policy/runs")
        assert "This run would be held" in page.get_text()
        page = await operator.send("/ui/direct/policy/runs", {"approved": "yes"})
        assert "Without your approval it would be held" in page.get_text()
    finally:
        await policy(administrator, unset=["subscriptions.brake_share", "subscriptions.brake_least"])


async def policy(browser: Browser, **change: Any) -> None:
    answer = await browser.client.patch("/configuration/policy", json=change, headers=CSRF)
    assert answer.is_success, answer.text


async def _is_held(browser: Browser) -> bool:
    page = await browser.open("/ui/direct/policy/plan?at_once=yes")
    return page.select_one("form[action='/ui/direct/policy/runs'] input[name=approved]") is not None


async def test_a_list_is_compared_and_what_was_chosen_put_right_after_a_question(
    operator: Browser, viewer: Browser, contact: int
) -> None:
    wrong = {"numbers": f"{STRANGER}\nx", "as_of": ""}
    page = await operator.send("/ui/direct/reconciliations/new", wrong, status=422)
    assert "line 2" in page.get_text()
    field = page.select_one("#numbers")
    assert field is not None
    assert STRANGER in field.get_text()
    page = await operator.send("/ui/direct/reconciliations/new", {"numbers": STRANGER, "as_of": "2020-01-01"})
    action = str(page.select_one("form[action$='/applications']")["action"])  # type: ignore[index]
    home = action.removesuffix("/applications")
    assert "010150-xxxx" in (await operator.open(f"{home}?kind=unknown-person")).get_text()
    page = await operator.send(action, {"kinds": "unknown-person"})
    assert "CPR is told to end: 1." in page.get_text()
    assert "count as subscribed" not in page.get_text()
    page = await operator.send(action, {"kinds": "unknown-person", "confirmed": "yes"})
    assert "to be ended at CPR: 1." in page.get_text()
    assert "CPR is told to end it" in (await operator.open(f"{home}?kind=unknown-person")).get_text()
    assert "Nothing was chosen" in (await operator.send(action)).get_text()
    await viewer.open("/ui/direct/reconciliations", status=403)


async def test_the_officer_acknowledges_alerts_and_nobody_else_sees_them(
    stage: WebStage, officer: Browser, administrator: Browser
) -> None:
    async with stage.installation.pool.acquire() as connection, connection.transaction():
        raised = await alerts.raise_alert(
            connection,
            AlertKind.HARVESTING,
            service="cpr-direct",
            client="<u>journal",
            facts={"persons": 512},
        )
    page = await officer.open("/ui/direct/alerts")
    assert "Unusually many persons asked for" in page.get_text()
    assert "<u>journal" in page.get_text()
    acknowledging = f"/ui/direct/alerts/{raised.alert_id}/acknowledgement"
    await administrator.send(acknowledging, status=403)
    assert "/ui/direct/alerts" not in links(await administrator.open("/ui/direct"))
    page = await officer.send(acknowledging, {"note": "a known job"})
    assert "<u>journal" not in page.get_text()
    assert "a known job" in (await officer.open("/ui/direct/alerts?which=all")).get_text()
    await officer.send(acknowledging, status=409)


async def test_the_tabs_are_those_of_the_role(
    viewer: Browser, officer: Browser, administrator: Browser
) -> None:
    shown = {
        name: {str(link["href"]) for link in (await browser.open("/ui/direct")).select(".tabs a")}
        for name, browser in (("viewer", viewer), ("officer", officer), ("administrator", administrator))
    }
    everybody = {"/ui/direct", "/ui/direct/usage", "/ui/direct/subscriptions", "/ui/direct/policy"}
    assert shown["viewer"] == everybody
    assert shown["officer"] == everybody | {"/ui/direct/alerts"}
    assert shown["administrator"] == everybody | {
        f"/ui/direct/{part}" for part in ("password", "never", "reconciliations", "cases")
    }
