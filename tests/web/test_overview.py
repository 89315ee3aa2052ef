"""The overview: what it tells to whom, where each thing is mended, charts with a table behind them, kept up to date."""

import json
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from bs4 import BeautifulSoup
from console.web.overview.texts import MENDINGS, PAGES
from console.web.routes import NEEDS
from registerbro.bus import dead_letters

from tests.support.web_stage import Browser, WebStage

pytestmark = [pytest.mark.xdist_group("web pages"), pytest.mark.asyncio(loop_scope="package")]
SERVICES = ["Console", "CPR Direkte", "CPR Batch", "CVR Online", "CVR Subscription", "CVR Update"]


@pytest_asyncio.fixture(loop_scope="package")
async def dead_letter(stage: WebStage) -> AsyncIterator[None]:
    """Something that needs a person who may replay events."""
    async with stage.installation.pool.acquire() as connection:
        await dead_letters.store(
            connection, consumer="overview", routing_key="x", body=b"x", reason="x", attempts=1
        )
        yield
        await connection.execute("delete from dead_letter where consumer = 'overview'")


def links(page: BeautifulSoup, section: str) -> dict[str, str]:
    return {each.get_text(): str(each["href"]) for each in page.select(f"#{section} a")}


async def test_services_and_registers_are_shown_with_their_state(viewer: Browser) -> None:
    page = await viewer.open("/")
    assert page.h1
    assert page.h1.get_text() == "Overview"
    services, registers = page.select("#standing .card")
    names = [each.get_text().split(" Healthy")[0].strip() for each in services.select("li > p:first-child")]
    assert names[:6] == SERVICES
    assert "CPR Direkte (lookups)" in registers.get_text()
    ways = links(page, "standing")
    assert ways["CPR Direkte"] == "/ui/direct"
    assert "CVR Update" not in ways, "a viewer may not see that page"
    headings = [int(each.name[1]) for each in page.select("h1, h2, h3, h4")]
    menu = len(page.select("nav h2"))
    assert all(
        later - earlier <= 1 for earlier, later in zip(headings[menu:], headings[menu + 1 :], strict=False)
    )


@pytest.mark.usefixtures("dead_letter")
async def test_what_needs_attention_leads_to_where_it_is_mended_for_those_who_may(
    operator: Browser, viewer: Browser
) -> None:
    page = await operator.open("/ui/")
    item = next(each for each in page.select("#attention li") if "Messages were given up" in each.get_text())
    assert re.search(r"How many: [1-9]", item.get_text()), "other tests leave some, too"
    assert item.a
    assert (item.a.get_text(), item.a["href"]) == ("Replay or discard them", "/ui/events/dead-letters")
    assert "Messages were given up" not in (await viewer.open("/ui/")).get_text()


async def test_charts_have_a_sentence_and_a_table_and_follow_the_period(viewer: Browser) -> None:
    page = await viewer.open("/ui/?hours=6")
    current = page.select_one("main .tabs a[aria-current]")
    assert current
    assert current.get_text() == "6 hours"
    assert len(page.select("#figures .chart")) == 13
    for drawing in page.select("#figures svg"):
        assert drawing["role"] == "img"
        assert len(str(drawing["aria-label"]).split(". ")) == 2
    for table, columns in zip(page.select("#figures table"), (8, 7), strict=True):
        assert len(table.select("thead th")) == columns
        assert len(table.select("tbody tr")) == 73, "6 hours, 5 minutes each, and the part that is not over"
    for odd in ("hours=1000", "hours=x", "hours=-6"):
        page = await viewer.open(f"/ui/?{odd}")
        assert page.select_one("main .tabs a[aria-current]").get_text() == "24 hours"  # type: ignore[union-attr]


async def test_it_stays_up_to_date_without_a_reload(viewer: Browser) -> None:
    page = await viewer.open("/ui/?hours=6")
    main = page.select_one("main")
    assert main
    parts = {}
    async with viewer.client.stream("GET", str(main["data-live"])) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                told = json.loads(line.removeprefix("data: "))
                parts[told["id"]] = BeautifulSoup(told["html"], "html.parser")
            if len(parts) == 4:
                break
    assert {name for name in parts if page.select_one(f"#{name}")} == set(parts)
    assert "CPR Batch" in parts["standing"].get_text()
    assert len(parts["figures"].select(".chart")) == 13


async def test_in_danish(stage: WebStage) -> None:
    async with stage.browser(next(iter(stage.people)), language="da") as browser:
        page = await browser.open("/ui/")
    assert page.h1
    assert page.h1.get_text() == "Overblik"
    assert "Tjenester og registre" in page.get_text()


async def test_each_way_to_mend_something_is_a_page() -> None:
    paths = {each.path for each in MENDINGS.values() if each.path} | set(PAGES.values())
    assert {path for path in paths if ("GET", path) not in NEEDS} == set()
