"""Every route of every service: without a token, with a wrong one, with each single scope; compared with one table.

Calls bear no body and made-up ids, so most that are let in fail; what matters is that they are let in, and that 401 and 403 come
before anything else is told of the request.
"""

from collections.abc import Iterable, Mapping

import pytest
from registerbro.auth import DevelopmentIssuer, Scope

from tests.security.calling import call, told
from tests.security.expected_scopes import EXPECTED_SCOPES, PUBLIC, SESSION
from tests.security.services import SERVICES, Running
from tests.security.tokens import WRONG

pytestmark = pytest.mark.xdist_group("all services")  # which start once

each_service = pytest.mark.parametrize("name", SERVICES)
REFUSED = ("401", "403")
BY_THE_GATE = ("401 token-missing", "401 token-invalid", "403 scope-missing")
BY_SESSIONS = ("401 session-missing", "403 cross-site-request")  # the latter for want of its header


def needing_a_token(name: str) -> Mapping[str, str]:
    """The routes of a service that take a token, with their scopes."""
    return {route: scope for route, scope in EXPECTED_SCOPES[name].items() if scope in set(Scope)}


def agree(differences: Iterable[str]) -> None:
    """Fails with a line for each call that went otherwise than the table says."""
    lines = list(differences)
    assert not lines, "\n".join(["otherwise than the table says:", *lines])


@each_service
def test_the_table_has_each_route_as_the_code_has_it(services: dict[str, Running], name: str) -> None:
    present, expected = services[name].scopes, EXPECTED_SCOPES.get(name, {})
    lacking = {row: scope for row, scope in present.items() if expected.get(row) != scope}
    stale = {row: scope for row, scope in expected.items() if present.get(row) != scope}
    agree([*_lines(f"{name}: write into expected_scopes.py", lacking), *_lines(f"{name}: strike out", stale)])


def _lines(heading: str, rows: Mapping[str, str]) -> list[str]:
    names = {PUBLIC: "PUBLIC", SESSION: "SESSION"}
    shown = {row: names.get(scope, f'"{scope}"') for row, scope in rows.items()}
    return [heading, *(f'        "{row}": {scope},' for row, scope in shown.items())] if rows else []


def test_the_table_is_sorted_and_names_scopes_that_there_are() -> None:
    assert list(EXPECTED_SCOPES) == sorted(SERVICES)
    for rows in EXPECTED_SCOPES.values():
        assert list(rows) == sorted(rows, key=lambda row: tuple(reversed(row.split())))
        assert set(rows.values()) <= {PUBLIC, SESSION, *Scope}


@each_service
@pytest.mark.asyncio(loop_scope="package")
async def test_public_routes_need_no_token(services: dict[str, Running], name: str) -> None:
    public = {row for row, scope in EXPECTED_SCOPES[name].items() if scope == PUBLIC}
    answers = {row: told(await call(services[name].client, row, None)) for row in sorted(public)}
    assert len(answers) >= 3
    agree(f"{row}: {answer}" for row, answer in answers.items() if answer in BY_THE_GATE)


@each_service
@pytest.mark.asyncio(loop_scope="package")
async def test_routes_of_a_session_take_no_token(
    services: dict[str, Running], issuer: DevelopmentIssuer, name: str
) -> None:
    own = {row for row, scope in EXPECTED_SCOPES[name].items() if scope == SESSION}
    for token in (None, issuer.token(*Scope)):
        answers = {row: told(await call(services[name].client, row, token)) for row in sorted(own)}
        agree(f"{row}: {answer}" for row, answer in answers.items() if answer not in BY_SESSIONS)


@each_service
@pytest.mark.asyncio(loop_scope="package")
async def test_without_a_token_no_other_route_answers(services: dict[str, Running], name: str) -> None:
    answers = {row: told(await call(services[name].client, row, None)) for row in needing_a_token(name)}
    agree(f"{row}: {answer}" for row, answer in answers.items() if answer != "401 token-missing")


@each_service
@pytest.mark.parametrize("fault", WRONG)
@pytest.mark.asyncio(loop_scope="package")
async def test_with_a_wrong_token_no_other_route_answers(
    services: dict[str, Running], issuer: DevelopmentIssuer, name: str, fault: str
) -> None:
    token = WRONG[fault](issuer)
    answers = {row: told(await call(services[name].client, row, token)) for row in needing_a_token(name)}
    agree(f"{row}: {answer}" for row, answer in answers.items() if answer != "401 token-invalid")


@each_service
@pytest.mark.asyncio(loop_scope="package")
async def test_each_single_scope_opens_its_own_routes_and_no_other(
    services: dict[str, Running], issuer: DevelopmentIssuer, name: str
) -> None:
    tokens = {scope: issuer.token(scope) for scope in Scope}
    for scope, token in tokens.items():
        answers = {row: told(await call(services[name].client, row, token)) for row in needing_a_token(name)}
        opened = {row for row, answer in answers.items() if not answer.startswith(REFUSED)}
        own = {row for row, needed in needing_a_token(name).items() if needed == scope}
        agree(f"{row} with {scope} alone: {answers[row]}" for row in opened ^ own)
        assert {answers[row] for row in set(answers) - own} <= {"403 scope-missing"}


@each_service
@pytest.mark.asyncio(loop_scope="package")
async def test_all_other_scopes_together_open_no_route(
    services: dict[str, Running], issuer: DevelopmentIssuer, name: str
) -> None:
    without = {scope: issuer.token(*(set(Scope) - {scope}), "openid") for scope in Scope}
    answers = {
        row: told(await call(services[name].client, row, without[Scope(scope)]))
        for row, scope in needing_a_token(name).items()
    }
    agree(f"{row}: {answer}" for row, answer in answers.items() if answer != "403 scope-missing")
