"""Pages of contacts: import, search, one contact with its past, change, close, erase, export; what each role sees."""

import re
from typing import Any

import httpx
import pytest
from bs4 import BeautifulSoup
from console.people.roles import Role
from console.web.contacts.importing import AT_ONCE
from registerbro_local.newcomers import newcomer
from registerbro_sandbox.persons.chronicle import Chronicle

from tests.support.people import COOKIE, CSRF
from tests.support.waiting import until
from tests.support.web_stage import Browser, WebStage, attribute, text

pytestmark = [pytest.mark.xdist_group("web pages"), pytest.mark.asyncio(loop_scope="package")]

COMPANY = "26911745"
MARKUP = "<script>alert(1)</script>\"'&"


async def _stated(browser: Browser) -> Browser:
    await browser.state_purpose()
    return browser


async def _created(operator: Browser, **fields: Any) -> str:
    """The path of a contact made by hand."""
    sent = {"NameType": "P", "Name1": "Ane", "Name2": "Zebra", "Address1": "Zebravej 1", "Postcode": "8000"}
    answer = await operator.client.post(
        "/ui/contacts/new", data={"csrf": await operator.csrf(), **sent, **fields}
    )
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def test_a_person_is_looked_up_without_a_trace_imported_and_found_by_number(
    stage: WebStage, operator: Browser
) -> None:
    pool = stage.installation.pool
    person = await newcomer(pool, Chronicle.read(stage.installation.world))
    assert person is not None
    number = person.number
    await _stated(operator)
    before = await pool.fetchval("select count(*) from contact")
    page = await operator.send("/ui/contacts/import", {"text": f"{number[:6]}-{number[6:]}"})
    assert "Taken for: CPR number" in text(page)
    assert "There is no contact of this person yet." in text(page)
    assert await pool.fetchval("select count(*) from contact") == before
    page = await operator.send("/ui/contacts/import/person", {"text": number})
    assert "Imported: created." in text(page)
    page = await operator.send("/ui/contacts", {"text": number})
    assert number in text(page)  # the contact's own page: there is one who has the number
    assert page.select_one("nav.tabs") is not None
    page = await operator.send(
        "/ui/contacts/import/list", {"kind": "persons", "numbers": f"{number}\nnonsense"}
    )
    assert re.search(r"unchanged.*failed", text(page))


async def test_a_company_is_imported_with_its_production_units_and_its_answer_shown(
    operator: Browser,
) -> None:
    await _stated(operator)
    page = await operator.send("/ui/contacts/import", {"text": "DK 26 91 17 45"})
    assert "KMD A/S" in text(page)
    page = await operator.send("/ui/contacts/import/unit", {"text": COMPANY, "with_units": "yes"})
    links = [str(link["href"]) for link in page.select("tbody a")]
    assert len(links) == 2
    assert "Virksomhed: KMD A/S" in text(await operator.open(links[1]))
    assert "named as Virksomhed by" in text(await operator.open(links[0]))
    assert "CVR_Virksomhedsform" in text(await operator.open(f"{links[0]}/records"))
    subscription = text(await operator.open(f"{links[0]}/subscription"))
    assert "Updates from CVR" in subscription
    assert "not subscribed" not in subscription  # that is CPR's state; CVR Update has its own


async def test_ten_digits_that_may_be_either_are_sent_nowhere_before_the_person_says_which(
    stage: WebStage, operator: Browser
) -> None:
    await _stated(operator)
    asked = "select count(*) from audit_log where service in ('cpr-direct', 'cvr-online')"
    before = await stage.installation.pool.fetchval(asked)
    page = await operator.send("/ui/contacts/import", {"text": "1003387453"})
    assert "Which number is it?" in text(page)
    assert await stage.installation.pool.fetchval(asked) == before
    page = await operator.send("/ui/contacts/import", {"text": "1003387453", "kind": "p-number"})
    assert "Production unit" in text(page)


