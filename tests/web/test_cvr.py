"""The pages of CVR and CVR Update, against the sandbox's registers."""

import json
import re
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio
from registerbro.auth import Scope
from registerbro_local.ports import Place

from tests.support.waiting import until
from tests.support.web_stage import PURPOSE, Browser, WebStage, text

pytestmark = [pytest.mark.xdist_group("web pages"), pytest.mark.asyncio(loop_scope="package")]
COMPANY, UNIT, UNKNOWN = "26911745", "1003387453", "10000009"
UPDATE = "/ui/cvr-update"


@pytest_asyncio.fixture(loop_scope="package")
async def company(stage: WebStage) -> AsyncIterator[int]:
    """The id of a contact that is a company, imported and subscribed."""
    token = stage.installation.issuer.token(Scope.UNITS_IMPORT, client="trial")
    async with httpx.AsyncClient(base_url=stage.urls[Place.CVR_ONLINE], timeout=30) as client:
        body = {"number": COMPANY, "purpose": PURPOSE}
        done = await client.post("/units/imports", json=body, headers={"Authorization": f"Bearer {token}"})
    assert done.is_success, done.text
    contact_id = int(done.json()["contact_id"])

    async def is_subscribed() -> bool:
        query = "select state = 'subscribed' from cvrupdate_subscription where contact_id = $1"
        return bool(await stage.installation.pool.fetchval(query, contact_id))

    await until(is_subscribed)
    yield contact_id


async def test_the_page_shows_who_is_asked_who_we_are_and_how_it_is_set(viewer: Browser) -> None:
    page = text(await viewer.open("/ui/cvr"))
    assert "Lookups and imports Datafordeleren (GraphQL)" in page
    assert "Changes and updates KMD Logic" in page
    assert "Search by name whole names only" in page
    assert "Subject Registerbro" in page
    assert "Days left 36" in page
    assert "Jtype J" in page
    assert "Password none" in page


@pytest.mark.parametrize(
    ("provider", "shown"), [("lookups", "Datafordeleren (GraphQL)"), ("updates", "KMD Logic")]
)
async def test_the_way_to_each_provider_is_tried_with_the_vendors_sample(
    viewer: Browser, provider: str, shown: str
) -> None:
    page = text(await viewer.send("/ui/cvr/test", {"provider": provider}))
    assert f"{shown}: everything works." in page
    assert "Sample call: P-number 1003387453 works P-number 1003387453: KMD A/S - Ballerup" in page


async def test_a_step_that_fails_says_what_to_do(stage: WebStage, viewer: Browser) -> None:
    update = "update external_source set parameters = replace(parameters, $1, $2) where source = 'CVR-J'"
    pool = stage.installation.pool
    before = await pool.fetchval("select parameters from external_source where source = 'CVR-J'")
    await pool.execute(update, "Jtype=J", "Jtype=ZZ")
    try:
        page = await viewer.send("/ui/cvr/test", {"provider": "lookups"})
    finally:
        await pool.execute("update external_source set parameters = $1 where source = 'CVR-J'", before)
    [step] = page.select(".steps > .bad")
    assert "A contact type that CVR needs is missing." in text(step)
    link = step.select_one("a[href='/ui/configuration/contact-types']")
    assert link is not None
    assert "Define it under Configuration" in link.get_text()


async def test_a_unit_is_looked_up_by_number_as_the_register_has_it(operator: Browser) -> None:
    await operator.state_purpose()
    page = await operator.send("/ui/cvr/units", {"sought": UNIT})
    assert page.select_one("h2#found").get_text() == "KMD A/S - Ballerup"  # type: ignore[union-attr]
    assert "Lautrupparken 40 2750 Ballerup" in text(page)
    assert "Fax not delivered" in text(page)
    form = page.select_one("form[action='/ui/contacts/import/unit']")
    assert form is not None
    assert form.select_one("input[name=text]")["value"] == UNIT  # type: ignore[index]
    page = await operator.send("/ui/cvr/units", {"sought": f"DK {COMPANY}"})
    assert "Company form 60 Aktieselskab" in text(page)
    assert "Since 2019" in text(page)


async def test_a_unit_is_found_by_name_and_shown_by_a_form_alone(operator: Browser) -> None:
    await operator.state_purpose()
    page = await operator.send("/ui/cvr/units", {"sought": "KMD A/S - Ballerup"})
    [row] = page.select("tbody tr")
    assert row.th.get_text() == "KMD A/S - Ballerup"  # type: ignore[union-attr]
    form = row.select_one("form[method=post]")
    assert form is not None
    assert form.select_one("input[name=sought]")["value"] == UNIT  # type: ignore[index]
    assert not [a for a in page.select("a[href]") if UNIT in str(a["href"])]
    page = await operator.send("/ui/cvr/units", {"sought": "<b>Nobody</b>"})
    assert "No company or production unit has this name at this provider." in text(page)
    assert page.select_one("#sought")["value"] == "<b>Nobody</b>"  # type: ignore[index]


