"""The first start: steps found from the services, modules switched, connections tested, access entered, steps skipped."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from bs4 import BeautifulSoup
from console.people.roles import Role
from registerbro import features
from registerbro.features import Feature

from tests.support.web_stage import Browser, WebStage

pytestmark = [pytest.mark.xdist_group("web pages"), pytest.mark.asyncio(loop_scope="package")]
ALL_MODULES = {"modules": [str(each) for each in Feature]}


@pytest_asyncio.fixture(loop_scope="package")
async def beginner(stage: WebStage) -> AsyncIterator[Browser]:
    """An administrator whose modules are all on again afterwards."""
    async with stage.browser(Role.ADMINISTRATOR) as browser:
        yield browser
        await browser.send("/ui/setup/modules", ALL_MODULES)


def states(page: BeautifulSoup) -> dict[str, str]:
    return {
        each.a.get_text(): each.select_one(".badge").get_text()  # type: ignore[union-attr]
        for each in page.select("ol.steps > li")
    }


async def switch_all_off(stage: WebStage) -> None:
    async with stage.installation.pool.acquire() as connection:
        for feature in Feature:
            await features.switch(connection, feature, enabled=False, by="test")


async def test_without_modules_the_first_step_is_to_do_and_the_others_wait_for_it(
    stage: WebStage, beginner: Browser
) -> None:
    await switch_all_off(stage)
    page = await beginner.open("/ui/setup")
    found = states(page)
    assert found["Switch modules on"] == "to do"
    assert {found[step] for step in ("Contract with CPR Direkte", "CPR's file server", "Access to CVR")} == {
        "not needed"
    }
    assert page.select_one("main a.primary")["href"] == "/ui/setup/modules"  # type: ignore[index]
    overview = await beginner.open("/ui/")
    assert overview.select_one("main a[href='/ui/setup']") is not None
    page = await beginner.send("/ui/setup/modules", {"modules": ["CPR"]})
    found = states(await beginner.open("/ui/setup"))
    assert (found["Switch modules on"], found["Contract with CPR Direkte"]) == ("done", "done")
    assert found["Access to CVR"] == "not needed"


async def test_connections_are_tested_step_by_step_and_count_as_tested_afterwards(beginner: Browser) -> None:
    page = await beginner.open("/ui/setup/connections")
    assert len(page.select("main section")) == 3
    for service in ("cpr-direct", "cpr-batch", "cvr-online"):
        page = await beginner.send("/ui/setup/connections", {"service": service})
        section = page.select_one(f"section[aria-labelledby=test-{service}]")
        assert section
        assert "The connection works." in section.get_text()
        assert len(section.select("ol.steps li")) >= 4
        assert "has worked" in section.get_text()
    assert states(await beginner.open("/ui/setup"))["Test the connections"] == "done"


async def test_access_is_entered_and_a_refusal_keeps_what_was_typed(
    beginner: Browser, stage: WebStage
) -> None:
    page = await beginner.send("/ui/setup/cpr-direkte", {"password": "short"}, status=422)
    assert page.select_one("[role=alert]") is not None
    assert "short" not in str(page), "a password is never shown again"
    typed = {"ftp.protocol": "sftp", "ftp.host": "ftp.example.dk", "ftp.user": "x", "ftp.directory": "in"}
    page = await beginner.send("/ui/setup/cpr-batch", typed, status=422)
    assert page.select_one("[role=alert]") is not None, "its settings are fixed"
    assert page.select_one("[id='ftp.host']")["value"] == "ftp.example.dk"  # type: ignore[index]
    page = await beginner.open("/ui/setup/cpr-batch")
    shown = {name: page.select_one(f"[id='{name}']") for name in ("ftp.host", "ftp.user")}
    assert all(each is not None and each.has_attr("readonly") for each in shown.values())
    unchanged = {name: str(each["value"]) for name, each in shown.items() if each} | {"ftp.protocol": "ftps"}
    page = await beginner.send("/ui/setup/cpr-batch", unchanged)
    assert "The settings are saved." in page.get_text()
    kept = await stage.installation.pool.fetchval(
        "select parameters from external_source where source = 'CVR-J'"
    )
    page = await beginner.send("/ui/setup/cvr", {"user_id": "a;b", "certificate_file": "x.p12"}, status=422)
    assert page.select_one("#user_id")["value"] == "a;b"  # type: ignore[index]
    page = await beginner.send("/ui/setup/cvr", {"user_id": "municipality", "certificate_file": ""})
    assert "The settings are saved." in page.get_text()
    page = await beginner.open("/ui/setup/cvr")
    assert page.select_one("#user_id")["value"] == "municipality"  # type: ignore[index]
    await stage.installation.pool.execute(
        "update external_source set parameters = $1 where source = 'CVR-J'", kept
    )


async def test_a_step_is_skipped_and_taken_up_again(stage: WebStage, beginner: Browser) -> None:
    await switch_all_off(stage)
    await beginner.send("/ui/setup/modules/skip")
    page = await beginner.open("/ui/setup")
    assert states(page)["Switch modules on"] == "skipped"
    await beginner.send("/ui/setup/modules/skip")
    assert states(await beginner.open("/ui/setup"))["Switch modules on"] == "to do"
    for path in ("/ui/setup/nonsense", "/ui/setup/nonsense/skip"):
        await beginner.send(path)
    assert (await beginner.open("/ui/setup/nonsense")).h1.get_text() == "First start"  # type: ignore[union-attr]


async def test_only_administrators_have_a_first_start(operator: Browser) -> None:
    assert (await operator.open("/ui/")).select_one("a[href='/ui/setup']") is None
    await operator.open("/ui/setup", status=403)
    await operator.open("/ui/setup/modules", status=403)
    await operator.send("/ui/setup/modules", ALL_MODULES, status=403)