async def test_a_contact_is_searched_by_name_and_address_page_by_page_and_shown_as_text(
    operator: Browser,
) -> None:
    await _stated(operator)
    for place in range(27):
        await _created(operator, Name1=f"{MARKUP} {place:02}", Name2="Quagga", Address1="Quaggavej 9")
    page = await operator.send("/ui/contacts", {"text": "quagga quaggavej"})
    assert "27 contacts fit. Shown: 1 to 25 of 27." in text(page)
    assert page.select("tbody script") == []
    assert f"{MARKUP} 00 Quagga" in page.get_text()
    page = await operator.send("/ui/contacts", {"text": "quaggavej 9", "page": "2"})
    assert "Shown: 26 to 27 of 27." in text(page)
    page = await operator.send("/ui/contacts", {"text": "quagga", "is_ended": "yes"})
    assert "No contact fits." in text(page)
    page = await operator.send("/ui/contacts", {"text": "q"}, status=422)
    assert attribute(page, "#text") == "q"
    assert page.select_one("#text-error") is not None


async def test_who_was_slower_sees_what_the_other_changed_and_keeps_what_was_typed(operator: Browser) -> None:
    await _stated(operator)
    path = await _created(operator)
    page = await operator.open(f"{path}/edit")
    form = {str(each["name"]): str(each.get("value", "")) for each in page.select("form[data-guard] input")}
    await operator.send(f"{path}/edit", form | {"Position": "Tømrer"})
    page = await operator.send(f"{path}/edit", form | {"Name2": "Okapi"}, status=412)
    assert "Somebody else changed the contact while you typed." in text(page)
    assert "Position – Tømrer" in text(page)
    assert attribute(page, "#Name2") == "Okapi"
    again = {str(each["name"]): str(each.get("value", "")) for each in page.select("form[data-guard] input")}
    shown = text(await operator.send(f"{path}/edit", again))
    assert "Ane Okapi" in shown
    assert "Tømrer" in shown  # what the other changed stays
    history = await operator.open(f"{path}/history")
    assert [each.get_text() for each in history.select("del")] == ["Zebra"]
    assert "Tømrer" in [each.get_text() for each in history.select("ins")]
    assert "Ane Zebra" in text(await operator.open(f"{path}/past?version=1"))


async def test_addresses_labels_and_relations_are_changed_by_hand(operator: Browser) -> None:
    await _stated(operator)
    path, other = await _created(operator), await _created(operator, Name1="Bo")
    number = other.rpartition("/")[2]
    page = await operator.open(f"{path}/addresses/new")
    version = attribute(page, "input[name=version]")
    moved = {
        "version": version,
        "AddressType": "HA",
        "Address1": "Nyvej 2",
        "Postcode": "2750",
        "CountryCode": "DK",
    }
    shown = text(await operator.send(f"{path}/addresses/new", moved))
    assert "Main address changed by hand Nyvej 2, 2750" in shown
    assert "Former address" in shown
    related = {"version": "2", "Role": "Barn", "ToContactId": number}
    page = await operator.send(f"{path}/references/new", related)
    assert "Barn: Bo Zebra" in text(page)
    assert page.select_one("svg[role=img] title") is not None
    page = await operator.send(
        f"{path}/references/new", related | {"version": "3", "ToContactId": "x"}, status=422
    )
    assert page.select_one("#ToContactId-error") is not None
    page = await operator.send(f"{path}/edit", {"version": "3", "Label": "Note", "Values": "en\nto"})
    assert "Note en Note to" in text(page)
    page = await operator.send(f"{path}/references/removal", {"version": "4", "role": "Barn", "to": number})
    assert "Remove the relation?" in text(page)


async def test_a_contact_is_closed_and_erased_only_after_it_was_said_what_goes(operator: Browser) -> None:
    await _stated(operator)
    path = await _created(operator)
    page = await operator.send(f"{path}/closing", {"version": "1", "EndDate": "2026-01-31"})
    assert "31 Jan 2026" in text(page)
    page = await operator.send(f"{path}/erasure", {"version": "2", "reason": "on-request"})
    assert "Erase the contact for good?" in text(page)
    assert "Addresses: 1" in text(page)
    await operator.open(path)
    page = await operator.send(
        f"{path}/erasure", {"version": "2", "reason": "on-request", "confirmed": "yes"}
    )
    assert "The contact was erased for good." in text(page)
    await operator.open(path, status=404)


async def test_a_viewer_reads_and_changes_nothing(operator: Browser, viewer: Browser) -> None:
    path = await _created(await _stated(operator))
    await _stated(viewer)
    page = await viewer.open(path)
    assert "Ane Zebra" in text(page)
    assert page.select(f"a[href^='{path}/']:not(nav a)") == []
    assert "Who looked" not in text(page)
    for hidden in ("edit", "closing", "erasure", "export", "access", "addresses/new", "references/new"):
        await viewer.open(f"{path}/{hidden}", status=403)
    await viewer.send(f"{path}/erasure", {"version": "1", "confirmed": "yes"}, status=403)
    await viewer.send("/ui/contacts/new", {"NameType": "P", "Name1": "X"}, status=403)
    await viewer.open("/ui/contacts/import", status=403)
    await viewer.send(f"{path}/subscription", {"wanted": "yes"}, status=403)


