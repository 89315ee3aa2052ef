"""The command ``registerbro``: what it prints, and how it fails."""

import asyncio
import getpass
import sys
from pathlib import Path

import jwt
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from registerbro.__main__ import main
from registerbro.auth import DevelopmentIssuer
from registerbro.database import ensure_partitions, migration_names, open_connection
from registerbro.secrets import SecretStore
from registerbro.sources import CprSource, save


class Command:
    """Runs the command in this process, as a shell would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """What it prints, when it ends with this exit code."""
        self._monkeypatch.setattr(sys, "argv", ["registerbro", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = self._capsys.readouterr()
        assert (ended.value.code or 0) == code, printed
        return printed.err if code else printed.out

    def given(self, **settings: str) -> None:
        """Sets variables of ours."""
        for name, value in settings.items():
            self._monkeypatch.setenv(f"REGISTERBRO_{name}", value)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("registerbro.telemetry.configure_logging", lambda *_, **__: None)
    return Command(monkeypatch, capsys)


def test_migrate(command: Command, empty_database_url: str) -> None:
    command.given(DATABASE__URL=empty_database_url)
    first = command("migrate")
    assert [line.removeprefix("applied ") for line in first.splitlines()[:-1]] == migration_names()
    assert command("migrate") == "the schema is up to date\n"


def test_config_shows_what_is_in_force(command: Command) -> None:
    command.given(
        DATABASE__URL="postgresql://user:secret-word@host/store",
        BUS__URL="in-process:",
        AUTH__ISSUER="https://issuer.test",
        AUTH__JWKS_URL="https://issuer.test/jwks",
        AUDIT__KEY="secret-word" * 4,
    )
    shown = command("config")
    assert "REGISTERBRO_DATABASE__URL=postgresql://user:***@host/store\n" in shown
    assert "REGISTERBRO_AUDIT__KEY=**********\n" in shown
    assert "secret-word" not in shown


def test_wrong_settings(command: Command) -> None:
    assert command("migrate", code=2) == "settings: REGISTERBRO_DATABASE__URL: is missing\n"


def test_a_store_that_is_away_is_one_line_without_password(command: Command) -> None:
    command.given(DATABASE__URL="postgresql://user:secret-word@127.0.0.1:1/store")
    for arguments in (("migrate",), ("feature", "list")):
        errors = command(*arguments, code=1)
        assert errors.startswith("registerbro: ")
        assert "Traceback" not in errors
        assert "secret-word" not in errors


def test_tokens_of_the_development_issuer(command: Command) -> None:
    issuer = DevelopmentIssuer.generate()
    command.given(AUTH__ISSUER="https://dev.test", AUTH__DEVELOPMENT_KEY=issuer.private_pem)
    token = command("token", "batch:read", "batch:run", "--user", "anna", "--hours", "2").strip()
    claims = jwt.decode(
        token, issuer.public_pem, algorithms=["ES256"], audience="registerbro", issuer="https://dev.test"
    )
    assert (claims["sub"], claims["client_id"], claims["scope"]) == (
        "anna",
        "development",
        "batch:read batch:run",
    )
    assert claims["exp"] - claims["iat"] == 7200
    assert "no such scope: everything" in command("token", "everything", code=1)


def test_no_tokens_without_the_development_key(command: Command) -> None:
    command.given(AUTH__ISSUER="https://issuer.test", AUTH__JWKS_URL="https://issuer.test/jwks")
    assert "REGISTERBRO_AUTH__DEVELOPMENT_KEY" in command("token", "batch:read", code=1)


@pytest.fixture
def outbox_ready(database_url: str) -> None:
    """The partitions into which events of today are written."""

    async def prepare() -> None:
        async with open_connection(database_url) as connection:
            await ensure_partitions(connection)

    asyncio.run(prepare())


@pytest.mark.usefixtures("outbox_ready")
def test_switches(command: Command, database_url: str) -> None:
    command.given(DATABASE__URL=database_url)
    assert command("feature", "list") == "CPR: off\nCVR: off\nCVR Update: off\n"
    assert command("feature", "on", "CPR") == "CPR is now on\n"
    assert command("feature", "on", "CPR") == "CPR is already on\n"
    assert command("feature", "off", "CVR Update") == "CVR Update is already off\n"
    assert command("feature", "list").startswith("CPR: on\n")


@pytest.mark.usefixtures("outbox_ready")
def test_a_source_is_set_and_shown(command: Command, database_url: str) -> None:
    command.given(DATABASE__URL=database_url)
    assert command("source", "show", "CPR").splitlines()[:2] == [
        "CPR: no parameters",
        "an import subscribes: no",
    ]
    parameters = "Subscription=1;ForceUpdate=N;guardianNameType=P"
    assert command("source", "set", "CPR", parameters) == "CPR is now set so\n"
    assert command("source", "set", "CPR", parameters) == "CPR is already set so\n"
    assert command("source", "show", "CPR").splitlines() == [
        f"CPR: {parameters}",
        "an import subscribes: yes",
        "the register overrides addresses changed by hand: no",
        "contact type of guardians without a number: P",
        "record types delivered: all",
    ]


@pytest.mark.usefixtures("outbox_ready")
def test_setting_a_source_leaves_the_record_types_that_are_delivered(
    command: Command, database_url: str
) -> None:
    async def restrict() -> None:
        async with open_connection(database_url) as connection:
            source = CprSource.parse("", frozenset({"001", "008"}))
            await save(connection, source, by="test")

    asyncio.run(restrict())
    command.given(DATABASE__URL=database_url)
    assert command("source", "set", "CPR", "Subscription=1") == "CPR is now set so\n"
    assert command("source", "show", "CPR").splitlines()[-1] == "record types delivered: 001, 008"


def test_wrong_parameters_of_a_source_are_refused(command: Command, database_url: str) -> None:
    command.given(DATABASE__URL=database_url)
    refused = command("source", "set", "CPR", "Subscription=maybe;ForceUpdate=J", code=1)
    assert refused.startswith("registerbro: Subscription: must be 0 or 1.")
    assert command("source", "show", "CPR").startswith("CPR: no parameters\n")


def test_rotating_stored_secrets_and_who_did_what_is_noted(command: Command, database_url: str) -> None:
    old, new = Fernet.generate_key().decode(), command("secrets", "key").strip()

    async def store() -> None:
        async with open_connection(database_url) as connection:
            await SecretStore([SecretStr(old)]).put(connection, "a", SecretStr("value"))

    async def read() -> SecretStr | None:
        async with open_connection(database_url) as connection:
            return await SecretStore([SecretStr(new)]).get(connection, "a")

    asyncio.run(store())
    command.given(DATABASE__URL=database_url, SECRETS__KEYS=new)
    assert command("secrets", "rotate", code=1) == (
        "registerbro: The stored secret 'a' cannot be read with the configured keys.\n"
    )
    command.given(SECRETS__KEYS=f"{new},{old}")
    assert command("secrets", "rotate") == "1 secrets encrypted anew: a\n"
    assert asyncio.run(read()) == SecretStr("value")
    command("migrate")
    command("feature", "on", "CVR")
    command("source", "set", "CPR", "Subscription=1")

    async def noted() -> list[tuple[str, ...]]:
        async with open_connection(database_url) as connection:
            rows = await connection.fetch(
                "select topic, name, action, client, acting_user from configuration_change order by change_id"
            )
            return [tuple(row) for row in rows]

    who = ("command line", getpass.getuser())
    assert asyncio.run(noted()) == [
        ("secrets", "all", "rotated", *who),
        ("feature", "CVR", "changed", *who),
        ("external-source", "CPR", "changed", *who),
    ]


def test_loading_authorities(command: Command, database_url: str, tmp_path: Path) -> None:
    command.given(DATABASE__URL=database_url)
    file = tmp_path / "authorities.csv"
    file.write_text("authority_code,name\n8888,Eksempelby\n")
    assert command("authorities", "load", str(file)) == "1 authorities loaded\n"
    file.write_text("something,else\n1,2\n")
    assert command("authorities", "load", str(file), code=1).startswith("registerbro: ")


def test_topology_without_a_broker(command: Command) -> None:
    assert "registerbro" in command("topology")
    command.given(BUS__URL="in-process:")
    assert "no broker" in command("topology", "--compare", code=1)


def test_bindings_are_shown_and_forgotten(command: Command, database_url: str) -> None:
    async def bind() -> None:
        async with open_connection(database_url) as connection:
            await connection.execute(
                "insert into delivery_binding (consumer, patterns) values ('gone.cases', '{case.*,contact.#}')"
            )
            await connection.execute(
                "insert into delivery (consumer, event_id, event_day, routing_key, body)"
                " values ('gone.cases', gen_random_uuid(), current_date, 'case.closed', '')"
            )

    asyncio.run(bind())
    command.given(DATABASE__URL=database_url)
    assert command("bindings", "list") == "gone.cases: 1 waiting; case.* contact.#\n"
    assert command("bindings", "forget", "gone.cases") == (
        "gone.cases is forgotten, and 1 events that waited for it\n"
    )
    assert command("bindings", "list") == ""
    assert command("bindings", "forget", "gone.cases", code=1) == (
        "registerbro: no consumer of that name is bound\n"
    )
