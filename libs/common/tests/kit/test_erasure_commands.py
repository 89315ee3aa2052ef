"""``registerbro erasures``: exported, brought back after a restore, checked."""

import asyncio
import datetime as dt
import json
import sys
from pathlib import Path

import pytest
from registerbro.__main__ import main
from registerbro.contacts import erasing, merge
from registerbro.contacts.erasing import Order, Reason
from registerbro.contacts.model import MergePolicy
from registerbro.database import ensure_partitions, open_connection
from registerbro.number_hash import NumberHasher

from tests.support.deliveries import delivery
from tests.support.services import AUDIT_KEY

ANNA = "0101701996"
HASHER = NumberHasher(AUDIT_KEY)
NOW = dt.datetime.now(dt.UTC)


async def imported(url: str, *, then_erased: bool) -> None:
    """Anna is imported; what happens to her is told by no tombstone where it is not erased."""
    async with open_connection(url) as connection:
        await ensure_partitions(connection)
        await connection.execute("delete from erased_number; delete from erased_contact")
        policy = MergePolicy(may_create=True, requires_subscription=False)
        [made] = await merge.apply(connection, [delivery(ANNA)], policy, now=NOW, hasher=HASHER)
        assert made.contact_id
        if then_erased:
            order = Order("tests", None, Reason.ON_REQUEST)
            await erasing.erase_contact(connection, made.contact_id, None, order, hasher=HASHER, now=NOW)


def test_a_file_of_erasures_brings_them_back(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("REGISTERBRO_DATABASE__URL", database_url)
    monkeypatch.setenv("REGISTERBRO_AUDIT__KEY", AUDIT_KEY.get_secret_value())
    monkeypatch.setattr("registerbro.telemetry.configure_logging", lambda *_, **__: None)
    file = tmp_path / "erasures"

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["registerbro", "erasures", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out + printed.err

    asyncio.run(imported(database_url, then_erased=True))
    assert run("export", str(file)) == (0, "1 erasures exported\n")
    assert file.stat().st_mode & 0o777 == 0o600
    assert ANNA not in file.read_text()
    assert run("check") == (0, "1 contacts erased, 0 of them unfinished, 0 there again\n")

    asyncio.run(imported(database_url, then_erased=False))  # as a restore would leave it
    told = "1 erasures taken over, 1 contacts erased once more, 0 contacts named somebody erased\n"
    assert run("apply", str(file)) == (0, told)
    assert run("check")[0] == 0
    asyncio.run(_present_all_the_same(database_url))
    assert run("check") == (1, "2 contacts erased, 0 of them unfinished, 1 there again\n")
    assert run("finish")[0] == 0

    for broken, reason in (("", "1 erasures"), ("{}", "line 1"), (f"{_head(file)}\nnothing", "line 2")):
        file.write_text(broken)
        code, said = run("apply", str(file))
        assert (code, reason in said) == ((0, False) if not broken else (1, True)), said
    assert run("apply", str(tmp_path / "none"))[0] == 1


async def _present_all_the_same(url: str) -> None:
    async with open_connection(url) as connection:
        await connection.execute(
            "insert into contact (contact_id, name_type, name_code) values (777, 'C', $1)", ANNA
        )
        await connection.execute(
            "insert into contact_number (name_type, number, contact_id, is_current) values ('C', $1, 777, true)",
            ANNA,
        )


def _head(file: Path) -> str:
    head = file.read_text().splitlines()[0]
    assert json.loads(head)["format"] == "registerbro erasures 1"
    return head
