"""CPR's mainframe, as the sandbox plays it, and the service platform's companions."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cpr_batch import connect, errors
from cpr_batch.batch import Batch
from cpr_batch.checkpoint import Point
from cpr_batch.remote import Place
from cpr_batch.server_settings import FtpSettings, TransferType
from cpr_batch.settings import CprBatchSettings
from cpr_batch.transfer import TransferOutcome, fetch, remote_files
from pydantic import SecretStr, ValidationError
from registerbro.database import Pool
from registerbro_sandbox.ftp import Authority, CprFileServer
from registerbro_sandbox.ftp.faults import LISTING_REFUSED, RENAME_REFUSED

MakeBatch = Callable[..., Batch]
FIRST, SECOND = "D110901.L431101", "D110902.L431101"


class Crash(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
def mainframe(tmp_path: Path) -> Iterator[CprFileServer]:
    yield from served(tmp_path, mvs=True)


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[CprFileServer]:
    """A server whose data files have companions."""
    for server in served(tmp_path):
        for name in ("d110901.l431101", "d110902.l431101"):
            (server.directory / name).write_bytes(name.encode())
            (server.directory / f"{name}.metadata").write_bytes(b"<xml>" + name.encode())
        yield server


def served(tmp_path: Path, **options: Any) -> Iterator[CprFileServer]:
    (tmp_path / "server").mkdir()
    authority = Authority()
    authority.write_to(tmp_path / "authority.pem")
    users = {"cpr": SecretStr("hemmelig")}
    tls = authority.issue("localhost")
    with CprFileServer(tmp_path / "server", users, tls, input_directory="IND", **options) as server:
        yield server


def settings(server: CprFileServer, tmp_path: Path, **changes: Any) -> FtpSettings:
    given: dict[str, Any] = {
        "host": "localhost",
        "port": server.port,
        "user": "cpr",
        "password": SecretStr("hemmelig"),
        "ca_file": tmp_path / "authority.pem",
        "timeout_seconds": 5,
    }
    return FtpSettings(**(given | changes))


@pytest.fixture
def batch(mainframe: CprFileServer, make_batch: MakeBatch, tmp_path: Path) -> Batch:
    for name in (FIRST, SECOND):
        (mainframe.directory / name).write_bytes(name.encode())
    return make_batch(ftp=settings(mainframe, tmp_path, mvs=True, input_directory="IND"))


async def test_a_migrated_file_is_listed_left_alone_and_fetched_when_it_is_recalled(
    batch: Batch, mainframe: CprFileServer, interim_directory: Path
) -> None:
    mainframe.migrated = {FIRST}
    assert [(file.name, file.is_migrated) for file in await remote_files(batch)] == [
        (FIRST, True),
        (SECOND, False),
    ]
    assert [(each.name, each.renamed_to) for each in await fetch(batch)] == [(SECOND, f"X{SECOND}")]
    assert [command.argument for command in mainframe.commands if command.verb == "RETR"] == [SECOND]
    [asked] = await fetch(batch, [FIRST.lower()])
    assert isinstance(asked.failure, errors.RemoteFileMigrated)
    assert "ask for its recall" in str(asked.failure)

    mainframe.migrated = set()
    assert [each.name for each in await fetch(batch)] == [FIRST]
    assert {path.name for path in interim_directory.glob("D*")} == {FIRST, SECOND}
    assert (interim_directory / FIRST).read_bytes() == FIRST.encode()
    assert {"MLSD", "SIZE", "DELE"}.isdisjoint(mainframe.verbs())
    assert await remote_files(batch) == []


async def test_a_file_that_turns_out_to_be_migrated_does_not_hold_up_the_others(
    batch: Batch, mainframe: CprFileServer
) -> None:
    mainframe.faults.refuse = {"RETR": "451 Data set is being recalled from mass storage."}
    mainframe.faults.times = 1
    first, second = await fetch(batch)
    assert isinstance(first.failure, errors.RemoteFileMigrated)
    assert (second.name, second.outcome) == (SECOND, TransferOutcome.FETCHED)


async def test_the_first_byte_may_take_longer_than_any_other(
    batch: Batch, mainframe: CprFileServer, make_batch: MakeBatch, tmp_path: Path
) -> None:
    mainframe.faults.first_byte_seconds = 0.6
    patient = settings(mainframe, tmp_path, mvs=True, timeout_seconds=0.4, first_byte_seconds=20)
    assert [each.outcome for each in await fetch(make_batch(ftp=patient))] == [TransferOutcome.FETCHED] * 2
    (mainframe.directory / "D110903.L431101").write_bytes(b"late")
    hasty = settings(mainframe, tmp_path, mvs=True, timeout_seconds=5, first_byte_seconds=0.2)
    [late] = await fetch(make_batch(ftp=hasty))
    assert isinstance(late.failure, errors.TransferBroken)


async def test_a_slow_and_steady_transfer_comes_to_its_end(
    mainframe: CprFileServer, make_batch: MakeBatch, tmp_path: Path, interim_directory: Path
) -> None:
    (mainframe.directory / FIRST).write_bytes(bytes(20_000))
    mainframe.faults.bytes_per_second = 20_000
    await fetch(make_batch(ftp=settings(mainframe, tmp_path, mvs=True, timeout_seconds=0.5)))
    assert (interim_directory / FIRST).stat().st_size == 20_000


async def test_names_alone_will_do(batch: Batch, mainframe: CprFileServer) -> None:
    mainframe.faults.refuse = LISTING_REFUSED
    assert [file.name for file in await remote_files(batch)] == [FIRST, SECOND]


async def test_no_more_than_5000_entries_are_read(batch: Batch, mainframe: CprFileServer) -> None:
    for number in range(5_001):
        (mainframe.directory / f"A{number:06}.L1").touch()
    assert await remote_files(batch) == []
    steps = {step.name: step for step in await connect.check(batch)}
    assert "not seen" in str(steps["directory"].remark)


async def test_a_taken_name_gets_a_qualifier_and_a_file_can_be_put_there(
    batch: Batch, mainframe: CprFileServer
) -> None:
    (mainframe.directory / f"X{FIRST}").write_bytes(b"from before")
    assert [each.renamed_to for each in await fetch(batch, [FIRST])] == [f"X{FIRST}.N2"]
    async with batch.server.session(Place.INPUT) as session:
        await session.store("D111111.I034567", b"06" + b" " * 78)
        assert await session.stored("d111111.i034567")
        with pytest.raises(errors.UploadRefused):
            await session.store("d111111.i034567", b"anew")
    assert [path.name for path in (mainframe.directory / "IND").iterdir()] == ["D111111.I034567"]


async def test_text_is_asked_for_as_text(
    batch: Batch, mainframe: CprFileServer, make_batch: MakeBatch, tmp_path: Path, interim_directory: Path
) -> None:
    (mainframe.directory / FIRST).write_bytes(b"000\r\n\xe6\xf8\xe5\r\n")
    text = settings(mainframe, tmp_path, mvs=True, transfer_type=TransferType.TEXT)
    await fetch(make_batch(ftp=text), [FIRST])
    before = mainframe.commands[: [command.verb for command in mainframe.commands].index("RETR")]
    assert [command.argument for command in before if command.verb == "TYPE"][-1] == "A"
    assert (interim_directory / FIRST).read_bytes() == b"000\r\n\xe6\xf8\xe5\r\n"


@pytest.mark.parametrize(
    ("prefix", "said"), [("done", "8 characters"), ("1", "begin with no digit"), ("x_", "letters")]
)
def test_a_prefix_that_no_data_set_can_have_is_refused(prefix: str, said: str, tmp_path: Path) -> None:
    ftp: dict[str, Any] = {"host": "h", "user": "u", "password": "p", "mvs": True}
    with pytest.raises(ValidationError, match=said):
        CprBatchSettings(interim_directory=tmp_path, rename_prefix=prefix, ftp=FtpSettings(**ftp))
    CprBatchSettings(interim_directory=tmp_path, rename_prefix="x", ftp=FtpSettings(**ftp))


async def test_companions_come_along_and_are_never_data(
    platform: CprFileServer, make_batch: MakeBatch, tmp_path: Path, interim_directory: Path
) -> None:
    (platform.directory / "d110902.l431101.metadata").unlink()
    batch = make_batch(ftp=settings(platform, tmp_path), pattern="d*")
    assert [each.renamed_to for each in await fetch(batch)] == ["xd110901.l431101", "xd110902.l431101"]
    companion = b"<xml>d110901.l431101"
    assert (interim_directory / "d110901.l431101.metadata").read_bytes() == companion
    assert (platform.directory / "xd110901.l431101.metadata").read_bytes() == companion
    assert [file.name for file in batch.interim.waiting("d*", "x")] == ["d110901.l431101", "d110902.l431101"]
    assert await remote_files(batch) == []


@pytest.mark.parametrize("point", [Point.REGISTERED, Point.COMPANION_RENAMED, Point.RENAMED_REMOTELY])
async def test_a_crash_between_a_file_and_its_companion_is_made_good(
    point: Point, platform: CprFileServer, make_batch: MakeBatch, tmp_path: Path, interim_directory: Path
) -> None:
    def crash(reached: Point) -> None:
        if reached is point:
            raise Crash

    with pytest.raises(Crash):
        await fetch(make_batch(checkpoint=crash, ftp=settings(platform, tmp_path)))
    await fetch(make_batch(ftp=settings(platform, tmp_path)))
    names = sorted(path.name for path in platform.directory.iterdir() if path.is_file())
    data = ("d110901.l431101", "d110902.l431101")
    assert names == sorted(f"x{name}{end}" for name in data for end in ("", ".metadata"))
    here = {path.name for path in interim_directory.glob("d*") if path.suffix != ".part"}
    assert here == {f"{name}{end}" for name in data for end in ("", ".metadata")}


async def test_a_file_that_keeps_its_name_is_not_fetched_again_until_it_changes(
    platform: CprFileServer, make_batch: MakeBatch, tmp_path: Path, pool: Pool
) -> None:
    batch = make_batch(ftp=settings(platform, tmp_path))
    platform.faults.refuse = RENAME_REFUSED

    async def fetched() -> tuple[list[TransferOutcome], int]:
        before = platform.verbs().count("RETR")
        done = await fetch(batch, ["d110901.l431101"])
        assert all(isinstance(each.failure, errors.RenameRefused) for each in done)
        return [each.outcome for each in done], platform.verbs().count("RETR") - before

    assert await fetched() == ([TransferOutcome.FETCHED], 2)
    assert await fetched() == ([TransferOutcome.KNOWN], 1), "its companion alone"
    (platform.directory / "d110901.l431101").write_bytes(b"content of another length")
    assert await fetched() == ([TransferOutcome.FETCHED], 2)
    platform.faults.none()
    await fetch(batch)
    assert await remote_files(batch) == []
    assert await pool.fetchval("select count(*) from cpr_unrenamed") == 0
