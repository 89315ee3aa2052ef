"""Pages of the audit log: search, the report for a person, spot checks, erasures."""

import datetime as dt
import json
import uuid

import pytest

from tests.support.console_watching import YESTERDAY, Row, logged
from tests.support.web_stage import PURPOSE, Browser, WebStage

pytestmark = [pytest.mark.xdist_group("web pages"), pytest.mark.asyncio(loop_scope="package")]
SECTIONS = ("/ui/audit", "/ui/audit/report", "/ui/audit/spot-checks", "/ui/audit/erasures")
NOBODY = 987_654_321  # a contact that is not in the store: the log outlives contacts


async def accesses(stage: WebStage, user: str, count: int) -> list[Row]:
    """Accesses of somebody of a test's own, yesterday."""
    rows = [Row(uuid.uuid4(), acting_user=user, contact_ids=(NOBODY + each,)) for each in range(count)]
    await logged(stage.installation.pool, rows)
    return rows


async def test_only_the_officer_looks_into_the_log_and_says_why_first(
    officer: Browser, administrator: Browser
) -> None:
    for path in SECTIONS:
        await administrator.open(path, status=403)
    await administrator.send("/ui/audit/search", status=403)
    page = await officer.open("/ui/audit")
    assert page.select_one("form[action='/ui/purpose']") is not None
    await officer.state_purpose()
    for path in SECTIONS:
        page = await officer.open(path)
        assert page.select_one(f".tabs a[href='{path}'][aria-current=page]") is not None


async def test_accesses_are_found_by_user_day_and_contact_page_by_page(
    stage: WebStage, officer: Browser
) -> None:
    await officer.state_purpose()
    rows = await accesses(stage, "<s>mette", 52)
    day = YESTERDAY.isoformat()
    sent = {"where/acting_user": "<s>mette", "where/from": day, "where/to": day}
    page = await officer.send("/ui/audit/search", sent)
    assert len(page.select("table tbody tr")) == 50
    assert "<s>mette" in page.get_text()
    assert "Looked up at CPR" in page.get_text()
    following = {
        str(each["name"]): str(each["value"])
        for each in page.select("form[action$='#found'] input[type=hidden]")
    }
    page = await officer.send("/ui/audit/search", following)
    assert len(page.select("table tbody tr")) == 2
    page = await officer.send("/ui/audit/search", {"where/contact_ids": str(rows[3].contact_ids[0])})
    assert len(page.select("table tbody tr")) == 1
    page = await officer.send(
        "/ui/audit/search", sent | {"where/to": (YESTERDAY - dt.timedelta(days=1)).isoformat()}, status=422
    )
    assert "in this order" in page.get_text()
    page = await officer.send("/ui/audit/search", {"where/contact_ids": "1 x"}, status=422)
    assert page.select_one("[id='where/contact_ids'][value='1 x'][aria-invalid]") is not None
    page = await officer.send(
        "/ui/audit/search", {"where/number": "010150-1237", "where/service": "cpr-batch"}
    )
    assert "No access fits." in page.get_text()
    searches = await officer.send(
        "/ui/audit/search", {"where/action": "search-audit-log", "where/purpose_contains": PURPOSE}
    )
    assert searches.select("table tbody tr")


async def test_the_report_names_no_employee_and_is_there_as_a_file(stage: WebStage, officer: Browser) -> None:
    await officer.state_purpose()
    [row] = await accesses(stage, "jens-hemmelig", 1)
    asked = {"contact_id": str(row.contact_ids[0])}
    page = await officer.send("/ui/audit/report", asked)
    table = page.select_one("table")
    assert table is not None
    assert "case-system" in table.get_text()
    assert "jens-hemmelig" not in str(page)
    file = await officer.client.post(
        "/ui/audit/report", data={"csrf": await officer.csrf(), **asked, "file": "json"}
    )
    assert file.headers["content-disposition"] == 'attachment; filename="accesses.json"'
    assert {each["client"] for each in json.loads(file.text)["accesses"]} >= {"case-system"}
    file = await officer.client.post(
        "/ui/audit/report", data={"csrf": await officer.csrf(), **asked, "file": "csv"}
    )
    assert file.headers["content-type"].startswith("text/csv")
    assert "jens-hemmelig" not in file.text
    page = await officer.send("/ui/audit/report", {"number": "1234"}, status=422)
    assert page.select_one("#number[value='1234']") is not None


async def test_a_spot_check_is_drawn_judged_and_closed_after_a_question(
    stage: WebStage, officer: Browser
) -> None:
    await officer.state_purpose()
    rows = await accesses(stage, "stikord", 2)
    day = YESTERDAY.isoformat()
    sent = {"first_day": day, "last_day": day, "size": "many", "acting_user": "stikord"}
    page = await officer.send("/ui/audit/spot-checks", sent, status=422)
    assert page.select_one("#size[value=many][aria-invalid]") is not None
    page = await officer.send("/ui/audit/spot-checks", sent | {"size": "2"})
    closing = str(page.select_one("form[action$='/close']")["action"])  # type: ignore[index]
    assert len(page.select("form[action*='/verdicts/']")) == 2
    page = await officer.send(closing, {"confirmed": "yes"}, status=409)
    assert "Some accesses have no verdict yet." in page.get_text()
    home = closing.removesuffix("/close")
    await officer.send(f"{home}/verdicts/{rows[0].audit_id}", {"verdict": "ok"})
    page = await officer.send(
        f"{home}/verdicts/{rows[1].audit_id}", {"verdict": "look-into", "note": "no <case>"}
    )
    assert page.select_one(f"#note-{rows[1].audit_id}[value='no <case>']") is not None
    page = await officer.send(closing, {"conclusion": "explained"})
    assert "nothing of it can be changed any more" in page.get_text()
    page = await officer.send(closing, {"conclusion": "explained", "confirmed": "yes"})
    assert "explained" in page.get_text()
    assert page.select_one("form[action*='/verdicts/']") is None
    assert home not in str(await officer.open("/ui/audit/spot-checks"))
    assert home in str(await officer.open("/ui/audit/spot-checks?which=all"))


async def test_what_was_erased_is_listed_by_id_with_the_reason(stage: WebStage, officer: Browser) -> None:
    await stage.installation.pool.execute(
        "insert into erased_contact (contact_id, version, erased_at, erased_by, acting_user, reason)"
        " values ($1, 2, now(), 'console', '<i>ulla', 'on-request')",
        NOBODY,
    )
    page = await officer.open("/ui/audit/erasures")
    row = next(row for row in page.select("tbody tr") if str(NOBODY) in row.get_text())
    assert "<i>ulla" in row.get_text()
    assert "the person asked for it" in row.get_text()
