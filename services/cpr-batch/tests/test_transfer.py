"""Fetching: from servers that are not ours into the interim directory, whatever breaks on the way."""

import asyncio
import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cpr_batch import errors, files, locks, runs
from cpr_batch.batch import Batch
from cpr_batch.checkpoint import Point
from cpr_batch.remote import RemoteFile, free_name, is_safe, selected
from cpr_batch.runs import RunState
from cpr_batch.transfer import TransferOutcome, Transferred, fetch, remote_files
from registerbro.database import Pool

from tests.support.ftp import FtpServer

MakeBatch = Callable[..., Batch]
CONTENT = {
    "d110901.l431101": os.urandom(700_000),
    "D120901.L431101": b"nyere",
    "d101231.l431101": b"\xc6ldre",
}


def fill(server: FtpServer) -> None:
    for name, content in CONTENT.items():
        (server.folder / name).write_bytes(content)
    (server.folder / "readme.txt").write_text("not for us")
    (server.folder / "xd110831.l431101").write_text("fetched before")


def outcomes(done: list[Transferred]) -> dict[str, TransferOutcome]:
    return {each.name: each.outcome for each in done}


async def the_run(pool: Pool) -> runs.Run:
    [run] = await runs.page(pool, size=10)
    return run


async def events(pool: Pool) -> list[str]:
    return [row["routing_key"] for row in await pool.fetch("select routing_key from outbox")]


