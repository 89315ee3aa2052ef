"""The command ``cvr-subscription``: what it tells, its exit codes, and that no secret is in it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NamedTuple, TypeAlias

import pytest
from cvr_subscription.cli import app
from registerbro import telemetry
from registerbro.database import Pool
from typer.testing import CliRunner

from tests.support import secrets_in_use
from tests.support.cvr_subscriber import add_contacts, numbers_of, switch
from tests.support.register_server import Asked, Behaviour, RegisterServer, Reply, register_server, said
from tests.support.services import AUDIT_KEY

SECRET = secrets_in_use.add("the-secret-of-this-command")
GUID = "5c5c5f0e-6c0a-4a34-9d8c-9f4dc0f0aa01"
TOKEN = said({"token_type": "Bearer", "expires_in": 3600, "access_token": "any"})


class Done(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run: TypeAlias = Callable[..., Awaitable[Done]]


def logic(asked: Asked) -> Behaviour:
    """KMD Logic with no unit and no event."""
    if asked.path == "/token":
        return TOKEN
    return said({"events": [], "actualCount": 0}) if asked.path.endswith("/subscribed-events") else Reply(404)


@pytest.fixture
async def server() -> AsyncIterator[RegisterServer]:
    async with register_server(logic) as server:
        yield server


@pytest.fixture
def run(database_url: str, server: RegisterServer, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command in this process."""
    monkeypatch.setattr(telemetry, "configure_logging", lambda *_, **__: None)
    told = {
        "URL": server.url,
        "TOKEN_URL": f"{server.url}/token",
        "CLIENT_ID": GUID,
        "CLIENT_SECRET": SECRET,
        "SCOPE": "https://logic.example/.default",
        "SUBSCRIPTION_ID": GUID,
        "CONFIGURATION_ID": GUID,
    }
    environment = {f"REGISTERBRO_CVR__LOGIC__{name}": value for name, value in told.items()} | {
        "REGISTERBRO_DATABASE__URL": database_url,
        "REGISTERBRO_AUDIT__KEY": AUDIT_KEY.get_secret_value(),
    }

    async def run(*words: str) -> Done:
        done = await asyncio.to_thread(CliRunner().invoke, app, words, env=environment)
        assert SECRET not in done.stdout + done.stderr
        return Done(done.exit_code, done.stdout, done.stderr)

    return run


async def test_what_operators_do_by_command(pool: Pool, run: Run, server: RegisterServer) -> None:
    assert "REGISTERBRO_CVR__LOGIC__CLIENT_SECRET=**********" in (await run("config")).out
    early = await run("synchronise")
    assert (early.code, early.out) == (1, "")
    assert "both switched on" in early.err
    await switch(pool)
    made = await run("synchronise", "--json")
    assert (made.json["kind"], made.json["outcome"]) == ("full", "done")
    assert "incremental" in (await run("synchronise")).out
    assert "follows" in (await run("status")).out
    assert (await run("drift")).out == "nothing\n"
    compared = await run("drift", "--now", "--all", "--json")
    assert [each["compared"] for each in compared.json["latest"]] == [0]
    assert [step["is_ok"] for step in (await run("test", "--json")).json][-1] is True

    server.answers = lambda _: Reply(503, headers={"Retry-After": "3600"})
    assert (await run("synchronise")).code == 4
    tested = await run("test", "--json")
    assert (tested.code, [step["is_ok"] for step in tested.json].count(False)) == (1, 1)


async def test_what_failed_is_listed_and_tried_again(pool: Pool, run: Run) -> None:
    await switch(pool)
    first, second = await add_contacts(pool, numbers_of(2))
    await run("synchronise")
    await pool.execute(
        """insert into cvrupdate_subscription (contact_id, provider, object_id, state, failure, due_at)
           select $1::bigint, provider, null, 'wanted', 'unknown-to-the-register', now() + interval '1 day' from cvrupdate_setting
           union all select $2::bigint, provider, '4000000002', 'subscribed', null, now() from cvrupdate_setting""",
        first,
        second,
    )
    listed = await run("subscriptions", "--json")
    assert [(each["contact_id"], each["state"]) for each in listed.json] == [
        (first, "wanted"),
        (second, "subscribed"),
    ]
    failing = await run("subscriptions", "--failing")
    assert len(failing.out.splitlines()) == 2
    assert "unknown-to-the-register" in failing.out
    assert (await run("retry", str(second))).out == "0 are tried again\n"
    assert (await run("retry")).out == "1 are tried again\n"
    assert await pool.fetchval(
        "select due_at <= now() from cvrupdate_subscription where contact_id = $1", first
    )
