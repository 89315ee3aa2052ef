"""Pages of CPR Batch: from the file server to the imported person, and everything that stops on the way."""

from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest
import pytest_asyncio
from bs4 import BeautifulSoup, Tag
from console.people.roles import Role

from tests.support.cpr_files import ANNA, record
from tests.support.small_files import delivery, living, name_of, person
from tests.support.waiting import until
from tests.support.web_stage import Browser, WebStage, attribute, text

pytestmark = [pytest.mark.xdist_group("web pages"), pytest.mark.asyncio(loop_scope="package")]
TASK, LOST = "999901", "999902"  # not the world's own
CONFIRMED = {"confirmed": "yes"}


@pytest_asyncio.fixture(loop_scope="package")
async def danish(stage: WebStage) -> AsyncIterator[Browser]:
    """A browser of a viewer whose person reads Danish."""
    async with stage.browser(Role.VIEWER, language="da") as browser:
        yield browser


def link(page: BeautifulSoup, said: str) -> str:
    [found] = [each for each in page.select("main a") if each.get_text(strip=True) == said]
    return str(found["href"])


def put(
    folder: Path, records: Iterable[str], number: int, *, task: str = TASK, previous: int | None = None
) -> str:
    """A file of our own task; its name."""
    name = name_of(number, task)
    (folder / name).write_bytes(delivery(records, number, task=task, previous=previous))
    return name


async def ended(browser: Browser, page: BeautifulSoup) -> BeautifulSoup:
    """The page of the run that a form led to, once the run has ended."""
    path = attribute(page, "main", "data-live").removesuffix("/live")
    if not path:
        return page
    seen = {"page": page}

    async def has_ended() -> bool:
        seen["page"] = await browser.open(path)
        return attribute(seen["page"], "main", "data-live") == ""

    await until(has_ended)
    return seen["page"]


async def imported(
    browser: Browser, folder: Path, records: list[str], number: int, **how: str
) -> BeautifulSoup:
    """The run's page after the import of a file."""
    name = put(folder, records, number)
    return await ended(browser, await browser.send("/ui/batch/imports", {"name": name, **how, **CONFIRMED}))


@pytest.fixture
def interim(stage: WebStage) -> Path:
    """The interim directory."""
    return stage.installation.batch.interim.directory


async def test_a_file_is_listed_fetched_planned_and_imported_and_its_persons_told(
    stage: WebStage, operator: Browser
) -> None:
    name = put(stage.installation.world, living(3), 1)
    page = await operator.open("/ui/batch/server")
    assert name not in text(page), "a page alone must not log on"
    page = await operator.send("/ui/batch/server")
    assert name in text(page)
    page = await operator.send("/ui/batch/transfers", {"name": name})
    assert "it is not deleted" in text(page)
    assert (stage.installation.world / name).exists(), "nothing happens before it is confirmed"
    page = await ended(operator, await operator.send("/ui/batch/transfers", {"name": name, **CONFIRMED}))
    assert "fetched: 1" in text(page)
    assert (stage.installation.world / f"x{name}").exists()
    page = await operator.open("/ui/batch")
    assert page.select_one(f"button[aria-label='Import {name}']") is not None

    page = await ended(
        operator, await operator.send("/ui/batch/dry-runs", {"name": name, "initial_load": "yes"})
    )
    page = await operator.open(link(page, "See the plan"))
    assert "created" in text(page)
    assert len(page.select("table")) == 2

    page = await operator.send("/ui/batch/imports", {"name": name, "initial_load": "yes"})
    assert "Contacts that do not exist are created" in text(page)
    assert attribute(page, "input[name=initial_load]", "value") == "yes"
    page = await ended(
        operator, await operator.send("/ui/batch/imports", {"name": name, "initial_load": "yes", **CONFIRMED})
    )
    page = await operator.open(link(page, "See the imported persons"))
    assert "Persons: 3" in text(page)
    page = await operator.open(link(page, "Person 2"))
    contact = page.select_one("a[href^='/ui/contacts/']")
    assert contact is not None
    page = await operator.open(link(page, "What all files did to this contact"))
    assert name in text(page)
    assert "created" in text(page)


async def test_errors_show_their_record_masked(operator: Browser, interim: Path) -> None:
    records = [*person(ANNA, name="Zqxny"), record("008", ANNA) + "x" * 300]
    page = await imported(operator, interim, records, 2)
    page = await operator.open(link(page, name_of(2, TASK)))
    page = await operator.open(link(page, "Errors and remarks"))
    assert "rejected Line" in text(page)
    assert "longer than" in text(page)
    values = [row.get_text(strip=True) for row in page.select("details tbody td:last-child")]
    assert values
    assert set(values) == {"•••masked"}
    assert ANNA not in str(page)
    assert "Zqxny" not in str(page)


