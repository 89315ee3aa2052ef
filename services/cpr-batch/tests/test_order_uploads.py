"""Input files on their way to a server that is not ours: one a day, whole, no order lost and no line sent twice."""

import dataclasses
import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from cpr_batch import locks
from cpr_batch.batch import Batch, Batches
from cpr_batch.checkpoint import Point, nothing
from cpr_batch.errors import DirectoryRefused, InputFileTaken, LogonRefused, OrdersBusy
from cpr_batch.imports import local_files
from cpr_batch.orders import asking, schedule, uploading
from cpr_batch.orders.asking import AskOutcome
from cpr_batch.orders.model import OrderKind
from cpr_batch.orders.preview import preview
from cpr_batch.orders.uploading import UploadOutcome
from cpr_batch.settings import OrderSettings
from registerbro.contacts import merge
from registerbro.contacts.wishes import set_wishes
from registerbro.cpr.numbers import CprNumber
from registerbro.cpr.orders import read_lines
from registerbro.database import Pool
from registerbro.jobs import Outcome, run_daily

from tests.support.cpr_files import ANNA, BENT, CARL
from tests.support.crashes import Crash, CrashAt
from tests.support.deliveries import IMPORT, NOW, delivery
from tests.support.ftp import FtpServer

BEFORE = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)  # 10:00 in Denmark, a Monday
AFTER = dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC)
TOMORROW = dt.datetime(2026, 1, 6, 9, tzinfo=dt.UTC)
TODAYS, TOMORROWS = "d260105.i123401", "d260106.i123401"
SETTINGS = OrderSettings(customer_number="1234", task_number="123401")
UPLOADS = (Point.ORDERS_WRITTEN, Point.ORDERS_KEPT, Point.UPLOAD_BEGUN, Point.STORED_REMOTELY, Point.UPLOADED)
MakeBatch = Callable[..., Batch]
MakeUploader = Callable[..., Batch]


@pytest.fixture
def inbox(vsftpd: FtpServer) -> Path:
    """The directory on the server that takes our files."""
    directory = vsftpd.home / "ind"
    directory.mkdir(exist_ok=True)
    directory.chmod(0o777)
    for path in directory.iterdir():
        path.unlink()
    return directory


@pytest.fixture
async def uploader(pool: Pool, make_batch: MakeBatch, vsftpd: FtpServer, inbox: Path) -> MakeUploader:
    """Makes what uploads at a given time; Anna, Bent and Carl are imported."""
    await merge.apply(pool, [delivery(each) for each in (ANNA, BENT, CARL)], IMPORT, now=NOW)

    def make(
        now: dt.datetime = BEFORE,
        checkpoint: Callable[[Point], None] = nothing,
        password: str = vsftpd.password,
        **changes: object,
    ) -> Batch:
        orders = OrderSettings(**SETTINGS.model_dump() | changes)
        server = {"input_directory": inbox.name, "password": password}
        batch: Batch = make_batch(vsftpd, checkpoint=checkpoint, changes=server, orders=orders)
        return dataclasses.replace(batch, now=lambda: now)

    return make


async def order(batch: Batch, *numbers: str, kind: OrderKind = OrderKind.REQUISITION) -> None:
    ids = await batch.pool.fetch(
        "select contact_id from contact_number where number = any($1::text[])", numbers
    )
    asked = await asking.ask(batch, kind, [row[0] for row in ids])
    assert {each.outcome for each in asked} == {AskOutcome.ORDERED}


def arrived(inbox: Path) -> dict[str, list[str]]:
    """The files on the server, with the numbers that they name."""
    return {
        path.name: [line.number.value for line in read_lines(path.read_bytes())]
        for path in sorted(inbox.iterdir())
    }


async def states(pool: Pool) -> dict[str, int]:
    rows = await pool.fetch("select state, count(*) as orders from cpr_order group by state")
    return {row["state"]: row["orders"] for row in rows}


