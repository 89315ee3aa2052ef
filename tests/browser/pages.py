"""Every page of the console: who opens it, what it is called in both languages, and the tasks that are done on it."""

import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from console.people.roles import Role
from playwright.async_api import Page

from tests.browser.scene import Scene

Task: TypeAlias = Callable[[Page, Scene], Awaitable[None]]


@dataclasses.dataclass(frozen=True)
class PageCase:
    """A page; ``find`` gives a path that only the scene knows."""

    path: str
    english: str
    danish: str
    role: Role = Role.ADMINISTRATOR
    find: Callable[[Scene], Awaitable[str]] | None = None
    tasks: Sequence[Task] = ()

    def __str__(self) -> str:
        return self.path

    async def url(self, scene: Scene) -> str:
        """Its path in this scene."""
        return self.path if self.find is None else await self.find(scene)


PAGES: Sequence[PageCase] = (
    PageCase("/ui/preferences", "My settings", "Mine indstillinger"),
    PageCase("/ui/purpose", "Why do you read contacts?", "Hvorfor læses der kontakter?"),
    PageCase("/ui/clients", "OAuth2 clients", "OAuth2-klienter"),
)