@pytest.mark.parametrize(
    ("sought", "status", "said"),
    [
        ("1234567", 422, "This is neither a CVR number nor a P-number."),
        ("26911746", 422, "This is neither a CVR number nor a P-number."),
        (UNKNOWN, 404, "CVR knows no company or production unit with this number."),
    ],
)
async def test_what_cannot_be_looked_up_is_said_with_what_to_do(
    operator: Browser, sought: str, status: int, said: str
) -> None:
    await operator.state_purpose()
    page = await operator.send("/ui/cvr/units", {"sought": sought}, status=status)
    assert said in text(page)
    field = page.select_one("#sought")
    assert field is not None
    assert field["value"] == sought
    assert (field.get("aria-invalid") == "true") is (status == 422)


async def test_nothing_is_looked_up_without_a_purpose(operator: Browser) -> None:
    answer = await operator.client.get("/ui/cvr/units")
    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/purpose?next=/ui/cvr/units")


async def test_who_only_looks_sees_cvr_and_nothing_of_cvr_update(viewer: Browser) -> None:
    page = await viewer.open("/ui/cvr")
    assert page.select_one("a[href='/ui/cvr/units'], a[href='/ui/cvr-update']") is None
    assert page.select_one("form[action='/ui/cvr/switch']") is None
    for path in (UPDATE, f"{UPDATE}/queue", f"{UPDATE}/live", "/ui/cvr/units"):
        await viewer.open(path, status=403)
    for path in (f"{UPDATE}/synchronisation", f"{UPDATE}/brake", "/ui/cvr/switch"):
        await viewer.send(path, {"confirmed": "yes"}, status=403)


async def test_an_operator_runs_cvr_update_and_does_not_switch_it(operator: Browser) -> None:
    page = await operator.open(UPDATE)
    assert page.select_one(f"form[action='{UPDATE}/switch']") is None
    await operator.send(f"{UPDATE}/switch", {"enabled": "no", "confirmed": "yes"}, status=403)
    page = await operator.send(f"{UPDATE}/runs")
    assert "The queue is looked at" in text(page)


async def test_the_switch_says_what_will_happen_and_ends_and_begins_subscriptions(
    stage: WebStage, administrator: Browser, company: int
) -> None:
    page = await administrator.send(f"{UPDATE}/switch", {"enabled": "no"})
    assert "Switch CVR Update off?" in text(page)
    assert "All subscriptions are cancelled at the register" in text(page)
    assert "The contacts keep all their data" in text(page)
    page = await administrator.send(f"{UPDATE}/switch", {"enabled": "no", "confirmed": "yes"})
    assert "The module is off." in text(page)

    async def subscribed() -> int:
        return int(await stage.installation.pool.fetchval("select count(*) from cvrupdate_subscription"))

    async def is_over() -> bool:
        return await subscribed() == 0

    async def is_back() -> bool:
        return await subscribed() > 0

    await until(is_over)
    page = await administrator.open(f"{UPDATE}/subscriptions")
    assert "Nothing is subscribed while CVR Update is off." in text(page)
    page = await administrator.send(f"{UPDATE}/switch", {"enabled": "yes"})
    assert "Every company and production unit among the contacts is subscribed" in text(page)
    await administrator.send(f"{UPDATE}/switch", {"enabled": "yes", "confirmed": "yes"})
    await until(is_back)


async def test_what_the_register_does_not_know_is_shown_with_its_reason_and_tried_again(
    stage: WebStage, operator: Browser
) -> None:
    pool = stage.installation.pool
    contact_id = await pool.fetchval("select nextval(pg_get_serial_sequence('contact', 'contact_id'))")
    failing = f"{UPDATE}/subscriptions?kind=failing"
    await pool.execute(
        "insert into cvrupdate_subscription (contact_id, provider, state, attempts, failure, failed_at, due_at)"
        " select $1, provider, 'wanted', 1, 'unknown-to-the-register', now(), now() + interval '1 day' from cvrupdate_setting",
        contact_id,
    )
    page = await operator.open(failing)
    assert f"Contact {contact_id}" in text(page)
    assert "The register knows no unit with the contact's number." in text(page)
    page = await operator.send(f"{UPDATE}/subscriptions", {"contact_id": contact_id})
    assert "Tried again: 1." in text(page)


