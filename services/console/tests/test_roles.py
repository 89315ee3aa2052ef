"""What the roles may do: every scope has somebody, nobody has more than the role is for."""

import pytest
from console.people.roles import MACHINE_ONLY, SCOPES, Role, scopes_of
from registerbro.auth import Scope

PROTECTED = {Scope.PROTECTED_READ, Scope.PROTECTED_BREAK_GLASS, Scope.AUDIT_READ}
CHANGING = {scope for scope in Scope if not scope.endswith(":read")} - {Scope.PROTECTED_BREAK_GLASS}


def test_every_scope_is_some_role_s_or_named_as_a_machine_s() -> None:
    assert scopes_of(Role) | MACHINE_ONLY == set(Scope)
    assert not scopes_of(Role) & MACHINE_ONLY


@pytest.mark.parametrize("role", Role)
def test_only_the_data_protection_officer_sees_what_is_protected(role: Role) -> None:
    is_officer = role is Role.DATA_PROTECTION_OFFICER
    assert bool(SCOPES[role] & PROTECTED) == is_officer
    assert SCOPES[role] & PROTECTED == (PROTECTED if is_officer else set())


def test_who_looks_changes_nothing() -> None:
    assert not scopes_of([Role.VIEWER, Role.DATA_PROTECTION_OFFICER]) & CHANGING


def test_roles_are_a_ladder_and_add_up() -> None:
    assert SCOPES[Role.VIEWER] < SCOPES[Role.OPERATOR] < SCOPES[Role.ADMINISTRATOR]
    assert Scope.CONFIG_WRITE not in SCOPES[Role.OPERATOR]
    both = scopes_of([Role.ADMINISTRATOR, Role.DATA_PROTECTION_OFFICER])
    assert both == SCOPES[Role.ADMINISTRATOR] | SCOPES[Role.DATA_PROTECTION_OFFICER]
    assert scopes_of([]) == set()
