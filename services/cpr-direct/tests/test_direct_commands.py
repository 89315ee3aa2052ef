"""The command ``cpr-direct``: numbers and passwords by standard input, exit codes that mean something."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import pytest
from cpr_direct.cli import app
from registerbro.database import Pool

from tests.support import secrets_in_use
from tests.support.commands import Done, as_process, in_process
from tests.support.cpr_files import ANNA, BENT
from tests.support.direct_server import CUSTOMER, NEW_PASSWORD, PASSWORD, USER, DirectServer
from tests.support.direct_service import PURPOSE, switch_on
from tests.support.services import AUDIT_KEY

SECRET_KEY = "c2VjcmV0LWtleS1mb3ItdGhlLXRlc3RzLW9ubHktMzI="
FOR = ("--purpose", PURPOSE)


Command: TypeAlias = Callable[..., Awaitable[Done]]


@pytest.fixture
async def command(database_url: str, pool: Pool, register: DirectServer) -> Command:
    """One call of ``cpr-direct`` to its end; ``typed`` comes by standard input, of which there is none if it is None."""
    await switch_on(pool)
    told = {
        "REGISTERBRO_DATABASE__URL": database_url,
        "REGISTERBRO_AUDIT__KEY": AUDIT_KEY.get_secret_value(),
        "REGISTERBRO_SECRETS__KEYS": SECRET_KEY,
        "REGISTERBRO_CPR_DIRECT__HOST": register.host,
        "REGISTERBRO_CPR_DIRECT__PORT": str(register.port),
        "REGISTERBRO_CPR_DIRECT__TLS_BY_LOCAL_PROXY": "true",
        "REGISTERBRO_CPR_DIRECT__CUSTOMER_NUMBER": CUSTOMER,
        "REGISTERBRO_CPR_DIRECT__USER_ID": USER,
        "REGISTERBRO_CPR_DIRECT__PASSWORD": PASSWORD,
    }

    async def run(*words: str, typed: str | bytes | None = "", **changes: str) -> Done:
        if typed is None:
            return await as_process("cpr-direct", *words, told=told | changes, typed=None)
        return await in_process(app, *words, told=told | changes, typed=typed)

    return run


async def test_a_person_is_looked_up_by_standard_input(command: Command, pool: Pool) -> None:
    done = await command("lookup", *FOR, typed=f"{ANNA}\n")
    assert done.code == 0, done.err
    assert "Anna Ål" in done.out
    assert "Møllevej 1, 2850" in done.out
    plain = await command("lookup", *FOR, "--json", typed=f"{ANNA}\n")
    assert plain.json["name1"] == "Anna"
    decoded = await command("lookup", *FOR, "--records", typed=f"{ANNA}\n")
    assert "001 " in decoded.out
    assert "Bopæl i dansk folkeregister" in decoded.out
    rows = await pool.fetch("select distinct client, acting_user from audit_log")
    assert [row["client"] for row in rows] == ["command line"]
    assert rows[0]["acting_user"]


@pytest.mark.parametrize("name", ["lookup", "import", "subscribe", "unsubscribe"])
async def test_a_number_on_the_command_line_is_refused_and_not_repeated(
    command: Command, register: DirectServer, name: str
) -> None:
    done = await command(name, ANNA, *FOR)
    assert done.code == 2
    assert "must not stand on the command line" in done.err
    assert ANNA not in done.out + done.err
    assert register.connections == 0


async def test_each_failure_has_an_exit_code_and_one_line(command: Command) -> None:
    unknown = await command("lookup", *FOR, typed=f"{BENT}\n")
    assert (unknown.code, unknown.err.splitlines()[-1]) == (
        3,
        "cpr-direct: CPR answers with error 05: the number is not known in CPR",
    )
    assert (await command("lookup", typed=f"{ANNA}\n")).code == 2
    garbled = await command("lookup", *FOR, typed="010170\n")
    assert (garbled.code, "line 1" in garbled.err) == (2, True)
    wrong = secrets_in_use.add("Forkert1")
    refused = await command("test", REGISTERBRO_CPR_DIRECT__PASSWORD=wrong)
    assert refused.code == 1
    assert "FAILED" in refused.out
    missing = await command("test", REGISTERBRO_CPR_DIRECT__CUSTOMER_NUMBER="12")
    assert (missing.code, "REGISTERBRO_CPR_DIRECT__CUSTOMER_NUMBER" in missing.err) == (2, True)


@pytest.mark.parametrize(
    "words",
    [
        ("--purpose", "x" * 501),
        (*FOR, "--case", ""),
        (*FOR, "--case", "x" * 201),
        (*FOR, "--max-age", "9" * 18),
        (*FOR, "--break-glass", "short"),
    ],
    ids=["long purpose", "no case", "long case", "long age", "short reason"],
)
async def test_what_cannot_be_recorded_is_wrong_use(command: Command, words: tuple[str, ...]) -> None:
    done = await command("lookup", *words, typed=f"{ANNA}\n")
    assert done.code == 2
    assert ANNA not in done.out + done.err


@pytest.mark.parametrize("name", ["lookup", "import", "subscribe"])
async def test_without_standard_input_a_command_says_so(command: Command, name: str) -> None:
    done = await command(name, *FOR, typed=None)
    assert (done.code, done.err) == (2, "cpr-direct: there is no standard input\n")


async def test_standard_input_may_have_a_byte_order_mark_and_is_refused_where_it_is_no_text(
    command: Command,
) -> None:
    marked = await command("import", *FOR, "--json", typed=f"\ufeff{ANNA}\n".encode())
    assert (marked.code, marked.json["counts"]) == (0, {"created": 1})
    garbled = await command("import", *FOR, typed=b"\xe5\xff\n")
    assert (garbled.code, "line 1" in garbled.err) == (2, True)


async def test_many_are_imported_subscribed_and_unsubscribed(
    command: Command, register: DirectServer
) -> None:
    done = await command("import", *FOR, "--json", typed=f"{ANNA}\n{BENT}\n\n")
    assert done.code == 1
    assert [(each["place"], each["outcome"]) for each in done.json["items"]] == [
        (0, "created"),
        (1, "failed"),
    ]
    assert register.subscribed == {ANNA}
    contact = str(done.json["items"][0]["contact_id"])
    ended = await command("unsubscribe", *FOR, typed=f"{ANNA}\n")
    assert (ended.code, "done" in ended.out) == (0, True), ended.err
    assert register.subscribed == set()
    begun = await command("subscribe", "--contact", contact, *FOR, "--json")
    assert (begun.code, begun.json[0]["outcome"]) == (0, "done")
    register.request_errors.extend(["04"] * 3)
    waits = await command("unsubscribe", "--contact", contact, *FOR)
    assert (waits.code, "waits" in waits.out) == (4, True)
    assert "cpr-unavailable" in (await command("waiting")).out
    assert (await command("usage")).out.count("command line") == 1
    assert "command line" in {each["client"] for each in (await command("usage", "--json")).json}


async def test_the_connection_and_the_password(command: Command, register: DirectServer) -> None:
    tested = await command("test")
    assert tested.code == 0, tested.out + tested.err
    assert "Forbindelse og login er OK" in tested.out
    refused = await command("password", "change", NEW_PASSWORD)
    assert (refused.code, NEW_PASSWORD in refused.err) == (2, False)
    changed = await command("password", "change", "--choose", typed=f"{NEW_PASSWORD}\n")
    assert changed.code == 0, changed.err
    assert register.password == NEW_PASSWORD
    assert (await command("test")).code == 0
    assert (await command("password", "set", typed=f"{PASSWORD}\n")).code == 0
    assert (await command("test")).code == 1
    assert (await command("unblock")).code == 0
    assert "no logon is made" not in (await command("status")).out
    assert (await command("config")).out.count("**********") >= 2


async def test_the_policy_the_list_of_never_and_reconciliation(command: Command, tmp_path: Any) -> None:
    await command("import", *FOR, typed=f"{ANNA}\n")
    planned = await command("policy", "plan", "--json")
    assert (planned.code, planned.json["items"]) == (0, [])
    assert (await command("policy", "show")).code == 0
    assert (await command("policy", "run")).code == 0
    added = await command("never", "add", "--reason", "ours", typed=f"{ANNA}\n")
    assert (added.code, "subscriptions to end: 1" in added.out) == (0, True), added.err
    listed = await command("never", "list")
    assert ("010170-xxxx" in listed.out, ANNA in listed.out) == (True, False)
    [entry] = (await command("never", "list", "--json")).json
    assert (entry["number"], entry["reason"]) == ("010170-xxxx", "ours")
    assert (await command("never", "add", "--reason", "x", "--json", typed=f"{ANNA}\n")).json[
        "is_new"
    ] is False
    assert (await command("never", "remove", "1")).code == 0
    assert (await command("never", "remove", "1")).code == 1
    numbers = tmp_path / "numbers"
    numbers.write_text(f"{BENT}\n")
    compared = await command("reconcile", "compare", str(numbers), "--json")
    assert compared.code == 0, compared.err
    which = str(compared.json[0]["reconciliation_id"])
    shown = await command("reconcile", "differences", which)
    assert ("unknown-person" in shown.out, BENT in shown.out) == (True, False)
    assert (await command("reconcile", "apply", which)).code == 0
    assert (await command("reconcile", "list")).code == 0
    numbers.write_text("1\n")
    assert (await command("reconcile", "compare", str(numbers))).code == 1
