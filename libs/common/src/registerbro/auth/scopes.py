"""What a token can permit, and who bears it."""

import dataclasses
import enum
from collections.abc import Mapping
from typing import TypeAlias


class Scope(enum.StrEnum):
    """What a token can permit."""

    CONTACTS_READ = "contacts:read"
    CONTACTS_WRITE = "contacts:write"
    PERSONS_LOOKUP = "persons:lookup"
    PERSONS_IMPORT = "persons:import"
    PROTECTED_READ = "protected:read"
    PROTECTED_BREAK_GLASS = "protected:break-glass"
    SUBSCRIPTIONS_MANAGE = "subscriptions:manage"
    BATCH_READ = "batch:read"
    BATCH_RUN = "batch:run"
    UNITS_LOOKUP = "units:lookup"
    UNITS_IMPORT = "units:import"
    CVR_UPDATE_RUN = "cvr-update:run"
    CONFIG_READ = "config:read"
    CONFIG_WRITE = "config:write"
    AUDIT_READ = "audit:read"
    EVENTS_REPLAY = "events:replay"
    SANDBOX_CONTROL = "sandbox:control"
    METRICS_READ = "metrics:read"


PUBLIC = None  # in the table: the route needs no token
Scopes: TypeAlias = Mapping[tuple[str, str], Scope | None]  # (method, path as in the route) -> scope


@dataclasses.dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a call: the client, and the user it acts for where one is named."""

    client: str
    user: str | None
    scopes: frozenset[Scope]

    @property
    def name(self) -> str:
        """Who is noted as the one who did something."""
        return self.user or self.client

    def may(self, scope: Scope) -> bool:
        """Whether the token has the scope."""
        return scope in self.scopes
