"""Pages of the configuration: what is shown, changed, refused at its field, asked about before."""

import pytest
from bs4 import BeautifulSoup

from tests.support.web_stage import Browser, element

pytestmark = [pytest.mark.xdist_group("web pages"), pytest.mark.asyncio(loop_scope="package")]

CONFIGURATION = "/ui/configuration"
TYPES, SOURCES, SCHEDULES = (f"{CONFIGURATION}/{name}" for name in ("contact-types", "sources", "schedules"))
JOB = f"{SCHEDULES}/console.people"
PASSWORD = "Kx9-paste-me"


def value(page: BeautifulSoup, name: str) -> str:
    """What stands in a field."""
    field = element(page, f'[name="{name}"]')
    return field.get_text().strip() if field.name == "textarea" else str(field["value"])


async def test_a_module_is_switched_after_it_was_said_what_will_happen(administrator: Browser) -> None:
    page = await administrator.open(CONFIGURATION)
    assert [each.get_text(" ", strip=True) for each in page.select(".card h3")] == [
        "CPR on",
        "CVR on",
        "CVR Update on",
    ]
    path = f"{CONFIGURATION}/modules/CVR Update"
    page = await administrator.send(path, {"enabled": "no"})
    assert "All subscriptions are cancelled" in page.get_text()
    assert element(page, "button.danger").get_text() == "Switch off"
    assert "CVR Update on" in (await administrator.open(CONFIGURATION)).get_text(" ", strip=True)
    page = await administrator.send(path, {"enabled": "yes", "confirmed": "yes"})
    assert "The module is on." in page.get_text()


async def test_a_contact_type_comes_changes_and_goes(administrator: Browser) -> None:
    wrong = {"name_type": "tw", "title": "Kept <i>", "length": "8x"}
    page = await administrator.send(TYPES, wrong, status=422)
    assert (value(page, "name_type"), value(page, "title")) == ("TW", "Kept <i>")
    assert element(page, "#length")["aria-invalid"] == "true"
    page = await administrator.send(TYPES, wrong | {"length": "8", "validation": "text"})
    assert "The contact type was added." in page.get_text()
    page = await administrator.send(
        f"{TYPES}/TW", {"title": "Trial", "text": "", "length": "9", "validation": ""}
    )
    assert "title: Kept <i> → became Trial" in page.get_text(" ", strip=True)
    page = await administrator.send(f"{TYPES}/TW/removal")
    assert "Remove the contact type TW?" in page.get_text()
    await administrator.send(f"{TYPES}/TW/removal", {"confirmed": "yes"})
    await administrator.open(f"{TYPES}/TW", status=404)


async def test_of_a_preset_type_title_and_text_alone_can_be_changed(administrator: Browser) -> None:
    page = await administrator.open(f"{TYPES}/J")
    assert page.select_one("#length") is None
    assert page.select_one("button.danger") is None
    page = await administrator.send(f"{TYPES}/J/removal", {"confirmed": "yes"}, status=409)
    assert "The registers need this contact type as it is." in page.get_text()


async def test_a_source_goes_in_and_comes_out_in_fields_and_as_a_string(administrator: Browser) -> None:
    page = await administrator.open(f"{SOURCES}/CPR")
    before, version = value(page, "parameters"), value(page, "version")
    fields = {"version": version, "fields/guardian_name_type": "P", "fields/force_update": "yes"}
    sent = fields | {"fields/subscription": "yes", "others": "IP=10.1.2.3\nColour=blue"}
    page = await administrator.send(f"{SOURCES}/CPR", sent)
    assert "IP=10.1.2.3;Colour=blue" in value(page, "parameters")
    assert value(page, "others") == "IP=10.1.2.3\nColour=blue"
    late = await administrator.send(f"{SOURCES}/CPR", fields | {"others": "late=yes"}, status=412)
    assert "Nothing of yours was stored. What you typed is still here" in late.get_text()
    assert value(late, "others") == "late=yes"
    assert value(late, "version") == value(page, "version") != version
    string = {"version": value(page, "version"), "parameters": before, "do": "save"}
    page = await administrator.send(f"{SOURCES}/CPR/string", string)
    assert (value(page, "parameters"), value(page, "others")) == (before, "")


async def test_a_pasted_string_fills_the_fields_in_and_stores_nothing(administrator: Browser) -> None:
    kept = value(await administrator.open(f"{SOURCES}/CVR-J"), "parameters")
    pasted = f"Level:2, UserID:abc, Password:{PASSWORD}; Jtype=J; Ptype=V; Assembly=Cvr.dll"
    page = await administrator.send(f"{SOURCES}/CVR-J/string", {"parameters": pasted, "do": "fill"})
    assert "Nothing is saved yet" in page.get_text()
    assert "The password in the string was left out here" in page.get_text()
    assert PASSWORD not in str(page)
    assert value(page, "fields/user_id") == "abc"
    assert element(page, '[name="fields/level"] option[selected]').get_text() == "2"
    assert value(page, "others") == "Assembly=Cvr.dll"
    assert value(await administrator.open(f"{SOURCES}/CVR-J"), "parameters") == kept


async def test_what_is_wrong_with_parameters_is_said_at_its_place(administrator: Browser) -> None:
    pasted = "Level=7;Jtype=QQ"
    page = await administrator.send(
        f"{SOURCES}/CVR-J/string", {"parameters": pasted, "do": "fill"}, status=422
    )
    assert "Level: must be" in element(page, "#parameters-error").get_text()
    assert value(page, "parameters") == pasted
    kept = await administrator.open(f"{SOURCES}/CVR-J")
    sent = {"version": value(kept, "version"), "fields/level": "3", "fields/user_id": "a;b", "others": ""}
    sent |= {"fields/company_name_type": "J", "fields/unit_name_type": "V"}
    page = await administrator.send(f"{SOURCES}/CVR-J", sent, status=422)
    error = element(page, '[name="fields/user_id"]')
    assert error["aria-invalid"] == "true"
    assert value(page, "fields/user_id") == "a;b"
    page = await administrator.send(f"{SOURCES}/CVR-J", sent | {"others": "no pair"}, status=422)
    assert "Write each as key=value" in element(page, "#others-error").get_text()


