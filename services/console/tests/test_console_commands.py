"""The command ``console``: secrets by standard input or printed once, exit codes that mean something."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import httpx
import pytest
from console.app import create_app
from console.cli import app
from registerbro.auth import Scope
from registerbro.database import Pool

from tests.support import people, secrets_in_use
from tests.support.commands import Done, in_process
from tests.support.console_service import (
    AUDIENCE,
    URL,
    MakeConsole,
    Registered,
    ask,
    issuer_of,
    registered,
)
from tests.support.services import running

Command: TypeAlias = Callable[..., Awaitable[Done]]


@pytest.fixture
async def command(database_url: str, pool: Pool, make_settings: MakeConsole) -> Command:
    """One call of ``console`` to its end; ``typed`` comes by standard input."""
    key = make_settings().secrets.keys[0].get_secret_value()
    told = {
        "REGISTERBRO_DATABASE__URL": database_url,
        "REGISTERBRO_SECRETS__KEYS": key,
        "REGISTERBRO_AUTH__ISSUER": URL,
        "REGISTERBRO_AUTH__AUDIENCE": AUDIENCE,
        "REGISTERBRO_AUTH__JWKS_URL": f"{URL}/oauth2/jwks",
    }

    async def run(*words: str, typed: str = "", **changes: str) -> Done:
        return await in_process(app, *words, told=told | changes, typed=typed)

    return run


@pytest.fixture
async def client(make_settings: MakeConsole, pool: Pool) -> Any:
    async with running(create_app(make_settings())) as client:
        yield client


async def test_a_client_from_its_registration_to_its_end(command: Command, client: httpx.AsyncClient) -> None:
    flags = ("--scope", "contacts:read", "--scope", "units:lookup", "--acts-as", "CVRBATCHUSER")
    done = await command("clients", "add", "cvr-update", "--name", "CVR Update", *flags, "--json")
    assert done.code == 0, done.err
    who = Registered("cvr-update", secrets_in_use.add(done.json["client_secret"]))
    assert (await ask(client, who)).status_code == 200
    printed = await command("clients", "secret", "cvr-update", "--overlap-hours", "1")
    new = Registered("cvr-update", secrets_in_use.add(printed.out.split()[-1]))
    for each in (who, new):
        assert (await ask(client, each)).status_code == 200
    assert (await command("clients", "remove", "cvr-update")).code == 0
    assert (await ask(client, new)).status_code == 401
    told = (await command("clients", "history", "cvr-update", "--json")).json
    assert [each["action"] for each in told] == ["removed", "secret-changed", "created"]
    assert {each["client"] for each in told} == {"command line"}
    assert all(each["acting_user"] for each in told)


async def test_a_client_is_shown_switched_and_changed(
    command: Command, client: httpx.AsyncClient, make_settings: MakeConsole, pool: Pool
) -> None:
    who = await registered(
        await issuer_of(pool, make_settings()), "web", Scope.CONTACTS_READ, acts_as="CLERK"
    )
    assert "CLERK" in (await command("clients", "list")).out
    assert (await command("clients", "show", "web", "--json")).json["scopes"] == ["contacts:read"]
    assert (await command("clients", "disable", "web")).code == 0
    assert (await ask(client, who)).json()["error"] == "unauthorized_client"
    assert (await command("clients", "enable", "web")).code == 0
    assert (await ask(client, who)).status_code == 200
    flags = ("--scope", "units:lookup", "--no-pkce", "--acts-for-itself")
    changed = (await command("clients", "change", "web", *flags, "--json")).json
    assert (changed["scopes"], changed["requires_pkce"], changed["acts_as"]) == (
        ["units:lookup"],
        False,
        None,
    )


async def test_a_given_secret_comes_by_standard_input_and_is_not_printed(
    command: Command, client: httpx.AsyncClient
) -> None:
    who = Registered("web", secrets_in_use.add("a-secret-that-somebody-chose"))
    flags = ("--scope", "contacts:read", "--secret-from-input")
    assert (await command("clients", "add", "web", *flags, typed=f"{who.secret}\n")).code == 0
    assert (await ask(client, who)).status_code == 200
    short = await command("clients", "secret", "web", "--secret-from-input", typed="short\n")
    assert (short.code, "16 to 200 characters" in short.err) == (1, True)


async def test_mistakes_are_told_in_a_line(command: Command) -> None:
    assert (await command("clients", "add", "two words")).code == 2
    assert (await command("clients", "add", "a", "--scope", "everything")).code == 2
    unknown = await command("clients", "show", "nobody")
    assert (unknown.code, unknown.err) == (1, "console: there is no client of that id\n")
    assert (await command("clients", "change", "nobody")).code == 2
    elsewhere = await command("clients", "list", REGISTERBRO_CONSOLE__ISSUES_TOKENS="false")
    assert (elsewhere.code, "issued by" in elsewhere.err) == (1, True)
    keyless = await command("clients", "list", REGISTERBRO_SECRETS__KEYS="")
    assert keyless.code == 2
    assert keyless.err.startswith("settings: REGISTERBRO_SECRETS__KEYS: is needed")


async def test_keys_are_listed_and_rotated(command: Command, client: httpx.AsyncClient) -> None:
    first = (await command("keys", "list", "--json")).json
    assert len(first) == 1
    assert len((await command("keys", "rotate", "--json")).json) == 2
    again = await command("keys", "rotate")
    assert (again.code, "takes over at" in again.err) == (1, True)
    revoked = (await command("keys", "rotate", "--revoke-others", "--json")).json
    assert len(revoked) == 1
    assert revoked[0]["kid"] != first[0]["kid"]


async def test_the_first_administrator_is_made_by_command(
    command: Command, client: httpx.AsyncClient
) -> None:
    flags = ("--display-name", "The Boss", "--role", "administrator")
    printed = await command("users", "add", "Boss", *flags)
    assert printed.code == 0, printed.err
    password = secrets_in_use.add(printed.out.split()[-1])
    answer = await people.log_in(client, "boss", password)
    assert (answer.json()["roles"], answer.json()["must_change_password"]) == (["administrator"], True)
    assert (await command("users", "disable", "boss")).code == 0
    assert (await client.get("/session")).status_code == 401
    other = ("--role", "viewer", "--role", "data-protection-officer", "--json")
    changed = (await command("users", "change", "boss", *other)).json
    assert (changed["roles"], changed["enabled"]) == (["viewer", "data-protection-officer"], False)
    assert (await command("users", "enable", "boss")).code == 0
    reset = (await command("users", "reset-password", "boss", "--json")).json
    assert (await people.log_in(client, "boss", password)).status_code == 401
    assert (
        await people.log_in(client, "boss", secrets_in_use.add(reset["one_time_password"]))
    ).status_code == 201
    assert "The Boss" in (await command("users", "list")).out
    assert (await command("users", "remove", "boss")).code == 0
    told = (await command("users", "history", "boss", "--json")).json
    assert [each["action"] for each in told] == [
        "removed", "password-changed", "changed", "changed", "changed", "created",
    ]  # fmt: skip
    assert {each["client"] for each in told} == {"command line"}


async def test_a_password_comes_by_standard_input_and_is_not_printed(
    command: Command, client: httpx.AsyncClient
) -> None:
    flags = ("--role", "viewer", "--password-from-input")
    assert (await command("users", "add", "anna", *flags, typed=f"{people.PASSWORD}\n")).code == 0
    assert (await people.log_in(client, "anna")).json()["must_change_password"] is False
    poor = await command("users", "add", "otto", *flags, typed="passwordpassword\n")
    assert (poor.code, "easy to guess" in poor.err, "passwordpassword" in poor.err) == (1, True, False)
    assert (await command("users", "add", "0101601234")).code == 2
    unknown = await command("users", "show", "otto")
    assert (unknown.code, unknown.err) == (1, "console: there is no user of that name\n")
    issuer = {"REGISTERBRO_CONSOLE__LOGIN__ISSUER": "https://issuer.example"}
    elsewhere = await command("users", "list", **issuer, REGISTERBRO_CONSOLE__LOGIN__CLIENT_ID="console")
    assert (elsewhere.code, "external issuer" in elsewhere.err) == (1, True)
    halfway = await command("users", "list", **issuer)
    assert (halfway.code, halfway.err) == (2, "settings: REGISTERBRO_CONSOLE__LOGIN__CLIENT_ID: is missing\n")


async def test_settings_are_shown_without_secrets(command: Command) -> None:
    done = await command("config")
    assert "REGISTERBRO_CONSOLE__TOKENS__LIFE_SECONDS=3600" in done.out
    assert "REGISTERBRO_SECRETS__KEYS=**********" in done.out
    login = {
        "REGISTERBRO_CONSOLE__LOGIN__ISSUER": "https://issuer.example",
        "REGISTERBRO_CONSOLE__LOGIN__CLIENT_ID": "console",
        "REGISTERBRO_CONSOLE__LOGIN__CLIENT_SECRET": secrets_in_use.add("the-console-s-secret-there"),
        "REGISTERBRO_CONSOLE__LOGIN__ROLES__OPERATOR": "group-1, group-2",
    }
    told = (await command("config", **login)).out
    assert "REGISTERBRO_CONSOLE__LOGIN__CLIENT_SECRET=**********" in told
    assert "REGISTERBRO_CONSOLE__LOGIN__ROLES__OPERATOR=group-1,group-2" in told