async def test_a_held_file_is_measured_and_approved_after_a_question(
    operator: Browser, viewer: Browser, interim: Path
) -> None:
    await imported(operator, interim, living(30), 3, initial_load="yes")
    dead = [each for number in range(100, 130) for each in person(f"01017{number:05}", is_dead=True)]
    page = await imported(operator, interim, dead, 4)
    assert "held" in text(page)
    page = await operator.open("/ui/batch")
    assert "is held because" in text(page) or "are held because" in text(page)
    path = link(await operator.open("/ui/batch/approvals"), name_of(4, TASK))
    seen = await viewer.open(path)
    assert "Of these ended or blanked 30" in text(seen)
    assert seen.select_one("form[action$=decision]") is None
    await viewer.send(f"{path}/decision", {"decision": "approved", "reason": "x", **CONFIRMED}, status=403)
    page = await operator.send(f"{path}/decision", {"decision": "approved", "reason": ""}, status=422)
    assert page.select_one("#reason-error") is not None
    sent = {"decision": "approved", "reason": "merged <b>"}
    page = await operator.send(f"{path}/decision", sent)
    assert "30 of 30 contacts will get an end date" in text(page)
    page = await operator.send(f"{path}/decision", {**sent, **CONFIRMED})
    assert "The file is approved" in text(page)
    assert "Reason merged <b>" in text(page)
    page = await operator.send(f"{path}/decision", {**sent, **CONFIRMED}, status=409)
    assert "It is decided already." in text(page)
    (interim / name_of(4, TASK)).unlink()


async def test_a_gap_is_dismissed_with_a_reason_after_a_question(
    operator: Browser, viewer: Browser, interim: Path
) -> None:
    for number, previous in ((1, 0), (5, 4)):
        name = put(interim, living(1), number, task=LOST, previous=previous)
        await ended(operator, await operator.send("/ui/batch/imports", {"name": name, **CONFIRMED}))
    assert "Dismiss" not in text(await viewer.open("/ui/batch/gaps"))
    page = await operator.open("/ui/batch/gaps")
    row = next(row for row in page.select("tbody tr") if LOST in row.get_text())
    action = row.select_one("a[href$=dismissal]")
    assert isinstance(action, Tag)
    path = str(action["href"])
    page = await operator.send(path, {"reason": "no file that day"})
    assert "The gap stays closed" in text(page)
    page = await operator.send(path, {"reason": "no file that day", **CONFIRMED})
    assert "The gap is closed." in text(page)
    assert "no file that day" in text(await operator.open("/ui/batch/gaps?everything=true"))


async def test_a_refused_file_says_why_and_where_to_go_on(operator: Browser, interim: Path) -> None:
    name = name_of(6, TASK)
    (interim / name).write_bytes(delivery(living(2), 6, task=TASK)[:-60])
    try:
        page = await ended(operator, await operator.send("/ui/batch/imports", {"name": name, **CONFIRMED}))
        assert "the end record 999 is missing" in text(page)
        assert link(page, "See the file").startswith("/ui/batch/files/")
        assert "the end record 999 is missing" in text(await operator.open("/ui/batch"))
    finally:
        (interim / name).unlink()
    page = await operator.send("/ui/batch/imports", {"name": name, **CONFIRMED}, status=404)
    assert "There is no such file in the interim directory." in text(page)


async def test_settings_are_checked_saved_and_told_in_the_history(administrator: Browser) -> None:
    path = "/ui/batch/settings"
    page = await administrator.open(path)
    assert attribute(page, "form[data-guard] .unsaved", "role") == "status"
    version = attribute(page, "input[name=version]", "value")
    sent = {"runs.watchers": "51", "version": version}
    page = await administrator.send(path, {**sent, "do": "check"})
    assert "It can be saved. Nothing is saved yet." in text(page)
    assert attribute(page, "[id='runs.watchers']", "value") == "51"
    assert page.select_one("form[data-unsaved]") is not None
    page = await administrator.send(
        path, {"runs.watchers": "none", "version": version, "do": "save"}, status=422
    )
    assert attribute(page, "[id='runs.watchers']", "aria-invalid") == "true"
    page = await administrator.send(path, {**sent, "do": "save"})
    assert "The settings are saved." in text(page)
    page = await administrator.send(
        path, {"runs.watchers": "52", "version": version, "do": "save"}, status=412
    )
    assert "Somebody else changed this" in text(page)
    version = attribute(page, "input[name=version]", "value")
    sent = {"forget": "runs.watchers", "version": version, "do": "save"}
    assert "The settings are saved." in text(await administrator.send(path, sent))
    history = text(await administrator.open(f"{path}/history"))
    assert "Progress streams at once, for each replica not stored 51" in history