async def test_a_job_is_moved_and_moved_back(administrator: Browser) -> None:
    page = await administrator.send(JOB, {"mode": "own", "at": "04:45"})
    assert "daily at 04:45" in page.get_text()
    assert element(page, "#mode-own").has_attr("checked")
    page = await administrator.send(JOB, {"mode": "own", "at": "25:00"}, status=422)
    assert element(page, "#at")["aria-invalid"] == "true"
    page = await administrator.send(JOB, {"mode": "default"})
    assert element(page, "#mode-default").has_attr("checked")
    assert "default: " not in page.get_text()


async def test_work_that_recurs_runs_now_and_a_needed_job_is_never_off(administrator: Browser) -> None:
    page = await administrator.send(f"{SCHEDULES}/cvr-update.run/runs")
    assert "The job begins within seconds." in page.get_text()
    page = await administrator.send(
        f"{SCHEDULES}/cvr-update.run", {"mode": "own", "minutes": "x"}, status=422
    )
    assert element(page, "#minutes")["aria-invalid"] == "true"
    page = await administrator.open(f"{SCHEDULES}/store.partitions")
    assert page.select_one("#mode-off") is None
    page = await administrator.send(f"{SCHEDULES}/store.partitions", {"mode": "off"}, status=409)
    assert "it can be moved, not switched off" in page.get_text()
    page = await administrator.open(f"{SCHEDULES}/cpr.subscription-policy")
    assert element(page, f"a[href='{CONFIGURATION}/policy']")


async def test_policy_says_bounds_and_origin_and_is_changed_and_taken_back(administrator: Browser) -> None:
    policy = f"{CONFIGURATION}/policy"
    page = await administrator.open(policy)
    assert "From 0 to 3,650." in page.get_text()
    names = ("told_by", "policy_at", "delay_days", "rule", "brake_share", "brake_least")
    sent = {
        name: value(page, name)
        for name in ("version", *(f"values/subscriptions.{each}" for each in names if each != "told_by"))
    }
    sent["values/subscriptions.told_by"] = "online"
    wrong = sent | {"values/subscriptions.delay_days": "5000", "values/subscriptions.rule": "kept"}
    page = await administrator.send(policy, wrong, status=422)
    assert element(page, '[name="values/subscriptions.delay_days"]')["aria-invalid"] == "true"
    assert value(page, "values/subscriptions.rule") == "kept"
    page = await administrator.send(policy, sent | {"values/subscriptions.delay_days": "8"})
    assert "Days until a subscription ends: – → became 8" in page.get_text(" ", strip=True)
    sent |= {"version": value(page, "version"), "unset": "subscriptions.delay_days"}
    page = await administrator.send(policy, sent)
    assert value(page, "values/subscriptions.delay_days") == "7"


async def test_a_shorter_retention_is_asked_about_first(administrator: Browser) -> None:
    retention = f"{CONFIGURATION}/retention"
    page = await administrator.open(retention)
    fields = [
        field for field in page.select("form.card input[name]") if field["name"] not in ("csrf", "unset")
    ]
    sent = {str(field["name"]): str(field["value"]) for field in fields}
    page = await administrator.send(retention, sent | {"values/audit.retention_days": "30"})
    assert "Audit log, days: what is older than the new time is dropped for good." in page.get_text()
    assert value(await administrator.open(retention), "values/audit.retention_days") == "1826"


async def test_keys_are_listed_and_revoking_is_asked_about_first(administrator: Browser) -> None:
    page = await administrator.open(f"{CONFIGURATION}/keys")
    keys = len(page.select("tbody tr"))
    assert keys >= 1
    page = await administrator.send(f"{CONFIGURATION}/keys", {"revoke": "yes"})
    assert "every token that the others signed is refused" in page.get_text()
    assert len((await administrator.open(f"{CONFIGURATION}/keys")).select("tbody tr")) == keys


async def test_history_says_who_made_what_of_what(administrator: Browser, viewer: Browser) -> None:
    await administrator.send(JOB, {"mode": "own", "at": "05:05"})
    await administrator.send(JOB, {"mode": "default"})
    page = await viewer.open(f"{CONFIGURATION}/history?topic=schedule")
    first = element(page, "tbody tr").get_text(" ", strip=True)
    assert "administrator" in first
    assert "console.people" in first
    assert "05:05 → became default" in first
    page = await viewer.open(f"{CONFIGURATION}/history?topic=secrets")
    assert "Nothing was changed yet." in page.get_text()


async def test_a_viewer_reads_all_of_it_and_changes_none(viewer: Browser) -> None:
    paths = (
        CONFIGURATION,
        TYPES,
        f"{TYPES}/J",
        SOURCES,
        f"{SOURCES}/CPR",
        f"{SOURCES}/CVR-J",
        SCHEDULES,
        JOB,
    )
    more = (f"{CONFIGURATION}/{name}" for name in ("policy", "retention", "keys", "history"))
    for path in (*paths, *more):
        page = await viewer.open(path)
        assert page.select("form[method=post]:not([action='/logout'])") == [], path
    for path in (f"{CONFIGURATION}/modules/CPR", TYPES, f"{SOURCES}/CPR", JOB, f"{CONFIGURATION}/keys"):
        await viewer.send(path, {"confirmed": "yes"}, status=403)
