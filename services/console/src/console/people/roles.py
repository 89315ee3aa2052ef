"""What people may do: roles, and the scopes of each. A person may have several.

The first three are a ladder: who looks, who works, who also configures. The data-protection officer stands beside it: only
that role sees protected names and addresses and the audit log, and it changes nothing.
"""

import enum
from collections.abc import Iterable, Mapping

from registerbro.auth import Scope


class Role(enum.StrEnum):
    """What a person is to the console."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"
    DATA_PROTECTION_OFFICER = "data-protection-officer"


_VIEWER = frozenset({Scope.CONTACTS_READ, Scope.BATCH_READ, Scope.CONFIG_READ})
_OPERATOR = _VIEWER | {
    Scope.CONTACTS_WRITE,
    Scope.PERSONS_LOOKUP,
    Scope.PERSONS_IMPORT,
    Scope.UNITS_LOOKUP,
    Scope.UNITS_IMPORT,
    Scope.SUBSCRIPTIONS_MANAGE,
    Scope.BATCH_RUN,
    Scope.CVR_UPDATE_RUN,
    Scope.EVENTS_REPLAY,
    Scope.SANDBOX_CONTROL,
}
SCOPES: Mapping[Role, frozenset[Scope]] = {
    Role.VIEWER: _VIEWER,
    Role.OPERATOR: _OPERATOR,
    Role.ADMINISTRATOR: _OPERATOR | {Scope.CONFIG_WRITE},
    Role.DATA_PROTECTION_OFFICER: frozenset(
        {
            Scope.CONTACTS_READ,
            Scope.PROTECTED_READ,
            Scope.PROTECTED_BREAK_GLASS,
            Scope.AUDIT_READ,
            Scope.CONFIG_READ,
        }
    ),
}
MACHINE_ONLY = frozenset({Scope.METRICS_READ})  # no person's: what collects metrics has it


def scopes_of(roles: Iterable[Role]) -> frozenset[Scope]:
    """What somebody with these roles may do."""
    return frozenset().union(*(SCOPES[role] for role in roles))