async def test_a_passphrase_is_kept_when_left_empty_and_shown_nowhere(administrator: Browser) -> None:
    path, name = "/ui/batch/settings", "ftp.key_passphrase"
    page = await administrator.open(path)

    async def save(**sent: str) -> BeautifulSoup:
        version = attribute(await administrator.open(path), "input[name=version]", "value")
        return await administrator.send(path, {"do": "save", "version": version, **sent})

    page = await save(**{name: "quite secret"})
    assert "The settings are saved." in text(page)
    assert "quite secret" not in str(page)
    assert attribute(page, f"[id='{name}']", "value") == ""
    page = await save(**{name: "", "brake.least": "21"})
    assert "A value is set." in text(page)
    assert "quite secret" not in str(await administrator.open(f"{path}/history"))
    page = await save(forget=name)
    assert "No value is set. Kept as it is" in text(page)
    await save(forget="brake.least")


async def test_while_files_wait_their_names_are_told_and_nothing_is_saved(
    administrator: Browser, interim: Path
) -> None:
    name = put(interim, living(1), 7)
    try:
        version = attribute(await administrator.open("/ui/batch/settings"), "input[name=version]", "value")
        sent = {"rename_prefix": "y", "version": version, "do": "save"}
        page = await administrator.send("/ui/batch/settings", sent, status=409)
        assert [each.get_text() for each in page.select(".problem li") if name in each.get_text()] == [name]
        assert attribute(page, "#rename_prefix", "value") == "y"
        page = await administrator.open("/ui/batch/settings")
        assert attribute(page, "#rename_prefix", "value") == "x"
    finally:
        (interim / name).unlink()


async def test_the_connection_is_tested_step_by_step(operator: Browser) -> None:
    page = await operator.send("/ui/batch/connection")
    assert [step.strong.get_text() for step in page.select(".steps li") if step.strong] == [
        "Settings", "Name of the host (DNS)", "Network connection", "Encryption and certificates (TLS)", "Logon", "Directory",
        "Directory for our files", "Interim directory",
    ]  # fmt: skip
    assert {each.get_text() for each in page.select(".steps .badge")} == {"works"}


async def test_orders_are_taken_by_contact_ids_and_withdrawn_after_a_question(operator: Browser) -> None:
    page = await operator.send(
        "/ui/batch/orders/new", {"kind": "requisition", "contact_ids": "010170-1996"}, status=422
    )
    assert "contacts are named by their ids" in text(page)
    sent = {"kind": "requisition", "contact_ids": "987654321"}
    assert "no such contact: 1" in text(await operator.send("/ui/batch/orders/new", sent))
    page = await operator.send("/ui/batch/orders/987654/withdrawal")
    assert "Withdraw the order?" in text(page)
    page = await operator.send("/ui/batch/orders/987654/withdrawal", CONFIRMED, status=404)
    assert "There is no such order." in text(page)
    assert "cannot be taken back" in text(await operator.send("/ui/batch/input-files"))


async def test_the_whole_job_and_the_deletion_of_files_ask_first(operator: Browser) -> None:
    assert "This is no rehearsal" in text(await operator.send("/ui/batch/runs"))
    page = await operator.send("/ui/batch/purges", {"older_than_days": "x"}, status=422)
    assert attribute(page, "#older_than_days", "aria-invalid") == "true"
    assert "nothing to delete" in text(await operator.send("/ui/batch/purges", {"older_than_days": "30"}))


async def test_the_window_comes_live(viewer: Browser) -> None:
    async with viewer.client.stream("GET", "/ui/batch/live") as stream:
        events = [line async for line in _first_events(stream.aiter_lines())]
    assert {'"now"', '"asked"', '"local"'} <= {each.split('id": ')[1].split(",")[0] for each in events}


async def _first_events(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    seen = 0
    async for line in lines:
        if line.startswith('data: {"id"'):
            yield line
            seen += 1
        if seen == 3:
            return


async def test_a_viewer_reads_and_starts_nothing(viewer: Browser) -> None:
    for path in ("", "/server", "/runs", "/files", "/approvals", "/gaps", "/orders", "/journal", "/settings"):
        page = await viewer.open(f"/ui/batch{path}")
        starts = [form["action"] for form in page.select("main form[method=post]")]
        assert set(starts) <= {"/ui/batch/server"}, path
    for path in (
        "imports",
        "transfers",
        "dry-runs",
        "runs",
        "connection",
        "purges",
        "settings",
        "input-files",
    ):
        await viewer.send(f"/ui/batch/{path}", CONFIRMED, status=403)


async def test_an_operator_reads_the_settings_and_changes_none(operator: Browser) -> None:
    page = await operator.open("/ui/batch/settings")
    assert "set, never shown" in text(page)
    assert page.select_one("main form") is None
    await operator.send("/ui/batch/settings", {"do": "save"}, status=403)


async def test_danish(danish: Browser) -> None:
    page = await danish.open("/ui/batch")
    assert "Filer, der venter på import" in text(page)
    assert page.html is not None
    assert page.html["lang"] == "da"
