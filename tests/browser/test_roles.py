"""What a role may not do is neither shown nor possible."""

import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser

import httpx
import pytest
from console.people.roles import Role, scopes_of
from console.web.routes import NEEDS
from playwright.async_api import expect
from starlette.routing import compile_path

from tests.browser.pages import PAGES
from tests.browser.proxies import Proxy
from tests.browser.scene import Scene
from tests.browser.visitors import Visitors
from tests.support import people

pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.timeout(300),
]
VIEWERS = (
    "Overview",
    "Contacts",
    "CPR Batch",
    "CPR Direkte",
    "CVR",
    "Configuration",
    "OAuth2 clients",
    "Users",
)
OPERATORS = ("Overview", "Contacts", "CPR Batch", "CPR Direkte", "CVR", "CVR Update", "Events", "Configuration", "OAuth2 clients", "Users", "Sandbox")  # fmt: skip
MENUS: Mapping[Role, tuple[str, ...]] = {
    Role.VIEWER: VIEWERS,
    Role.OPERATOR: OPERATORS,
    Role.ADMINISTRATOR: ("Overview", "First start", *OPERATORS[1:]),
    Role.DATA_PROTECTION_OFFICER: ("Overview", "Contacts", "CPR Direkte", "CVR", "Configuration", "OAuth2 clients", "Users", "Audit"),
}  # fmt: skip
ROUTES = [(method, compile_path(path)[0], needs) for (method, path), needs in NEEDS.items()]
each_role = pytest.mark.parametrize("role", Role)


class Ways(HTMLParser):
    """Where a page's links and forms lead."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Of a link, or of a form and its buttons."""
        told = dict(attrs)
        if tag == "a" and told.get("href"):
            self.found.append(("GET", str(told["href"])))
        if tag == "form":
            self.found.append((str(told.get("method", "get")).upper(), str(told.get("action", ""))))
        if tag in ("button", "input") and told.get("formaction"):
            self.found.append(("POST", str(told["formaction"])))


def refused(role: Role, ways: list[tuple[str, str]]) -> Iterator[str]:
    """Those that lead to a page that the role may not see."""
    scopes = scopes_of([role])
    for method, path in dict.fromkeys(ways):
        for known, pattern, needs in ROUTES:
            if known == method and pattern.match(path.partition("?")[0]) and needs and not needs & scopes:
                yield f"{method} {path}"


def pages_of(scene: Scene, proxy: Proxy, role: Role) -> httpx.AsyncClient:
    """Reads pages as somebody with this role, without a browser."""
    headers = {"Cookie": f"{people.COOKIE}={scene.sessions[role]}"}
    return httpx.AsyncClient(base_url=proxy.url, headers=headers, timeout=30)


@each_role
async def test_the_menu_shows_what_the_role_may_see(role: Role, visitors: Visitors) -> None:
    page = await visitors.at_desk(role, "/ui/preferences")
    menu = page.get_by_role("navigation", name="Pages")
    await expect(menu.get_by_role("link")).to_have_text(list(MENUS[role]))


@each_role
async def test_no_page_leads_where_the_role_may_not_go(role: Role, scene: Scene, proxy: Proxy) -> None:
    leading: dict[str, list[str]] = {}
    async with pages_of(scene, proxy, role) as reader:
        for case in PAGES:
            answer = await reader.get(case.url(scene))
            if answer.status_code == 200:
                ways = Ways()
                ways.feed(answer.text)
                assert ways.found, case.path
                leading[case.path] = list(refused(role, ways.found))
    assert {path: ways for path, ways in leading.items() if ways} == {}
    assert leading


@each_role
async def test_what_the_role_may_not_do_is_refused(role: Role, scene: Scene, proxy: Proxy) -> None:
    forbidden = [
        (method, re.sub(r"{[^}]*}", "1", path))
        for (method, path), needs in NEEDS.items()
        if needs and not needs & scopes_of([role])
    ]
    async with pages_of(scene, proxy, role) as reader:
        csrf = re.search(r'name="csrf" value="(\w+)"', (await reader.get("/ui/preferences")).text)
        assert csrf
        form = {"csrf": csrf[1], "confirmed": "yes"}
        answered = {
            f"{method} {path}": (
                await reader.request(method, path, data=form if method == "POST" else None)
            ).status_code
            for method, path in forbidden
        }
    assert {way: status for way, status in answered.items() if status != 403} == {}
    assert len(answered) == len(forbidden) > 0


async def test_who_asks_for_a_page_of_others_reads_why_not(visitors: Visitors) -> None:
    page = await visitors.open(Role.VIEWER, "/ui/clients/new")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Not permitted")
    await expect(page.get_by_text("config:write")).to_be_visible()
    await expect(page.get_by_role("link", name="Register a client")).to_have_count(0)


async def test_a_stranger_is_sent_to_the_log_in_and_back(visitors: Visitors) -> None:
    page = await visitors.open(None, "/ui/clients")
    await page.get_by_label("User name").fill("anders")
    await page.get_by_label("Password").fill(people.PASSWORD)
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("OAuth2 clients")
    await page.get_by_role("button", name="Log out").click()
    await page.goto("/ui/clients")
    await expect(page.get_by_role("button", name="Log in")).to_be_visible()