async def test_all_files_come_in_whole_and_are_renamed_on_the_server(
    debian_ftp: FtpServer, make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    fill(debian_ftp)
    batch = make_batch(debian_ftp)
    assert [file.name for file in await remote_files(batch)] == [
        "d101231.l431101",
        "d110901.l431101",
        "D120901.L431101",
    ]
    done = await fetch(batch)
    assert outcomes(done) == dict.fromkeys(CONTENT, TransferOutcome.FETCHED)
    for name, content in CONTENT.items():
        assert (interim_directory / name).read_bytes() == content
        assert stat.S_IMODE((interim_directory / name).stat().st_mode) == 0o600
        assert (debian_ftp.folder / f"x{name}").read_bytes() == content
    assert len(list(debian_ftp.folder.iterdir())) == len(CONTENT) + 2
    assert "DELE" not in debian_ftp.commands()
    assert await remote_files(batch) == []
    assert await events(pool) == ["cpr.file.transferred"] * 3
    run = await the_run(pool)
    assert (run.state, run.counts) == (RunState.FINISHED, {"fetched": 3})


async def test_a_content_that_is_known_is_not_registered_twice(
    vsftpd: FtpServer, make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    (vsftpd.folder / "d110901.l431101").write_bytes(b"the same")
    batch = make_batch(vsftpd)
    await fetch(batch)
    (vsftpd.folder / "d110902.l431101").write_bytes(b"the same")
    [done] = await fetch(batch)
    assert (done.outcome, done.renamed_to) == (TransferOutcome.KNOWN, "xd110902.l431101")
    assert await pool.fetchval("select count(*) from cpr_file") == 1
    assert await events(pool) == ["cpr.file.transferred"]
    assert not (interim_directory / "d110902.l431101").exists()


async def test_another_content_of_the_same_name_overwrites_nothing(
    vsftpd: FtpServer, make_batch: MakeBatch, interim_directory: Path
) -> None:
    batch = make_batch(vsftpd)
    for content in (b"first", b"second"):
        (vsftpd.folder / "d110901.l431101").write_bytes(content)
        await fetch(batch)
    assert (interim_directory / "d110901.l431101").read_bytes() == b"first"
    assert (interim_directory / "d110901.l431101.2").read_bytes() == b"second"
    assert (vsftpd.folder / "xd110901.l431101").read_bytes() == b"first"
    assert (vsftpd.folder / "xd110901.l431101.2").read_bytes() == b"second"


async def test_only_the_named_file_is_fetched(
    vsftpd: FtpServer, make_batch: MakeBatch, interim_directory: Path
) -> None:
    fill(vsftpd)
    done = await fetch(make_batch(vsftpd), ["d110901.l431101", "d990101.l431101"])
    assert outcomes(done) == {
        "d990101.l431101": TransferOutcome.FAILED,
        "d110901.l431101": TransferOutcome.FETCHED,
    }
    assert isinstance(done[0].failure, errors.RemoteFileUnknown)
    assert [path.name for path in interim_directory.glob("d*")] == ["d110901.l431101"]


@pytest.mark.parametrize(
    "point", [Point.DOWNLOADED, Point.KEPT, Point.REGISTERED, Point.RENAMED_REMOTELY, Point.TRANSFERRED]
)
async def test_a_crash_at_any_point_is_made_good_by_the_next_transfer(
    point: Point, vsftpd: FtpServer, make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    class Crash(BaseException):
        pass

    def crash(reached: Point) -> None:
        if reached is point:
            raise Crash

    fill(vsftpd)
    with pytest.raises(Crash):
        await fetch(make_batch(vsftpd, crash))
    await fetch(make_batch(vsftpd))
    stored = {row["name"]: row for row in await pool.fetch("select * from cpr_file")}
    assert stored.keys() == CONTENT.keys()
    for name, content in CONTENT.items():
        assert (interim_directory / name).read_bytes() == content
        assert stored[name]["remote_renamed_to"] == f"x{name}"
        assert (vsftpd.folder / f"x{name}").exists()
    assert await events(pool) == ["cpr.file.transferred"] * 3


async def test_a_broken_transfer_leaves_a_part_and_the_other_files_come(
    debian_ftp: FtpServer, make_batch: MakeBatch, interim_directory: Path
) -> None:
    (debian_ftp.folder / "d110901.l431101").write_bytes(bytes(20_000_000))
    (debian_ftp.folder / "d110902.l431101").write_bytes(b"whole")
    killed: list[bool] = []

    def kill_once(_: Any) -> None:
        if not killed:
            killed.append(True)
            debian_ftp.kill_sessions()

    broken, whole = await fetch(make_batch(debian_ftp), progress=kill_once)
    assert isinstance(broken.failure, errors.TransferBroken)
    assert whole.outcome is TransferOutcome.FETCHED
    assert not (interim_directory / "d110901.l431101").exists()
    assert 0 < (interim_directory / "d110901.l431101.part").stat().st_size < 20_000_000
    assert (debian_ftp.folder / "d110901.l431101").exists()

    [again] = await fetch(make_batch(debian_ftp))
    assert again.outcome is TransferOutcome.FETCHED
    assert (interim_directory / "d110901.l431101").read_bytes() == bytes(20_000_000)
    assert not (interim_directory / "d110901.l431101.part").exists()


async def test_a_rename_that_fails_is_tried_again_next_time(
    vsftpd: FtpServer, make_batch: MakeBatch, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cpr_batch.servers.ftp import FtpSession  # noqa: PLC0415

    fill(vsftpd)

    async def refuse(self: FtpSession, name: str, new_name: str) -> None:
        raise errors.RenameRefused("test", name, "550 not now")

    with monkeypatch.context() as patched:
        patched.setattr(FtpSession, "rename", refuse)
        done = await fetch(make_batch(vsftpd))
    assert outcomes(done) == dict.fromkeys(CONTENT, TransferOutcome.FETCHED)
    assert all(isinstance(each.failure, errors.RenameRefused) for each in done)
    assert (await the_run(pool)).counts == {"fetched": 3, "not-renamed": 3}
    assert outcomes(await fetch(make_batch(vsftpd))) == dict.fromkeys(CONTENT, TransferOutcome.KNOWN)
    assert await pool.fetchval("select count(*) from cpr_file where remote_renamed_to is null") == 0


async def test_a_file_that_still_waits_and_is_gone_from_the_directory_comes_back(
    vsftpd: FtpServer, make_batch: MakeBatch, interim_directory: Path
) -> None:
    fill(vsftpd)
    await fetch(make_batch(vsftpd), ["d110901.l431101"])
    (interim_directory / "d110901.l431101").unlink()
    (vsftpd.folder / "xd110901.l431101").rename(vsftpd.folder / "d110901.l431101")
    [done] = await fetch(make_batch(vsftpd), ["d110901.l431101"])
    assert done.outcome is TransferOutcome.KNOWN
    assert (interim_directory / "d110901.l431101").read_bytes() == CONTENT["d110901.l431101"]


async def test_a_full_disk_is_named_and_nothing_is_registered(
    vsftpd: FtpServer, make_batch: MakeBatch, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(vsftpd)
    write = os.write

    def full(descriptor: int, data: Any) -> int:
        if Path(f"/proc/self/fd/{descriptor}").readlink().suffix == ".part":
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data)

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(errors.InterimFull):
            await fetch(make_batch(vsftpd))
    assert await pool.fetchval("select count(*) from cpr_file") == 0
    run = await the_run(pool)
    assert run.state is RunState.FAILED
    assert "no space is left" in str(run.failure)
    assert (vsftpd.folder / "d110901.l431101").exists()


async def test_one_transfer_at_a_time(vsftpd: FtpServer, make_batch: MakeBatch, pool: Pool) -> None:
    fill(vsftpd)
    async with locks.hold(pool, locks.TRANSFERS) as is_free:
        assert is_free
        with pytest.raises(errors.TransferBusy):
            await fetch(make_batch(vsftpd))
    results = await asyncio.gather(*(fetch(make_batch(vsftpd)) for _ in range(3)), return_exceptions=True)
    assert all(isinstance(result, list | errors.TransferBusy) for result in results)
    assert await events(pool) == ["cpr.file.transferred"] * 3


async def test_a_missing_interim_directory_is_named(
    vsftpd: FtpServer, make_batch: MakeBatch, interim_directory: Path
) -> None:
    interim_directory.rmdir()
    with pytest.raises(errors.InterimMissing):
        await fetch(make_batch(vsftpd))


async def test_a_wrong_password_fails_the_run_in_words(
    vsftpd: FtpServer, make_batch: MakeBatch, pool: Pool
) -> None:
    with pytest.raises(errors.LogonRefused):
        await fetch(make_batch(vsftpd, changes={"password": "forkert"}))
    run = await the_run(pool)
    assert run.state is RunState.FAILED
    assert "refuses the logon" in str(run.failure)
    assert vsftpd.commands().count('"PASS') == 1


async def test_without_a_server_fetching_says_so(make_batch: MakeBatch) -> None:
    with pytest.raises(errors.ServerNotConfigured):
        await fetch(make_batch())


async def test_a_hand_placed_file_of_the_same_content_is_adopted(
    vsftpd: FtpServer, make_batch: MakeBatch, interim_directory: Path, pool: Pool
) -> None:
    fill(vsftpd)
    (interim_directory / "d110901.l431101").write_bytes(CONTENT["d110901.l431101"])
    await fetch(make_batch(vsftpd), ["d110901.l431101"])
    stored = await files.by_name(pool, "d110901.l431101")
    assert stored is not None
    assert stored.local_name == "d110901.l431101"


@pytest.mark.parametrize(
    "name",
    ["../d110901.l431101", "d1/../x", "/etc/passwd", "..", ".", "", ".skjult", "a\nb", "a\x00b", "d110901.l431101 ",
     "\x1b[2J", "a\\b", "æble", "d" * 300],
)  # fmt: skip
def test_names_that_are_no_plain_file_names_are_not_taken(name: str) -> None:
    assert not is_safe(name)
    assert selected([RemoteFile(name)], "*", "x") == []


def test_files_are_listed_by_the_date_in_their_name() -> None:
    names = ["d120101.l431101", "D110101.L431101", "D20101231.O431101", "xd090101.l431101", "andet"]
    listed = selected(map(RemoteFile, names), "*", "x")
    assert [file.name for file in listed] == [
        "andet",
        "D20101231.O431101",
        "D110101.L431101",
        "d120101.l431101",
    ]


def test_a_taken_name_gets_a_number() -> None:
    assert free_name("xd", ["XD", "xd.2"]) == "xd.3"