async def test_what_waits_is_uploaded_once_a_day(
    uploader: MakeUploader, inbox: Path, pool: Pool, interim_directory: Path
) -> None:
    batch = uploader()
    assert (await uploading.upload(batch)).outcome is UploadOutcome.NOTHING_WAITS
    await order(batch, ANNA, BENT)
    done = await uploading.upload(batch)
    assert [file.name for file in done.files] == [TODAYS]
    assert arrived(inbox) == {TODAYS: [ANNA, BENT]}
    await order(batch, CARL)
    again = await uploading.upload(batch)
    assert (again.outcome, again.files, again.waiting) == (UploadOutcome.WAITS, [], 1)
    await uploading.upload(uploader(TOMORROW))
    assert arrived(inbox) == {TODAYS: [ANNA, BENT], TOMORROWS: [CARL]}
    assert await states(pool) == {"uploaded": 3}
    assert await pool.fetchval("select count(*) from cpr_input_file where content is not null") == 0
    copy = interim_directory / f"x{TODAYS}"
    assert copy.read_bytes() == (inbox / TODAYS).read_bytes()
    assert copy.stat().st_mode & 0o777 == 0o600


async def test_after_the_deadline_the_file_is_for_the_next_day(uploader: MakeUploader, inbox: Path) -> None:
    await order(uploader(), ANNA)
    await uploading.upload(uploader(AFTER))
    assert arrived(inbox) == {TOMORROWS: [ANNA]}


async def test_our_copies_are_never_taken_for_files_to_import(uploader: MakeUploader) -> None:
    batch = uploader()
    await order(batch, ANNA)
    await uploading.upload(batch)
    greedy = dataclasses.replace(batch, settings=batch.settings.model_copy(update={"pattern": "*"}))
    assert await local_files(greedy) == []


@pytest.mark.parametrize("point", UPLOADS)
async def test_a_crash_loses_no_order_and_sends_no_line_twice(
    point: Point, uploader: MakeUploader, inbox: Path, pool: Pool
) -> None:
    await order(uploader(), ANNA, BENT)
    with pytest.raises(Crash):
        await uploading.upload(uploader(checkpoint=CrashAt(point)))
    fixed = await pool.fetchval("select sha256 from cpr_input_file")
    await order(uploader(), CARL)
    await uploading.upload(uploader())
    assert arrived(inbox) == {TODAYS: [ANNA, BENT]}
    assert await pool.fetchval("select sha256 from cpr_input_file") == fixed
    assert await states(pool) == {"uploaded": 2, "waiting": 1}


@pytest.mark.parametrize("point", UPLOADS)
async def test_a_crash_before_the_deadline_is_made_good_the_next_day(
    point: Point, uploader: MakeUploader, inbox: Path, pool: Pool
) -> None:
    await order(uploader(), ANNA, BENT)
    with pytest.raises(Crash):
        await uploading.upload(uploader(checkpoint=CrashAt(point)))
    await order(uploader(), CARL)
    await uploading.upload(uploader(TOMORROW))
    is_there = point in (Point.STORED_REMOTELY, Point.UPLOADED)
    assert arrived(inbox) == (
        {TODAYS: [ANNA, BENT], TOMORROWS: [CARL]} if is_there else {TOMORROWS: [ANNA, BENT, CARL]}
    )
    assert await states(pool) == {"uploaded": 3}


def test_every_point_of_an_upload_is_among_them() -> None:
    points = list(Point)
    assert set(UPLOADS) == set(points[points.index(Point.ORDERS_WRITTEN) : points.index(Point.UPLOADED) + 1])


async def test_a_server_that_refuses_keeps_nothing_from_the_next_try(
    uploader: MakeUploader, inbox: Path, pool: Pool
) -> None:
    await order(uploader(), ANNA)
    with pytest.raises(LogonRefused):
        await uploading.upload(uploader(password="forkert"))
    assert await states(pool) == {"written": 1}
    assert "refuses the logon" in await pool.fetchval("select failure from cpr_input_file")
    await order(uploader(), BENT)
    await uploading.upload(uploader())
    assert arrived(inbox) == {TODAYS: [ANNA]}
    assert await pool.fetchval("select failure from cpr_input_file") is None


