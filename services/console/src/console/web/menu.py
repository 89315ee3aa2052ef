"""The menu: each page with the scopes of which a person needs one to see it."""

import dataclasses
from collections.abc import Sequence
from typing import Protocol

from registerbro.auth import Scope

from console.web.addresses import Place
from console.web.languages import N_

HOME = "/ui/"


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """A page in the menu; ``place``: shown only where there is such a service."""

    path: str
    text: str
    needs: frozenset[Scope]
    place: Place | None = None

    def is_current(self, path: str) -> bool:
        """Whether a page is this one or below it."""
        page = path.partition("?")[0]
        return page == self.path or (self.path != HOME and page.startswith(f"{self.path}/"))


class Looking(Protocol):
    """Who looks at the menu."""

    def may(self, *scopes: Scope | str) -> bool:
        """Whether the person has one of the scopes."""

    def has(self, place: Place | str) -> bool:
        """Whether there is such a service here."""


@dataclasses.dataclass(frozen=True, slots=True)
class Section:
    """Pages that belong together."""

    text: str
    entries: Sequence[Entry]

    def shown_to(self, visit: Looking) -> list[Entry]:
        """The pages that the person may see."""
        return [
            entry
            for entry in self.entries
            if visit.may(*entry.needs) and (entry.place is None or visit.has(entry.place))
        ]


def _entry(path: str, text: str, *needs: Scope, place: Place | None = None) -> Entry:
    return Entry(path, text, frozenset(needs), place)


SECTIONS: Sequence[Section] = (
    Section(
        N_("Start"),
        (
            _entry(HOME, N_("Overview"), Scope.CONFIG_READ),
            _entry("/ui/setup", N_("First start"), Scope.CONFIG_WRITE),
            _entry("/ui/contacts", N_("Contacts"), Scope.CONTACTS_READ),
        ),
    ),
    Section(
        N_("Registers"),
        (
            _entry("/ui/batch", N_("CPR Batch"), Scope.BATCH_READ),
            _entry("/ui/direct", N_("CPR Direkte"), Scope.CONFIG_READ),
            _entry("/ui/cvr", N_("CVR"), Scope.CONFIG_READ),
            _entry("/ui/cvr-update", N_("CVR Update"), Scope.CVR_UPDATE_RUN),
        ),
    ),
    Section(
        N_("Operation"),
        (
            _entry("/ui/events", N_("Events"), Scope.EVENTS_REPLAY),
            _entry("/ui/configuration", N_("Configuration"), Scope.CONFIG_READ),
            _entry("/ui/clients", N_("OAuth2 clients"), Scope.CONFIG_READ),
            _entry("/ui/people", N_("Users"), Scope.CONFIG_READ),
            _entry("/ui/audit", N_("Audit"), Scope.AUDIT_READ),
            _entry("/ui/sandbox", N_("Sandbox"), Scope.SANDBOX_CONTROL, place=Place.SANDBOX),
        ),
    ),
)