async def test_changes_are_read_and_everything_is_updated_once_that_is_confirmed(
    operator: Browser, company: int
) -> None:
    page = await operator.send(f"{UPDATE}/synchronisation")
    assert "contacts wait for an update now." in text(page)
    assert "asked for" in text(page.select_one("tbody tr") or page)
    page = await operator.send(f"{UPDATE}/synchronisation", {"full": "yes"})
    assert "Update all companies and production units?" in text(page)
    page = await operator.send(f"{UPDATE}/synchronisation", {"full": "yes", "confirmed": "yes"})
    assert re.search(r"Done: [1-9]\d* contacts wait", text(page))
    assert "everything" in text(page.select_one("tbody tr") or page)


async def test_a_comparison_says_what_differs(stage: WebStage, operator: Browser, company: int) -> None:
    await stage.installation.pool.execute(
        "update contact set name1 = 'Changed here' where contact_id = $1", company
    )
    page = await operator.send(f"{UPDATE}/drift", {"everything": "yes"})
    assert re.search(r"Compared: [1-9]\d*\. They differ: [1-9]\d*\.", text(page))
    assert "For some no update was waiting" in text(page)
    [table] = [each for each in page.select("table") if "What differs" in text(each)]
    assert any(re.fullmatch(r"Name [1-9]\d*", text(row)) for row in table.select("tbody tr"))
    page = await operator.send(f"{UPDATE}/drift", {"sample": "many"}, status=422)
    field = page.select_one("#sample")
    assert field is not None
    assert (field["value"], field["aria-invalid"]) == ("many", "true")


async def test_failed_updates_are_listed_with_reason_and_begin_anew(
    stage: WebStage, operator: Browser, company: int
) -> None:
    assert "No update has failed." in text(await operator.open(f"{UPDATE}/failures?after=9000000000"))
    await stage.installation.pool.execute(
        "insert into cvrupdate_import (contact_id, reason, failure, attempts, changed_at)"
        " values ($1, 'store-refused', 'the store refused it: 22001', 3, now()) on conflict (contact_id) do update"
        " set reason = excluded.reason, failure = excluded.failure, attempts = 3, next_try = null",
        company,
    )
    page = await operator.open(f"{UPDATE}/failures")
    [row] = [row for row in page.select("tbody tr") if row.select_one(f"a[href='/ui/contacts/{company}']")]
    assert "The contact store did not take what the register delivered." in text(row)
    assert "given up" in text(row)
    assert "The contact store did not take" in text(await operator.open(f"{UPDATE}/queue"))
    page = await operator.send(f"{UPDATE}/failures", {"contact_id": company})
    assert "Updates that begin anew: 1." in text(page)

    async def is_mended() -> bool:
        page = await operator.open(f"{UPDATE}/failures")
        return page.select_one(f"tbody a[href='/ui/contacts/{company}']") is None

    await until(is_mended)


async def test_the_brake_is_let_go_once_that_is_confirmed(stage: WebStage, operator: Browser) -> None:
    await stage.installation.pool.execute("update cvrupdate_state set held_at = now()")
    page = await operator.open(UPDATE)
    assert "The brake has held all updates since" in text(page)
    page = await operator.send(f"{UPDATE}/brake")
    assert "For an hour it holds nothing" in text(page)
    page = await operator.send(f"{UPDATE}/brake", {"confirmed": "yes"})
    assert "The brake is released" in text(page)
    assert "let the brake go; it held nothing until" in text(page)
    page = await operator.send(f"{UPDATE}/brake", {"confirmed": "yes"}, status=409)
    assert "The brake does not hold any more." in text(page)


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        (UPDATE, {"modules", "run", "subscribed", "waiting"}),
        (f"{UPDATE}/synchronisation", {"reading", "run"}),
        (f"{UPDATE}/queue", {"waiting", "tasks"}),
        (f"{UPDATE}/drift", {"comparisons"}),
    ],
)
async def test_what_runs_comes_by_itself(operator: Browser, path: str, parts: set[str]) -> None:
    page = await operator.open(path)
    assert page.main is not None
    live = str(page.main["data-live"])
    assert urlsplit(live).path == f"{path}/live"
    seen: set[str] = set()
    async with operator.client.stream("GET", live) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                part = json.loads(line.removeprefix("data: "))
                assert page.select_one(f"#{part['id']}") is not None
                seen.add(part["id"])
            if seen == parts:
                break
    assert seen == parts