async def test_the_officer_sees_who_looked_and_hands_out_the_export(
    operator: Browser, officer: Browser
) -> None:
    path = await _created(await _stated(operator))
    await operator.open(path)
    await _stated(officer)
    shown = text(await officer.open(f"{path}/access"))
    assert "operator" in shown
    assert "Created a contact" in shown
    answer = await officer.client.post(f"{path}/export", data={"csrf": await officer.csrf(), "form": "pdf"})
    assert answer.content.startswith(b"%PDF")
    assert (
        answer.headers["content-disposition"]
        == f'attachment; filename="contact-{path.rpartition("/")[2]}.pdf"'
    )


async def test_nobody_reads_contacts_without_saying_why(stage: WebStage) -> None:
    async with stage.browser(Role.VIEWER) as hasty:
        for path in ("/ui/contacts", "/ui/contacts/1", "/ui/contacts/1/history"):
            answer = await hasty.client.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, f"/ui/purpose?next={path}")


async def test_a_long_list_is_imported_some_at_a_time_and_shown_as_it_comes(operator: Browser) -> None:
    await operator.state_purpose()
    numbers = [f"nonsense {each}" for each in range(45)]
    sent = {"csrf": await operator.csrf(), "kind": "persons", "numbers": "\n".join([*numbers, numbers[0]])}
    async with operator.client.stream("POST", "/ui/contacts/import/list", data=sent) as answer:
        pieces = [piece async for piece in answer.aiter_text()]
    assert len(pieces) > 1
    page = BeautifulSoup("".join(pieces), "html.parser")
    rows = [cell.get_text() for cell in page.select("tbody th")]
    assert rows == numbers
    assert "Numbers in the list: 45." in text(page)
    assert text(page).endswith("To the search")


async def test_who_leaves_a_list_stops_its_import(
    operator: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    await operator.state_purpose()
    numbers = "\n".join(f"nonsense {each}" for each in range(1000))
    sent = {"csrf": await operator.csrf(), "kind": "persons", "numbers": numbers}
    async with operator.client.stream("POST", "/ui/contacts/import/list", data=sent) as answer:
        async for _ in answer.aiter_text():
            break

    def logged(path: str) -> int:
        return sum(f"'{path}'" in record.getMessage() for record in caplog.records)

    async def is_over() -> bool:
        return bool(logged("/ui/contacts/import/list"))

    await until(is_over)
    calls = logged("/persons/import-batches")
    assert 0 < calls < 1000 / AT_ONCE


async def test_who_is_logged_out_meanwhile_reads_where_the_import_stopped(stage: WebStage) -> None:
    numbers = "\n".join(f"nonsense {each}" for each in range(1000))
    async with stage.browser(Role.OPERATOR) as browser:
        await browser.state_purpose()
        sent = {"csrf": await browser.csrf(), "kind": "persons", "numbers": numbers}
        session = {COOKIE: str(browser.client.cookies[COOKIE])}
        async with browser.client.stream("POST", "/ui/contacts/import/list", data=sent) as answer:
            pieces = answer.aiter_text()
            got = await anext(pieces)
            async with httpx.AsyncClient(base_url=stage.url, cookies=session) as tab:
                answered = await tab.post("/logout", headers=CSRF)
                assert answered.status_code < 400
            got += "".join([piece async for piece in pieces])
    page = BeautifulSoup(got, "html.parser")
    assert text(page.select("tbody tr")[-1]) == "You were logged out, so the import stopped here."
    assert len(page.select("tbody th")) < 1000
    assert text(page).endswith("To the search")


async def test_a_list_that_is_too_long_is_refused_before_anything_is_asked(operator: Browser) -> None:
    await operator.state_purpose()
    numbers = "\n".join(f"nonsense {each}" for each in range(1001))
    sent = {"kind": "persons", "numbers": numbers}
    page = await operator.send("/ui/contacts/import/list", sent, status=422)
    assert "1001" in text(page, "#numbers-error")
