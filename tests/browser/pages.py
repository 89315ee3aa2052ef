"""Every page of the console: who opens it, what it is called in both languages, and the tasks that are done on it."""

import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from console.people.roles import Role
from playwright.async_api import Page

from tests.browser.scene import Scene
from tests.browser.tasks import contacts
from tests.browser.visitors import Language

Task: TypeAlias = Callable[[Page, Scene], Awaitable[None]]


@dataclasses.dataclass(frozen=True)
class PageCase:
    """A page. Names in braces stand for contacts of the scene: for the id in a path, for the name in a heading."""

    path: str
    english: str
    danish: str
    tasks: Sequence[Task] = ()
    role: Role = Role.ADMINISTRATOR

    def __str__(self) -> str:
        return self.path

    def url(self, scene: Scene) -> str:
        """Its path in this scene."""
        return self.path.format(**scene.ids)

    def heading(self, scene: Scene, language: Language) -> str:
        """What it is called in this scene."""
        return {"en": self.english, "da": self.danish}[language].format(**scene.names)


def _contact(path: str, *tasks: Task, role: Role = Role.ADMINISTRATOR) -> PageCase:
    name = path.partition("}")[0].removeprefix("{")
    return PageCase(f"/ui/contacts/{path}", f"{{{name}}}", f"{{{name}}}", tasks, role)


PAGES: Sequence[PageCase] = (
    PageCase("/ui/contacts", "Contacts", "Kontakter", (
        contacts.finds_by_name, contacts.finds_by_number, contacts.finds_by_former_number,
        contacts.finds_by_address, contacts.reads_what_to_do_where_nobody_is_found,
    )),
    _contact("{person}", contacts.sees_addresses_and_relations),
    _contact("{person}/history", contacts.reads_the_history),
    _contact("{person}/past?version=1"),
    _contact("{person}/records", contacts.reads_the_register_record),
    _contact("{person}/subscription", contacts.sees_the_cases, contacts.ends_and_begins_a_subscription),
    _contact("{person}/access", contacts.sees_who_looked, role=Role.DATA_PROTECTION_OFFICER),
    _contact("{company}"),
    _contact("{company}/records"),
    PageCase("/ui/cvr", "CVR", "CVR"),
    PageCase("/ui/cvr/units", "Look a company up", "Slå en virksomhed op"),
    PageCase("/ui/cvr-update", "CVR Update", "CVR Update"),
    PageCase("/ui/cvr-update/subscriptions", "Subscriptions of CVR Update", "Abonnementer i CVR Update"),
    PageCase(
        "/ui/cvr-update/synchronisation", "Synchronisation of CVR Update", "Synkronisering i CVR Update"
    ),
    PageCase("/ui/cvr-update/queue", "Service queue", "Servicekø"),
    PageCase("/ui/cvr-update/failures", "Failed updates", "Fejlede opdateringer"),
    PageCase("/ui/cvr-update/drift", "Drift", "Afvigelser"),
    PageCase("/ui/clients", "OAuth2 clients", "OAuth2-klienter"),
    PageCase("/ui/clients/new", "Register a client", "Registrer en klient"),
    PageCase("/ui/clients/cvr-subscription", "CVR Subscription", "CVR Subscription"),
    PageCase("/ui/purpose", "Why do you read contacts?", "Hvorfor læses der kontakter?"),
    PageCase("/ui/preferences", "My settings", "Mine indstillinger"),
)  # fmt: skip
