"""Nothing that leaves the services names a protected person or tells where one lives, to a caller without ``protected:read``.

A store is filled with protected persons as CPR delivers them (``protected_persons``); then every route that reads is called
with all scopes but the two that open protected data, and everything that it answers is searched for their names and places.
"""

import asyncio
import contextlib
import dataclasses
import functools
import itertools
import logging
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
import pytest_asyncio
from cpr_direct.cli import app as cpr_direct
from registerbro import telemetry
from registerbro.auth import DevelopmentIssuer, Scope
from registerbro.database import Pool, open_pool
from typer.testing import CliRunner

from tests.security.filling import FIRST as FIRST_FILE
from tests.security.filling import SECOND as SECOND_FILE
from tests.security.filling import THIRD as THIRD_FILE
from tests.security.filling import fill
from tests.security.protected_persons import (
    HIDDEN,
    OPEN,
    first_delivery,
    online,
    second_delivery,
    secret_words,
    word,
)
from tests.security.services import Running, Surroundings, all_running, shared_settings
from tests.security.walking import PURPOSE, unplaced, walk
from tests.support import processes
from tests.support.direct_server import PASSWORD, DirectServer, settings_of
from tests.support.postgres import temporary_database
from tests.support.privacy_guard import PrivacyGuard
from tests.support.services import bearer

RECORDS = [*first_delivery(), *second_delivery()]
NOW = online(first_delivery()) | online(second_delivery())
COMMANDS = (
    ("lookup",),
    ("lookup", "--json"),
    ("lookup", "--json", "--max-age", "86400"),
    ("lookup", "--json", "--records"),
    ("import", "--json"),
)
ORDINARY = tuple(scope for scope in Scope if not scope.startswith("protected:"))


class Listener(logging.Handler):
    """Keeps what is logged, as text."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps a record."""
        self.heard.append(self.format(record))


@contextlib.contextmanager
def listening() -> Iterator[Listener]:
    """Hears every logger."""
    listener, root = Listener(), logging.getLogger()
    root.addHandler(listener)
    try:
        yield listener
    finally:
        root.removeHandler(listener)


@dataclasses.dataclass(frozen=True, slots=True)
class Filled:
    """Services on a store that holds protected persons, and what they have logged."""

    services: dict[str, Running]
    pool: Pool
    home: Path
    log: Listener
    told: Mapping[str, str]  # the same settings as variables, for commands


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled(
    privacy_guard: PrivacyGuard,
    postgres_url: str,
    template_database: str,
    issuer: DevelopmentIssuer,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Filled]:
    """The services, once the store is filled."""
    home = tmp_path_factory.mktemp("interim")
    with temporary_database(postgres_url, template_database) as url, listening() as log:
        async with DirectServer(persons=NOW) as register, open_pool(url, maximum=2) as pool:
            around = Surroundings(shared_settings(url, issuer), home, settings_of(register))
            async with all_running(around) as services:
                await fill(services, home, bearer(issuer.token(*ORDINARY)))
                yield Filled(services, pool, home, log, _variables(around))


def _variables(around: Surroundings) -> dict[str, str]:
    secrets = [key.get_secret_value() for key in around.shared["secrets"].keys]
    direct = around.direct
    return processes.variables(
        "cpr_direct",
        host=direct.host,
        port=direct.port,
        tls_by_local_proxy="true",
        customer_number=direct.customer_number,
        user_id=direct.user_id,
        password=PASSWORD,
    ) | {
        "REGISTERBRO_DATABASE__URL": around.shared["database"].url.get_secret_value(),
        "REGISTERBRO_AUDIT__KEY": around.shared["audit"].key.get_secret_value(),
        "REGISTERBRO_SECRETS__KEYS": ",".join(secrets),
    }


def told(heard: dict[str, str]) -> dict[str, set[str]]:
    """Where secret words were heard, and which."""
    return {place: words for place, text in heard.items() if (words := secret_words([text]))}


def test_every_route_is_walked_or_known_to_change_something() -> None:
    assert unplaced() == []


@pytest.mark.asyncio(loop_scope="module")
async def test_no_answer_tells_of_a_protected_person(filled: Filled, issuer: DevelopmentIssuer) -> None:
    heard = await walk(filled.services, filled.pool, issuer.token(*ORDINARY))
    assert told(heard) == {}
    assert OPEN in heard["cpr-direct POST /persons/search"]


@pytest.mark.asyncio(loop_scope="module")
async def test_with_the_scope_every_word_is_seen_somewhere(filled: Filled, issuer: DevelopmentIssuer) -> None:
    """Else the test above could not fail."""
    heard = await walk(filled.services, filled.pool, issuer.token(*ORDINARY, Scope.PROTECTED_READ))
    seen = set().union(*told(heard).values())
    today = secret_words(itertools.chain(*NOW.values()))
    assert today - seen == {word("ulaeselig")}  # a record that was refused
    assert {word("glvej"), word("senerevej")} <= seen  # former addresses


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@pytest.mark.asyncio(loop_scope="module")
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


@pytest.mark.asyncio(loop_scope="module")
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
        if path.name.lstrip("x") not in (FIRST_FILE, SECOND_FILE, THIRD_FILE)
    }
    assert rows["outbox"]
    assert written
    assert told({**rows, **written, "log": "\n".join(filled.log.heard)}) == {}
