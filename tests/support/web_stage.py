"""The whole system on real ports, as pages call it: local mode with its sandbox, and people of each role who log in."""

import contextlib
import dataclasses
import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
from bs4 import BeautifulSoup, Tag
from console.people.roles import Role
from registerbro_local.installation import Installation, opened
from registerbro_local.ports import Place
from registerbro_local.serving import services_running
from registerbro_sandbox.persons import Delivery, Population
from registerbro_sandbox.persons.chronicle import Chronicle
from registerbro_sandbox.serving import today

from tests.support import secrets_in_use
from tests.support.people import PASSWORD, user

PERSONS, DELIVERED = 40, 30
PURPOSE = "trying the pages"


def element(page: BeautifulSoup, selector: str) -> Tag:
    """The first of a page that fits."""
    found = page.select_one(selector)
    assert found is not None, (selector, page.get_text()[:3000])
    return found


def text(page: Tag, selector: str = "main") -> str:
    """What a part of a page says, or an element, in one line."""
    part = element(page, selector) if isinstance(page, BeautifulSoup) else page
    return " ".join(part.get_text(" ").split())


def attribute(page: BeautifulSoup, selector: str, name: str = "value") -> str:
    """What the first element that fits has, as a field its value."""
    return str(element(page, selector)[name])


def secret_of(page: BeautifulSoup) -> str:
    """The secret that a page shows this once."""
    return secrets_in_use.add(attribute(page, "input.secret"))


class Browser:
    """What a browser does with pages, without one: keeps cookies, reads pages, fills in forms."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def open(self, path: str, *, status: int = 200) -> BeautifulSoup:
        """A page, redirects followed."""
        answer = await self.client.get(path, follow_redirects=True)
        assert answer.status_code == status, (path, answer.status_code, answer.text[:2000])
        return BeautifulSoup(answer.text, "html.parser")

    async def send(
        self, action: str, fields: Mapping[str, Any] | None = None, *, status: int = 200
    ) -> BeautifulSoup:
        """A form with the session's token, redirects followed."""
        answer = await self.client.post(
            action, data={"csrf": await self.csrf(), **(fields or {})}, follow_redirects=True
        )
        assert answer.status_code == status, (action, answer.status_code, answer.text[:2000])
        return BeautifulSoup(answer.text, "html.parser")

    async def csrf(self) -> str:
        """What this session's forms send along."""
        page = await self.open("/ui/preferences")
        return str(page.select_one("input[name=csrf]")["value"])  # type: ignore[index]

    async def state_purpose(self, purpose: str = PURPOSE) -> None:
        """Says why contacts are read from now on."""
        await self.send("/ui/purpose", {"purpose": purpose, "next": "/ui/preferences"})


@dataclasses.dataclass(frozen=True)
class WebStage:
    """What is running, and the way to log in. ``people``: user names by role."""

    installation: Installation
    urls: Mapping[Place, str]
    people: Mapping[Role, str]

    @property
    def url(self) -> str:
        """The console."""
        return self.urls[Place.CONSOLE]

    @contextlib.asynccontextmanager
    async def browser(self, role: Role | None = None, *, language: str = "en") -> AsyncIterator[Browser]:
        """A browser of somebody of a role; None: nobody has logged in."""
        headers = {"Accept-Language": language}
        async with httpx.AsyncClient(base_url=self.url, headers=headers, timeout=60) as client:
            if role is not None:
                sent = {"user_name": self.people[role], "password": PASSWORD}
                answer = await client.post("/session", json=sent)
                assert answer.status_code == 201, answer.text
            yield Browser(client)


@contextlib.asynccontextmanager
async def web_stage(directory: Path) -> AsyncIterator[WebStage]:
    """All of it, with a small world whose first extract waits on the file server, and a user for each role."""
    async with opened(directory, base=None) as installation:
        population = Population(seed=1, size=PERSONS)
        Chronicle.begin(installation.world, population, Delivery(today()), subscribed=DELIVERED)
        names = {role: await user(installation.pool, re.sub("[^a-z]", "", role), role) for role in Role}
        async with services_running(installation) as services:
            yield WebStage(installation, {place: each.url for place, each in services.items()}, names)
