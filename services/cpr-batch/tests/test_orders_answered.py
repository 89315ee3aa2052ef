"""Orders all the way: to a server that is not ours, read and answered by the sandbox's own reader, and found in its files."""

import dataclasses
import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cpr_batch.batch import Batch
from cpr_batch.imports import import_file
from cpr_batch.orders import asking, uploading
from cpr_batch.orders.model import OrderKind
from cpr_batch.settings import OrderSettings
from registerbro.contacts.wishes import set_wishes
from registerbro.database import Pool
from registerbro_sandbox.__main__ import app
from typer.testing import CliRunner

from tests.support.ftp import FtpServer

SETTINGS = OrderSettings(
    customer_number="4630", task_number="463003", status_task_number="463009", from_wishes=True
)
FIRST = dt.date(2026, 3, 2)


@pytest.fixture
def inbox(vsftpd: FtpServer) -> Path:
    """The directory on the server that takes our files."""
    directory = vsftpd.home / "ind"
    directory.mkdir(exist_ok=True)
    directory.chmod(0o777)
    for path in directory.iterdir():
        path.unlink()
    return directory


def sandbox(*arguments: object) -> dict[str, Any]:
    result = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


class Days:
    """Uploads in the morning, lets the sandbox answer, imports in the evening."""

    def __init__(self, batch: Batch, home: Path, inbox: Path) -> None:
        self._batch = batch
        self._home = home
        self._inbox = inbox

    def at(self, day: int) -> Batch:
        morning = dt.datetime(2026, 3, day, 9, tzinfo=dt.UTC)
        return dataclasses.replace(self._batch, now=lambda: morning)

    async def pass_over(self, day: int) -> None:
        await uploading.upload(self.at(day))
        for sent in self._inbox.iterdir():
            (self._home / "ind").mkdir(exist_ok=True)
            (self._home / "ind" / sent.name).write_bytes(sent.read_bytes())
        answered = sandbox("change", "--into", self._home, "--date", f"2026-03-{day:02}")
        for file in answered["files"]:
            name = Path(file["path"]).name
            (self._batch.interim.directory / name).write_bytes(Path(file["path"]).read_bytes())
            assert (await import_file(self._batch, name)).failure is None


async def states(batch: Batch) -> list[tuple[str, str]]:
    return [(each.kind, each.state) for each in reversed(await asking.page(batch, size=100))]


async def test_orders_are_uploaded_answered_and_confirmed(
    make_batch: Callable[..., Batch], vsftpd: FtpServer, inbox: Path, tmp_path: Path, pool: Pool
) -> None:
    home = tmp_path / "home"
    sandbox("generate", "--persons", 60, "--seed", 4, "--into", home, "--date", FIRST)
    batch = make_batch(vsftpd, changes={"input_directory": "ind"}, orders=SETTINGS)
    [first] = home.rglob("d260302.l463003")
    (batch.interim.directory / first.name).write_bytes(first.read_bytes())
    await import_file(batch, first.name, initial_load=True)
    rows = await pool.fetch(
        "select contact_id from source_record join contact using (contact_id)"
        " where src_subscribed and end_date is null and name_code is not null order by contact_id limit 3"
    )
    leaving, wanted, listed = (row["contact_id"] for row in rows)
    days = Days(batch, home, inbox)

    async def wish(wanted_at_cpr: bool) -> None:
        async with pool.acquire() as connection, connection.transaction():
            await set_wishes(connection, {leaving: wanted_at_cpr})

    await wish(False)
    await asking.ask(batch, OrderKind.REQUISITION, [wanted])
    await asking.ask(batch, OrderKind.STATUS_LIST, [listed])
    await days.pass_over(3)
    assert await states(batch) == [
        ("requisition", "confirmed"), ("status-list", "confirmed"), ("unsubscribe", "confirmed")
    ]  # fmt: skip
    is_subscribed = "select src_subscribed from source_record where contact_id = $1"
    assert not await pool.fetchval(is_subscribed, leaving)

    await wish(True)
    await days.pass_over(4)
    assert (await states(batch))[-1] == ("subscribe", "confirmed")
    assert await pool.fetchval(is_subscribed, leaving)
