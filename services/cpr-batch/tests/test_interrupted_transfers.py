"""Connections that break at one border after the other, until every file is here."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cpr_batch import errors
from cpr_batch.batch import Batch
from cpr_batch.progress import Progress
from cpr_batch.transfer import TransferOutcome, Transferred, fetch

from tests.support.ftp import FtpServer
from tests.support.sftp import SshServer, sftp_settings
from tests.support.tcp_proxy import TcpProxy

MakeBatch = Callable[..., Batch]
BORDERS = range(20)
SIZES = (60_000, 70, 90_000)


def fill(folder: Path, border: int) -> dict[str, bytes]:
    """Three files of this border's own day."""
    files = {f"d1109{border + 1:02}.l43110{place}": os.urandom(size) for place, size in enumerate(SIZES)}
    for name, content in files.items():
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o666)
    return files


async def broken_off(batch: Batch, **listening: Any) -> bool:
    """Whether a transfer was interrupted; nothing else may be wrong with it."""
    try:
        done = await fetch(batch, **listening)
    except (errors.ConnectionFailed, errors.TlsFailed, errors.SshFailed):
        return True
    return any(_is_broken(each) for each in done)


def _is_broken(done: Transferred) -> bool:
    assert done.failure is None or isinstance(done.failure, errors.TransferBroken), done.failure
    return done.failure is not None


async def all_are_here(batch: Batch, files: dict[str, bytes], folder: Path, interim: Path) -> None:
    """One more transfer, undisturbed, makes good whatever happened before."""
    for done in await fetch(batch):
        assert done.failure is None
        assert done.outcome in (TransferOutcome.FETCHED, TransferOutcome.KNOWN)
    for name, content in files.items():
        assert (interim / name).read_bytes() == content
        assert (folder / f"x{name}").read_bytes() == content
    assert len(list(folder.iterdir())) == len(list(folder.glob("x*")))
    assert not list(interim.glob("*.part"))
    assert not list(interim.glob("*.2"))


@pytest.mark.parametrize("kind", ["control", "data", "sftp"])
async def test_whatever_border_a_connection_breaks_at_the_files_end_up_whole(
    kind: str, request: pytest.FixtureRequest, make_batch: MakeBatch, interim_directory: Path
) -> None:
    server = request.getfixturevalue("openssh" if kind == "sftp" else "vsftpd")
    interrupted = 0
    for border in BORDERS:
        files = fill(server.folder, border)
        interrupted += await _interrupt(kind, server, make_batch, border)
        await all_are_here(_batch(server, make_batch), files, server.folder, interim_directory)
    assert interrupted >= len(BORDERS) - 2


def _batch(server: FtpServer | SshServer, make_batch: MakeBatch, **changes: Any) -> Batch:
    if isinstance(server, SshServer):
        return make_batch(ftp=sftp_settings(server, **changes))
    return make_batch(server, changes=changes)


async def _interrupt(kind: str, server: FtpServer | SshServer, make_batch: MakeBatch, border: int) -> bool:
    if kind == "data":
        return await broken_off(_batch(server, make_batch), progress=_killing(server, 1 + border * 7_500))
    step = 180 if kind == "control" else 8_000
    async with TcpProxy("127.0.0.1", server.port) as proxy:
        proxy.cut_after(1 + border * step)
        return await broken_off(_batch(server, make_batch, port=proxy.port))


def _killing(server: FtpServer | SshServer, after_bytes: int) -> Callable[[Progress], None]:
    """Ends the server's sessions once, when so many bytes of the files have come."""
    received: dict[str, int] = {}

    def listen(progress: Progress) -> None:
        before = sum(received.values())
        received[progress.file] = progress.done
        if before < after_bytes <= sum(received.values()):
            server.kill_sessions()

    return listen
