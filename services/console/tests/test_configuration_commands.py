"""The commands on the configuration: what they print, what they refuse, and who is noted as having run them."""

import asyncio
import getpass
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from console.cli import app
from registerbro import telemetry
from registerbro.database import Pool
from registerbro.settings import SECRETS
from typer.testing import CliRunner

from tests.support import secrets_in_use
from tests.support.console_service import MakeConsole

Command = Callable[..., Any]


@pytest.fixture
def command(
    database_url: str,
    pool: Pool,  # the store with its partitions
    make_settings: MakeConsole,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Command:
    """One call of ``console config``: what it prints, without its columns, or read as JSON where that was asked for."""
    monkeypatch.setattr(telemetry, "configure_logging", lambda *_, **__: None)
    monkeypatch.chdir(tmp_path)
    environment = {
        "REGISTERBRO_DATABASE__URL": database_url,
        "REGISTERBRO_SECRETS__KEYS": make_settings().secrets.keys[0].get_secret_value(),
        "REGISTERBRO_AUDIT__KEY": "k" * 32,
        SECRETS: str(tmp_path / "none"),
    }

    def run(*words: str, code: int = 0, typed: str = "") -> Any:
        done = CliRunner().invoke(app, ["config", *words], env=environment, input=typed)
        assert done.exit_code == code, done.output
        assert not secrets_in_use.is_in(done.output)
        return json.loads(done.stdout) if "--json" in words else " ".join(done.output.split())

    return run


async def test_schedules_are_shown_with_their_next_moment(command: Command, pool: Pool) -> None:
    await pool.execute(
        "insert into scheduled_job values ('some.job', 'console', '01:30', null, null, null, false)"
    )
    shown = await asyncio.to_thread(command, "schedules", "set", "some.job", "--at", "04:45")
    assert re.search(r"some\.job 04:45 01:30 \d{4}-\d\d-\d\dT\d\d:45\+00:00", shown)
    assert "off" in await asyncio.to_thread(command, "schedules", "set", "some.job", "--off")
    await pool.execute(
        "insert into scheduled_job (job, service, default_every, is_needed) values ('some.sync', 'x', '1 hour', false)"
    )
    shown = await asyncio.to_thread(command, "schedules", "set", "some.sync", "--every", "30")
    assert re.search(r"some\.sync each 30 min each 60 min", shown)
    assert "some.sync" in await asyncio.to_thread(command, "schedules", "run", "some.sync")
    assert "time of day" in await asyncio.to_thread(command, "schedules", "run", "some.job", code=1)


def test_everything_is_changed_by_command(command: Command) -> None:
    assert command("features", "on", "CVR Update", "--json")[0]["rests_for"] == "CVR"
    assert "CPR off" in command("features", "list")
    added = command("types", "add", "F", "--title", "Foreninger", "--length", "6", "--json")
    assert (added[0]["name_type"], added[0]["length"]) == ("F", 6)
    assert command("types", "change", "F", "--any-length", "--json")[0]["length"] is None
    assert "F is removed" in command("types", "remove", "F")
    assert "there is no such" in command("types", "remove", "F", code=1).lower()
    password = secrets_in_use.add("a password typed by somebody")
    word = command(
        "sources",
        "set",
        "CVR-J",
        "Level:2, UserID:abc",
        "--password-from-input",
        "--json",
        typed=f"{password}\n",
    )
    assert (word["fields"]["level"], word["has_password"]) == (2, True)
    assert "command line" in command("sources", "set", "CVR-J", "Password=x", code=2)
    assert "has no password" in command("sources", "set", "CPR", "--forget-password", code=2)
    assert "must be 0 or 1" in command("sources", "set", "CPR", "Subscription=2", code=1)
    assert command("policy", "set", "subscriptions.delay_days=14", "subscriptions.policy_at=", "--json")[
        "version"
    ]
    assert "subscriptions.delay_days 14" in command("policy", "show")
    assert "greater than or equal to 0" in command("policy", "set", "subscriptions.delay_days=-1", code=1)
    assert "did you mean" in command("policy", "unset", "subscriptions.delay_day", code=1)
    command("policy", "unset", "subscriptions.delay_days")
    assert "events.inbox_days 91" in command("retention", "set", "events.inbox_days=91")
    assert "nothing" in command("schedules", "list")  # no service has been started
    assert "no such job" in command("schedules", "set", "some.job", "--at", "02:00", code=1)
    assert "give one of" in command("schedules", "set", "some.job", code=2)
    told = command("history", "--json")
    assert {(each["client"], each["acting_user"]) for each in told} == {("command line", getpass.getuser())}
    assert [each["topic"] for each in told] == [
        "retention", "policy", "policy", "external-source", "contact-type", "contact-type", "contact-type", "feature",
    ]  # fmt: skip
