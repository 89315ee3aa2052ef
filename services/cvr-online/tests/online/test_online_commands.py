"""The command ``cvr-online``: what it prints, how it ends, and what it never repeats."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from cvr_online.cli import app
from registerbro import telemetry
from registerbro.database import Pool
from registerbro.registers import errors
from registerbro.registers.opening import Opened
from registerbro.settings import SECRETS
from typer.testing import CliRunner

from tests.support import secrets_in_use
from tests.support.cvr_provider import p_number
from tests.support.cvr_register import COMPANY, SHOP, STORE, AskedProvider
from tests.support.services import AUDIT_KEY

FOR = ("--purpose", "a supplier of ours")


class Done(NamedTuple):
    code: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def command(
    database_url: str, switched_on: None, provider: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Command:
    """One call of ``cvr-online`` to its end; ``typed`` comes by standard input."""
    monkeypatch.setattr(telemetry, "configure_logging", lambda *_, **__: None)
    monkeypatch.chdir(tmp_path)
    environment = {
        "REGISTERBRO_DATABASE__URL": database_url,
        "REGISTERBRO_SECRETS__KEYS": "c2VjcmV0LWtleS1mb3ItdGhlLXRlc3RzLW9ubHktMzI=",
        "REGISTERBRO_AUDIT__KEY": AUDIT_KEY.get_secret_value(),
        SECRETS: str(tmp_path / "none"),
    }

    def run(*words: str, typed: str = "") -> Done:
        done = CliRunner().invoke(app, words, env=environment, input=typed)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
        assert not secrets_in_use.is_in(done.output)
        return Done(done.exit_code, " ".join(done.stdout.split()), " ".join(done.stderr.split()))

    return run


def test_a_unit_is_looked_up_by_argument_or_standard_input(command: Command, register: AskedProvider) -> None:
    shown = command("lookup", SHOP.value, *FOR)
    assert shown.code == 0, shown.err
    for text in (
        "Tømrer Ål ApS",
        "Møllevej 1",
        "2850 Nærum",
        "433200 Tømrervirksomhed",
        "no unsolicited contact",
    ):
        assert text in shown.out
    typed = command("lookup", *FOR, "--json", typed=f"{COMPANY.value}\n")
    assert json.loads(typed.out)["number"] == COMPANY.value
    apart = command("lookup", "26", "91", "17", "45", *FOR, "--json")
    assert json.loads(apart.out)["number"] == COMPANY.value
    assert register.asked == [SHOP, COMPANY, COMPANY]


def test_how_a_command_ends_says_what_happened(command: Command, register: AskedProvider) -> None:
    unknown = command("lookup", p_number(7).value, *FOR)
    assert (unknown.code, unknown.err) == (
        3,
        "cvr-online: CVR knows no company or production unit with this number",
    )
    assert command("lookup", SHOP.value).code == 2
    for typed in ("010170-1234", "0101701234", "26911746", "Jens Hansen"):
        refused = command("lookup", typed, *FOR)
        assert (refused.code, typed in refused.out + refused.err) == (2, False)
    register.fault = errors.Unreachable("the register cannot be reached: connection refused")
    assert command("lookup", SHOP.value, *FOR).code == 4
    register.fault = errors.TokenRefused("no token: invalid_client", code="invalid_client")
    refused = command("lookup", SHOP.value, *FOR)
    assert (refused.code, refused.err) == (1, "cvr-online: no token: invalid_client")


def test_a_search_takes_a_number_or_a_name_and_nothing_else(
    command: Command, register: AskedProvider
) -> None:
    by_number = command("search", SHOP.value, *FOR)
    assert (by_number.code, "2850 Nærum" in by_number.out) == (0, True)
    by_name = command("search", "Tømrer", "Ål", "--size", "2", *FOR)
    assert COMPANY.value in by_name.out
    assert "there are more: --page 2" in by_name.out
    assert register.asked[-1] == ("named", "Tømrer Ål", 1, 2)
    asked = len(register.asked)
    for words in (("--address", "Møllevej 1"), ("--postcode", "2850"), ("Tømrer", "--road", "Møllevej")):
        refused = command("search", *words, *FOR)
        assert (refused.code, "by number or by name" in refused.err) == (2, True)
    assert command("search", "010170-1234", *FOR).code == 2
    assert len(register.asked) == asked


def test_units_are_imported_one_many_and_with_a_company(
    command: Command, register: AskedProvider, pool: Pool
) -> None:
    one = command("import", SHOP.value, *FOR)
    assert (one.code, "created" in one.out) == (0, True), one
    some = command("import", *FOR, "--json", typed=f"{COMPANY.value}\n\n010170-1234\n{SHOP.value}\n")
    made = json.loads(some.out)
    assert (some.code, made["counts"]) == (1, {"created": 1, "failed": 1, "unchanged": 1})
    assert (made["items"][1]["number"], "0101" in some.out) == (None, False)
    whole = command("import", COMPANY.value, SHOP.value, "--with-units", *FOR, "--json")
    outcomes = {each["number"]: each["outcome"] for each in json.loads(whole.out)["items"]}
    assert outcomes == {COMPANY.value: "unchanged", SHOP.value: "failed", STORE.value: "created"}
    assert whole.code == 1, "no company's number has units"
    assert command("import", *FOR).code == 2, "no number at all"


def test_the_way_and_the_settings_are_shown(command: Command) -> None:
    tried = command("test")
    assert tried.code == 1
    assert re.search(r"connection\s+FAILED", tried.out)
    assert re.search(r"store\s+ok", tried.out)
    certificate = command("certificate", "--json")
    assert (certificate.code, json.loads(certificate.out)["is_used"]) == (0, False)
    told = command("config")
    assert "REGISTERBRO_CVR_ONLINE__CACHE_SECONDS=60" in told.out
    assert AUDIT_KEY.get_secret_value() not in told.out


def test_a_command_starts_without_the_service_and_its_web_server() -> None:
    code = "import sys, cvr_online.cli; sys.exit('cvr_online.app' in sys.modules or 'uvicorn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
