"""Transfers from the sandbox's file server, which can be told what to do wrong and when."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cpr_batch import errors
from cpr_batch.batch import Batch
from cpr_batch.errors import BatchError
from cpr_batch.settings import FtpSettings
from cpr_batch.transfer import TransferOutcome, fetch, remote_files
from pydantic import SecretStr
from registerbro_sandbox.ftp import Authority, Break, CprFileServer
from registerbro_sandbox.ftp.faults import LOGIN_REFUSED, RENAME_REFUSED

MakeBatch = Callable[..., Batch]
BIG, SMALL = "d110901.l431101", "d110902.l431101"
CONTENT = bytes(range(256)) * 20_000


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[CprFileServer]:
    """The server with two files."""
    directory = tmp_path / "server"
    directory.mkdir()
    (directory / BIG).write_bytes(CONTENT)
    (directory / SMALL).write_bytes(b"small")
    authority = Authority()
    authority.write_to(tmp_path / "authority.pem")
    with CprFileServer(directory, {"cpr": SecretStr("hemmelig")}, authority.issue("localhost")) as server:
        yield server


@pytest.fixture
def batch(sandbox: CprFileServer, make_batch: MakeBatch, tmp_path: Path) -> Batch:
    ftp = FtpSettings(
        host="localhost",
        port=sandbox.port,
        user="cpr",
        password=SecretStr("hemmelig"),
        ca_file=tmp_path / "authority.pem",
        timeout_seconds=1,
        connect_seconds=1,
    )
    return make_batch(ftp=ftp)


async def test_files_arrive_byte_for_byte_and_nothing_is_deleted(
    batch: Batch, sandbox: CprFileServer, interim_directory: Path
) -> None:
    assert [(file.name, file.size) for file in await remote_files(batch)] == [(BIG, len(CONTENT)), (SMALL, 5)]
    done = await fetch(batch)
    assert [each.renamed_to for each in done] == [f"x{BIG}", f"x{SMALL}"]
    assert (interim_directory / BIG).read_bytes() == CONTENT
    assert (sandbox.directory / f"x{BIG}").read_bytes() == CONTENT
    assert "DELE" not in sandbox.verbs()
    assert await remote_files(batch) == []


@pytest.mark.parametrize("way", Break)
async def test_a_transfer_that_breaks_is_not_a_file_and_the_next_one_comes(
    way: Break, batch: Batch, sandbox: CprFileServer, interim_directory: Path
) -> None:
    sandbox.faults.transfer, sandbox.faults.after_bytes, sandbox.faults.times = way, 1_000_000, 1
    broken, whole = await fetch(batch)
    assert isinstance(broken.failure, errors.TransferBroken)
    assert whole.outcome is TransferOutcome.FETCHED
    assert not (interim_directory / BIG).exists()
    assert (sandbox.directory / BIG).exists()
    [again] = await fetch(batch)
    assert again.outcome is TransferOutcome.FETCHED
    assert (interim_directory / BIG).read_bytes() == CONTENT


async def test_a_refused_rename_is_told_and_tried_again(batch: Batch, sandbox: CprFileServer) -> None:
    sandbox.faults.refuse, sandbox.faults.times = RENAME_REFUSED, 1
    first, second = await fetch(batch)
    assert (first.outcome, second.outcome) == (TransferOutcome.FETCHED, TransferOutcome.FETCHED)
    assert isinstance(first.failure, errors.RenameRefused)
    [again] = await fetch(batch)
    assert (again.outcome, again.renamed_to) == (TransferOutcome.KNOWN, f"x{BIG}")


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"refuse": LOGIN_REFUSED}, errors.LogonRefused),
        ({"refuse": {"MLSD": "550 Not yours."}}, errors.DirectoryRefused),
        ({"refuse": {"AUTH": "502 No TLS here."}}, errors.TlsFailed),
        ({"vanish_at": frozenset({"USER"})}, errors.ConnectionFailed),
        ({"vanish_at": frozenset({"MLSD"})}, errors.ConnectionFailed),
        ({"ignore": frozenset({"PASS"})}, errors.ServerTimeout),
        ({"ignore": frozenset({"MLSD"})}, errors.ServerTimeout),
    ],
)
async def test_what_the_server_does_wrong_has_a_name(
    fault: dict[str, Any], expected: type[BatchError], batch: Batch, sandbox: CprFileServer
) -> None:
    for name, value in fault.items():
        setattr(sandbox.faults, name, value)
    with pytest.raises(expected):
        await fetch(batch)


async def test_a_refused_password_is_sent_once(batch: Batch, sandbox: CprFileServer) -> None:
    sandbox.faults.refuse = LOGIN_REFUSED
    with pytest.raises(errors.LogonRefused):
        await fetch(batch)
    assert sandbox.verbs().count("PASS") == 1


async def test_names_that_lead_elsewhere_are_not_listed(batch: Batch, sandbox: CprFileServer) -> None:
    (sandbox.directory / "d110903.l43110\n").write_bytes(b"")
    (sandbox.directory / "d110903.l43110\x1b").write_bytes(b"")
    assert [file.name for file in await remote_files(batch)] == [BIG, SMALL]