async def test_an_input_directory_that_is_missing_is_told_and_tried_again(
    uploader: MakeUploader, inbox: Path, pool: Pool
) -> None:
    await order(uploader(), ANNA)
    inbox.rmdir()
    with pytest.raises(DirectoryRefused):
        await uploading.upload(uploader())
    inbox.mkdir(mode=0o777)
    inbox.chmod(0o777)
    await uploading.upload(uploader())
    assert arrived(inbox) == {TODAYS: [ANNA]}


async def test_a_file_of_that_name_that_is_not_ours_is_left_alone(
    uploader: MakeUploader, inbox: Path, pool: Pool
) -> None:
    (inbox / TODAYS).write_bytes(b"somebody else's")
    await order(uploader(), ANNA)
    with pytest.raises(InputFileTaken):
        await uploading.upload(uploader())
    assert (inbox / TODAYS).read_bytes() == b"somebody else's"
    await uploading.upload(uploader(TOMORROW))
    assert read_lines((inbox / TOMORROWS).read_bytes())[0].number.value == ANNA
    assert await states(pool) == {"uploaded": 1}


async def test_two_uploads_at_once_are_one(uploader: MakeUploader) -> None:
    await order(uploader(), ANNA)
    batch = uploader()
    async with locks.hold(batch.pool, locks.ORDERS):
        with pytest.raises(OrdersBusy):
            await uploading.upload(batch)


async def test_the_preview_shows_what_an_upload_sends_and_no_numbers(
    uploader: MakeUploader, inbox: Path, pool: Pool
) -> None:
    batch = uploader(from_wishes=True)
    await order(batch, ANNA)
    async with pool.acquire() as connection, connection.transaction():
        bent = await pool.fetchval("select contact_id from contact_number where number = $1", BENT)
        await set_wishes(connection, {bent: False})
    [shown] = await preview(batch)
    assert shown.name == TODAYS
    assert [str(CprNumber(number)) in line for number, line in zip((ANNA, BENT), shown.lines, strict=True)] == [
        True, True
    ]  # fmt: skip
    assert not any(number in line for number in (ANNA, BENT) for line in shown.lines)
    assert await states(pool) == {"waiting": 1}
    assert await pool.fetchval("select count(*) from cpr_input_file") == 0
    assert arrived(inbox) == {}
    await uploading.upload(batch)
    assert arrived(inbox) == {TODAYS: [ANNA, BENT]}


async def test_the_daily_job_uploads_once_a_date_and_leaves_old_dates_alone(
    uploader: MakeUploader, inbox: Path, pool: Pool
) -> None:
    class Fixed(Batches):
        at = BEFORE - dt.timedelta(hours=2)
        upload_at: dt.time | None = dt.time(9, 30)

        async def current(self, by: str) -> Batch:
            return dataclasses.replace(uploader(self.at, upload_at=self.upload_at), by=by)

    job = schedule.daily(Fixed(pool, uploader().settings))
    await order(uploader(), ANNA)
    assert await run_daily(pool, job, now=lambda: Fixed.at) is Outcome.NOT_DUE
    Fixed.at = BEFORE
    assert await run_daily(pool, job, now=lambda: BEFORE) is Outcome.DONE
    assert arrived(inbox) == {TODAYS: [ANNA]}
    assert await run_daily(pool, job, now=lambda: BEFORE) is Outcome.ALREADY
    Fixed.at = TOMORROW - dt.timedelta(hours=2)
    await pool.execute("delete from job_run")
    await order(uploader(), BENT)
    assert await run_daily(pool, job, now=lambda: Fixed.at) is Outcome.DONE
    assert TOMORROWS not in arrived(inbox)
    Fixed.at, Fixed.upload_at = TOMORROW, None
    assert await run_daily(pool, job, now=lambda: TOMORROW) is Outcome.NOT_DUE
