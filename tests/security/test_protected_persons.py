"""Nothing that leaves the services names a protected person or tells where one lives, to a caller without ``protected:read``.

A store is filled with protected persons as CPR delivers them (``protected_persons``); then every route that reads is called
with all scopes but the two that open protected data, and everything that it answers is searched for their names and places.
"""

import asyncio
import functools
from collections.abc import Sequence

import pytest
from cpr_direct.cli import app as cpr_direct
from registerbro import telemetry
from registerbro.auth import DevelopmentIssuer, Scope
from typer.testing import CliRunner

from tests.security.filled import ORDINARY, Filled
from tests.security.filling import FIRST, SECOND, THIRD
from tests.security.protected_persons import (
    HIDDEN,
    OPEN,
    first_delivery,
    second_delivery,
    secret_words,
    word,
)
from tests.security.walking import PURPOSE, blind, unplaced, walk

pytestmark = pytest.mark.xdist_group("protected persons")  # which start once

RECORDS = [*first_delivery(), *second_delivery()]
UNHEARD = {  # what a store does not hold that is filled within a day, without jobs, file server, approvals, sessions and CVR's providers
    "console GET /audit/spot-checks/{check_id}",
    "console GET /configuration/schedules/{job}",
    "console GET /login/callback",
    "console GET /session",
    "cpr-batch GET /approvals/{approval_id}",
    "cpr-batch GET /remote-files",
    "cvr-subscription GET /CvrSubscriptionService/readiness",
    "cvr-subscription GET /readiness",
}
COMMANDS = (
    ("lookup",),
    ("lookup", "--json"),
    ("lookup", "--json", "--max-age", "86400"),
    ("lookup", "--json", "--records"),
    ("import", "--json"),
)


def told(heard: dict[str, str]) -> dict[str, set[str]]:
    """Where secret words were heard, and which."""
    return {place: words for place, text in heard.items() if (words := secret_words([text]))}


def test_every_route_is_walked_or_known_to_change_something() -> None:
    assert unplaced() == []


@pytest.mark.asyncio(loop_scope="package")
async def test_no_answer_tells_of_a_protected_person(filled: Filled, issuer: DevelopmentIssuer) -> None:
    heard = await walk(filled.services, filled.pool, issuer.token(*ORDINARY))
    assert told(heard) == {}
    assert blind(heard) == UNHEARD | {"console POST /odata/Contacts({key})/Registerbro.Export"}
    assert OPEN in heard["cpr-direct POST /persons/search"]


@pytest.mark.asyncio(loop_scope="package")
async def test_with_the_scope_every_word_is_seen_somewhere(filled: Filled, issuer: DevelopmentIssuer) -> None:
    """Else the test above could not fail."""
    heard = await walk(filled.services, filled.pool, issuer.token(*ORDINARY, Scope.PROTECTED_READ))
    assert blind(heard) == UNHEARD
    seen = set().union(*told(heard).values())
    assert secret_words(RECORDS) - seen == {word("ulaeselig")}  # a record that was refused


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@pytest.mark.asyncio(loop_scope="package")
async def test_the_command_tells_nothing_that_the_service_would_not(
    filled: Filled, monkeypatch: pytest.MonkeyPatch, words: Sequence[str]
) -> None:
    monkeypatch.setattr(telemetry, "configure_logging", lambda *_, **__: None)
    arguments = [*words, "--purpose", PURPOSE]
    call = functools.partial(CliRunner().invoke, cpr_direct, arguments, env=filled.told, input=f"{HIDDEN}\n")
    done = await asyncio.to_thread(call)
    assert done.exit_code == 0, done.output
    assert "contact" in done.stdout or HIDDEN in done.stdout
    assert told({"command": done.output}) == {}


@pytest.mark.asyncio(loop_scope="package")
async def test_neither_logs_nor_events_nor_the_journal_tell(filled: Filled) -> None:
    tables = (
        "outbox",
        "dead_letter",
        "audit_log",
        "access_alert",
        "cpr_journal",
        "cpr_problem",
        "cpr_planned",
    )
    rows = {
        table: "\n".join(row[0] for row in await filled.pool.fetch(f"select t::text from {table} as t"))
        for table in tables
    }
    written = {
        path.name: path.read_text("latin-1")
        for path in filled.home.iterdir()
        if path.name.lstrip("x") not in (FIRST, SECOND, THIRD)
    }
    assert rows["outbox"]
    assert written
    assert told({**rows, **written, "log": "\n".join(filled.log.heard)}) == {}
